package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
)

const (
	racers     = 8
	raceRounds = 25

	leastSpace = 64 << 20 // bytes below which nothing useful fits
	smallSpace = 1 << 30

	clockSkew = 5 * time.Second // between this machine and its file system
)

func checkFolder(lake, home, probe string) check {
	c := check{Check: "folder", Mark: markOK, Detail: lake}
	if home != lake {
		c.Detail += " is not there yet; " + home + " is"
	}
	if err := os.WriteFile(probe, []byte("probe"), 0o600); err != nil {
		return check{c.Check, markFailed, "write a file: " + reason(err), "free space, or name another folder with --lake"}
	}
	if inMemory(probe) {
		c.Mark, c.Hint = markWarning, "this file system lives in memory: a restart loses it"
	}
	return c
}

func inMemory(path string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(path, &fs) == nil && fs.Type == unix.TMPFS_MAGIC
}

// checkRace proves what commits are built on: one of many processes makes a
// name, the others are told that it is there.
func (a *app) checkRace(ctx context.Context, dir string) check {
	c := check{Check: "race", Mark: markOK}
	begin := a.now()
	if err := a.holdRace(ctx, dir, racers, raceRounds); err != nil {
		return check{c.Check, markFailed, err.Error(), "commits need link(2) that fails where the name is there: use another file system"}
	}
	c.Detail = fmt.Sprintf("%d processes raced for %d names, each had one winner (%s)", racers, raceRounds, seconds(a.now().Sub(begin)))
	return c
}

// checkLock tells whether flock(2) keeps others out. Locks are politeness: the
// lake is right without them, so this is a warning.
func checkLock(dir string) check {
	c := check{Check: "lock", Mark: markOK, Detail: "flock keeps a second writer waiting"}
	path := filepath.Join(dir, "lock")
	first, err := openLock(path)
	if err == nil {
		defer func() { _ = first.Close() }() // removed with its folder
		err = unix.Flock(int(first.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	}
	var second *os.File
	if err == nil {
		second, err = openLock(path)
	}
	if err != nil {
		return check{c.Check, markWarning, "flock: " + reason(err), "writers of one dataset will not wait for each other; one of them may end with a conflict"}
	}
	defer func() { _ = second.Close() }() // removed with its folder
	if err := unix.Flock(int(second.Fd()), unix.LOCK_EX|unix.LOCK_NB); !errors.Is(err, unix.EWOULDBLOCK) {
		return check{c.Check, markWarning, "flock let two in at once", "writers of one dataset will not wait for each other; one of them may end with a conflict"}
	}
	return c
}

func openLock(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // a name made here
}

// checkSync makes a file and its name durable, as every commit does.
func checkSync(dir string) check {
	c := check{Check: "fsync", Mark: markOK}
	begin := time.Now()
	err := syncFile(dir)
	if err == nil {
		err = syncPath(dir)
	}
	if err != nil {
		return check{c.Check, markFailed, reason(err), "commits cannot be made durable here: use another file system"}
	}
	c.Detail = fmt.Sprintf("file and folder in %.1f ms", float64(time.Since(begin).Microseconds())/1e3)
	return c
}

func syncFile(dir string) error {
	f, err := os.Create(filepath.Join(dir, "sync")) //nolint:gosec // a name made here
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // removed with its folder
	if _, err := f.Write(make([]byte, 1<<16)); err != nil {
		return err
	}
	return f.Sync()
}

func syncPath(path string) error {
	d, err := os.Open(path) //nolint:gosec // a name made here
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }() // only synced
	return d.Sync()
}

func checkSpace(dir string) check {
	c := check{Check: "space", Mark: markOK}
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return check{c.Check, markWarning, "statfs: " + err.Error(), ""}
	}
	block := uint64(fs.Bsize) //nolint:gosec // never negative; its type differs between systems
	free, total := fs.Bavail*block, max(fs.Blocks*block, 1)
	c.Detail = fmt.Sprintf("%s free of %s (%d %%)", size(free), size(total), free*100/total)
	switch {
	case free < leastSpace:
		c.Mark, c.Hint = markFailed, "free space on this file system"
	case free < smallSpace, fs.Files > 0 && fs.Ffree < 1000:
		c.Mark, c.Hint = markWarning, "free space on this file system"
	}
	if fs.Files > 0 && fs.Ffree < 1000 {
		c.Detail += fmt.Sprintf(", %d inodes free", fs.Ffree)
	}
	return c
}

// size is a number of bytes for people.
func size(bytes uint64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	n, i := float64(bytes), 0
	for n >= 1024 && i < len(units)-1 {
		n, i = n/1024, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d B", bytes)
	}
	return fmt.Sprintf("%.1f %s", n, units[i])
}

// checkEngine lets the engine write a Parquet file and read it again. Without a
// folder it only starts.
func (a *app) checkEngine(ctx context.Context, dir string) check {
	c := check{Check: "engine", Mark: markOK}
	detail, err := a.tryEngine(ctx, dir)
	if err != nil {
		return check{c.Check, markFailed, err.Error(), fault.Hint(err)}
	}
	c.Detail = detail
	return c
}

func (a *app) tryEngine(ctx context.Context, dir string) (detail string, err error) {
	options := a.duckOptions()
	options.TempDir = dir
	if a.tempDir != "" {
		options.TempDir = existing(a.tempDir)
	}
	session, err := duck.Open(ctx, options)
	if err != nil {
		return "", err
	}
	defer func() {
		if closeErr := session.Close(); err == nil {
			err = closeErr
		}
	}()
	var version, memory string
	var threads int64
	err = session.QueryRow(ctx, "SELECT version(), current_setting('threads'), current_setting('memory_limit')", &version, &threads, &memory)
	if err != nil {
		return "", fmt.Errorf("ask the engine: %w", err)
	}
	detail = fmt.Sprintf("DuckDB %s, %s, %s of memory", version, plural(threads, "thread"), memory)
	if dir == "" {
		return detail, nil
	}
	file := duck.Literal(filepath.Join(dir, "engine.part"))
	if err := session.Exec(ctx, "COPY (SELECT range AS n FROM range(1000)) TO "+file+" (FORMAT parquet)"); err != nil {
		return "", fmt.Errorf("write a Parquet file: %w", err)
	}
	var sum int64
	if err := session.QueryRow(ctx, "SELECT sum(n)::BIGINT FROM read_parquet("+file+")", &sum); err != nil {
		return "", fmt.Errorf("read a Parquet file: %w", err)
	}
	if sum != 499500 {
		return "", fmt.Errorf("a Parquet file reads back wrong: %d, not 499500", sum)
	}
	return detail, nil
}

// touched is the time that the file system gives a new file, zero where that
// cannot be told.
func touched(path string) time.Time {
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return time.Time{}
	}
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// checkClock compares this machine's clock with the one of the file system,
// which on a network is another machine's, and with the age of this program.
func checkClock(written, now time.Time) check {
	c := check{Check: "clock", Mark: markOK, Detail: now.UTC().Format(time.RFC3339)}
	if built := readVersion().Committed; built != nil && now.Before(*built) {
		return check{c.Check, markFailed, c.Detail + " is before this program was written", "set the clock"}
	}
	if written.IsZero() {
		return c
	}
	if apart := now.Sub(written).Abs(); apart > clockSkew {
		c.Mark, c.Hint = markWarning, "set both clocks, with NTP for instance"
		c.Detail += fmt.Sprintf(" is %s apart from the file system's clock", seconds(apart))
	}
	return c
}
