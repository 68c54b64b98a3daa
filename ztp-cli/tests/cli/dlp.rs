//! `ztp dlp`: what is found in files and in standard input, what is printed about it, and what never is.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use tempfile::TempDir;
use ztp_core::canonical::{self, Limits, Value};
use ztp_core::encoding::{base64_decode, base64_encode, hex_encode};

use crate::support::{Run, arg, is_root, scratch, ztp, ztp_with};

const RULES: &str = "- name: internal-domain\n  pattern: '\\.customer-internal\\.com'\n  action: record-and-alert\n  \
                     examples: ['x.customer-internal.com']\n  negative_examples: ['customer.com']\n";

/// A private key that nobody has had before, in a directory of its own.
pub(crate) fn fresh_key() -> (TempDir, String) {
    let dir = scratch();
    let path = dir.path().join("key.pem");
    ztp(["keys", "generate", "--out", arg(&path)]).exits(0);
    let key = fs::read_to_string(&path).unwrap();
    fs::remove_file(path).unwrap();
    fs::remove_file(dir.path().join("key.pub.pem")).unwrap();
    (dir, key)
}

/// Asserts that no eight bytes of the key stand in the text, in the clear, in base64 or in hexadecimal.
#[track_caller]
fn tells_nothing(key: &str, output: impl AsRef<[u8]>) {
    let output = output.as_ref();
    let body: String = key.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = base64_decode(&body).unwrap();
    // The first sixteen bytes say only what kind of key it is.
    let hex = hex_encode(&der[16..]);
    for (secret, length) in [(body.as_bytes(), 8), (&der[16..], 8), (hex.as_bytes(), 16)] {
        for window in secret.windows(length) {
            let repeated = output.windows(length).any(|bytes| bytes.eq_ignore_ascii_case(window));
            assert!(!repeated, "{} is repeated", String::from_utf8_lossy(window));
        }
    }
}

#[track_caller]
fn tell_nothing(key: &str, run: &Run) {
    tells_nothing(key, &run.stdout);
    tells_nothing(key, &run.stderr);
}

fn rules_found(run: &Run, list: &str) -> Vec<String> {
    let member = run.member(&[list]);
    let findings = member.as_array().unwrap().iter();
    findings.map(|finding| finding.get("rule").and_then(Value::as_str).unwrap().to_owned()).collect()
}

#[test]
fn a_key_is_found_in_a_file_however_it_is_dressed_and_never_printed() {
    let (dir, key) = fresh_key();
    for (name, content) in [
        ("plain", key.clone()),
        ("base64", base64_encode(key.as_bytes())),
        ("shifted", format!("x{}", base64_encode(key.as_bytes()))),
        ("hex", hex_encode(key.as_bytes())),
        ("json", format!("{{\"a\":\"{}\"}}", key.replace('\n', "\\n"))),
    ] {
        let path = dir.path().join(name);
        fs::write(&path, content).unwrap();
        let run = ztp(["dlp", "scan", arg(&path)]).exits(1);
        assert!(run.text().contains("pem-material"), "{name}: {}", run.text());
        tell_nothing(&key, &run);
        let run = ztp(["dlp", "scan", "--json", arg(&path)]).exits(1);
        assert_eq!(run.string(&["schema"]), "ztp.dlp.scan/1");
        assert_eq!(run.string(&["verdict"]), "findings");
        assert_eq!(rules_found(&run, "findings")[0], "pem-material", "{name}");
        tell_nothing(&key, &run);
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn harmless_files_hold() {
    let dir = scratch();
    fs::create_dir(dir.path().join("sub")).unwrap();
    fs::write(dir.path().join("sub/a"), "harmless").unwrap();
    fs::write(dir.path().join("b"), vec![b'x'; 700_000]).unwrap();
    let run = ztp(["dlp", "scan", "--json", arg(dir.path())]).exits(0);
    assert_eq!((run.integer(&["files"]), run.integer(&["bytes"])), (2, 700_008));
    assert_eq!(run.string(&["verdict"]), "clean");
    assert_eq!(
        ztp(["dlp", "scan", arg(dir.path())]).exits(0).text(),
        "nothing found, in 2 files of 700,008 bytes\n"
    );
}

#[test]
fn a_finding_beside_something_unreadable_is_still_a_finding() {
    if is_root() {
        // Every file is readable to root: a path that is not there stands for one that is not readable.
        let (dir, key) = fresh_key();
        let path = dir.path().join("key");
        fs::write(&path, key).unwrap();
        let run = ztp(["dlp", "scan", "--json", arg(&path), arg(&dir.path().join("missing"))]).exits(1);
        assert_eq!(run.integer(&["unchecked_count"]), 1);
        return;
    }
    let (dir, key) = fresh_key();
    fs::write(dir.path().join("key"), key).unwrap();
    fs::write(dir.path().join("closed"), "x").unwrap();
    fs::set_permissions(dir.path().join("closed"), std::os::unix::fs::PermissionsExt::from_mode(0o000))
        .unwrap();
    let run = ztp(["dlp", "scan", "--json", arg(dir.path())]).exits(1);
    assert_eq!(run.integer(&["unchecked_count"]), 1);
}

#[test]
fn a_key_in_the_name_of_a_file_is_found_and_the_name_not_printed() {
    let (dir, key) = fresh_key();
    let body: String = key.lines().filter(|line| !line.starts_with("-----")).collect();
    let path = dir.path().join(hex_encode(&base64_decode(&body).unwrap()));
    fs::write(&path, "harmless").unwrap();
    let sarif = dir.path().join("out.sarif");
    for json in [&["--json"][..], &[]] {
        let mut words = vec!["dlp", "scan", arg(&path), "--sarif", arg(&sarif)];
        words.extend_from_slice(json);
        let run = ztp(words).exits(1);
        tell_nothing(&key, &run);
        tells_nothing(&key, fs::read(&sarif).unwrap());
    }
}

#[test]
fn standard_input_is_scanned_as_bytes_or_as_the_body_of_a_request() {
    let (dir, key) = fresh_key();
    let run = ztp_with(["dlp", "scan", "--json", "-"], key.as_bytes()).exits(1);
    assert_eq!(run.string(&["schema"]), "ztp.dlp.report/1");
    tell_nothing(&key, &run);
    tell_nothing(&key, &ztp_with(["dlp", "scan", "-"], key.as_bytes()).exits(1));
    ztp_with(["dlp", "scan", "-"], b"harmless").exits(0);
    let head = dir.path().join("head.json");
    let body: String = key.lines().filter(|line| !line.starts_with("-----")).collect();
    fs::write(
        &head,
        format!(r#"{{"headers":[["x","{body}"]],"principal":"p","url":"https://example.com/"}}"#),
    )
    .unwrap();
    let run = ztp_with(["dlp", "scan", "--json", "-", "--request", arg(&head)], b"harmless").exits(1);
    assert!(run.string(&["findings", "0", "surface"]).starts_with("header"), "{}", run.text());
    assert_eq!(run.string(&["events", "0", "event_class"]), "egress.request");
    tell_nothing(&key, &run);
}

#[test]
fn wrong_usage_is_named() {
    ztp(["dlp", "scan"]).exits(2);
    ztp(["dlp", "scan", "-", "/etc"]).exits(2);
    ztp(["dlp", "scan", "/etc/hostname", "--request", "/etc/hostname"]).exits(2);
    ztp_with(["dlp", "scan", "-", "--sarif", "x"], b"").exits(2);
    let dir = scratch();
    let config = dir.path().join("config");
    fs::write(&config, r#"{"mode":"watch","schema":"ztp.dlp.config/1"}"#).unwrap();
    ztp_with(["dlp", "scan", "-", "--config", arg(&config)], b"").exits(2);
    ztp(["dlp", "rules", "--config", arg(&config)]).exits(2);
    fs::write(&config, r#"{"mode":"observe","other":1,"schema":"ztp.dlp.config/1"}"#).unwrap();
    ztp(["dlp", "scan", "/etc/hostname", "--config", arg(&config)]).exits(2);
    ztp(["dlp", "rules", "--config", arg(&config), "--rules", arg(&config)]).exits(2);
}

#[test]
fn the_sarif_log_has_the_findings_with_their_places_and_nothing_of_the_key() {
    let (dir, key) = fresh_key();
    let found = dir.path().join("a file.txt");
    fs::write(&found, format!("before {key}")).unwrap();
    let sarif = dir.path().join("out.sarif");
    ztp(["dlp", "scan", arg(&found), "--sarif", arg(&sarif)]).exits(1);
    let bytes = fs::read(&sarif).unwrap();
    tells_nothing(&key, &bytes);
    let log = canonical::read(&bytes, &Limits::default()).unwrap();
    assert_eq!(log.get("version").and_then(Value::as_str), Some("2.1.0"));
    let run = &log.get("runs").and_then(Value::as_array).unwrap()[0];
    let driver = run.get("tool").and_then(|tool| tool.get("driver")).unwrap();
    let rules = driver.get("rules").and_then(Value::as_array).unwrap();
    let result = &run.get("results").and_then(Value::as_array).unwrap()[0];
    let rule = result.get("ruleId").and_then(Value::as_str).unwrap();
    assert!(rules.iter().any(|entry| entry.get("id").and_then(Value::as_str) == Some(rule)));
    assert_eq!(result.get("level").and_then(Value::as_str), Some("error"));
    let place =
        result.get("locations").and_then(Value::as_array).unwrap()[0].get("physicalLocation").unwrap();
    let uri = place
        .get("artifactLocation")
        .and_then(|artifact| artifact.get("uri"))
        .and_then(Value::as_str)
        .unwrap();
    assert!(uri.ends_with("/a%20file.txt"), "{uri}");
    let offset =
        place.get("region").and_then(|region| region.get("byteOffset")).and_then(Value::as_int).unwrap();
    assert!((0..20).contains(&offset), "{offset}");
}

#[test]
fn rules_are_listed_with_the_hash_that_reports_name_them_by() {
    let dir = scratch();
    let rules = dir.path().join("rules.yaml");
    fs::write(&rules, RULES).unwrap();
    let run = ztp(["dlp", "rules", "--rules", arg(&rules)]).exits(0);
    for name in [
        "pem-material",
        "k8s-service-account-token",
        "ca-material",
        "sealed-audit-fragment",
        "isk-fingerprint",
        "internal-domain",
    ] {
        assert!(run.text().contains(name), "{}", run.text());
    }
    let listed = ztp(["dlp", "rules", "--json", "--rules", arg(&rules)]).exits(0).string(&["rule_set"]);
    let scanned =
        ztp_with(["dlp", "scan", "--json", "-", "--rules", arg(&rules)], b"x.customer-internal.com").exits(1);
    assert_eq!(scanned.string(&["rule_set"]), listed);
    assert_eq!(rules_found(&scanned, "findings"), ["internal-domain"]);
}

#[test]
fn a_rule_file_is_checked_and_what_is_wrong_has_a_line_and_a_column() {
    let dir = scratch();
    let rules = dir.path().join("rules.yaml");
    fs::write(&rules, RULES).unwrap();
    ztp(["dlp", "test", arg(&rules)]).exits(0);
    assert_eq!(
        ztp(["dlp", "test", "--json", arg(&rules)]).exits(0).string(&["schema"]),
        "ztp.dlp.rules-check/1"
    );
    for (from, to, place) in [
        ("record-and-alert", "obliterate", "line 3, column 11"),
        ("'\\.customer-internal", "'(\\.customer-internal", "line 2, column 12"),
        ("  pattern: '\\.customer-internal\\.com'\n", "  pattern: \"\n", "line "),
    ] {
        fs::write(&rules, RULES.replacen(from, to, 1)).unwrap();
        let run = ztp(["dlp", "test", arg(&rules)]).exits(1);
        assert!(run.text().contains(place), "{}", run.text());
        assert_eq!(ztp(["dlp", "test", "--json", arg(&rules)]).exits(1).string(&["schema"]), "ztp.error/1");
        ztp_with(["dlp", "scan", "-", "--rules", arg(&rules)], b"").exits(2);
    }
    ztp(["dlp", "test", arg(&dir.path().join("missing"))]).exits(3);
}

#[test]
fn completions_and_manual_pages_have_the_commands() {
    let dir = scratch();
    let pages = dir.path().join("man");
    ztp(["man", arg(&pages)]).exits(0);
    let page = fs::read_to_string(pages.join("ztp-dlp-scan.1")).unwrap();
    assert!(page.contains("Exit status") && page.contains("sarif"), "{page}");
    assert!(ztp(["completions", "bash"]).exits(0).text().contains("sarif"));
    assert!(Path::new(&pages).join("ztp-dlp-test.1").exists());
}

#[test]
fn files_are_scanned_side_by_side_and_reported_in_the_order_of_their_names_with_line_and_column() {
    let (dir, key) = fresh_key();
    let names: Vec<String> = (0..300).map(|number| format!("{number:03}.txt")).collect();
    for (number, name) in names.iter().enumerate() {
        let text = if number % 3 == 0 { format!("one\ntwo {key}") } else { "harmless\n".repeat(number * 50) };
        fs::write(dir.path().join(name), text).unwrap();
    }
    let first = ztp(["--json", "dlp", "scan", arg(dir.path())]).exits(1);
    let member = first.member(&["findings"]);
    let files: Vec<String> = member
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            assert_eq!(finding.get("line").and_then(Value::as_int), Some(2));
            assert_eq!(finding.get("column").and_then(Value::as_int), Some(5));
            let file = finding.get("file").and_then(Value::as_str).unwrap();
            Path::new(file).file_name().unwrap().to_string_lossy().into_owned()
        })
        .collect();
    let wanted: Vec<String> = names.iter().step_by(3).cloned().collect();
    assert_eq!(files, wanted);
    assert_eq!(first.member(&["files"]).as_int(), Some(300));
}

#[test]
fn the_threshold_decides_the_exit_status_and_nothing_else() {
    let dir = scratch();
    // Public roots are information; a key is not.
    let Ok(bundle) = fs::read("/etc/ssl/certs/ca-certificates.crt") else {
        eprintln!("SKIPPED: no public roots on this system");
        return;
    };
    let path = dir.path().join("roots.pem");
    fs::write(&path, bundle).unwrap();
    ztp(["dlp", "scan", arg(&path)]).exits(1);
    let run = ztp(["--json", "dlp", "scan", "--fail-on", "low", arg(&path)]).exits(0);
    assert_eq!(run.member(&["verdict"]).as_str(), Some("findings"));
    let (_keep, key) = fresh_key();
    fs::write(&path, &key).unwrap();
    ztp(["dlp", "scan", "--fail-on", "critical", arg(&path)]).exits(1);
}

#[test]
fn a_finding_that_no_list_has_room_for_still_decides_the_exit_status() {
    let (dir, key) = fresh_key();
    let rules = dir.path().join("rules.yaml");
    let every = "- name: host\n  pattern: 'h[0-9]+x[0-9]+\\.customer-internal\\.com'\n  action: record\n  examples: ['h1x1.customer-internal.com']\n";
    fs::write(&rules, every).unwrap();
    let inside = dir.path().join("files");
    fs::create_dir(&inside).unwrap();
    // 64 matches of a rule are listed of each text; each of them is a tag of its own.
    for file in 0..160 {
        let text: String = (0..64)
            .map(|host| format!("h{file}x{host}.customer-internal.com\n{}", " ".repeat(300)))
            .collect();
        fs::write(inside.join(format!("{file:03}")), text).unwrap();
    }
    fs::write(inside.join("zzz"), key).unwrap();
    let run = ztp(["--json", "dlp", "scan", "--fail-on", "critical", "--rules", arg(&rules), arg(&inside)])
        .exits(1);
    let listed = run.member(&["findings"]).as_array().unwrap().len();
    assert!(
        i64::try_from(listed).unwrap() < run.integer(&["findings_count"]),
        "the list is full before the key"
    );
    assert_eq!(run.string(&["gravest"]), "critical");
    fs::remove_file(inside.join("zzz")).unwrap();
    ztp(["--json", "dlp", "scan", "--fail-on", "critical", "--rules", arg(&rules), arg(&inside)]).exits(0);
}

#[test]
fn what_is_found_is_told_while_the_rest_is_still_scanned() {
    use std::io::{BufRead as _, BufReader};
    use std::process::Stdio;

    let (dir, key) = fresh_key();
    fs::write(dir.path().join("a"), &key).unwrap();
    // Much longer to scan than one line is to print.
    let slow = dir.path().join("b");
    fs::write(&slow, vec![b' '; 200 << 20]).unwrap();
    let mut command = crate::support::command();
    command.args(["dlp", "scan", arg(dir.path())]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    assert!(first.contains("pem-material") && first.contains("/a:1:1:"), "{first}");
    assert_eq!(child.try_wait().unwrap(), None, "it was told before the scan ended");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// What does not change from run to run of a SARIF log: version, tags and the folder are named.
#[test]
fn the_sarif_log_is_the_one_that_was_read_by_hand() {
    let dir = scratch();
    let (rules, config) = (dir.path().join("rules.yaml"), dir.path().join("config.json"));
    fs::write(&rules, RULES).unwrap();
    let text = object_of(&[
        ("mode", "observe"),
        ("rules", RULES),
        ("schema", "ztp.dlp.config/1"),
        ("tag_key", &"07".repeat(32)),
    ]);
    fs::write(&config, text).unwrap();
    let inside = dir.path().join("files");
    fs::create_dir(&inside).unwrap();
    fs::write(inside.join("a b.txt"), "one\ntwo x.customer-internal.com and more").unwrap();
    symlink("/", inside.join("link")).unwrap();
    let sarif = dir.path().join("out.sarif");
    ztp(["dlp", "scan", "--config", arg(&config), "--sarif", arg(&sarif), arg(&inside)]).exits(1);
    let log = fs::read_to_string(&sarif).unwrap();
    let shown = log
        .replace(arg(&inside), "FILES")
        .replace(&format!("\"version\":\"{}\"}}}}", env!("CARGO_PKG_VERSION")), "\"version\":\"VERSION\"}}")
        .replace(",\"", ",\n\"");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/scan.sarif");
    if std::env::var_os("ZTP_GOLDEN_WRITE").is_some() {
        fs::write(&golden, &shown).unwrap();
    }
    assert_eq!(shown, fs::read_to_string(golden).unwrap());
}

fn object_of(members: &[(&str, &str)]) -> Vec<u8> {
    canonical::write(&Value::object(members.iter().map(|(name, text)| (*name, Value::from(*text))))).unwrap()
}

#[cfg(feature = "signer")]
#[test]
fn a_signed_baseline_excepts_what_it_names_where_it_was_and_nothing_else() {
    let (dir, key) = fresh_key();
    let at = |name: &str| dir.path().join(name);
    let signer = at("auditor.pem");
    ztp(["keys", "generate", "--out", arg(&signer)]).exits(0);
    let public = at("auditor.pub.pem");
    let config = at("config.json");
    let with_key = |digits: &str| {
        object_of(&[("mode", "observe"), ("schema", "ztp.dlp.config/1"), ("tag_key", &digits.repeat(32))])
    };
    fs::write(&config, with_key("07")).unwrap();
    let inside = at("k\u{e9}ys");
    fs::create_dir(&inside).unwrap();
    fs::write(inside.join("one"), &key).unwrap();
    let found = at("found.json");
    let keep = |run: Run| fs::write(&found, &run.stdout).unwrap();
    let (expires, baseline) = ("2999-01-01", at("baseline.json"));
    let sign = |ends: &str| {
        ztp([
            "--json",
            "dlp",
            "baseline",
            arg(&found),
            "--key",
            arg(&signer),
            "--ticket",
            "SEC-7",
            "--expires",
            ends,
            "--out",
            arg(&baseline),
        ])
    };
    // Tags of a key that was drawn are the same in no other scan, and the command says so.
    keep(ztp(["--json", "dlp", "scan", arg(&inside)]).exits(1));
    assert!(sign("2026-01-01").exits(2).text().contains("tag_key"));
    keep(ztp(["--json", "dlp", "scan", "--config", arg(&config), arg(&inside)]).exits(1));
    assert_eq!(sign(expires).exits(2).string(&["code"]), "dlp_allow_entry");
    let soon = {
        let day = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis()
            + 86_400_000;
        ztp_core::time::Timestamp::from_millis(i64::try_from(day).unwrap()).unwrap().to_string()
    };
    assert_eq!(sign(&soon).exits(0).string(&["schema"]), "ztp.dlp.allow-list/1");
    let scan = |path: &Path, config: &Path, key: &Path| {
        ztp([
            "--json",
            "dlp",
            "scan",
            "--config",
            arg(config),
            "--baseline",
            arg(&baseline),
            "--baseline-key",
            arg(key),
            arg(path),
        ])
    };
    let run = scan(&inside, &config, &public).exits(0);
    assert_eq!((run.integer(&["findings_count"]), run.integer(&["suppressed_count"])), (0, 1));
    assert_eq!(run.string(&["suppressed", "0", "ticket"]), "SEC-7");
    // The baseline of a scan under a baseline keeps what that excepted.
    keep(run);
    sign(&soon).exits(0);
    scan(&inside, &config, &public).exits(0);
    // The same key elsewhere, another key there, another tag_key, another signer, a list that was changed.
    fs::copy(inside.join("one"), inside.join("two")).unwrap();
    assert_eq!(scan(&inside, &config, &public).exits(1).integer(&["findings_count"]), 1);
    fs::remove_file(inside.join("two")).unwrap();
    let (_other, another) = fresh_key();
    fs::write(inside.join("one"), &another).unwrap();
    scan(&inside, &config, &public).exits(1);
    fs::write(inside.join("one"), &key).unwrap();
    let drawn = at("drawn.json");
    fs::write(&drawn, with_key("08")).unwrap();
    scan(&inside, &drawn, &public).exits(1);
    fs::write(&drawn, object_of(&[("mode", "observe"), ("schema", "ztp.dlp.config/1")])).unwrap();
    assert!(scan(&inside, &drawn, &public).exits(2).stderr.contains("tag_key"));
    let stranger = at("stranger.pem");
    ztp(["keys", "generate", "--out", arg(&stranger)]).exits(0);
    assert_eq!(
        scan(&inside, &config, &at("stranger.pub.pem")).exits(2).string(&["code"]),
        "signature_mismatch"
    );
    let text = fs::read_to_string(&baseline).unwrap().replace("SEC-7", "SEC-8");
    fs::write(&baseline, text).unwrap();
    scan(&inside, &config, &public).exits(2);
}
