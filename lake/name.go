package lake

import (
	"strings"

	"github.com/kalpafall/df360/internal/fault"
)

// The layers of a lake.
const (
	Raw       = "raw"
	Processed = "processed"
	Curated   = "curated"
)

// Layers lists the layers in the order in which data walks through them.
func Layers() []string { return []string{Raw, Processed, Curated} }

// Suffixes of companions: datasets that live in the log of their main dataset.
const (
	RejectedSuffix  = "_rejected"
	AggregateSuffix = "_agg"
)

// Ref names a dataset.
type Ref struct {
	Layer string
	Name  string
}

// String is layer.name, as users write it.
func (r Ref) String() string { return r.Layer + "." + r.Name }

// dir is the dataset's folder, relative to the lake's root.
func (r Ref) dir() string { return r.Layer + "/" + r.Name }

// mainOf is the name of the dataset that name would be a companion of, or "".
func mainOf(name string) string {
	for _, suffix := range []string{RejectedSuffix, AggregateSuffix} {
		if m, ok := strings.CutSuffix(name, suffix); ok && m != "" {
			return m
		}
	}
	return ""
}

// CheckName refuses names that no dataset can have: [a-z][a-z0-9_]{0,62}.
func CheckName(name string) error {
	main := name
	if m := mainOf(name); m != "" { // a companion's name may be as much longer
		main = m
	}
	valid := name != "" && len(main) <= 63 && name[0] >= 'a' && name[0] <= 'z' &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
	if valid {
		return nil
	}
	return fault.New(fault.Usage, "dataset name %q is not valid", name).
		WithHint("a name begins with a letter a–z and has up to 63 letters a–z, digits and underscores")
}

// CheckMainName is CheckName for a dataset to be written: the suffixes of
// companions are reserved.
func CheckMainName(name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	if mainOf(name) != "" {
		return fault.New(fault.Usage, "dataset name %q ends like a companion (%s, %s), which is reserved",
			name, RejectedSuffix, AggregateSuffix).
			WithHint("companions are written together with their main dataset %q; choose another name", mainOf(name))
	}
	return nil
}

// ParseRef reads layer.name, layer/name, or a bare name where defaultLayer is
// not empty.
func ParseRef(text, defaultLayer string) (Ref, error) {
	layer, name, ok := strings.Cut(strings.Replace(text, "/", ".", 1), ".")
	if !ok {
		layer, name = defaultLayer, text
	}
	switch layer {
	case Raw, Processed, Curated:
	case "":
		return Ref{}, fault.New(fault.Usage, "%q does not say which layer", text).
			WithHint("write raw.%s, processed.%s or curated.%s", text, text, text)
	default:
		return Ref{}, fault.New(fault.Usage, "%q: there is no layer %q", text, layer).
			WithHint("the layers are raw, processed and curated")
	}
	if err := CheckName(name); err != nil {
		return Ref{}, err
	}
	return Ref{Layer: layer, Name: name}, nil
}
