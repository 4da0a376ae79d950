package main

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kalpafall/df360/internal/fault"
	"github.com/kalpafall/df360/internal/nearest"
)

func shells() []string { return []string{"bash", "zsh", "fish", "powershell"} }

func newCompletionCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "prints a script that completes commands and flags in a shell",
		Example: `  source <(df360 completion bash)
  df360 completion zsh > "${fpath[1]}/_df360"
  df360 completion fish > ~/.config/fish/completions/df360.fish`,
		Args:      arguments(1, 1, "the name of one shell"),
		ValidArgs: shells(),
	}
	cmd.RunE = a.command("completion", func(_ context.Context, args []string) (*outcome, error) {
		var script strings.Builder
		if err := writeCompletion(cmd.Root(), args[0], &script); err != nil {
			return nil, err
		}
		return &outcome{
			Result: map[string]string{"shell": args[0], "script": script.String()},
			Text: func(w io.Writer) error {
				_, err := io.WriteString(w, script.String())
				return err
			},
		}, nil
	})
	return cmd
}

func writeCompletion(root *cobra.Command, shell string, w io.Writer) error {
	switch shell {
	case "bash":
		return root.GenBashCompletionV2(w, true)
	case "zsh":
		return root.GenZshCompletion(w)
	case "fish":
		return root.GenFishCompletion(w, true)
	case "powershell":
		return root.GenPowerShellCompletionWithDesc(w)
	}
	err := fault.New(fault.Usage, "there is no completion for the shell %q", shell)
	if near := nearest.Of(shell, shells()); near != "" {
		return err.WithHint("did you mean %s?", near)
	}
	return err.WithHint("the shells are %s", strings.Join(shells(), ", "))
}
