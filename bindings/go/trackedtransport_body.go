package ztp

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
)

// passingBody scans a body while the transport below reads it. The transport may close it while it reads.
type passingBody struct {
	body      io.ReadCloser
	transport *TrackedTransport
	stream    *DlpStream
	call      *call

	// buffer is what the body reads into. It may keep it and write to it later: what the transport gets is a copy.
	buffer []byte

	mu    sync.Mutex
	read  int64
	fault error
	ended bool
}

// again gives the function by which a transport asks for a body anew, as after a connection that was lost: it is sent again, so it is
// scanned and recorded again.
func (t *TrackedTransport) again(ctx context.Context, call *call, head []byte, body func() (io.ReadCloser, error)) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		stream, err := t.Scanner.Begin(head, t.now())
		if err != nil {
			return nil, err
		}
		if stream.Enforced() {
			// The rules changed in between: this body was held by nobody.
			_ = stream.Close()
			return nil, t.refuse(ctx, call, failure(ErrDlpRequestForm, "the rules are enforced since this request began, so its body is not sent again; make the request anew", nil))
		}
		fresh, err := body()
		if err != nil {
			_ = stream.Close()
			return nil, err
		}
		_ = t.record(ctx, stream.known.Events, false)
		t.passing.Add(1)
		return &passingBody{body: fresh, transport: t, stream: stream, call: call}, nil
	}
}

func (b *passingBody) Read(p []byte) (int, error) {
	const most = 32 << 10
	if b.buffer == nil {
		b.buffer = make([]byte, most)
	}
	into := b.buffer
	if len(p) < len(into) {
		into = into[:len(p)]
	}
	n, err := b.body.Read(into)
	if n > 0 {
		n = copy(p, into[:n])
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		if n > 0 {
			// What nobody scans does not pass.
			err = http.ErrBodyReadAfterClose
		}
		return 0, err
	}
	if n > 0 && b.fault == nil {
		b.fault = b.stream.Update(p[:n])
	}
	b.read += int64(n)
	if err == io.EOF {
		b.finish(b.call.request.ContentLength <= 0 || b.read == b.call.request.ContentLength)
	}
	return n, err
}

// Close ends the scan. A transport that knows a body's length need not read to its end.
func (b *passingBody) Close() error {
	err := b.body.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.finish(b.call.request.ContentLength > 0 && b.read == b.call.request.ContentLength)
	return err
}

func (b *passingBody) end(whole bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.finish(whole)
}

// finish gives the report, once. The lock is held.
func (b *passingBody) finish(whole bool) {
	if b.ended {
		return
	}
	b.ended = true
	t := b.transport
	defer t.passing.Done()
	defer b.stream.Close()
	// The request may be over before its record is: its context ends no record.
	ctx := context.Background()
	if b.fault == nil {
		end, _ := json.Marshal(map[string]any{"cut": !whole, "trailers": headerPairs(b.call.request.Trailer)})
		document, err := b.stream.Finish(end, t.now())
		if judged, known := parseReport(document); known {
			_ = t.record(ctx, judged.Events, false)
			if t.OnReport != nil {
				t.OnReport(document)
			}
			return
		}
		b.fault = err
	}
	_ = t.record(ctx, []json.RawMessage{t.unscanned(b.call, b.fault, false)}, false)
}
