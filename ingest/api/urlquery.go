package api

import (
	"net/url"
	"strings"
)

// addQuery appends parameters to a query, whose text stays as it is.
func addQuery(query string, fields ...field) string {
	var b strings.Builder
	b.WriteString(query)
	for _, f := range fields {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(f.name) + "=" + url.QueryEscape(f.value))
	}
	return b.String()
}

// setQuery is addQuery in place of what the query has under these names.
func setQuery(query string, fields ...field) string {
	for _, f := range fields {
		query = dropQuery(query, f.name)
	}
	return addQuery(query, fields...)
}

// dropQuery is a query without a name.
func dropQuery(query, name string) string {
	if query == "" {
		return ""
	}
	var kept []string
	for pair := range strings.SplitSeq(query, "&") {
		key, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(key); err == nil && plain == name {
			continue
		}
		kept = append(kept, pair)
	}
	return strings.Join(kept, "&")
}
