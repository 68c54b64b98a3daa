//! Taking envelopes in: what a bench has seen, the decision on one envelope, and a run over an incoming directory.

use ztp_audit::source::DirSource;
use ztp_audit::store::{Host, Writer};
use ztp_audit::verify::{self, VerifyOptions};
use ztp_core::Coded as _;
use ztp_core::digest::Digest;
use ztp_core::signature::Signer;
use ztp_core::time::Timestamp;
use ztp_licence::ingest::{
    Decision, Ingest, IngestError, Minting, QUIET_MS_MAX, Refusal, SealedLog, Seen, Uninterrupted, decide,
};
use ztp_licence::vault::store::{Machine, VaultStore};
use ztp_licence::{Trust, Verdict};

use crate::error::FacadeError;
use crate::job::Job;
use crate::ops::audit::anchors;
use crate::ops::correlate::{Stage, bytes_of};
use crate::ops::{sealed_log, vault};
use crate::outcome::{Outcome, failed, settle};
use crate::{input, options};

/// The code of a log that holds and that nothing outside vouches for.
const UNANCHORED: &str = "audit_unanchored";

/// What the bench has seen, as far as the signed envelopes in the sealed log in `dir` prove it from `trust` (a trust document) on:
/// `ztp.licence.seen/1` with every envelope taken in, the versions of the newest root and revocation list, the clock that the log
/// attests, and in `sealed_log` the log's own verdict: it is verified first.
///
/// `options` is JSON, or empty for none: `bench` (the bench's id; without it licences that are bound to one are not proved), and `head`,
/// `now`, `require`, `sealed_within_ms` and `vkey` as for [`crate::audit_verify`]. Another thread may follow and cancel through `job`.
///
/// A record that claims what its envelope does not prove changes nothing; it is listed in `findings`. The status is
/// `ingest_log_broken` without more where a record does not hold, `ingest_log_not_intact` where the log otherwise does not, else
/// `ingest_record_unproven` if there are findings, and else that of the log's verdict: `audit_unanchored` where nothing outside vouches
/// for it.
pub fn licence_seen(dir: &[u8], trust: &[u8], options: &[u8], job: &Job) -> Outcome {
    settle(|| {
        let dir = input::directory(dir).map_err(failed)?;
        let trust = Trust::from_json(trust).map_err(failed)?;
        let value = options::parse(options)?;
        let mut fields = options::open(&value)?;
        let bench = options::text(&mut fields, "bench")?;
        let verifying = VerifyOptions { breaks_max: 1, ..anchors(&mut fields)? };
        fields.finish().map_err(failed)?;
        let source = DirSource::new(dir);
        let all = bytes_of(&source)?;
        let verdict =
            verify::verify_source(&source, &verifying, &Stage { job, before: 0, all }).map_err(failed)?;
        let seen = Seen::fold(&source, &trust, bench).map_err(failed)?;
        let found = seen.findings().first().map(|_| "ingest_record_unproven");
        let code = sealed_log::code(&verdict, found, "ingest_log_not_intact");
        let seen = seen.resting_on(SealedLog::of(&verdict));
        Ok(Outcome::verdict(code, seen.to_json().map_err(failed)?))
    })
}

/// A bench's id, where it is given.
fn bench_of(bench_id: &[u8]) -> Result<Option<&str>, Outcome> {
    Ok(Some(input::text("bench_id", bench_id).map_err(failed)?).filter(|id| !id.is_empty()))
}

/// Decides about an envelope as [`licence_ingest`] would, and records nothing.
///
/// `trust` is a trust document, `seen` what the bench has seen ([`licence_seen`]; empty for nothing yet), `bench_id` is empty when
/// the caller is no bench. The outcome's document is the decision (`ztp.licence.decision/1`) with the whole verdict in it; a refusal
/// has the status of the first thing that does not hold. Bytes that were taken in before hold: they are `already_ingested`.
///
/// The decision rests on the log that `seen` was read from, and says so in its member `sealed_log`: one that did not hold decides
/// nothing (`ingest_log_not_intact`), and where nothing outside vouched for it, or nobody verified it, what is not refused has the
/// status `audit_unanchored`.
pub fn licence_decide(envelope: &[u8], trust: &[u8], seen: &[u8], now_ms: i64, bench_id: &[u8]) -> Outcome {
    settle(|| {
        let trust = Trust::from_json(trust).map_err(failed)?;
        let bench = bench_of(bench_id)?;
        let brought = !seen.is_empty();
        let seen = match seen {
            [] => Seen::new(&trust, bench),
            document => Seen::from_json(document, &trust, bench).map_err(failed)?,
        };
        let now = Timestamp::from_millis(now_ms).map_err(failed)?;
        let decision = decide(envelope, &seen, now);
        let log = seen.sealed_log();
        let too_little = if brought { log.map_or(Some(UNANCHORED), SealedLog::unanchored) } else { None };
        let code = code(&decision).or(too_little);
        Ok(Outcome::verdict(code, decision.to_json_resting_on(log).map_err(failed)?))
    })
}

/// The status of a decision.
fn code(decision: &Decision) -> Option<&'static str> {
    use ztp_licence::ingest::DecisionStatus::{Accepted, AlreadyIngested, Refused};
    match decision.status() {
        Accepted | AlreadyIngested => None,
        Refused => Some(decision.codes().first().copied().unwrap_or(FacadeError::Internal.code())),
    }
}

/// Takes in what lies in `dir/incoming`, and records every decision in a sealed log (docs/formats/licence-ingest.md).
///
/// `trust` is the pinned trust document. `options` is JSON: `log` (the sealed log's directory), `bench` (this bench's id), and
/// optionally `quiet_ms` (how long an incomplete file must have been left alone before it is judged), and `vault` with
/// `device_key` (the vault's directory and its device key, PKCS#8 PEM): then the notes are minted into it, with the vault's own
/// options `anchor_file` and `generation`. `randomness` is as in [`crate::vault_init`].
///
/// The outcome's document is the report (`ztp.licence.ingest-run/1`); if a file was refused, its status is the first one's code, else
/// `clock_behind_log` where files wait for the clock, else `ingest_stuck` where one cannot be moved.
pub fn licence_ingest(dir: &[u8], trust: &[u8], options: &[u8], now_ms: i64) -> Outcome {
    with_ingest(trust, options, now_ms, |ingest, now| {
        let dir = input::directory(dir).map_err(failed)?;
        let report = ingest.run(dir, now, &mut Uninterrupted).map_err(failed)?;
        Ok(Outcome::verdict(report.code(), report.to_json().map_err(failed)?))
    })
}

/// Decides about one envelope that is no file of an incoming directory, and records the decision. `file` is its name for the record;
/// `trust`, `options` and the log are as for [`licence_ingest`].
///
/// The outcome's document is `{"decision":…,"hash"|null,"notes"|null,"schema":"ztp.licence.ingest/1","seq"}`.
pub fn licence_ingest_envelope(
    envelope: &[u8],
    file: &[u8],
    trust: &[u8],
    options: &[u8],
    now_ms: i64,
) -> Outcome {
    with_ingest(trust, options, now_ms, |ingest, now| {
        let file = input::text("file", file).map_err(failed)?;
        let recorded = ingest.envelope(envelope, file, now).map_err(failed)?;
        let status = code(&recorded.decision);
        Ok(Outcome::verdict(status, recorded.to_json().map_err(failed)?))
    })
}

fn with_ingest(
    trust: &[u8],
    options: &[u8],
    now_ms: i64,
    call: impl FnOnce(&mut Ingest<'_>, Timestamp) -> Result<Outcome, Outcome>,
) -> Outcome {
    settle(|| {
        let trust = Trust::from_json(trust).map_err(failed)?;
        let now = Timestamp::from_millis(now_ms).map_err(failed)?;
        let value = options::parse(options)?;
        let mut fields = options::open(&value)?;
        let bench = fields.string("bench").map_err(failed)?;
        let device_key = options::text(&mut fields, "device_key")?;
        let log = fields.string("log").map_err(failed)?;
        let quiet_ms = match fields.optional("quiet_ms").map_err(failed)? {
            Some(_) => Some(options::number(&mut fields, "quiet_ms", 0, QUIET_MS_MAX)?),
            None => None,
        };
        let vault = options::text(&mut fields, "vault")?;
        let machine = vault::machine(&mut fields)?;
        let (host, vault_host) = (options::host(&mut fields)?, options::host(&mut fields)?);
        fields.finish().map_err(failed)?;
        let log = input::directory(log.as_bytes()).map_err(failed)?;
        let vault =
            vault.map(|vault| open_vault(vault, device_key.unwrap_or_default(), (machine, vault_host), now));
        let mut vault = vault.transpose()?;
        let mut writer = Writer::open(log, now, host).map_err(failed)?;
        let source = DirSource::new(log);
        let mut ingest = Ingest::new(&mut writer, &source, &trust, bench).map_err(failed)?;
        if let Some(quiet_ms) = quiet_ms {
            ingest = ingest.after_quiet_ms(quiet_ms);
        }
        if let Some(vault) = &mut vault {
            ingest = ingest.into_vault(vault);
        }
        call(&mut ingest, now)
    })
}

/// A vault on disk as the ingest sees it.
struct NoteVault {
    store: VaultStore,
    device: Box<dyn Signer>,
    id: Digest,
}

fn open_vault(
    dir: &str,
    device: &str,
    (machine, host): (Machine, Box<dyn Host>),
    now: Timestamp,
) -> Result<NoteVault, Outcome> {
    let device = vault::open_device(device.as_bytes())?;
    let dir = input::directory(dir.as_bytes()).map_err(failed)?;
    let store = VaultStore::open(dir, machine, now, host).map_err(failed)?;
    let id = store.state().identity().map_err(failed)?.vault_id;
    Ok(NoteVault { store, device, id })
}

impl Minting for NoteVault {
    fn vault_id(&self) -> Digest {
        self.id
    }

    fn clock_floor(&self) -> Timestamp {
        self.store.state().floor()
    }

    fn check(&self, envelope: &[u8], verdict: &Verdict, now: Timestamp) -> Result<(), Refusal> {
        let checked = self.store.check_mint(envelope, verdict, now);
        checked.map_err(|error| Refusal::Mint { code: error.code(), message: error.to_string() })
    }

    fn mint(&mut self, envelope: &[u8], verdict: &Verdict, now: Timestamp) -> Result<u64, IngestError> {
        let minted = self.store.mint(envelope, verdict, self.device.as_ref(), now);
        minted.map_err(|error| IngestError::Mint { code: error.code(), message: error.to_string() })?;
        let notes = verdict.licence().map_or(0, |licence| licence.mint.len());
        Ok(u64::try_from(notes).unwrap_or(u64::MAX))
    }
}
