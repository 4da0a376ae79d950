package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// truthCase is a dataset with what docs/fake.md says of its faults: the rules
// that a row fails, by fault and column.
type truthCase struct {
	kind, key string
	rules     map[string]string
}

func truthCases() []truthCase {
	return []truthCase{
		{"users", "user_id", map[string]string{
			"invalid email": "email_valid", "null email": "email_present,email_valid",
			"invalid age": "age_range", "null age": "age_range",
		}},
		{"transactions", "transaction_id", map[string]string{
			"invalid amount": "amount_positive", "null amount": "amount_present,amount_positive",
			"invalid status": "status_valid", "null status": "status_valid",
		}},
		{"logs", "log_id", map[string]string{
			"invalid level": "level_valid", "null level": "level_valid", "null timestamp": "timestamp_present",
		}},
	}
}

// jsonOf runs df360 --json in dir and reads its object.
func jsonOf(t *testing.T, into any, args ...string) {
	t.Helper()
	var out bytes.Buffer
	cmd := program(t, append(args, "--json")...)
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v: %s", args, err, out.String())
	}
	if err := json.Unmarshal(out.Bytes(), into); err != nil {
		t.Fatal(err)
	}
}

// TestTransformDoesWhatTheTruthSays: the rows that a transform rejects, with
// their rules, and how many it drops and writes, follow from the truth alone.
func TestTransformDoesWhatTheTruthSays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	lake, truth := filepath.Join(dir, "lake"), filepath.Join(dir, "truth.jsonl")
	const rows = 3000
	if err := program(t, "fake", "all", "--lake", lake, "--truth", truth, "--rows", "3000", "--seed", "5",
		"--late", "3%", "--duplicates", "2%", "--nulls", "8%", "--invalid", "5%").Run(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(truth)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range truthCases() {
		want, duplicates := c.expected(t, data)
		var run struct{ Summary dataSummary }
		jsonOf(t, &run, "transform", "--lake", lake, "--dataset", c.kind+"_fake", "--type", c.kind)
		s := run.Summary
		if s.RowsRead != rows*102/100 || s.RowsDuplicate != duplicates || s.RowsRejected != int64(len(want)) ||
			s.RowsWritten != rows-s.RowsRejected || duplicates != rows*2/100 {
			t.Errorf("%s: %+v; want %d duplicates and %d rejected", c.kind, s, duplicates, len(want))
		}
		var rejected struct{ Result []map[string]string }
		jsonOf(t, &rejected, "lake", "query", "--lake", lake,
			"SELECT "+c.key+" AS key, _reason AS reason FROM processed."+c.kind+"_fake_rejected")
		got := map[string]string{}
		for _, row := range rejected.Result {
			got[row["key"]] = row["reason"]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: rejected rows by key: %s", c.kind, diff)
		}
	}
}

// expected is what the truth says of the dataset: the rules that rows fail, by
// key, and the number of duplicates.
func (c truthCase) expected(t *testing.T, truth []byte) (rejected map[string]string, duplicates int64) {
	t.Helper()
	rejected = map[string]string{}
	dec := json.NewDecoder(bytes.NewReader(truth))
	for dec.More() {
		var line struct{ Dataset, Key, Fault, Column string }
		if err := dec.Decode(&line); err != nil {
			t.Fatal(err)
		}
		if line.Dataset != c.kind+"_fake" {
			continue
		}
		if line.Fault == "duplicate" {
			duplicates++
		}
		if rule := c.rules[line.Fault+" "+line.Column]; rule != "" {
			rejected[line.Key] = rule
		}
	}
	return rejected, duplicates
}
