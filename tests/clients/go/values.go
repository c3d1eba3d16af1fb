package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"example.com/videos/client"
)

// arguments reads what a method takes after its context: path parameters in their order, or a body.
func arguments(ctx context.Context, method reflect.Type, asked call) ([]reflect.Value, error) {
	inputs := []reflect.Value{reflect.ValueOf(ctx)}
	path := json.NewDecoder(bytes.NewReader(asked.Arguments.Path))
	path.Token() // the brace; then a name and a value, again and again
	for i := 1; i < method.NumIn()-1; i++ {
		input := reflect.New(method.In(i)).Elem()
		if input.Kind() == reflect.Struct {
			if err := readBody(asked.Arguments.Body, input); err != nil {
				return nil, err
			}
		} else {
			path.Token()
			if err := path.Decode(input.Addr().Interface()); err != nil {
				return nil, err
			}
		}
		inputs = append(inputs, input)
	}
	return inputs, nil
}

// readBody reads each member into the field of its name, files too.
func readBody(given json.RawMessage, body reflect.Value) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(given, &members); err != nil {
		return err
	}
	for i := range body.NumField() {
		name, _, _ := strings.Cut(body.Type().Field(i).Tag.Get("json"), ",")
		var err error
		if member, ok := members[name]; ok {
			err = read(member, body.Field(i))
			delete(members, name)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	for name := range members {
		return fmt.Errorf("%s: the generated body has no such field", name)
	}
	return nil
}

func read(given json.RawMessage, field reflect.Value) error {
	var file struct {
		File *videos.Upload `json:"$file"`
	}
	if json.Unmarshal(given, &file) == nil && file.File != nil {
		if field.Kind() == reflect.Struct {
			field.Set(reflect.ValueOf(*file.File))
			return nil
		}
		field.Set(reflect.ValueOf(file.File))
		return nil
	}
	return json.Unmarshal(given, field.Addr().Interface())
}

// success tells the value of a generated response: what its field JSON2xx has, or its bytes where it has no such field.
func success(response reflect.Value) object {
	status := response.FieldByName("HTTPResponse").Interface().(*http.Response)
	answer := object{"outcome": "value", "request_id": requestID(status.Header)}
	for i := range response.NumField() {
		if strings.HasPrefix(response.Type().Field(i).Name, "JSON2") {
			if response.Field(i).IsNil() {
				return object{"outcome": "error", "error": object{"kind": "invalid_answer", "status": status.StatusCode}}
			}
			answer["value"] = response.Field(i).Interface()
			return answer
		}
	}
	answer["value"] = object{"$file": object{"base64": response.FieldByName("Body").Bytes()}}
	return answer
}

func failure(err error) object {
	var refusal *videos.Refusal
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	said := object{"kind": "connection", "message": err.Error()}
	switch {
	case errors.As(err, &refusal):
		said["kind"], said["status"], said["request_id"] = "http", refusal.Status, requestID(refusal.Header)
	case errors.Is(err, context.DeadlineExceeded):
		said["kind"] = "timeout"
	case errors.As(err, &syntax), errors.As(err, &kind):
		said["kind"] = "invalid_answer"
	}
	return object{"outcome": "error", "error": said}
}

func requestID(header http.Header) any {
	for name := range header {
		if strings.HasSuffix(name, "Request-Id") {
			return header.Get(name)
		}
	}
	return nil
}

func unsupported(why string) object { return object{"outcome": "unsupported", "why": why} }
