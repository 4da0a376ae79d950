package lake

import (
	"encoding/json"
	"strings"
	"time"
)

// Latest asks for a dataset's newest version.
const Latest int64 = -1

// Snapshot is one version of one dataset: what it consists of, never changing
// afterwards. Pin keeps its files readable.
type Snapshot struct {
	Ref
	// Main is the dataset whose log holds this one: itself, but for companions.
	Main Ref
	// Foreign: the folder was made by another tool; it has no version (-1).
	Foreign bool
	// Version is the log's version, -1 where nothing was committed.
	Version     int64
	CommitID    string
	CommittedAt time.Time
	// UpdatedAt is when the rows last changed.
	UpdatedAt time.Time
	// BuiltFor is the main dataset's version that a companion's rows belong to;
	// for the main dataset it is the last version that changed its rows.
	BuiltFor int64
	// Schema lists the columns of the files, then the partition columns.
	Schema      []Column
	PartitionBy []string
	Files       []File
	Rows, Bytes int64
	// Progress is what the commits say of their sources; nil where there is none.
	Progress json.RawMessage
	// NoDelta: the dataset has no Delta projection.
	NoDelta bool
	odd     bool // some files have types that lake files do not have
}

// File is one Parquet file of a snapshot.
type File struct {
	Path        string // relative to the dataset's folder
	Rows, Bytes int64
	SHA256      string             // "" for foreign files
	Partition   map[string]*string // values of the partition columns, nil for NULL
	Stats       map[string]Stat
	Version     int64     // of the commit that added it, -1 for foreign files
	ModTime     time.Time // foreign files only
	staged      string    // relative to the stage folder
}

// Uniform reports whether every file has the types of Schema, though perhaps
// fewer columns. Others are read file by file (FileColumns, internal/unite).
func (s *Snapshot) Uniform() bool { return !s.Foreign && !s.NoDelta }

// Glob is the pattern, relative to the lake's root, by which other tools read
// the newest version; "" where there is no file.
func (s *Snapshot) Glob() string {
	var pattern patternFinder
	for _, f := range s.Files {
		pattern.see(f.Path)
	}
	return globOf(s.Ref, pattern.pattern())
}

func globOf(ref Ref, pattern string) string {
	if pattern == "" {
		return ""
	}
	return ref.dir() + "/" + pattern
}

// patternFinder finds the pattern that matches just the files it has seen, as
// far as their layout tells: all flat, all in k=v folders, or anything.
type patternFinder struct{ flat, hive, other bool }

func (p *patternFinder) see(file string) {
	folder, _, nested := strings.Cut(file, "/")
	switch {
	case !nested:
		p.flat = true
	case strings.Contains(folder, "="):
		p.hive = true
	default:
		p.other = true
	}
}

func (p *patternFinder) pattern() string {
	switch {
	case p.other, p.flat && p.hive:
		return "**/*.parquet"
	case p.hive:
		return "*=*/**/*.parquet"
	case p.flat:
		return "*.parquet"
	}
	return ""
}
