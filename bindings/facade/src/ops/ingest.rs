//! Taking envelopes in: what a bench has seen, the decision on one envelope, and a run over an incoming directory.

use ztp_audit::source::DirSource;
use ztp_audit::store::{Host, Writer};
use ztp_core::Coded as _;
use ztp_core::digest::Digest;
use ztp_core::signature::Signer;
use ztp_core::time::Timestamp;
use ztp_licence::ingest::{
    Decision, Ingest, IngestError, Minting, QUIET_MS_MAX, Refusal, Seen, Uninterrupted, decide,
};
use ztp_licence::vault::store::{Machine, VaultStore};
use ztp_licence::{Trust, Verdict};

use crate::error::FacadeError;
use crate::ops::vault;
use crate::outcome::{Outcome, failed, settle};
use crate::{input, options};

/// What the bench has seen, as far as the signed envelopes in the sealed log in `dir` prove it from `trust` (a trust document) on:
/// `ztp.licence.seen/1` with every envelope taken in, the versions of the newest root and revocation list, and the clock that the log
/// attests. Each record's hash and link is checked on the way; seals are for [`crate::audit_verify`]. `bench_id` is empty when the
/// caller does not know the bench: licences that are bound to one are then not proved.
///
/// A record that claims what its envelope does not prove changes nothing; it is listed in `findings`, and the outcome's status is
/// `ingest_record_unproven`.
pub fn licence_seen(dir: &[u8], trust: &[u8], bench_id: &[u8]) -> Outcome {
    settle(|| {
        let dir = input::directory(dir).map_err(failed)?;
        let (trust, bench) = (Trust::from_json(trust).map_err(failed)?, bench_of(bench_id)?);
        let seen = Seen::fold(&DirSource::new(dir), &trust, bench).map_err(failed)?;
        let unproven = seen.findings().first().map(|_| "ingest_record_unproven");
        Ok(Outcome::verdict(unproven, seen.to_json().map_err(failed)?))
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
pub fn licence_decide(envelope: &[u8], trust: &[u8], seen: &[u8], now_ms: i64, bench_id: &[u8]) -> Outcome {
    settle(|| {
        let trust = Trust::from_json(trust).map_err(failed)?;
        let bench = bench_of(bench_id)?;
        let seen = match seen {
            [] => Seen::new(&trust, bench),
            document => Seen::from_json(document, &trust, bench).map_err(failed)?,
        };
        let now = Timestamp::from_millis(now_ms).map_err(failed)?;
        let decision = decide(envelope, &seen, now);
        Ok(Outcome::verdict(code(&decision), decision.to_json().map_err(failed)?))
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
