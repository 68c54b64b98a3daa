package ztp

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"
)

func TestProofIsCheckedWithoutTheLog(t *testing.T) {
	dir := sealedLog(t, 5)
	lines := bytes.SplitAfter(recordsOf(t, dir), []byte("\n"))
	made, err := AuditProve(dir, []byte(`{"seq":2}`))
	if err != nil {
		t.Fatal(err)
	}
	members := document(t, made)
	proof, vkey := []byte(members["proof"].(string)), members["vkey"].(string)
	proven, err := AuditCheckProof(proof, lines[2], vkey)
	if err != nil || document(t, proven)["seq"] != 2.0 {
		t.Fatalf("%s %v", proven, err)
	}
	_, err = AuditCheckProof(proof, lines[3], vkey)
	wantFailure(t, err, ErrProofRootMismatch, -1)
}

func TestProofIsHeldAgainstTheCheckpointThatWasKept(t *testing.T) {
	dir := sealedLog(t, 3)
	lines := bytes.SplitAfter(recordsOf(t, dir), []byte("\n"))
	head := func() string {
		t.Helper()
		found, err := AuditHead(dir)
		if err != nil {
			t.Fatal(err)
		}
		return document(t, found)["checkpoint"].(string)
	}
	kept := head()
	// Not before the seal that the log ends in: a clock that was set back seals at once.
	if _, err := AuditAppend(dir, []byte(login), now.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := AuditSeal(dir, now.Add(2*time.Second)); err != nil {
		t.Fatal(err)
	}
	made, err := AuditProve(dir, []byte(`{"seq":2,"size":7}`))
	if err != nil {
		t.Fatal(err)
	}
	between, err := AuditProveConsistency(dir, []byte(`{"old_size":5}`))
	if err != nil {
		t.Fatal(err)
	}
	proof, joined := []byte(document(t, made)["proof"].(string)), document(t, between)["proof"].(string)
	against := func(members map[string]string) ([]byte, error) {
		t.Helper()
		given, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		return AuditCheckProof(proof, lines[2], string(given))
	}
	proven, err := against(map[string]string{"head": kept, "consistency": joined})
	if err != nil || document(t, proven)["size"] != 5.0 {
		t.Fatalf("%s %v", proven, err)
	}
	proven, err = against(map[string]string{"head": head()})
	if err != nil || document(t, proven)["size"] != 7.0 {
		t.Fatalf("%s %v", proven, err)
	}
	_, err = against(map[string]string{"head": kept})
	wantFailure(t, err, ErrProofFileOtherCheckpoint, -1)
	_, err = against(map[string]string{"head": "\ufeff" + kept, "consistency": joined})
	wantFailure(t, err, ErrByteOrderMark, 0)
}

func TestConsistencyProofIsCheckedWithoutTheLog(t *testing.T) {
	dir := sealedLog(t, 2)
	first, err := AuditHead(dir)
	if err != nil {
		t.Fatal(err)
	}
	old, err := AuditProve(dir, []byte(`{"seq":1}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := AuditAppend(dir, []byte(login), now); err != nil {
		t.Fatal(err)
	}
	if _, err := AuditSeal(dir, now); err != nil {
		t.Fatal(err)
	}
	made, err := AuditProveConsistency(dir, []byte(`{"old_size":4}`))
	if err != nil {
		t.Fatal(err)
	}
	members := document(t, made)
	checkpoint := []byte(document(t, first)["checkpoint"].(string))
	vkeyOld, vkeyNew := document(t, old)["vkey"].(string), members["vkey"].(string)
	extended, err := AuditCheckConsistency([]byte(members["proof"].(string)), checkpoint, vkeyOld, vkeyNew)
	if err != nil || document(t, extended)["old_size"] != 4.0 {
		t.Fatalf("%s %v", extended, err)
	}
	_, err = AuditCheckConsistency([]byte(members["proof"].(string)), checkpoint, vkeyNew, vkeyNew)
	if !errors.Is(err, ErrNoteUnverified) {
		t.Fatal(err)
	}
}
