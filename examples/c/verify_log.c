/* Verifies a sealed audit log and prints the verdict.
 *
 * usage: verify_log DIRECTORY [VKEY]
 * exit:  0 the log holds · 1 it does not · 2 wrong usage · 3 it could not be checked
 *        4 it holds, but nothing outside the copy vouches for it: give the key it started with */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ztp.h>

int main(int argc, char **argv) {
    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: %s DIRECTORY [VKEY]\n", argv[0]);
        return 2;
    }
    char options[1024] = "";
    if (argc == 3 && snprintf(options, sizeof options, "{\"vkey\":\"%s\"}", argv[2]) >= (int)sizeof options) {
        fprintf(stderr, "the verifier key is too long\n");
        return 2;
    }
    ZtpBytes verdict;
    ZtpStatus status = ztp_audit_verify((const uint8_t *)argv[1], strlen(argv[1]), (const uint8_t *)options, strlen(options),
                                        NULL, &verdict);
    fwrite(verdict.data, 1, verdict.len, stdout);
    putchar('\n');
    ztp_bytes_free(&verdict);
    switch (status) {
    case ZTP_STATUS_OK:
        return 0;
    case ZTP_STATUS_AUDIT_BROKEN:
    case ZTP_STATUS_AUDIT_TRUNCATED:
    case ZTP_STATUS_AUDIT_FORKED:
    case ZTP_STATUS_AUDIT_ROLLED_BACK:
        fprintf(stderr, "the log does not hold: %s\n", ztp_status_name(status));
        return 1;
    case ZTP_STATUS_AUDIT_UNANCHORED:
        fprintf(stderr, "the log holds, but nothing outside this copy vouches for it: %s\n", ztp_status_name(status));
        return 4;
    default:
        fprintf(stderr, "the log could not be checked: %s\n", ztp_status_name(status));
        return 3;
    }
}
