/* Uses every function of ztp.h as a C program would: what holds, what does not, and what a caller can get wrong. */
#define _XOPEN_SOURCE 700

#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ztp.h>

static int failures;

#define CHECK(condition)                                                                   \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            failures++;                                                                    \
        }                                                                                  \
    } while (0)

#define TEXT(literal) (const uint8_t *)(literal), sizeof(literal) - 1

static const int64_t NOW_MS = 1778572800000; /* 2026-05-12T08:00:00.000Z */

static char directory[] = "ztp-smoke-XXXXXX"; /* below the working directory */
static size_t directory_len;
#define DIR (const uint8_t *)directory, directory_len

/* Whether the document contains the text; releases the document. */
static int says(ZtpBytes *document, const char *text) {
    size_t len = strlen(text);
    int found = 0;
    for (size_t at = 0; at + len <= document->len && !found; at++)
        found = memcmp(document->data + at, text, len) == 0;
    if (!found)
        fprintf(stderr, "no %s in: %.*s\n", text, (int)document->len, document->data == NULL ? "" : (char *)document->data);
    ztp_bytes_free(document);
    return found;
}

static int is_empty(const ZtpBytes *document) { return document->data == NULL && document->len == 0; }

/* Writes a code point of at most 16 bits as UTF-8. */
static size_t put_utf8(char *to, unsigned long point) {
    if (point < 0x80) {
        to[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        to[0] = (char)(0xc0 | point >> 6), to[1] = (char)(0x80 | (point & 0x3f));
        return 2;
    }
    to[0] = (char)(0xe0 | point >> 12), to[1] = (char)(0x80 | (point >> 6 & 0x3f)), to[2] = (char)(0x80 | (point & 0x3f));
    return 3;
}

/* The string member `name` of a document with its escapes \n and \uXXXX resolved; the caller frees it. */
static char *member(const ZtpBytes *document, const char *name) {
    char pattern[64];
    snprintf(pattern, sizeof pattern, "\"%s\":\"", name);
    char *text = malloc(document->len + 1);
    if (text == NULL || document->data == NULL)
        exit(2);
    memcpy(text, document->data, document->len);
    text[document->len] = '\0';
    char *from = strstr(text, pattern);
    CHECK(from != NULL);
    if (from == NULL)
        return text;
    from += strlen(pattern);
    size_t out = 0;
    while (*from != '"' && *from != '\0') {
        if (from[0] == '\\' && from[1] == 'n') {
            text[out++] = '\n';
            from += 2;
        } else if (from[0] == '\\' && from[1] == 'u') {
            char digits[5] = {from[2], from[3], from[4], from[5], '\0'};
            from += 6;
            out += put_utf8(text + out, strtoul(digits, NULL, 16));
        } else {
            text[out++] = *from++;
        }
    }
    text[out] = '\0';
    return text;
}

static void versions(void) {
    ZtpBytes out;
    CHECK(ztp_abi_version() == ZTP_ABI_VERSION);
    CHECK(ztp_version(&out) == ZTP_STATUS_OK);
    CHECK(says(&out, "\"schema\":\"ztp.version/1\""));
    CHECK(ztp_error_codes(&out) == ZTP_STATUS_OK);
    CHECK(says(&out, "\"name\":\"handle_poisoned\""));
    CHECK(strcmp(ztp_status_name(ZTP_STATUS_OK), "ok") == 0);
    CHECK(strcmp(ztp_status_name(ZTP_STATUS_BUSY), "busy") == 0);
    CHECK(strcmp(ztp_status_name(UINT32_MAX), "unregistered") == 0);
}

static void bytes(void) {
    ztp_bytes_free(NULL);
    ZtpBytes none = {NULL, 0};
    ztp_bytes_free(&none);
    CHECK(is_empty(&none));

    ZtpBytes out;
    CHECK(ztp_canonical_encode(TEXT("[ 1 ]"), &out) == ZTP_STATUS_OK);
    CHECK(out.len == 3 && memcmp(out.data, "[1]", 3) == 0);
    ztp_bytes_free(&out);
    CHECK(is_empty(&out));
    ztp_bytes_free(&out); /* nothing is left to release */

    memset(&out, 0x5a, sizeof out); /* a result slot is written whatever it held */
    CHECK(ztp_canonical_check(TEXT("[1]"), &out) == ZTP_STATUS_OK);
    CHECK(is_empty(&out));
}

static void canonical(void) {
    ZtpBytes out;
    CHECK(ztp_canonical_check(TEXT("{\"a\":1,\"b\":\"\\u0000\"}"), &out) == ZTP_STATUS_OK);
    CHECK(ztp_canonical_check(TEXT("{\"a\": 1}"), &out) != ZTP_STATUS_OK);
    CHECK(says(&out, "\"offset\":5,\"schema\":\"ztp.error/1\""));
    CHECK(ztp_canonical_check(TEXT("{\"a\": 1}"), NULL) != ZTP_STATUS_OK); /* only the status is wanted */

    CHECK(ztp_canonical_encode(NULL, 0, &out) != ZTP_STATUS_OK);
    CHECK(says(&out, "\"offset\":0"));
    CHECK(ztp_canonical_encode(TEXT("\0"), &out) != ZTP_STATUS_OK);
    CHECK(says(&out, "ztp.error/1"));
    CHECK(ztp_canonical_encode(TEXT("\"\xff\xfe\""), &out) != ZTP_STATUS_OK);
    CHECK(says(&out, "\"offset\":1"));
    CHECK(ztp_canonical_encode(NULL, 1, &out) == ZTP_STATUS_POINTER_NULL);
    CHECK(says(&out, "\"code\":\"pointer_null\""));
    CHECK(ztp_canonical_encode(TEXT("1"), NULL) == ZTP_STATUS_OK);

    const uint8_t one = '1';
    CHECK(ztp_canonical_check(&one, SIZE_MAX, &out) == ZTP_STATUS_LENGTH_OUT_OF_RANGE);
    CHECK(says(&out, "\"code\":\"length_out_of_range\""));

    size_t huge = (size_t)3 << 20;
    uint8_t *spaces = malloc(huge);
    if (spaces == NULL)
        exit(2);
    memset(spaces, ' ', huge);
    CHECK(ztp_canonical_encode(spaces, huge, &out) != ZTP_STATUS_OK);
    CHECK(says(&out, "ztp.error/1"));
    memset(spaces, '[', huge);
    CHECK(ztp_canonical_check(spaces, huge, &out) != ZTP_STATUS_OK);
    CHECK(says(&out, "ztp.error/1"));
    free(spaces);
}

static void signature(void) {
    /* RFC 8032 section 7.1, test 2. */
    static const uint8_t key[32] = {0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7, 0x0a, 0xa7, 0x4d, 0x1b, 0x7e, 0xbc,
                                    0x9c, 0x98, 0x2c, 0xcf, 0x2e, 0xc4, 0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4, 0x66, 0x0c};
    uint8_t sig[64] = {0x92, 0xa0, 0x09, 0xa9, 0xf0, 0xd4, 0xca, 0xb8, 0x72, 0x0e, 0x82, 0x0b, 0x5f, 0x64, 0x25, 0x40,
                       0xa2, 0xb2, 0x7b, 0x54, 0x16, 0x50, 0x3f, 0x8f, 0xb3, 0x76, 0x22, 0x23, 0xeb, 0xdb, 0x69, 0xda,
                       0x08, 0x5a, 0xc1, 0xe4, 0x3e, 0x15, 0x99, 0x6e, 0x45, 0x8f, 0x36, 0x13, 0xd0, 0xf1, 0x1d, 0x8c,
                       0x38, 0x7b, 0x2e, 0xae, 0xb4, 0x30, 0x2a, 0xee, 0xb0, 0x0d, 0x29, 0x16, 0x12, 0xbb, 0x0c, 0x00};
    ZtpBytes out;
    CHECK(ztp_signature_verify(TEXT("ed25519"), key, 32, TEXT("\x72"), sig, 64, &out) == ZTP_STATUS_OK);
    CHECK(is_empty(&out));
    CHECK(ztp_signature_verify(TEXT("ed25519"), key, 32, NULL, 0, sig, 64, &out) == ZTP_STATUS_SIGNATURE_MISMATCH);
    CHECK(says(&out, "\"code\":\"signature_mismatch\""));
    CHECK(ztp_signature_verify(TEXT("ed25519"), key, 31, TEXT("\x72"), sig, 64, &out) == ZTP_STATUS_PUBLIC_KEY_LENGTH);
    ztp_bytes_free(&out);
    CHECK(ztp_signature_verify(TEXT("ed25519"), key, 32, TEXT("\x72"), sig, 63, &out) == ZTP_STATUS_SIGNATURE_LENGTH);
    ztp_bytes_free(&out);
    CHECK(ztp_signature_verify(TEXT("rsa"), key, 32, TEXT("\x72"), sig, 64, &out) == ZTP_STATUS_SIGNATURE_SUITE_UNKNOWN);
    ztp_bytes_free(&out);
    CHECK(ztp_signature_verify(TEXT("\xff"), key, 32, TEXT("\x72"), sig, 64, &out) == ZTP_STATUS_TEXT_NOT_UTF8);
    ztp_bytes_free(&out);
    sig[0] ^= 1;
    CHECK(ztp_signature_verify(TEXT("ed25519"), key, 32, TEXT("\x72"), sig, 64, NULL) != ZTP_STATUS_OK);
}

static void keys(void) {
    uint8_t seed[32] = {0};
    ZtpBytes first, second, out;
    CHECK(ztp_keys_generate(seed, 32, TEXT("bench-01.example/audit"), &first) == ZTP_STATUS_OK);
    CHECK(ztp_keys_generate(seed, 32, TEXT("bench-01.example/audit"), &second) == ZTP_STATUS_OK);
    CHECK(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
    ztp_bytes_free(&second);
    CHECK(ztp_keys_generate(NULL, 0, TEXT("bench-01.example/audit"), &second) == ZTP_STATUS_OK);
    CHECK(second.len != first.len || memcmp(first.data, second.data, first.len) != 0);
    ztp_bytes_free(&second);
    CHECK(says(&first, "\"private_key_pem\":\"-----BEGIN PRIVATE KEY-----"));
    CHECK(ztp_keys_generate(seed, 31, TEXT("a"), &out) == ZTP_STATUS_SEED_LENGTH_INVALID);
    ztp_bytes_free(&out);
    CHECK(ztp_keys_generate(seed, 32, TEXT("two words"), &out) == ZTP_STATUS_VKEY_NAME);
    ztp_bytes_free(&out);
}

#define EVENT "{\"event_class\":\"operator.login\",\"payload\":{\"user\":\"ana\"}}\n"

static void audit(void) {
    ZtpBytes out;
    CHECK(ztp_audit_verify(DIR, NULL, 0, NULL, &out) == ZTP_STATUS_LOG_NOT_FOUND);
    ztp_bytes_free(&out);
    CHECK(ztp_audit_init(DIR, TEXT("{\"origin\":\"bench-01.example/audit\"}"), NOW_MS, &out) == ZTP_STATUS_OK);
    ztp_bytes_free(&out);
    CHECK(ztp_audit_init(DIR, TEXT("{\"origin\":\"bench-01.example/audit\"}"), NOW_MS, &out) == ZTP_STATUS_LOG_EXISTS);
    ztp_bytes_free(&out);
    CHECK(ztp_audit_append(DIR, TEXT(EVENT EVENT), NULL, 0, NOW_MS, &out) == ZTP_STATUS_OK);
    CHECK(says(&out, "\"seq\":2"));
    CHECK(ztp_audit_append(DIR, TEXT(EVENT "{]\n"), NULL, 0, NOW_MS, &out) != ZTP_STATUS_OK);
    CHECK(says(&out, "\"offset\":"));
    CHECK(ztp_audit_seal(DIR, NULL, 0, NOW_MS + 1, &out) == ZTP_STATUS_OK);
    CHECK(says(&out, "\"schema\":\"ztp.audit.head/1\""));
    CHECK(ztp_audit_head(DIR, &out) == ZTP_STATUS_OK);
    CHECK(says(&out, "\"size\":4"));

    CHECK(ztp_audit_verify(DIR, TEXT("{\"require\":[]}"), NULL, &out) == ZTP_STATUS_OK);
    CHECK(says(&out, "\"status\":\"intact\""));
    CHECK(ztp_audit_verify(DIR, NULL, 0, NULL, &out) == ZTP_STATUS_AUDIT_UNANCHORED);
    CHECK(says(&out, "\"status\":\"unanchored\""));
    CHECK(ztp_audit_verify(DIR, TEXT("{\"unknown\":1}"), NULL, &out) != ZTP_STATUS_OK);
    CHECK(says(&out, "ztp.error/1"));
    CHECK(ztp_audit_verify(TEXT("/nowhere\0/at/all"), NULL, 0, NULL, &out) == ZTP_STATUS_PATH_INVALID);
    ztp_bytes_free(&out);

    ZtpJob *job = ztp_job_new();
    uint64_t done = 1, total = 0;
    ztp_job_progress(job, &done, NULL);
    CHECK(done == 0);
    CHECK(ztp_audit_verify(DIR, TEXT("{\"require\":[]}"), job, NULL) == ZTP_STATUS_OK);
    ztp_job_progress(job, &done, &total);
    CHECK(total > 0 && done == total);
    ztp_job_cancel(job);
    CHECK(ztp_audit_verify(DIR, NULL, 0, job, &out) == ZTP_STATUS_CANCELLED);
    ztp_bytes_free(&out);
    ztp_job_free(job);
    ztp_job_free(NULL);
    ztp_job_cancel(NULL);
    ztp_job_progress(NULL, &done, &total);
    CHECK(done == 0 && total == 0);
}

static void *append_many(void *argument) {
    ZtpAuditLog *log = argument;
    long *appended = calloc(1, sizeof *appended);
    if (appended == NULL)
        exit(2);
    for (int i = 0; i < 50; i++) {
        ZtpBytes out;
        ZtpStatus status = ztp_audit_log_append(log, TEXT(EVENT), NULL, 0, NOW_MS + 2, &out);
        CHECK(status == ZTP_STATUS_OK || status == ZTP_STATUS_BUSY);
        *appended += status == ZTP_STATUS_OK;
        ztp_bytes_free(&out);
    }
    return appended;
}

static void audit_log(void) {
    ZtpBytes out;
    ZtpAuditLog *log = (ZtpAuditLog *)&out, *second = NULL;
    CHECK(ztp_audit_log_open(TEXT("/nowhere/at/all"), NULL, 0, NOW_MS, &log, &out) != ZTP_STATUS_OK);
    CHECK(log == NULL);
    ztp_bytes_free(&out);
    CHECK(ztp_audit_log_open(DIR, NULL, 0, NOW_MS, NULL, &out) == ZTP_STATUS_POINTER_NULL);
    ztp_bytes_free(&out);
    CHECK(ztp_audit_log_open(DIR, NULL, 0, NOW_MS, &log, &out) == ZTP_STATUS_OK);
    CHECK(is_empty(&out));
    CHECK(ztp_audit_log_open(DIR, TEXT("{\"wait_ms\":20}"), NOW_MS, &second, &out) == ZTP_STATUS_LOG_LOCKED);
    CHECK(second == NULL);
    ztp_bytes_free(&out);

    pthread_t threads[4];
    long total = 0;
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, append_many, log) == 0);
    for (int i = 0; i < 4; i++) {
        void *appended;
        CHECK(pthread_join(threads[i], &appended) == 0);
        total += *(long *)appended;
        free(appended);
    }
    char last[32];
    snprintf(last, sizeof last, "\"seq\":%ld}", total + 4);
    CHECK(total > 0);
    CHECK(ztp_audit_log_append(log, TEXT(EVENT), NULL, 0, NOW_MS + 3, &out) == ZTP_STATUS_OK);
    CHECK(says(&out, last));
    CHECK(ztp_audit_log_tick(log, NOW_MS + 4, &out) == ZTP_STATUS_OK);
    CHECK(says(&out, "\"sealed\":false"));
    CHECK(ztp_audit_log_tick(log, NOW_MS + 600000, &out) == ZTP_STATUS_OK);
    CHECK(says(&out, "\"sealed\":true"));
    CHECK(ztp_audit_log_seal(log, NOW_MS + 600001, &out) == ZTP_STATUS_OK);
    ztp_bytes_free(&out);
    CHECK(ztp_audit_log_head(log, &out) == ZTP_STATUS_OK);
    CHECK(says(&out, "bench-01.example/audit"));
    ztp_audit_log_free(log);
    ztp_audit_log_free(NULL);
    CHECK(ztp_audit_log_head(NULL, &out) == ZTP_STATUS_POINTER_NULL);
    ztp_bytes_free(&out);
    CHECK(ztp_audit_log_append(NULL, TEXT(EVENT), NULL, 0, NOW_MS, NULL) == ZTP_STATUS_POINTER_NULL);
    CHECK(ztp_audit_log_seal(NULL, NOW_MS, NULL) == ZTP_STATUS_POINTER_NULL);
    CHECK(ztp_audit_log_tick(NULL, NOW_MS, NULL) == ZTP_STATUS_POINTER_NULL);
}

/* A proof made from the log is checked with nothing but the proof, the record and the key. */
static void proofs(void) {
    ZtpBytes out;
    char path[sizeof directory + 64], line[4096];
    snprintf(path, sizeof path, "%s/segments/00000000000000000000.jsonl", directory);
    FILE *segment = fopen(path, "rb");
    CHECK(segment != NULL);
    if (segment == NULL)
        return;
    CHECK(fgets(line, sizeof line, segment) != NULL && fgets(line, sizeof line, segment) != NULL);
    fclose(segment);
    const uint8_t *record = (const uint8_t *)line;
    size_t record_len = strlen(line);

    CHECK(ztp_record_hash(record, record_len, &out) == ZTP_STATUS_OK);
    CHECK(says(&out, "\"seq\":1}"));
    CHECK(ztp_record_hash(record, record_len - 2, &out) != ZTP_STATUS_OK);
    ztp_bytes_free(&out);

    CHECK(ztp_audit_prove(DIR, TEXT("{\"seq\":1}"), &out) == ZTP_STATUS_OK);
    char *proof = member(&out, "proof"), *vkey = member(&out, "vkey");
    ztp_bytes_free(&out);
    const uint8_t *p = (const uint8_t *)proof, *v = (const uint8_t *)vkey;
    CHECK(ztp_audit_check_proof(p, strlen(proof), record, record_len, v, strlen(vkey), &out) == ZTP_STATUS_OK);
    CHECK(says(&out, "\"schema\":\"ztp.audit.proven/1\""));
    proof[strlen(proof) - 3] ^= 1;
    CHECK(ztp_audit_check_proof(p, strlen(proof), record, record_len, v, strlen(vkey), &out) != ZTP_STATUS_OK);
    CHECK(says(&out, "ztp.error/1"));
    CHECK(ztp_audit_check_proof(NULL, 0, NULL, 0, v, strlen(vkey), &out) != ZTP_STATUS_OK);
    ztp_bytes_free(&out);
    CHECK(ztp_audit_prove(DIR, TEXT("{\"seq\":1000000}"), &out) == ZTP_STATUS_OUT_OF_RANGE);
    ztp_bytes_free(&out);
    CHECK(ztp_audit_prove(DIR, TEXT("{\"seq\":-1}"), &out) == ZTP_STATUS_OPTION_OUT_OF_RANGE);
    ztp_bytes_free(&out);
    free(proof);

    CHECK(ztp_audit_prove_consistency(DIR, TEXT("{\"old_size\":4}"), &out) == ZTP_STATUS_OK);
    proof = member(&out, "proof");
    CHECK(says(&out, "\"schema\":\"ztp.audit.consistency/1\""));
    CHECK(ztp_audit_check_consistency((uint8_t *)proof, strlen(proof), NULL, 0, v, strlen(vkey), v, strlen(vkey), &out) !=
          ZTP_STATUS_OK);
    CHECK(says(&out, "ztp.error/1"));
    free(proof);
    free(vkey);
}

/* One changed byte in one record: the verdict names the record, and the status is not 0. */
static void tampering(void) {
    char path[sizeof directory + 64];
    snprintf(path, sizeof path, "%s/segments/00000000000000000000.jsonl", directory);
    FILE *segment = fopen(path, "r+b");
    CHECK(segment != NULL);
    if (segment == NULL)
        return;
    char text[8192];
    size_t len = fread(text, 1, sizeof text - 1, segment);
    text[len] = '\0';
    char *name = strstr(text, "\"ana\"");
    CHECK(name != NULL);
    if (name != NULL) {
        CHECK(fseek(segment, name - text + 1, SEEK_SET) == 0);
        CHECK(fputc('b', segment) == 'b');
    }
    fclose(segment);
    ZtpBytes out;
    CHECK(ztp_audit_verify(DIR, NULL, 0, NULL, &out) == ZTP_STATUS_AUDIT_BROKEN);
    CHECK(says(&out, "\"kind\":\"hash_mismatch\",\"offset\":"));
}

static const char payload[] =
    "{\"schema\":\"ztp.licence/1\",\"envelope_id\":\"envelope-1\",\"licence_id\":\"licence-1\",\"customer\":\"Exemplo\","
    "\"product\":\"prem-bench\",\"bench\":{\"binding\":\"bench\",\"bench_id\":\"bench-01\"},\"features\":[\"audit\"],\"mint\":[],"
    "\"previous_envelope\":null,\"issued_at\":\"2026-05-01T00:00:00.000Z\",\"not_before\":\"2026-05-01T00:00:00.000Z\","
    "\"not_after\":\"2027-05-01T00:00:00.000Z\",\"revocation\":{\"version\":0,\"revoked_key_ids\":[]}}";

static void licence(void) {
    ZtpBytes out, envelope;
    uint8_t seed[32] = {4};
    CHECK(ztp_keys_generate(seed, 32, TEXT("isk-1"), &out) == ZTP_STATUS_OK);
    char *pem = member(&out, "private_key_pem"), *key = member(&out, "public_key"), *id = member(&out, "key_id");
    ztp_bytes_free(&out);
    char trust[1024];
    int trust_len = snprintf(trust, sizeof trust,
                             "{\"schema\":\"ztp.trust/1\",\"threshold\":1,\"revocation\":{\"version\":0,\"revoked_key_ids\":[]},\"keys\":"
                             "[{\"key_id\":\"%s\",\"suite\":\"ed25519\",\"public_key\":\"%s\",\"products\":[\"prem-bench\"]}]}",
                             id, key);
    CHECK(trust_len > 0 && (size_t)trust_len < sizeof trust);
    const uint8_t *t = (const uint8_t *)trust;
    size_t tn = (size_t)trust_len;

    CHECK(ztp_licence_sign(TEXT(payload), (const uint8_t *)pem, strlen(pem), &envelope) == ZTP_STATUS_OK);
    CHECK(ztp_licence_verify(envelope.data, envelope.len, t, tn, NOW_MS, TEXT("bench-01"), &out) == ZTP_STATUS_OK);
    CHECK(says(&out, "\"status\":\"valid\""));
    CHECK(ztp_licence_verify(envelope.data, envelope.len, t, tn, NOW_MS, TEXT("bench-02"), &out) ==
          ZTP_STATUS_LICENCE_OTHER_BENCH);
    CHECK(says(&out, "\"schema\":\"ztp.licence.verdict/1\""));
    CHECK(ztp_licence_verify(envelope.data, envelope.len, t, tn, NOW_MS, NULL, 0, &out) == ZTP_STATUS_LICENCE_BENCH_NOT_GIVEN);
    ztp_bytes_free(&out);
    CHECK(ztp_licence_verify(envelope.data, envelope.len, NULL, 0, NOW_MS, NULL, 0, &out) == ZTP_STATUS_CANONICAL_EMPTY);
    CHECK(says(&out, "ztp.error/1"));
    CHECK(ztp_licence_inspect(envelope.data, envelope.len, &out) == ZTP_STATUS_OK);
    CHECK(says(&out, "\"verified\":false"));
    envelope.data[envelope.len / 2] ^= 0x20;
    CHECK(ztp_licence_verify(envelope.data, envelope.len, t, tn, NOW_MS, TEXT("bench-01"), &out) != ZTP_STATUS_OK);
    CHECK(says(&out, "\"status\":\"refused\""));
    CHECK(ztp_licence_sign(TEXT("{}"), (const uint8_t *)pem, strlen(pem), &out) != ZTP_STATUS_OK);
    CHECK(says(&out, "ztp.error/1"));
    ztp_bytes_free(&envelope);
    free(pem), free(key), free(id);
}

#include "smoke_dlp.h"

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *level) {
    (void)info, (void)type, (void)level;
    return remove(path);
}

int main(void) {
    if (mkdtemp(directory) == NULL)
        return 2;
    directory_len = strlen(directory);
    versions();
    bytes();
    canonical();
    signature();
    keys();
    audit();
    audit_log();
    proofs();
    tampering();
    licence();
    dlp();
    nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    if (failures > 0)
        fprintf(stderr, "%d checks do not hold\n", failures);
    else
        printf("smoke: every check holds\n");
    return failures > 0;
}
