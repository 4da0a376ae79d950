package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/itchyny/gojq"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/jsontext"
)

// query is a jq expression whose results are the rows.
type query struct {
	text string
	code *gojq.Code
}

// compile reads an expression. It sees neither the environment nor files.
func compile(text string) (*query, error) {
	parsed, err := gojq.Parse(text)
	if err == nil {
		var code *gojq.Code
		if code, err = gojq.Compile(parsed); err == nil {
			return &query{text, code}, nil
		}
	}
	return nil, fault.New(fault.Usage, "--records %s is no jq expression: %w", text, err)
}

// rows takes the results for an answer, which was found valid. Numbers that the
// expression does not compute with stay as they are, digit for digit.
func (q *query) rows(ctx context.Context, data []byte) (*content, error) {
	if err := jsontext.Valid(data); err != nil {
		return nil, err // half a character, which a text in memory cannot have
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var root any
	if err := decoder.Decode(&root); err != nil {
		return nil, err
	}
	out := &content{}
	results := q.code.RunWithContext(ctx, root)
	for n := 1; ; n++ {
		value, more := results.Next()
		if !more {
			return out, nil
		}
		if err, failed := value.(error); failed {
			var halt *gojq.HaltError
			if errors.As(err, &halt) && halt.Value() == nil {
				return out, nil
			}
			return nil, q.failed(ctx, err)
		}
		if value == nil {
			return nil, fault.New(fault.HTTP, "--records %s gives null as result %d", q.text, n).
				WithHint("where the rows may be missing, write %s // []", q.text)
		}
		list, isList := value.([]any)
		if !isList {
			list = []any{value}
		}
		for _, row := range list {
			if err := out.add(row); err != nil {
				return nil, err
			}
		}
	}
}

func (q *query) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return fault.New(fault.HTTP, "--records %s: %w", q.text, err)
}

// add appends a row that an expression made.
func (c *content) add(row any) error {
	text, err := gojq.Marshal(row)
	if err != nil {
		return err
	}
	start := len(c.data)
	c.data = append(c.data, text...)
	if len(c.data) > maxPageBytes {
		return fault.New(fault.Limit, "the expression of --records makes more than %d bytes of one answer", maxPageBytes)
	}
	if len(c.bounds) >= 2*maxRows {
		return tooManyRows()
	}
	c.bounds = append(c.bounds, uint32(start), uint32(len(c.data))) //nolint:gosec // see maxPageBytes
	return nil
}
