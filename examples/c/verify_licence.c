/* Verifies a licence envelope offline and prints the verdict with every check.
 *
 * usage: verify_licence ENVELOPE TRUST BENCH_ID NOW_MS   (time in milliseconds since 1970-01-01T00:00:00Z)
 * exit:  0 the licence is valid for this bench now · 1 it is refused · 2 wrong usage · 3 it could not be checked */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ztp.h>

enum { FILE_BYTES_MAX = 1 << 20 };

/* Reads a whole file; exits if it cannot be read or is larger than any envelope. */
static uint8_t *read_file(const char *path, size_t *len) {
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(FILE_BYTES_MAX + 1);
    if (file == NULL || data == NULL) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(3);
    }
    *len = fread(data, 1, FILE_BYTES_MAX + 1, file);
    if (ferror(file) || *len > FILE_BYTES_MAX) {
        fprintf(stderr, "cannot read %s, or it is larger than %d bytes\n", path, FILE_BYTES_MAX);
        exit(3);
    }
    fclose(file);
    return data;
}

/* Whether a document is a verdict; otherwise it is a failure (ztp.error/1). */
static int is_verdict(const ZtpBytes *document) {
    static const char schema[] = "\"schema\":\"ztp.licence.verdict/";
    for (size_t at = 0; at + sizeof schema - 1 <= document->len; at++)
        if (memcmp(document->data + at, schema, sizeof schema - 1) == 0)
            return 1;
    return 0;
}

int main(int argc, char **argv) {
    char *end = "";
    long long now_ms = argc == 5 ? strtoll(argv[4], &end, 10) : 0;
    if (argc != 5 || *argv[4] == '\0' || *end != '\0') {
        fprintf(stderr, "usage: %s ENVELOPE TRUST BENCH_ID NOW_MS\n", argv[0]);
        return 2;
    }
    size_t envelope_len, trust_len;
    uint8_t *envelope = read_file(argv[1], &envelope_len), *trust = read_file(argv[2], &trust_len);
    ZtpBytes document;
    ZtpStatus status = ztp_licence_verify(envelope, envelope_len, trust, trust_len, now_ms, (const uint8_t *)argv[3],
                                          strlen(argv[3]), &document);
    fwrite(document.data, 1, document.len, stdout);
    putchar('\n');
    if (status != ZTP_STATUS_OK)
        fprintf(stderr, "not accepted: %s\n", ztp_status_name(status));
    int exit_code = status == ZTP_STATUS_OK ? 0 : is_verdict(&document) ? 1 : 3;
    ztp_bytes_free(&document);
    free(envelope);
    free(trust);
    return exit_code;
}
