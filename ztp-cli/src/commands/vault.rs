//! `ztp vault`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use ztp_core::canonical::{self, Limits, Value};
use ztp_core::time::Timestamp;
use ztp_facade::{
    Outcome, vault_check_fork, vault_history, vault_init, vault_mint, vault_reanchor, vault_reconcile,
    vault_request, vault_simulate, vault_spend, vault_status, vault_verify, vault_verify_fork,
};

use super::{path_bytes, succeeded, text_file, verifier_key};
use crate::cli::{
    AskedArgs, DeviceArgs, ReanchorChange, VaultCommand, VaultForkArgs, VaultHistoryArgs, VaultInitArgs,
    VaultMintArgs, VaultReanchorArgs, VaultReconcileArgs, VaultRequestArgs, VaultSimulateArgs,
    VaultSpendArgs, VaultStatusArgs, VaultVerifyArgs,
};
use crate::document::{self, Document, integer, object, string, text};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{self, now_ms};
use crate::ui::{BAD, CAUTION, GOOD, Report, Ui, counted, grouped, printable};
use crate::vault_words::{fork_words, receipt_words};
use crate::{progress, since, vault_words};

/// Limits for files with receipts.
const RECEIPTS: Limits = Limits { bytes_max: 64 << 20, depth_max: 32 };

/// Runs a command of the family.
pub(crate) fn run(command: VaultCommand, ui: &Ui) -> Result<Report, Failure> {
    match command {
        VaultCommand::Init(args) => init(&args),
        VaultCommand::Status(args) => status(&args, ui),
        VaultCommand::Mint(args) => mint(&args),
        VaultCommand::Spend(args) => spend(&args),
        VaultCommand::Simulate(args) => simulate(&args, ui),
        VaultCommand::History(args) => history(&args),
        VaultCommand::Verify(args) => verify(&args, ui),
        VaultCommand::VerifyFork(args) => verify_fork(&args, ui),
        VaultCommand::Request(args) => request(&args),
        VaultCommand::Reconcile(args) => reconcile(&args, ui),
        VaultCommand::Reanchor(args) => reanchor(&args),
    }
}

fn init(args: &VaultInitArgs) -> Result<Report, Failure> {
    let options = object([
        ("bench_id", Some(string(args.bench.as_str()))),
        ("generation", args.generation.as_deref().map(string)),
        ("origin", Some(string(args.origin.as_str()))),
    ]);
    let key = files::read(&args.key)?;
    receipt(vault_init(path_bytes(&args.dir), &document::bytes(&options), &key, now_ms()))
}

/// What the machine is, as options; more members may be added.
fn machine(device: &DeviceArgs) -> Vec<(&'static str, Option<Value>)> {
    vec![
        ("anchor_file", device.anchor_file.as_deref().map(path_value)),
        ("generation", device.generation.as_deref().map(string)),
        ("wait_ms", device.wait.ms.filter(|ms| *ms > 0).map(|ms| Value::Int(ms.into()))),
    ]
}

fn path_value(path: &Path) -> Value {
    string(path.to_string_lossy())
}

fn options(members: Vec<(&'static str, Option<Value>)>) -> Vec<u8> {
    document::bytes(&Value::object(members.into_iter().filter_map(|(name, value)| Some((name, value?)))))
}

fn mint(args: &VaultMintArgs) -> Result<Report, Failure> {
    let (envelope, trust) = (files::read(&args.envelope)?, files::read(&args.trust)?);
    let (key, dir) = (files::read(&args.device.key)?, path_bytes(&args.device.dir));
    receipt(vault_mint(dir, &envelope, &trust, &options(machine(&args.device)), &key, now_ms()))
}

/// The request as a document.
fn asked(args: &AskedArgs) -> Value {
    let number = |number: u64| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
    let inputs: Vec<Value> = args.input.iter().map(string).collect();
    let change: Vec<Value> = args.change.iter().map(|amount| number(*amount)).collect();
    object([
        ("amount", Some(number(args.amount))),
        ("change", (!change.is_empty()).then_some(Value::Array(change))),
        ("class", Some(string(args.class.as_str()))),
        ("inputs", (!inputs.is_empty()).then_some(Value::Array(inputs))),
        ("purpose", Some(string(args.purpose.as_str()))),
        ("request_id", Some(string(args.request_id.as_str()))),
    ])
}

fn spend(args: &VaultSpendArgs) -> Result<Report, Failure> {
    let (key, dir) = (files::read(&args.device.key)?, path_bytes(&args.device.dir));
    let request = asked(&args.asked);
    receipt(vault_spend(dir, &document::bytes(&request), &options(machine(&args.device)), &key, now_ms()))
}

fn simulate(args: &VaultSimulateArgs, ui: &Ui) -> Result<Report, Failure> {
    let now = match &args.now {
        Some(when) => since::instant(when, now_ms())?,
        None => Timestamp::from_millis(now_ms()).map_err(|_| Failure::time("now"))?,
    };
    let step = object([
        ("kind", Some(string("spend"))),
        ("request", Some(asked(&args.asked))),
        ("time", Some(string(now.to_string()))),
    ]);
    let script = object([
        ("schema", Some(string("ztp.vault.script/1"))),
        ("steps", Some(Value::Array(vec![step]))),
        ("vault", Some(path_value(&args.dir))),
    ]);
    let outcome = vault_simulate(&document::bytes(&script));
    let found = Document::parse(&outcome.document);
    if found.text(&["schema"]) != Some("ztp.vault.simulation/1") {
        return Err(Failure::of(outcome));
    }
    let result = found.array(&["results"]).first();
    let mut words = String::new();
    if let Some(body) = result.and_then(|result| document::member(result, &["receipt"])) {
        let inputs = document::member(body, &["transaction", "inputs"]).and_then(Value::as_array);
        let inputs = counted(inputs.map_or(0, <[Value]>::len).try_into().unwrap_or(i64::MAX), "note");
        let _infallible = writeln!(words, "{}: it would use {inputs}", ui.paint(GOOD, "would succeed"));
    } else if let Some(message) = result.and_then(|result| text(result, &["message"])) {
        let _infallible = writeln!(words, "{}: {}", ui.paint(BAD, "would be refused"), printable(message));
    } else {
        words.push_str("this request was carried out already: the same receipt, and nothing more is spent\n");
    }
    for class in found.array(&["classes"]) {
        let name = text(class, &["class"]).map_or_else(|| "?".to_owned(), printable);
        let left = integer(class, &["held"]).map_or_else(|| "?".to_owned(), grouped);
        let _infallible = writeln!(words, "  {name}: {left} would be left");
    }
    words.push_str("nothing was written\n");
    let exit = if outcome.is_ok() { Exit::Holds } else { Exit::Finding };
    Ok(Report { exit, document: outcome.document, text: words.into_bytes() })
}

fn reanchor(args: &VaultReanchorArgs) -> Result<Report, Failure> {
    let change = match args.change {
        ReanchorChange::Bind => "bind",
        ReanchorChange::Release => "release",
        ReanchorChange::Generation => "generation",
    };
    let mut members = machine(&args.device);
    members.push(("change", Some(Value::Array(vec![string(change)]))));
    members.push(("reason", Some(string(args.reason.as_str()))));
    let key = files::read(&args.device.key)?;
    receipt(vault_reanchor(path_bytes(&args.device.dir), &options(members), &key, now_ms()))
}

/// A receipt as a result.
fn receipt(outcome: Outcome) -> Result<Report, Failure> {
    let receipt = succeeded(outcome)?;
    let mut words = String::new();
    receipt_words(&mut words, Document::parse(&receipt).value(&[]).unwrap_or(&Value::Null));
    Ok(Report::holds(receipt, words))
}

fn status(args: &VaultStatusArgs, ui: &Ui) -> Result<Report, Failure> {
    let now = match &args.now {
        Some(when) => since::instant(when, now_ms())?.as_millis(),
        None => now_ms(),
    };
    let options = object([("warn_days", Some(Value::Int(args.warn_days.into())))]);
    let status = succeeded(vault_status(path_bytes(&args.dir), &document::bytes(&options), now))?;
    let words = status_words(ui, &Document::parse(&status));
    Ok(Report::holds(status, words))
}

fn status_words(ui: &Ui, status: &Document) -> String {
    let shown = |name| status.text(&[name]).map_or_else(|| "none".to_owned(), printable);
    let count = |name| status.integer(&[name]).unwrap_or_default();
    let mut out = format!(
        "vault of {}, at transaction {}: {} to spend, {} spent, from {}\n  head {}\n",
        shown("bench_id"),
        grouped(count("seq")),
        counted(count("notes"), "note"),
        grouped(count("spent")),
        counted(count("envelopes"), "envelope"),
        shown("head"),
    );
    for class in status.array(&["classes"]) {
        let amount = |name| integer(class, &[name]).map_or_else(|| "?".to_owned(), grouped);
        let runway = match integer(class, &["runway_days"]) {
            Some(days) => {
                let recent = integer(class, &["recent_days"]).unwrap_or_default();
                format!("{} at the rate of the last {}", counted(days, "day"), counted(recent, "day"))
            }
            None => "not spent from lately".to_owned(),
        };
        let name = text(class, &["class"]).map_or_else(|| "?".to_owned(), printable);
        let _infallible = writeln!(
            out,
            "\n{name}: {} to spend now, {} later, {} expired; {runway}",
            amount("spendable"),
            amount("not_yet_valid"),
            amount("expired"),
        );
        for warning in document::member(class, &["warnings"]).and_then(Value::as_array).unwrap_or_default() {
            let words = match warning.as_str() {
                Some("exhausted") => {
                    "nothing can be spent now: ask the issuer for notes with vault request".to_owned()
                }
                Some("runway_short") => "the notes will not last: ask the issuer in time".to_owned(),
                Some("all_expire") => "every note will have expired: ask the issuer in time".to_owned(),
                Some("will_expire_unspent") => {
                    format!("{} will expire, more than is spent until then", amount("expiring"))
                }
                other => printable(other.unwrap_or("?")),
            };
            let days = counted(count("warn_days"), "day");
            let _infallible = writeln!(out, "  {} within {days}, {words}", ui.paint(CAUTION, "warning:"));
        }
    }
    if status.value(&["clock_behind"]) == Some(&Value::Bool(true)) {
        let mark = ui.paint(BAD, "the clock is behind");
        let _infallible = writeln!(out, "\n{mark}: the vault has seen {}", shown("floor"));
    }
    out.push_str("\nnot verified: this is what the vault says of itself; run vault verify\n");
    out
}

fn history(args: &VaultHistoryArgs) -> Result<Report, Failure> {
    let options = object([
        ("from", Some(Value::Int(args.from.into()))),
        ("limit", Some(Value::Int(args.limit.into()))),
    ]);
    let history = succeeded(vault_history(path_bytes(&args.dir), &document::bytes(&options)))?;
    let listed = Document::parse(&history);
    let mut words = String::new();
    for receipt in listed.array(&["receipts"]) {
        receipt_words(&mut words, receipt);
    }
    if let Some(next) = listed.integer(&["next"]) {
        let _infallible = writeln!(words, "more from {}: --from {next}", grouped(next));
    }
    Ok(Report::holds(history, words))
}

fn verify(args: &VaultVerifyArgs, ui: &Ui) -> Result<Report, Failure> {
    let key = |given: &String| verifier_key(given).map(|key| string(String::from_utf8_lossy(&key)));
    let witness = match &args.cosigned {
        Some(note) => {
            let keys = args.witness.iter().map(key).collect::<Result<Vec<_>, _>>()?;
            let note = text_file(note, "--cosigned")?;
            Some(object([("keys", Some(Value::Array(keys))), ("note", Some(string(note)))]))
        }
        None => None,
    };
    let receipts = documents("--receipts", &args.receipts)?;
    let require: Vec<Value> = args.require.iter().map(|tier| string(tier.as_str())).collect();
    let options = object([
        ("anchor_file", args.anchor_file.as_deref().map(path_value)),
        (
            "device_key",
            args.device_key.as_deref().map(|path| text_file(path, "--device-key")).transpose()?.map(string),
        ),
        ("receipts", (!receipts.is_empty()).then_some(Value::Array(receipts))),
        ("require", (!require.is_empty()).then_some(Value::Array(require))),
        ("trust", args.trust.as_deref().map(|path| json_file("--trust", path)).transpose()?),
        ("vkey", args.vkey.as_ref().map(key).transpose()?),
        ("witness", witness),
    ]);
    let options = document::bytes(&options);
    let outcome = progress::run(ui, |job| vault_verify(path_bytes(&args.dir), &options, job))?;
    let verdict = Document::parse(&outcome.document);
    if verdict.text(&["schema"]) != Some("ztp.vault.verdict/1") {
        let failure = Failure::of(outcome);
        return Err(match args.receipts.as_slice() {
            [path] if failure.code() == "vault_evidence_unusable" => failure.about("--receipts", path),
            _ => failure,
        });
    }
    let exit = match outcome.name() {
        "ok" => Exit::Holds,
        "vault_unanchored" => Exit::BelowRequired,
        _ => Exit::Finding,
    };
    let words = vault_words::words(ui, &verdict, &args.dir.to_string_lossy());
    Ok(Report { exit, document: outcome.document, text: words.into_bytes() })
}

fn json_file(flag: &str, path: &Path) -> Result<Value, Failure> {
    let read = canonical::read(&files::read(path)?, &RECEIPTS);
    read.map_err(|error| Failure::unchecked(Outcome::failure(&error)).about(flag, path))
}

fn documents(flag: &str, paths: &[PathBuf]) -> Result<Vec<Value>, Failure> {
    paths.iter().map(|path| json_file(flag, path)).collect()
}

fn verify_fork(args: &VaultForkArgs, ui: &Ui) -> Result<Report, Failure> {
    let device = files::read(&args.device_key)?;
    let outcome = match args.files.as_slice() {
        [first, second] => vault_verify_fork(&files::read(first)?, &files::read(second)?, &device),
        [proof] => vault_check_fork(&files::read(proof)?, &device),
        _ => return Err(Failure::usage("give two receipts, or one proof".to_owned())),
    };
    // Whatever does not prove it leaves the question open: exit status 1 says that two histories were proved, and nothing else.
    if !outcome.is_ok() {
        return Err(Failure::unchecked(outcome));
    }
    if let Some(out) = &args.out {
        files::replace(out, &outcome.document)?;
    }
    let proof = Document::parse(&outcome.document);
    let mut words = format!("{}: the device signed two histories\n", ui.paint(BAD, "forked"));
    fork_words(&mut words, proof.value(&[]).unwrap_or(&Value::Null));
    // Two histories are what the command exists to find.
    Ok(Report { exit: Exit::Finding, document: outcome.document, text: words.into_bytes() })
}

fn request(args: &VaultRequestArgs) -> Result<Report, Failure> {
    let mut members = machine(&args.device);
    members.push(("from", Some(Value::Int(args.from.into()))));
    members.push(("request_id", Some(string(args.request_id.as_str()))));
    let key = files::read(&args.device.key)?;
    let request = succeeded(vault_request(path_bytes(&args.device.dir), &options(members), &key, now_ms()))?;
    files::replace(&args.out, &request)?;
    let file = Document::parse(&request);
    let out = args.out.to_string_lossy();
    let head = file.text(&["body", "head"]).unwrap_or_default().to_owned();
    let receipts = i64::try_from(file.array(&["body", "receipts"]).len()).unwrap_or(i64::MAX);
    let report = object([
        ("file", Some(string(out.as_ref()))),
        ("head", Some(string(head.as_str()))),
        ("receipts", Some(Value::Int(receipts))),
        ("schema", Some(string("ztp.vault.requested/1"))),
        ("seq", file.integer(&["body", "seq"]).map(Value::Int)),
    ]);
    let words = format!(
        "carry {} to the issuer: {} receipts; the answer should be bound to\n  vault_head {head}\n",
        printable(&out),
        grouped(receipts),
    );
    Ok(Report::holds(document::bytes(&report), words))
}

fn reconcile(args: &VaultReconcileArgs, ui: &Ui) -> Result<Report, Failure> {
    let held = document::bytes(&Value::Array(documents("--held", &args.held)?));
    let (request, device) = (files::read(&args.request)?, files::read(&args.device_key)?);
    let outcome = vault_reconcile(&held, &request, &device);
    let found = Document::parse(&outcome.document);
    if found.text(&["schema"]) != Some("ztp.vault.reconciliation/1") {
        return Err(Failure::of(outcome));
    }
    let fork = found.value(&["fork"]).filter(|fork| !fork.is_null());
    if let (Some(out), Some(fork)) = (&args.proof_out, fork) {
        files::replace(out, &document::bytes(fork))?;
    }
    let status = found.text(&["status"]).unwrap_or("?");
    let style = match outcome.name() {
        "ok" => GOOD,
        "vault_nothing_held" => CAUTION,
        _ => BAD,
    };
    let count = |name| found.integer(&[name]).map_or_else(|| "?".to_owned(), grouped);
    let mut words = format!(
        "{}: the request ends at transaction {}, receipts were held up to {}\n",
        ui.paint(style, &printable(status)),
        count("seq"),
        count("known_seq"),
    );
    for gap in found.array(&["missing"]) {
        let end = |name| integer(gap, &[name]).map_or_else(|| "?".to_owned(), grouped);
        let _infallible = writeln!(words, "  no receipts of transactions {} to {}", end("from"), end("to"));
    }
    if let Some(fork) = fork {
        fork_words(&mut words, fork);
    }
    if status == "nothing_held" {
        words.push_str("  nothing was compared: give what you hold of this device with --held; the request's own signatures hold\n");
    }
    if outcome.is_ok() || status == "nothing_held" {
        let head = found.text(&["head"]).unwrap_or_default();
        let _infallible = writeln!(words, "  bind the answer to vault_head {}", printable(head));
    }
    let exit = if outcome.is_ok() { Exit::Holds } else { Exit::of_failure(outcome.status) };
    Ok(Report { exit, document: outcome.document, text: words.into_bytes() })
}
