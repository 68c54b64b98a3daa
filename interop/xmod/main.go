// Command xmod checks a record, its proof and the checkpoints of a ZTP audit log with nothing of ZTP:
// notes and tree are verified by golang.org/x/mod/sumdb/note and golang.org/x/mod/sumdb/tlog.
//
//	xmod CHECKPOINT VKEYS PROOF RECORD [OLDCHECKPOINT CONSISTENCY]
//
// VKEYS holds one C2SP verifier key a line: the keys of the epochs that signed the checkpoints. RECORD is one
// line of the log. It exits with 0 if everything holds, 1 if something does not, 2 on wrong usage and 3 if a
// file cannot be read.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type checkpoint struct {
	origin string
	size   int64
	root   tlog.Hash
}

// refuse ends the program: what was given does not hold.
func refuse(format string, args ...interface{}) {
	fmt.Fprintf(os.Stderr, "xmod: refused: "+format+"\n", args...)
	os.Exit(1)
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	if err != nil {
		fmt.Fprintf(os.Stderr, "xmod: %v\n", err)
		os.Exit(3)
	}
	return data
}

func verifiers(path string) note.Verifiers {
	var list []note.Verifier
	for _, line := range strings.Fields(string(read(path))) {
		verifier, err := note.NewVerifier(line)
		if err != nil {
			refuse("verifier key %s: %v", line, err)
		}
		list = append(list, verifier)
	}
	return note.VerifierList(list...)
}

// number reads the one decimal form of a size or index.
func number(digits string) int64 {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != digits {
		refuse("%q is no size or index", digits)
	}
	return n
}

func hash(line string) tlog.Hash {
	raw, err := base64.StdEncoding.Strict().DecodeString(line)
	if err != nil || len(raw) != sha256.Size {
		refuse("%q is no hash", line)
	}
	return tlog.Hash(*(*[sha256.Size]byte)(raw))
}

// open verifies a checkpoint note and reads its three lines.
func open(msg []byte, known note.Verifiers) checkpoint {
	opened, err := note.Open(msg, known)
	if err != nil {
		refuse("checkpoint note: %v", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] == "" || lines[3] != "" {
		refuse("checkpoint text does not have three lines")
	}
	if opened.Sigs[0].Name != lines[0] {
		refuse("checkpoint of %s is signed as %s", lines[0], opened.Sigs[0].Name)
	}
	return checkpoint{lines[0], number(lines[1]), hash(lines[2])}
}

// split cuts a proof file into the lines before its first empty line and the note after it.
func split(path string) ([]string, []byte) {
	head, msg, found := bytes.Cut(read(path), []byte("\n\n"))
	if !found {
		refuse("%s has no checkpoint", path)
	}
	return strings.Split(string(head), "\n"), msg
}

func hashes(lines []string) []tlog.Hash {
	var path []tlog.Hash
	for _, line := range lines {
		path = append(path, hash(line))
	}
	return path
}

// record computes the hash of a record: SHA-256 of its line without the hash member and the line feed.
func record(path string) (seq int64, leaf tlog.Hash) {
	line := bytes.TrimSuffix(read(path), []byte("\n"))
	var members struct {
		Hash string `json:"hash"`
		Seq  int64  `json:"seq"`
	}
	if err := json.Unmarshal(line, &members); err != nil {
		refuse("record: %v", err)
	}
	// No member that sorts before "hash" can hold a quotation mark, so the first match is the member itself.
	member := []byte(`"hash":"` + members.Hash + `",`)
	before, after, found := bytes.Cut(line, member)
	if !found {
		refuse("record has no hash member in canonical form")
	}
	sum := sha256.Sum256(append(append([]byte{}, before...), after...))
	if hex.EncodeToString(sum[:]) != members.Hash {
		refuse("record %d hashes to %x, its hash member says %s", members.Seq, sum, members.Hash)
	}
	return members.Seq, tlog.RecordHash(sum[:])
}

func main() {
	if len(os.Args) != 5 && len(os.Args) != 7 {
		fmt.Fprintln(os.Stderr, "usage: xmod CHECKPOINT VKEYS PROOF RECORD [OLDCHECKPOINT CONSISTENCY]")
		os.Exit(2)
	}
	note1 := read(os.Args[1])
	known := verifiers(os.Args[2])
	head := open(note1, known)

	lines, inner := split(os.Args[3])
	if !bytes.Equal(inner, note1) {
		refuse("the proof is for another checkpoint")
	}
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		refuse("%s does not begin like a tlog-proof", os.Args[3])
	}
	index := number(strings.TrimPrefix(lines[1], "index "))
	seq, leaf := record(os.Args[4])
	if seq != index {
		refuse("the proof is for record %d, not %d", index, seq)
	}
	if err := tlog.CheckRecord(hashes(lines[2:]), head.size, head.root, index, leaf); err != nil {
		refuse("inclusion: %v", err)
	}
	fmt.Printf("record %d is in %s at size %d\n", index, head.origin, head.size)
	if len(os.Args) == 5 {
		return
	}

	old := open(read(os.Args[5]), known)
	lines, inner = split(os.Args[6])
	if !bytes.Equal(inner, note1) {
		refuse("the consistency proof ends at another checkpoint")
	}
	if lines[0] != fmt.Sprintf("old %d", old.size) || old.origin != head.origin {
		refuse("the consistency proof starts at another checkpoint")
	}
	if err := tlog.CheckTree(hashes(lines[1:]), head.size, head.root, old.size, old.root); err != nil {
		refuse("consistency: %v", err)
	}
	fmt.Printf("size %d extends size %d\n", head.size, old.size)
}
