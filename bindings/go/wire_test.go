package ztp

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// exchange is what one connection carried, both ways.
type exchange struct {
	mu              sync.Mutex
	inward, outward bytes.Buffer
	port            string
}

func (e *exchange) bytes() []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]byte(nil), e.inward.Bytes()...)
}

// rawServer is one on the loopback that keeps every byte of both directions. It answers as answer says, and closes.
type rawServer struct {
	net.Listener
	mu        sync.Mutex
	exchanges []*exchange
	answer    func(wireRequest) string
	open      int
	closed    *sync.Cond
}

func serveRaw(t *testing.T) *rawServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &rawServer{Listener: listener}
	s.closed = sync.NewCond(&s.mu)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.open++
			s.mu.Unlock()
			go s.serve(connection)
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); s.wait() })
	return s
}

// wait returns when no connection is open.
func (s *rawServer) wait() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.open > 0 {
		s.closed.Wait()
	}
}

func (s *rawServer) ended() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	s.closed.Broadcast()
}

func (s *rawServer) host() string { return s.Addr().String() }

// begin forgets what was received, and answers so from now on.
func (s *rawServer) begin(answer func(wireRequest) string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.exchanges, s.answer = nil, answer
}

func (s *rawServer) received() []*exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	var some []*exchange
	for _, e := range s.exchanges {
		if len(e.bytes()) > 0 {
			some = append(some, e)
		}
	}
	return some
}

func (s *rawServer) serve(connection net.Conn) {
	defer s.ended()
	defer connection.Close()
	s.mu.Lock()
	e, answer := &exchange{port: strings.TrimPrefix(s.host(), "127.0.0.1:")}, s.answer
	s.exchanges = append(s.exchanges, e)
	s.mu.Unlock()
	say := func(text string) {
		e.mu.Lock()
		e.outward.WriteString(text)
		e.mu.Unlock()
		_, _ = io.WriteString(connection, text)
	}
	buffer := make([]byte, 64<<10)
	answered, continued := false, false
	for {
		wait := 200 * time.Millisecond
		_ = connection.SetReadDeadline(time.Now().Add(wait))
		n, err := connection.Read(buffer)
		e.mu.Lock()
		e.inward.Write(buffer[:n])
		e.mu.Unlock()
		request, begun := parseWire(e.bytes())
		if !answered && begun {
			if !continued && strings.EqualFold(request.get("Expect"), "100-continue") {
				continued = true
				say("HTTP/1.1 100 Continue\r\n\r\n")
			}
			// A request that says it is longer than it is would be waited for without end.
			if request.whole || err != nil {
				answered = true
				text := answer(request)
				say(text)
				if !strings.HasPrefix(text, "HTTP/1.1 101") {
					return
				}
				continue
			}
		}
		if err != nil {
			return
		}
	}
}

// wireRequest is a request out of its bytes, without its framing.
type wireRequest struct {
	method, target string
	headers        [][2]string
	body           []byte
	trailers       string
	whole          bool
}

func (r wireRequest) get(name string) string {
	for _, header := range r.headers {
		if strings.EqualFold(header[0], name) {
			return header[1]
		}
	}
	return ""
}

func parseWire(raw []byte) (wireRequest, bool) {
	end := bytes.Index(raw, []byte("\r\n\r\n"))
	if end < 0 {
		return wireRequest{}, false
	}
	lines := strings.Split(string(raw[:end]), "\r\n")
	first := strings.TrimSuffix(lines[0], " HTTP/1.1")
	r := wireRequest{body: raw[end+4:]}
	if space := strings.IndexByte(first, ' '); space >= 0 {
		r.method, r.target = first[:space], first[space+1:]
	}
	for _, line := range lines[1:] {
		colon := strings.IndexByte(line, ':')
		if colon < 0 {
			colon = len(line) - 1
		}
		r.headers = append(r.headers, [2]string{line[:colon], strings.TrimSpace(line[colon+1:])})
	}
	if !strings.Contains(strings.ToLower(r.get("Transfer-Encoding")), "chunked") {
		length, _ := strconv.Atoi(r.get("Content-Length"))
		r.whole = len(r.body) >= length
		return r, true
	}
	var body []byte
	rest := r.body
	for {
		line := bytes.Index(rest, []byte("\r\n"))
		if line < 0 {
			break
		}
		size, err := strconv.ParseUint(string(rest[:line]), 16, 31)
		if err != nil {
			break
		}
		rest = rest[line+2:]
		if size == 0 {
			r.trailers = string(rest)
			r.whole = strings.HasSuffix(r.trailers, "\r\n")
			break
		}
		if len(rest) < int(size)+2 {
			body = append(body, rest...)
			break
		}
		body = append(body, rest[:size]...)
		rest = rest[size+2:]
	}
	r.body = body
	return r, true
}

// readings are the texts that a receiver may read in what it got.
func readings(raw []byte) []string {
	texts := []string{string(raw)}
	r, whole := parseWire(raw)
	if !whole {
		return texts
	}
	path, query := r.target, ""
	if at := strings.IndexByte(path, '?'); at >= 0 {
		path, query = path[:at], path[at+1:]
	}
	texts = append(texts, string(r.body), r.trailers, strings.Join(strings.Split(path, "/"), ""))
	split := func(text, by, middle string) (pairs [][2]string) {
		for _, field := range strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(by, c) }) {
			field = strings.TrimSpace(field)
			if at := strings.Index(field, middle); at >= 0 {
				pairs = append(pairs, [2]string{field[:at], strings.TrimSpace(field[at+1:])})
			} else {
				pairs = append(pairs, [2]string{field, ""})
			}
		}
		return pairs
	}
	groups := [][][2]string{split(query, "&;", "="), r.headers, split(r.get("Cookie"), ";", "="), split(r.trailers, "\r\n", ":")}
	if strings.Contains(r.get("Content-Type"), "form-urlencoded") {
		groups = append(groups, split(string(r.body), "&;", "="))
	}
	for _, pairs := range groups {
		var names, values, both string
		for _, pair := range pairs {
			names, values, both = names+pair[0], values+pair[1], both+pair[0]+pair[1]
		}
		texts = append(texts, names, values, both)
	}
	var all []string
	for _, text := range texts {
		all = append(all, text, unescaped(text), unescaped(strings.ReplaceAll(text, "+", " ")))
	}
	return all
}

func unescaped(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			if b, err := strconv.ParseUint(text[i+1:i+3], 16, 8); err == nil {
				out.WriteByte(byte(b))
				i += 2
				continue
			}
		}
		out.WriteByte(text[i])
	}
	return out.String()
}

// startH2 is a server of HTTP/2 on the loopback that keeps what it was asked.
func startH2(t *testing.T, handler http.HandlerFunc) (*httptest.Server, *http.Transport) {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	base := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}}
	t.Cleanup(base.CloseIdleConnections)
	return s, base
}
