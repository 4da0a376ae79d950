package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/secret"
	"github.com/kalpafall/df360/internal/table"
)

// report is the one object that --json prints.
type report struct {
	Command  string       `json:"command"`
	OK       bool         `json:"ok"`
	RunID    string       `json:"run_id"`
	Started  time.Time    `json:"started_at"`
	Duration float64      `json:"duration_seconds"`
	Summary  any          `json:"summary"`
	Result   any          `json:"result"`
	Error    *reportError `json:"error"`
}

// reportError is an error as --json prints it.
type reportError struct {
	Code    fault.Code `json:"code"`
	Message string     `json:"message"`
	Hint    string     `json:"hint"`
}

// finish prints what the run has to say and returns its exit code. It is the
// only place that prints.
func (a *app) finish(err error) int {
	err = a.signals.judge(err)
	if errors.Is(err, errStdoutClosed) {
		return exitOK
	}
	if printErr := a.printOutcome(err); printErr != nil {
		if errors.Is(printErr, errStdoutClosed) {
			return exitCode(err)
		}
		if err == nil {
			err = fault.OS(printErr, "write to stdout")
		}
		a.printError(err)
		return exitCode(err)
	}
	if a.outcome != nil {
		a.printClosing(a.outcome.Closing)
	}
	a.printError(err)
	return exitCode(err)
}

// printOutcome writes to stdout: one object under --json, else the text.
func (a *app) printOutcome(err error) error {
	if a.json && a.outcome != nil && a.outcome.Rows != nil {
		return a.printRows(err)
	}
	if a.json {
		return a.printReport(err)
	}
	if a.outcome == nil || a.outcome.Text == nil {
		return nil
	}
	buffered := bufio.NewWriter(a.stdout)
	if err := a.outcome.Text(a.secrets.Writer(buffered)); err != nil {
		return err
	}
	return buffered.Flush()
}

// printReport writes the object. It is an object whatever is scrubbed.
func (a *app) printReport(err error) error {
	var object bytes.Buffer
	if err := table.JSON(&object, a.report(err)); err != nil {
		return err
	}
	_, err = a.stdout.Write(a.secrets.ScrubJSON(object.Bytes()))
	return err
}

// printRows is printOutcome for a result that is not in memory: it goes into
// the place that the object has for it.
func (a *app) printRows(err error) (failed error) {
	defer func() { failed = errors.Join(failed, a.outcome.Rows.Close()) }()
	var object bytes.Buffer
	if err := table.JSON(&object, a.report(err)); err != nil {
		return err
	}
	clean := a.secrets.ScrubJSON(object.Bytes())
	const place = `"result":null,"error":` // cannot be in a text, whose quotes are escaped
	at := bytes.LastIndex(clean, []byte(place)) + len(`"result":`)
	after := clean[at+len("null"):]
	_, failed = io.Copy(a.stdout, io.MultiReader(bytes.NewReader(clean[:at]), a.outcome.Rows, bytes.NewReader(after)))
	return failed
}

func (a *app) report(err error) report {
	r := report{
		Command: a.name, OK: err == nil, RunID: a.runID,
		Started:  a.started.UTC().Truncate(time.Microsecond),
		Duration: float64(a.elapsed().Microseconds()) / 1e6,
	}
	if a.outcome != nil {
		r.Summary, r.Result = a.outcome.Summary, a.outcome.Result
	}
	if err != nil {
		r.Error = &reportError{fault.CodeOf(err), err.Error(), fault.Hint(err)}
	}
	return r
}

// printClosing writes the closing line to stderr.
func (a *app) printClosing(line string) {
	if line == "" || a.quiet {
		return
	}
	if a.logFormat == "json" {
		a.lines().Info(line, "run_id", a.runID)
		return
	}
	a.say(line)
}

// printError writes an error and its hint to stderr. Under --json they are in
// the object on stdout; stderr has them too, for logs.
func (a *app) printError(err error) {
	if err == nil {
		return
	}
	hint := fault.Hint(err)
	if a.logFormat == "json" {
		log := a.lines().With("code", string(fault.CodeOf(err)))
		if hint != "" {
			log = log.With("hint", hint)
		}
		log.Error(err.Error(), "run_id", a.runID)
		return
	}
	a.say("df360: " + err.Error())
	if hint != "" {
		a.say("hint: " + hint)
	}
}

// lines is a log of what is always told, whatever the log's level is.
func (a *app) lines() *slog.Logger {
	return slog.New(slog.NewJSONHandler(a.secrets.JSONWriter(a.stderr), nil))
}

// say writes a line to stderr. There is nobody to tell when that fails.
func (a *app) say(line string) {
	_, _ = io.WriteString(a.stderr, printable(a.secrets.Scrub(line))+"\n")
}

// printable makes control characters visible, so that a name with an escape
// sequence in it does nothing to a terminal. Line ends stay.
func printable(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = table.Printable(line)
	}
	return strings.Join(lines, "\n")
}

// newLogger makes the log on stderr. Without flags it tells warnings.
func newLogger(w io.Writer, g globals, secrets *secret.Scrubber) *slog.Logger {
	level := slog.LevelWarn
	switch {
	case g.quiet:
		level = slog.LevelError
	case g.verbose == 1:
		level = slog.LevelInfo
	case g.verbose > 1:
		level = slog.LevelDebug
	}
	options := &slog.HandlerOptions{Level: level}
	if g.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(secrets.JSONWriter(w), options))
	}
	return slog.New(slog.NewTextHandler(secrets.Writer(w), options))
}

// seconds is a duration for people: 0.4 s, 12 s, 3 min 20 s.
func seconds(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	case d < 2*time.Minute:
		return strconv.FormatFloat(d.Seconds(), 'f', 0, 64) + " s"
	}
	d = d.Round(time.Second)
	return strconv.Itoa(int(d.Minutes())) + " min " + strconv.Itoa(int(d.Seconds())%60) + " s"
}

// plural is a count with its noun: 1 file, 2,000 files.
func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return table.Count(n) + " " + noun + "s"
}
