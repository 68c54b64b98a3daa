package ztp

import (
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
)

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
