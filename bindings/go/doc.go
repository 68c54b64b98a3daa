// Package ztp verifies and writes ZTP's sealed audit logs and signed licences, with the same verdicts, bytes and error codes
// as the Rust, C and Node interfaces: it only translates calls to libztp.
//
// An operation returns a document (canonical JSON, or raw bytes where its comment says so) and an error. The error is nil only
// if what was asked holds. A negative verdict is an *Error that carries the verdict:
//
//	verdict, err := ztp.AuditVerify(ctx, "/data/audit", []byte(`{"vkey":"..."}`), nil)
//	switch {
//	case err == nil: // intact; verdict says on which anchors that rests
//	case errors.Is(err, ztp.ErrAuditBroken): // verdict has the first break
//	case errors.Is(err, ztp.ErrAuditUnanchored): // holds, but nothing outside the copy vouches for it
//	default: // could not be checked
//	}
//
// Times are passed in; the package never reads the clock. Nothing passed in is kept after a call.
//
// # Linking
//
// The package holds ztp.h and links the libztp that pkg-config finds. With the build tag ztp_checkout it links
// ../../target/release/libztp.a of the source tree instead (cargo build --release -p ztp-c).
package ztp
