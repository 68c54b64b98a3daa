// What the files of this package share on the C side; included by each cgo preamble.
#ifndef ZTP_GO_CALL_H
#define ZTP_GO_CALL_H
#include <ztp.h>

// Results are returned by value: an out-parameter would cost Go an allocation and a pointer check on every call.
typedef struct ztp_go_result {
	uint8_t *data;
	size_t len;
	ZtpStatus status;
} result;

static inline result give(ZtpBytes out, ZtpStatus status) {
	result r = {out.data, out.len, status};
	return r;
}

#define IN(name) const uint8_t *name, size_t name##_len
#define PASS(name) name, name##_len
#define CALL(function, ...) \
	ZtpBytes out = {NULL, 0}; \
	ZtpStatus status = function(__VA_ARGS__, &out); \
	return give(out, status)

#endif
