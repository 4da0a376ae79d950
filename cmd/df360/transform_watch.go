package main

import (
	"time"

	"github.com/kalpafall/df360/internal/progress"
	"github.com/kalpafall/df360/lake"
	"github.com/kalpafall/df360/transform"
)

// watchEvery is how often the staged files are looked at.
const watchEvery = 300 * time.Millisecond

// watch shows how much of the output is written: the engine does not tell how
// far it is, but the output is about as long as the input. The function it
// returns ends it.
func (t *transformRun) watch(meter *progress.Meter, txn *lake.Txn) (stop func()) {
	if meter == nil {
		return func() {}
	}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			select {
			case <-end:
				return
			case <-tick.C:
				meter.Set(txn.StagedBytes())
			}
		}
	}()
	return func() {
		close(end)
		<-ended
	}
}

// expected is about how many bytes the output will have.
func (t *transformRun) expected() int64 {
	if t.decision.Mode != transform.Increment {
		return t.input.Bytes
	}
	var size int64
	for _, f := range t.input.Files {
		if f.Version > t.progress.Input.Version {
			size += f.Bytes
		}
	}
	return size
}
