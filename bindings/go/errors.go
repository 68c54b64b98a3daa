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

// Unwrap gives the reason of a cancelled context or the error of the log, if that ended the operation.
func (e *Error) Unwrap() error { return e.cause }

// failure is a failure that this package finds itself, in the form it has everywhere.
func failure(code *Error, message string, cause error) *Error {
	// Members in the order of the canonical form; the messages are ASCII without characters that need an escape.
	document, _ := json.Marshal(struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Schema  string `json:"schema"`
	}{code.Code, message, "ztp.error/1"})
	return &Error{Code: code.Code, Status: code.Status, Document: document, cause: cause}
}
