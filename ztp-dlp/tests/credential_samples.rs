//! Samples that other scanners publish for their tests: what must be found in them, what must not, and what is not, with the reason.
//!
//! They stand beside the repository, in `../shared/vectors/credential-samples.tar.gz`, packed, so that they trip nobody's scanner. Without
//! them the test says that it was skipped.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use ztp_dlp::allow::AllowList;
use ztp_dlp::budget::Budgets;
use ztp_dlp::registry::Registry;
use ztp_dlp::scanner::{Config, Mode, Scanner};

/// Files or folders in which the rule must speak.
const FOUND: &[(&str, &str)] = &[
    ("credsweeper-samples/tests/samples/pem_key", "pem-material"),
    ("credsweeper-samples/tests/samples/pem_key.bz2", "pem-material"),
    ("credsweeper-samples/tests/samples/pem_key.crx", "pem-material"),
    ("credsweeper-samples/tests/samples/pem_key.gz", "pem-material"),
    ("credsweeper-samples/tests/samples/pem_key.tar", "pem-material"),
    ("credsweeper-samples/tests/samples/pem_key.xz", "pem-material"),
    ("credsweeper-samples/tests/samples/pem_key.zip", "pem-material"),
    ("credsweeper-samples/tests/samples/pem_key.p.code", "pem-material"),
    ("credsweeper-samples/tests/samples/pem_key.p.docker.log", "pem-material"),
    ("credsweeper-samples/tests/samples/pem_key.p.docker.log.json", "pem-material"),
    ("credsweeper-samples/tests/samples/pem_key.p.ec", "pem-material"),
    ("credsweeper-samples/tests/samples/pem_key.p.go", "pem-material"),
    ("credsweeper-samples/tests/samples/pem_key.p.java", "pem-material"),
    ("credsweeper-samples/tests/samples/pem_key.p.log", "pem-material"),
    ("credsweeper-samples/tests/samples/pem_key.p.log.json", "pem-material"),
    ("credsweeper-samples/tests/samples/pem_key.p.rsa", "pem-material"),
    ("credsweeper-samples/tests/samples/LS0t_p", "pem-material"),
    ("credsweeper-samples/tests/samples/json_web_key", "pem-material"),
    ("credsweeper-samples/tests/samples/pkcs12.changeme.p12", "pem-material"),
    // Negative there, since they are encrypted; here a key under a password is a key.
    ("credsweeper-samples/tests/samples/pem_key.n.encrypted.1", "pem-material"),
    ("credsweeper-samples/tests/samples/pem_key.n.encrypted.2", "pem-material"),
    // Key stores of Java: the certificates in them are found, the keys under their password are not (see MISSED).
    ("credsweeper-samples/tests/samples/changeme_key.jks", "pem-material"),
    ("credsweeper-samples/tests/samples/dummy.jks", "pem-material"),
    ("credsweeper-samples/tests/samples/changeit_crt.jks", "pem-material"),
    ("leaktk-fake-leaks/pki/valid", "pem-material"),
    ("leaktk-fake-leaks/k8s/valid/ad-hoc-service-account-token", "k8s-service-account-token"),
    ("leaktk-fake-leaks/k8s/valid/double-encoded-service-account-token", "k8s-service-account-token"),
    ("leaktk-fake-leaks/k8s/valid/prometheus-k8s-service-account-token", "k8s-service-account-token"),
    // Left out there by name, comment or configuration. Names and comments are the sender's to choose.
    ("leaktk-fake-leaks/pki/invalid/b64-encoded-example-key", "pem-material"),
    ("leaktk-fake-leaks/pki/invalid/double-b64-encoded-example-key.yaml", "pem-material"),
    ("leaktk-fake-leaks/pki/invalid/ignored-by-config", "pem-material"),
    ("leaktk-fake-leaks/pki/invalid/ignore-due-to-dummy-key-filename", "pem-material"),
    ("leaktk-fake-leaks/pki/invalid/ignore-due-to-dummy-pem-filename", "pem-material"),
    ("leaktk-fake-leaks/pki/invalid/ignore-ssh-bin", "pem-material"),
    ("leaktk-fake-leaks/pki/invalid/libssh-so", "pem-material"),
    ("leaktk-fake-leaks/pki/invalid/libgnutls-so", "pem-material"),
    ("leaktk-fake-leaks/pki/invalid/not-a-private-key.pem", "pem-material"),
    ("pyjwt-keys/jwk_ec_key_P-256.json", "pem-material"),
    ("pyjwt-keys/jwk_ec_key_P-384.json", "pem-material"),
    ("pyjwt-keys/jwk_ec_key_P-521.json", "pem-material"),
    ("pyjwt-keys/jwk_ec_key_secp256k1.json", "pem-material"),
    ("pyjwt-keys/jwk_hmac.json", "pem-material"),
    ("pyjwt-keys/jwk_okp_key_Ed25519.json", "pem-material"),
    ("pyjwt-keys/jwk_okp_key_Ed448.json", "pem-material"),
    ("pyjwt-keys/jwk_rsa_key.json", "pem-material"),
    ("pyjwt-keys/testkey_ec.priv", "pem-material"),
    ("pyjwt-keys/testkey_ec_secp192r1.priv", "pem-material"),
    ("pyjwt-keys/testkey_ed25519", "pem-material"),
    ("pyjwt-keys/testkey_ed25519.pem", "pem-material"),
    ("pyjwt-keys/testkey_rsa.cer", "pem-material"),
    ("pyjwt-keys/testkey_rsa.priv", "pem-material"),
];

/// What holds no secret of the five kinds: no finding at all.
const CLEAN: &[(&str, &str)] = &[
    ("leaktk-fake-leaks/pki/invalid/empty-server.key", "a placeholder between markers"),
    (
        "leaktk-fake-leaks/pki/invalid/inline-key-assigned-as-example-value",
        "random characters between markers",
    ),
    ("leaktk-fake-leaks/pki/invalid/inline-key-assigned-as-fake-value", "random characters between markers"),
    ("leaktk-fake-leaks/pki/invalid/inline-key-assigned-as-test-value", "random characters between markers"),
    ("leaktk-fake-leaks/pki/invalid/inline-key-marked-noqa", "random characters between markers"),
    ("leaktk-fake-leaks/pki/invalid/too-short-gpg-key.asc", "no packet of OpenPGP"),
    ("leaktk-fake-leaks/pki/invalid/too-short-inline-ssh.key", "no key of OpenSSH"),
    ("leaktk-fake-leaks/k8s/invalid", "Secrets without values"),
    ("leaktk-fake-leaks/auth0/valid/auth0.jwt", "a token of somebody else's service"),
    ("detect-secrets-testdata/test_data/files/private_key", "a sentence between markers"),
    ("detect-secrets-testdata/test_data/performance", "songs and numbers"),
    ("pyjwt-keys/testkey_rsa.pub", "a public key"),
    ("pyjwt-keys/testkey_ec.pub", "a public key"),
    ("pyjwt-keys/testkey_pkcs1.pub.pem", "a public key"),
    ("pyjwt-keys/jwk_ec_pub_P-256.json", "a public key"),
    ("pyjwt-keys/jwk_rsa_pub.json", "a public key"),
    ("pyjwt-keys/jwk_okp_pub_Ed25519.json", "a public key"),
];

/// What does hold one, and is not read: the scan must say that it is incomplete.
const INCOMPLETE: &[(&str, &str)] =
    &[("credsweeper-samples/tests/samples/pem_key.lzma", "LZMA is not decompressed")];

/// What holds a secret of another kind: no statement is made. Named, so that nobody takes silence for a verdict.
const MISSED: &[(&str, &str)] = &[
    ("credsweeper-samples/tests/samples/nkey_seed", "seeds of NATS are not among the five rules"),
    ("credsweeper-samples/tests/samples/json_web_token", "tokens of no service account"),
    ("credsweeper-samples/tests/samples/password_utf16.patch", "passwords: register them, or write a rule"),
    ("credsweeper-samples/tests/samples/test.eml", "passwords: register them, or write a rule"),
    ("credsweeper-samples/tests/samples/sealed_secrets.yaml", "sealed for a cluster, and so encrypted"),
    (
        "detect-secrets-testdata/test_data/config.env",
        "passwords and cloud keys: register them, or write a rule",
    ),
];

fn files(path: &Path) -> Vec<PathBuf> {
    let (mut todo, mut out) = (vec![path.to_owned()], Vec::new());
    while let Some(path) = todo.pop() {
        if path.is_dir() {
            todo.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            out.push(path);
        }
    }
    out
}

#[test]
fn published_samples_are_found_or_told_apart() {
    let packed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors/credential-samples.tar.gz");
    if !packed.exists() {
        println!("SKIPPED: {} is not here", packed.display());
        return;
    }
    let scratch = std::env::temp_dir().join(format!("ztp-dlp-samples-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).unwrap();
    let status = Command::new("tar").arg("-xzf").arg(&packed).arg("-C").arg(&scratch).status().unwrap();
    assert!(status.success(), "tar: {status}");
    let config = Config {
        mode: Mode::Observe,
        recognisers: support::recognisers(Registry::default()),
        allow: AllowList::none(),
        budgets: Budgets::default(),
    };
    let scanner = Scanner::new(config).unwrap();
    let mut wrong = Vec::new();
    let mut each =
        |list: &[(&str, &str)], judge: &mut dyn FnMut(&ztp_dlp::finding::Report, &str) -> Option<String>| {
            for (name, word) in list {
                let found = files(&scratch.join(name));
                assert!(!found.is_empty(), "{name} is not among the samples");
                for file in found {
                    let report = scanner.scan_bytes(&std::fs::read(&file).unwrap());
                    if let Some(complaint) = judge(&report, word) {
                        wrong
                            .push(format!("{}: {complaint}", file.strip_prefix(&scratch).unwrap().display()));
                    }
                }
            }
        };
    each(FOUND, &mut |report, rule| {
        let spoke = report.findings.iter().any(|finding| finding.rule.as_str() == rule);
        (!spoke).then(|| format!("{rule} is silent"))
    });
    each(CLEAN, &mut |report, reason| {
        let kinds: Vec<_> = report.findings.iter().map(|finding| finding.kind).collect();
        (!kinds.is_empty()).then(|| format!("{kinds:?}, although it is {reason}"))
    });
    each(INCOMPLETE, &mut |report, reason| {
        report.incomplete.is_empty().then(|| format!("the scan passes for complete, although {reason}"))
    });
    each(MISSED, &mut |report, reason| {
        (!report.findings.is_empty()).then(|| format!("found after all: take it off the list ({reason})"))
    });
    std::fs::remove_dir_all(&scratch).unwrap();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
