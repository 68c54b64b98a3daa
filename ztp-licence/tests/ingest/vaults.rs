//! The record names the vault before a note is minted, so that no second vault is ever given the same notes.

use ztp_core::digest::{Digest, sha256};
use ztp_core::time::Timestamp;
use ztp_licence::Verdict;
use ztp_licence::ingest::{
    FileResult, IngestError, Minting, Observer, Refusal, RunReport, Step, Uninterrupted,
};

use crate::bench::{Bench, text};
use crate::support::{envelope, now, trust};

struct Vault {
    name: &'static [u8],
    minted: Vec<Digest>,
}

impl Vault {
    fn new(name: &'static [u8]) -> Self {
        Self { name, minted: Vec::new() }
    }
}

impl Minting for Vault {
    fn vault_id(&self) -> Digest {
        sha256(self.name)
    }
    fn clock_floor(&self) -> Timestamp {
        Timestamp::MIN
    }
    fn check(&self, _: &[u8], _: &Verdict, _: Timestamp) -> Result<(), Refusal> {
        Ok(())
    }
    fn mint(&mut self, envelope: &[u8], verdict: &Verdict, _: Timestamp) -> Result<u64, IngestError> {
        self.minted.push(sha256(envelope));
        Ok(verdict.licence().unwrap().mint.len() as u64)
    }
}

fn run(
    bench: &Bench,
    vault: Option<&mut Vault>,
    observer: &mut dyn Observer,
) -> Result<RunReport, IngestError> {
    bench.drop_file("e.json", &envelope());
    bench.try_run(&trust(), now(), 0, vault.map(|vault| vault as &mut dyn Minting), observer)
}

struct StopAt(Step);

impl Observer for StopAt {
    fn reached(&mut self, step: Step, _: &str) -> bool {
        step != self.0
    }
}

#[test]
fn an_envelope_that_was_minted_is_refused_for_a_fresh_vault_and_the_refusal_is_recorded() {
    let bench = Bench::new();
    let (mut first, mut fresh) = (Vault::new(b"first"), Vault::new(b"fresh"));
    let report = run(&bench, Some(&mut first), &mut Uninterrupted).unwrap();
    assert_eq!((report.files[0].result, first.minted.len()), (FileResult::Accepted, 1));
    assert_eq!(text(&bench.events()[0].1, "vault_id"), sha256(b"first").to_string());
    let report = run(&bench, Some(&mut fresh), &mut Uninterrupted).unwrap();
    assert_eq!(report.files[0].codes, ["ingest_other_vault"]);
    assert_eq!((report.code(), fresh.minted.len()), (Some("ingest_other_vault"), 0));
    assert_eq!(bench.classes(), ["licence.ingested", "licence.refused"]);
    // The one it went into is asked again and again without harm.
    let report = run(&bench, Some(&mut first), &mut Uninterrupted).unwrap();
    assert_eq!(report.files[0].result, FileResult::AlreadyIngested);
    bench.assert_log_holds();
}

#[test]
fn a_crash_between_record_and_notes_is_completed_in_the_vault_named_and_in_no_other() {
    let bench = Bench::new();
    let (mut first, mut fresh) = (Vault::new(b"first"), Vault::new(b"fresh"));
    run(&bench, Some(&mut first), &mut StopAt(Step::Recorded)).unwrap_err();
    assert!(first.minted.is_empty(), "recorded, and not minted yet");
    let report = bench.try_run(&trust(), now(), 0, Some(&mut fresh), &mut Uninterrupted).unwrap();
    assert_eq!((report.files[0].codes.as_slice(), fresh.minted.len()), (&["ingest_other_vault"][..], 0));
    let report = run(&bench, Some(&mut first), &mut Uninterrupted).unwrap();
    assert_eq!((report.files[0].notes, first.minted.len()), (Some(3), 1));
}

#[test]
fn an_envelope_taken_in_without_a_vault_is_given_to_the_first_one_named_and_the_name_is_recorded_first() {
    let bench = Bench::new();
    let (mut first, mut fresh) = (Vault::new(b"first"), Vault::new(b"fresh"));
    let _ = run(&bench, None, &mut Uninterrupted).unwrap();
    run(&bench, Some(&mut first), &mut StopAt(Step::Recorded)).unwrap_err();
    assert_eq!((bench.classes().last().unwrap().as_str(), first.minted.len()), ("licence.vault-named", 0));
    let report = bench.try_run(&trust(), now(), 0, Some(&mut fresh), &mut Uninterrupted).unwrap();
    assert_eq!((report.files[0].codes.as_slice(), fresh.minted.len()), (&["ingest_other_vault"][..], 0));
    let report = run(&bench, Some(&mut first), &mut Uninterrupted).unwrap();
    assert_eq!((report.files[0].notes, first.minted.len()), (Some(3), 1));
    assert_eq!(bench.classes(), ["licence.ingested", "licence.vault-named", "licence.refused"]);
    assert!(bench.seen(&trust()).findings().is_empty());
}
