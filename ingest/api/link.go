package api

import (
	"strings"
)

// nextLink is the target of the link to the next page among the values of Link
// headers (RFC 8288); "" where there is none.
func nextLink(headers []string) string {
	for _, header := range headers {
		for rest := header; ; {
			target, params, tail, ok := cutLink(rest)
			if !ok {
				break
			}
			if isNext(params) {
				return target
			}
			rest = tail
		}
	}
	return ""
}

// linkParam is a parameter of a link.
type linkParam struct{ name, value string }

// cutLink reads one link: <target>; name=value; name="value", and what follows the
// comma behind it.
func cutLink(text string) (target string, params []linkParam, tail string, ok bool) {
	text = strings.TrimLeft(text, " \t,")
	if !strings.HasPrefix(text, "<") {
		return "", nil, "", false
	}
	end := strings.IndexByte(text, '>')
	if end < 0 {
		return "", nil, "", false
	}
	target, text = strings.TrimSpace(text[1:end]), text[end+1:]
	for {
		text = strings.TrimLeft(text, " \t")
		if !strings.HasPrefix(text, ";") {
			break
		}
		var param linkParam
		param, text = cutParam(strings.TrimLeft(text[1:], " \t"))
		if param.name != "" {
			params = append(params, param)
		}
	}
	if comma := strings.IndexByte(text, ','); comma >= 0 {
		return target, params, text[comma+1:], true
	}
	return target, params, "", true
}

// cutParam reads one parameter, whose value may be quoted.
func cutParam(text string) (param linkParam, tail string) {
	end := strings.IndexAny(text, "=;,")
	if end < 0 || text[end] != '=' {
		if end < 0 {
			end = len(text)
		}
		return linkParam{name: strings.ToLower(strings.TrimSpace(text[:end]))}, text[end:]
	}
	param.name = strings.ToLower(strings.TrimSpace(text[:end]))
	text = strings.TrimLeft(text[end+1:], " \t")
	if !strings.HasPrefix(text, `"`) {
		end = strings.IndexAny(text, ";,")
		if end < 0 {
			end = len(text)
		}
		param.value = strings.TrimSpace(text[:end])
		return param, text[end:]
	}
	var value strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text):
			i++
			value.WriteByte(text[i])
		case c == '"':
			param.value = value.String()
			return param, text[i+1:]
		default:
			value.WriteByte(c)
		}
	}
	return linkParam{}, "" // a quote that is never closed
}

// isNext reports whether a link is to the next page of what was asked for: the
// first rel counts, and may have several words; with an anchor the link is of
// something else.
func isNext(params []linkParam) bool {
	rel, has := "", false
	for _, p := range params {
		switch {
		case p.name == "anchor":
			return false
		case p.name == "rel" && !has:
			rel, has = p.value, true
		}
	}
	for word := range strings.FieldsSeq(rel) {
		if strings.EqualFold(word, "next") {
			return true
		}
	}
	return false
}
