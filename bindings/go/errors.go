package ztp

import "encoding/json"

// Error is a negative verdict or a failure.
type Error struct {
	// Code is the stable name, such as "audit_broken" (docs/error-codes.md).
	Code string
	// Status is the code's number.
	Status uint32
	// Document is the verdict, or {"code","message","offset"?,"schema":"ztp.error/1"}.
	Document []byte

	cause error
}

// Error gives the code and, for a failure, the message.
func (e *Error) Error() string {
	var failure struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(e.Document, &failure) != nil || failure.Message == "" {
		return "ztp: " + e.Code
	}
	return "ztp: " + e.Code + ": " + failure.Message
}

// Is tells whether target is an *Error with the same code, so that errors.Is(err, ztp.ErrAuditBroken) works.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Code == e.Code
}

// Unwrap gives the reason of a cancelled context, if that ended the operation.
func (e *Error) Unwrap() error { return e.cause }
