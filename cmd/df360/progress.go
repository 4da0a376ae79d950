package main

import "github.com/kalpafall/df360/internal/progress"

// meter shows how far a command is, where bars are on: it returns nil, which
// shows nothing, where they are off. total is 0 where it is not known.
func (a *app) meter(title string, total int64, bytes bool) *progress.Meter {
	quiet := a.quiet || a.logFormat == "json" || a.json && a.progress != "always"
	if quiet || !progress.Enabled(a.progress, a.stderr, a.getenv("TERM")) {
		return nil
	}
	return progress.Start(a.stderr, printable(title), total, bytes)
}
