// A correct server on Go's standard library: net/http and its multipart forms.
package main

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"mime"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

type rule struct {
	Kind      string
	Required  bool
	Enum      []string
	Minimum   *int64
	MinLength int
}

var terms struct {
	Method, Path, Scheme, Token, Jobs, Error, ID, Created string
	MediaType                                             string `json:"media_type"`
	Status                                                int
	Fields                                                map[string]rule
	Job                                                   map[string]any
	Echoes                                                map[string][]string
}

var integer = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,17})$`)

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, status int, reason string) {
	answer(w, status, map[string]string{terms.Error: reason})
}

func authorised(header string) bool {
	scheme, given, _ := strings.Cut(header, " ")
	same := subtle.ConstantTimeCompare([]byte(strings.Trim(given, " ")), []byte(terms.Token)) == 1
	return same && strings.EqualFold(scheme, terms.Scheme)
}

func create(w http.ResponseWriter, r *http.Request) {
	if r.Method != terms.Method {
		w.Header().Set("Allow", terms.Method)
		refuse(w, http.StatusMethodNotAllowed, "method not allowed")
		return
	}
	if !authorised(r.Header.Get("Authorization")) {
		w.Header().Set("WWW-Authenticate", terms.Scheme)
		refuse(w, http.StatusUnauthorized, "a valid API key is required")
		return
	}
	if mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType != terms.MediaType {
		refuse(w, http.StatusUnsupportedMediaType, "send "+terms.MediaType)
		return
	}
	if err := r.ParseMultipartForm(32 << 20); err != nil {
		refuse(w, http.StatusBadRequest, "the form cannot be read: "+err.Error())
		return
	}
	for name, rule := range terms.Fields {
		if reason := check(rule, r.MultipartForm.Value[name], len(r.MultipartForm.File[name]) > 0); reason != "" {
			refuse(w, http.StatusBadRequest, name+" "+reason)
			return
		}
	}
	answer(w, terms.Status, makeJob(r.MultipartForm.Value))
}

func check(rule rule, given []string, isFile bool) string {
	several := rule.Kind == "texts" || rule.Kind == "objects"
	switch {
	case len(given) == 0 && !isFile:
		if rule.Required {
			return "is required"
		}
		return ""
	case isFile != (rule.Kind == "file") && rule.Kind != "any":
		return "is a file where text is expected, or the reverse"
	case len(given) > 1 && !several:
		return "was given more than once"
	}
	switch rule.Kind {
	case "integer":
		number, err := strconv.ParseInt(given[0], 10, 64)
		if err != nil || !integer.MatchString(given[0]) {
			return "must be an integer"
		}
		if rule.Minimum != nil && number < *rule.Minimum {
			return fmt.Sprintf("must be %d or more", *rule.Minimum)
		}
	case "text":
		if len(strings.TrimSpace(given[0])) < rule.MinLength {
			return "must not be blank"
		}
		if rule.Enum != nil && !slices.Contains(rule.Enum, given[0]) {
			return "is none of the values that are listed"
		}
	case "object", "objects":
		return checkJSON(rule.Kind, given)
	}
	return ""
}

func checkJSON(kind string, given []string) string {
	values := make([]any, len(given))
	for i, text := range given {
		if json.Unmarshal([]byte(text), &values[i]) != nil {
			return "is not JSON"
		}
	}
	if items, isArray := values[0].([]any); isArray && kind == "objects" && len(values) == 1 {
		values = items
	}
	for _, value := range values {
		if _, isObject := value.(map[string]any); !isObject {
			return "must be an object, or a list of objects"
		}
	}
	return ""
}

func makeJob(form map[string][]string) map[string]any {
	job := map[string]any{}
	for member, value := range terms.Job {
		job[member] = value
	}
	random := make([]byte, 16)
	rand.Read(random)
	job[terms.ID] = hex.EncodeToString(random)
	job[terms.Created] = time.Now().UnixMilli()
	for member, sources := range terms.Echoes {
		delete(job, member)
		for _, source := range sources {
			if sent := form[source]; len(sent) > 0 {
				job[member] = sent[0]
				break
			}
		}
	}
	jobs, err := os.OpenFile(terms.Jobs, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		log.Panic(err)
	}
	defer jobs.Close()
	fmt.Fprintln(jobs, job[terms.ID])
	return job
}

func main() {
	text, err := os.ReadFile(os.Getenv("PEER_TERMS"))
	if err == nil {
		err = json.Unmarshal(text, &terms)
	}
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc(terms.Path, create)
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "not found")
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
