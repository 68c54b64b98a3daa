package ztp

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// wireKey is an Ed25519 key of the dice, in base64: no two requests have the same.
func wireKey(roll *rand.Rand) string {
	seed := make([]byte, 32)
	_, _ = roll.Read(seed)
	head := []byte{0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20}
	return base64.StdEncoding.EncodeToString(append(head, seed...))
}

// wireOutcome counts what became of requests.
type wireOutcome struct{ blocked, sent, requests int }

// wireLaw sends drawn requests through what wrap gives, and lists where the law is broken: whatever is let through is clean as raw
// bytes, and the records say what was dialled and sent.
func wireLaw(t *testing.T, wrap func(number int) (http.RoundTripper, func() []map[string]any), cases int, seed int64, enforced bool) ([]string, wireOutcome) {
	t.Helper()
	roll := rand.New(rand.NewSource(seed))
	server := serveRaw(t)
	scanner, err := OpenDlpScanner(wireConfig("enforce"))
	if err != nil {
		t.Fatal(err)
	}
	defer scanner.Close()
	var broken []string
	var outcome wireOutcome
	for number := 0; number < cases; number++ {
		d := drawRequest(roll, server.host())
		complain := func(format string, values ...any) {
			broken = append(broken, fmt.Sprintf("seed %d, request %d (%s): ", seed, number, d.what)+fmt.Sprintf(format, values...))
		}
		redirected := false
		server.begin(func(wireRequest) string {
			if d.status == 101 && err == nil {
				return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
			}
			if d.status >= 300 && !redirected {
				redirected = true
				return fmt.Sprintf("HTTP/1.1 %d X\r\nLocation: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", d.status, d.location)
			}
			return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
		})
		transport, records := wrap(number)
		client := &http.Client{Transport: transport}
		// A client's own time limit would hide that the body of a response can be written to.
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		response, err := client.Do(d.request.WithContext(ctx))
		if err == nil {
			if connection, can := response.Body.(io.Writer); can && d.status == 101 {
				_, _ = io.WriteString(connection, d.written)
				time.Sleep(5 * time.Millisecond)
			}
			_ = response.Body.Close()
			outcome.sent++
		} else {
			var refusal *Error
			if errors.As(err, &refusal) {
				outcome.blocked++
			}
			for _, secret := range wireSecrets {
				if strings.Contains(fmt.Sprint(WithoutAddress(err)), secret) {
					complain("the error repeats a secret")
				}
			}
		}
		if tracked, is := transport.(*TrackedTransport); is {
			tracked.Settled()
		}
		cancel()
		client.CloseIdleConnections()
		server.wait()
		received := server.received()
		outcome.requests += len(received)
		for _, e := range received {
			if enforced {
				raw := e.bytes()
				for _, text := range readings(raw) {
					for _, secret := range wireSecrets {
						// What is registered is known by its bytes, a literal of a rule by its letters.
						if strings.Contains(text, secret) || secret == wireLiteral && strings.Contains(strings.ToLower(text), secret) {
							complain("the wire has %q", secret)
						}
					}
				}
				request, _ := parseWire(raw)
				for _, part := range [][]byte{raw, request.body} {
					if err := scanBytes(scanner, part); err != nil {
						complain("the raw bytes give %v", err)
					}
				}
			}
		}
		if records == nil {
			continue
		}
		told := records()
		for at, e := range received {
			request, whole := parseWire(e.bytes())
			if !whole {
				continue
			}
			var record map[string]any
			for _, other := range told {
				// A hop may be recorded to its end after the next one began.
				if other["hop"] == float64(at) && other["verdict"] != "unscanned" {
					record = other
				}
			}
			if record == nil {
				complain("the log has no record of what was sent")
				continue
			}
			recorded, parseErr := url.Parse(fmt.Sprint(record["url"]))
			if parseErr != nil || recorded.Port() != e.port || recorded.Hostname() != "127.0.0.1" && recorded.Hostname() != "localhost" {
				complain("the log says %v, what was dialled is port %s", record["url"], e.port)
			}
			if method := fmt.Sprint(record["method"]); method != request.method && !strings.HasPrefix(method, "redacted:") {
				complain("the log says %s, the wire %s", method, request.method)
			}
			if d.status == 101 && err == nil {
				// What was written to the connection after the switch: nobody looked at it, and the log says so.
				size, said := -1.0, false
				for _, other := range told {
					if bytes, is := other["bytes"].(float64); is && other["code"] == "dlp_upgrade_unjudged" {
						size, said = bytes, true
					}
				}
				if !said || int(size) != len(request.body) {
					complain("the log says %v bytes that nobody looked at, the wire has %d", size, len(request.body))
				}
			} else if size, is := record["body_bytes"].(float64); request.whole && record["body"] == "whole" && (!is || int(size) != len(request.body)) {
				complain("the log says %v bytes, the wire has %d", record["body_bytes"], len(request.body))
			}
			host := strings.ToLower(request.get("Host"))
			if host != "127.0.0.1:"+e.port && host != "localhost:"+e.port && record["host"] == nil {
				complain("the log does not name the host behind the one that was dialled")
			}
		}
	}
	return broken, outcome
}

// scanBytes scans bytes as one surface, without what a scanner remembers of requests.
func scanBytes(scanner *DlpScanner, content []byte) error {
	stream, err := scanner.Begin(nil, now)
	if err != nil {
		return err
	}
	defer stream.Close()
	if err := stream.Update(content); err != nil {
		return err
	}
	_, err = stream.Finish(nil, now)
	return err
}

// wireBench is one log and scanner, with a transport for each request.
func wireBench(t *testing.T, mode string, change func(*TrackedTransport)) func(int) (http.RoundTripper, func() []map[string]any) {
	t.Helper()
	b := newTrackedBench(t, wireConfig(mode))
	read := 0
	return func(number int) (http.RoundTripper, func() []map[string]any) {
		transport := NewTrackedTransport(b.transport.Base, b.transport.Scanner, b.log, fmt.Sprint("caller-", number))
		if change != nil {
			change(transport)
		}
		return transport, func() (told []map[string]any) {
			// Only what was appended since the last look.
			segments := b.segments(t)
			fresh := segments[read:]
			read = len(segments)
			for _, record := range recordsIn(fresh, "egress.request") {
				if record["principal"] == transport.Principal && record["blocked"] == false && record["body"] != "streaming" {
					told = append(told, record)
				}
			}
			return told
		}
	}
}

func TestWhatEnforcedRulesLetThroughIsCleanAsRawBytesAndTheLogSaysWhatWasSent(t *testing.T) {
	cases, seed := wireSize(t, 250)
	broken, outcome := wireLaw(t, wireBench(t, "enforce", nil), cases, seed, true)
	if len(broken) > 0 {
		t.Fatalf("%d of %d:\n%s", len(broken), cases, strings.Join(broken, "\n"))
	}
	t.Logf("%+v", outcome)
	if outcome.blocked < cases/10 || outcome.sent < cases/10 || outcome.requests < outcome.sent {
		t.Fatalf("%+v says little", outcome)
	}
}

func TestTheLogOfObservedRulesSaysWhatWasSent(t *testing.T) {
	cases, seed := wireSize(t, 250)
	broken, outcome := wireLaw(t, wireBench(t, "observe", nil), (cases+2)/3, seed+1, false)
	if len(broken) > 0 {
		t.Fatalf("%d:\n%s", len(broken), strings.Join(broken, "\n"))
	}
	if outcome.requests < cases/6 {
		t.Fatalf("%+v says little", outcome)
	}
}

// naive is a wrapper that judges the request as its caller sees it, as wrappers do that look at URL.String() and a body's text.
type naive struct {
	scanner *DlpScanner
	base    http.RoundTripper
}

func (n *naive) RoundTrip(request *http.Request) (*http.Response, error) {
	var body []byte
	if request.GetBody != nil {
		copied, _ := request.GetBody()
		body, _ = io.ReadAll(copied)
	}
	head := fmt.Sprintf(`{"method":%q,"url":%q}`, request.Method, request.URL.String())
	if _, err := n.scanner.Scan([]byte(head), body, now); err != nil {
		return nil, err
	}
	return n.base.RoundTrip(request)
}

func TestTheWireLawIsBrokenByAWrapperThatJudgesWhatItWasGiven(t *testing.T) {
	scanner, err := OpenDlpScanner(wireConfig("enforce"))
	if err != nil {
		t.Fatal(err)
	}
	defer scanner.Close()
	base := &http.Transport{}
	defer base.CloseIdleConnections()
	broken, _ := wireLaw(t, func(int) (http.RoundTripper, func() []map[string]any) { return &naive{scanner, base}, nil }, 250, 1, true)
	for _, way := range []string{"header", "trailer", "chunked body", "switched connection"} {
		if !strings.Contains(strings.Join(broken, "\n"), way) {
			t.Errorf("%s did not break it: %d", way, len(broken))
		}
	}
	// An upgrade that the caller allowed is a channel that nobody watches: the law says so of it and of nothing else.
	broken, _ = wireLaw(t, wireBench(t, "enforce", func(tracked *TrackedTransport) { tracked.AllowUpgrade = true }), 250, 1, true)
	for _, line := range broken {
		if !strings.Contains(line, "switched connection") {
			t.Error(line)
		}
	}
	if len(broken) == 0 {
		t.Error("an allowed upgrade does not break the law, so the test does not see what is written to it")
	}
}

func TestOnHTTP2WhatIsLetThroughIsWhatWasJudged(t *testing.T) {
	var mu sync.Mutex
	var got []string
	s, base := startH2(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var text bytes.Buffer
		fmt.Fprintf(&text, "%s %s %s\n", r.Proto, r.Method, r.RequestURI)
		fmt.Fprintf(&text, "host: %s\n", r.Host)
		_ = r.Header.Write(&text)
		_ = r.Trailer.Write(&text)
		text.Write(body)
		mu.Lock()
		got = append(got, text.String())
		mu.Unlock()
	})
	b := newTrackedBench(t, wireConfig("enforce"))
	b.transport.Base = base
	roll := rand.New(rand.NewSource(1))
	blocked := 0
	for number := 0; number < 120; number++ {
		d := drawRequest(roll, strings.TrimPrefix(s.URL, "https://"))
		d.request.URL.Scheme = "https"
		response, err := b.client.Do(d.request)
		if err == nil {
			_ = response.Body.Close()
		} else if errors.Is(err, ErrDlpBlocked) {
			blocked++
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for _, text := range got {
		// A request that asks for another protocol goes out as HTTP/1.1.
		if !strings.HasPrefix(text, "HTTP/2.0") && !strings.Contains(text, "Upgrade: websocket") {
			t.Fatal(text)
		}
		for _, reading := range []string{text, unescaped(text), unescaped(strings.ReplaceAll(text, "+", " "))} {
			for _, secret := range wireSecrets {
				if strings.Contains(reading, secret) {
					t.Errorf("the server has %q in %q", secret, text)
				}
			}
		}
		if err := scanBytes(b.transport.Scanner, []byte(text)); err != nil {
			t.Errorf("%v in %q", err, text)
		}
	}
	if len(got) < 12 || blocked < 12 {
		t.Fatal(len(got), blocked)
	}
}
