package ztp

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// switched looks for a way to write to the server that no verdict stands before: the connection of a response by which the server
// switched protocols. When rules are enforced it is closed, unless the caller allowed it; where it stays open the log says that
// nobody looks at what is written to it.
func (t *TrackedTransport) switched(ctx context.Context, call *call, response *http.Response, enforced bool) (*http.Response, error) {
	connection, writable := response.Body.(io.ReadWriteCloser)
	if response.StatusCode != http.StatusSwitchingProtocols && !writable {
		return response, nil
	}
	mode := "observe"
	if enforced {
		mode = "enforce"
	}
	if enforced && !t.AllowUpgrade {
		_ = response.Body.Close()
		message := "the server switched protocols, and what is written to such a connection is not looked at; it was closed, and nothing was written to it"
		refusal := failure(ErrDlpUpgradeRefused, message, nil)
		if err := t.record(ctx, []json.RawMessage{t.unlooked(call, refusal, mode, true, nil)}, true); err != nil {
			return nil, err
		}
		return nil, refusal
	}
	if err := t.record(ctx, []json.RawMessage{t.unlooked(call, ErrDlpUpgradeUnjudged, mode, false, nil)}, enforced); err != nil {
		_ = response.Body.Close()
		return nil, err
	}
	if writable {
		response.Body = &unjudged{ReadWriteCloser: connection, done: func(written int64) {
			_ = t.record(context.Background(), []json.RawMessage{t.unlooked(call, ErrDlpUpgradeUnjudged, mode, false, &written)}, false)
		}}
	}
	return response, nil
}

// unjudged counts what is written to a connection that nobody looks at.
type unjudged struct {
	io.ReadWriteCloser
	written int64
	once    sync.Once
	done    func(written int64)
}

func (u *unjudged) Write(p []byte) (int, error) {
	n, err := u.ReadWriteCloser.Write(p)
	atomic.AddInt64(&u.written, int64(n))
	return n, err
}

func (u *unjudged) Close() error {
	err := u.ReadWriteCloser.Close()
	u.once.Do(func() { u.done(atomic.LoadInt64(&u.written)) })
	return err
}
