package ztp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// switching is a server that switches protocols and gives what is then written to it.
func switching(t *testing.T) (string, chan string) {
	t.Helper()
	written := make(chan string, 8)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connection, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer connection.Close()
		fmt.Fprint(connection, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
		_ = connection.SetReadDeadline(time.Now().Add(time.Second))
		line, _ := buffered.ReadString('\n')
		written <- line
		fmt.Fprintf(connection, "echo %s", line)
	}))
	t.Cleanup(s.Close)
	return s.URL, written
}

func TestEnforcedRulesGiveNobodyAConnectionThatNobodyWatches(t *testing.T) {
	origin, written := switching(t)
	for _, allowed := range []bool{false, true} {
		b := newTrackedBench(t, dlpConfig("enforce", ""))
		b.transport.AllowUpgrade = allowed
		// A server may switch although nobody asked for it.
		response, err := b.client.Get(origin)
		if allowed != (err == nil) || !allowed && !errors.Is(err, ErrDlpUpgradeRefused) {
			t.Fatal(allowed, err)
		}
		if allowed {
			connection := response.Body.(io.ReadWriteCloser)
			if _, err := io.WriteString(connection, "seven\n"); err != nil {
				t.Fatal(err)
			}
			answer, _ := bufio.NewReader(connection).ReadString('\n')
			if answer != "echo seven\n" {
				t.Fatal(answer)
			}
			_ = connection.Close()
		}
		if line := <-written; line != map[bool]string{false: "", true: "seven\n"}[allowed] {
			t.Fatalf("%q was written", line)
		}
		requests := b.records(t, "egress.request")
		code := map[bool]string{false: "dlp_upgrade_refused", true: "dlp_upgrade_unjudged"}[allowed]
		if len(requests) < 2 || requests[1]["code"] != code || requests[1]["verdict"] != "unscanned" || requests[1]["blocked"] == allowed {
			t.Fatal(requests)
		}
		if allowed && (len(requests) != 3 || requests[2]["bytes"] != 6.0) {
			t.Fatal(requests)
		}
	}
}

func TestObservedRulesSayThatNobodyLooksAtASwitchedConnection(t *testing.T) {
	origin, written := switching(t)
	b := newTrackedBench(t, dlpConfig("observe", ""))
	target, err := url.Parse(origin)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = b.transport
	front := httptest.NewServer(proxy)
	defer front.Close()
	connection, err := net.Dial("tcp", front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	fmt.Fprint(connection, "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
	_ = connection.SetReadDeadline(time.Now().Add(5 * time.Second))
	reader := bufio.NewReader(connection)
	for line := ""; line != "\r\n"; {
		if line, err = reader.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprint(connection, "seven\n")
	answer, _ := reader.ReadString('\n')
	if line := <-written; line != "seven\n" || answer != "echo seven\n" {
		t.Fatalf("%q, %q", line, answer)
	}
	requests := b.records(t, "egress.request")
	if len(requests) < 2 || requests[1]["code"] != "dlp_upgrade_unjudged" || requests[1]["verdict"] != "unscanned" {
		t.Fatal(requests)
	}
}

func TestWhatIsJudgedAndRecordedIsTheHostThatIsDialled(t *testing.T) {
	s := serve(t, nil)
	host := strings.TrimPrefix(s.URL, "http://")
	send := func(mode string, change func(*http.Request)) (*trackedBench, map[string]any, error) {
		b := newTrackedBench(t, dlpConfig(mode, dlpRulesFile))
		request, err := http.NewRequest("GET", s.URL+"/a", nil)
		if err != nil {
			t.Fatal(err)
		}
		change(request)
		response, err := b.client.Do(request)
		if err == nil {
			_ = response.Body.Close()
		}
		requests := b.records(t, "egress.request")
		return b, requests[len(requests)-1], err
	}
	other := func(r *http.Request) { r.URL.Opaque = "//good.example/a" }
	before := s.connections.Load()
	if _, record, err := send("enforce", other); !errors.Is(err, ErrDlpRequestForm) || record["url"] != s.URL || record["blocked"] != true {
		t.Fatal(record, err)
	}
	if s.connections.Load() != before {
		t.Fatal("it was sent")
	}
	if _, record, err := send("observe", other); err != nil || !strings.HasPrefix(fmt.Sprint(record["url"]), s.URL+"/") {
		t.Fatal(record, err)
	}
	same := func(r *http.Request) { r.URL.Opaque = "//" + strings.ToUpper(host) + "/b%2Fc" }
	if _, record, err := send("enforce", same); err != nil || record["url"] != s.URL+"/b%2Fc" {
		t.Fatal(record, err)
	}
	virtual := func(r *http.Request) { r.Host = "virtual.example" }
	if _, record, err := send("enforce", virtual); err != nil || record["url"] != s.URL+"/a" || record["host"] != "virtual.example" {
		t.Fatal(record, err)
	}
	for _, change := range []func(*http.Request){
		func(r *http.Request) { r.Host = "WIKI.Customer-Internal.COM" },
		func(r *http.Request) { r.URL.Host = "WIKI.CUSTOMER-INTERNAL.COM" },
		func(r *http.Request) { r.URL.Opaque = "/x.customer-internal.com" },
		func(r *http.Request) { r.Header["hOST"] = []string{"x.customer-internal.com"} },
	} {
		if _, record, err := send("enforce", change); !errors.Is(err, ErrDlpBlocked) && !errors.Is(err, ErrDlpRequestForm) || record["blocked"] != true {
			t.Fatal(record, err)
		}
	}
}

func TestWhatReceiversReadInTwoWaysIsRefused(t *testing.T) {
	s := serve(t, nil)
	b := newTrackedBench(t, dlpConfig("enforce", ""))
	for _, change := range []func(*http.Request){
		func(r *http.Request) { r.Header["content-length"] = []string{"1"} },
		func(r *http.Request) { r.Header["transfer-encoding"] = []string{"chunked"} },
		func(r *http.Request) { r.Header["host"] = []string{"drop.example"} },
		func(r *http.Request) { r.ContentLength = 3 },
		func(r *http.Request) { r.ContentLength = 30 },
		func(r *http.Request) { r.Body, r.ContentLength = nil, 30 },
		func(r *http.Request) { r.Method = "GET hunter22hunter22" },
		func(r *http.Request) { r.Header["hunter22 hunter22"] = []string{"1"} },
		func(r *http.Request) { r.Header.Set("X-A", "hunter22\x00hunter22") },
		func(r *http.Request) { r.URL.Host = "hunter22 hunter22" },
		func(r *http.Request) { r.URL.Host += "/hunter22" },
		func(r *http.Request) { r.Host = "feed.example/hunter22" },
		func(r *http.Request) { r.Host = "feed.example\r\nX-A: hunter22" },
		func(r *http.Request) { r.Trailer = http.Header{"hunter22 hunter22": {"1"}} },
	} {
		request, err := http.NewRequest("POST", s.URL, strings.NewReader("seven eight"))
		if err != nil {
			t.Fatal(err)
		}
		change(request)
		// Without a client, which puts the address in front.
		_, err = b.transport.RoundTrip(request)
		if !errors.Is(err, ErrDlpRequestForm) || strings.Contains(err.Error(), "hunter22") {
			t.Fatal(err)
		}
	}
	if s.connections.Load() != 0 {
		t.Fatal("something was sent")
	}
	requests := b.records(t, "egress.request")
	if len(requests) != 14 || strings.Contains(b.content(t), "hunter22") {
		t.Fatal(len(requests))
	}
}

func TestErrorsCanBeToldWithoutTheAddress(t *testing.T) {
	b := newTrackedBench(t, dlpConfig("enforce", ""))
	_, err := b.client.Get("http://hunter22:hunter33@127.0.0.1:1/hunter44?q=hunter55")
	told := WithoutAddress(fmt.Errorf("sending: %w", err))
	if err == nil || strings.Contains(told.Error(), "hunter") || !strings.Contains(told.Error(), "127.0.0.1:1") {
		t.Fatal(told)
	}
	var dial *net.OpError
	if !errors.As(told, &dial) || WithoutAddress(io.EOF) != io.EOF || WithoutAddress(nil) != nil {
		t.Fatal(told)
	}
}

// dropping answers requests with their bodies, and hangs up when it has read the second one of its first connection.
func dropping(t *testing.T) (origin string, dropped *atomic.Bool) {
	t.Helper()
	dropped = new(atomic.Bool)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	t.Cleanup(func() { _ = listener.Close(); done.Wait() })
	done.Add(1)
	go func() {
		defer done.Done()
		for connections := 1; ; connections++ {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			done.Add(1)
			go func(first bool) {
				defer done.Done()
				defer connection.Close()
				reader := bufio.NewReader(connection)
				for requests := 0; ; requests++ {
					request, err := http.ReadRequest(reader)
					if err != nil {
						return
					}
					body, _ := io.ReadAll(request.Body)
					if first && requests == 1 {
						dropped.Store(true)
						return
					}
					fmt.Fprintf(connection, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
				}
			}(connections == 1)
		}
	}()
	return "http://" + listener.Addr().String(), dropped
}

func TestABodyThatIsSentAgainIsScannedAndRecordedAgain(t *testing.T) {
	for _, mode := range []string{"observe", "enforce"} {
		// On a busy machine a connection may not be idle again in time: then nothing is sent again, and nothing is shown.
		for tries := 0; !sendsAgain(t, mode); tries++ {
			if tries == 20 {
				t.Fatal("no connection was used twice")
			}
		}
	}
}

// sendsAgain sends a body that its caller makes otherwise the second time, and tells whether it was asked for a second time.
func sendsAgain(t *testing.T, mode string) bool {
	t.Helper()
	origin, dropped := dropping(t)
	b := newTrackedBench(t, dlpConfig(mode, dlpRulesFile))
	defer b.client.CloseIdleConnections()
	const secret = "x.customer-internal.com"
	harmless := strings.Repeat("x", len(secret))
	post := func() string {
		request, err := http.NewRequest("POST", origin, strings.NewReader(harmless))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Idempotency-Key", "k")
		request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(secret)), nil }
		response, err := b.client.Do(request)
		if err != nil {
			t.Fatal(mode, err)
		}
		defer response.Body.Close()
		answer, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(answer)
	}
	if answer := post(); answer != harmless {
		t.Fatal(mode, answer)
	}
	// The plain client sends this again on a new connection.
	answer := post()
	b.transport.Settled()
	if !dropped.Load() {
		return false
	}
	requests := b.records(t, "egress.request")
	last := requests[len(requests)-1]
	if mode == "enforce" {
		// What was judged is sent again, whatever the caller's function gives.
		if answer != harmless {
			t.Fatal(answer)
		}
	} else if answer != secret || last["would_block"] != true || last["id"] != requests[len(requests)-2]["id"] {
		t.Fatal(answer, requests)
	}
	return true
}

func TestIdleConnectionsAreClosedAsThoseOfAPlainClient(t *testing.T) {
	closed := make(chan struct{}, 8)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			closed <- struct{}{}
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	b := newTrackedBench(t, dlpConfig("observe", ""))
	response, err := b.client.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	b.client.CloseIdleConnections()
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Fatal("the connection is still open")
	}
	// A transport that cannot is left alone.
	NewTrackedTransport(roundTripper(nil), b.transport.Scanner, b.log, "x").CloseIdleConnections()
}

type roundTripper func(*http.Request) (*http.Response, error)

func (r roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }

func TestTrailersThatAreFilledInLateAreSentAndJudged(t *testing.T) {
	got := make(chan http.Header, 2)
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) { got <- r.Trailer })
	for _, mode := range []string{"observe", "enforce"} {
		b := newTrackedBench(t, dlpConfig(mode, dlpRulesFile))
		send := func(late string) error {
			request, err := http.NewRequest("POST", s.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Trailer = http.Header{"X-Late": nil}
			request.Body, request.ContentLength = &endingBody{Reader: strings.NewReader("body"), end: func() { request.Trailer.Set("X-Late", late) }}, -1
			response, err := b.client.Do(request)
			if err == nil {
				_ = response.Body.Close()
			}
			return err
		}
		if err := send("seven"); err != nil {
			t.Fatal(err)
		}
		if trailer := <-got; trailer.Get("X-Late") != "seven" {
			t.Fatal(mode, trailer)
		}
		err := send("x.customer-internal.com")
		b.transport.Settled()
		requests := b.records(t, "egress.request")
		if errors.Is(err, ErrDlpBlocked) != (mode == "enforce") || requests[len(requests)-1]["would_block"] != true {
			t.Fatal(mode, err, requests)
		}
		if mode == "observe" {
			<-got
		}
	}
}

func TestARecordNamesTheProxyThatIsDialled(t *testing.T) {
	proxy := serve(t, nil)
	address, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	b := newTrackedBench(t, dlpConfig("enforce", ""))
	base := &http.Transport{Proxy: http.ProxyURL(address)}
	defer base.CloseIdleConnections()
	b.transport.Base = base
	send := func(host string) error {
		request, err := http.NewRequestWithContext(context.Background(), "GET", "http://feed.example/a", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = host
		response, err := b.client.Do(request)
		if err == nil {
			if response.Request != request {
				t.Error("the response is of another request than the caller's")
			}
			_ = response.Body.Close()
		}
		return err
	}
	if err := send("feed.example"); err != nil {
		t.Fatal(err)
	}
	record := b.records(t, "egress.request")[0]
	if record["via"] != proxy.URL || record["url"] != "http://feed.example/a" {
		t.Fatal(record)
	}
	// A proxy asks the host that the request line names, which is the one of the Host header.
	before := proxy.connections.Load()
	if err := send("drop.example"); !errors.Is(err, ErrDlpRequestForm) || proxy.connections.Load() != before {
		t.Fatal(err)
	}
}
