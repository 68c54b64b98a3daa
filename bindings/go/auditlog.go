package ztp

import (
	"bytes"
	"io"
	"os"
	"runtime"
	"sync"
	"time"
)

// AuditLog is an audit log open for writing. It holds the directory's writer lock until it is closed. It may be used from
// several goroutines; a call while another one is running fails at once with ErrBusy and has done nothing.
type AuditLog struct {
	// Calls hold it shared, Close exclusively: the handle is never freed under a running call.
	mu     sync.RWMutex
	handle logHandle
	closed bool
}

// OpenAuditLog opens the log in dir. If the last writer was cut off, its torn tail is set aside and recorded here. Options are JSON, given
// at most once: wait_ms, how long to wait for another process that writes to the log.
func OpenAuditLog(dir string, now time.Time, options ...[]byte) (*AuditLog, error) {
	handle, err := auditLogOpen([]byte(dir), only(options), now)
	if err != nil {
		return nil, err
	}
	l := &AuditLog{handle: handle}
	runtime.SetFinalizer(l, func(l *AuditLog) { _ = l.Close() })
	return l, nil
}

// Append appends events durably and as one batch: JSON lines {"event_class","payload","timestamp"?}. It takes options as
// AuditAppend does.
func (l *AuditLog) Append(events []byte, now time.Time, options ...[]byte) ([]byte, error) {
	return l.with(func(h logHandle) ([]byte, error) { return h.append(events, only(options), now) })
}

// Seal seals the log now and returns the new head (ztp.audit.head/1).
func (l *AuditLog) Seal(now time.Time) ([]byte, error) {
	return l.with(func(h logHandle) ([]byte, error) { return h.seal(now) })
}

// Tick seals if the log's policy says that a seal is due. Call it about once a second.
func (l *AuditLog) Tick(now time.Time) ([]byte, error) {
	return l.with(func(h logHandle) ([]byte, error) { return h.tick(now) })
}

// Head returns the last checkpoint (ztp.audit.head/1).
func (l *AuditLog) Head() ([]byte, error) {
	return l.with(func(h logHandle) ([]byte, error) { return h.head() })
}

// Close releases the writer lock, after a running call has ended. It seals nothing. Closing again does nothing.
func (l *AuditLog) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		l.handle.free()
		runtime.SetFinalizer(l, nil)
	}
	return nil
}

func (l *AuditLog) with(call func(logHandle) ([]byte, error)) ([]byte, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.closed {
		return nil, os.ErrClosed
	}
	handle := l.handle
	provokeCollection()
	document, err := call(handle)
	runtime.KeepAlive(l)
	return document, err
}

const (
	// readBytes is what AppendFrom reads, and so appends, at most at once.
	readBytes = 256 << 10
	// lineBytesMax is above the longest event line that the library takes; a longer one is handed over to be refused.
	lineBytesMax = 1 << 20
)

// AppendFrom appends the JSON lines that r gives until it ends, each batch as soon as its lines are there. Clock gives the
// time of each batch. The document is that of the last batch, nil if there was none; after an error, everything before the
// failed batch is in the log.
func (l *AuditLog) AppendFrom(r io.Reader, clock func() time.Time) ([]byte, error) {
	var last, pending []byte
	buffer := make([]byte, readBytes)
	for {
		n, readErr := r.Read(buffer)
		pending = append(pending, buffer[:n]...)
		whole := bytes.LastIndexByte(pending, '\n') + 1
		if readErr == io.EOF || len(pending)-whole > lineBytesMax {
			whole = len(pending)
		}
		if whole > 0 {
			document, err := l.Append(pending[:whole], clock())
			if err != nil {
				return document, err
			}
			last, pending = document, append(pending[:0], pending[whole:]...)
		}
		if readErr == io.EOF {
			return last, nil
		}
		if readErr != nil {
			return last, readErr
		}
	}
}
