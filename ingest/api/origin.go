package api

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/secret"
)

// originOf is scheme, host and port (RFC 6454), as text.
func originOf(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[strings.ToLower(u.Scheme)]
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	return strings.ToLower(u.Scheme) + "://" + host + ":" + port
}

func setOrigin(into *[]string, value string) error {
	u, err := parseURL(value)
	if err != nil {
		return err
	}
	if u.User != nil || u.RawQuery != "" || strings.Trim(u.Path, "/") != "" {
		return fmt.Errorf("%s is more than an origin, which is written as https://host:port", secret.MaskURL(value))
	}
	*into = append(*into, originOf(u))
	return nil
}

// borders says where requests may go.
type borders struct {
	home    string   // the origin of the source's URL, which alone sees secrets
	allowed []string // further origins
	secrets *secret.Scrubber
}

// permit is an error where a server's answer to a request of from must not lead to
// to. what is what leads there: a redirect, the next page.
func (b *borders) permit(from, to *url.URL, what string) error {
	shown := secret.MaskURL(to.String())
	origin := originOf(to)
	switch {
	case to.Scheme != "http" && to.Scheme != "https", to.Hostname() == "":
		return fault.New(fault.HTTP, "%s leads to %s, which is no address of the web", what, shown)
	case from.Scheme == "https" && to.Scheme == "http":
		return fault.New(fault.HTTP, "%s leads from https to %s, where everybody can read along", what, shown)
	case origin != b.home && !slices.Contains(b.allowed, origin):
		return fault.New(fault.HTTP, "%s leads to another origin: %s", what, shown).
			WithHint("if that is right, add --allow-origin %s, or write that URL as the source's", originOf(to))
	case origin != b.home && b.secrets.Holds(to.String()):
		return fault.New(fault.HTTP, "%s would take a secret to another origin: %s", what, shown)
	}
	return nil
}
