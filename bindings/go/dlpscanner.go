package ztp

import (
	"encoding/json"
	"os"
	"runtime"
	"sync"
	"time"
)

// DlpScanner holds the rules for what leaves the bench, and remembers what the requests so far sent. It may be used from several
// goroutines; scans run side by side.
type DlpScanner struct {
	// Calls hold it shared, Close exclusively: the handle is never freed under a running call.
	mu     sync.RWMutex
	handle scannerHandle
	closed bool
}

// OpenDlpScanner makes a scanner of a configuration (ztp.dlp.config/1).
func OpenDlpScanner(config []byte) (*DlpScanner, error) {
	handle, err := dlpScannerOpen(config)
	if err != nil {
		return nil, err
	}
	s := &DlpScanner{handle: handle}
	runtime.SetFinalizer(s, func(s *DlpScanner) { _ = s.Close() })
	return s, nil
}

// Scan scans a whole request and returns the report (ztp.dlp.report/1) with the events for the sealed log. The error is nil only
// when nothing was found and everything was looked at. Request is JSON: "url", and optionally "headers" (a list of [name, value]),
// "hop" (redirects followed so far), "id" (the same for all hops of a call), "method", "principal" (who sends)
// and "via" (the proxy that is dialled in place of the URL's host).
func (s *DlpScanner) Scan(request, body []byte, now time.Time) ([]byte, error) {
	return s.with(func(h scannerHandle) ([]byte, error) { return h.scan(request, body, now) })
}

// Begin begins a request whose body comes in pieces.
func (s *DlpScanner) Begin(request []byte, now time.Time) (*DlpStream, error) {
	var stream *DlpStream
	_, err := s.with(func(h scannerHandle) ([]byte, error) {
		handle, begun, err := h.begin(request, now)
		if err != nil {
			return begun, err
		}
		stream = &DlpStream{handle: handle, begun: begun}
		return nil, json.Unmarshal(begun, &stream.known)
	})
	if stream == nil {
		return nil, err
	}
	runtime.SetFinalizer(stream, func(stream *DlpStream) { _ = stream.Close() })
	return stream, err
}

// Reload puts the rules of another configuration in force, for requests that begin from now on, and returns the hashes of both and
// the event for the sealed log (ztp.dlp.reloaded/1). A configuration that is refused changes nothing.
func (s *DlpScanner) Reload(config []byte, now time.Time) ([]byte, error) {
	return s.with(func(h scannerHandle) ([]byte, error) { return h.reload(config, now) })
}

// Rules returns the rules in force (ztp.dlp.rules/1).
func (s *DlpScanner) Rules() ([]byte, error) {
	return s.with(func(h scannerHandle) ([]byte, error) { return h.rules() })
}

// Ledger returns how much of which secret each principal has sent (ztp.dlp.ledger/1), as tags: keep it, and give it to the scanner after
// a restart as its configuration's member "ledger".
func (s *DlpScanner) Ledger() ([]byte, error) {
	return s.with(func(h scannerHandle) ([]byte, error) { return h.ledger() })
}

// Close frees the scanner, after running calls have ended. Closing again does nothing.
func (s *DlpScanner) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		s.handle.free()
		runtime.SetFinalizer(s, nil)
	}
	return nil
}

func (s *DlpScanner) with(call func(scannerHandle) ([]byte, error)) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, os.ErrClosed
	}
	handle := s.handle
	provokeCollection()
	document, err := call(handle)
	runtime.KeepAlive(s)
	return document, err
}

// DlpStream is one request whose body comes in pieces. However it is cut into pieces, the report is the same. It may outlive its
// scanner. A call while another one is running fails at once with ErrBusy and has done nothing.
type DlpStream struct {
	mu     sync.RWMutex
	handle streamHandle
	closed bool
	begun  []byte
	known  struct {
		Events []json.RawMessage `json:"events"`
		Mode   string            `json:"mode"`
	}
}

// Begun returns what is known before the body (ztp.dlp.begun/1): the mode in force for this request, and the event that says it begins.
func (s *DlpStream) Begun() []byte { return s.begun }

// Enforced tells whether the rules in force for this request are enforced: if so, none of it may leave before the report.
func (s *DlpStream) Enforced() bool { return s.known.Mode != "observe" }

// Update scans the next piece of the body.
func (s *DlpStream) Update(chunk []byte) error {
	_, err := s.with(func(h streamHandle) ([]byte, error) { return h.update(chunk) })
	return err
}

// Finish ends the request and returns the report (ztp.dlp.report/1), as DlpScanner.Scan does. End is JSON, or empty: "cut" (true when
// the body ended before its end) and "trailers" (a list of [name, value]).
func (s *DlpStream) Finish(end []byte, now time.Time) ([]byte, error) {
	return s.with(func(h streamHandle) ([]byte, error) { return h.finish(end, now) })
}

// Close frees the stream, with or without a report. Closing again does nothing.
func (s *DlpStream) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		s.handle.free()
		runtime.SetFinalizer(s, nil)
	}
	return nil
}

func (s *DlpStream) with(call func(streamHandle) ([]byte, error)) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, os.ErrClosed
	}
	handle := s.handle
	provokeCollection()
	document, err := call(handle)
	runtime.KeepAlive(s)
	return document, err
}
