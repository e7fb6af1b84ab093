package transport

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
)

// TestUnreachable holds what is said of each way in which no connection comes about. Names are not looked up: what answers differs by network.
func TestUnreachable(t *testing.T) {
	r := route{host: "web1", port: 22}
	for _, test := range []struct {
		err              error
		code, text, hint string
	}{
		{
			&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "web1", Server: "192.0.2.1:53", IsNotFound: true}},
			"host_down", "there is no host web1 in DNS", "whether the name is right",
		},
		{
			&net.OpError{Op: "dial", Err: &net.DNSError{Err: "server misbehaving", Name: "web1"}},
			"host_down", "no connection to web1:22: lookup web1: server misbehaving", "address and port",
		},
		{&net.OpError{Op: "dial", Err: errors.New("connect: connection refused")}, "host_down", "no connection to web1:22: connection refused", "whether the host is up"},
		{context.DeadlineExceeded, "host_timeout", "web1:22 did not answer in time", "port 22"},
	} {
		ctx, cancel := context.WithCancelCause(t.Context())
		if test.code == "host_timeout" {
			cancel(context.DeadlineExceeded)
		}
		e, ok := errors.AsType[*Error](unreachable(ctx, r, test.err))
		if !ok || e.Code != test.code || e.Text != test.text || !strings.Contains(e.Hint, test.hint) {
			t.Errorf("%v: %+v", test.err, e)
		}
		cancel(nil)
	}
}
