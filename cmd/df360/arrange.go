package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/nearest"
)

// arrange puts flags that stand before or between the words of a command
// behind them (`df360 --lake x fake users`), where the command's own parser
// knows them, and finds the command. An unknown word in a group's place is a
// usage error that names the nearest command.
func arrange(root *cobra.Command, args []string) (arranged []string, at *cobra.Command, err error) {
	at = root
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		return args, at, nil // a shell asks; cobra adds this command when it runs
	}
	var words, early []string
	for len(args) > 0 && at.HasSubCommands() {
		word := args[0]
		if word == "--" {
			break
		}
		if strings.HasPrefix(word, "-") {
			n := flagWords(root, args)
			early, args = append(early, args[:n]...), args[n:]
			continue
		}
		if word == "help" && at == root {
			early, args = append(early, "--help"), args[1:]
			continue
		}
		next := child(at, word)
		if next == nil {
			return nil, at, unknownCommand(at, word)
		}
		at, words, args = next, append(words, word), args[1:]
	}
	return slices.Concat(words, early, args), at, nil
}

// flagWords is how many of args the flag at their front takes: two where its
// value is the next one.
func flagWords(root *cobra.Command, args []string) int {
	name, _, hasValue := strings.Cut(args[0], "=")
	if hasValue || len(args) < 2 {
		return 1
	}
	if f := anyFlag(root, name); f != nil && f.NoOptDefVal == "" {
		return 2
	}
	return 1
}

// anyFlag finds a long flag by its name on any command.
func anyFlag(cmd *cobra.Command, name string) *pflag.Flag {
	long, ok := strings.CutPrefix(name, "--")
	if !ok {
		return nil
	}
	if f := cmd.Flags().Lookup(long); f != nil {
		return f
	}
	for _, c := range cmd.Commands() {
		if f := anyFlag(c, name); f != nil {
			return f
		}
	}
	return nil
}

func child(cmd *cobra.Command, name string) *cobra.Command {
	for _, c := range cmd.Commands() {
		if c.Name() == name || c.HasAlias(name) {
			return c
		}
	}
	return nil
}

func unknownCommand(at *cobra.Command, word string) error {
	err := fault.New(fault.Usage, "unknown command %q for %s", word, at.CommandPath())
	var have []string
	for _, c := range at.Commands() {
		if !c.Hidden {
			have = append(have, c.Name())
		}
	}
	if name := nearest.Of(word, have); name != "" {
		return err.WithHint("did you mean %s %s?", at.CommandPath(), name)
	}
	return err.WithHint("%s --help lists the commands", at.CommandPath())
}

// flagError makes what the flag parser says a usage error, with the nearest
// flag where it was an unknown one.
func flagError(cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		return invalidValue(cmd, invalid)
	}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return fault.New(fault.Usage, "%w", err).WithHint("%s --help lists the flags", cmd.CommandPath())
	}
	name := unknown.GetSpecifiedName()
	if unknown.GetSpecifiedShortnames() != "" {
		return fault.New(fault.Usage, "unknown flag -%s for %s", name, cmd.CommandPath()).
			WithHint("%s --help lists the flags", cmd.CommandPath())
	}
	wrong := fault.New(fault.Usage, "unknown flag --%s for %s", name, cmd.CommandPath())
	var have []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			have = append(have, f.Name)
		}
	})
	if flag := nearest.Of(name, have); flag != "" {
		return wrong.WithHint("did you mean --%s?", flag)
	}
	return wrong.WithHint("%s --help lists the flags", cmd.CommandPath())
}

// invalidValue says what a flag's value should have been.
func invalidValue(cmd *cobra.Command, err *pflag.InvalidValueError) error {
	flag, wrong := err.GetFlag(), ""
	switch flag.Value.Type() {
	case "int", "int64", "uint64", "count":
		wrong = "is not a whole number"
	case "float64":
		wrong = "is not a number"
	case "bool":
		wrong = "is neither true nor false"
	case "duration":
		wrong = "is not a duration such as 500ms, 2s or 1m"
	default:
		return fault.New(fault.Usage, "--%s: %w", flag.Name, err.Unwrap()).
			WithHint("%s --help lists the flags", cmd.CommandPath())
	}
	return fault.New(fault.Usage, "--%s: %q %s", flag.Name, err.GetValue(), wrong).
		WithHint("%s --help lists the flags", cmd.CommandPath())
}
