package ztp

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
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
	done      sync.WaitGroup
}

func serveRaw(t *testing.T) *rawServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &rawServer{Listener: listener}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			s.done.Add(1)
			go s.serve(connection)
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); s.done.Wait() })
	return s
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
	defer s.done.Done()
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

const (
	wirePhrase = "amber falcon rides the slow morning tram to Kista at nine"
	wireValue  = "violet harbour quilt 1947 mango"
	wireToken  = "kZ8vRwYq3nLx0TbUeGhM5jPaSdFc7iOo9WtKyB2XzQ4rNmVl6uHgEsDp1CfJ"
	// wireHex has pieces of sixteen digits that stand in the order of the alphabet, in which headers are written.
	wireHex     = "1f3c61d0a7e8b25f4c1ad983e6b7502f8d4e19c3a05b7f62"
	wireLiteral = "project nightjar"
)

var wireSecrets = []string{wirePhrase, wireValue, wireToken, wireHex, wireLiteral}

func wireConfig(mode string) []byte {
	return []byte(`{"mode":"` + mode + `","schema":"ztp.dlp.config/1","tag_key":"` + strings.Repeat("07", 32) + `",
"rules":"- name: code-name\n  literal: ` + wireLiteral + `\n  action: block\n  examples: ['Project Nightjar']\n",
"registry":{"secrets":[{"name":"phrase","text":"` + wirePhrase + `"},{"name":"token","text":"` + wireToken + `"},{"name":"hex","text":"` + wireHex + `"}],
"values":[{"name":"value","text":"` + wireValue + `"}]}}`)
}

// wireSize reads how much of the law is run: ZTP_WIRE_CASES requests, from ZTP_WIRE_SEED on.
func wireSize(t *testing.T, otherwise int) (cases int, seed int64) {
	t.Helper()
	cases, seed = otherwise, 1
	for name, set := range map[string]func(int){"ZTP_WIRE_CASES": func(n int) { cases = n }, "ZTP_WIRE_SEED": func(n int) { seed = int64(n) }} {
		if text := os.Getenv(name); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil {
				t.Fatalf("%s is no number", name)
			}
			set(n)
		}
	}
	return cases, seed
}

func cutText(text string, width int) (pieces []string) {
	for len(text) > width {
		pieces, text = append(pieces, text[:width]), text[width:]
	}
	return append(pieces, text)
}

// draft is a request that is being drawn.
type draft struct {
	request  *http.Request
	body     string
	location string
	status   int
	// written is what the caller writes to a connection whose protocol was switched.
	written string
	what    string
}

// places are the fields of a request that can carry a text.
var wirePlaces = []struct {
	name string
	put  func(d *draft, text string)
}{
	{"path", func(d *draft, text string) { d.request.URL.Path += "/" + text }},
	{"path, spelled by the caller", func(d *draft, text string) {
		d.request.URL.Path, d.request.URL.RawPath = "/x/"+text, "/x/"+strings.ReplaceAll(url.PathEscape(text), "a", "%61")
	}},
	{"path in pieces", func(d *draft, text string) { d.request.URL.Path = "/" + strings.Join(cutText(text, 16), "/") }},
	{"query", func(d *draft, text string) { d.request.URL.RawQuery = "q=" + url.QueryEscape(text) }},
	{"raw query", func(d *draft, text string) { d.request.URL.RawQuery = "q=" + strings.ReplaceAll(text, "\n", "%0A") }},
	{"query values in pieces", func(d *draft, text string) {
		for at, piece := range cutText(text, 16) {
			d.request.URL.RawQuery += fmt.Sprintf("&q%d=%s", at, url.QueryEscape(piece))
		}
	}},
	{"query names in pieces", func(d *draft, text string) {
		for at, piece := range cutText(text, 16) {
			d.request.URL.RawQuery += fmt.Sprintf("%s=%d&", url.QueryEscape(piece), at)
		}
	}},
	{"opaque", func(d *draft, text string) { d.request.URL.Opaque = "/o/" + url.PathEscape(text) }},
	{"opaque in pieces", func(d *draft, text string) {
		d.request.URL.Opaque = "//" + d.request.URL.Host + "/" + strings.Join(cutText(url.PathEscape(text), 16), "/")
	}},
	{"opaque with another host", func(d *draft, text string) { d.request.URL.Opaque = "//good.example/" + url.PathEscape(text) }},
	{"user", func(d *draft, text string) { d.request.URL.User = url.User(text) }},
	{"password", func(d *draft, text string) { d.request.URL.User = url.UserPassword("bench", text) }},
	{"fragment", func(d *draft, text string) { d.request.URL.Fragment = text }},
	{"another Host", func(d *draft, text string) {
		d.request.Host = strings.Join(cutText(fmt.Sprintf("%x", text), 60), ".") + ".example"
	}},
	{"header", func(d *draft, text string) { d.request.Header.Set("X-Note", strings.ReplaceAll(text, "\n", " ")) }},
	{"header values in pieces", func(d *draft, text string) {
		d.request.Header["X-Piece"] = cutText(strings.ReplaceAll(text, "\n", " "), 16)
	}},
	{"header names in pieces", func(d *draft, text string) {
		if token(text) {
			pieces := cutText(text, 16)
			// They are written in the order of the alphabet.
			for at := 1; at < len(pieces); at++ {
				if pieces[at] < pieces[at-1] {
					return
				}
			}
			for _, piece := range pieces {
				d.request.Header[piece] = []string{"1"}
			}
		}
	}},
	{"header of another spelling", func(d *draft, text string) {
		d.request.Header["x-nOTE"] = []string{strings.ReplaceAll(text, "\n", " ")}
	}},
	{"user agent", func(d *draft, text string) { d.request.Header.Set("User-Agent", strings.ReplaceAll(text, "\n", " ")) }},
	{"cookies in pieces", func(d *draft, text string) {
		for at, piece := range cutText(fmt.Sprintf("%x", text), 16) {
			d.request.AddCookie(&http.Cookie{Name: fmt.Sprint("c", at), Value: piece})
		}
	}},
	{"method", func(d *draft, text string) {
		if token(text) {
			d.request.Method = text
		}
	}},
	{"trailer", func(d *draft, text string) {
		d.body = "harmless"
		d.request.Body, d.request.ContentLength = io.NopCloser(strings.NewReader(d.body)), -1
		d.request.Trailer = http.Header{"X-Late": {strings.ReplaceAll(text, "\n", " ")}}
	}},
	{"trailer that is filled in late", func(d *draft, text string) {
		d.request.Trailer = http.Header{"X-Late": nil}
		trailer := d.request.Trailer
		d.request.Body, d.request.ContentLength = &endingBody{Reader: strings.NewReader("harmless"), end: func() {
			trailer.Set("X-Late", strings.ReplaceAll(text, "\n", " "))
		}}, -1
	}},
	{"body", func(d *draft, text string) { d.setBody(text) }},
	{"chunked body", func(d *draft, text string) {
		d.request.Body, d.request.ContentLength = io.NopCloser(chunked{strings.NewReader(text)}), -1
	}},
	{"form", func(d *draft, text string) {
		d.setBody(url.Values{"a": {"b"}, "note": {text}}.Encode())
		d.request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}},
	{"form in pieces", func(d *draft, text string) {
		var fields []string
		for at, piece := range cutText(text, 16) {
			fields = append(fields, fmt.Sprintf("n%d=%s", at, url.QueryEscape(piece)))
		}
		d.setBody(strings.Join(fields, "&"))
		d.request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}},
	{"body that is made anew", func(d *draft, text string) {
		d.setBody("harmless harmless")
		d.request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
	}},
	{"buffer that changes", func(d *draft, text string) {
		d.request.Body, d.request.ContentLength = &fickleBody{text: text}, -1
	}},
	{"redirect", func(d *draft, text string) { d.status, d.location = 302, "/next?k="+url.QueryEscape(text) }},
	{"redirect in pieces", func(d *draft, text string) {
		d.status, d.location = 308, "/"+strings.Join(cutText(url.PathEscape(text), 16), "/")
	}},
	{"switched connection", func(d *draft, text string) { d.status, d.written = 101, text }},
}

var wireTwists = []struct {
	name  string
	twist func(d *draft, roll *rand.Rand)
}{
	{"nothing", func(*draft, *rand.Rand) {}},
	{"a length that is none", func(d *draft, roll *rand.Rand) { d.request.ContentLength = int64(roll.Intn(40)) }},
	{"expect", func(d *draft, _ *rand.Rand) { d.request.Header.Set("Expect", "100-continue") }},
	{"upgrade", func(d *draft, _ *rand.Rand) {
		d.request.Header.Set("Connection", "Upgrade")
		d.request.Header.Set("Upgrade", "websocket")
	}},
	{"chunked", func(d *draft, _ *rand.Rand) { d.request.TransferEncoding = []string{"chunked"} }},
	{"a second length", func(d *draft, _ *rand.Rand) { d.request.Header["content-length"] = []string{"1"} }},
	{"a second framing", func(d *draft, _ *rand.Rand) { d.request.Header["transfer-encoding"] = []string{"chunked"} }},
	{"a second host", func(d *draft, _ *rand.Rand) { d.request.Header["host"] = []string{"drop.example"} }},
	{"many values", func(d *draft, _ *rand.Rand) { d.request.Header["X-A"] = []string{"1", "2", "3"} }},
	{"capitals", func(d *draft, _ *rand.Rand) {
		d.request.URL.Host = strings.Replace(d.request.URL.Host, "127.0.0.1", "LocalHost", 1)
	}},
	{"another host", func(d *draft, _ *rand.Rand) { d.request.Host = "virtual.example" }},
	{"a query of nothing", func(d *draft, _ *rand.Rand) { d.request.URL.ForceQuery = true }},
	{"close", func(d *draft, _ *rand.Rand) { d.request.Close = true }},
}

func (d *draft) setBody(text string) {
	made, _ := http.NewRequest("POST", "http://localhost/", strings.NewReader(text))
	d.request.Body, d.request.GetBody, d.request.ContentLength = made.Body, made.GetBody, made.ContentLength
}

// endingBody calls end when it has been read.
type endingBody struct {
	io.Reader
	end func()
}

func (b *endingBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		b.end()
	}
	return n, err
}
func (b *endingBody) Close() error { return nil }

// fickleBody writes to the buffer that it was given first when it is asked again.
type fickleBody struct {
	text  string
	first []byte
	reads int
}

func (b *fickleBody) Read(p []byte) (int, error) {
	b.reads++
	switch b.reads {
	case 1:
		b.first = p
		return copy(p, strings.Repeat("x", len(b.text))), nil
	case 2:
		copy(b.first, b.text)
		return copy(p[len(p)-1:], "."), io.EOF
	}
	return 0, io.EOF
}
func (b *fickleBody) Close() error { return nil }

func drawRequest(roll *rand.Rand, host string) *draft {
	key := "-----BEGIN PRIVATE KEY-----\n" + wireKey(roll) + "\n-----END PRIVATE KEY-----\n"
	secret := append([]string{key, "fan speed of rack seven", "mean load of the last hour"}, wireSecrets...)[roll.Intn(8)]
	request, _ := http.NewRequest([]string{"GET", "POST", "PUT", "DELETE", "OPTIONS"}[roll.Intn(5)], "http://"+host+"/reports/weekly", nil)
	d := &draft{request: request, location: "/next", status: 200}
	if roll.Intn(3) == 0 {
		d.status = []int{301, 302, 303, 307, 308}[roll.Intn(5)]
	}
	place, twist := wirePlaces[roll.Intn(len(wirePlaces))], wireTwists[roll.Intn(len(wireTwists))]
	place.put(d, secret)
	twist.twist(d, roll)
	d.what = fmt.Sprintf("%.12q in %s, %s", secret, place.name, twist.name)
	return d
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
