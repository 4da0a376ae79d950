package main

import (
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kalpafall/df360/internal/config"
	"github.com/kalpafall/df360/internal/duck"
	"github.com/kalpafall/df360/internal/failpoint"
	"github.com/kalpafall/df360/internal/fault"
)

// Topics of flags in the help, in their order. A command may have topics of
// its own; they come before these.
const (
	topicLake   = "Lake"
	topicEngine = "Engine"
	topicOutput = "Output"
)

const topicKey = "df360_topic"

// topic files flags under a heading of the help.
func topic(cmd *cobra.Command, heading string, names ...string) {
	for _, name := range names {
		if err := cmd.Flags().SetAnnotation(name, topicKey, []string{heading}); err != nil {
			panic(err) // a flag that is not there is a defect, seen by every test
		}
	}
}

// outputFlags are on every command.
func (a *app) outputFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&a.json, "json", false, "one JSON object on stdout, on failure too")
	f.CountVarP(&a.verbose, "verbose", "v", "tell more on stderr; -vv tells everything")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "tell errors only, no closing line")
	f.String("log-format", "text", "`FORM` of what stderr tells: text or json")
	topic(cmd, topicOutput, "json", "verbose", "quiet", "log-format")
	cmd.MarkFlagsMutuallyExclusive("verbose", "quiet")
	a.complete(cmd, "log-format", config.LogFormats()...)
}

// lakeFlags are on every command that touches a lake.
func (a *app) lakeFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.String("lake", config.DefaultLake, "root `FOLDER` of the lake")
	a.configFlag(cmd)
	topic(cmd, topicLake, "lake")
}

// configFlag is on every command that reads df360.yaml.
func (a *app) configFlag(cmd *cobra.Command) {
	if cmd.Flags().Lookup("config") != nil {
		return
	}
	cmd.Flags().String("config", "", "configuration `FILE` (df360.yaml, found upward from here)")
	topic(cmd, topicLake, "config")
}

// engineFlags are on every command that runs the embedded engine.
func (a *app) engineFlags(cmd *cobra.Command) {
	a.configFlag(cmd)
	f := cmd.Flags()
	f.Var(new(sizeValue), "memory-limit", "memory cap, such as 2GiB (default 60 % of what there is)")
	f.Int("threads", 0, "engine threads (default all cores)")
	f.String("temp-dir", "", "`FOLDER` where the engine spills (default beside the lake)")
	topic(cmd, topicEngine, "memory-limit", "threads", "temp-dir")
}

// progressFlag is on every command that can show a progress bar.
func (a *app) progressFlag(cmd *cobra.Command) {
	a.configFlag(cmd)
	cmd.Flags().String("progress", "auto", "`WHEN` to show bars on stderr: auto (on a terminal), always or never")
	topic(cmd, topicOutput, "progress")
	a.complete(cmd, "progress", config.ProgressModes()...)
}

// acceptEverywhere lets a command take the flags that mean nothing to it, so
// that a script can give all commands the same ones. The help leaves them out.
func (a *app) acceptEverywhere(cmd *cobra.Command) {
	f := cmd.Flags()
	own := map[string]bool{}
	f.VisitAll(func(flag *pflag.Flag) { own[flag.Name] = true })
	if !own["lake"] {
		a.lakeFlags(cmd)
	}
	if !own["threads"] {
		a.engineFlags(cmd)
	}
	if !own["progress"] {
		a.progressFlag(cmd)
	}
	f.VisitAll(func(flag *pflag.Flag) { flag.Hidden = flag.Hidden || !own[flag.Name] })
}

// dryRunFlag is on every command that writes.
func (a *app) dryRunFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.dryRun, "dry-run", false, "say what would happen, write nothing")
}

// writeFlags are on every command that commits to a lake.
func (a *app) writeFlags(cmd *cobra.Command) {
	a.dryRunFlag(cmd)
	cmd.Flags().Duration("lock-timeout", config.DefaultLockTimeout, "how long to wait politely for another writer of the dataset")
	topic(cmd, topicLake, "lock-timeout")
	exits(cmd, exitConflict)
}

// complete offers fixed values for a flag to the shell.
func (a *app) complete(cmd *cobra.Command, flag string, values ...string) {
	err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // a flag that is not there is a defect, seen by every test
	}
}

// sizeValue is a flag whose value is a size in bytes.
type sizeValue struct {
	text  string
	bytes int64
}

// Set parses a size.
func (v *sizeValue) Set(text string) error {
	n, err := config.ParseSize(text)
	if err != nil {
		return err
	}
	v.text, v.bytes = text, n
	return nil
}

// String is the size as the user wrote it.
func (v *sizeValue) String() string { return v.text }

// Type is what the help calls the value.
func (v *sizeValue) Type() string { return "SIZE" }

// settle fills globals from flags, environment, df360.yaml and defaults, in
// this order, and starts the log.
func (a *app) settle(cmd *cobra.Command) error {
	if a.verbose > 0 && a.quiet {
		return fault.New(fault.Usage, "-v and -q contradict each other")
	}
	flags := cmd.Flags()
	f := flags.Lookup("config")
	source := config.Source{Env: a.getenv, NoFile: f.Hidden} // a command without settings needs no file
	if f.Changed {
		source.Path = f.Value.String()
		if source.Path == "" {
			return fault.New(fault.Usage, "--config: the path is empty")
		}
	}
	settings, err := config.Load(source)
	if err != nil {
		return err
	}
	if err := overrule(flags, &settings); err != nil {
		return err
	}
	a.settings = settings
	a.apply(settings)
	if flags.Lookup("temp-dir") != nil {
		duck.Sweep(a.spillDir()) // also where this run comes to need no engine
	}
	a.log = newLogger(a.stderr, a.globals, a.secrets)
	a.fail, err = failpoint.Parse(a.getenv(failpoint.EnvVar))
	if err != nil {
		return fault.New(fault.Config, "%w", err)
	}
	return nil
}

func (a *app) apply(s config.Settings) {
	a.lake, a.lockTimeout = s.Lake, s.LockTimeout
	a.memoryLimit, a.threads, a.tempDir = s.MemoryLimit, s.Threads, s.TempDir
	a.logFormat, a.progress = s.LogFormat, s.Progress
	a.projectDir = "."
	if s.File != "" {
		a.projectDir = filepath.Dir(s.File)
	}
}

// overrule lets the flags that were set win over all other settings.
func overrule(flags *pflag.FlagSet, s *config.Settings) error {
	var problems []string
	flags.Visit(func(f *pflag.Flag) {
		key := strings.ReplaceAll(f.Name, "-", "_")
		if f.Name == "config" || !config.IsKey(key) || f.Annotations[topicKey] == nil {
			return
		}
		if err := s.Set(key, f.Value.String()); err != nil {
			problems = append(problems, "--"+f.Name+": "+err.Error())
		}
	})
	if len(problems) > 0 {
		return fault.New(fault.Usage, "%s", strings.Join(problems, "\n"))
	}
	return nil
}
