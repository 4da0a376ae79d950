package main

import (
	"errors"
	"io"
	"os"
	"sync/atomic"
	"syscall"

	"golang.org/x/term"
)

// outPipe is stdout. When its reader has gone (`df360 … | head`), writes fail
// and the run ends quietly.
type outPipe struct {
	w      io.Writer
	closed atomic.Bool
}

// errStdoutClosed stops a command whose reader has gone.
var errStdoutClosed = errors.New("stdout is closed")

// Write writes to stdout.
func (p *outPipe) Write(data []byte) (int, error) {
	if p.closed.Load() {
		return 0, errStdoutClosed
	}
	n, err := p.w.Write(data)
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) {
		p.closed.Store(true)
		err = errStdoutClosed
	}
	return n, err
}

// terminal reports whether stdout is one.
func (p *outPipe) terminal() bool {
	f, ok := p.w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
