package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kalpafall/df360/internal/fault"
)

// incremental runs once for each body, and returns what was asked from, and what
// is stored in the end.
func incremental(t *testing.T, bodies []string, flags ...string) (asked []string, stored string, last result) {
	t.Helper()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		asked = append(asked, r.URL.Query().Get("since"))
		sayJSON(w, bodies[n-1])
	})
	j := newJob(t)
	for range bodies {
		last = j.run(s.URL, append([]string{"incremental-field", "u.at", "incremental-param", "since"}, flags...)...)
	}
	for _, stream := range j.progress {
		stored, _ = stream.(map[string]any)["cursor"].(string)
	}
	return asked, stored, last
}

func TestIncremental(t *testing.T) {
	t.Parallel()
	at := func(values ...string) string {
		var all []string
		for i, v := range values {
			all = append(all, fmt.Sprintf(`{"id":%d,"u":{"at":%s}}`, i, v))
		}
		return list(all)
	}
	for name, c := range map[string]struct {
		bodies []string
		flags  []string
		asked  []string
		stored string
		code   fault.Code
		says   string
	}{
		"times as instants": {
			bodies: []string{at(`"2026-01-01T10:00:00+02:00"`, `"2026-01-01T09:00:00Z"`, `"2026-01-01T09:59:00+01:00"`), "[]"},
			asked:  []string{"", "2026-01-01T09:00:00Z"}, stored: "2026-01-01T09:00:00Z",
		},
		"in the form of the server": {
			bodies: []string{at(`"2026-01-01T10:00:00.120+02:00"`), "[]"}, flags: []string{"lookback", "1h30m"},
			asked: []string{"", "2026-01-01T08:30:00.120+02:00"}, stored: "2026-01-01T10:00:00.120+02:00",
		},
		"without a zone":           {bodies: []string{at(`"2026-01-01 00:10:00"`), "[]"}, flags: []string{"lookback", "15m"}, asked: []string{"", "2025-12-31 23:55:00"}, stored: "2026-01-01 00:10:00"},
		"days, looking back hours": {bodies: []string{at(`"2026-03-01"`), "[]"}, flags: []string{"lookback", "1h"}, asked: []string{"", "2026-02-28"}, stored: "2026-03-01"},
		"numbers":                  {bodies: []string{at(`9`, `10`, `-11`, `9.5`), "[]"}, asked: []string{"", "10"}, stored: "10"},
		"large numbers":            {bodies: []string{at(`9007199254740993`, `9007199254740992`), "[]"}, asked: []string{"", "9007199254740993"}, stored: "9007199254740993"},
		"numbers as texts":         {bodies: []string{at(`"9"`, `"10"`), "[]"}, asked: []string{"", "10"}, stored: "10"},
		"seconds":                  {bodies: []string{at(`1767225600`), "[]"}, flags: []string{"lookback", "1500ms"}, asked: []string{"", "1767225598"}, stored: "1767225600"},
		"seconds with a fraction":  {bodies: []string{at(`1767225600.25`), "[]"}, flags: []string{"lookback", "1m"}, asked: []string{"", "1767225540.25"}, stored: "1767225600.25"},
		"milliseconds":             {bodies: []string{at(`1767225600123`), "[]"}, flags: []string{"lookback", "1m"}, asked: []string{"", "1767225540123"}, stored: "1767225600123"},
		"ids have no past":         {bodies: []string{at(`77`), "[]"}, flags: []string{"lookback", "1m"}, asked: []string{""}, stored: "77", code: fault.Config, says: "no time"},
		"never goes back":          {bodies: []string{at(`"2026-01-02"`), at(`"2026-01-01"`), "[]"}, asked: []string{"", "2026-01-02", "2026-01-02"}, stored: "2026-01-02"},
		"goes on":                  {bodies: []string{at(`"2026-01-02"`), at(`"2026-01-03"`), "[]"}, asked: []string{"", "2026-01-02", "2026-01-03"}, stored: "2026-01-03"},
		"rows without it":          {bodies: []string{`[{"id":1},{"u":null},{"u":{"at":null}},{"u":{"at":"2026-01-01"}},5]`, "[]"}, asked: []string{"", "2026-01-01"}, stored: "2026-01-01"},
		"null for now":             {bodies: []string{`[{"u":{"at":null}}]`, "[]"}, asked: []string{"", ""}},
		"some odd ones":            {bodies: []string{at(`"soon"`, `"2026-01-01"`, `{}`, `true`), "[]"}, asked: []string{"", "2026-01-01"}, stored: "2026-01-01"},
		"no objects":               {bodies: []string{`[1,"x"]`}, asked: []string{""}},
		"no row has it":            {bodies: []string{`[{"id":1}]`}, asked: []string{""}, code: fault.Schema, says: "no row has it"},
		"neither":                  {bodies: []string{at(`"soon"`)}, asked: []string{""}, code: fault.Schema, says: `"soon"`},
		"another kind":             {bodies: []string{at(`"2026-01-01"`), at(`1767225600`)}, asked: []string{"", "2026-01-01"}, stored: "2026-01-01", code: fault.Schema, says: "another kind"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked, stored, last := incremental(t, c.bodies, c.flags...)
			if diff := cmp.Diff(c.asked, asked); diff != "" {
				t.Errorf("asked %s", diff)
			}
			if stored != c.stored {
				t.Errorf("stored %q, want %q", stored, c.stored)
			}
			if fault.CodeOf(last.Err) != c.code || !strings.Contains(fmt.Sprint(last.Err), c.says) {
				t.Errorf("%v", last.Err)
			}
			if last.Stats.Cursor != c.stored {
				t.Errorf("told %q", last.Stats.Cursor)
			}
		})
	}
}

// TestIncrementalAndKilled must not ask from a value that a page had which came
// before one that was not read.
func TestIncrementalAndKilled(t *testing.T) {
	t.Parallel()
	var asked []string
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		asked = append(asked, r.URL.Query().Get("since")+"/"+r.URL.Query().Get("page"))
		day := 9 - number(r, "page") // newest first
		if day < 5 || r.URL.Query().Get("since") != "" {
			sayJSON(w, "[]")
			return
		}
		sayJSON(w, fmt.Sprintf(`[{"at":"2026-01-0%d"}]`, day))
	})
	j := newJob(t)
	flags := []string{"paginate", "page", "incremental-field", "at", "incremental-param", "since"}
	if got := j.run(s.URL, append(flags, "max-pages", "2")...); got.Short == nil || got.Stats.Cursor != "" {
		t.Errorf("%+v", got)
	}
	if got := j.run(s.URL, flags...); got.Err != nil || len(got.Rows) != 2 || got.Stats.Cursor != "2026-01-08" {
		t.Errorf("%+v", got)
	}
	j.run(s.URL, flags...)
	want := []string{"/1", "/2", "/3", "/4", "/5", "2026-01-08/1"}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Error(diff)
	}
}

// TestIncrementalAndASecret stops where no run can go on: the value does not move.
func TestIncrementalAndASecret(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		w.Header().Set("Link", fmt.Sprintf(`</?n=%d&k=hunter2hunter2>; rel=next`, n))
		sayJSON(w, fmt.Sprintf(`[{"at":%d}]`, n))
	})
	j := newJob(t)
	j.env = map[string]string{"T": "hunter2hunter2"}
	got := j.run(s.URL, "paginate", "link", "max-pages", "2", "incremental-field", "at", "incremental-param", "since", "header", "x-key=env:T")
	if got.Short == nil || len(got.Rows) != 2 || got.Stats.Cursor != "" || strings.Contains(fmt.Sprint(j.progress), "cursor") {
		t.Errorf("%+v %v", got, j.progress)
	}
}

func TestIncrementalCSV(t *testing.T) {
	t.Parallel()
	var asked []string
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		asked = append(asked, r.URL.Query().Get("since"))
		say(w, "text/csv", "id,at\n1,2026-01-01T00:00:00Z\n2,\n3,2026-01-03T00:00:00Z\n")
	})
	j := newJob(t)
	for range 2 {
		if got := j.run(s.URL, "incremental-field", "at", "incremental-param", "since"); got.Err != nil {
			t.Error(got.Err)
		}
	}
	if diff := cmp.Diff([]string{"", "2026-01-03T00:00:00Z"}, asked); diff != "" {
		t.Error(diff)
	}
}

func TestDecimals(t *testing.T) {
	t.Parallel()
	order := []string{"-1e3", "-12.5", "-12.49", "-0.001", "0", "1e-9", "0.5", "1", "1.5", "9", "10", "99.99", "1e2", "12345678901234567890122", "12345678901234567890123", "1e300", "1e301"}
	for i, a := range order {
		for k, b := range order {
			x, okA := parseDecimal(a)
			y, okB := parseDecimal(b)
			want := 0
			if i < k {
				want = -1
			} else if i > k {
				want = 1
			}
			if got := x.compare(y); !okA || !okB || got != want {
				t.Errorf("%s and %s: %d", a, b, got)
			}
		}
	}
	for _, same := range [][2]string{{"1.0", "1"}, {"100", "1e2"}, {"0.010", "1E-2"}, {"-0", "0"}, {"007", "7"}, {"0e5", "0"}} {
		x, _ := parseDecimal(same[0])
		y, _ := parseDecimal(same[1])
		if x.compare(y) != 0 {
			t.Errorf("%v differ", same)
		}
	}
	for _, none := range []string{"", "-", "1.", ".5", "1e", "0x1", "1e99999999999999999999", "NaN", "1 2", "--1"} {
		if _, ok := parseDecimal(none); ok {
			t.Errorf("%q is a number", none)
		}
	}
}

func FuzzTime(f *testing.F) {
	for _, seed := range []string{
		"2026-01-01", "2026-01-01T10:00", "2026-01-01 10:00:00.123456789Z", "2026-01-01T10:00:00+0200", "2026-01-01T10:00:00 +02:00",
		"2026-01-01T10:00:00-07", "2026-01-01 10:00:00 UTC", "2024-02-29t00:00:00z", "0000-01-01", "9999-12-31T23:59:60Z",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m := parseMoment(text)
		if m.kind != kindTime {
			return
		}
		back, err := m.back(0)
		if err != nil || back != text {
			t.Errorf("%q became %q", text, back)
		}
		earlier, err := m.back(36 * time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if e := parseMoment(earlier); m.at.Year() > 1 && (e.kind != kindTime || m.at.Sub(e.at) < 36*time.Hour || m.at.Sub(e.at) > 49*time.Hour) {
			t.Errorf("%q, a day and a half back: %q", text, earlier)
		}
	})
}
