//go:build ztp_signer

// Command ztp-signctl is the issuer's side of licences: it signs, certifies and checks, with keys in files or in tokens.
//
//	ztp-signctl sign --key=keys/isk.pem --in=envelope-2026-Q3.json --out=envelope-2026-Q3.signed.json
//	ztp-signctl sign --key='pkcs11:token=isk;object=isk-2026?pin-source=file:/run/pin' --certificate=isk.cert.json --in=… --out=…
//	ztp-signctl verify --in=envelope-2026-Q3.signed.json --trust=trust.json --bench=bench-7
//	ztp-signctl fingerprint --key=keys/isk.pem
//	ztp-signctl certify --key=… --in=isk.cert-request.json --out=isk.cert.json
//
// Exit status: 0 it holds or was done, 1 it does not hold, 2 wrong usage, 3 it could not be done or checked. With --json one canonical
// JSON document goes to standard output; words go to standard error. All of the work is done by libztp: what is signed here verifies
// in Rust, C, Go, Node and the command `ztp` alike. It is built with -tags ztp_signer, over an issuer's libztp.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	ztp "github.com/ztp-prem/ztp/bindings/go"
)

// Exit statuses, the same as those of every command of the project.
const (
	holds     = 0
	finding   = 1
	usage     = 2
	unchecked = 3
)

// fileBytesMax is the largest file that is read: above any limit of libztp, whose own refusal says more.
const fileBytesMax = 64 << 20

const help = `usage: ztp-signctl COMMAND [FLAGS]

  sign         sign a licence: --key=KEY --in=FILE --out=FILE [--certificate=FILE [--revocation=FILE] [--root=FILE]...]
  verify       verify an envelope: --in=FILE --trust=FILE [--bench=ID] [--now=TIME]
  fingerprint  print the key id of a key: --key=KEY
  certify      sign a certificate, root or revocation list, or add a signature to one: --key=KEY --in=FILE --out=FILE

KEY is a PEM file or the URI of a key in a token (pkcs11:token=…;object=…?pin-source=file:…).
Every command takes --json. Exit status: 0 it holds or was done; 1 it does not hold; 2 wrong usage; 3 could not be done or checked.
`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// command is one invocation: where it prints, and how.
type command struct {
	out, err io.Writer
	json     bool
}

// run carries out a command line and returns the exit status.
func run(args []string, out, errs io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(errs, help)
		return usage
	}
	commands := map[string]func(*command, []string) error{
		"sign": sign, "verify": verify, "fingerprint": fingerprint, "certify": certify,
	}
	switch args[0] {
	case "-h", "-help", "--help", "help":
		fmt.Fprint(out, help)
		return holds
	}
	do, known := commands[args[0]]
	if !known {
		fmt.Fprintf(errs, "ztp-signctl: there is no command %q\n%s", args[0], help)
		return usage
	}
	c := &command{out: out, err: errs}
	return c.finish(do(c, args[1:]))
}

// usageError is a command line that cannot be carried out.
type usageError struct{ reason string }

func (e usageError) Error() string { return e.reason }

// refused is a thing that was examined and does not hold; the document says why.
type refused struct{ failure *ztp.Error }

func (e refused) Error() string { return e.failure.Error() }

// finish prints an error and gives the exit status.
func (c *command) finish(err error) int {
	var wrong usageError
	var no refused
	var failure *ztp.Error
	switch {
	case err == nil:
		return holds
	case errors.As(err, &wrong):
		fmt.Fprintf(c.err, "ztp-signctl: %s\n", wrong.reason)
		return usage
	case errors.As(err, &no):
		c.explain(no.failure)
		return finding
	case errors.As(err, &failure):
		c.explain(failure)
		return unchecked
	default:
		fmt.Fprintf(c.err, "ztp-signctl: %v\n", err)
		return unchecked
	}
}

// explain prints why something does not hold: every check that failed, with its place.
func (c *command) explain(failure *ztp.Error) {
	if c.json {
		fmt.Fprintf(c.out, "%s\n", failure.Document)
	}
	var document struct {
		Message string
		Offset  *int64
		Checks  []struct {
			Check, Result, Code, Message, Where string
			Offset                              *int64
		}
	}
	_ = json.Unmarshal(failure.Document, &document) // a document of another shape leaves the code to speak
	fmt.Fprintf(c.err, "ztp-signctl: %s", failure.Code)
	if document.Message != "" {
		fmt.Fprintf(c.err, ": %s", printable(document.Message))
	}
	if document.Offset != nil && !strings.Contains(document.Message, "byte") {
		fmt.Fprintf(c.err, " (byte %d)", *document.Offset)
	}
	fmt.Fprintln(c.err)
	for _, check := range document.Checks {
		if check.Result != "fail" {
			continue
		}
		fmt.Fprintf(c.err, "  %s: %s (%s)", check.Check, printable(check.Message), check.Code)
		if check.Offset != nil {
			fmt.Fprintf(c.err, " at byte %d", *check.Offset)
		}
		fmt.Fprintln(c.err)
	}
}

// flags makes the flag set of a command; Go's flags may be written with one dash or two.
func (c *command) flags(name string) *flag.FlagSet {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.BoolVar(&c.json, "json", false, "print one canonical JSON document on standard output")
	return set
}

// parse reads the flags; those named must be given, and nothing may be left over.
func parse(set *flag.FlagSet, args []string, required ...string) error {
	if err := set.Parse(args); err != nil {
		return usageError{fmt.Sprintf("%s: %v", set.Name(), err)}
	}
	if set.NArg() > 0 {
		return usageError{fmt.Sprintf("%s: %q is no flag; write --name=value", set.Name(), set.Arg(0))}
	}
	for _, name := range required {
		if set.Lookup(name).Value.String() == "" {
			return usageError{fmt.Sprintf("%s: --%s is missing", set.Name(), name)}
		}
	}
	return nil
}

// report prints a result: the document, or the words.
func (c *command) report(document map[string]interface{}, words string) error {
	if !c.json {
		_, err := io.WriteString(c.out, words)
		return err
	}
	spelled, err := json.Marshal(document)
	if err != nil {
		return err
	}
	canonical, err := ztp.CanonicalEncode(spelled)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "%s\n", canonical)
	return err
}

// read reads a whole file that is not larger than any document.
func read(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, fileBytesMax+1))
	if err == nil && len(content) > fileBytesMax {
		err = fmt.Errorf("%s is larger than %d bytes", path, fileBytesMax)
	}
	return content, err
}

// write puts a file in place as a whole: a reader sees the old one or the new one, also after a crash.
func write(path string, content []byte) error {
	aside, err := os.CreateTemp(filepath.Dir(path), ".ztp-signctl-*")
	if err != nil {
		return err
	}
	defer os.Remove(aside.Name()) // after the rename there is nothing of that name
	_, err = aside.Write(content)
	if err == nil {
		err = aside.Chmod(0o644)
	}
	if err == nil {
		err = aside.Sync()
	}
	if closed := aside.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(aside.Name(), path)
}

// key gives a key as libztp takes it: the URI itself, or the file's text. The text is overwritten by the caller when it is used up.
func (c *command) key(given string) ([]byte, error) {
	if strings.HasPrefix(given, "pkcs11:") {
		return []byte(given), nil
	}
	info, err := os.Stat(given)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		fmt.Fprintf(c.err, "ztp-signctl: warning: others than the owner may read %s (mode %04o)\n", given, info.Mode().Perm())
	}
	return read(given)
}

// wipe overwrites a secret. The copies that Go or libztp made are theirs to erase.
func wipe(secret []byte) {
	for i := range secret {
		secret[i] = 0
	}
}

// printable makes text from a document safe for a terminal.
func printable(text string) string {
	quoted := fmt.Sprintf("%+q", text)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// schemaOf names the format of a document, in any spelling; empty for what is no object with a schema.
func schemaOf(document []byte) string {
	var head struct{ Schema string }
	decoder := json.NewDecoder(bytes.NewReader(document))
	if decoder.Decode(&head) != nil {
		return ""
	}
	return head.Schema
}
