package api

import (
	"io"
	"log"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func TestPosts(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		sayJSON(w, `[ {"userId": 1, "id": 1, "title": "a"},
  {"userId": 1, "id": 2, "title": "ß\u00df"} ]`)
	})
	j := newJob(t)
	got := j.run(s.URL + "/posts")
	want := []string{`{"userId": 1, "id": 1, "title": "a"}`, `{"userId": 1, "id": 2, "title": "ß\u00df"}`}
	if diff := cmp.Diff(want, got.Rows); diff != "" || got.Err != nil {
		t.Errorf("%v %s", got.Err, diff)
	}
	if diff := cmp.Diff([]string{"1:1", "1:2"}, got.Origins); diff != "" {
		t.Error(diff)
	}
	if got := j.run(s.URL + "/posts"); len(got.Rows) != 0 || got.Commits != 0 || got.Err != nil || s.requests() != 2 {
		t.Errorf("the same again: %+v", got)
	}
}
