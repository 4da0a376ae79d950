package fake

import (
	"slices"
	"strconv"
	"testing"
)

// broken says which rule of the built-in type a row fails; "" none. It is
// written from the rules, not from the generator.
func broken(name string, row map[string]string) string {
	switch name {
	case UserName:
		age, err := strconv.Atoi(row["age"])
		switch {
		case row["email"] == "" || !slices.Contains([]byte(row["email"]), '@'):
			return "email"
		case err != nil || age < 0 || age > 120:
			return "age"
		}
	case TransactionName:
		amount, err := strconv.ParseFloat(row["amount"], 64)
		switch {
		case err != nil || amount <= 0:
			return "amount"
		case !slices.Contains([]string{"completed", "pending", "failed"}, row["status"]):
			return "status"
		}
	case LogName:
		switch {
		case row["timestamp"] == "":
			return "timestamp"
		case !slices.Contains([]string{"INFO", "WARNING", "ERROR", "DEBUG"}, row["level"]):
			return "level"
		}
	}
	return ""
}

func keyOf(name string) string {
	return map[string]string{UserName: "user_id", TransactionName: "transaction_id", LogName: "log_id"}[name]
}

func timeOf(name string) string {
	return map[string]string{UserName: "registration_date", TransactionName: "transaction_date", LogName: "timestamp"}[name]
}

// TestTruth: the faults are exactly those that the truth names, and exactly as
// many as were asked for.
func TestTruth(t *testing.T) {
	t.Parallel()
	for _, name := range Names() {
		for _, n := range []int64{10_000, 2*chunkRows + 13, 100} {
			o := Options{Seed: 11, Rows: n, Faults: Faults{Late: Whole / 20, Duplicates: Whole / 50, Nulls: Whole / 40, Invalid: Whole / 30}}
			table := mustTable(t, name, o)
			checkTruth(t, name, o, rows(t, table), truth(t, table))
		}
	}
}

func checkTruth(t *testing.T, name string, o Options, all []map[string]string, lines []truthLine) {
	t.Helper()
	hits, counts := map[string]truthLine{}, map[string]int64{}
	doubled := map[string]bool{}
	for _, line := range lines {
		counts[line.Fault]++
		if line.Fault == "duplicate" {
			if line.Column != nil || doubled[line.Key] {
				t.Errorf("duplicate %s has a column or is listed twice", line.Key)
			}
			doubled[line.Key] = true
			continue
		}
		if _, twice := hits[line.Key]; twice {
			t.Errorf("row %s has two faults", line.Key)
		}
		hits[line.Key] = line
	}
	want := map[string]int64{
		"late": o.Faults.Late.Of(o.Rows), "null": o.Faults.Nulls.Of(o.Rows),
		"invalid": o.Faults.Invalid.Of(o.Rows), "duplicate": o.Faults.Duplicates.Of(o.Rows),
	}
	for fault, n := range want {
		if counts[fault] != n {
			t.Errorf("%s: %d rows are %s, want %d of %d", name, counts[fault], fault, n, o.Rows)
		}
	}
	seen := map[string]map[string]string{}
	latest := ""
	for _, row := range all {
		key := row[keyOf(name)]
		if earlier, again := seen[key]; again {
			if !doubled[key] || !equalRows(earlier, row) {
				t.Errorf("%s %s comes twice and is no exact duplicate", name, key)
			}
			delete(doubled, key)
			continue
		}
		seen[key] = row
		hit := hits[key]
		isLate := row[timeOf(name)] != "" && row[timeOf(name)] < latest
		if isLate != (hit.Fault == "late") {
			t.Errorf("%s %s: late is %v, the truth says %q", name, key, isLate, hit.Fault)
		}
		if !isLate && row[timeOf(name)] != "" {
			latest = row[timeOf(name)]
		}
		checkRow(t, name, row, hit)
	}
	if int64(len(seen)) != o.Rows || len(doubled) > 0 {
		t.Errorf("%s: %d distinct rows, want %d; %d duplicates are missing", name, len(seen), o.Rows, len(doubled))
	}
}

func checkRow(t *testing.T, name string, row map[string]string, hit truthLine) {
	t.Helper()
	column := ""
	if hit.Column != nil {
		column = *hit.Column
	}
	for c, value := range row {
		isNull := value == "" && (c != "status" || hit.Fault != "invalid")
		if isNull != (hit.Fault == "null" && column == c) {
			t.Errorf("%s: %s is NULL: %v, the truth says %v", name, c, isNull, hit)
		}
	}
	want := ""
	rejecting := slices.Contains([]string{"email", "age", "amount", "status", "timestamp", "level"}, column)
	if hit.Fault == "invalid" || hit.Fault == "null" && rejecting {
		want = column
	}
	if got := broken(name, row); got != want {
		t.Errorf("%s: row %v breaks a rule on %q, the truth says %q", name, row, got, want)
	}
}

func equalRows(a, b map[string]string) bool {
	for c := range a {
		if a[c] != b[c] {
			return false
		}
	}
	return len(a) == len(b)
}

func TestFaultPlanIsExact(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{1, 2, 3, 10, 999, chunkRows, chunkRows + 1} {
		for _, f := range []Faults{
			{Late: Whole},
			{Nulls: Whole},
			{Invalid: Whole},
			{Duplicates: Whole},
			{Late: Whole / 3, Nulls: Whole / 3, Invalid: Whole / 3},
			{Late: 1, Duplicates: 1},
			{Invalid: Whole / 2},
		} {
			table, err := Builtin(TransactionName, Options{Rows: n, Faults: f, Seed: uint64(n)})
			if err != nil {
				if f.Late.Of(n)+f.Nulls.Of(n)+f.Invalid.Of(n) <= n {
					t.Errorf("%d rows, %+v: %v", n, f, err)
				}
				continue
			}
			got := map[faultKind]int64{}
			last := int64(-1)
			// In pieces of odd sizes, so that the borders move.
			for lo := int64(0); lo < n; lo += 7 {
				table.faults.each(lo, min(lo+7, n), func(h hit) {
					got[h.kind]++
					if h.kind == duplicate {
						return
					}
					if h.row <= last || h.row < lo || h.row >= min(lo+7, n) {
						t.Errorf("%d rows, %+v: hit at row %d after row %d", n, f, h.row, last)
					}
					last = h.row
				})
			}
			for kind, share := range map[faultKind]Share{late: f.Late, null: f.Nulls, invalid: f.Invalid, duplicate: f.Duplicates} {
				if got[kind] != share.Of(n) {
					t.Errorf("%d rows, %+v: %d are %s, want %d", n, f, got[kind], kind, share.Of(n))
				}
			}
		}
	}
}

func TestTooManyFaults(t *testing.T) {
	t.Parallel()
	if _, err := Builtin(LogName, Options{Faults: Faults{Late: Whole / 2, Nulls: Whole / 2, Invalid: 1}}); err == nil {
		t.Error("more than 100% of faults passed")
	}
}

func TestShare(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Share{
		"5%": Whole / 20, "0.05": Whole / 20, "0": 0, "100%": Whole, "1": Whole, "0.0000001%": 1, " 2.5 %": Whole / 40, ".5": Whole / 2,
	} {
		got, err := ParseShare(text)
		if err != nil || got != want {
			t.Errorf("ParseShare(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "%", "five", "-1%", "101%", "5", "1/3", "1e-2", "0.00000000001", "NaN", "0x1"} {
		if got, err := ParseShare(text); err == nil {
			t.Errorf("ParseShare(%q) = %d, want an error", text, got)
		}
	}
	if got := (Whole / 8).Of(20); got != 3 { // 2.5, half up
		t.Errorf("an eighth of 20 is %d, want 3", got)
	}
	if got := Share(25_000_000).String(); got != "2.5%" {
		t.Errorf("String() = %s", got)
	}
}
