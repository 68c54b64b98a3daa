package ztp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"sort"
	"strings"
)

// head is what the scanner is told of a request beside its body: what net/http writes, read back from the bytes. On HTTP/2 the same
// goes out with header names in lower case.
func (t *TrackedTransport) head(call *call) ([]byte, error) {
	request := call.request
	if request.URL == nil {
		return nil, failure(ErrDlpRequestForm, "the request has no URL", nil)
	}
	via := t.proxy(request)
	wire, err := written(request, via != nil && request.URL.Scheme == "http")
	if err != nil {
		return nil, err
	}
	address, misnamed, err := wire.address(request.URL)
	if err != nil {
		return nil, err
	}
	if misnamed {
		call.fault = failure(ErrDlpRequestForm, "the request line names another host than the one that is dialled", nil)
	}
	members := map[string]any{
		"headers": wire.headers, "hop": call.hop, "id": call.id, "method": latin1(wire.method), "principal": t.Principal, "url": address,
	}
	if via != nil {
		members["via"] = via.Scheme + "://" + via.Host
	}
	return json.Marshal(members)
}

// proxy is the proxy that the transport below will send the request through, if that can be known.
func (t *TrackedTransport) proxy(request *http.Request) *url.URL {
	base, known := t.base().(*http.Transport)
	if !known || base.Proxy == nil {
		return nil
	}
	via, err := base.Proxy(request)
	if err != nil {
		return nil
	}
	return via
}

// wireHead is the head of a request as it is written.
type wireHead struct {
	method, target string
	headers        [][2]string
}

// written writes a request without its body, and reads what was written.
func written(request *http.Request, proxied bool) (wireHead, error) {
	bare := *request
	bare.Body, bare.GetBody, bare.ContentLength, bare.TransferEncoding, bare.Trailer = nil, nil, 0, nil, nil
	if bare.Method == "" {
		bare.Method = http.MethodGet
	}
	if !token(bare.Method) {
		return wireHead{}, failure(ErrDlpRequestForm, "the method is not a word that HTTP allows", nil)
	}
	var text bytes.Buffer
	write := bare.Write
	if proxied {
		write = bare.WriteProxy
	}
	if err := write(&text); err != nil {
		// What net/http says of it may repeat the address.
		return wireHead{}, failure(ErrDlpRequestForm, "net/http cannot write the request: its host or address is not one that can be sent", nil)
	}
	lines := strings.Split(strings.TrimSuffix(text.String(), "\r\n\r\n"), "\r\n")
	wire := wireHead{method: bare.Method, headers: [][2]string{}}
	first := strings.TrimPrefix(lines[0], bare.Method+" ")
	wire.target = strings.TrimSuffix(first, " HTTP/1.1")
	if wire.target == first {
		return wireHead{}, failure(ErrDlpRequestForm, "the request line is not one", nil)
	}
	for _, line := range lines[1:] {
		colon := strings.Index(line, ": ")
		if colon < 0 {
			return wireHead{}, failure(ErrDlpRequestForm, "a header has a name or value that HTTP does not allow", nil)
		}
		name, value := line[:colon], line[colon+2:]
		if name == "Content-Length" {
			// Of the request without its body.
			continue
		}
		wire.headers = append(wire.headers, [2]string{latin1(name), latin1(value)})
	}
	return wire, nil
}

// address is the address that the scanner judges and records: the host that is dialled, not the one that is written, and what the
// request line says. It also tells whether the request line names another host.
func (w wireHead) address(u *url.URL) (_ string, misnamed bool, _ error) {
	host, err := dialled(u)
	if err != nil {
		return "", false, err
	}
	origin := u.Scheme + "://"
	if u.User != nil {
		// A client makes a header of it, a transport does not send it.
		origin += u.User.String() + "@"
	}
	target := strings.TrimPrefix(w.target, "/")
	if at := strings.Index(target, "://"); at >= 0 && target == w.target {
		scheme, authority, path := target[:at], target[at+3:], ""
		if end := strings.IndexAny(authority, "/?#"); end >= 0 {
			authority, path = authority[:end], authority[end:]
		}
		named := authority[strings.LastIndexByte(authority, '@')+1:]
		if misnamed = bareHost(scheme, named) != bareHost(u.Scheme, host); !misnamed {
			target = strings.TrimPrefix(path, "/")
		}
	}
	if fragment := u.EscapedFragment(); fragment != "" {
		target += "#" + fragment
	}
	return escaped(origin + host + "/" + target), misnamed, nil
}

// escaped spells out what is not ASCII: JSON holds no bytes of other texts than UTF-8, and the scanner reads the escapes.
func escaped(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] < 0x80 {
			out.WriteByte(s[i])
		} else {
			fmt.Fprintf(&out, "%%%02X", s[i])
		}
	}
	return out.String()
}

// dialled is the host of an address as a resolver is asked for it: in ASCII and small letters, with its port.
func dialled(u *url.URL) (string, error) {
	if !hostText(u.Host) {
		return "", failure(ErrDlpRequestForm, "the host of the address is none", nil)
	}
	// Only net/http's own writing tells how it spells a host in ASCII.
	probe := &http.Request{Method: http.MethodGet, URL: &url.URL{Scheme: "http", Host: u.Host, Path: "/"}, Host: u.Host}
	wire, err := written(probe, false)
	if err != nil {
		return "", err
	}
	for _, header := range wire.headers {
		if header[0] == "Host" {
			return strings.ToLower(header[1]), nil
		}
	}
	return "", failure(ErrDlpRequestForm, "the address has no host", nil)
}

// hostText tells whether nothing in a host ends it: net/http writes what is before such a character, and dials all of it.
func hostText(host string) bool {
	return strings.IndexFunc(host, func(r rune) bool { return r <= ' ' || strings.ContainsRune("\"#/<>?@\\^`{|}\u007f", r) }) < 0
}

// bareHost is a host as hosts are compared: in small letters, without the port that the scheme has anyway.
func bareHost(scheme, host string) string {
	port := map[string]string{"http": ":80", "https": ":443"}[strings.ToLower(scheme)]
	return strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(host), port), ".")
}

// form refuses what net/http would refuse with a message that repeats it, and what receivers read in two ways.
func form(request *http.Request) error {
	for name, values := range request.Header {
		if !token(name) {
			return failure(ErrDlpRequestForm, "a header has a name that HTTP does not allow", nil)
		}
		for _, value := range values {
			if strings.IndexFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) >= 0 {
				return failure(ErrDlpRequestForm, "a header has a value that HTTP does not allow", nil)
			}
		}
		switch canonical := textproto.CanonicalMIMEHeaderKey(name); canonical {
		case "Host", "Content-Length", "Transfer-Encoding", "Trailer":
			// Spelled otherwise, net/http writes it beside its own: receivers differ in which of the two they believe.
			if canonical != name {
				return failure(ErrDlpRequestForm, "a header that says where the request goes or where it ends is spelled so that it would be sent twice", nil)
			}
		}
	}
	if !hostText(request.Host) {
		return failure(ErrDlpRequestForm, "the request's Host is none", nil)
	}
	for name := range request.Trailer {
		if !token(name) {
			return failure(ErrDlpRequestForm, "a trailer has a name that HTTP does not allow", nil)
		}
	}
	if request.ContentLength > 0 && (request.Body == nil || request.Body == http.NoBody) {
		return failure(ErrDlpRequestForm, "the request says that it has a body, but it has none", nil)
	}
	return nil
}

// token tells whether s is a token of RFC 9110 §5.6.2.
func token(s string) bool {
	other := func(r rune) bool {
		letter := 'a' <= r|0x20 && r|0x20 <= 'z' && r < 0x80
		return !letter && !('0' <= r && r <= '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	}
	return s != "" && strings.IndexFunc(s, other) < 0
}

// origin is scheme and host, as records name a request that nobody could look at.
func (c *call) origin() string {
	u := c.request.URL
	if u == nil {
		return ""
	}
	host, err := dialled(u)
	if err != nil {
		return u.Scheme + "://"
	}
	return u.Scheme + "://" + host
}

// WithoutAddress takes path, query and credentials of the address, and a method that is none of HTTP's own, out of an error of an
// http.Client, which puts them in front of every error that its transport gives. Errors of this package repeat none.
func WithoutAddress(err error) error {
	var outer *url.Error
	if !errors.As(err, &outer) {
		return err
	}
	told := &url.Error{Op: "Request", Err: outer.Err}
	switch outer.Op {
	case "Get", "Head", "Post", "Put", "Patch", "Delete", "Connect", "Options", "Trace":
		told.Op = outer.Op
	}
	if address, err := url.Parse(outer.URL); err == nil {
		told.URL = (&url.URL{Scheme: address.Scheme, Host: address.Host}).String()
	}
	return told
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
