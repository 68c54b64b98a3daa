package ztp

import (
	"context"
	"sync"
	"time"
)

// Progress says how far an operation has come.
type Progress struct {
	// DoneBytes are examined.
	DoneBytes uint64
	// TotalBytes are to be examined; 0 until it is known.
	TotalBytes uint64
}

// reportEvery is short enough for a progress bar and long enough to cost nothing.
const reportEvery = 100 * time.Millisecond

// watch cancels the job when ctx ends and reports its progress, until the returned function is called. That function returns
// when nothing uses the job any more.
func watch(ctx context.Context, j *job, report func(Progress)) (stop func()) {
	if ctx.Err() != nil {
		j.cancel()
		return func() {}
	}
	if ctx.Done() == nil && report == nil {
		return func() {}
	}
	ended := make(chan struct{})
	var watcher sync.WaitGroup
	watcher.Add(1)
	go func() {
		defer watcher.Done()
		follow(ctx, j, report, ended)
	}()
	return func() {
		close(ended)
		watcher.Wait()
		if report != nil {
			report(j.progress())
		}
	}
}

func follow(ctx context.Context, j *job, report func(Progress), ended <-chan struct{}) {
	var tick <-chan time.Time
	if report != nil {
		ticker := time.NewTicker(reportEvery)
		defer ticker.Stop()
		tick = ticker.C
	}
	for {
		select {
		case <-ended:
			return
		case <-ctx.Done():
			j.cancel()
			return
		case <-tick:
			report(j.progress())
		}
	}
}
