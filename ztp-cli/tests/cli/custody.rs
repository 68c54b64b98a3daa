//! `ztp keys` from a first root to a licence under it, with keys in files.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{arg, scratch, ztp};

/// A directory with keys for three holders and a signing key, and what comes of them.
struct Issuer {
    dir: tempfile::TempDir,
}

impl Issuer {
    fn new() -> Self {
        let issuer = Self { dir: scratch() };
        for (name, suite) in [
            ("h1", "ed25519"),
            ("h2", "mldsa65-ed25519"),
            ("h3", "ed25519"),
            ("h4", "ed25519"),
            ("isk", "mldsa65-ed25519"),
        ] {
            let out = issuer.path(&format!("{name}.pem"));
            let run = ztp(["keys", "generate", "--json", "--suite", suite, "--out", arg(&out)]).exits(0);
            assert_eq!(run.string(&["suite"]), suite);
        }
        issuer
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn holder(&self, name: &str) -> String {
        format!("{name}={}", self.path(&format!("{name}.pem")).display())
    }

    /// Runs a command that is a ceremony of these holders.
    fn ceremony(&self, command: &str, holders: &[&str], out: &str, more: &[&str]) -> i32 {
        let (out, transcript) = (self.path(out), self.path(&format!("{out}.transcript")));
        let holders: Vec<String> = holders.iter().map(|name| self.holder(name)).collect();
        let mut args = vec!["keys", command, "--json", "--witness", "An Auditor", "--out", arg(&out)];
        args.extend(["--transcript", arg(&transcript)]);
        args.extend(holders.iter().flat_map(|holder| ["--holder", holder.as_str()]));
        args.extend(more);
        ztp(args).status
    }

    fn first_root(&self) {
        let made = self.ceremony(
            "ceremony",
            &["h1", "h2", "h3"],
            "root1",
            &["--threshold", "2", "--not-after", "2090-01-01"],
        );
        assert_eq!(made, 0);
    }

    fn certify(&self, holders: &[&str], out: &str, serial: &str) -> i32 {
        let key = self.path("isk.pem");
        let limits = ["--product", "tlsstress", "--class", "test-hours=2000", "--class", "benches=5"];
        let mut more = vec!["--key", arg(&key), "--name", "isk-2026-q3", "--serial", serial];
        more.extend(limits);
        more.extend(["--not-before", "2020-01-01", "--not-after", "2090-01-01"]);
        self.ceremony("certify", holders, out, &more)
    }
}

fn verify(file: &Path, more: &[&str]) -> crate::support::Run {
    let mut args = vec!["keys", "verify", "--json", arg(file)];
    args.extend(more);
    ztp(args)
}

#[test]
fn a_root_is_made_rotated_certifies_and_revokes_and_every_step_is_verified() {
    let issuer = Issuer::new();
    issuer.first_root();
    let (root1, root2) = (issuer.path("root1"), issuer.path("root2"));
    let run = verify(&root1, &[]).exits(0);
    assert_eq!((run.string(&["kind"]), run.integer(&["threshold"])), ("root".to_owned(), 2));

    assert_eq!(issuer.certify(&["h1", "h2"], "cert1", "1"), 0);
    let cert1 = issuer.path("cert1");
    let run = verify(&cert1, &["--root", arg(&root1)]).exits(0);
    assert_eq!((run.integer(&["serial"]), run.string(&["suite"])), (1, "mldsa65-ed25519".to_owned()));

    // Holder 3 leaves, holder 4 comes.
    let (previous, leaving) = (arg(&root1).to_owned(), issuer.holder("h3"));
    let more =
        ["--previous", &previous, "--leaving", &leaving, "--threshold", "2", "--not-after", "2090-01-01"];
    assert_eq!(issuer.ceremony("rotate", &["h1", "h2", "h4"], "root2", &more), 0);
    let run = verify(&root2, &["--root", &previous]).exits(0);
    assert_eq!((run.integer(&["version"]), run.integer(&["follows_version"])), (2, 1));
    // The keys of the old root did not agree to this one.
    let more = ["--previous", &previous, "--threshold", "2", "--not-after", "2090-01-01"];
    assert_eq!(issuer.ceremony("rotate", &["h1", "h4"], "root2b", &more), 1);
    assert!(!issuer.path("root2b").exists());

    assert_eq!(issuer.ceremony("revoke", &["h1", "h2"], "list1", &["--serial", "1"]), 0);
    let list1 = issuer.path("list1");
    let previous_list = arg(&list1).to_owned();
    assert_eq!(
        issuer.ceremony("revoke", &["h1", "h4"], "list2", &["--previous", &previous_list, "--serial", "7"]),
        0
    );
    let run = verify(&issuer.path("list2"), &["--root", arg(&root2), "--seen", arg(&list1)]).exits(0);
    assert_eq!(run.integer(&["version"]), 2);
    let run = verify(&cert1, &["--root", arg(&root1), "--seen", arg(&list1)]).exits(1);
    assert_eq!(run.string(&["code"]), "custody_certificate_revoked");
}

#[test]
fn a_licence_under_a_root_is_signed_carried_and_verified_until_its_key_is_revoked() {
    let issuer = Issuer::new();
    issuer.first_root();
    assert_eq!(issuer.certify(&["h1", "h3"], "cert", "1"), 0);
    let [root, cert, trust, key, payload, envelope, list] =
        ["root1", "cert", "trust", "isk.pem", "payload", "envelope", "list"].map(|name| issuer.path(name));
    ztp(["keys", "trust", arg(&root), "--out", arg(&trust)]).exits(0);
    let licence = r#"{"bench":{"binding":"any"},"customer":"Example","envelope_id":"E-1","features":[],
        "issued_at":"2026-06-20T09:00:00.000Z","licence_id":"L-1","mint":[],"not_after":"2090-01-01T00:00:00.000Z",
        "not_before":"2026-01-01T00:00:00.000Z","previous_envelope":null,"product":"tlsstress","revocation_version":0,
        "root_version":1,"schema":"ztp.licence/2","vault_head":null}"#;
    fs::write(&payload, licence).unwrap();
    let sign = |list: &[&str]| {
        let mut args = vec!["licence", "sign", "--json", "--key", arg(&key), "--certificate", arg(&cert)];
        args.extend(["--in", arg(&payload), "--out", arg(&envelope)]);
        args.extend(list);
        ztp(args).exits(0);
    };
    let judge = || ztp(["licence", "verify", "--json", "--trust", arg(&trust), arg(&envelope)]);
    sign(&[]);
    let run = judge().exits(0);
    assert_eq!(run.string(&["schema"]), "ztp.licence.verdict/2");
    assert_eq!(issuer.ceremony("revoke", &["h1", "h2"], "list", &["--serial", "1"]), 0);
    sign(&["--revocation", arg(&list)]);
    assert_eq!(judge().exits(1).string(&["code"]), "custody_certificate_revoked");
}

#[test]
fn an_auditor_checks_a_transcript_and_finds_keys_in_files_and_every_change() {
    let issuer = Issuer::new();
    issuer.first_root();
    let (root, transcript) = (issuer.path("root1"), issuer.path("root1.transcript"));
    let audit = |document: &Path, more: &[&str]| {
        let mut args = vec!["keys", "audit", "--json", arg(&transcript), "--document", arg(document)];
        args.extend(more);
        ztp(args)
    };
    let run = audit(&root, &["--allow-outside"]).exits(0);
    assert_eq!(run.string(&["schema"]), "ztp.custody.ceremony/1");
    assert_eq!(audit(&root, &[]).exits(1).string(&["code"]), "custody_transcript_key_outside");
    // Another root by the same holders is not the one whose making is recorded.
    let made = issuer.ceremony(
        "ceremony",
        &["h1", "h2", "h3"],
        "other",
        &["--threshold", "1", "--not-after", "2090-01-01"],
    );
    assert_eq!(made, 0);
    let run = audit(&issuer.path("other"), &["--allow-outside"]).exits(1);
    assert_eq!(run.string(&["code"]), "custody_transcript_document");
    let text = fs::read_to_string(&transcript).unwrap();
    fs::write(&transcript, text.replace("An Auditor", "No Auditor")).unwrap();
    let run = audit(&root, &["--allow-outside"]).exits(1);
    assert!(["signature_mismatch", "custody_transcript_step"].contains(&run.string(&["code"]).as_str()));
}

#[test]
fn keys_are_shown_and_only_where_they_can_be_made() {
    let issuer = Issuer::new();
    let run = ztp(["keys", "inspect", "--json", arg(&issuer.path("h2.pem"))]).exits(0);
    assert_eq!(run.string(&["suite"]), "mldsa65-ed25519");
    assert!(!run.text().contains("PRIVATE"));
    let rsa = issuer.path("rsa.pem");
    let run = ztp(["keys", "generate", "--json", "--suite", "rsa4096-pss-sha384", "--out", arg(&rsa)]);
    assert_ne!(run.status, 0);
    assert!(!rsa.exists());
    let run = ztp(["keys", "inspect", "--json", "pkcs11:object=a b"]);
    assert_ne!(run.status, 0);
}
