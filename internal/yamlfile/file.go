package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// File is a file that is being read.
type File struct {
	// Path is what problems call it.
	Path string
	// Problems are what was found so far: "path:line: what".
	Problems []string
	dec      *yaml.Decoder
}

// New begins to read a file's text.
func New(path string, data []byte) *File {
	return &File{Path: path, dec: yaml.NewDecoder(bytes.NewReader(data))}
}

// Add notes a problem.
func (f *File) Add(line int, format string, args ...any) {
	f.Problems = append(f.Problems, fmt.Sprintf("%s:%d: %s", f.Path, line, fmt.Sprintf(format, args...)))
}

// Root is the top node of the document; nil where the file is empty, which is
// no problem yet, or cannot be parsed, which is one.
func (f *File) Root() *yaml.Node {
	var doc yaml.Node
	switch err := f.dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		f.syntax(err)
		return nil
	}
	return doc.Content[0]
}

// End notes what follows the document: nothing may.
func (f *File) End() {
	var second yaml.Node
	switch err := f.dec.Decode(&second); {
	case err == nil:
		f.Add(second.Line, "a second document begins here; one is read")
	case !errors.Is(err, io.EOF):
		f.syntax(err)
	}
}

// syntax notes what the parser says, with its line in our form.
func (f *File) syntax(err error) {
	said := strings.TrimPrefix(err.Error(), "yaml: ")
	if m := regexp.MustCompile(`^line (\d+): (.*)$`).FindStringSubmatch(said); m != nil {
		f.Problems = append(f.Problems, f.Path+":"+m[1]+": "+m[2])
		return
	}
	f.Problems = append(f.Problems, f.Path+":1: "+said)
}

// Resolve follows an alias.
func Resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// IsNull reports whether a value is there but empty, as when it is commented out.
func IsNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// Kind is what a node is, for people.
func Kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.SequenceNode:
		return "a list"
	case yaml.MappingNode:
		return "names with values"
	case yaml.ScalarNode:
		if n.Value == "" {
			return "nothing"
		}
		return fmt.Sprintf("%.40q", n.Value) // who knows what somebody took for the file
	case yaml.DocumentNode, yaml.AliasNode:
	}
	return "something else"
}
