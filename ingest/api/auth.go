package api

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/kalpafall/df360/internal/secret"
)

// authorizer says who asks. It is used by one goroutine at a time.
type authorizer struct {
	login
	fetch func(ctx context.Context) (token, error) // of oauth2
	now   func() time.Time

	mu  sync.Mutex
	tok token // of oauth2
}

// token is what a token server gave out.
type token struct {
	value   secret.Value
	expires time.Time // zero: not said
}

// early is how long before its end a token is renewed.
const early = 30 * time.Second

// ready gets a token where one is needed.
func (a *authorizer) ready(ctx context.Context) error {
	if a.way != authOAuth2 {
		return nil
	}
	now := a.now()
	if !a.current().Empty() && (a.tok.expires.IsZero() || now.Before(a.tok.expires)) {
		return nil
	}
	fresh, err := a.fetch(ctx)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tok = fresh
	return nil
}

func (a *authorizer) renewable() bool { return a.way == authOAuth2 }

// current is the token that requests carry now.
func (a *authorizer) current() secret.Value {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.tok.value
}

// forget drops a token that a server does not take, unless there is a newer one.
func (a *authorizer) forget(used secret.Value) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.tok.value == used || used.Empty() {
		a.tok = token{}
	}
}

// sign puts a key into the query.
func (a *authorizer) sign(u *url.URL) {
	if a.way == authQuery {
		u.RawQuery = setQuery(u.RawQuery, field{a.name, a.token.Reveal()})
	}
}

// unsign is a query without the key.
func (a *authorizer) unsign(query string) string {
	if a.way == authQuery {
		return dropQuery(query, a.name)
	}
	return query
}

// authorize puts what authenticates into the headers.
func (a *authorizer) authorize(req *http.Request) {
	switch a.way {
	case authBearer:
		req.Header.Set("Authorization", "Bearer "+a.token.Reveal())
	case authOAuth2:
		req.Header.Set("Authorization", "Bearer "+a.current().Reveal())
	case authBasic:
		req.Header.Set("Authorization", "Basic "+basic(a.user, a.token))
	case authHeader:
		req.Header.Set(a.name, a.token.Reveal())
	}
}
