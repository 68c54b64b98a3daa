package ztp

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// server is one on the loopback that counts connections and keeps what it receives.
type server struct {
	*httptest.Server
	connections atomic.Int64
	mu          sync.Mutex
	bodies      []string
}

func serve(t *testing.T, answer http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.bodies = append(s.bodies, string(body))
		s.mu.Unlock()
		if answer != nil {
			answer(w, r)
		}
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.connections.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *server) received() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.bodies...)
}

type trackedBench struct {
	dir       string
	vkey      string
	log       *AuditLog
	transport *TrackedTransport
	client    *http.Client
}

func newTrackedBench(t *testing.T, config []byte) *trackedBench {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "log")
	created, err := AuditInit(dir, []byte(`{"origin":"bench-7.example/audit"}`), now)
	if err != nil {
		t.Fatal(err)
	}
	var made struct{ Vkey string }
	if err := json.Unmarshal(created, &made); err != nil {
		t.Fatal(err)
	}
	log, err := OpenAuditLog(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	scanner, err := OpenDlpScanner(config)
	if err != nil {
		t.Fatal(err)
	}
	base := &http.Transport{}
	t.Cleanup(func() {
		base.CloseIdleConnections()
		_ = log.Close()
		_ = scanner.Close()
	})
	transport := NewTrackedTransport(base, scanner, log, "telemetry")
	return &trackedBench{dir, made.Vkey, log, transport, &http.Client{Transport: transport}}
}

type recordLine struct {
	EventClass string         `json:"event_class"`
	Payload    map[string]any `json:"payload"`
}

func (b *trackedBench) content(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.Walk(b.dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		all.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// segments are all records of the log, in their order.
func (b *trackedBench) segments(t *testing.T) []byte {
	t.Helper()
	segments, err := filepath.Glob(filepath.Join(b.dir, "segments", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, segment := range segments {
		content, err := os.ReadFile(segment)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, content...)
	}
	return all
}

func (b *trackedBench) records(t *testing.T, class string) []map[string]any {
	t.Helper()
	return recordsIn(b.segments(t), class)
}

func recordsIn(segments []byte, class string) []map[string]any {
	var found []map[string]any
	for _, line := range bytes.Split(segments, []byte("\n")) {
		var record recordLine
		if json.Unmarshal(line, &record) == nil && record.EventClass == class {
			found = append(found, record.Payload)
		}
	}
	return found
}

// chunked hides what a reader is, so that its length is not known.
type chunked struct{ io.Reader }

// leaks are requests that carry the key, each dressed in another way.
func leaks(origin, key string) map[string]*http.Request {
	request := func(method, address string, body io.Reader) *http.Request {
		made, err := http.NewRequest(method, address, body)
		if err != nil {
			panic(err)
		}
		return made
	}
	encoded := base64.StdEncoding.EncodeToString([]byte(key))
	header := request("GET", origin, nil)
	header.Header.Set("X-Note", encoded)
	cookie := request("GET", origin, nil)
	cookie.AddCookie(&http.Cookie{Name: "s", Value: base64.RawURLEncoding.EncodeToString([]byte(key))})
	trailer := request("POST", origin, chunked{strings.NewReader("harmless")})
	trailer.Trailer = http.Header{"X-Late": {encoded}}
	return map[string]*http.Request{
		"body":    request("POST", origin, strings.NewReader(`{"note":"`+strings.ReplaceAll(key, "\n", `\n`)+`"}`)),
		"chunked": request("POST", origin, chunked{strings.NewReader(encoded)}),
		"query":   request("GET", origin+"/?k="+url.QueryEscape(key), nil),
		"path":    request("GET", origin+"/"+hex.EncodeToString([]byte(key)), nil),
		"header":  header,
		"cookie":  cookie,
		"trailer": trailer,
	}
}

func TestEnforcedRulesKeepAKeyFromTheServerWhichReceivesNothing(t *testing.T) {
	key := freshKey(t)
	s := serve(t, nil)
	for name, request := range leaks(s.URL, key) {
		t.Run(name, func(t *testing.T) {
			b := newTrackedBench(t, dlpConfig("enforce", ""))
			before := s.connections.Load()
			_, err := b.client.Do(request)
			if !errors.Is(err, ErrDlpBlocked) {
				t.Fatal(err)
			}
			if s.connections.Load() != before {
				t.Fatal("the server had a connection")
			}
			requests := b.records(t, "egress.request")
			if len(requests) != 1 || requests[0]["blocked"] != true || requests[0]["principal"] != "telemetry" {
				t.Fatal(requests)
			}
			if findings := b.records(t, "dlp.finding"); len(findings) == 0 || findings[0]["id"] != requests[0]["id"] {
				t.Fatal(findings)
			}
			if _, err := b.log.Seal(now); err != nil {
				t.Fatal(err)
			}
			if _, err := AuditVerify(context.Background(), b.dir, []byte(`{"vkey":"`+b.vkey+`"}`), nil); err != nil {
				t.Fatal(err)
			}
			var refusal *Error
			if !errors.As(err, &refusal) {
				t.Fatal(err)
			}
			tellsNothing(t, key, string(refusal.Document))
			// The client names the address in front of our error, as it does for every error; ours must not.
			tellsNothing(t, key, fmt.Sprintf("%v %+v", refusal, *refusal))
			tellsNothing(t, key, b.content(t))
		})
	}
}

func TestObservedRulesLetAKeyPassAndRecordWhatEnforcedOnesWouldHaveDone(t *testing.T) {
	key := freshKey(t)
	s := serve(t, nil)
	for name, request := range leaks(s.URL, key) {
		t.Run(name, func(t *testing.T) {
			b := newTrackedBench(t, dlpConfig("observe", ""))
			before := len(s.received())
			response, err := b.client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			b.transport.Settled()
			if len(s.received()) != before+1 {
				t.Fatal("the server did not receive it")
			}
			requests := b.records(t, "egress.request")
			last := requests[len(requests)-1]
			if last["blocked"] != false || last["would_block"] != true {
				t.Fatal(requests)
			}
			tellsNothing(t, key, b.content(t))
		})
	}
}

func TestHarmlessRequestsPassAsTheyAre(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%d %v", r.ContentLength, r.TransferEncoding)
	})
	for _, mode := range []string{"observe", "enforce"} {
		b := newTrackedBench(t, dlpConfig(mode, ""))
		for _, body := range []io.Reader{nil, strings.NewReader("seven"), strings.NewReader("")} {
			plain, err := http.Post(s.URL, "text/plain", rewound(body))
			if err != nil {
				t.Fatal(err)
			}
			tracked, err := b.client.Post(s.URL, "text/plain", rewound(body))
			if err != nil {
				t.Fatal(err)
			}
			expected, _ := io.ReadAll(plain.Body)
			found, _ := io.ReadAll(tracked.Body)
			_, _ = plain.Body.Close(), tracked.Body.Close()
			if string(expected) != string(found) {
				t.Fatalf("%s: %s, not %s", mode, found, expected)
			}
		}
		b.transport.Settled()
		for _, record := range b.records(t, "egress.request") {
			if record["blocked"] != false || record["mode"] != mode {
				t.Fatal(record)
			}
		}
	}
}

func rewound(body io.Reader) io.Reader {
	if reader, ok := body.(*strings.Reader); ok {
		content, _ := io.ReadAll(reader)
		_, _ = reader.Seek(0, io.SeekStart)
		return strings.NewReader(string(content))
	}
	return body
}

func TestEachHopOfARedirectIsScanned(t *testing.T) {
	key := freshKey(t)
	second := serve(t, nil)
	first := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, second.URL+"/?k="+url.QueryEscape(key), http.StatusTemporaryRedirect)
	})
	b := newTrackedBench(t, dlpConfig("enforce", ""))
	_, err := b.client.Post(first.URL, "text/plain", strings.NewReader("harmless"))
	if !errors.Is(err, ErrDlpBlocked) {
		t.Fatal(err)
	}
	if len(first.received()) != 1 || second.connections.Load() != 0 {
		t.Fatal(first.received(), second.connections.Load())
	}
	requests := b.records(t, "egress.request")
	if len(requests) != 2 || requests[1]["hop"] != 1.0 || requests[1]["blocked"] != true {
		t.Fatal(requests)
	}
	tellsNothing(t, key, b.content(t))
}

func TestEnforcedRulesSendNothingThatTheLogDoesNotTake(t *testing.T) {
	s := serve(t, nil)
	for mode, refused := range map[string]bool{"enforce": true, "observe": false} {
		b := newTrackedBench(t, dlpConfig(mode, ""))
		var reported error
		b.transport.OnUnrecorded = func(err error) { reported = err }
		_ = b.log.Close()
		before := len(s.received())
		_, err := b.client.Get(s.URL)
		if errors.Is(err, ErrDlpNotRecorded) != refused || (err == nil) == refused {
			t.Fatal(mode, err)
		}
		if sent := len(s.received()) > before; sent == refused {
			t.Fatal(mode, sent)
		}
		if !refused && (!errors.Is(reported, ErrDlpNotRecorded) || !errors.Is(reported, os.ErrClosed)) {
			t.Fatal(reported)
		}
	}
}

func TestABodyLargerThanWhatIsHeldIsRefusedAndRecorded(t *testing.T) {
	s := serve(t, nil)
	b := newTrackedBench(t, dlpConfig("enforce", ""))
	b.transport.HoldBytesMax = 10
	if _, err := b.client.Post(s.URL, "text/plain", strings.NewReader("12345678901")); !errors.Is(err, ErrDlpBodyTooLarge) {
		t.Fatal(err)
	}
	if s.connections.Load() != 0 {
		t.Fatal("it was sent")
	}
	if requests := b.records(t, "egress.request"); len(requests) != 1 || requests[0]["verdict"] != "unscanned" {
		t.Fatal(requests)
	}
}

func TestACancelledContextEndsARequestThatWaitsForItsBody(t *testing.T) {
	s := serve(t, nil)
	for _, mode := range []string{"enforce", "observe"} {
		b := newTrackedBench(t, dlpConfig(mode, ""))
		ctx, cancel := context.WithCancel(context.Background())
		reader, writer := io.Pipe()
		request, err := http.NewRequestWithContext(ctx, "POST", s.URL, reader)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			_, _ = writer.Write([]byte("begun"))
			cancel()
			_, _ = writer.Write([]byte("more"))
			_ = writer.CloseWithError(context.Canceled)
		}()
		if _, err := b.client.Do(request); !errors.Is(err, context.Canceled) {
			t.Fatal(mode, err)
		}
		b.transport.Settled()
		if mode == "observe" {
			requests := b.records(t, "egress.request")
			if len(requests) != 2 || requests[1]["body"] != "cut" {
				t.Fatal(requests)
			}
		}
	}
}

func TestOtherRulesAreInForceAtOnceAndTheLogHasBothHashes(t *testing.T) {
	s := serve(t, nil)
	b := newTrackedBench(t, dlpConfig("enforce", ""))
	post := func() error {
		response, err := b.client.Post(s.URL, "text/plain", strings.NewReader("host x.customer-internal.com"))
		if err == nil {
			_ = response.Body.Close()
		}
		return err
	}
	if err := post(); err != nil {
		t.Fatal(err)
	}
	document, err := b.transport.Reload(context.Background(), dlpConfig("enforce", dlpRulesFile))
	if err != nil {
		t.Fatal(err)
	}
	var reloaded struct{ Old, New string }
	if err := json.Unmarshal(document, &reloaded); err != nil || reloaded.Old == reloaded.New {
		t.Fatal(string(document), err)
	}
	if err := post(); !errors.Is(err, ErrDlpBlocked) {
		t.Fatal(err)
	}
	changes := b.records(t, "dlp.rules-changed")
	if len(changes) != 1 || changes[0]["old"] != reloaded.Old || changes[0]["new"] != reloaded.New {
		t.Fatal(changes)
	}
}

func TestConcurrentRequestsShareTheScannerAndTheLog(t *testing.T) {
	s := serve(t, nil)
	b := newTrackedBench(t, dlpConfig("enforce", ""))
	var all sync.WaitGroup
	failed := make(chan error, 16)
	for i := 0; i < 16; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			response, err := b.client.Post(s.URL, "text/plain", strings.NewReader(fmt.Sprint("request ", i)))
			if err != nil {
				failed <- err
				return
			}
			_ = response.Body.Close()
		}(i)
	}
	all.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
	if requests := b.records(t, "egress.request"); len(requests) != 16 {
		t.Fatal(len(requests))
	}
}
