/* The monitor of what leaves, as a C program uses it. A part of smoke.c, whose helpers it takes. */

static const char observe[] = "{\"mode\":\"observe\",\"schema\":\"ztp.dlp.config/1\",\"tag_key\":"
                             "\"0707070707070707070707070707070707070707070707070707070707070707\"}";
static const char enforce[] = "{\"mode\":\"enforce\",\"schema\":\"ztp.dlp.config/1\",\"tag_key\":"
                             "\"0707070707070707070707070707070707070707070707070707070707070707\"}";
/* A list that was signed by a program that knows nothing of this one, and what it excepts for example.com: dlp-allow/accept/by-tag of the
 * shared vectors. */
static const char excepting[] =
    "{\"allow_list\":{\"document\":\"{\\\"payload\\\":{\\\"entries\\\":[{\\\"destination\\\":\\\"example.com\\\",\\\"expires\\\":\\"
    "\"2026-08-01T00:00:00.000Z\\\",\\\"rule\\\":\\\"pem-material\\\",\\\"spki_sha256\\\":null,\\\"tag\\\":\\\"1972edad632115c"
    "f\\\",\\\"ticket\\\":\\\"SEC-7\\\"}],\\\"issued_at\\\":\\\"2026-05-01T00:00:00.000Z\\\",\\\"schema\\\":\\\"ztp.dlp.allow-lis"
    "t/1\\\",\\\"version\\\":1},\\\"schema\\\":\\\"ztp.dlp.allow-list/1\\\",\\\"signature\\\":\\\"z0CVzcSXVlIyBUEXsFMnzuLZB6V"
    "bpv/in+pS6v/CaseUfHI8kvVmEsSlAR03nx/qcfJc7FPdF8xeof8bV+WyBA==\\\"}\",\"public_key\":\"70df9e2279adbec6d12b"
    "f2921184c9222eb24ed852005bf640139f52e59cd9ae\"},\"mode\":\"enforce\",\"schema\":\"ztp.dlp.config/1\",\"tag_key"
    "\":\"0707070707070707070707070707070707070707070707070707070707070707\"}";
static const char excepted[] = "-----BEGIN " "PRIVATE " "KEY-----\n" "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK" "1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n" "-----END " "PRIVATE KEY-----\n";
static const char request[] = "{\"id\":\"c0ffee\",\"principal\":\"telemetry\",\"url\":\"https://example.com/\"}";

/* Whether any eight bytes of the secret stand in the document. */
static int repeats(const ZtpBytes *document, const char *secret) {
    size_t len = strlen(secret);
    for (size_t from = 0; from + 8 <= len; from++)
        for (size_t at = 0; at + 8 <= document->len; at++)
            if (memcmp(document->data + at, secret + from, 8) == 0)
                return 1;
    return 0;
}

static void dlp(void) {
    ZtpBytes out;
    /* A key that nobody has had before. */
    CHECK(ztp_keys_generate(NULL, 0, TEXT("test"), &out) == ZTP_STATUS_OK);
    char *pem = member(&out, "private_key_pem");
    ztp_bytes_free(&out);
    CHECK(pem != NULL);
    if (pem == NULL)
        return;
    const uint8_t *key = (const uint8_t *)pem;
    size_t key_len = strlen(pem);
    /* What names it as a key is in reports too; the secret is between the header and the footer. */
    char secret[128];
    snprintf(secret, sizeof secret, "%.64s", strchr(pem, '\n') + 1);

    CHECK(ztp_dlp_scan(TEXT(observe), TEXT(request), TEXT("harmless"), NOW_MS, &out) == ZTP_STATUS_OK);
    CHECK(says(&out, "\"verdict\":\"clean\""));
    CHECK(ztp_dlp_scan(TEXT(observe), NULL, 0, key, key_len, NOW_MS, &out) == ZTP_STATUS_DLP_FINDING);
    CHECK(!repeats(&out, secret));
    CHECK(says(&out, "pem-material"));
    CHECK(ztp_dlp_scan(TEXT("{}"), NULL, 0, key, key_len, NOW_MS, &out) == ZTP_STATUS_SCHEMA_MISSING_MEMBER);
    ztp_bytes_free(&out);
    CHECK(ztp_dlp_scan(TEXT(excepting), TEXT(request), TEXT(excepted), NOW_MS, &out) == ZTP_STATUS_OK);
    CHECK(says(&out, "\"ticket\":\"SEC-7\""));
    CHECK(ztp_dlp_scan(TEXT(excepting), TEXT("{\"url\":\"https://example.org/\"}"), TEXT(excepted), NOW_MS, &out) ==
          ZTP_STATUS_DLP_BLOCKED);
    ztp_bytes_free(&out);
    CHECK(ztp_dlp_scan(TEXT(excepting), TEXT(request), key, key_len, NOW_MS, &out) == ZTP_STATUS_DLP_BLOCKED);
    ztp_bytes_free(&out);
    CHECK(ztp_dlp_rules(TEXT(observe), &out) == ZTP_STATUS_OK);
    CHECK(says(&out, "isk-fingerprint"));
    CHECK(ztp_dlp_test(TEXT("- name: x\n  pattern: '('\n  action: record\n"), &out) == ZTP_STATUS_DLP_RULE_PATTERN);
    CHECK(says(&out, "line 2, column 12"));

    ZtpDlpScanner *scanner;
    ZtpDlpStream *stream;
    CHECK(ztp_dlp_scanner_open(TEXT("{}"), &scanner, NULL) == ZTP_STATUS_SCHEMA_MISSING_MEMBER);
    CHECK(scanner == NULL);
    CHECK(ztp_dlp_scanner_open(TEXT(observe), NULL, NULL) == ZTP_STATUS_POINTER_NULL);
    CHECK(ztp_dlp_scanner_open(TEXT(observe), &scanner, NULL) == ZTP_STATUS_OK);
    CHECK(ztp_dlp_scanner_scan(scanner, TEXT(request), key, key_len, NOW_MS, &out) == ZTP_STATUS_DLP_FINDING);
    CHECK(!repeats(&out, secret));
    CHECK(says(&out, "\"event_class\":\"dlp.finding\""));

    /* The mode is that of the moment when the request began. */
    CHECK(ztp_dlp_scanner_begin(scanner, TEXT(request), NOW_MS, &stream, &out) == ZTP_STATUS_OK);
    CHECK(says(&out, "\"mode\":\"observe\""));
    CHECK(ztp_dlp_scanner_reload(scanner, TEXT(enforce), NOW_MS, &out) == ZTP_STATUS_OK);
    CHECK(says(&out, "dlp.rules-changed"));
    for (size_t at = 0; at < key_len; at++)
        CHECK(ztp_dlp_stream_update(stream, key + at, 1, NULL) == ZTP_STATUS_OK);
    CHECK(ztp_dlp_stream_finish(stream, NULL, 0, NOW_MS, &out) == ZTP_STATUS_DLP_FINDING);
    CHECK(!repeats(&out, secret));
    ztp_bytes_free(&out);
    CHECK(ztp_dlp_stream_finish(stream, NULL, 0, NOW_MS, &out) == ZTP_STATUS_DLP_STREAM_ENDED);
    ztp_bytes_free(&out);
    ztp_dlp_stream_free(stream);

    CHECK(ztp_dlp_scanner_begin(scanner, TEXT(request), NOW_MS, &stream, NULL) == ZTP_STATUS_OK);
    CHECK(ztp_dlp_scanner_rules(scanner, &out) == ZTP_STATUS_OK);
    CHECK(says(&out, "\"mode\":\"enforce\""));
    CHECK(ztp_dlp_scanner_ledger(scanner, &out) == ZTP_STATUS_OK);
    CHECK(!repeats(&out, secret));
    CHECK(says(&out, "ztp.dlp.ledger/1"));
    /* A stream may outlive its scanner. */
    ztp_dlp_scanner_free(scanner);
    CHECK(ztp_dlp_stream_update(stream, key, key_len, NULL) == ZTP_STATUS_OK);
    CHECK(ztp_dlp_stream_finish(stream, TEXT("{\"cut\":true}"), NOW_MS, &out) == ZTP_STATUS_DLP_BLOCKED);
    CHECK(says(&out, "\"body\":\"cut\""));
    ztp_dlp_stream_free(stream);

    CHECK(ztp_dlp_scanner_scan(NULL, TEXT(request), NULL, 0, NOW_MS, NULL) == ZTP_STATUS_POINTER_NULL);
    CHECK(ztp_dlp_scanner_begin(NULL, TEXT(request), NOW_MS, &stream, NULL) == ZTP_STATUS_POINTER_NULL);
    CHECK(stream == NULL);
    CHECK(ztp_dlp_stream_update(NULL, NULL, 0, NULL) == ZTP_STATUS_POINTER_NULL);
    ztp_dlp_scanner_free(NULL);
    ztp_dlp_stream_free(NULL);
    free(pem);
}
