// Lets openai-go be judged as it is: what its own methods take and give, with the settings that it comes with.
// With `--once` it repeats nothing by itself, as its page says how.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"os"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/respjson"
)

type object = map[string]any

type message struct {
	Type, Token, Operation string
	ID                     int
	BaseURL                string `json:"base_url"`
	Helper                 string
	Timeout                float64
	Arguments              struct {
		Path map[string]string
		Body map[string]any
	}
}

var errUnsupported = errors.New("a file in a field that VideoNewParams does not have: extra fields are no files")

// params fills the fields that the type has; what they cannot hold goes to SetExtraFields, as the README says.
func params(body object) (made openai.VideoNewParams, err error) {
	extra := object{}
	for name, value := range body {
		text, isText := value.(string)
		sent, isFile := file(value)
		switch {
		case name == "prompt" && isText:
			made.Prompt = text
		case name == "model" && isText:
			made.Model = openai.VideoModel(text)
		case name == "seconds" && isText:
			made.Seconds = openai.VideoSeconds(text)
		case name == "size" && isText:
			made.Size = openai.VideoSize(text)
		case name == "input_reference" && isFile:
			made.InputReference.OfFile = sent
		case isFile:
			err = errUnsupported
		default:
			extra[name] = value
		}
	}
	made.SetExtraFields(extra)
	return made, err
}

func file(value any) (io.Reader, bool) {
	outer, _ := value.(object)
	held, isFile := outer["$file"].(object)
	if !isFile {
		return nil, false
	}
	filename, _ := held["filename"].(string)
	kind, _ := held["content_type"].(string)
	content, _ := base64.StdEncoding.DecodeString(held["base64"].(string))
	if filename == "" && kind == "" {
		return bytes.NewReader(content), true
	}
	return openai.File(bytes.NewReader(content), filename, kind), true
}

// told gives the typed fields that an answer is said to have (Valid), and the extra ones as they came.
func told(answer reflect.Value) object {
	value, about := object{}, answer.FieldByName("JSON")
	for i := range answer.NumField() {
		is := answer.Type().Field(i)
		found := about.FieldByName(is.Name)
		if !found.IsValid() || !found.Interface().(respjson.Field).Valid() {
			continue
		}
		name := strings.Split(is.Tag.Get("json"), ",")[0]
		if value[name] = answer.Field(i).Interface(); answer.Field(i).Kind() == reflect.Struct {
			value[name] = told(answer.Field(i))
		}
	}
	for name, more := range about.FieldByName("ExtraFields").Interface().(map[string]respjson.Field) {
		value[name] = json.RawMessage(more.Raw())
	}
	return value
}

func call(asked message) (value any, err error) {
	limit := time.Duration(asked.Timeout * float64(time.Second))
	settings := []option.RequestOption{option.WithRequestTimeout(limit)}
	if slices.Contains(os.Args, "--once") {
		settings = append(settings, option.WithMaxRetries(0))
	}
	client := openai.NewClient(append(settings, option.WithAPIKey(asked.Token), option.WithBaseURL(asked.BaseURL+"/v1/"))...)
	var video *openai.Video
	id, ctx := slices.Collect(maps.Values(asked.Arguments.Path)), context.Background()
	switch asked.Operation + asked.Helper {
	case "createVideo":
		made, unsupported := params(asked.Arguments.Body)
		if unsupported != nil {
			return nil, unsupported
		}
		video, err = client.Videos.New(ctx, made)
	case "retrieveVideo":
		video, err = client.Videos.Get(ctx, id[0])
	case "retrieveVideowait":
		whole, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		video, err = client.Videos.PollStatus(whole, id[0], 50)
	case "downloadVideoContent":
		answer, err := client.Videos.DownloadContent(ctx, id[0], openai.VideoDownloadContentParams{})
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		content, err := io.ReadAll(answer.Body)
		return object{"$file": object{"base64": content}}, err
	default:
		return nil, errors.Join(errUnsupported, errors.New(asked.Operation+asked.Helper))
	}
	if err != nil || video == nil {
		return nil, err
	}
	return told(reflect.ValueOf(*video)), nil
}

func failure(err error) object {
	told := object{"kind": "invalid_request", "message": err.Error()}
	var refused *openai.Error
	var network net.Error
	switch {
	case errors.As(err, &refused):
		told["kind"], told["status"], told["code"] = "http", refused.StatusCode, refused.Code
		told["message"] = refused.Error() + ": " + refused.Message
	case errors.As(err, &network) && network.Timeout(), errors.Is(err, context.DeadlineExceeded):
		told["kind"] = "timeout"
	case strings.Contains(err.Error(), "json"), strings.Contains(err.Error(), "status during polling"):
		told["kind"] = "invalid_answer" // of these it has no types: "error parsing response json", "json: cannot …"
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		told["kind"] = "connection"
	}
	return told
}

func version() string {
	built, _ := debug.ReadBuildInfo()
	for _, module := range built.Deps {
		if strings.Contains(module.Path, "openai-go") {
			return strings.TrimPrefix(module.Version, "v")
		}
	}
	return ""
}

func main() {
	lines := bufio.NewReader(os.Stdin)
	for said := json.NewEncoder(os.Stdout); ; {
		line, err := lines.ReadBytes('\n')
		var asked message
		if err != nil || json.Unmarshal(line, &asked) != nil || asked.Type == "bye" {
			return
		}
		if asked.Type == "hello" {
			client := object{"name": "openai-go", "version": version(), "language": "go"}
			said.Encode(object{"type": "hello", "protocol": 1, "client": client})
			continue
		}
		answer := object{"type": "result", "id": asked.ID}
		switch value, err := call(asked); {
		case errors.Is(err, errUnsupported):
			answer["outcome"], answer["why"] = "unsupported", err.Error()
		case err != nil:
			answer["outcome"], answer["error"] = "error", failure(err)
		default:
			answer["outcome"], answer["value"] = "value", value
		}
		said.Encode(answer)
	}
}
