package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/internal/fault"
)

// A commit is decided by link(2): of all processes that link a file to one
// name, one wins. doctor proves it for a file system with processes that race;
// the hidden command race is what they run.

// newRaceCmd is one racer: it says "ready", waits for the end of stdin, and
// tries to take every round's name. It prints the rounds that it won.
func newRaceCmd(a *app) *cobra.Command {
	var racer, rounds int
	cmd := &cobra.Command{
		Use:    "race DIR",
		Short:  "takes part in a race of doctor",
		Hidden: true,
		Args:   arguments(1, 1, "one folder"),
		RunE: a.command("race", func(_ context.Context, args []string) (*outcome, error) {
			if _, err := io.WriteString(a.stdout, "ready\n"); err != nil {
				return nil, err
			}
			if _, err := io.Copy(io.Discard, a.stdin); err != nil {
				return nil, fault.OS(err, "wait for the start")
			}
			won, err := runRace(args[0], racer, rounds)
			return &outcome{Result: won, Text: func(w io.Writer) error {
				_, err := fmt.Fprintln(w, strings.Trim(fmt.Sprint(won), "[]"))
				return err
			}}, err
		}),
	}
	cmd.Flags().IntVar(&racer, "racer", 0, "number of this racer")
	cmd.Flags().IntVar(&rounds, "rounds", 1, "how many names to race for")
	return cmd
}

func runRace(dir string, racer, rounds int) (won []int, err error) {
	won = []int{}
	for round := range rounds {
		own := filepath.Join(dir, fmt.Sprintf("racer-%d-%d", racer, round))
		if err := os.WriteFile(own, []byte(strconv.Itoa(racer)), 0o600); err != nil {
			return won, fault.OS(err, "write a racer's file")
		}
		err := os.Link(own, prize(dir, round))
		switch {
		case err == nil:
			won = append(won, round)
		case !errors.Is(err, fs.ErrExist):
			return won, fault.OS(err, "link a racer's file")
		}
	}
	return won, nil
}

func prize(dir string, round int) string { return filepath.Join(dir, fmt.Sprintf("prize-%d", round)) }

// racer is a child process that takes part.
type racer struct {
	cmd    *exec.Cmd
	start  io.Closer
	stdout *bufio.Reader
}

// holdRace lets racers race for rounds names in dir and checks that each name
// went to one racer, and to the one whose file is there.
func (a *app) holdRace(ctx context.Context, dir string, racers, rounds int) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends racers that are left after an error
	var field []*racer
	for i := range racers {
		r, err := a.startRacer(ctx, dir, i, rounds)
		if err != nil {
			return err
		}
		field = append(field, r)
	}
	for _, r := range field {
		if err := r.start.Close(); err != nil {
			return fmt.Errorf("start a racer: %w", err)
		}
	}
	winner := map[int]int{}
	for i, r := range field {
		won, err := r.finish()
		if err != nil {
			return err
		}
		for _, round := range won {
			if other, twice := winner[round]; twice {
				return fmt.Errorf("processes %d and %d both made the same name: this file system cannot hold a lake", other, i)
			}
			winner[round] = i
		}
	}
	return checkPrizes(dir, rounds, winner)
}

func checkPrizes(dir string, rounds int, winner map[int]int) error {
	for round := range rounds {
		won, ok := winner[round]
		if !ok {
			return fmt.Errorf("a name was free, and none of the processes could make it")
		}
		data, err := os.ReadFile(prize(dir, round))
		if err != nil {
			return fmt.Errorf("read what a racer wrote: %w", err)
		}
		if string(data) != strconv.Itoa(won) {
			return fmt.Errorf("process %d made a name, and process %s's file is there", won, data)
		}
	}
	return nil
}

func (a *app) startRacer(ctx context.Context, dir string, i, rounds int) (*racer, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, "race", dir, "--racer", strconv.Itoa(i), "--rounds", strconv.Itoa(rounds)) //nolint:gosec // this program itself
	cmd.Args[0] = "df360"
	for name, value := range a.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start a racer: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start a racer: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a racer: %w", err)
	}
	r := &racer{cmd: cmd, start: stdin, stdout: bufio.NewReader(stdout)}
	if line, err := r.stdout.ReadString('\n'); err != nil || line != "ready\n" {
		return nil, errors.Join(fmt.Errorf("a racer does not start: it said %q", line), cmd.Cancel(), cmd.Wait())
	}
	return r, nil
}

// finish waits for the racer and returns the rounds that it won.
func (r *racer) finish() ([]int, error) {
	out, err := io.ReadAll(r.stdout)
	if err := errors.Join(err, r.cmd.Wait()); err != nil {
		return nil, fmt.Errorf("a racer failed: %w", err)
	}
	var won []int
	for _, word := range strings.Fields(string(out)) {
		n, err := strconv.Atoi(word)
		if err != nil {
			return nil, fmt.Errorf("a racer said %q", word)
		}
		won = append(won, n)
	}
	return won, nil
}
