package api

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/secret"
)

// mostBody is far more than a query in a body needs.
const mostBody = 16 << 20

// field is a header or parameter with its value.
type field struct{ name, value string }

// material is a Config with everything that its references lead to.
type material struct {
	base    *url.URL // without userinfo and fragment
	params  []field
	headers []field
	body    []byte
	login   login
}

// login is what requests authenticate with.
type login struct {
	way            string
	name, user     string
	token          secret.Value // of bearer, header and query; the password of basic
	tokenURL       *url.URL
	client, scope  string
	clientPassword secret.Value
}

// resolve reads what the references of c lead to, and tells the scrubber of all
// of it.
func (c *Config) resolve(env func(string) string, secrets *secret.Scrubber) (*material, error) {
	base, err := parseURL(c.URL)
	if err != nil {
		return nil, fault.New(fault.Usage, "%w", err)
	}
	r := &resolver{env: env, secrets: secrets}
	m := &material{base: base, params: r.pairs("--param", c.Params), headers: r.pairs("--header", c.Headers)}
	m.login = login{way: c.Auth, name: c.AuthName, user: c.AuthUser, client: c.OAuth2ClientID, scope: c.OAuth2Scope}
	switch c.Auth {
	case authBearer, authHeader, authQuery:
		m.login.token = r.secret("--auth-token", c.AuthToken)
	case authBasic:
		m.login.token = r.secret("--auth-password", c.AuthPassword)
	case authOAuth2:
		m.login.clientPassword = r.secret("--oauth2-client-secret", c.OAuth2ClientSecret)
		if m.login.tokenURL, err = parseURL(c.OAuth2TokenURL); err != nil {
			return nil, fault.New(fault.Usage, "--oauth2-token-url: %w", err)
		}
		r.hideQuery(m.login.tokenURL)
	}
	m.takeUserinfo(secrets)
	r.hideQuery(base)
	r.hideProxies()
	for _, h := range m.headers {
		if !isHeaderValue(h.value) {
			r.errs = append(r.errs, fault.New(fault.Config, "--header %s: the value has a character that no header may have, such as a line end", h.name))
		}
	}
	if !isHeaderValue(m.login.token.Reveal()) && c.Auth != authQuery && c.Auth != authBasic {
		r.errs = append(r.errs, fault.New(fault.Config, "--auth-token: the value has a character that no header may have, such as a line end"))
	}
	if c.Body != "" {
		m.body = r.file(c.Body)
	}
	return m, errors.Join(r.errs...)
}

// takeUserinfo makes basic authentication of user and password in the URL.
func (m *material) takeUserinfo(secrets *secret.Scrubber) {
	if m.base.User != nil {
		password, _ := m.base.User.Password()
		m.login = login{way: authBasic, user: m.base.User.Username(), token: secret.New(password)}
		secrets.Add(m.login.token)
		m.base.User = nil
	}
	if m.login.way == authBasic {
		secrets.Add(secret.New(basic(m.login.user, m.login.token)))
	}
}

// basic is what a header of basic authentication holds (RFC 7617).
func basic(user string, password secret.Value) string {
	return base64.StdEncoding.EncodeToString([]byte(user + ":" + password.Reveal()))
}

// resolver reads references and collects what is wrong with them.
type resolver struct {
	env     func(string) string
	secrets *secret.Scrubber
	errs    []error
}

func (r *resolver) secret(flag, ref string) secret.Value {
	v, err := secret.Resolve(ref, r.env)
	if err != nil {
		r.errs = append(r.errs, fmt.Errorf("%s: %w", flag, err))
	}
	r.secrets.Add(v)
	return v
}

func (r *resolver) pairs(flag string, pairs []Pair) []field {
	var out []field
	for _, p := range pairs {
		value := p.Value
		if secret.IsReference(value) {
			value = r.secret(flag+" "+p.Name, value).Reveal()
		}
		out = append(out, field{p.Name, value})
	}
	return out
}

// hideQuery lets the scrubber know the values of a URL's query whose names say
// that they are secrets: such a URL is taken as it is.
func (r *resolver) hideQuery(u *url.URL) {
	for _, pair := range strings.Split(u.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err != nil || !secret.IsSecretName(plain) {
			continue
		}
		if plain, err := url.QueryUnescape(value); err == nil {
			r.secrets.Add(secret.New(plain))
		}
		r.secrets.Add(secret.New(value))
	}
}

// hideProxies does it for the passwords of proxies.
func (r *resolver) hideProxies() {
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		if u, err := url.Parse(r.env(name)); err == nil && u.User != nil {
			password, _ := u.User.Password()
			r.secrets.Add(secret.New(password))
		}
	}
}

func (r *resolver) file(path string) []byte {
	info, err := os.Stat(path)
	if err == nil && info.Size() > mostBody {
		err = fault.New(fault.Config, "it is larger than 16 MiB")
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(path) //nolint:gosec // the file that the user named
	}
	if err != nil {
		r.errs = append(r.errs, fault.New(fault.Config, "--body %s: %w", path, err))
	}
	return data
}
