// Drives net/http for `videos-conformance client`: go mod init adapter; go build. Let `made` call your client instead.
package main

import (
	"bufio"; "bytes"; "context"; "encoding/base64"; "encoding/json"; "errors"; "io"; "mime/multipart"
	"net/http"; "net/textproto"; "net/url"; "os"; "strings"; "time"
)

type object = map[string]any

// Operations: method, path, and what each answer has.
var operations = map[string][3]string{
{operations}
}
