package api

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"

	"github.com/kalpafall/df360/internal/fault"
)

// addressError says that an address is one that no source is at.
type addressError struct{ address string }

// Error names the address.
func (e *addressError) Error() string {
	return fmt.Sprintf("%s is a link-local or metadata address, which is never asked", e.address)
}

// checkConnection is a net.Dialer's Control: it sees the address that a
// connection is about to be made to, after names were resolved.
func checkConnection(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", address, err)
	}
	return checkHost(host)
}

// checkHost looks at a host that is written as an address, or has a name that is
// always one of these. It is needed beside checkConnection for requests that
// a proxy makes.
func checkHost(host string) error {
	name := strings.TrimSuffix(strings.ToLower(host), ".")
	if name == "metadata.google.internal" || name == "instance-data" || name == "instance-data.ec2.internal" {
		return &addressError{host}
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return nil //nolint:nilerr // a name; its addresses are looked at when they are known
	}
	if isForbidden(address) {
		return &addressError{host}
	}
	return nil
}

// forbidden are link-local networks, and addresses at which clouds answer with
// credentials: AWS over IPv6, Alibaba, Oracle, Azure.
func forbidden() []netip.Prefix {
	var out []netip.Prefix
	for _, text := range []string{
		"169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32",
	} {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}

// isForbidden looks at an address, and at one of IPv4 that is wrapped into it.
func isForbidden(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	for _, prefix := range forbidden() {
		if prefix.Contains(address) {
			return true
		}
	}
	if inner, ok := wrapped(address); ok {
		return isForbidden(inner)
	}
	return false
}

// wrapped is the IPv4 address in one of NAT64 (64:ff9b::/96), 6to4 (2002::/16),
// or the old compatible form (::/96).
func wrapped(address netip.Addr) (netip.Addr, bool) {
	if !address.Is6() {
		return address, false
	}
	b := address.As16()
	var inner [4]byte
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(address), netip.MustParsePrefix("::/96").Contains(address):
		copy(inner[:], b[12:])
	case netip.MustParsePrefix("2002::/16").Contains(address):
		copy(inner[:], b[2:6])
	default:
		return address, false
	}
	return netip.AddrFrom4(inner), true
}

// refused makes an error of kind http of an address error.
func refused(err *addressError) error {
	return fault.New(fault.HTTP, "%w", err).WithHint("loopback and private addresses may be asked")
}
