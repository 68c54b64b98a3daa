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
//
// What is judged is what goes over the wire: the request as net/http writes it, its request line and Host header included, and the
// host that is dialled. A request whose bytes would say something else than what was judged is refused when rules are enforced, with
// ErrDlpRequestForm.
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
	// AllowUpgrade lets a server switch protocols (101) although rules are enforced. Nothing that is then written to the connection
	// is looked at: the log says so. Without it such a connection is closed, and RoundTrip fails with ErrDlpUpgradeRefused.
	AllowUpgrade bool
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
	if response != nil {
		// What was sent is a copy; the caller knows the request that he made.
		response.Request = request
	}
	return response, err
}

// CloseIdleConnections closes the connections of the transport below that nobody uses, if it can.
func (t *TrackedTransport) CloseIdleConnections() {
	if base, can := t.base().(interface{ CloseIdleConnections() }); can {
		base.CloseIdleConnections()
	}
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
	// From here on the caller's request is not looked at again, so that what is judged is what is sent.
	own := request.Clone(ctx)
	call := &call{request: own, id: newID(), hop: hops(request)}
	head, err := t.head(call)
	var stream *DlpStream
	if err == nil {
		stream, err = t.Scanner.Begin(head, t.now())
	}
	if err != nil {
		if !t.observed() {
			return nil, false, t.refuse(ctx, call, err)
		}
		_ = t.record(ctx, []json.RawMessage{t.unscanned(call, err, false)}, false)
		own.Trailer = request.Trailer
		response, err := t.send(ctx, call, false)
		return response, true, err
	}
	if stream.Enforced() {
		err := t.enforce(call, request, body, stream)
		_ = stream.Close()
		if err != nil {
			return nil, false, err
		}
		response, err := t.send(ctx, call, true)
		return response, false, err
	}
	passing := &passingBody{body: body, transport: t, stream: stream, call: call}
	t.passing.Add(1)
	if body == nil {
		passing.end(true)
		response, err := t.send(ctx, call, false)
		return response, true, err
	}
	_ = t.record(ctx, stream.known.Events, false)
	own.Body = passing
	if request.GetBody != nil {
		own.GetBody = t.again(ctx, call, head, request.GetBody)
	}
	// Who sends trailers may fill them in until the body ends.
	own.Trailer = request.Trailer
	response, err := t.send(ctx, call, false)
	if err != nil {
		_ = passing.Close()
	}
	return response, true, err
}

// send sends a request that may leave, and looks at what became of the connection.
func (t *TrackedTransport) send(ctx context.Context, call *call, enforced bool) (*http.Response, error) {
	response, err := t.base().RoundTrip(call.request)
	if err != nil {
		return response, err
	}
	return t.switched(ctx, call, response, enforced)
}

// observed tells whether the rules are known to be observed only. A scanner that cannot tell counts as enforced.
func (t *TrackedTransport) observed() bool {
	var rules struct {
		Mode string `json:"mode"`
	}
	document, err := t.Scanner.Rules()
	return err == nil && json.Unmarshal(document, &rules) == nil && rules.Mode == "observe"
}

// enforce holds the body, and makes of the call's request one that may be sent as it was scanned.
func (t *TrackedTransport) enforce(call *call, request *http.Request, body io.Reader, stream *DlpStream) error {
	own, ctx := call.request, request.Context()
	err := call.fault
	if err == nil {
		err = form(own)
	}
	if err != nil {
		return t.refuse(ctx, call, err)
	}
	var held bytes.Buffer
	if body != nil {
		most := t.HoldBytesMax
		if most == 0 {
			most = holdBytesMax
		}
		buffer := make([]byte, 64<<10)
		for {
			n, readErr := body.Read(buffer)
			from := held.Len()
			held.Write(buffer[:n])
			if int64(held.Len()) > most {
				message := fmt.Sprintf("the body is larger than %d bytes, the most that is held for a verdict; raise HoldBytesMax, or send less", most)
				return t.refuse(ctx, call, failure(ErrDlpBodyTooLarge, message, nil))
			}
			// A body may write to a buffer that it was given once: only the copy is judged, and sent.
			if err := stream.Update(held.Bytes()[from:]); err != nil {
				return t.refuse(ctx, call, err)
			}
			if readErr == io.EOF {
				break
			}
			if readErr != nil {
				return readErr
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	own.Trailer = request.Trailer.Clone()
	if own.ContentLength > 0 && own.ContentLength != int64(held.Len()) {
		message := fmt.Sprintf("the request says that its body has %d bytes, but it has %d", own.ContentLength, held.Len())
		return t.refuse(ctx, call, failure(ErrDlpRequestForm, message, nil))
	}
	end, err := json.Marshal(map[string]any{"trailers": headerPairs(own.Trailer)})
	if err != nil {
		return err
	}
	report, refusal := stream.Finish(end, t.now())
	judged, known := parseReport(report)
	if !known {
		return t.refuse(ctx, call, refusal)
	}
	if err := t.record(ctx, judged.Events, true); err != nil {
		return err
	}
	if t.OnReport != nil {
		t.OnReport(report)
	}
	if judged.Blocked == nil || *judged.Blocked {
		if refusal == nil {
			refusal = ErrInternal
		}
		return refusal
	}
	if body != nil {
		content := held.Bytes()
		own.Body = io.NopCloser(bytes.NewReader(content))
		own.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
		if own.ContentLength <= 0 && len(own.Trailer) == 0 {
			own.ContentLength = int64(len(content))
			if len(content) == 0 {
				own.Body = http.NoBody
			}
		}
	}
	return nil
}

// refuse records that a request was refused because it could not be scanned, and returns why.
func (t *TrackedTransport) refuse(ctx context.Context, call *call, reason error) error {
	if err := t.record(ctx, []json.RawMessage{t.unscanned(call, reason, true)}, true); err != nil {
		return err
	}
	return reason
}

// unscanned is the event of a request that could not be scanned. Of its address only the origin is told: nobody has looked at the rest.
func (t *TrackedTransport) unscanned(call *call, reason error, enforced bool) json.RawMessage {
	mode := "observe"
	if enforced {
		mode = "enforce"
	}
	return t.unlooked(call, reason, mode, enforced, nil)
}

// unlooked is the event of what nobody has looked at.
func (t *TrackedTransport) unlooked(call *call, reason error, mode string, blocked bool, bytes *int64) json.RawMessage {
	code := ErrInternal.Code
	var known *Error
	if errors.As(reason, &known) {
		code = known.Code
	}
	payload := map[string]any{
		"blocked": blocked, "code": code, "hop": call.hop, "id": call.id, "mode": mode, "principal": t.Principal,
		"url": call.origin(), "verdict": "unscanned",
	}
	if bytes != nil {
		payload["bytes"] = *bytes
	}
	event, _ := json.Marshal(map[string]any{"event_class": "egress.request", "payload": payload})
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

// call is one request on its way: the copy of it that is judged and sent, and how records name it.
type call struct {
	request *http.Request
	id      string
	hop     int
	// fault is why it is not sent when rules are enforced, although it can be scanned.
	fault error
}

func newID() string {
	var random [8]byte
	// An id that repeats only makes records harder to join.
	_, _ = rand.Read(random[:])
	return hex.EncodeToString(random[:])
}

// hops counts the redirects that led to a request: a client gives it the response that redirected to it.
func hops(request *http.Request) int {
	hop := 0
	for previous := request.Response; previous != nil && previous.Request != nil; previous = previous.Request.Response {
		hop++
	}
	return hop
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
