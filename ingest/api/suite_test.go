package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"github.com/kalpafall/df360/ingest"
	"github.com/kalpafall/df360/ingest/api"
	"github.com/kalpafall/df360/ingest/ingesttest"
)

// rowServer answers with the rows behind an id, ten a page.
type rowServer struct {
	mu   sync.Mutex
	rows []string // the id before each, which tells where it stands
	ids  []int
}

func (s *rowServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	since, _ := strconv.Atoi(r.URL.Query().Get("since"))
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	rows := []json.RawMessage{}
	for i, id := range s.ids {
		if id > since {
			rows = append(rows, json.RawMessage(s.rows[i]))
		}
	}
	rows = rows[min(len(rows), 10*(page-1)):min(len(rows), 10*page)]
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(rows)
}

func TestSuite(t *testing.T) {
	t.Parallel()
	ingesttest.Suite(t, func(t *testing.T) ingesttest.Fixture {
		t.Helper()
		rows := &rowServer{}
		server := httptest.NewServer(rows)
		t.Cleanup(server.Close)
		return ingesttest.Fixture{
			Open: func(t *testing.T) (ingest.Source, ingest.Options) {
				t.Helper()
				config := api.NewConfig()
				config.URL = server.URL
				for key, value := range map[string]string{
					"paginate": "page", "batch-pages": "2", "incremental-field": "id", "incremental-param": "since",
				} {
					if err := config.Set(key, value); err != nil {
						t.Fatal(err)
					}
				}
				source, err := api.New(api.Options{Config: config, Name: "rows", TempDir: t.TempDir()})
				if err != nil {
					t.Fatal(err)
				}
				return source, ingest.Options{CommitEmpty: true}
			},
			Add: func(t *testing.T, from, to int) {
				t.Helper()
				rows.mu.Lock()
				defer rows.mu.Unlock()
				for id := from; id <= to; id++ {
					rows.rows, rows.ids = append(rows.rows, fmt.Sprintf(`{"id":%d}`, id)), append(rows.ids, id)
				}
				rows.rows, rows.ids = append(rows.rows, fmt.Sprintf(`["no row %d"]`, to)), append(rows.ids, to)
			},
		}
	})
}
