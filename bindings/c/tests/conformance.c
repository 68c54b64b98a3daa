/* Runs conformance cases through the C interface.
 *
 * stdin: one case a line, `id TAB op TAB arg TAB arg ...`; each argument is base64 of its bytes, an integer of its decimal digits.
 * stdout: one line a case, `id TAB status name TAB hex SHA-256 of the document`. */
#define _DEFAULT_SOURCE
#ifndef ZTP_SIGNER
#define ZTP_SIGNER
#endif

#include "digest.h"
#include "stage.h"
#include <errno.h>
#include <ztp.h>

enum { ARGS_MAX = 8 };

typedef struct {
    const char *op;
    int args;
    ZtpStatus (*call)(const Arg *a, ZtpBytes *out);
} Case;

#define B(i) a[i].data, a[i].len

static int64_t integer(Arg arg) {
    char text[32] = {0};
    if (arg.len == 0 || arg.len >= sizeof text) {
        fprintf(stderr, "an integer argument has %zu characters\n", arg.len);
        exit(2);
    }
    memcpy(text, arg.data, arg.len);
    errno = 0;
    char *end;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0') {
        fprintf(stderr, "not a 64-bit integer: %s\n", text);
        exit(2);
    }
    return value;
}

#define CASE(name) static ZtpStatus run_##name(const Arg *a, ZtpBytes *out)
CASE(canonical_encode) { return ztp_canonical_encode(B(0), out); }
CASE(canonical_check) { return ztp_canonical_check(B(0), out); }
CASE(signature_verify) { return ztp_signature_verify(B(0), B(1), B(2), B(3), out); }
CASE(record_hash) { return ztp_record_hash(B(0), out); }
CASE(keys_generate) { return ztp_keys_generate(B(0), B(1), out); }
CASE(audit_init) { return ztp_audit_init(B(0), B(1), integer(a[2]), out); }
CASE(audit_append) { return ztp_audit_append(B(0), B(1), B(2), integer(a[3]), out); }
CASE(audit_seal) { return ztp_audit_seal(B(0), B(1), integer(a[2]), out); }
CASE(audit_head) { return ztp_audit_head(B(0), out); }
CASE(audit_copy) { return ztp_audit_copy(B(0), B(1), B(2), NULL, out); }
CASE(audit_verify) { return ztp_audit_verify(B(0), B(1), NULL, out); }
CASE(audit_prove) { return ztp_audit_prove(B(0), B(1), out); }
CASE(audit_prove_consistency) { return ztp_audit_prove_consistency(B(0), B(1), out); }
CASE(audit_check_proof) { return ztp_audit_check_proof(B(0), B(1), B(2), out); }
CASE(audit_check_consistency) { return ztp_audit_check_consistency(B(0), B(1), B(2), B(3), out); }
CASE(correlate) { return ztp_correlate(B(0), B(1), B(2), NULL, out); }
CASE(correlate_streams) { return ztp_correlate_streams(B(0), B(1), B(2), out); }
CASE(correlate_events) { return ztp_correlate_events(B(0), out); }
CASE(anomaly_report) { return ztp_anomaly_report(B(0), B(1), NULL, out); }
CASE(anomaly_replay) { return ztp_anomaly_replay(B(0), B(1), NULL, out); }
CASE(anomaly_explain) { return ztp_anomaly_explain(B(0), B(1), NULL, out); }
CASE(anomaly_pending) { return ztp_anomaly_pending(B(0), B(1), NULL, out); }
CASE(anomaly_fold) { return ztp_anomaly_fold(B(0), B(1), out); }
CASE(anomaly_try) { return ztp_anomaly_try(B(0), B(1), out); }
CASE(licence_sign) { return ztp_licence_sign(B(0), B(1), out); }
CASE(licence_verify) { return ztp_licence_verify(B(0), B(1), integer(a[2]), B(3), out); }
CASE(licence_inspect) { return ztp_licence_inspect(B(0), out); }
CASE(keys_public) { return ztp_keys_public(B(0), out); }
CASE(custody_verify) { return ztp_custody_verify(B(0), B(1), B(2), integer(a[3]), out); }
CASE(custody_sign) { return ztp_custody_sign(B(0), B(1), out); }
CASE(custody_cosign) { return ztp_custody_cosign(B(0), B(1), out); }
CASE(licence_sign_chained) { return ztp_licence_sign_chained(B(0), B(1), B(2), out); }
CASE(licence_seen) { return ztp_licence_seen(B(0), B(1), B(2), NULL, out); }
CASE(licence_decide) { return ztp_licence_decide(B(0), B(1), B(2), integer(a[3]), B(4), out); }
CASE(licence_ingest) { return ztp_licence_ingest(B(0), B(1), B(2), integer(a[3]), out); }
CASE(licence_ingest_envelope) { return ztp_licence_ingest_envelope(B(0), B(1), B(2), B(3), integer(a[4]), out); }
CASE(vault_verify) { return ztp_vault_verify(B(0), B(1), NULL, out); }
CASE(vault_init) { return ztp_vault_init(B(0), B(1), B(2), integer(a[3]), out); }
CASE(vault_status) { return ztp_vault_status(B(0), B(1), integer(a[2]), out); }
CASE(vault_mint) { return ztp_vault_mint(B(0), B(1), B(2), B(3), B(4), integer(a[5]), out); }
CASE(vault_spend) { return ztp_vault_spend(B(0), B(1), B(2), B(3), integer(a[4]), out); }
CASE(vault_history) { return ztp_vault_history(B(0), B(1), out); }
CASE(vault_verify_fork) { return ztp_vault_verify_fork(B(0), B(1), B(2), out); }
CASE(vault_check_fork) { return ztp_vault_check_fork(B(0), B(1), out); }
CASE(vault_request) { return ztp_vault_request(B(0), B(1), B(2), integer(a[3]), out); }
CASE(vault_reconcile) { return ztp_vault_reconcile(B(0), B(1), B(2), out); }
CASE(vault_reanchor) { return ztp_vault_reanchor(B(0), B(1), B(2), integer(a[3]), out); }
CASE(vault_simulate) { return ztp_vault_simulate(B(0), out); }
CASE(custody_transcript) { return ztp_custody_transcript(B(0), B(1), B(2), out); }
CASE(dlp_scan) { return ztp_dlp_scan(B(0), B(1), B(2), integer(a[3]), out); }
CASE(dlp_rules) { return ztp_dlp_rules(B(0), out); }
CASE(dlp_baseline) { return ztp_dlp_baseline(B(0), B(1), B(2), out); }
CASE(dlp_test) { return ztp_dlp_test(B(0), out); }
CASE(version) { return (void)a, ztp_version(out); }
CASE(error_codes) { return (void)a, ztp_error_codes(out); }

#define ENTRY(name, args) {#name, args, run_##name}
static const Case cases[] = {
    ENTRY(canonical_encode, 1),        ENTRY(canonical_check, 1),   ENTRY(signature_verify, 4), ENTRY(record_hash, 1),
    ENTRY(keys_generate, 2),           ENTRY(audit_init, 3),        ENTRY(audit_append, 4),     ENTRY(audit_seal, 3),
    ENTRY(audit_head, 1),              ENTRY(audit_verify, 2),      ENTRY(audit_copy, 3),       ENTRY(audit_prove, 2),
    ENTRY(audit_prove_consistency, 2),
    ENTRY(audit_check_proof, 3),       ENTRY(audit_check_consistency, 4), ENTRY(licence_sign, 2), ENTRY(licence_verify, 4),
    ENTRY(keys_public, 1),
    ENTRY(custody_verify, 4),
    ENTRY(custody_sign, 2),
    ENTRY(custody_cosign, 2),
    ENTRY(dlp_baseline, 3),
    ENTRY(licence_sign_chained, 3),
    ENTRY(licence_seen, 3),
    ENTRY(licence_decide, 5),
    ENTRY(licence_ingest, 4),
    ENTRY(licence_ingest_envelope, 5),
    ENTRY(vault_verify, 2),
    ENTRY(vault_init, 4),
    ENTRY(vault_status, 3),
    ENTRY(vault_mint, 6),
    ENTRY(vault_spend, 5),
    ENTRY(vault_history, 2),
    ENTRY(vault_verify_fork, 3),
    ENTRY(vault_check_fork, 2),
    ENTRY(vault_request, 4),
    ENTRY(vault_reconcile, 3),
    ENTRY(vault_reanchor, 4),
    ENTRY(vault_simulate, 1),
    ENTRY(custody_transcript, 3),
    ENTRY(licence_inspect, 1),         ENTRY(dlp_scan, 4),          ENTRY(dlp_rules, 1),        ENTRY(dlp_test, 1),
    ENTRY(version, 0),                 ENTRY(error_codes, 0),
    ENTRY(correlate, 3),               ENTRY(correlate_streams, 3), ENTRY(correlate_events, 1),
    ENTRY(anomaly_report, 2), ENTRY(anomaly_replay, 2), ENTRY(anomaly_explain, 2),
    ENTRY(anomaly_pending, 2), ENTRY(anomaly_fold, 2), ENTRY(anomaly_try, 2),
};

/* Cuts the next field off a line; NULL when there is none. */
static char *field(char **line) {
    char *start = *line;
    if (start == NULL)
        return NULL;
    char *tab = strchr(start, '\t');
    *line = tab == NULL ? NULL : tab + 1;
    if (tab != NULL)
        *tab = '\0';
    return start;
}

static void run(char *line) {
    char *id = field(&line), *op = field(&line);
    const Case *found = NULL;
    for (size_t i = 0; op != NULL && i < sizeof cases / sizeof *cases; i++)
        if (strcmp(cases[i].op, op) == 0)
            found = &cases[i];
    bool staged = op != NULL && strncmp(op, "fs_", 3) == 0;
    if (found == NULL && !staged) {
        fprintf(stderr, "%s: no such operation: %s\n", id, op == NULL ? "" : op);
        exit(2);
    }
    Arg args[ARGS_MAX] = {{NULL, 0}};
    int count = 0;
    for (char *text = field(&line); text != NULL; text = field(&line), count++) {
        size_t len = base64_decode(text);
        if (count == ARGS_MAX || len == SIZE_MAX) {
            fprintf(stderr, "%s: argument %d is one too many or not base64\n", id, count + 1);
            exit(2);
        }
        /* An allocation of the exact size lets the sanitizer see a read beyond the end; no bytes are a null pointer. */
        args[count].data = len == 0 ? NULL : malloc(len);
        args[count].len = len;
        if (len > 0) {
            if (args[count].data == NULL)
                exit(2);
            memcpy(args[count].data, text, len);
        }
    }
    if (!staged && count != found->args) {
        fprintf(stderr, "%s: %s takes %d arguments, the case has %d\n", id, op, found->args, count);
        exit(2);
    }
    ZtpBytes out = {0};
    char hex[65];
    ZtpStatus status = stage_step(op, args, count) ? ZTP_STATUS_OK : found->call(args, &out);
    sha256_hex(out.data, out.len, hex);
    printf("%s\t%s\t%s\n", id, ztp_status_name(status), hex);
    ztp_bytes_free(&out);
    for (int i = 0; i < count; i++)
        free(args[i].data);
}

int main(void) {
    char *line = NULL;
    size_t capacity = 0;
    ssize_t len;
    while ((len = getline(&line, &capacity, stdin)) > 0) {
        if (line[len - 1] == '\n')
            line[len - 1] = '\0';
        if (line[0] != '\0')
            run(line);
    }
    free(line);
    return 0;
}
