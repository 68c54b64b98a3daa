//! `ztp demo`: the whole story in one directory. A bench writes a day into a sealed log and takes in a licence; an auditor
//! verifies both; one byte is changed; the auditor sees which record, when, and what should stand there.

mod bench_day;
mod dice;
mod stage;
mod tamper;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use tempfile::TempDir;
use ztp_core::canonical::Value;
use ztp_core::digest::sha256;

use self::stage::Stage;
use crate::cli::DemoArgs;
use crate::document::{self, Document, integer, object, string, text};
use crate::failure::{CliError, Failure};
use crate::ui::{BAD, GOOD, HEADING, Report, Ui, grouped, printable};

/// Where the demonstration takes place.
enum Place {
    /// A directory that disappears with the run.
    Scratch(TempDir),
    /// One the caller keeps.
    Kept(PathBuf),
}

impl Place {
    fn path(&self) -> &Path {
        match self {
            Self::Scratch(dir) => dir.path(),
            Self::Kept(dir) => dir,
        }
    }
}

/// Runs the demonstration; anything that does not come out as it must is a failure.
pub(crate) fn run(args: &DemoArgs, ui: &Ui) -> Result<Report, Failure> {
    let place = match &args.keep {
        Some(dir) => Place::Kept(empty_directory(dir)?),
        None => {
            let made = tempfile::Builder::new().prefix("ztp-demo-").tempdir();
            Place::Scratch(
                made.map_err(|source| CliError::System { action: "make a temporary directory", source })?,
            )
        }
    };
    let stage = Stage::set(place.path())?;
    let title = format!("a bench day of {} events, seed {}", grouped(args.records.into()), args.seed);
    let mut story = Story { ui, text: format!("{}: {title}\n", ui.paint(HEADING, "demo")) };
    if ui.shows_progress() {
        ui.say(&format!("writing {title} ..."));
    }

    let key_id = stage.make_licence_key()?;
    story.step("keys", &format!("licence signing key {key_id}"));
    let began = Instant::now();
    stage.write_day(args.seed, args.records)?;
    let seconds = began.elapsed().as_secs_f64();
    story.step(
        "log",
        &format!("{} events appended, durably and sealed, in {seconds:.1} s", grouped(args.records.into())),
    );
    let ingested = stage.take_in_licence()?;
    story.step("licence", &format!("signed, verified offline and ingested as record {}", grouped(ingested)));
    stage.keep_head()?;

    let whole = stage.verify(&stage.log(), "verdict.json")?;
    let verdict = expect_status(&whole, "intact")?;
    story.verdict(GOOD, "intact", &verdict, &whole);

    let change = tamper::change_one_byte(&stage.log(), &stage.tampered_log(), args.records / 5 * 3)?;
    story.step(
        "tamper",
        &format!("in a copy, byte {} of {}: {}", grouped(change.offset), change.file, change.what),
    );
    let broken = stage.verify(&stage.tampered_log(), "verdict-tampered.json")?;
    let verdict = expect_status(&broken, "broken")?;
    story.verdict(BAD, "broken", &verdict, &broken);
    let first = verdict.array(&["breaks"]).first().cloned().unwrap_or(Value::Null);
    if integer(&first, &["seq"]) != Some(change.seq) {
        return Err(unexpected(&format!(
            "the byte changed lies in record {}, the verdict names another",
            change.seq
        )));
    }
    story.first_break(&first);

    let kept = matches!(place, Place::Kept(_)).then(|| place.path().to_string_lossy().into_owned());
    story.step(
        "kept",
        &kept.as_deref().map_or_else(|| "nothing; --keep DIR keeps it all".to_owned(), printable),
    );
    let document = object([
        ("break", Some(first)),
        ("directory", kept.map(string)),
        ("events", Some(Value::Int(args.records.into()))),
        ("licence_seq", Some(Value::Int(ingested))),
        ("schema", Some(string("ztp.demo/1"))),
        ("seed", Some(string(args.seed.to_string()))),
        ("tampered_verdict_sha256", Some(string(sha256(&broken).to_string()))),
        ("verdict_sha256", Some(string(sha256(&whole).to_string()))),
    ]);
    Ok(Report::holds(document::bytes(&document), story.text))
}

/// Makes the directory, or takes it if it is empty.
fn empty_directory(dir: &Path) -> Result<PathBuf, Failure> {
    fs::create_dir_all(dir).map_err(|source| Failure::writing(dir, source))?;
    let mut entries = fs::read_dir(dir).map_err(|source| Failure::reading(dir, source))?;
    if entries.next().is_some() {
        return Err(CliError::FileExists { path: dir.join("*") }.into());
    }
    Ok(dir.to_owned())
}

fn expect_status(verdict: &[u8], status: &str) -> Result<Document, Failure> {
    let document = Document::parse(verdict);
    match document.text(&["status"]) {
        Some(found) if found == status => Ok(document),
        found => Err(unexpected(&format!("the verdict must be {status} and is {}", found.unwrap_or("none")))),
    }
}

/// The failure of a step that did not show what it must.
fn unexpected(reason: &str) -> Failure {
    CliError::DemoUnexpected { reason: reason.to_owned() }.into()
}

/// What has been told so far.
struct Story<'a> {
    ui: &'a Ui,
    text: String,
}

impl Story<'_> {
    fn step(&mut self, word: &str, rest: &str) {
        self.text.push_str(&format!("  {word:<8} {rest}\n"));
    }

    fn verdict(&mut self, style: anstyle::Style, status: &str, verdict: &Document, bytes: &[u8]) {
        let count = |path: &[&str]| verdict.integer(path).map_or_else(|| "?".to_owned(), grouped);
        let anchors: Vec<_> = verdict.array(&["anchors"]).iter().filter_map(|a| text(a, &["kind"])).collect();
        let rests = if anchors.is_empty() { "nothing".to_owned() } else { anchors.join(", ") };
        let (records, seals) = (count(&["records"]), count(&["seals"]));
        self.step("verify", &format!("{}, {records} records, {seals} seals", self.ui.paint(style, status)));
        self.step("", &format!("resting on {rests}"));
        self.step("", &format!("sha256 of the verdict {}", sha256(bytes)));
    }

    fn first_break(&mut self, first: &Value) {
        let shown = |name| text(first, &[name]).map_or_else(|| "?".to_owned(), printable);
        let seq = integer(first, &["seq"]).unwrap_or_default();
        self.step("", &format!("{} at record {} of {}", shown("kind"), grouped(seq), shown("timestamp")));
        self.step("", &format!("expected {}", shown("expected")));
        self.step("", &format!("found    {}", shown("found")));
    }
}
