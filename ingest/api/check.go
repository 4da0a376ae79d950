package api

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/secret"
)

// check finds everything that does not go together. No problem repeats a value
// that may be a secret.
func (c *Config) check() error {
	p := &problems{}
	c.checkURL(p)
	c.checkAuth(p)
	c.checkPages(p)
	c.checkIncremental(p)
	c.checkPairs(p)
	if c.Format == formatJSONL || c.Format == formatCSV {
		for _, name := range []string{"records", "next", "total"} {
			p.say(c.given(name), "--%s looks into JSON, and --format is %s", name, c.Format)
		}
	}
	return p.err()
}

// problems are collected, so that all are told at once.
type problems struct{ list []string }

func (p *problems) say(wrong bool, format string, args ...any) {
	if wrong {
		p.list = append(p.list, fmt.Sprintf(format, args...))
	}
}

func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	return fault.New(fault.Usage, "%s", strings.Join(p.list, "\n")).
		WithHint("in df360.yaml the same names are written with _; df360 ingest api --help explains them")
}

func (c *Config) checkURL(p *problems) {
	if c.URL == "" {
		p.say(true, "the source has no url")
		return
	}
	u, err := parseURL(c.URL)
	if err != nil {
		p.say(true, "%v", err)
		return
	}
	p.say(u.User != nil && c.Auth != authNone, "the URL has a user, and --auth is %s: one of them", c.Auth)
}

// parseURL reads a URL that can be asked. The error does not repeat passwords.
func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s is not a URL", secret.MaskURL(text))
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("%s is not a URL that begins with http:// or https://", secret.MaskURL(text))
	case u.Hostname() == "":
		return nil, fmt.Errorf("%s names no host", secret.MaskURL(text))
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

func (c *Config) checkAuth(p *problems) {
	needs := map[string][]string{
		authBearer: {"auth-token"},
		authBasic:  {"auth-user", "auth-password"},
		authHeader: {"auth-name", "auth-token"},
		authQuery:  {"auth-name", "auth-token"},
		authOAuth2: {"oauth2-token-url", "oauth2-client-id", "oauth2-client-secret"},
	}
	for _, name := range needs[c.Auth] {
		p.say(!c.given(name), "--auth %s needs --%s", c.Auth, name)
	}
	for _, s := range authSettings() {
		if s.Name == "auth" || slices.Contains(needs[c.Auth], s.Name) || c.Auth == authOAuth2 && s.Name == "oauth2-scope" {
			continue
		}
		if c.Auth == authNone {
			p.say(c.given(s.Name), "--%s needs --auth", s.Name)
			continue
		}
		p.say(c.given(s.Name), "--%s does not go with --auth %s", s.Name, c.Auth)
	}
	for _, s := range []struct{ name, ref string }{
		{"auth-token", c.AuthToken}, {"auth-password", c.AuthPassword}, {"oauth2-client-secret", c.OAuth2ClientSecret},
	} {
		p.say(s.ref != "" && !secret.IsReference(s.ref), "--%s takes no secret, but where it is: env:NAME or file:PATH", s.name)
	}
	if c.Auth == authOAuth2 && c.OAuth2TokenURL != "" {
		if _, err := parseURL(c.OAuth2TokenURL); err != nil {
			p.say(true, "--oauth2-token-url: %v", err)
		}
	}
	p.say(c.Auth == authHeader && c.AuthName != "" && !isHeaderName(c.AuthName), "--auth-name: %q is no name of a header", c.AuthName)
}

// pageSettingsOf are the settings that a way of paging has use for.
func pageSettingsOf(way string) []string {
	switch way {
	case byPage:
		return []string{"page-param", "page-start", "page-size-param", "page-size", "total"}
	case byOffset:
		return []string{"offset-param", "limit-param", "limit", "total"}
	case byLink:
		return []string{"page-size-param", "page-size"}
	case byNext:
		return []string{"next", "page-size-param", "page-size"}
	case byCursor:
		return []string{"next", "next-param", "page-size-param", "page-size"}
	}
	return nil
}

func (c *Config) checkPages(p *problems) {
	mine := pageSettingsOf(c.Paginate)
	for _, s := range pageSettings() {
		if s.Name == "paginate" || !c.given(s.Name) || slices.Contains(mine, s.Name) {
			continue
		}
		p.say(true, "--%s does not go with --paginate %s", s.Name, c.Paginate)
	}
	p.say((c.Paginate == byNext || c.Paginate == byCursor) && c.Next == "", "--paginate %s needs --next, the path in the answer", c.Paginate)
	p.say(strings.HasPrefix(c.Next, "."), "--next is a path such as meta.next, without a dot in front")
	p.say(strings.HasPrefix(c.Total, "."), "--total is a path such as meta.total, without a dot in front")
	p.say((c.PageSizeParam == "") != (c.PageSize == 0), "--page-size and --page-size-param need each other")
	p.say(c.Paginate == byNone && c.given("batch-pages"), "--batch-pages needs --paginate")
	p.say(c.Paginate == byNone && c.given("max-pages"), "--max-pages needs --paginate")
}

func (c *Config) checkIncremental(p *problems) {
	p.say((c.IncrementalField == "") != (c.IncrementalParam == ""), "--incremental-field and --incremental-param need each other")
	p.say(strings.HasPrefix(c.IncrementalField, "."), "--incremental-field is a path such as updated_at, without a dot in front")
	p.say(c.given("lookback") && c.IncrementalField == "", "--lookback needs --incremental-field and --incremental-param")
}

func (c *Config) checkPairs(p *problems) {
	for _, param := range c.Params {
		p.say(secret.IsSecretName(param.Name) && !secret.IsReference(param.Value),
			"--param %s takes no secret, but where it is: %[1]s=env:NAME or %[1]s=file:PATH", param.Name)
	}
	reserved := []string{"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "te", "trailer", "upgrade"}
	for _, h := range c.Headers {
		p.say(!isHeaderName(h.Name), "--header: %q is no name of a header", h.Name)
		p.say(slices.Contains(reserved, strings.ToLower(h.Name)), "--header %s: this one is ours to set", h.Name)
		p.say(secret.IsSecretName(h.Name) && !secret.IsReference(h.Value),
			"--header %s takes no secret, but where it is: %[1]s=env:NAME or %[1]s=file:PATH", h.Name)
		p.say(!secret.IsReference(h.Value) && !isHeaderValue(h.Value), "--header %s: the value has a character that no header may have", h.Name)
	}
}

// isHeaderName reports whether name is a token (RFC 9110, 5.6.2).
func isHeaderName(name string) bool {
	for _, c := range name {
		if c <= ' ' || c >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c) {
			return false
		}
	}
	return name != ""
}

// isHeaderValue reports whether a header can hold text (RFC 9110, 5.5).
func isHeaderValue(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
