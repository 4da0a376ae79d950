package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/internal/config"
	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/secret"
)

// commands are the top-level commands, in the order of the help.
func commands(a *app) []*cobra.Command {
	return []*cobra.Command{
		newInitCmd(a),
		newFakeCmd(a),
		newIngestCmd(a),
		newTransformCmd(a),
		newLoadCmd(a),
		newWarehouseCmd(a),
		newLakeCmd(a),
		newDoctorCmd(a),
		newVersionCmd(a),
		newCompletionCmd(a),
		newManCmd(a),
		newRaceCmd(a),
		newEngineCmd(a),
	}
}

// run is one call of df360: args without the program's name, env as
// os.Environ gives it. It returns the exit code.
func run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := newApp(args, env, stdin, stdout, stderr)
	ctx, a.signals = catchSignals(ctx, os.Exit)
	defer a.signals.stop()
	// Without this a write to a closed stdout would kill the process before it
	// has put its things in order.
	signal.Ignore(syscall.SIGPIPE)
	return a.finish(a.execute(ctx))
}

func newApp(args, env []string, stdin io.Reader, stdout, stderr io.Writer) *app {
	a := &app{
		args: args, env: environ(env), stdin: stdin, stdout: &outPipe{w: stdout}, stderr: stderr,
		now: time.Now, log: slog.New(slog.DiscardHandler), secrets: &secret.Scrubber{},
	}
	a.started = a.now()
	a.runID = newRunID(a.started)
	// Errors that come before the flags are read are printed as they would be
	// after it.
	a.json = wantsJSON(args)
	a.logFormat = wantedLogFormat(args, a.env)
	return a
}

// newRunID is a name for this run: when it started, and something random.
func newRunID(started time.Time) string {
	b := make([]byte, 4)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return started.UTC().Format("20060102t150405z") + "-" + hex.EncodeToString(b)
}

func (a *app) execute(ctx context.Context) (err error) {
	defer func() {
		if defect := recover(); defect != nil { // so that --json has its object
			a.say(strings.ReplaceAll(string(debug.Stack()), "\t", "    "))
			err = fault.New(fault.Internal, "a defect of df360: %v", defect).WithHint("report it with the lines above")
		}
	}()
	root := newRootCmd(a)      //nolint:contextcheck // commands get theirs when they run
	a.json = wantsJSON(a.args) // registering the flag has put its default there
	args, at, err := arrange(root, a.args)
	if err != nil {
		a.name = commandName(at)
		return err
	}
	a.name = commandName(at)
	root.SetArgs(args)
	err = root.ExecuteContext(ctx)
	a.json = a.json || wantsJSON(a.args) // a failing flag stops the parser before it
	if err != nil && !a.began && fault.CodeOf(err) == fault.Internal {
		return fault.New(fault.Usage, "%w", err).WithHint("%s --help has examples", at.CommandPath())
	}
	return err
}

func newRootCmd(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "df360",
		Short: "makes, transforms and keeps datasets in a lake of Parquet files",
		Example: `  df360 init my_project
  df360 doctor --lake ./data_lake
  df360 version --json`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetOut(a.stdout) // cobra's own hidden completion command writes here
	root.SetErr(a.stderr)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { a.showHelp(cmd) })
	root.SetFlagErrorFunc(flagError)
	cobra.EnableCommandSorting = false
	root.AddCommand(commands(a)...)
	root.SetHelpCommand(&cobra.Command{Use: "no-help", Hidden: true})
	a.prepare(root)
	return root
}

// prepare gives every command what all have: the output flags, and for a group
// the help when it is called alone.
func (a *app) prepare(cmd *cobra.Command) {
	cmd.Flags().SortFlags = false
	a.outputFlags(cmd)
	a.acceptEverywhere(cmd)
	cmd.InitDefaultHelpFlag()
	if f := cmd.Flags().Lookup("help"); f != nil {
		f.Usage = "this help"
	}
	cmd.DisableFlagsInUseLine = true
	if cmd.HasSubCommands() && cmd.RunE == nil {
		cmd.RunE = func(c *cobra.Command, _ []string) error {
			a.showHelp(c)
			return nil
		}
	}
	for _, c := range cmd.Commands() {
		a.prepare(c)
	}
}

// commandName is what --json calls a command: its path without the program.
func commandName(cmd *cobra.Command) string {
	_, name, _ := strings.Cut(cmd.CommandPath(), " ")
	return name
}

// wantsJSON looks for --json where the flags cannot be parsed (yet).
func wantsJSON(args []string) bool {
	args = beforeDashes(args)
	return slices.Contains(args, "--json") || slices.Contains(args, "--json=true")
}

// wantedLogFormat is the log format as far as flags and environment tell.
func wantedLogFormat(args []string, env map[string]string) string {
	format := env["DF360_LOG_FORMAT"]
	args = beforeDashes(args)
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--log-format="); ok {
			format = value
		} else if arg == "--log-format" && i+1 < len(args) {
			format = args[i+1]
		}
	}
	if slices.Contains(config.LogFormats(), format) {
		return format
	}
	return "text"
}

func beforeDashes(args []string) []string {
	if i := slices.Index(args, "--"); i >= 0 {
		return args[:i]
	}
	return args
}
