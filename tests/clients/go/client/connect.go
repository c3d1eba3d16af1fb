// What every Go team writes once around a generated client: the token, refusals as errors, no redirects.

package videos

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// Refusal is an answer that is no success.
type Refusal struct {
	Status int
	Header http.Header
	Body   []byte
}

func (r *Refusal) Error() string { return fmt.Sprintf("the server answered %d: %.200s", r.Status, r.Body) }

type doer struct{ http.Client }

// Do sends a request once; a redirect is a refusal too, since a form would be sent, and billed, again.
func (d *doer) Do(request *http.Request) (*http.Response, error) {
	response, err := d.Client.Do(request)
	if err != nil || response.StatusCode < 300 {
		return response, err
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	return nil, &Refusal{response.StatusCode, response.Header, body}
}

// Connect makes a client with a bearer token.
func Connect(server, token string) *ClientWithResponses {
	client := &doer{http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	authorize := func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+token)
		return nil
	}
	connected, err := NewClientWithResponses(server, WithHTTPClient(client), WithRequestEditorFn(authorize))
	if err != nil {
		panic(err) // only options fail, and these do not
	}
	return connected
}
