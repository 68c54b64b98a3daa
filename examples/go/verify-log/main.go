// Command verify-log verifies a sealed audit log and prints the verdict.
//
//	usage: verify-log DIRECTORY [VKEY]
//	exit:  0 the log holds, 1 it does not, 2 wrong usage, 3 it could not be checked,
//	       4 it holds, but nothing outside the copy vouches for it: give the key it started with
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"

	ztp "github.com/ztp-prem/ztp/bindings/go"
)

func main() {
	if len(os.Args) != 2 && len(os.Args) != 3 {
		fmt.Fprintf(os.Stderr, "usage: %s DIRECTORY [VKEY]\n", os.Args[0])
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(verify(ctx, os.Args[1], os.Args[2:]))
}

func verify(ctx context.Context, dir string, keys []string) int {
	var options []byte
	if len(keys) > 0 {
		options, _ = json.Marshal(map[string]string{"vkey": keys[0]}) // a map of strings always has a JSON form
	}
	verdict, err := ztp.AuditVerify(ctx, dir, options, nil)
	if _, printed := fmt.Printf("%s\n", verdict); printed != nil {
		fmt.Fprintln(os.Stderr, "cannot write the verdict:", printed)
		return 3
	}
	switch {
	case err == nil:
		return 0
	case errors.Is(err, ztp.ErrAuditBroken), errors.Is(err, ztp.ErrAuditTruncated),
		errors.Is(err, ztp.ErrAuditForked), errors.Is(err, ztp.ErrAuditRolledBack):
		fmt.Fprintln(os.Stderr, "the log does not hold:", err)
		return 1
	case errors.Is(err, ztp.ErrAuditUnanchored):
		fmt.Fprintln(os.Stderr, "the log holds, but nothing outside this copy vouches for it:", err)
		return 4
	default:
		fmt.Fprintln(os.Stderr, "the log could not be checked:", err)
		return 3
	}
}
