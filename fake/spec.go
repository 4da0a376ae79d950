package fake

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/yamlfile"
)

// Spec is a dataset that a YAML file describes (docs/fake.md).
type Spec struct {
	// Name is the dataset's name.
	Name string
	// Hash identifies what the file says.
	Hash string

	path    string
	options Options // defaults that the file sets
	columns []specColumn
	key     int // column that is distinct in every row, -1 where there is none
	time    int // column that holds the event time, -1 where there is none
}

// specColumn is one column as the file describes it.
type specColumn struct {
	Column
	line      int
	values    values
	nulls     Share
	invalid   []string
	invalidAs []int64 // the same as numbers, of a column that is not text
}

// values says where a column's values come from; one of them is set.
type values struct {
	uuid     bool
	sequence *sequence
	kind     string // gofakeit's
	distinct int
	choices  []weighted
	low      int64 // ranges: both inclusive
	high     int64
	ranged   bool
	lowF     float64
	highF    float64
	share    Share // of true
	isShare  bool
	window   bool // the run's days
	ref      *Reference
	flat     bool // every value is equally likely
}

type sequence struct {
	start, step int64
	prefix      string
}

type weighted struct {
	text   string
	number int64 // the value, of a column that is not text
	weight uint64
}

// Reference is a column of another dataset that values are taken from.
type Reference struct {
	// Users means the built-in users.
	Users bool
	// Dataset and Column name it otherwise; Dataset may have its layer in front.
	Dataset, Column string
	// Line of the file.
	Line int
}

// Keys are the distinct values of a column, in an order that is always the
// same. One of them is set.
type Keys struct {
	Texts    []string
	Integers []int64
}

func (k Keys) len() int { return len(k.Texts) + len(k.Integers) }

// ParseSpec reads a dataset file. All its problems come in one error of kind
// config, each with file and line.
func ParseSpec(path string, data []byte) (*Spec, error) {
	sum := sha256.Sum256(data)
	s := &Spec{path: path, Hash: hex.EncodeToString(sum[:]), key: -1, time: -1}
	p := &specParser{File: yamlfile.New(path, data), spec: s}
	p.parse()
	switch len(p.Problems) {
	case 0:
		return s, nil
	case 1:
		return nil, fault.New(fault.Config, "dataset file: %s", p.Problems[0])
	}
	return nil, fault.New(fault.Config, "dataset file has %d problems:\n  %s", len(p.Problems), strings.Join(p.Problems, "\n  "))
}

// References lists what the columns refer to, built-in users left out.
func (s *Spec) References() []Reference {
	var out []Reference
	for _, c := range s.columns {
		if r := c.values.ref; r != nil && !r.Users {
			out = append(out, *r)
		}
	}
	return out
}

// Table makes the dataset ready. keys are the values of References, in their
// order. What o leaves open is taken from the file.
func (s *Spec) Table(o Options, keys []Keys) (*Table, error) {
	o = o.or(s.options).or(Options{
		Rows: 1000, Start: time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC), Days: 90, Users: DefaultUsers,
	})
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Faults.Any() && s.key < 0 {
		return nil, fault.New(fault.Usage, "%s: faults need a key, a column that is distinct in every row", s.path).
			WithHint("give a column uuid: true or sequence: true")
	}
	d, err := newDescribed(s, o, keys)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.path, err)
	}
	margin := int64(0)
	if d.clock != nil {
		margin = d.clock.margin
	}
	return newTable(s.Name, o, d, d.targets(), margin)
}
