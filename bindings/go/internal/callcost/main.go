// Command callcost measures one call: callcost DIR CALLS ROUNDS, where DIR has the inputs that the Rust program of the same name
// wrote. It prints "operation TAB nanoseconds", the best of ROUNDS rounds of CALLS calls.
package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"

	ztp "github.com/ztp-prem/ztp/bindings/go"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: callcost DIR CALLS ROUNDS")
		os.Exit(2)
	}
	calls, rounds := number(os.Args[2]), number(os.Args[3])
	document, record, key, signature := input("document"), input("record"), input("key"), input("signature")
	measure("canonical_check", calls, rounds, func() error { return ztp.CanonicalCheck(document) })
	measure("record_hash", calls, rounds, func() error { _, err := ztp.RecordHash(record); return err })
	measure("signature_verify", calls/20, rounds, func() error {
		return ztp.SignatureVerify("ed25519", key, document, signature)
	})
	measure("audit_verify, log", 1, 25, func() error {
		_, err := ztp.AuditVerify(context.Background(), filepath.Join(os.Args[1], "log"), []byte(`{"require":[]}`), nil)
		return err
	})
}

func measure(name string, calls, rounds int, call func() error) {
	best := math.Inf(1)
	for round := 0; round < rounds; round++ {
		start := time.Now()
		for i := 0; i < calls; i++ {
			if err := call(); err != nil {
				fail(err)
			}
		}
		best = math.Min(best, float64(time.Since(start).Nanoseconds())/float64(calls))
	}
	fmt.Printf("%s\t%.1f\n", name, best)
}

func input(name string) []byte {
	bytes, err := os.ReadFile(filepath.Join(os.Args[1], name))
	if err != nil {
		fail(err)
	}
	return bytes
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		fail(err)
	}
	return n
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
