package ztp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"
)

const login = `{"event_class":"operator.login","payload":{"user":"ana"}}` + "\n"

var now = time.Date(2026, 5, 12, 8, 0, 0, 0, time.UTC)

// sealedLog makes a log with that many logins under one seal.
func sealedLog(t *testing.T, logins int) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := AuditInit(dir, []byte(`{"origin":"bench-01.example/audit"}`), now); err != nil {
		t.Fatal(err)
	}
	if _, err := AuditAppend(dir, []byte(strings.Repeat(login, logins)), now); err != nil {
		t.Fatal(err)
	}
	if _, err := AuditSeal(dir, now.Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func segment(dir string) string { return filepath.Join(dir, "segments", "00000000000000000000.jsonl") }

func recordsOf(t *testing.T, dir string) []byte {
	t.Helper()
	records, err := os.ReadFile(segment(dir))
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// nothingRequired asks for no anchor: whether everything holds, whoever made it.
var nothingRequired = []byte(`{"require":[]}`)

func TestLogThatNothingOutsideVouchesForIsAnErrorWithTheVerdict(t *testing.T) {
	dir := sealedLog(t, 3)
	verdict, err := AuditVerify(context.Background(), dir, nil, nil)
	if !errors.Is(err, ErrAuditUnanchored) || document(t, verdict)["status"] != "unanchored" {
		t.Fatalf("%v\n%s", err, verdict)
	}
	required := []byte(`{"require":["pinned_key"]}`)
	if _, err := AuditVerify(context.Background(), dir, required, nil); !errors.Is(err, ErrAnchorBelowRequired) {
		t.Fatal(err)
	}
	wantIntact(t, dir)
}

func wantIntact(t *testing.T, dir string) {
	t.Helper()
	verdict, err := AuditVerify(context.Background(), dir, nothingRequired, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, verdict)
	}
	if members := document(t, verdict); members["status"] != "intact" {
		t.Fatalf("%s", verdict)
	}
}

func TestChangedByteGivesTheSentinelAndTheVerdict(t *testing.T) {
	dir := sealedLog(t, 3)
	wantIntact(t, dir)
	records, err := os.ReadFile(segment(dir))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(segment(dir), bytes.Replace(records, []byte("ana"), []byte("bob"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	verdict, err := AuditVerify(context.Background(), dir, nil, nil)
	if !errors.Is(err, ErrAuditBroken) {
		t.Fatal(err)
	}
	var failure *Error
	if !errors.As(err, &failure) || !bytes.Equal(failure.Document, verdict) {
		t.Fatal("the error does not carry the verdict")
	}
	var broken struct {
		Breaks []struct {
			Kind string
			Seq  int
		}
	}
	if err := json.Unmarshal(verdict, &broken); err != nil {
		t.Fatal(err)
	}
	if len(broken.Breaks) == 0 || broken.Breaks[0].Kind != "hash_mismatch" || broken.Breaks[0].Seq != 1 {
		t.Fatalf("%s", verdict)
	}
}

func TestPathsThatNameNoLogAreToldApart(t *testing.T) {
	verify := func(dir string) error {
		_, err := AuditVerify(context.Background(), dir, nil, nil)
		return err
	}
	wantFailure(t, verify(""), ErrPathInvalid, 0)
	wantFailure(t, verify("a\x00b"), ErrPathInvalid, 1)
	wantFailure(t, verify("\xff"), ErrPathInvalid, 0)
	wantFailure(t, verify(t.TempDir()), ErrLogNotFound, -1)
	_, err := OpenAuditLog(t.TempDir(), now)
	wantFailure(t, err, ErrLogNotFound, -1)
}

func TestCancelledContextEndsTheVerificationWithBothReasons(t *testing.T) {
	dir := sealedLog(t, 3)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := AuditVerify(ctx, dir, nil, nil)
	if !errors.Is(err, ErrCancelled) || !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	ctx, cancel = context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancel()
	if _, err := AuditVerify(ctx, dir, nil, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
}

// A context that ends while the verification runs either ends it or comes too late; the watcher must be gone in both cases.
func TestCancellingAtAnyMomentLeavesNoWatcherBehind(t *testing.T) {
	dir := sealedLog(t, 2000)
	before := runtime.NumGoroutine()
	for delay := time.Duration(0); delay < 2*time.Millisecond; delay += 50 * time.Microsecond {
		ctx, cancel := context.WithTimeout(context.Background(), delay)
		verdict, err := AuditVerify(ctx, dir, nothingRequired, func(Progress) {})
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("%v\n%s", err, verdict)
		}
	}
	for i := 0; runtime.NumGoroutine() > before; i++ {
		if i == 100 {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestReportEndsWithAllBytes(t *testing.T) {
	dir := sealedLog(t, 100)
	var last Progress
	if _, err := AuditVerify(context.Background(), dir, nothingRequired, func(p Progress) { last = p }); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(segment(dir))
	if err != nil {
		t.Fatal(err)
	}
	if size := uint64(info.Size()); last != (Progress{DoneBytes: size, TotalBytes: size}) {
		t.Fatalf("%+v, the log has %d bytes", last, size)
	}
}

func TestStrictAppendRefusesWhatItsReadersWillNotUnderstand(t *testing.T) {
	dir := sealedLog(t, 1)
	free := `{"event_class":"ops-checklist","payload":{"done":true}}` + "\n"
	part := `{"event_class":"admission.decision","payload":{"uid":"u-1"}}` + "\n"
	before := recordsOf(t, dir)
	_, err := AuditAppend(dir, []byte(free+part), now, []byte(`{"strict":true}`))
	wantFailure(t, err, ErrSchemaMissingMember, len(free))
	if !bytes.Equal(before, recordsOf(t, dir)) {
		t.Fatal("something of a refused batch was written")
	}
	appended, err := AuditAppend(dir, []byte(free+part+part), now)
	if err != nil {
		t.Fatal(err)
	}
	malformed := document(t, appended)["malformed"].(map[string]any)
	if malformed["count"] != 2.0 || malformed["line"] != 2.0 {
		t.Fatal(malformed)
	}
	log, err := OpenAuditLog(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	_, err = log.Append([]byte(part), now, []byte(`{"strict":true}`))
	wantFailure(t, err, ErrSchemaMissingMember, 0)
}

func TestHandleWritesSealsAndClosesOnce(t *testing.T) {
	dir := sealedLog(t, 1)
	// Not before the seal that the log ends in: a clock that was set back seals at once.
	now := now.Add(time.Millisecond)
	log, err := OpenAuditLog(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	_, err = OpenAuditLog(dir, now)
	wantFailure(t, err, ErrLogLocked, -1)
	wait := []byte(`{"wait_ms":20}`)
	_, err = OpenAuditLog(dir, now, wait)
	wantFailure(t, err, ErrLogLocked, -1)
	_, err = AuditAppend(dir, []byte(login), now, wait)
	wantFailure(t, err, ErrLogLocked, -1)
	_, err = AuditSeal(dir, now, wait)
	wantFailure(t, err, ErrLogLocked, -1)
	appended, err := log.Append([]byte(login), now)
	if err != nil || document(t, appended)["seq"] != 3.0 {
		t.Fatalf("%s %v", appended, err)
	}
	ticked, err := log.Tick(now.Add(time.Hour))
	if err != nil || document(t, ticked)["sealed"] != true {
		t.Fatalf("%s %v", ticked, err)
	}
	if _, err := log.Seal(now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	head, err := log.Head()
	if err != nil || document(t, head)["size"] != 6.0 {
		t.Fatalf("%s %v", head, err)
	}
	for i := 0; i < 3; i++ {
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := log.Append([]byte(login), now); !errors.Is(err, os.ErrClosed) {
		t.Fatal(err)
	}
	wantIntact(t, dir)
}

func TestCallsAtTheSameTimeAreBusyOrWhole(t *testing.T) {
	dir := sealedLog(t, 1)
	// Not before the seal that the log ends in: a clock that was set back seals at once.
	now := now.Add(time.Millisecond)
	log, err := OpenAuditLog(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	var appended sync.Map
	var group sync.WaitGroup
	for worker := 0; worker < 8; worker++ {
		group.Add(1)
		go func(worker int) {
			defer group.Done()
			count := 0
			for i := 0; i < 25; i++ {
				_, err := log.Append([]byte(login), now)
				if err == nil {
					count++
				} else if !errors.Is(err, ErrBusy) && !errors.Is(err, os.ErrClosed) {
					t.Error(err)
				}
			}
			appended.Store(worker, count)
		}(worker)
	}
	group.Wait()
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	total := 0
	appended.Range(func(_, count any) bool { total += count.(int); return true })
	records, err := os.ReadFile(segment(dir))
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(records, []byte("\n")); total == 0 || lines != total+3 {
		t.Fatalf("%d lines after %d appends", lines, total)
	}
	wantIntact(t, dir)
}

func TestCloseWaitsForARunningCall(t *testing.T) {
	dir := sealedLog(t, 1)
	for i := 0; i < 20; i++ {
		log, err := OpenAuditLog(dir, now)
		if err != nil {
			t.Fatal(err)
		}
		started, done := make(chan struct{}), make(chan error)
		go func() {
			close(started)
			_, err := log.Append([]byte(strings.Repeat(login, 50)), now)
			done <- err
		}()
		<-started
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil && !errors.Is(err, os.ErrClosed) {
			t.Fatal(err)
		}
	}
	wantIntact(t, dir)
}

func TestForgottenHandleGivesItsLockBack(t *testing.T) {
	dir := sealedLog(t, 1)
	func() {
		if _, err := OpenAuditLog(dir, now); err != nil {
			t.Fatal(err)
		}
	}()
	for i := 0; ; i++ {
		runtime.GC()
		log, err := OpenAuditLog(dir, now)
		if err == nil {
			_ = log.Close()
			return
		}
		if i == 200 {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestAppendFromTakesAnyReaderAndStopsAtTheFirstRefusal(t *testing.T) {
	dir := sealedLog(t, 1)
	log, err := OpenAuditLog(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	clock := func() time.Time { return now }
	for _, reader := range []io.Reader{
		strings.NewReader(strings.Repeat(login, 5000)),
		iotest.OneByteReader(strings.NewReader(login + strings.TrimSuffix(login, "\n"))),
		iotest.DataErrReader(strings.NewReader(login)),
	} {
		if _, err := log.AppendFrom(reader, clock); err != nil {
			t.Fatal(err)
		}
	}
	if document, err := log.AppendFrom(strings.NewReader(""), clock); document != nil || err != nil {
		t.Fatal(document, err)
	}
	_, err = log.AppendFrom(strings.NewReader(login+"{]\n"), clock)
	wantFailure(t, err, ErrCanonicalUnexpectedByte, len(login)+1)
	endless := io.MultiReader(strings.NewReader(login), neverEnding('x'))
	if _, err := log.AppendFrom(endless, clock); !errors.Is(err, ErrCanonicalUnexpectedByte) && !errors.Is(err, ErrCanonicalTooLarge) {
		t.Fatal(err)
	}
	broken := errors.New("the pipe broke")
	_, err = log.AppendFrom(io.MultiReader(strings.NewReader(login), iotest.ErrReader(broken)), clock)
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	_ = log.Close()
	records, err := os.ReadFile(segment(dir))
	if err != nil {
		t.Fatal(err)
	}
	if logins := bytes.Count(records, []byte("operator.login")); logins != 1+5000+2+1+1+1 {
		t.Fatalf("%d logins", logins)
	}
	wantIntact(t, dir)
}

type neverEnding byte

func (b neverEnding) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(b)
	}
	return len(p), nil
}

func ExampleAuditVerify() {
	dir, err := os.MkdirTemp("", "ztp-example-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	created := time.Date(2026, 5, 12, 8, 0, 0, 0, time.UTC)
	made, err := AuditInit(dir, []byte(`{"origin":"bench-01.example/audit"}`), created)
	if err != nil {
		panic(err)
	}
	var kept struct{ Vkey string } // goes to the auditor, by a way that does not lead through the bench
	if err := json.Unmarshal(made, &kept); err != nil {
		panic(err)
	}
	if _, err := AuditSeal(dir, created); err != nil {
		panic(err)
	}
	_, err = AuditVerify(context.Background(), dir, []byte(`{"vkey":"`+kept.Vkey+`"}`), nil)
	fmt.Println(err)

	records, _ := os.ReadFile(segment(dir))
	_ = os.WriteFile(segment(dir), bytes.Replace(records, []byte("2026"), []byte("2025"), 1), 0o600)
	_, err = AuditVerify(context.Background(), dir, nil, nil)
	fmt.Println(errors.Is(err, ErrAuditBroken))
	// Output:
	// <nil>
	// true
}
