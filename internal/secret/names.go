package secret

import (
	"net/url"
	"strings"
)

// IsSecretName reports whether what a header, a parameter or a setting of that
// name holds is a secret: authorization, cookie, token, secret, key or password
// is part of it, in capitals or not.
func IsSecretName(name string) bool {
	name = strings.ToLower(name)
	for _, part := range []string{"authorization", "cookie", "token", "secret", "key", "password"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// MaskURL is a URL for people: the password and the values of its query are
// masked, the fragment is left out. What cannot be parsed is masked from the
// first character on that could begin a secret.
func MaskURL(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" {
		return maskText(text)
	}
	var b strings.Builder
	if u.Scheme != "" {
		b.WriteString(u.Scheme + ":")
	}
	if u.Host != "" || u.User != nil {
		b.WriteString("//")
	}
	if u.User != nil {
		b.WriteString(url.PathEscape(u.User.Username()))
		if _, has := u.User.Password(); has {
			b.WriteString(":" + Mask)
		}
		b.WriteByte('@')
	}
	b.WriteString(u.Host + u.EscapedPath())
	if u.RawQuery != "" {
		b.WriteString("?" + maskQuery(u.RawQuery))
	}
	return b.String()
}

// maskQuery masks all values, and what has no name, which may be one.
func maskQuery(query string) string {
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		if name, _, ok := strings.Cut(pair, "="); ok {
			pairs[i] = name + "=" + Mask
		} else if pair != "" {
			pairs[i] = Mask
		}
	}
	return strings.Join(pairs, "&")
}

// maskText masks what stands before the last @ (and behind the scheme), and what
// is behind the first ? or #.
func maskText(text string) string {
	tail := ""
	if i := strings.IndexAny(text, "?#"); i >= 0 {
		text, tail = text[:i], text[i:i+1]+Mask
	}
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		scheme := ""
		if i := strings.Index(text, "://"); i >= 0 && i < at {
			scheme = text[:i+3]
		}
		text = scheme + Mask + text[at:]
	}
	return text + tail
}
