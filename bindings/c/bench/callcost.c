/* Measures one call: callcost DIR CALLS ROUNDS, where DIR has the inputs that the Rust program of the same name wrote.
 * Prints "operation TAB nanoseconds", the best of ROUNDS rounds of CALLS calls. */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ztp.h>

typedef struct {
    uint8_t *data;
    size_t len;
} Input;

static Input document, record, key, signature;

static Input input(const char *dir, const char *name) {
    char path[4096];
    Input in = {malloc(1 << 16), 0};
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL || in.data == NULL) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    in.len = fread(in.data, 1, 1 << 16, file);
    fclose(file);
    return in;
}

static ZtpStatus canonical_check(ZtpBytes *out) { return ztp_canonical_check(document.data, document.len, out); }
static ZtpStatus record_hash(ZtpBytes *out) { return ztp_record_hash(record.data, record.len, out); }
static ZtpStatus signature_verify(ZtpBytes *out) {
    return ztp_signature_verify((const uint8_t *)"ed25519", 7, key.data, key.len, document.data, document.len, signature.data,
                                signature.len, out);
}

static char log_dir[4096];
static ZtpStatus audit_verify(ZtpBytes *out) {
    return ztp_audit_verify((const uint8_t *)log_dir, strlen(log_dir), (const uint8_t *)"{\"require\":[]}", 14, NULL, out);
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void measure(const char *name, long calls, long rounds, ZtpStatus (*call)(ZtpBytes *out)) {
    double best = 1e9;
    for (long round = 0; round < rounds; round++) {
        double start = seconds();
        for (long i = 0; i < calls; i++) {
            ZtpBytes out;
            ZtpStatus status = call(&out);
            if (status != ZTP_STATUS_OK) {
                fprintf(stderr, "%s refused its input: %s\n", name, ztp_status_name(status));
                exit(1);
            }
            ztp_bytes_free(&out);
        }
        double each = (seconds() - start) / (double)calls;
        best = each < best ? each : best;
    }
    printf("%s\t%.1f\n", name, best * 1e9);
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: %s DIR CALLS ROUNDS\n", argv[0]);
        return 2;
    }
    long calls = strtol(argv[2], NULL, 10), rounds = strtol(argv[3], NULL, 10);
    document = input(argv[1], "document");
    record = input(argv[1], "record");
    key = input(argv[1], "key");
    signature = input(argv[1], "signature");
    measure("canonical_check", calls, rounds, canonical_check);
    measure("record_hash", calls, rounds, record_hash);
    measure("signature_verify", calls / 20, rounds, signature_verify);
    snprintf(log_dir, sizeof log_dir, "%s/log", argv[1]);
    measure("audit_verify, log", 1, 25, audit_verify);
    free(document.data), free(record.data), free(key.data), free(signature.data);
    return 0;
}
