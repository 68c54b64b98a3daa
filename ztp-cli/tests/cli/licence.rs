//! `ztp licence`: sign, verify, inspect, ingest.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::{Run, arg, lines, scratch, segment, tree, ztp};

/// An issuer with a key, a trust document and a licence to sign.
struct Issuer {
    root: TempDir,
}

impl Issuer {
    fn new() -> Self {
        let issuer = Self { root: scratch() };
        let key = ztp(["keys", "generate", "--json", "--out", arg(&issuer.path("isk.pem"))]).exits(0);
        let (key_id, public_key) = (key.string(&["key_id"]), key.string(&["public_key"]));
        let trust = format!(
            r#"{{"schema":"ztp.trust/1","keys":[{{"key_id":"{key_id}","public_key":"{public_key}","suite":"ed25519","products":["tls-stress"]}}]}}"#
        );
        issuer.write("trust.json", trust.as_bytes());
        issuer.write("licence.json", LICENCE.as_bytes());
        issuer
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        fs::write(self.path(name), bytes).expect("a file in a scratch directory is written");
        self.path(name)
    }

    fn sign(&self) -> PathBuf {
        let out = self.path("envelope.json");
        let (key, input) = (self.path("isk.pem"), self.path("licence.json"));
        ztp(["licence", "sign", "--key", arg(&key), "--in", arg(&input), "--out", arg(&out)]).exits(0);
        out
    }

    fn verify(&self, envelope: &Path, more: &[&str]) -> Run {
        let trust = self.path("trust.json");
        let args = ["licence", "verify", arg(envelope), "--trust", arg(&trust), "--now", NOW];
        ztp(args.into_iter().chain(more.iter().copied()))
    }
}

const NOW: &str = "2026-06-01T12:00:00Z";

/// A sealed log of two events that was written before [`NOW`]: an ingest never goes below the time that its log attests.
fn sealed_log(root: &Path) -> PathBuf {
    const WRITTEN_MS: i64 = 1_778_572_800_000;
    let dir = root.join("log");
    let log = arg(&dir).as_bytes();
    assert!(ztp_facade::audit_init(log, br#"{"origin":"bench.example/audit"}"#, WRITTEN_MS).is_ok());
    // A process that another test is starting holds the lock until it runs its program.
    let open = ztp_facade::AuditLog::open_within(log, WRITTEN_MS, 10_000).expect("the log opens");
    assert!(open.append(&lines(2), b"", WRITTEN_MS).is_ok());
    assert!(open.seal(WRITTEN_MS).is_ok());
    dir
}

const LICENCE: &str = r#"{
  "schema": "ztp.licence/1", "envelope_id": "ENV-1", "licence_id": "LIC-1", "customer": "Example Corporation",
  "product": "tls-stress", "bench": {"binding": "bench", "bench_id": "bench-07"}, "features": ["tls13"],
  "issued_at": "2026-05-01T00:00:00.000Z", "not_before": "2026-05-01T00:00:00.000Z",
  "not_after": "2027-05-01T00:00:00.000Z", "mint": [], "previous_envelope": null,
  "revocation": {"version": 0, "revoked_key_ids": []}
}"#;

#[test]
fn a_signed_licence_is_valid_for_its_bench() {
    let issuer = Issuer::new();
    let envelope = issuer.sign();
    let run = issuer.verify(&envelope, &["--bench", "bench-07"]).exits(0);
    let first = run.text().lines().next().unwrap();
    assert!(
        first.starts_with("valid: LIC-1 for Example Corporation, tls-stress from 2026-05-01T00"),
        "{first}"
    );
    assert!(run.text().contains("  pass         canonical_form"), "{}", run.text());
    let run = issuer.verify(&envelope, &["--bench", "bench-07", "--json"]).exits(0);
    assert_eq!(run.string(&["schema"]), "ztp.licence.verdict/1");
    assert_eq!(run.string(&["status"]), "valid");
    assert_eq!(run.string(&["licence", "bench_id"]), "bench-07");
}

#[test]
fn sign_prints_the_digest_of_the_file_it_wrote() {
    let issuer = Issuer::new();
    let (key, input, out) = (issuer.path("isk.pem"), issuer.path("licence.json"), issuer.path("e.json"));
    let args = ["licence", "sign", "--json", "--key", arg(&key), "--in", arg(&input), "--out", arg(&out)];
    let run = ztp(args).exits(0);
    let written = fs::read(&out).unwrap();
    assert_eq!(run.string(&["sha256"]), ztp_core::digest::sha256(&written).to_string());
    assert!(
        written.starts_with(b"{\"payload\":{") && written.ends_with(b"]}"),
        "one document without a line feed"
    );
    let before = fs::read(&out).unwrap();
    ztp(args).exits(0);
    assert_eq!(fs::read(&out).unwrap(), before, "signing again gives the same bytes");
}

#[test]
fn each_condition_is_refused_by_its_own_code() {
    let issuer = Issuer::new();
    let envelope = issuer.sign();
    for (more, code) in [
        (&["--bench", "bench-08"][..], "licence_other_bench"),
        (&[], "licence_bench_not_given"),
        (&["--bench", "bench-07", "--now", "2026-04-01"], "licence_issued_in_future"),
        (&["--bench", "bench-07", "--now", "2028-01-01"], "licence_expired"),
    ] {
        let trust = issuer.path("trust.json");
        let now = if more.contains(&"--now") { &[][..] } else { &["--now", NOW] };
        let args = ["licence", "verify", arg(&envelope), "--trust", arg(&trust), "--json"];
        let run = ztp(args.iter().chain(more).chain(now)).exits(1);
        assert_eq!(run.string(&["code"]), code);
        assert_eq!(run.string(&["status"]), "refused");
    }
}

#[test]
fn another_issuers_licence_is_refused() {
    let (issuer, stranger) = (Issuer::new(), Issuer::new());
    let envelope = stranger.sign();
    let run = issuer.verify(&envelope, &["--bench", "bench-07", "--json"]).exits(1);
    assert_eq!(run.string(&["code"]), "licence_key_unpinned");
    let words = issuer.verify(&envelope, &["--bench", "bench-07"]).exits(1);
    assert!(words.text().starts_with("refused: licence_key_unpinned\n"), "{}", words.text());
    assert!(words.text().contains("  fail         key_pinned"), "{}", words.text());
    assert!(words.text().contains("  not checked  "), "{}", words.text());
}

#[test]
fn an_edit_in_transit_is_named_by_its_byte() {
    let issuer = Issuer::new();
    let good = fs::read_to_string(issuer.sign()).unwrap();
    let at = good.find("\"customer\":").unwrap() + "\"customer\":".len();
    let (before, after) = good.split_at(at);
    let spaced = issuer.write("spaced.json", format!("{before} {after}").as_bytes());
    let run = issuer.verify(&spaced, &["--bench", "bench-07", "--json"]).exits(1);
    assert!(run.text().contains(&format!("\"offset\":{at}")), "{}", run.text());
    let renamed = issuer.write("renamed.json", good.replace("Example C", "Exemple C").as_bytes());
    let run = issuer.verify(&renamed, &["--bench", "bench-07", "--json"]).exits(1);
    assert_eq!(run.string(&["code"]), "signature_mismatch");
}

#[test]
fn half_written_empty_and_binary_envelopes_are_refused_and_left_alone() {
    let issuer = Issuer::new();
    let good = fs::read(issuer.sign()).unwrap();
    let wide: Vec<u8> = good.iter().flat_map(|&b| [b, 0]).collect();
    let huge = [good.as_slice(), &vec![b' '; 9 << 20]].concat();
    for (name, bytes) in [
        ("empty", &b""[..]),
        ("line-feed", &[good.as_slice(), b"\n"].concat()),
        ("half", &good[..good.len() / 2]),
        ("last-byte", &good[..good.len() - 1]),
        ("binary", &[0, 1, 2, 255, 254]),
        ("wide", &wide),
        ("twice", &[good.as_slice(), &good].concat()),
        ("huge", &huge),
        ("other-json", b"{}"),
        ("byte-order-mark", &[b"\xef\xbb\xbf", good.as_slice()].concat()),
    ] {
        let file = issuer.write(name, bytes);
        let before = tree(issuer.root.path());
        let run = issuer.verify(&file, &["--bench", "bench-07", "--json"]).exits(1);
        assert_eq!(run.string(&["status"]), "refused", "{name}");
        let inspected = ztp(["licence", "inspect", arg(&file), "--json"]);
        assert!([0, 1].contains(&inspected.status), "{name}: {}", inspected.status);
        assert_eq!(tree(issuer.root.path()), before, "{name}");
    }
}

#[test]
fn a_trust_document_that_cannot_be_used_is_could_not_check() {
    let issuer = Issuer::new();
    let envelope = issuer.sign();
    let good = fs::read_to_string(issuer.path("trust.json")).unwrap();
    for (name, trust) in [
        ("empty", String::new()),
        ("words", "trust me".to_owned()),
        ("no keys", "{\"schema\":\"ztp.trust/1\",\"keys\":[]}".to_owned()),
        ("a key id of another key", good.replace("\"key_id\":\"", "\"key_id\":\"00").replace("00\"", "\"")),
    ] {
        issuer.write("trust.json", trust.as_bytes());
        let run = issuer.verify(&envelope, &["--json"]).exits(3);
        assert_eq!(run.string(&["schema"]), "ztp.error/1", "{name}");
    }
    fs::remove_file(issuer.path("trust.json")).unwrap();
    assert_eq!(issuer.verify(&envelope, &["--json"]).exits(3).string(&["code"]), "file_missing");
}

#[test]
fn what_is_no_licence_is_not_signed_and_nothing_is_written() {
    let issuer = Issuer::new();
    let (key, out) = (issuer.path("isk.pem"), issuer.path("out.json"));
    let unknown = LICENCE.replace("\"customer\"", "\"colour\": 1, \"customer\"");
    let reversed = LICENCE.replace("2027-05-01", "2025-05-01");
    for bad in ["", "{}", "not json", &unknown, &reversed] {
        let input = issuer.write("bad.json", bad.as_bytes());
        let before = tree(issuer.root.path());
        let args = ["licence", "sign", "--json", "--key", arg(&key), "--in", arg(&input), "--out", arg(&out)];
        let run = ztp(args).exits(1);
        assert_eq!(run.string(&["schema"]), "ztp.error/1");
        assert_eq!(tree(issuer.root.path()), before);
    }
}

#[test]
fn a_key_that_is_none_is_wrong_usage() {
    let issuer = Issuer::new();
    let (input, out) = (issuer.path("licence.json"), issuer.path("out.json"));
    let public = issuer
        .write("public.pem", b"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n");
    for key in [&input, &public] {
        ztp(["licence", "sign", "--json", "--key", arg(key), "--in", arg(&input), "--out", arg(&out)])
            .exits(2);
        assert!(!out.exists());
    }
}

#[test]
fn inspect_shows_the_claims_and_says_that_nothing_was_verified() {
    let issuer = Issuer::new();
    let envelope = issuer.sign();
    let run = ztp(["licence", "inspect", arg(&envelope)]).exits(0);
    assert!(run.text().starts_with("not verified"), "{}", run.text());
    assert!(run.text().contains("LIC-1") && run.text().contains("Example Corporation"), "{}", run.text());
    let json = ztp(["licence", "inspect", arg(&envelope), "--json"]).exits(0);
    assert_eq!(json.string(&["schema"]), "ztp.licence.inspection/1");
}

#[test]
fn ingest_records_the_decision_in_the_sealed_log() {
    let issuer = Issuer::new();
    let envelope = issuer.sign();
    let log = sealed_log(issuer.root.path());
    let trust = issuer.path("trust.json");
    let ingest = |bench: &str| {
        ztp([
            "licence",
            "ingest",
            "--wait",
            "10s",
            arg(&envelope),
            "--trust",
            arg(&trust),
            "--log",
            arg(&log),
            "--now",
            NOW,
            "--bench",
            bench,
            "--json",
        ])
    };
    let refused = ingest("bench-08").exits(1);
    assert_eq!(refused.string(&["schema"]), "ztp.licence.ingest/1");
    assert_eq!(refused.string(&["decision", "decision"]), "refused");
    assert_eq!(refused.integer(&["seq"]), 4);
    let taken = ingest("bench-07").exits(0);
    assert_eq!(taken.string(&["decision", "verdict", "status"]), "valid");
    // The first record comes long after the last seal and is sealed by the policy; each run then seals what it recorded.
    assert_eq!(taken.integer(&["seq"]), 7);
    let again = ingest("bench-07").exits(0);
    assert_eq!(again.string(&["decision", "decision"]), "already_ingested");
    assert_eq!(again.integer(&["seq"]), 7);

    let text = fs::read_to_string(segment(&log)).unwrap();
    let records: Vec<_> = text.lines().skip(4).collect();
    assert_eq!(records.len(), 5, "two decisions, the policy's seal behind the first, and two seals");
    let digest = ztp_core::digest::sha256(&fs::read(&envelope).unwrap()).to_string();
    assert!(records[0].starts_with("{\"event_class\":\"licence.refused\"") && records[0].contains(&digest));
    assert!(records[0].contains("\"codes\":[\"licence_other_bench\"]"), "{}", records[0]);
    assert!(records[3].starts_with("{\"event_class\":\"licence.ingested\"") && records[3].contains(&digest));
    assert!(records[3].contains("\"licence_id\":\"LIC-1\""), "{}", records[3]);
    assert!(records[3].contains(&taken.string(&["hash"])), "the printed hash is the record's");
    ztp(["audit", "verify", arg(&log), "--require", "none"]).exits(0);
    // A refusal of another bench's run was recorded, too; it claims nothing that would have to be proved.
    let seen = ["licence", "seen", arg(&log), "--trust", arg(&trust), "--bench", "bench-07", "--json"];
    let seen = ztp(seen.into_iter().chain(["--require", "none"])).exits(0);
    assert_eq!(seen.string(&["envelopes", "0", "envelope_id"]), "ENV-1");
    let seen = issuer.write("seen.json", &seen.stdout);
    let decide = |more: &[&str]| {
        let args = ["licence", "decide", arg(&envelope), "--trust", arg(&trust), "--now", NOW, "--json"];
        ztp(args.iter().copied().chain(more.iter().copied()))
    };
    let fresh = decide(&["--bench", "bench-07"]).exits(0);
    assert_eq!(fresh.string(&["decision"]), "accepted", "a bench that has seen nothing");
    let known = decide(&["--bench", "bench-07", "--seen", arg(&seen)]).exits(0);
    assert_eq!(known.string(&["decision"]), "already_ingested");
}

#[test]
fn a_directory_is_taken_in_file_by_file_and_the_words_say_where_each_went() {
    let issuer = Issuer::new();
    let envelope = fs::read(issuer.sign()).unwrap();
    let log = sealed_log(issuer.root.path());
    let (trust, dir) = (issuer.path("trust.json"), issuer.path("license"));
    fs::create_dir_all(dir.join("incoming")).unwrap();
    fs::write(dir.join("incoming/envelope-2026-Q3.signed.json"), &envelope).unwrap();
    fs::write(dir.join("incoming/notes.txt"), b"not an envelope").unwrap();
    let run = |more: &[&str]| {
        let args = [
            "licence",
            "ingest",
            "--wait",
            "10s",
            arg(&dir),
            "--trust",
            arg(&trust),
            "--log",
            arg(&log),
            "--now",
            NOW,
        ];
        ztp(args.iter().copied().chain(["--bench", "bench-07"]).chain(more.iter().copied()))
    };
    let words = run(&["--quiet-ms", "0"]).exits(1);
    assert!(
        words.text().contains("accepted          envelope-2026-Q3.signed.json  record 4"),
        "{}",
        words.text()
    );
    assert!(words.text().contains("canonical_unexpected_byte"), "{}", words.text());
    assert!(words.text().contains("1 accepted, 0 taken in before, 1 refused"), "{}", words.text());
    let empty = run(&["--json"]).exits(0);
    assert_eq!(empty.string(&["schema"]), "ztp.licence.ingest-run/1");
    assert_eq!(empty.integer(&["accepted"]), 0);
    // The incoming directory may be named itself, as in the operator's guide; a directory that has none is not made one.
    fs::write(dir.join("incoming/again.json"), &envelope).unwrap();
    let incoming = dir.join("incoming");
    let bench = ["--bench", "bench-07", "--now", NOW];
    let args = [
        "licence",
        "ingest",
        "--wait",
        "10s",
        arg(&incoming),
        "--trust",
        arg(&trust),
        "--log",
        arg(&log),
        "--json",
    ];
    let before = tree(issuer.root.path());
    let _usage = ztp(args).exits(2);
    assert_eq!(tree(issuer.root.path()), before, "without the bench nothing is touched");
    let args = args.iter().copied().chain(bench);
    assert_eq!(ztp(args).exits(0).integer(&["already_ingested"]), 1);
    let args = [
        "licence",
        "ingest",
        "--wait",
        "10s",
        arg(&log),
        "--trust",
        arg(&trust),
        "--log",
        arg(&log),
        "--json",
    ];
    assert_eq!(ztp(args.iter().copied().chain(bench)).exits(3).string(&["code"]), "ingest_directory_missing");
    ztp(["audit", "verify", arg(&log), "--require", "none"]).exits(0);
}

#[test]
fn without_a_log_or_a_verdict_nothing_is_ingested() {
    let issuer = Issuer::new();
    let envelope = issuer.sign();
    let (trust, none) = (issuer.path("trust.json"), issuer.path("none"));
    let args = [
        "licence",
        "ingest",
        "--wait",
        "10s",
        arg(&envelope),
        "--trust",
        arg(&trust),
        "--log",
        arg(&none),
        "--now",
        NOW,
        "--bench",
        "bench-07",
        "--json",
    ];
    assert_eq!(ztp(args).exits(3).string(&["code"]), "log_not_found");
    assert!(!none.exists());
    let log = sealed_log(issuer.root.path());
    let before = tree(&log);
    let args = [
        "licence",
        "ingest",
        "--wait",
        "10s",
        arg(&envelope),
        "--trust",
        arg(&none),
        "--log",
        arg(&log),
        "--json",
    ];
    assert_eq!(
        ztp(args.iter().copied().chain(["--bench", "bench-07"])).exits(3).string(&["code"]),
        "file_missing"
    );
    assert_eq!(tree(&log), before);
}

#[test]
fn a_trust_document_that_cannot_be_used_is_named_and_a_swapped_one_said_to_be() {
    let issuer = Issuer::new();
    let envelope = issuer.sign();
    let log = sealed_log(issuer.root.path());
    let broken = issuer.write("broken-trust.json", b"{\"schema\":\"ztp.trust/1\"}");
    for command in ["verify", "decide"] {
        let run = ztp(["licence", command, arg(&envelope), "--trust", arg(&broken), "--now", NOW]).exits(3);
        assert!(run.stderr.contains(&format!("--trust {}: ", arg(&broken))), "{command}: {}", run.stderr);
        let run = ztp(["licence", command, arg(&broken), "--trust", arg(&envelope), "--now", NOW]).exits(2);
        assert!(run.stderr.contains("are the two files swapped?"), "{command}: {}", run.stderr);
    }
    let run = ztp(["licence", "seen", arg(&log), "--trust", arg(&broken)]).exits(3);
    assert!(run.stderr.contains(arg(&broken)), "{}", run.stderr);
    let args = [
        "licence",
        "ingest",
        "--wait",
        "10s",
        arg(&envelope),
        "--trust",
        arg(&broken),
        "--log",
        arg(&log),
        "--bench",
        "bench-7",
    ];
    let run = ztp(args).exits(3);
    assert!(run.stderr.contains(arg(&broken)), "{}", run.stderr);
}

#[test]
fn an_envelope_that_was_pretty_printed_is_whole_and_said_not_to_be_canonical() {
    let issuer = Issuer::new();
    let envelope = fs::read_to_string(issuer.sign()).unwrap();
    let log = sealed_log(issuer.root.path());
    let incoming = issuer.path("license/incoming");
    fs::create_dir_all(&incoming).unwrap();
    fs::write(incoming.join("pretty.json"), envelope.replacen('{', "{\n  ", 1)).unwrap();
    fs::write(incoming.join("half.json"), envelope.split_at(envelope.len() / 2).0).unwrap();
    let (dir, trust) = (issuer.path("license"), issuer.path("trust.json"));
    let args = [
        "licence",
        "ingest",
        "--wait",
        "10s",
        arg(&dir),
        "--trust",
        arg(&trust),
        "--log",
        arg(&log),
        "--bench",
        "bench-7",
    ];
    let run = ztp(args).exits(0);
    assert!(
        run.text().contains("whole, not canonical: an editor or a formatter changed it"),
        "{}",
        run.text()
    );
    assert!(run.text().contains("not a whole document yet"), "{}", run.text());
}
