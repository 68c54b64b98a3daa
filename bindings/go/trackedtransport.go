package ztp

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sort"
	"sync"
	"time"
)

// holdBytesMax is what is held of a body for a verdict, unless the caller says otherwise.
const holdBytesMax = 64 << 20

// busyPause is how long a record waits for a log that another goroutine is writing to.
const busyPause = time.Millisecond

// TrackedTransport is an http.RoundTripper that scans each request before it sends it, and records it in the sealed log. An
// http.Client follows redirects through its transport, so each hop is scanned.
//
// When the scanner's rules are enforced, a body is held until there is a verdict, and a request that is refused, or that the log does
// not take, is not sent: RoundTrip fails with ErrDlpBlocked or ErrDlpNotRecorded. When they are observed, bodies are scanned while they
// pass through.
type TrackedTransport struct {
	// Scanner has the rules, and whether they are enforced.
	Scanner *DlpScanner
	// Log takes a record of each request.
	Log *AuditLog
	// Principal is who sends, as records name it.
	Principal string
	// Base sends the requests; http.DefaultTransport if it is nil.
	Base http.RoundTripper
	// HoldBytesMax is the largest body that is sent when rules are enforced, since it is held for the verdict; 64 MiB if it is 0.
	HoldBytesMax int64
	// Now gives the time of records; time.Now if it is nil.
	Now func() time.Time
	// OnReport is called with the report of each request.
	OnReport func(report []byte)
	// OnUnrecorded is called when a request of observed rules went out although the log did not take its record.
	OnUnrecorded func(error)

	passing sync.WaitGroup
}

// NewTrackedTransport makes a transport that sends through base, or through http.DefaultTransport if base is nil.
func NewTrackedTransport(base http.RoundTripper, scanner *DlpScanner, log *AuditLog, principal string) *TrackedTransport {
	return &TrackedTransport{Scanner: scanner, Log: log, Principal: principal, Base: base}
}

// RoundTrip scans, records and sends one request.
func (t *TrackedTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	body := request.Body
	if body == http.NoBody {
		body = nil
	}
	response, sent, err := t.roundTrip(request, body)
	if !sent && body != nil {
		// A transport closes the body of every request, also of one that it does not send.
		_ = body.Close()
	}
	return response, err
}

// Settled waits until the bodies that are passing through have been scanned and recorded.
func (t *TrackedTransport) Settled() { t.passing.Wait() }

// Reload puts new rules in force, and records the hashes of the old and the new ones.
func (t *TrackedTransport) Reload(ctx context.Context, config []byte) ([]byte, error) {
	document, err := t.Scanner.Reload(config, t.now())
	if err != nil {
		return document, err
	}
	var reloaded struct {
		Events []json.RawMessage `json:"events"`
		Mode   string            `json:"mode"`
	}
	if err := json.Unmarshal(document, &reloaded); err != nil {
		return document, err
	}
	return document, t.record(ctx, reloaded.Events, reloaded.Mode != "observe")
}

func (t *TrackedTransport) roundTrip(request *http.Request, body io.ReadCloser) (_ *http.Response, sent bool, _ error) {
	ctx := request.Context()
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	head, id := t.head(request)
	stream, err := t.Scanner.Begin(head, t.now())
	if err != nil {
		if !t.observed() {
			return nil, false, t.refuse(ctx, request, id, err)
		}
		_ = t.record(ctx, []json.RawMessage{t.unscanned(request, id, err, false)}, false)
		response, err := t.base().RoundTrip(request)
		return response, true, err
	}
	if stream.Enforced() {
		held, err := t.enforce(request, body, stream, id)
		_ = stream.Close()
		if err != nil {
			return nil, false, err
		}
		response, err := t.base().RoundTrip(held)
		return response, false, err
	}
	passing := &passingBody{body: body, transport: t, stream: stream, request: request, id: id}
	t.passing.Add(1)
	if body == nil {
		passing.end(true)
		response, err := t.base().RoundTrip(request)
		return response, true, err
	}
	_ = t.record(ctx, stream.known.Events, false)
	clone := request.Clone(ctx)
	clone.Body = passing
	// A transport that sends again after a lost connection asks for the body anew: it must not get one that passes nobody.
	clone.GetBody = nil
	response, err := t.base().RoundTrip(clone)
	if err != nil {
		_ = passing.Close()
	}
	return response, true, err
}

// observed tells whether the rules are known to be observed only. A scanner that cannot tell counts as enforced.
func (t *TrackedTransport) observed() bool {
	var rules struct {
		Mode string `json:"mode"`
	}
	document, err := t.Scanner.Rules()
	return err == nil && json.Unmarshal(document, &rules) == nil && rules.Mode == "observe"
}

// enforce holds the body, and gives a request that may be sent as it was scanned.
func (t *TrackedTransport) enforce(request *http.Request, body io.Reader, stream *DlpStream, id string) (*http.Request, error) {
	ctx := request.Context()
	var held bytes.Buffer
	if body != nil {
		most := t.HoldBytesMax
		if most == 0 {
			most = holdBytesMax
		}
		buffer := make([]byte, 64<<10)
		for {
			n, readErr := body.Read(buffer)
			held.Write(buffer[:n])
			if int64(held.Len()) > most {
				message := fmt.Sprintf("the body is larger than %d bytes, the most that is held for a verdict; raise HoldBytesMax, or send less", most)
				return nil, t.refuse(ctx, request, id, failure(ErrDlpBodyTooLarge, message, nil))
			}
			if err := stream.Update(buffer[:n]); err != nil {
				return nil, t.refuse(ctx, request, id, err)
			}
			if readErr == io.EOF {
				break
			}
			if readErr != nil {
				return nil, readErr
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
	}
	end, err := json.Marshal(map[string]any{"trailers": headerPairs(request.Trailer)})
	if err != nil {
		return nil, err
	}
	report, refusal := stream.Finish(end, t.now())
	judged, known := parseReport(report)
	if !known {
		return nil, t.refuse(ctx, request, id, refusal)
	}
	if err := t.record(ctx, judged.Events, true); err != nil {
		return nil, err
	}
	if t.OnReport != nil {
		t.OnReport(report)
	}
	if judged.Blocked == nil || *judged.Blocked {
		if refusal == nil {
			refusal = ErrInternal
		}
		return nil, refusal
	}
	clone := request.Clone(ctx)
	if body != nil {
		content := held.Bytes()
		clone.Body = io.NopCloser(bytes.NewReader(content))
		clone.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
		if clone.ContentLength <= 0 && len(clone.Trailer) == 0 {
			clone.ContentLength = int64(len(content))
			if len(content) == 0 {
				clone.Body = http.NoBody
			}
		}
	}
	return clone, nil
}

// refuse records that a request was refused because it could not be scanned, and returns why.
func (t *TrackedTransport) refuse(ctx context.Context, request *http.Request, id string, reason error) error {
	if err := t.record(ctx, []json.RawMessage{t.unscanned(request, id, reason, true)}, true); err != nil {
		return err
	}
	return reason
}

// unscanned is the event of a request that could not be scanned. Of its address only the origin is told: nobody has looked at the rest.
func (t *TrackedTransport) unscanned(request *http.Request, id string, reason error, enforced bool) json.RawMessage {
	code, mode := ErrInternal.Code, "observe"
	var known *Error
	if errors.As(reason, &known) {
		code = known.Code
	}
	if enforced {
		mode = "enforce"
	}
	event, _ := json.Marshal(map[string]any{
		"event_class": "egress.request",
		"payload": map[string]any{
			"blocked": enforced, "code": code, "id": id, "mode": mode, "principal": t.Principal,
			"url": request.URL.Scheme + "://" + request.URL.Host, "verdict": "unscanned",
		},
	})
	return event
}

// record writes events into the sealed log. When rules are enforced nothing goes out that is not recorded; otherwise the failure is
// reported.
func (t *TrackedTransport) record(ctx context.Context, events []json.RawMessage, enforced bool) error {
	var lines []byte
	for _, event := range events {
		lines = append(append(lines, event...), '\n')
	}
	_, err := t.Log.Append(lines, t.now())
	for errors.Is(err, ErrBusy) && ctx.Err() == nil {
		time.Sleep(busyPause)
		_, err = t.Log.Append(lines, t.now())
	}
	if err == nil {
		return nil
	}
	unrecorded := failure(ErrDlpNotRecorded, "the request is not in the sealed log, because the log did not take it; look at the cause", err)
	if enforced {
		return unrecorded
	}
	if t.OnUnrecorded != nil {
		t.OnUnrecorded(unrecorded)
	}
	return nil
}

// head is what the scanner is told of a request beside its body, and the id that its records have.
func (t *TrackedTransport) head(request *http.Request) ([]byte, string) {
	var random [8]byte
	// An id that repeats only makes records harder to join.
	_, _ = rand.Read(random[:])
	id, hop := hex.EncodeToString(random[:]), 0
	// A client gives a request the response that redirected to it.
	for previous := request.Response; previous != nil && previous.Request != nil; previous = previous.Request.Response {
		hop++
	}
	headers := headerPairs(request.Header)
	if request.Host != "" && request.Host != request.URL.Host {
		headers = append(headers, [2]string{"Host", latin1(request.Host)})
	}
	method := request.Method
	if method == "" {
		method = http.MethodGet
	}
	head, _ := json.Marshal(map[string]any{
		"headers": headers, "hop": hop, "id": id, "method": latin1(method), "principal": t.Principal, "url": request.URL.String(),
	})
	return head, id
}

func (t *TrackedTransport) base() http.RoundTripper {
	if t.Base == nil {
		return http.DefaultTransport
	}
	return t.Base
}

func (t *TrackedTransport) now() time.Time {
	if t.Now == nil {
		return time.Now()
	}
	return t.Now()
}

// passingBody scans a body while the transport below reads it. The transport may close it while it reads.
type passingBody struct {
	body      io.ReadCloser
	transport *TrackedTransport
	stream    *DlpStream
	request   *http.Request
	id        string

	mu    sync.Mutex
	read  int64
	fault error
	ended bool
}

func (b *passingBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
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
		b.finish(true)
	}
	return n, err
}

// Close ends the scan. A transport that knows a body's length need not read to its end.
func (b *passingBody) Close() error {
	err := b.body.Close()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.finish(b.request.ContentLength > 0 && b.read == b.request.ContentLength)
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
		end, _ := json.Marshal(map[string]any{"cut": !whole, "trailers": headerPairs(b.request.Trailer)})
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
	_ = t.record(ctx, []json.RawMessage{t.unscanned(b.request, b.id, b.fault, false)}, false)
}

type report struct {
	Schema  string            `json:"schema"`
	Blocked *bool             `json:"blocked"`
	Events  []json.RawMessage `json:"events"`
}

// parseReport reads a report; a failure is none.
func parseReport(document []byte) (report, bool) {
	var r report
	err := json.Unmarshal(document, &r)
	return r, err == nil && r.Schema == "ztp.dlp.report/1"
}

// headerPairs lists headers in the order of their names, each of a name's values by itself.
func headerPairs(header http.Header) [][2]string {
	names := make([]string, 0, len(header))
	for name := range header {
		names = append(names, name)
	}
	sort.Strings(names)
	pairs := [][2]string{}
	for _, name := range names {
		for _, value := range header[name] {
			pairs = append(pairs, [2]string{latin1(name), latin1(value)})
		}
	}
	return pairs
}

// latin1 gives the text whose characters are the bytes of s: a Go string may hold any bytes, JSON only text.
func latin1(s string) string {
	runes := make([]rune, len(s))
	for i := 0; i < len(s); i++ {
		runes[i] = rune(s[i])
	}
	return string(runes)
}
