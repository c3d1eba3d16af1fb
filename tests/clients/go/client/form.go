// What oapi-codegen does not give: a form, written as the contract's `encoding` says.

package videos

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
	"reflect"
	"slices"
	"strings"
)

// Upload is a file to send; what has no name or type is sent as "file", of octets.
type Upload struct {
	Filename    string
	ContentType string
	Content     []byte
}

// written is a file in JSON, as the judge of clients has it.
type written struct {
	File struct {
		Filename    string `json:"filename,omitempty"`
		ContentType string `json:"content_type,omitempty"`
		Content     []byte `json:"base64"`
	} `json:"$file"`
}

func (u Upload) MarshalJSON() ([]byte, error) {
	file := written{}
	file.File.Filename, file.File.ContentType, file.File.Content = u.Filename, u.ContentType, u.Content
	return json.Marshal(file)
}

func (u *Upload) UnmarshalJSON(given []byte) error {
	var file written
	decoder := json.NewDecoder(bytes.NewReader(given))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&file)
	u.Filename, u.ContentType, u.Content = file.File.Filename, file.File.ContentType, file.File.Content
	return err
}

// writeForm writes the fields of a generated body that are set, under the names of their JSON tags.
func writeForm(body any, mediaTypes map[string]string) (string, io.Reader, error) {
	var buffer bytes.Buffer
	form := multipart.NewWriter(&buffer)
	fields := reflect.ValueOf(body)
	for i := range fields.NumField() {
		name, _, _ := strings.Cut(fields.Type().Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		if err := writeParts(form, name, fields.Field(i), mediaTypes[name]); err != nil {
			return "", nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return form.FormDataContentType(), &buffer, form.Close()
}

// writeParts writes a value: nothing where it is absent, a part an item where it is a list.
func writeParts(form *multipart.Writer, name string, value reflect.Value, mediaType string) error {
	value = pointedAt(value)
	if value.Kind() != reflect.Slice {
		return writeItem(form, name, value, mediaType)
	}
	for i := range value.Len() {
		if err := writeItem(form, name, pointedAt(value.Index(i)), mediaType); err != nil {
			return err
		}
	}
	return nil
}

// pointedAt returns what there is behind pointers and interfaces; where there is nothing, no value.
func pointedAt(value reflect.Value) reflect.Value {
	for value.Kind() == reflect.Pointer || value.Kind() == reflect.Interface {
		value = value.Elem()
	}
	return value
}

func writeItem(form *multipart.Writer, name string, value reflect.Value, mediaType string) error {
	if !value.IsValid() {
		return nil
	}
	if upload, ok := value.Interface().(Upload); ok {
		return writePart(form, name, or(upload.Filename, "file"), or(upload.ContentType, "application/octet-stream"), upload.Content)
	}
	if members, ok := value.Interface().(map[string]any); ok && members["$file"] != nil {
		var upload Upload // of a field that takes anything, read from JSON
		if content, err := json.Marshal(members); err == nil && json.Unmarshal(content, &upload) == nil {
			return writeItem(form, name, reflect.ValueOf(upload), mediaType)
		}
	}
	if value.Kind() == reflect.String && mediaType != "application/json" {
		return writePart(form, name, "", "", []byte(value.String()))
	}
	content, err := json.Marshal(value.Interface())
	if err != nil {
		return err
	}
	kinds := []reflect.Kind{reflect.Map, reflect.Struct, reflect.Slice}
	if mediaType == "application/json" || slices.Contains(kinds, value.Kind()) {
		return writePart(form, name, "", "application/json", content)
	}
	return writePart(form, name, "", "", content)
}

// writePart writes names as browsers do: only what would end them is escaped.
func writePart(form *multipart.Writer, name, filename, contentType string, content []byte) error {
	escape := strings.NewReplacer("\"", "%22", "\r", "%0D", "\n", "%0A").Replace
	header := textproto.MIMEHeader{}
	disposition := `form-data; name="` + escape(name) + `"`
	if filename != "" {
		disposition += `; filename="` + escape(filename) + `"`
	}
	header.Set("Content-Disposition", disposition)
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	part, err := form.CreatePart(header)
	if err != nil {
		return err
	}
	_, err = part.Write(content)
	return err
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
