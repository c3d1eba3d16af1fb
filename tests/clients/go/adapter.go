// An adapter for `videos-conformance client`: calls the client that oapi-codegen made, whatever operations it has.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"time"

	"example.com/videos/client"
)

type object = map[string]any

type call struct {
	Type, Token, Operation, Helper string
	ID                             int
	BaseURL                        string `json:"base_url"`
	Timeout                        float64
	Arguments                      struct{ Path, Body json.RawMessage }
}

func main() {
	lines, out := bufio.NewReader(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		line, _ := lines.ReadBytes('\n')
		var asked call
		answer := object{"type": "hello", "protocol": 1, "client": object{"name": "oapi-codegen", "language": "go"}}
		if json.Unmarshal(line, &asked); asked.Type == "call" {
			answer = outcome(asked)
			answer["type"], answer["id"] = "result", asked.ID
		} else if asked.Type != "hello" {
			return
		}
		out.Encode(answer)
	}
}

func outcome(asked call) object {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(asked.Timeout*float64(time.Second)))
	defer cancel()
	api := reflect.ValueOf(videos.Connect(asked.BaseURL, asked.Token))
	method := api.MethodByName(strings.ToUpper(asked.Operation[:1]) + asked.Operation[1:])
	if !method.IsValid() || asked.Helper != "" {
		return object{"outcome": "unsupported", "why": "the generated client has no such method"}
	}
	inputs, err := arguments(ctx, method.Type(), asked)
	if err != nil {
		return object{"outcome": "unsupported", "why": err.Error()}
	}
	answered := method.Call(inputs)
	if err, failed := answered[1].Interface().(*videos.Error); failed {
		return failure(err)
	}
	return success(answered[0].Elem())
}
