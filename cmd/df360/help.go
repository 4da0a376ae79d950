package main

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kalpafall/df360/internal/table"
)

const exitsKey = "df360_exits"

// exits adds exit codes to the help of a command that can return them.
func exits(cmd *cobra.Command, codes ...int) {
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	for _, c := range codes {
		cmd.Annotations[exitsKey] += " " + strconv.Itoa(c)
	}
}

// helpText is a command's help: synopsis, usage, examples, subcommands, flags
// by topic, exit codes.
func helpText(cmd *cobra.Command) string {
	var b strings.Builder
	b.WriteString(cmd.CommandPath() + ": " + cmd.Short + "\n")
	if cmd.Long != "" {
		b.WriteString("\n" + strings.TrimSpace(cmd.Long) + "\n")
	}
	b.WriteString("\nUsage:\n  " + usageLine(cmd) + "\n")
	if cmd.Example != "" {
		b.WriteString("\nExamples:\n" + strings.TrimRight(cmd.Example, "\n ") + "\n")
	}
	writeCommands(&b, cmd)
	writeFlags(&b, cmd)
	writeExits(&b, cmd)
	if cmd.HasAvailableSubCommands() {
		b.WriteString("\n" + cmd.CommandPath() + " COMMAND --help tells about a command.\n")
	}
	return b.String()
}

func usageLine(cmd *cobra.Command) string {
	if cmd.HasAvailableSubCommands() {
		return cmd.CommandPath() + " COMMAND [flags]"
	}
	return cmd.UseLine()
}

func writeCommands(b *strings.Builder, cmd *cobra.Command) {
	if !cmd.HasAvailableSubCommands() {
		return
	}
	b.WriteString("\nCommands:\n")
	var rows [][]string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			rows = append(rows, []string{"  " + c.Name(), c.Short})
		}
	}
	_ = table.Columns(b, rows) // a strings.Builder takes everything
}

func writeFlags(b *strings.Builder, cmd *cobra.Command) {
	sets := map[string]*pflag.FlagSet{}
	var own []string
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		heading := "Flags"
		if t := f.Annotations[topicKey]; len(t) > 0 {
			heading = t[0]
		} else if f.Name == "help" {
			heading = topicOutput
		}
		if sets[heading] == nil {
			sets[heading] = pflag.NewFlagSet(heading, pflag.ContinueOnError)
			sets[heading].SortFlags = false
			own = append(own, heading)
		}
		sets[heading].AddFlag(f)
	})
	slices.SortStableFunc(own, func(x, y string) int { return topicRank(x) - topicRank(y) })
	for _, heading := range own {
		title := heading
		if heading != "Flags" {
			title += " flags"
		}
		b.WriteString("\n" + title + ":\n" + sets[heading].FlagUsages())
	}
}

// topicRank orders the headings: the command's own first, then the shared.
func topicRank(heading string) int {
	shared := []string{topicLake, topicEngine, topicOutput}
	if heading == "Flags" {
		return -2
	}
	return slices.Index(shared, heading)
}

func writeExits(b *strings.Builder, cmd *cobra.Command) {
	always := []string{"0", "1", "2", "130"}
	own := append(always, strings.Fields(cmd.Annotations[exitsKey])...)
	var rows [][]string
	for _, rule := range exitTable() {
		code := strconv.Itoa(rule.exit)
		if rule.meaning != "" && slices.Contains(own, code) {
			rows = append(rows, []string{"  " + code, rule.meaning})
		}
	}
	b.WriteString("\nExit codes:\n")
	_ = table.Columns(b, rows) // a strings.Builder takes everything
}

// showHelp makes the help of cmd the run's outcome.
func (a *app) showHelp(cmd *cobra.Command) {
	text := helpText(cmd)
	a.name = commandName(cmd)
	a.outcome = &outcome{
		Result: map[string]string{"help": text},
		Text: func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		},
	}
}
