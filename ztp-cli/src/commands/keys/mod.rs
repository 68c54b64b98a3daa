//! `ztp keys`.

#[cfg(feature = "signer")]
mod ceremony;

use std::path::{Path, PathBuf};

use ztp_core::canonical::Value;
use ztp_facade::{ceremony_check, custody_verify, keys_generate, trust_from_keys, trust_from_root};

use super::succeeded;
use crate::cli::{KeysAuditArgs, KeysCommand, KeysGenerateArgs, KeysTrustArgs, KeysVerifyArgs};
use crate::document::{self, Document, object, string};
use crate::failure::Failure;
use crate::files::{self, now_ms};
use crate::since;
use crate::ui::{GOOD, Report, Ui, printable};

/// Members of `ztp.keys/1` that are printed; the private key is not among them.
const PUBLIC: [&str; 5] = ["key_id", "public_key", "public_key_pem", "suite", "vkey"];

/// Runs one of the commands.
pub(crate) fn run(command: KeysCommand, ui: &Ui) -> Result<Report, Failure> {
    match command {
        KeysCommand::Generate(args) => generate(&args),
        #[cfg(feature = "signer")]
        KeysCommand::Ceremony(args) => ceremony::first_root(&args),
        #[cfg(feature = "signer")]
        KeysCommand::Rotate(args) => ceremony::next_root(&args),
        #[cfg(feature = "signer")]
        KeysCommand::Certify(args) => ceremony::certify(&args),
        #[cfg(feature = "signer")]
        KeysCommand::Revoke(args) => ceremony::revoke(&args),
        #[cfg(feature = "signer")]
        KeysCommand::Cosign(args) => ceremony::cosign(&args),
        #[cfg(feature = "signer")]
        KeysCommand::Inspect { key } => ceremony::inspect(&key),
        KeysCommand::Verify(args) => verify(&args, ui),
        KeysCommand::Audit(args) => audit(&args, ui),
        KeysCommand::Trust(args) => trust(&args),
    }
}

/// Makes a key pair of a suite: the private half goes into a new file or stays in a token, the public half is printed.
fn generate(args: &KeysGenerateArgs) -> Result<Report, Failure> {
    if args.suite == "ed25519" && !args.out.starts_with("pkcs11:") {
        return generate_ed25519(args);
    }
    #[cfg(feature = "signer")]
    return ceremony::generate(args);
    #[cfg(not(feature = "signer"))]
    Err(Failure::usage("this command was built without signing: it makes ed25519 keys in files only"))
}

/// The newest moment at which validity is judged.
fn judged_at(now: Option<&str>) -> Result<i64, Failure> {
    match now {
        Some(when) => since::instant(when, now_ms()).map(|time| time.as_millis()),
        None => Ok(now_ms()),
    }
}

/// A file, or nothing.
fn optional(path: Option<&Path>) -> Result<Vec<u8>, Failure> {
    path.map_or_else(|| Ok(Vec::new()), files::read)
}

/// Verifies a custody document.
fn verify(args: &KeysVerifyArgs, ui: &Ui) -> Result<Report, Failure> {
    let document = files::read(&args.file)?;
    let (root, seen) = (optional(args.root.as_deref())?, optional(args.seen.as_deref())?);
    let outcome = custody_verify(&document, &root, &seen, judged_at(args.now.as_deref())?);
    if !outcome.is_ok() {
        let mut report = Report::finding(ui, "refused", &Failure::of(outcome));
        if !root.is_empty() && root == document {
            report.text.extend_from_slice(
                b"it is the very file given with --root, which is trusted already: a root vouches for its successor\n",
            );
        }
        return Ok(report);
    }
    let verdict = Document::parse(&outcome.document);
    let kind = verdict.text(&["kind"]).unwrap_or("document");
    let number = verdict.integer(&["version"]).or_else(|| verdict.integer(&["serial"])).unwrap_or_default();
    let mut text = format!("{}: {kind} {number}\n", ui.paint(GOOD, "holds"));
    if root.is_empty() {
        text.push_str("taken by its own word: compare its digest with one that came on another path\n");
    }
    if kind == "certificate" && seen.is_empty() {
        text.push_str("not checked: whether it is revoked (--seen)\n");
    }
    Ok(Report::holds(outcome.document, text))
}

/// Checks a transcript, and what it is about.
fn audit(args: &KeysAuditArgs, ui: &Ui) -> Result<Report, Failure> {
    let (transcript, document) = (files::read(&args.transcript)?, files::read(&args.document)?);
    let root = optional(args.root.as_deref())?;
    let holds = custody_verify(&document, &root, b"", judged_at(args.now.as_deref())?);
    if !holds.is_ok() {
        return Ok(Report::finding(ui, "the document is refused", &Failure::of(holds)));
    }
    let checked = ceremony_check(&transcript, &document, args.allow_outside);
    if !checked.is_ok() {
        let outside = checked.name() == "custody_transcript_key_outside";
        let mut refused = Report::finding(ui, "the transcript is refused", &Failure::of(checked));
        if outside {
            refused
                .text
                .extend_from_slice(b"  in development: --allow-outside accepts such keys, and names them\n");
        }
        return Ok(refused);
    }
    let report = Document::parse(&checked.document);
    let mut text =
        format!("{}: {}\n", ui.paint(GOOD, "holds"), report.text(&["purpose"]).unwrap_or_default());
    for key in report.array(&["keys"]) {
        let shown = |name| document::text(key, &[name]).map_or_else(String::new, printable);
        let kept = match document::member(key, &["in_custody"]).and_then(Value::as_bool) {
            Some(true) => "in its token since it was made, by the token's word",
            _ => "NOT in custody",
        };
        let line = format!("  {:<20} {} {}: {kept}\n", shown("holder"), shown("suite"), shown("key_id"));
        text.push_str(&line);
    }
    text.push_str("not checked: that the clock of the ceremony was right, and who stood behind the names\n");
    Ok(Report::holds(checked.document, text))
}

/// Makes the trust document that begins with a root, or that pins keys.
fn trust(args: &KeysTrustArgs) -> Result<Report, Failure> {
    let outcome = match &args.root {
        Some(root) => trust_from_root(&files::read(root)?),
        None => {
            let keys = args.pin.iter().map(|given| pinned(given)).collect::<Result<Vec<_>, _>>()?;
            trust_from_keys(&keys, &args.products)
        }
    };
    let trust = succeeded(outcome)?;
    files::replace(&args.out, &trust)?;
    let text = format!("trust document: {}\n", printable(&args.out.to_string_lossy()));
    Ok(Report::holds(trust, text))
}

/// A public key given on the command line: 64 hexadecimal digits as themselves, or a file that holds it.
fn pinned(given: &str) -> Result<Vec<u8>, Failure> {
    let digits = given.len() == 64 && given.bytes().all(|b| b.is_ascii_hexdigit());
    if digits { Ok(given.as_bytes().to_vec()) } else { files::read(Path::new(given)) }
}

/// Where the public half goes: where it was asked for, or beside the private one.
pub(super) fn public_out(args: &KeysGenerateArgs) -> PathBuf {
    args.public_out.clone().unwrap_or_else(|| {
        let stem = args.out.strip_suffix(".pem").unwrap_or(&args.out);
        PathBuf::from(format!("{stem}.pub.pem"))
    })
}

/// Writes both halves, or neither: nothing is written where the place of the public half is taken.
pub(super) fn write_pair(
    private: &str,
    private_pem: &str,
    public: &Path,
    public_pem: &str,
) -> Result<(), Failure> {
    files::must_be_new(public)?;
    files::create_private(Path::new(private), private_pem.as_bytes())?;
    files::create(public, public_pem.as_bytes())
}

/// Makes an Ed25519 key pair in a file.
fn generate_ed25519(args: &KeysGenerateArgs) -> Result<Report, Failure> {
    let outcome = keys_generate(b"", args.name.as_bytes());
    if !outcome.is_ok() {
        return Err(Failure::of(outcome));
    }
    let keys = Document::parse(&outcome.document);
    let shown = |name| keys.text(&[name]).unwrap_or_default();
    let public = public_out(args);
    write_pair(&args.out, shown("private_key_pem"), &public, shown("public_key_pem"))?;
    let [key_id, public_key, public_key_pem, suite, vkey] =
        PUBLIC.map(|name| (name, keys.text(&[name]).map(string)));
    let out = args.out.as_str();
    let file = ("file", Some(string(out)));
    let public_file = ("public_file", Some(string(public.to_string_lossy())));
    let schema = ("schema", Some(string("ztp.keys.generated/1")));
    let document = object([file, key_id, public_file, public_key, public_key_pem, schema, suite, vkey]);
    let text = format!(
        "private key: {} (mode 0600; whoever holds it signs in your name)\npublic key:  {}\nkey id:      {}\nverifier key: {}\nPublic key: {}\n",
        printable(out),
        printable(&public.to_string_lossy()),
        shown("key_id"),
        shown("vkey"),
        shown("public_key"),
    );
    Ok(Report::holds(document::bytes(&document), text))
}
