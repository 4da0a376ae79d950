package kafka

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/kalpafall/df360/internal/fault"
)

// connTo is a connection to an address.
type connTo struct {
	net.Conn
	at net.Addr
}

func (c connTo) RemoteAddr() net.Addr { return c.at }

// TestSecretsStayOnThisMachine: also where a broker here names one elsewhere.
func TestSecretsStayOnThisMachine(t *testing.T) {
	t.Parallel()
	for address, refused := range map[string]bool{"127.0.0.1": false, "::1": false, "10.1.2.3": true, "fe80::1": true} {
		here, there := net.Pipe()
		defer func() { _ = there.Close() }()
		dial := loopbackOnly(func(context.Context, string, string) (net.Conn, error) {
			return connTo{here, &net.TCPAddr{IP: net.ParseIP(address), Port: 9092}}, nil
		})
		conn, err := dial(t.Context(), "tcp", "broker:9092")
		if refused != errors.Is(err, errPlain) || refused != (conn == nil) {
			t.Errorf("%s: %v", address, err)
		}
		c := client{o: &Options{}}
		if err := c.final(err); refused && fault.CodeOf(err) != fault.Usage {
			t.Errorf("%s: %v", address, err)
		}
	}
}
