package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/fault"
)

// Parquet files that come from elsewhere can crash an engine that reads them. So
// a process of its own reads them: the hidden command engine, which runs the
// statements that come on stdin, a JSON object a line, and answers with one on
// stdout. It ends with its stdin, and so with the process that started it.

// engineJob is what the engine is asked.
type engineJob struct {
	Statements []string `json:"statements"`
}

// engineAnswer is what it says: the rows of the last statement, or an error.
type engineAnswer struct {
	Rows  [][]*string `json:"rows"`
	Code  fault.Code  `json:"code"`
	Error string      `json:"error"`
}

func newEngineCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:    "engine",
		Short:  "runs the statements of another df360",
		Hidden: true,
		Args:   arguments(0, 0, "no arguments"),
		RunE: a.command("engine", func(ctx context.Context, _ []string) (*outcome, error) {
			return &outcome{}, a.serveEngine(ctx)
		}),
	}
	a.engineFlags(cmd)
	return cmd
}

func (a *app) serveEngine(ctx context.Context) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	jobs := make(chan engineJob)
	go func() { // the end of stdin ends what runs, too
		defer cancel()
		defer close(jobs)
		lines := json.NewDecoder(a.stdin)
		for {
			var job engineJob
			if lines.Decode(&job) != nil {
				return
			}
			select {
			case jobs <- job:
			case <-ctx.Done():
				return
			}
		}
	}()
	options := a.duckOptions()
	options.Settings = map[string]string{"preserve_insertion_order": "true"}
	session, err := duck.Open(ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	out := json.NewEncoder(a.stdout)
	for job := range jobs {
		if err := out.Encode(runJob(ctx, session, job)); err != nil {
			return err
		}
	}
	return nil
}

// runJob runs statements and reads the rows of the last.
func runJob(ctx context.Context, session *duck.Session, job engineJob) (answer engineAnswer) {
	rows, err := func() ([][]*string, error) {
		last := len(job.Statements) - 1
		for _, statement := range job.Statements[:last] {
			if err := session.Exec(ctx, statement); err != nil {
				return nil, err
			}
		}
		return textRows(ctx, session, job.Statements[last])
	}()
	if err != nil {
		return engineAnswer{Code: fault.CodeOf(err), Error: err.Error()}
	}
	return engineAnswer{Rows: rows}
}

// textRows are the rows of a SELECT of texts.
func textRows(ctx context.Context, session *duck.Session, query string) ([][]*string, error) {
	rows, err := session.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // only read
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	out := [][]*string{}
	for rows.Next() {
		row, into := make([]*string, len(names)), make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

// childEngine is an engine in a process of its own. It implements parquet.Engine.
type childEngine struct {
	a     *app
	cmd   *exec.Cmd // nil: not started, or dead
	stdin io.WriteCloser
	out   *json.Decoder
}

// Run runs statements. An engine that dies of them is a corrupt file; the next
// call starts another.
func (c *childEngine) Run(ctx context.Context, statements ...string) ([][]*string, error) {
	if err := c.start(); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.cmd.Process.Kill() })
	defer stop()
	var answer engineAnswer
	err := json.NewEncoder(c.stdin).Encode(engineJob{statements})
	if err == nil {
		err = c.out.Decode(&answer)
	}
	switch {
	case ctx.Err() != nil:
		return nil, errors.Join(context.Cause(ctx), c.Close())
	case err != nil:
		_ = c.Close() // how it died tells the user nothing
		return nil, fault.New(fault.Corrupt, "the engine died reading it").
			WithHint("the file is damaged, or needs more than --memory-limit")
	case answer.Error != "":
		return nil, fault.New(answer.Code, "%s", plainEngineError(answer.Error))
	}
	return answer.Rows, nil
}

// plainEngineError is an error of the engine without the kind before it and the
// SQL behind it, which are not the user's.
func plainEngineError(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	if _, rest, ok := strings.Cut(text, " Error: "); ok {
		return rest
	}
	return text
}

func (c *childEngine) start() error {
	if c.cmd != nil {
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return fault.OS(err, "find the program itself")
	}
	args := []string{"engine"}
	threads, memory := c.a.workers()
	args = append(args, "--threads", strconv.Itoa(threads), "--memory-limit", strconv.FormatInt(memory, 10))
	if dir := c.a.spillDir(); dir != "" {
		args = append(args, "--temp-dir", dir)
	}
	// Not CommandContext: Run kills it, and Close waits for it.
	cmd := exec.Command(self, args...) //nolint:gosec,noctx // this very program
	cmd.Args[0] = "df360"
	cmd.Env = append(os.Environ(), "DF360_CONFIG=", "DF360_FAILPOINT=")
	if c.stdin, err = cmd.StdinPipe(); err != nil {
		return fault.OS(err, "start an engine")
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fault.OS(err, "start an engine")
	}
	if err := cmd.Start(); err != nil {
		return fault.OS(err, "start an engine")
	}
	c.cmd, c.out = cmd, json.NewDecoder(bufio.NewReader(out))
	return nil
}

// Close ends the engine.
func (c *childEngine) Close() error {
	if c.cmd == nil {
		return nil
	}
	cmd := c.cmd
	c.cmd = nil
	_ = c.stdin.Close() // it ends with its stdin
	if err := cmd.Wait(); err != nil {
		c.a.log.Info("the engine's process", "ended", err)
	}
	return nil
}
