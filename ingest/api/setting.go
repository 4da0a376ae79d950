package api

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kalpafall/df360/internal/config"
	"github.com/kalpafall/df360/internal/nearest"
)

// Setting is one thing that a source can be told: a flag, and with _ for - a key
// of a source in df360.yaml.
type Setting struct {
	Name  string // of the flag
	Topic string // of the help
	// Usage is the help; what stands in back quotes is the name of the value.
	Usage string
	// Values are the only ones; nil is any.
	Values []string
	// Many says that it may be given several times.
	Many bool
	path bool // a relative path in df360.yaml starts from that file's folder
	set  func(c *Config, value string) error
}

// Settings lists all, in the order of the help.
func Settings() []Setting {
	return slices.Concat(answerSettings(), requestSettings(), authSettings(), pageSettings(), incrementalSettings(), boundSettings())
}

// Topics of the help.
const (
	topicAnswer      = "Answer"
	topicRequest     = "Request"
	topicAuth        = "Authentication"
	topicPages       = "Paging"
	topicIncremental = "Incremental"
	topicBounds      = "Limit"
)

func answerSettings() []Setting {
	formats := []string{formatAuto, formatJSON, formatJSONL, formatCSV}
	return []Setting{
		{
			Name: "records", Topic: topicAnswer, Usage: "`PATH` of the rows in the answer, such as data.items, or with a leading dot a jq expression (default the root)",
			set: func(c *Config, v string) error { return setText(&c.Records, v) },
		},
		{
			Name: "format", Topic: topicAnswer, Values: formats, Usage: "`FORMAT` of the answer: auto, json, jsonl or csv (default auto)",
			set: func(c *Config, v string) error { return setOneOf(&c.Format, v, formats) },
		},
		{
			Name: "key", Topic: topicAnswer, Usage: "`COLUMNS` that name a row, such as id: a row that is known with the same content is none",
			set: func(c *Config, v string) error { return setList(&c.Key, v) },
		},
	}
}

func requestSettings() []Setting {
	return []Setting{
		{
			Name: "param", Topic: topicRequest, Many: true, Usage: "parameter of the query, as in `NAME=VALUE`; the value may be env:NAME or file:PATH",
			set: func(c *Config, v string) error { return setPair(&c.Params, v) },
		},
		{
			Name: "header", Topic: topicRequest, Many: true, Usage: "header, as in `NAME=VALUE`; the value may be env:NAME or file:PATH",
			set: func(c *Config, v string) error { return setPair(&c.Headers, v) },
		},
		{
			Name: "body", Topic: topicRequest, path: true, Usage: "post this `FILE`; without it the request is a GET",
			set: func(c *Config, v string) error { return setText(&c.Body, v) },
		},
		{
			Name: "allow-origin", Topic: topicRequest, Many: true, Usage: "a further origin that redirects and next URLs may lead to, as in `https://host:port`",
			set: func(c *Config, v string) error { return setOrigin(&c.AllowOrigins, v) },
		},
	}
}

func authSettings() []Setting {
	ways := []string{authBearer, authBasic, authHeader, authQuery, authOAuth2}
	return []Setting{
		{
			Name: "auth", Topic: topicAuth, Values: ways, Usage: "`WAY` to authenticate: bearer, basic, header, query or oauth2",
			set: func(c *Config, v string) error { return setOneOf(&c.Auth, v, ways) },
		},
		{
			Name: "auth-token", Topic: topicAuth, Usage: "where the token or key is, for bearer, header and query: a `REFERENCE`, env:NAME or file:PATH",
			set: func(c *Config, v string) error { return setText(&c.AuthToken, v) },
		},
		{
			Name: "auth-name", Topic: topicAuth, Usage: "`NAME` of the header or the parameter, such as X-Api-Key",
			set: func(c *Config, v string) error { return setText(&c.AuthName, v) },
		},
		{
			Name: "auth-user", Topic: topicAuth, Usage: "`USER`, for basic",
			set: func(c *Config, v string) error { return setText(&c.AuthUser, v) },
		},
		{
			Name: "auth-password", Topic: topicAuth, Usage: "where the password is, for basic: a `REFERENCE`",
			set: func(c *Config, v string) error { return setText(&c.AuthPassword, v) },
		},
		{
			Name: "oauth2-token-url", Topic: topicAuth, Usage: "`URL` that gives tokens out, for oauth2 (client credentials)",
			set: func(c *Config, v string) error { return setText(&c.OAuth2TokenURL, v) },
		},
		{
			Name: "oauth2-client-id", Topic: topicAuth, Usage: "`ID` of the client",
			set: func(c *Config, v string) error { return setText(&c.OAuth2ClientID, v) },
		},
		{
			Name: "oauth2-client-secret", Topic: topicAuth, Usage: "where the client's secret is: a `REFERENCE`",
			set: func(c *Config, v string) error { return setText(&c.OAuth2ClientSecret, v) },
		},
		{
			Name: "oauth2-scope", Topic: topicAuth, Usage: "`SCOPE` to ask for",
			set: func(c *Config, v string) error { return setText(&c.OAuth2Scope, v) },
		},
	}
}

func pageSettings() []Setting {
	ways := []string{byNone, byPage, byOffset, byLink, byNext, byCursor}
	return []Setting{
		{
			Name: "paginate", Topic: topicPages, Values: ways, Usage: "`WAY` to the next page: none, page, offset, link, next-url or cursor (default none)",
			set: func(c *Config, v string) error { return setOneOf(&c.Paginate, v, ways) },
		},
		{
			Name: "page-param", Topic: topicPages, Usage: "`NAME` of the parameter for the page's number (default page)",
			set: func(c *Config, v string) error { return setText(&c.PageParam, v) },
		},
		{
			Name: "page-start", Topic: topicPages, Usage: "`NUMBER` of the first page (default 1)",
			set: func(c *Config, v string) error { return setNumber(&c.PageStart, v, 0) },
		},
		{
			Name: "page-size-param", Topic: topicPages, Usage: "`NAME` of the parameter for --page-size",
			set: func(c *Config, v string) error { return setText(&c.PageSizeParam, v) },
		},
		{
			Name: "page-size", Topic: topicPages, Usage: "`ROWS` to ask for, with --page-size-param",
			set: func(c *Config, v string) error { return setNumber(&c.PageSize, v, 1) },
		},
		{
			Name: "offset-param", Topic: topicPages, Usage: "`NAME` of the parameter for the offset (default offset)",
			set: func(c *Config, v string) error { return setText(&c.OffsetParam, v) },
		},
		{
			Name: "limit-param", Topic: topicPages, Usage: "`NAME` of the parameter for --limit (default limit)",
			set: func(c *Config, v string) error { return setText(&c.LimitParam, v) },
		},
		{
			Name: "limit", Topic: topicPages, Usage: "`ROWS` of a page, for offset (default 100): not more than the server gives",
			set: func(c *Config, v string) error { return setNumber(&c.Limit, v, 1) },
		},
		{
			Name: "next", Topic: topicPages, Usage: "`PATH` of the next URL or cursor in the answer, such as meta.next",
			set: func(c *Config, v string) error { return setText(&c.Next, v) },
		},
		{
			Name: "next-param", Topic: topicPages, Usage: "`NAME` of the parameter for the cursor (default cursor)",
			set: func(c *Config, v string) error { return setText(&c.NextParam, v) },
		},
		{
			Name: "total", Topic: topicPages, Usage: "`PATH` of the number of all rows in the answer, for page and offset",
			set: func(c *Config, v string) error { return setText(&c.Total, v) },
		},
	}
}

func incrementalSettings() []Setting {
	return []Setting{
		{
			Name: "incremental-field", Topic: topicIncremental, Usage: "`PATH` of a time or number in a row, whose highest value is kept, such as updated_at",
			set: func(c *Config, v string) error { return setText(&c.IncrementalField, v) },
		},
		{
			Name: "incremental-param", Topic: topicIncremental, Usage: "`NAME` of the parameter that asks for rows from that value on, such as since",
			set: func(c *Config, v string) error { return setText(&c.IncrementalParam, v) },
		},
		{
			Name: "lookback", Topic: topicIncremental, Usage: "ask from that `TIME` before the value, such as 10m (default 0s)",
			set: func(c *Config, v string) error { return setDuration(&c.Lookback, v, 0) },
		},
	}
}

func boundSettings() []Setting {
	return []Setting{
		{
			Name: "batch-pages", Topic: topicBounds, Usage: "commit after every `NUMBER` of pages (default all of a run in one commit)",
			set: func(c *Config, v string) error { return setNumber(&c.BatchPages, v, 1) },
		},
		{
			Name: "max-pages", Topic: topicBounds, Usage: "`NUMBER` of pages to end after, exit 3 where there are more; the next run goes on (default no limit)",
			set: func(c *Config, v string) error { return setNumber(&c.MaxPages, v, 1) },
		},
		{
			Name: "max-bytes", Topic: topicBounds, Usage: "`SIZE` that all answers may have, decompressed (default 1GiB; a single one 256MiB)",
			set: func(c *Config, v string) error { return setSize(&c.MaxBytes, v) },
		},
		{
			Name: "timeout", Topic: topicBounds, Usage: "`TIME` that a request may take, its answer included (default 30s)",
			set: func(c *Config, v string) error { return setDuration(&c.Timeout, v, 1) },
		},
		{
			Name: "deadline", Topic: topicBounds, Usage: "`TIME` that all requests together may take (default no limit)",
			set: func(c *Config, v string) error { return setDuration(&c.Deadline, v, 1) },
		},
		{
			Name: "retries", Topic: topicBounds, Usage: "`NUMBER` of times that a request is sent again (default 5)",
			set: func(c *Config, v string) error { return setNumber(&c.Retries, v, 0) },
		},
		{
			Name: "max-retry-wait", Topic: topicBounds, Usage: "`TIME` to wait at most for a server that asks for it (default 1m)",
			set: func(c *Config, v string) error { return setDuration(&c.MaxRetryWait, v, 0) },
		},
	}
}

// Set sets what a flag says; it wins over the same setting of a file. The error
// says what is wrong with the value only.
func (c *Config) Set(name, value string) error { return c.apply(name, value, fromFlag) }

func (c *Config) apply(name, value string, by from) error {
	for _, s := range Settings() {
		if s.Name != name {
			continue
		}
		params, headers := len(c.Params), len(c.Headers)
		if err := s.set(c, value); err != nil {
			return err
		}
		if by == fromFlag {
			c.Params, c.Headers = overrule(c.Params, params), overrule(c.Headers, headers)
		}
		c.set[name] = by
		return nil
	}
	return fmt.Errorf("there is no setting %q", name)
}

// overrule marks what came behind the first have as flags, and takes out what
// a file has under the same names.
func overrule(pairs []Pair, have int) []Pair {
	if len(pairs) == have {
		return pairs
	}
	fresh := &pairs[len(pairs)-1]
	fresh.flag = true
	name := fresh.Name
	return slices.DeleteFunc(pairs, func(p Pair) bool { return !p.flag && strings.EqualFold(p.Name, name) })
}

func setText(into *string, value string) error {
	if value == "" {
		return fmt.Errorf("the value is empty")
	}
	*into = value
	return nil
}

func setOneOf(into *string, value string, have []string) error {
	if slices.Contains(have, value) {
		*into = value
		return nil
	}
	if near := nearest.Of(value, have); near != "" {
		return fmt.Errorf("%q is not one of %s: did you mean %s?", value, strings.Join(have, ", "), near)
	}
	return fmt.Errorf("%q is not one of %s", value, strings.Join(have, ", "))
}

func setList(into *[]string, value string) error {
	*into = nil
	for name := range strings.SplitSeq(value, ",") {
		if name = strings.TrimSpace(name); name == "" {
			return fmt.Errorf("%q has an empty name", value)
		}
		*into = append(*into, name)
	}
	return nil
}

// setPair does not repeat what it cannot read: it may hold a secret.
func setPair(into *[]Pair, value string) error {
	name, text, ok := strings.Cut(value, "=")
	if !ok || name == "" {
		return fmt.Errorf("name and value are needed, as in name=value")
	}
	*into = append(*into, Pair{Name: name, Value: text})
	return nil
}

func setNumber(into *int64, value string, least int64) error {
	n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
	if err != nil || n < least || n > 1e15 {
		return fmt.Errorf("%q is not a whole number from %d on", value, least)
	}
	*into = n
	return nil
}

func setDuration(into *time.Duration, value string, least time.Duration) error {
	d, err := time.ParseDuration(strings.TrimSpace(value))
	if err != nil || d < least {
		return fmt.Errorf("%q is not a duration such as 500ms, 30s or 1h", value)
	}
	*into = d
	return nil
}

func setSize(into *int64, value string) error {
	n, err := config.ParseSize(value)
	if err != nil {
		return err
	}
	if n < 1 {
		return fmt.Errorf("%q is no size", value)
	}
	*into = n
	return nil
}
