// Package yamlfile reads a YAML file for people who will mend it.
//
// It owns the reading of one document as nodes, and the list of everything
// that is wrong with a file, each problem with file and line. It must not know
// what the file is about. It guarantees that no problem is reported without
// its place, and that a file that cannot be parsed is one problem, not a stop.
package yamlfile
