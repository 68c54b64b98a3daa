// Command conformance runs conformance cases through the Go package.
//
// Standard input has one case a line, "id TAB op TAB arg TAB arg ...": each argument is base64 of its bytes, an integer of its
// decimal digits. Standard output gets one line a case, "id TAB status name TAB hex SHA-256 of the document".
package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	ztp "github.com/ztp-prem/ztp/bindings/go"
)

type operation struct {
	args int
	call func(a []argument) ([]byte, error)
}

type argument []byte

func (a argument) text() string { return string(a) }

func (a argument) time() time.Time {
	ms, err := strconv.ParseInt(string(a), 10, 64)
	if err != nil {
		panic(err)
	}
	return time.UnixMilli(ms)
}

// check turns an operation without a document into one whose document is that of its failure.
func check(err error) ([]byte, error) {
	var failure *ztp.Error
	if errors.As(err, &failure) {
		return failure.Document, err
	}
	return nil, err
}

var operations = map[string]operation{
	"canonical_encode": {1, func(a []argument) ([]byte, error) { return ztp.CanonicalEncode(a[0]) }},
	"canonical_check":  {1, func(a []argument) ([]byte, error) { return check(ztp.CanonicalCheck(a[0])) }},
	"signature_verify": {4, func(a []argument) ([]byte, error) {
		return check(ztp.SignatureVerify(a[0].text(), a[1], a[2], a[3]))
	}},
	"record_hash":   {1, func(a []argument) ([]byte, error) { return ztp.RecordHash(a[0]) }},
	"keys_generate": {2, func(a []argument) ([]byte, error) { return ztp.KeysGenerate(a[0], a[1].text()) }},
	"audit_init":    {3, func(a []argument) ([]byte, error) { return ztp.AuditInit(a[0].text(), a[1], a[2].time()) }},
	"audit_append":  {4, func(a []argument) ([]byte, error) { return ztp.AuditAppend(a[0].text(), a[1], a[3].time(), a[2]) }},
	"audit_seal":    {3, func(a []argument) ([]byte, error) { return ztp.AuditSeal(a[0].text(), a[2].time(), a[1]) }},
	"audit_head":    {1, func(a []argument) ([]byte, error) { return ztp.AuditHead(a[0].text()) }},
	"audit_verify": {2, func(a []argument) ([]byte, error) {
		return ztp.AuditVerify(context.Background(), a[0].text(), a[1], nil)
	}},
	"audit_copy": {3, func(a []argument) ([]byte, error) {
		return ztp.AuditCopy(context.Background(), a[0].text(), a[1].text(), a[2], nil)
	}},
	"audit_prove": {2, func(a []argument) ([]byte, error) { return ztp.AuditProve(a[0].text(), a[1]) }},
	"audit_prove_consistency": {2, func(a []argument) ([]byte, error) {
		return ztp.AuditProveConsistency(a[0].text(), a[1])
	}},
	"audit_check_proof": {3, func(a []argument) ([]byte, error) {
		return ztp.AuditCheckProof(a[0], a[1], a[2].text())
	}},
	"audit_check_consistency": {4, func(a []argument) ([]byte, error) {
		return ztp.AuditCheckConsistency(a[0], a[1], a[2].text(), a[3].text())
	}},
	"correlate": {3, func(a []argument) ([]byte, error) {
		return ztp.Correlate(context.Background(), a[0].text(), a[1].text(), a[2], nil)
	}},
	"correlate_streams": {3, func(a []argument) ([]byte, error) { return ztp.CorrelateStreams(a[0], a[1], a[2]) }},
	"correlate_events":  {1, func(a []argument) ([]byte, error) { return ztp.CorrelateEvents(a[0]) }},
	"anomaly_report": {2, func(a []argument) ([]byte, error) {
		return ztp.AnomalyReport(context.Background(), a[0].text(), a[1], nil)
	}},
	"anomaly_replay": {2, func(a []argument) ([]byte, error) {
		return ztp.AnomalyReplay(context.Background(), a[0].text(), a[1], nil)
	}},
	"anomaly_explain": {2, func(a []argument) ([]byte, error) {
		return ztp.AnomalyExplain(context.Background(), a[0].text(), a[1], nil)
	}},
	"anomaly_pending": {2, func(a []argument) ([]byte, error) {
		return ztp.AnomalyPending(context.Background(), a[0].text(), a[1], nil)
	}},
	"anomaly_fold": {2, func(a []argument) ([]byte, error) { return ztp.AnomalyFold(a[0], a[1]) }},
	"anomaly_try":  {2, func(a []argument) ([]byte, error) { return ztp.AnomalyTry(a[0], a[1]) }},
	"licence_verify": {4, func(a []argument) ([]byte, error) {
		return ztp.LicenceVerify(a[0], a[1], a[2].time(), a[3].text())
	}},
	"licence_inspect": {1, func(a []argument) ([]byte, error) { return ztp.LicenceInspect(a[0]) }},
	"custody_verify": {4, func(a []argument) ([]byte, error) {
		return ztp.CustodyVerify(a[0], a[1], a[2], a[3].time())
	}},
	"licence_seen": {3, func(a []argument) ([]byte, error) {
		return ztp.LicenceSeen(context.Background(), a[0].text(), a[1].text(), a[2], nil)
	}},
	"licence_decide": {5, func(a []argument) ([]byte, error) {
		return ztp.LicenceDecide(a[0], a[1].text(), a[2].text(), a[3].time(), a[4].text())
	}},
	"licence_ingest": {4, func(a []argument) ([]byte, error) {
		return ztp.LicenceIngest(a[0].text(), a[1].text(), a[2], a[3].time())
	}},
	"licence_ingest_envelope": {5, func(a []argument) ([]byte, error) {
		return ztp.LicenceIngestEnvelope(a[0], a[1].text(), a[2].text(), a[3], a[4].time())
	}},
	"vault_verify": {2, func(a []argument) ([]byte, error) {
		return ztp.VaultVerify(context.Background(), a[0].text(), a[1], nil)
	}},
	"vault_init": {4, func(a []argument) ([]byte, error) {
		return ztp.VaultInit(a[0].text(), a[1], a[2].text(), a[3].time())
	}},
	"vault_status": {3, func(a []argument) ([]byte, error) {
		return ztp.VaultStatus(a[0].text(), a[1], a[2].time())
	}},
	"vault_mint": {6, func(a []argument) ([]byte, error) {
		return ztp.VaultMint(a[0].text(), a[1], a[2].text(), a[3], a[4].text(), a[5].time())
	}},
	"vault_spend": {5, func(a []argument) ([]byte, error) {
		return ztp.VaultSpend(a[0].text(), a[1], a[2], a[3].text(), a[4].time())
	}},
	"vault_history": {2, func(a []argument) ([]byte, error) {
		return ztp.VaultHistory(a[0].text(), a[1])
	}},
	"vault_verify_fork": {3, func(a []argument) ([]byte, error) {
		return ztp.VaultVerifyFork(a[0], a[1], a[2].text())
	}},
	"vault_check_fork": {2, func(a []argument) ([]byte, error) {
		return ztp.VaultCheckFork(a[0], a[1].text())
	}},
	"vault_request": {4, func(a []argument) ([]byte, error) {
		return ztp.VaultRequest(a[0].text(), a[1], a[2].text(), a[3].time())
	}},
	"vault_reconcile": {3, func(a []argument) ([]byte, error) {
		return ztp.VaultReconcile(a[0], a[1], a[2].text())
	}},
	"vault_reanchor": {4, func(a []argument) ([]byte, error) {
		return ztp.VaultReanchor(a[0].text(), a[1], a[2].text(), a[3].time())
	}},
	"vault_simulate": {1, func(a []argument) ([]byte, error) {
		return ztp.VaultSimulate(a[0])
	}},
	"custody_transcript": {3, func(a []argument) ([]byte, error) {
		return ztp.CustodyTranscript(a[0], a[1], a[2])
	}},
	"dlp_scan": {4, func(a []argument) ([]byte, error) {
		return ztp.DlpScan(a[0], a[1], a[2], a[3].time())
	}},
	"dlp_rules":   {1, func(a []argument) ([]byte, error) { return ztp.DlpRules(a[0]) }},
	"dlp_test":    {1, func(a []argument) ([]byte, error) { return ztp.DlpTest(a[0]) }},
	"version":     {0, func([]argument) ([]byte, error) { return ztp.Version() }},
	"error_codes": {0, func([]argument) ([]byte, error) { return ztp.ErrorCodes() }},
}

func run(line string) (string, error) {
	fields := strings.Split(line, "\t")
	if len(fields) < 2 {
		return "", fmt.Errorf("%q is no case", line)
	}
	id, name := fields[0], fields[1]
	op, known := operations[name]
	if !strings.HasPrefix(name, "fs_") && (!known || op.args != len(fields)-2) {
		return "", fmt.Errorf("%s: no operation %s with %d arguments", id, name, len(fields)-2)
	}
	arguments := make([]argument, len(fields)-2)
	for i, text := range fields[2:] {
		bytes, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil {
			return "", fmt.Errorf("%s: argument %d: %w", id, i+1, err)
		}
		arguments[i] = bytes
	}
	if staged, err := step(name, arguments); err != nil {
		return "", fmt.Errorf("%s: %w", id, err)
	} else if staged {
		return fmt.Sprintf("%s\tok\t%x", id, sha256.Sum256(nil)), nil
	}
	document, err := op.call(arguments)
	status := "ok"
	var failure *ztp.Error
	if errors.As(err, &failure) {
		status = failure.Code
	} else if err != nil {
		return "", fmt.Errorf("%s: %w", id, err)
	}
	return fmt.Sprintf("%s\t%s\t%x", id, status, sha256.Sum256(document)), nil
}

func runAll(in io.Reader, out io.Writer) error {
	lines := bufio.NewReader(in)
	for {
		line, readErr := lines.ReadString('\n')
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			result, err := run(line)
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintln(out, result); err != nil {
				return err
			}
		}
		if readErr == io.EOF {
			return nil
		}
		if readErr != nil {
			return readErr
		}
	}
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	err := runAll(os.Stdin, out)
	if flushErr := out.Flush(); err == nil {
		err = flushErr
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}
