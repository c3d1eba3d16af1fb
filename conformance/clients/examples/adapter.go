// Drives the client that oapi-codegen makes, with the help of tests/clients/go, for `videos-conformance client`.
package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"time"

	"example.com/videos/client"
)

type object = map[string]any

type message struct {
	Type, Token, Operation, Helper string
	ID                             int
	BaseURL                        string `json:"base_url"`
	Timeout                        float64
	Arguments                      videos.Arguments
}

func main() {
	lines, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	client := object{"name": "oapi-codegen", "version": strings.Join(os.Args[1:], " "), "language": "go"}
	for asked := (message{}); lines.Decode(&asked) == nil && asked.Type != "bye"; asked = (message{}) {
		reply := object{"type": "hello", "protocol": 1, "client": client}
		if asked.Type == "call" {
			reply = outcome(asked)
			reply["type"], reply["id"] = "result", asked.ID
		}
		out.Encode(reply)
	}
}

func outcome(asked message) object {
	if asked.Helper != "" {
		return object{"outcome": "unsupported", "why": "the generated client has no helpers"}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(asked.Timeout*float64(time.Second)))
	defer cancel()
	value, header, err := videos.Connect(asked.BaseURL, asked.Token).Call(ctx, asked.Operation, asked.Arguments)
	if err != nil {
		return object{"outcome": "error", "error": object{"kind": err.Kind, "status": err.Status, "message": err.Error(),
			"ambiguous": err.Ambiguous, "repeats": 0, "request_id": requestID(err.Header)}}
	}
	return object{"outcome": "value", "value": value, "request_id": requestID(header)}
}

func requestID(header http.Header) any {
	for name := range header {
		if strings.HasSuffix(name, "Request-Id") {
			return header.Get(name)
		}
	}
	return nil
}
