package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/secret"
)

const mostToken = 1 << 20

// tokens asks for tokens with the credentials of a client (RFC 6749, 4.4).
type tokens struct {
	login
	client  *client
	secrets *secret.Scrubber
	inBody  bool // this server wants the credentials in the body
}

// fetch gets a token. Credentials go into a header, as the standard prefers;
// where the server does not take them there, into the body. To ask again does no
// harm, so that it is sent again as a GET is.
func (t *tokens) fetch(ctx context.Context) (token, error) {
	got, err := t.ask(ctx)
	var no *statusError
	if errors.As(err, &no) && !t.inBody && (no.status == http.StatusBadRequest || no.status == http.StatusUnauthorized) {
		t.inBody = true
		second, secondErr := t.ask(ctx)
		if secondErr == nil {
			return second, nil
		}
		t.inBody = false
	}
	if no != nil {
		err = no.err // not one of the source itself
	}
	return got, err
}

func (t *tokens) ask(ctx context.Context) (token, error) {
	form := url.Values{"grant_type": {"client_credentials"}}
	if t.scope != "" {
		form.Set("scope", t.scope)
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}}
	if t.inBody {
		form.Set("client_id", t.login.client)
		form.Set("client_secret", t.clientPassword.Reveal())
	} else {
		credentials := basic(url.QueryEscape(t.login.client), secret.New(url.QueryEscape(t.clientPassword.Reveal())))
		t.secrets.Add(secret.New(credentials))
		header.Set("Authorization", "Basic "+credentials)
	}
	var out token
	err := t.client.do(ctx, &call{
		what: "the token of " + secret.MaskURL(t.tokenURL.String()), method: http.MethodPost, url: t.tokenURL,
		body: []byte(form.Encode()), plain: true, header: header, again: true, limit: mostToken,
	}, func(a *answer) (err error) {
		out, err = t.read(a.body)
		return err
	})
	return out, err
}

// read takes a token out of an answer.
func (t *tokens) read(body []byte) (token, error) {
	var said struct {
		Token     string          `json:"access_token"`
		Type      string          `json:"token_type"`
		ExpiresIn json.RawMessage `json:"expires_in"`
	}
	if err := json.Unmarshal(body, &said); err != nil {
		return token{}, fault.New(fault.HTTP, "%s gives no token but: %s", secret.MaskURL(t.tokenURL.String()), words(body, t.secrets))
	}
	t.secrets.Add(secret.New(said.Token))
	switch {
	case said.Token == "":
		return token{}, fault.New(fault.HTTP, "the answer of %s has no access_token", secret.MaskURL(t.tokenURL.String()))
	case !isHeaderValue(said.Token):
		return token{}, fault.New(fault.HTTP, "the access_token of %s has a character that no header may have", secret.MaskURL(t.tokenURL.String()))
	case said.Type != "" && !strings.EqualFold(said.Type, "bearer"):
		return token{}, fault.New(fault.HTTP, "%s gives a token of type %.40q, and only bearer is known", secret.MaskURL(t.tokenURL.String()), said.Type)
	}
	out := token{value: secret.New(said.Token)}
	seconds, err := strconv.ParseFloat(strings.Trim(string(said.ExpiresIn), `"`), 64)
	if err == nil && seconds > 0 && seconds < 1e9 {
		// A token that lives shortly is not renewed before it is used.
		life := time.Duration(seconds * float64(time.Second))
		out.expires = t.client.now().Add(max(life-early, life/2))
	}
	return out, nil
}
