// What a team writes once around the code that oapi-codegen makes: one method an operation, which sends once, reads what
// every success has, and says of an error whether something may have been made.

package videos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
)

// API has the operations of the contract.
type API struct{ client *Client }

// Connect makes an API with a bearer token. A redirect is not followed: a form would be sent, and billed, again.
func Connect(server, token string) *API {
	once := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	authorize := func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+token)
		return nil
	}
	client, err := NewClient(server, WithHTTPClient(once), WithRequestEditorFn(authorize))
	if err != nil {
		panic(err) // only options fail, and these do not
	}
	return &API{client}
}

// Answer is what an operation answered, and the header that it came with.
type Answer[T any] struct {
	Value  T
	Header http.Header
}

// Kinds of errors.
const (
	Refused        = "http"
	TimedOut       = "timeout"
	Lost           = "connection"
	InvalidAnswer  = "invalid_answer"
	InvalidRequest = "invalid_request"
)

// Error is why an operation has no answer; where it is ambiguous, something may have been made all the same.
type Error struct {
	Kind      string
	Status    int
	Header    http.Header
	Ambiguous bool
	Err       error
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// read makes of an answer what its operation promises, whatever the exact status of success and its label.
func read[T any](response *http.Response, err error) (*Answer[T], error) {
	if err != nil {
		var sending *url.Error
		isRead := errors.As(err, &sending) && sending.Op == "Get"
		return nil, &Error{Kind: lostOr(err), Err: err, Ambiguous: !isRead}
	}
	defer response.Body.Close()
	failed := &Error{Kind: Refused, Status: response.StatusCode, Header: response.Header}
	failed.Ambiguous = response.Request.Method != http.MethodGet
	body, err := io.ReadAll(response.Body)
	if status := response.StatusCode; status >= 300 {
		failed.Err = fmt.Errorf("the server answered %d: %.300s", status, body)
		failed.Ambiguous = failed.Ambiguous && (status < 400 || status >= 500 && status != http.StatusNotImplemented)
		return nil, failed
	}
	if err != nil {
		failed.Kind, failed.Err = lostOr(err), err
		return nil, failed
	}
	answer := &Answer[T]{Header: response.Header}
	if err := decode(body, response.Header.Get("Content-Type"), &answer.Value); err != nil {
		failed.Kind, failed.Err = InvalidAnswer, err
		return nil, failed
	}
	return answer, nil
}

func lostOr(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return TimedOut
	}
	return Lost
}

// decode reads a value; what is of another type than the contract's is left out, and what is required has to be there.
func decode(body []byte, mediaType string, value any) error {
	if upload, ok := value.(*Upload); ok {
		if strings.HasPrefix(mediaType, "text/html") {
			return fmt.Errorf("a page in place of a file: %.300s", body)
		}
		upload.ContentType, upload.Content = mediaType, body
		return nil
	}
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	kind := reflect.TypeOf(value).Elem()
	if kind.Kind() != reflect.Struct {
		return json.Unmarshal(body, value)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return err
	}
	for name, member := range members {
		alone, err := json.Marshal(map[string]json.RawMessage{name: member})
		if err != nil || json.Unmarshal(alone, reflect.New(kind).Interface()) != nil {
			delete(members, name)
		}
	}
	for i := range kind.NumField() {
		name, options, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
		if member, ok := members[name]; name != "-" && options == "" && (!ok || string(member) == "null") {
			return fmt.Errorf("%s is missing, or of another type: %.300s", name, body)
		}
	}
	whole, err := json.Marshal(members)
	if err != nil {
		return err
	}
	return json.Unmarshal(whole, value)
}

// segment refuses what would change the path that it is put into.
func segment(name string, value any) error {
	if text := fmt.Sprint(value); text == "" || text == "." || text == ".." {
		return fmt.Errorf("%s: %q is no segment of a path", name, text)
	}
	return nil
}

func writeJSON(mediaType string, body any) (string, io.Reader, error) {
	content, err := json.Marshal(body)
	return mediaType, bytes.NewReader(content), err
}

// Arguments are those of a call in JSON, by their places.
type Arguments struct {
	Path  map[string]json.RawMessage
	Query json.RawMessage
	Body  json.RawMessage
	err   error
}

func (a *Arguments) place(given json.RawMessage, target any) {
	if a.err == nil && given != nil {
		decoder := json.NewDecoder(bytes.NewReader(given))
		decoder.DisallowUnknownFields()
		a.err = decoder.Decode(target)
	}
}

func told[T any](answer *Answer[T], err error) (any, http.Header, *Error) {
	var failed *Error
	if errors.As(err, &failed) {
		return nil, nil, failed
	}
	return answer.Value, answer.Header, nil
}
