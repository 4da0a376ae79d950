package table_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/internal/table"
)

func TestCount(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 1204500: "1,204,500", -1000: "-1,000", -999: "-999",
		math.MinInt64: "-9,223,372,036,854,775,808",
	} {
		if got := table.Count(n); got != want {
			t.Errorf("Count(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	huge, _ := new(big.Int).SetString("170141183460469231731687303715884105727", 10)
	when := time.Date(2026, 11, 5, 2, 0, 0, 123456000, time.FixedZone("", 3600))
	for _, tc := range []struct {
		v          any
		text, json string
	}{
		{nil, "", "null"},
		{true, "true", "true"},
		{int64(math.MaxInt64), "9223372036854775807", "9223372036854775807"},
		{int32(-3), "-3", "-3"},
		{uint64(math.MaxUint64), "18446744073709551615", "18446744073709551615"},
		{huge, huge.String(), huge.String()},
		{table.Number("12345678901234567890.10"), "12345678901234567890.10", "12345678901234567890.10"},
		{0.1, "0.1", "0.1"},
		{1234567.0, "1234567", "1234567"},
		{1e300, "1e+300", "1e+300"},
		{math.Copysign(0, -1), "-0", "-0"},
		{float32(0.1), "0.1", "0.1"},
		{math.NaN(), "NaN", `"NaN"`},
		{math.Inf(1), "Infinity", `"Infinity"`},
		{math.Inf(-1), "-Infinity", `"-Infinity"`},
		{"a\"<b>\n", "a\"<b>\n", `"a\"<b>\n"`},
		{"\xff", "\xff", `"\ufffd"`},
		{[]byte{0, 'a', '\\', 0xff}, `\x00a\x5C\xFF`, `"\\x00a\\x5C\\xFF"`},
		{when, "2026-11-05T01:00:00.123456Z", `"2026-11-05T01:00:00.123456Z"`},
		{[]any{int64(1), nil, math.NaN()}, `[1,null,"NaN"]`, `[1,null,"NaN"]`},
		{table.Object{{"z", int64(1)}, {"a", "x"}}, `{"z":1,"a":"x"}`, `{"z":1,"a":"x"}`},
	} {
		if got := table.Text(tc.v); got != tc.text {
			t.Errorf("Text(%#v) = %q, want %q", tc.v, got, tc.text)
		}
		got, err := table.AppendJSON(nil, tc.v)
		if err != nil || string(got) != tc.json {
			t.Errorf("AppendJSON(%#v) = %s, %v, want %s", tc.v, got, err, tc.json)
		}
		if !json.Valid(got) {
			t.Errorf("%s is not JSON", got)
		}
	}
}

func TestJSONOfObjects(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	err := table.JSON(&b, map[string]any{"result": []table.Object{{{"x", math.NaN()}, {"a&b", table.Number("1.10")}}}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), `{"result":[{"x":"NaN","a&b":1.10}]}`+"\n"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestGrid(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	err := table.Grid(&b, []string{"name", "rows"}, []bool{false, true}, [][]string{{"日本", "1,000"}, {"a\x1b[31m\n", "7"}, {"\u202eevil", "12"}})
	if err != nil {
		t.Fatal(err)
	}
	want := "name          rows\n" +
		"日本         1,000\n" +
		`a\x1b[31m\n      7` + "\n" +
		`\u202eevil      12` + "\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestColumnsHaveNoTrailingBlanks(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := table.Columns(&b, [][]string{{"a", "long"}, {"bbb", "x"}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("a    long\nbbb  x\n", b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestStreams(t *testing.T) {
	t.Parallel()
	head := []string{"id", "the name"}
	rows := [][]any{{int64(1), "a,\"b\""}, {int64(20), nil}, {nil, ""}, {int64(3), " \x1b"}}
	for name, tc := range map[string]struct {
		make        func(w *strings.Builder) table.Rows
		want, empty string
	}{
		"text": {
			func(w *strings.Builder) table.Rows { return table.NewText(w, head, []bool{true, false}) },
			"  id  the name\n   1  a,\"b\"\n  20  NULL\nNULL  \n   3   \\x1b\n", "id  the name\n",
		},
		"csv": {
			func(w *strings.Builder) table.Rows { return table.NewCSV(w, head) },
			"id,the name\n1,\"a,\"\"b\"\"\"\n20,\n,\"\"\n3,\" \x1b\"\n", "id,the name\n",
		},
		"json": {
			func(w *strings.Builder) table.Rows { return table.NewJSON(w, head) },
			"[{\"id\":1,\"the name\":\"a,\\\"b\\\"\"},\n{\"id\":20,\"the name\":null},\n{\"id\":null,\"the name\":\"\"},\n{\"id\":3,\"the name\":\" \\u001b\"}]\n", "[]\n",
		},
		"json line": {
			func(w *strings.Builder) table.Rows { return table.NewJSONLine(w, head[:1]) },
			`[{"id":1},{"id":20},{"id":null},{"id":3}]`, "[]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var full, empty strings.Builder
			w := tc.make(&full)
			for _, row := range rows {
				if name == "json line" {
					row = row[:1]
				}
				if err := w.Write(row); err != nil {
					t.Fatal(err)
				}
			}
			if err := errors.Join(w.Close(), tc.make(&empty).Close()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, full.String()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.empty, empty.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTextStreams(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	w := table.NewText(&b, []string{"n", "t"}, []bool{true})
	for i := range 1500 {
		if err := w.Write([]any{int64(i), "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if b.Len() == 0 {
		t.Error("nothing was written before the end")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != 1501 || lines[1500] != fmt.Sprintf("%d  x", 1499) {
		t.Errorf("%d lines, last %q", len(lines), lines[len(lines)-1])
	}
}
