package main

import (
	"bytes"
	"context"
	"encoding/json"
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
	for i := 1; i < method.NumIn(); i++ {
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

// success tells the value of an answer by the names of the wire.
func success(answer reflect.Value) object {
	value, header := answer.FieldByName("Value").Interface(), answer.FieldByName("Header").Interface().(http.Header)
	if file, ok := value.(videos.Upload); ok {
		value = object{"$file": object{"base64": file.Content}}
	}
	return object{"outcome": "value", "value": value, "request_id": requestID(header)}
}

func failure(err *videos.Error) object {
	return object{"outcome": "error", "error": object{
		"kind": err.Kind, "status": err.Status, "message": err.Error(), "ambiguous": err.Ambiguous, "repeats": 0,
		"request_id": requestID(err.Header),
	}}
}

func requestID(header http.Header) any {
	for name := range header {
		if strings.HasSuffix(name, "Request-Id") {
			return header.Get(name)
		}
	}
	return nil
}
