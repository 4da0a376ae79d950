package main

import (
	"errors"
	"os"
	"syscall"

	"github.com/kalpafall/df360/internal/fault"
)

// Exit codes, a contract with scripts (docs/cli.md).
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitPartial     = 3
	exitChecks      = 4
	exitConflict    = 5
	exitUnreachable = 10
	exitInterrupt   = 130
	exitTerminate   = 143
)

// exitRule is one line of the table from error kinds to exit codes.
type exitRule struct {
	code    fault.Code
	exit    int
	meaning string // for the help; the first of an exit code's lines is printed
}

// exitTable lists every kind of error; what is not in it is exitFailed.
func exitTable() []exitRule {
	return []exitRule{
		{"", exitOK, "done (rejected rows are counted, kept and named, not a failure)"},
		{fault.NotFound, exitFailed, "failed at run time"},
		{fault.IO, exitFailed, ""},
		{fault.NoSpace, exitFailed, ""},
		{fault.Permission, exitFailed, ""},
		{fault.Corrupt, exitFailed, ""},
		{fault.Schema, exitFailed, ""},
		{fault.HTTP, exitFailed, ""},
		{fault.Limit, exitFailed, ""},
		{fault.Internal, exitFailed, ""},
		{fault.Usage, exitUsage, "wrong call, or wrong configuration"},
		{fault.Config, exitUsage, ""},
		{fault.Partial, exitPartial, "partial: some items failed, the rest is durable"},
		{fault.ChecksFailed, exitChecks, "data checks failed"},
		{fault.Conflict, exitConflict, "conflict with another writer"},
		{fault.Unreachable, exitUnreachable, "a service did not answer, after retries"},
		{fault.Interrupted, exitInterrupt, "interrupted (143 where it was SIGTERM)"},
	}
}

// exitCode is what the process returns for err.
func exitCode(err error) int {
	var s *signalError
	if errors.As(err, &s) {
		return s.exit()
	}
	code := fault.CodeOf(err)
	for _, rule := range exitTable() {
		if rule.code == code {
			return rule.exit
		}
	}
	return exitFailed
}

// signalError is the cause of a context that a signal has cancelled.
type signalError struct{ signal os.Signal }

func (e *signalError) Error() string {
	if e.signal == syscall.SIGTERM {
		return "stopped by SIGTERM"
	}
	return "interrupted by SIGINT"
}

func (e *signalError) exit() int {
	if e.signal == syscall.SIGTERM {
		return exitTerminate
	}
	return exitInterrupt
}
