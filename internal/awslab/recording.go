package awslab

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// replayed is a call that the proxy has an answer to.
type replayed struct {
	call    Call
	request string
}

// RequestKey is what tells the requests of one account to one region apart: the same for two that have the same answer. What the SDK adds to
// each (signature, date, attempt) is left out.
func RequestKey(r *http.Request, body []byte) string {
	return strings.Join([]string{r.Method + " " + r.URL.RequestURI(), after(r.Header.Get("X-Amz-Target"), "."), string(body)}, "\n")
}

// Recorded is a request and its answer.
type Recorded struct {
	Call
	Request string // its RequestKey
	Status  int
	Header  http.Header
	Body    []byte
}

// Recording returns every request that was answered since Replay, with its answer, in the order of the calls.
func (p *Proxy) Recording() []Recorded {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]Recorded, 0, len(p.answers))
	for key, said := range p.answers {
		out = append(out, Recorded{Call: key.call, Request: key.request, Status: said.status, Header: said.header, Body: said.body})
	}
	slices.SortFunc(out, func(a, b Recorded) int {
		return cmp.Or(
			strings.Compare(a.Service, b.Service), strings.Compare(a.Operation, b.Operation), strings.Compare(a.Account, b.Account),
			strings.Compare(a.Region, b.Region), strings.Compare(a.Request, b.Request),
		)
	})
	return out
}
