package api

import (
	"bytes"
	"context"
	"errors"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/ingest/csv"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/jsontext"
	"github.com/kalpafall/df360/internal/secret"
)

// parser takes answers apart.
type parser struct {
	c       *Config
	query   *query // nil: Records is a path
	secrets *secret.Scrubber
	header  *ingest.Header // of the last page of CSV
}

// csvText is a page of delimited text.
type csvText struct {
	dialect csv.Dialect
	header  *ingest.Header
	head    []byte // the line of the header
	starts  []uint32
	rows    int
}

// parse takes an answer apart. What is no valid text of its format is a failure,
// as a connection that breaks is.
func (p *parser) parse(ctx context.Context, what string, a *answer) (*content, error) {
	if a.status == http.StatusNoContent || a.status == http.StatusResetContent {
		return &content{}, nil
	}
	body := bytes.TrimPrefix(a.body, []byte("\xEF\xBB\xBF"))
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	format := p.format(kind, body)
	if (format != formatCSV || kind == "text/html") && looksLikeMarkup(body) {
		return nil, fault.New(fault.HTTP, "%s: the answer is no %s but a page: %s", what, strings.ToUpper(format), words(body, p.secrets)).
			WithHint("a page to log in, perhaps: --auth and the flags beside it say who asks")
	}
	var out *content
	var err error
	switch {
	case format == formatCSV:
		out, err = p.text(body)
	case format == formatJSONL:
		if p.c.Records != "" || p.c.Next != "" || p.c.Total != "" {
			return nil, fault.New(fault.HTTP, "%s: the answer has a JSON text on each line, and --records, --next and --total look into a single one", what)
		}
		out, err = splitLines(body)
	case p.query != nil:
		out, err = p.queried(ctx, body)
	default:
		out, err = splitJSON(body, p.c, true)
	}
	return out, p.judge(what, body, err)
}

// judge tells errors that another attempt may mend from those that it cannot.
func (p *parser) judge(what string, body []byte, err error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		wrapped := fault.New(known.Code, "%s: %w", what, err)
		return wrapped
	}
	if err == nil {
		return nil
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return &failure{err: fault.New(fault.HTTP, "%s: the answer is empty", what), after: -1, sent: true}
	}
	failed := fault.New(fault.HTTP, "%s: %w", what, err).WithHint("it begins with: %s", words(body, p.secrets))
	if c, lines := splitLines(body); lines == nil && c.rows() > 1 && p.c.Format == formatAuto {
		failed = failed.WithHint("it has a JSON text on each line: --format jsonl takes them")
	}
	return &failure{err: failed, after: -1, sent: true}
}

// queried takes rows with an expression, and the rest with paths.
func (p *parser) queried(ctx context.Context, body []byte) (*content, error) {
	around, err := splitJSON(body, p.c, false)
	if err != nil {
		return nil, err
	}
	out, err := p.query.rows(ctx, body)
	if err != nil {
		return nil, err
	}
	out.next, out.total = around.next, around.total
	return out, nil
}

// format is what the user says, else what the server says, else JSON.
func (p *parser) format(kind string, body []byte) string {
	lines := []string{"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/jsonlines", "application/json-lines", "application/x-json-stream", "text/jsonl"}
	switch {
	case p.c.Format != formatAuto:
		return p.c.Format
	case slices.Contains(lines, kind):
		return formatJSONL
	case kind == "text/csv", kind == "application/csv", kind == "text/tab-separated-values":
		if start := jsontext.Space(body, 0); p.c.Records == "" || start == len(body) || body[start] != '{' {
			return formatCSV
		}
	}
	return formatJSON
}

// looksLikeMarkup reports whether a text begins as HTML or XML do.
func looksLikeMarkup(body []byte) bool {
	start := jsontext.Space(body, 0)
	return start < len(body) && body[start] == '<'
}

// text takes delimited text apart: a header and records.
func (p *parser) text(body []byte) (*content, error) {
	if err := columns.ValidText(body); err != nil && bytes.IndexByte(body, 0) < 0 {
		return nil, err
	}
	t := &csvText{dialect: csv.Sniff(body, true, 0, 0)}
	head := csv.NewReader(body, t.dialect)
	record := head.Next()
	if record == nil {
		return &content{csv: t}, nil
	}
	if record.Err != "" {
		return nil, fault.New(fault.HTTP, "the header of the CSV cannot be read: %s", record.Err)
	}
	names := make([]string, len(record.Fields))
	for i, f := range record.Fields {
		names[i] = string(f)
	}
	if p.header == nil || !slices.Equal(p.header.Names, names) {
		p.header = &ingest.Header{Names: names}
	}
	t.header, t.head = p.header, record.Raw
	data := body[head.Offset():]
	records := csv.NewReader(data, t.dialect)
	for r := records.Next(); r != nil; r = records.Next() {
		if len(t.starts) >= maxRows {
			return nil, tooManyRows()
		}
		t.starts = append(t.starts, uint32(r.At)) //nolint:gosec // answers are smaller than 4 GiB
	}
	t.rows = len(t.starts)
	return &content{data: data, csv: t}, nil
}
