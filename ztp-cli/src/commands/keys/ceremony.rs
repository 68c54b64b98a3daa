//! The commands of an issuer: keys, ceremonies and what comes of them.

use ztp_core::canonical::Value;
use ztp_core::digest::sha256;
use ztp_core::time::Timestamp;
use ztp_facade::{
    Holder, Made, RootPlan, conduct, conduct_root, custody_cosign, custody_inspect, custody_verify,
    key_generate, key_report, keys_public,
};

use crate::cli::{CeremonyArgs, CertifyArgs, CosignArgs, KeysGenerateArgs, PartArgs, RevokeArgs, RotateArgs};
use crate::commands::{key, succeeded};
use crate::document::{self, Document, object, string};
use crate::failure::Failure;
use crate::files::{self, now_ms};
use crate::since;
use crate::ui::{Report, printable};

/// Makes a key of any suite, in a file or in a token.
pub(super) fn generate(args: &KeysGenerateArgs) -> Result<Report, Failure> {
    let made = succeeded(key_generate(args.suite.as_bytes(), args.out.as_bytes()))?;
    let read = Document::parse(&made);
    let public_pem = read.text(&["public_key_pem"]).unwrap_or_default();
    let public = match (read.text(&["private_key_pem"]), &args.public_out) {
        (Some(private), _) => {
            let public = super::public_out(args);
            super::write_pair(&args.out, private, &public, public_pem)?;
            Some(public)
        }
        (None, Some(public)) => {
            files::create(public, public_pem.as_bytes())?;
            Some(public.clone())
        }
        (None, None) => None,
    };
    let [key_id, public_key_pem, suite] =
        ["key_id", "public_key_pem", "suite"].map(|name| (name, read.text(&[name]).map(string)));
    let token = ("token", read.value(&["token"]).cloned());
    let schema = ("schema", Some(string("ztp.keys.generated/2")));
    let public = public.map(|path| path.to_string_lossy().into_owned());
    let public_file = ("public_file", public.as_deref().map(string));
    let report = object([key_id, public_file, public_key_pem, schema, suite, token]);
    let shown = |name| read.text(&[name]).unwrap_or_default();
    let place = if read.value(&["token"]).is_some() { "in the token" } else { args.out.as_str() };
    let text = format!(
        "private key: {}\n{}key id:      {}\nsuite:       {}\n{}",
        printable(place),
        public.as_deref().map_or_else(String::new, |path| format!("public key:  {}\n", printable(path))),
        shown("key_id"),
        shown("suite"),
        // Without a file for it, it is nowhere else.
        if public.is_some() { "" } else { shown("public_key_pem") },
    );
    Ok(Report::holds(document::bytes(&report), text))
}

/// Says what a signing key is.
pub(super) fn inspect(given: &str) -> Result<Report, Failure> {
    let report = succeeded(key_report(&key(given)?))?;
    let read = Document::parse(&report);
    let shown = |name| read.text(&[name]).unwrap_or_default().to_owned();
    let mut text = format!("key id: {}\nsuite:  {}\n", shown("key_id"), shown("suite"));
    match read.value(&["token"]) {
        Some(Value::Object(token)) => {
            for (name, value) in token {
                let value = match value {
                    Value::Bool(flag) => flag.to_string(),
                    Value::String(words) => printable(words),
                    _ => "not known".to_owned(),
                };
                text.push_str(&format!("  {name:<20} {value}\n"));
            }
        }
        _ => text.push_str("in a file: whoever can read it signs in your name\n"),
    }
    Ok(Report::holds(report, text))
}

/// A holder as given: a name, an equals sign and a key.
fn holder(given: &str, flag: &str) -> Result<Holder, Failure> {
    let parts = given.split_once('=').filter(|(name, _)| ztp_core::custody::is_identifier(name));
    let (name, place) =
        parts.ok_or_else(|| Failure::usage(format!("{flag}: write NAME=FILE or NAME=pkcs11:…")))?;
    Ok(Holder { name: name.to_owned(), key: key(place)? })
}

fn holders(given: &[String], flag: &str) -> Result<Vec<Holder>, Failure> {
    given.iter().map(|given| holder(given, flag)).collect()
}

fn time(text: &str) -> Result<Timestamp, Failure> {
    since::instant(text, now_ms())
}

/// Writes what a ceremony made.
fn finish(part: &PartArgs, made: &Made) -> Result<Report, Failure> {
    files::replace(&part.out, &made.document)?;
    files::replace(&part.transcript, &made.transcript)?;
    let (out, transcript) = (part.out.to_string_lossy(), part.transcript.to_string_lossy());
    let digest = |bytes: &[u8]| sha256(bytes).to_string();
    let report = object([
        ("document", Some(string(out.as_ref()))),
        ("document_digest", Some(string(digest(&made.document)))),
        ("schema", Some(string("ztp.keys.ceremony/1"))),
        ("transcript", Some(string(transcript.as_ref()))),
        ("transcript_digest", Some(string(digest(&made.transcript)))),
    ]);
    let text = format!(
        "made:       {}\nsha256:     {}\ntranscript: {}\nsha256:     {}\nread the two digests aloud; an auditor checks with:\n  ztp keys audit {} --document {}\n",
        printable(&out),
        digest(&made.document),
        printable(&transcript),
        digest(&made.transcript),
        printable(&transcript),
        printable(&out),
    );
    Ok(Report::holds(document::bytes(&report), text))
}

/// The first root.
pub(super) fn first_root(args: &CeremonyArgs) -> Result<Report, Failure> {
    root(args, 1, &[])
}

/// The next root.
pub(super) fn next_root(args: &RotateArgs) -> Result<Report, Failure> {
    let previous = files::read(&args.previous)?;
    let said = succeeded(custody_inspect(&previous))?;
    let version = Document::parse(&said).integer(&["payload", "version"]).unwrap_or_default();
    let leaving = holders(&args.leaving, "--leaving")?;
    let next = version.saturating_add(1);
    let made = make_root(&args.ceremony, next, &leaving)?;
    // What no bench would take is not written.
    succeeded(custody_verify(&made.document, &previous, b"", now_ms()))?;
    finish(&args.ceremony.part, &made)
}

fn root(args: &CeremonyArgs, version: i64, leaving: &[Holder]) -> Result<Report, Failure> {
    let made = make_root(args, version, leaving)?;
    succeeded(custody_verify(&made.document, b"", b"", now_ms()))?;
    finish(&args.part, &made)
}

fn make_root(args: &CeremonyArgs, version: i64, leaving: &[Holder]) -> Result<Made, Failure> {
    let plan = RootPlan { version, threshold: i64::from(args.threshold), not_after: time(&args.not_after)? };
    let holders = holders(&args.part.holders, "--holder")?;
    conduct_root(&plan, &holders, leaving, &args.part.witnesses, &now_ms).map_err(Failure::of)
}

/// Makes a certificate or revocation list.
fn make(part: &PartArgs, payload: &Value) -> Result<Report, Failure> {
    let holders = holders(&part.holders, "--holder")?;
    let made = conduct(&document::bytes(payload), &holders, &part.witnesses, &now_ms).map_err(Failure::of)?;
    finish(part, &made)
}

fn now() -> Result<Value, Failure> {
    Ok(string(Timestamp::from_millis(now_ms()).map_or_else(|_| String::new(), |now| now.to_string())))
}

/// A list of texts, ascending, each once.
fn ascending(texts: &[String]) -> Value {
    let mut texts = texts.to_vec();
    texts.sort();
    texts.dedup();
    texts.into_iter().map(Value::String).collect::<Vec<_>>().into()
}

/// A class and its most.
fn class(given: &str) -> Result<(String, i64), Failure> {
    let parts = given.rsplit_once('=').and_then(|(class, max)| Some((class, max.parse::<i64>().ok()?)));
    let (class, max) =
        parts.ok_or_else(|| Failure::usage("--class: write CLASS=MAX, such as test-hours=2000"))?;
    Ok((class.to_owned(), max))
}

/// A certificate.
pub(super) fn certify(args: &CertifyArgs) -> Result<Report, Failure> {
    let public = succeeded(keys_public(&key(&args.key)?))?;
    let public = Document::parse(&public);
    let pem = public.text(&["public_key_pem"]).unwrap_or_default();
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let mut classes = args.classes.iter().map(|given| class(given)).collect::<Result<Vec<_>, _>>()?;
    classes.sort();
    let sum = classes.iter().fold(0_i64, |sum, (_, max)| sum.saturating_add(*max));
    let usages: &[&str] = if classes.is_empty() { &["licence"] } else { &["licence", "mint"] };
    let classes: Vec<Value> = classes
        .into_iter()
        .map(|(class, max)| object([("amount_max", Some(Value::Int(max))), ("class", Some(string(class)))]))
        .collect();
    let certified = object([
        ("key_id", public.text(&["key_id"]).map(string)),
        ("public_key", Some(string(base64))),
        ("suite", public.text(&["suite"]).map(string)),
    ]);
    let limits = object([
        ("classes", Some(classes.into())),
        ("products", Some(ascending(&args.products))),
        ("total_max", Some(Value::Int(args.total_max.unwrap_or(sum)))),
    ]);
    let payload = object([
        ("issued_at", Some(now()?)),
        ("key", Some(certified)),
        ("limits", Some(limits)),
        ("name", Some(string(args.name.as_str()))),
        ("not_after", Some(string(time(&args.not_after)?.to_string()))),
        ("not_before", Some(string(time(&args.not_before)?.to_string()))),
        ("schema", Some(string("ztp.custody.certificate/1"))),
        ("serial", Some(Value::Int(args.serial))),
        ("usages", Some(usages.iter().map(|usage| string(*usage)).collect::<Vec<_>>().into())),
    ]);
    make(&args.part, &payload)
}

/// The next revocation list: the one before, and more.
pub(super) fn revoke(args: &RevokeArgs) -> Result<Report, Failure> {
    let previous = match &args.previous {
        Some(path) => Document::parse(&succeeded(custody_inspect(&files::read(path)?))?),
        None => Document::of(Value::Null),
    };
    let version = previous.integer(&["payload", "version"]).unwrap_or_default().saturating_add(1);
    let mut serials = args.serials.clone();
    serials.extend(previous.array(&["payload", "certificate_serials"]).iter().filter_map(Value::as_int));
    serials.sort_unstable();
    serials.dedup();
    let mut key_ids = args.key_ids.clone();
    let before = previous.array(&["payload", "key_ids"]).iter().filter_map(Value::as_str);
    key_ids.extend(before.map(str::to_owned));
    let payload = object([
        ("certificate_serials", Some(serials.into_iter().map(Value::Int).collect::<Vec<_>>().into())),
        ("issued_at", Some(now()?)),
        ("key_ids", Some(ascending(&key_ids))),
        ("schema", Some(string("ztp.custody.revocation/1"))),
        ("version", Some(Value::Int(version))),
    ]);
    make(&args.part, &payload)
}

/// Adds a signature.
pub(super) fn cosign(args: &CosignArgs) -> Result<Report, Failure> {
    let signed = succeeded(custody_cosign(&files::read(&args.file)?, &key(&args.key)?))?;
    files::replace(&args.out, &signed)?;
    let (out, digest) = (args.out.to_string_lossy(), sha256(&signed).to_string());
    let report = object([
        ("document", Some(string(out.as_ref()))),
        ("document_digest", Some(string(digest.as_str()))),
        ("schema", Some(string("ztp.keys.cosigned/1"))),
    ]);
    let text = format!("signed: {}\nsha256: {digest}\n", printable(&out));
    Ok(Report::holds(document::bytes(&report), text))
}
