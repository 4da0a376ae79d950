package warehouse

import (
	"strings"

	"github.com/kalpafall/df360/internal/fault"
)

// CheckName refuses a name that a database would cut, change or not take. what
// says what is named; limit is in bytes, 0 is none.
func CheckName(what, name string, limit int) error {
	switch {
	case name == "":
		return fault.New(fault.Usage, "the name of a %s is empty", what)
	case strings.ContainsRune(name, 0):
		return fault.New(fault.Schema, "%s %q has a NUL character in its name", what, name)
	case limit > 0 && len(name) > limit:
		return fault.New(fault.Schema, "%s %q has %d bytes in its name: Postgres keeps %d", what, name, len(name), limit)
	}
	return nil
}

// CheckColumns refuses columns that the database would not take, or that it
// would not tell apart in lower case. reserved are names that it has itself.
func CheckColumns(columns []Column, limit int, reserved []string) error {
	if len(columns) == 0 {
		return fault.New(fault.Schema, "the dataset has no column")
	}
	taken := map[string]string{}
	for _, c := range columns {
		if err := CheckName("column", c.Name, limit); err != nil {
			return err
		}
		for _, r := range reserved {
			if c.Name == r {
				return fault.New(fault.Schema, "column %q has a name that every table has, or that the load uses itself", c.Name).
					WithHint("rename it before it enters the lake")
			}
		}
		folded := strings.ToLower(c.Name)
		if other, ok := taken[folded]; ok {
			return fault.New(fault.Schema, "columns %q and %q differ only in case", other, c.Name).
				WithHint("rename one of them before it enters the lake")
		}
		taken[folded] = c.Name
	}
	return nil
}

// CheckKey refuses a key that the dataset cannot have.
func CheckKey(columns []Column, what string, names []string) error {
	seen := map[string]bool{}
	for _, name := range names {
		i := 0
		for i < len(columns) && columns[i].Name != name {
			i++
		}
		switch {
		case i == len(columns):
			return fault.New(fault.Usage, "%s: the dataset has no column %q", what, name)
		case columns[i].Type.Nested():
			return fault.New(fault.Usage, "%s: column %q is %s, which has no order", what, name, columns[i].Type)
		case seen[name]:
			return fault.New(fault.Usage, "%s: column %q is there twice", what, name)
		}
		seen[name] = true
	}
	return nil
}
