package replay_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/columns"
	"github.com/kalpafall/df360/ingest/csv"
	"github.com/kalpafall/df360/ingest/replay"
)

// block is a block as tests compare it.
func blocks(t *testing.T, columns []ingest.Column, rows ...replay.Row) []string {
	t.Helper()
	s := replay.New("kafka", columns, func(_ context.Context, yield func(replay.Row) error) error {
		for _, r := range rows {
			if err := yield(r); err != nil {
				return err
			}
		}
		return nil
	})
	batch, err := s.Next(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	err = batch.Read(context.Background(), false, func(b *ingest.Block) error {
		if b.CSV != nil {
			out = append(out, fmt.Sprintf("csv %q %v at %s, %d", b.CSV.Data, b.CSV.Header.Names, b.CSV.Origin(0), b.RejectedAt(0)))
			return nil
		}
		for i, value := range b.Values {
			line := fmt.Sprintf("json %s at %s, %d", value, b.Origin(i), b.RejectedAt(i))
			if len(b.Meta) > 0 {
				line += fmt.Sprintf(", key %q", b.Meta[0].Text[b.Meta[0].Ends[i]:b.Meta[0].Ends[i+1]])
			}
			if m := b.Unfit[i]; m != nil {
				line += fmt.Sprintf(", unfit: %s %s", m.Column, m.Reason)
			}
			out = append(out, line)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if patch, err := batch.Progress(); patch == nil || err != nil {
		t.Errorf("progress %v, %v", patch, err)
	}
	s.Done()
	if again, err := s.Next(context.Background(), nil); again != nil || err != nil {
		t.Errorf("a second batch: %v, %v", again, err)
	}
	return out
}

func TestRowsAreReadAsTheirSourceDid(t *testing.T) {
	t.Parallel()
	header := &replay.CSV{Header: &ingest.Header{Names: []string{"a", "b"}}, Dialect: csv.Dialect{Delimiter: ';', Quote: '"', EOL: '\r'}}
	got := blocks(t, nil,
		replay.Row{Raw: `{"a":1}`, Origin: "x.jsonl:3", At: 7},
		replay.Row{Raw: "1;\"x", Origin: "x.csv:2", At: 8, CSV: header},
		replay.Row{Raw: `a\xff`, Origin: "x.csv:3", At: 9, CSV: header, Reason: columns.NotUTF8},
		replay.Row{Raw: "1;2", Origin: "y.csv:1", At: 10, Lost: true, Reason: "old", Column: "a"},
		replay.Row{Raw: "long", Origin: "z:1", At: 11, Reason: "a text of more than 1 MiB (only the beginning of its text is kept)"},
	)
	want := []string{
		`csv "1;\"x\r" [a b] at x.csv:2, 8`,
		`json {"a":1} at x.jsonl:3, 7`,
		`json a\xff at x.csv:3, 9, unfit:  the text is not UTF-8`,
		`json 1;2 at y.csv:1, 10, unfit: a old`,
		`json long at z:1, 11, unfit:  a text of more than 1 MiB (only the beginning of its text is kept)`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestColumnsOfTheSourceAreKept(t *testing.T) {
	t.Parallel()
	var rows []replay.Row
	var want []string
	for i := range 2500 {
		rows = append(rows, replay.Row{Raw: "x", Origin: fmt.Sprint(i), Meta: fmt.Appendf(nil, `{"_key":"k%d"}`, i)})
		want = append(want, fmt.Sprintf("json x at %d, 0, key %q", i, fmt.Sprintf("k%d", i)))
	}
	if diff := cmp.Diff(want, blocks(t, []ingest.Column{{Name: "_key", Type: "VARCHAR"}}, rows...)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestErrorsOfReplay(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	s := replay.New("file", nil, func(context.Context, func(replay.Row) error) error { return broken })
	batch, err := s.Next(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := batch.Read(context.Background(), false, nil); !errors.Is(err, broken) {
		t.Error(err)
	}
}
