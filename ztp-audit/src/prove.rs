//! Proofs that can be carried: that a record is in the log under a signed checkpoint, and that one checkpoint extends another.
//!
//! The files are those of C2SP (tlog-proof, and the body of tlog-witness's add-checkpoint), so that others' verifiers read them.
//! Making a proof reads the log once in bounded memory and trusts nothing: a proof is only handed out if it leads to the
//! signed root. Checking one needs the record, the proof and the key, not the log.

use std::ops::ControlFlow;
use std::path::Path;

use ztp_core::Coded;
use ztp_core::digest::Digest;
use ztp_core::transfer::TransferDamage;
use ztp_core::vkey::VerifierKey;

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::control::{LOG_OPENED, LOG_SEALED, LogOpened, LogSealed};
use crate::error::VerifyError;
use crate::head::{each_note, genesis_vkey};
use crate::note::Note;
use crate::proof::{ConsistencyBuilder, InclusionBuilder, ProofError};
use crate::record::{RecordFault, RecordView};
use crate::source::{DirSource, LogSource, each_line, each_record};
use crate::tlog_proof::{AddCheckpoint, ProofFileError, TlogProof};
use crate::tree::leaf_hash;

/// Makes the `.tlog-proof` file for record `seq` under the checkpoint of `size` records, or under the first that covers it.
///
/// # Errors
/// [`VerifyError::NotSealed`] if no checkpoint covers the record; [`VerifyError::OutOfRange`]; [`VerifyError::Damaged`] if the log's
/// hashes do not lead to the signed root.
pub fn prove_inclusion(dir: &Path, seq: u64, size: Option<u64>) -> Result<Vec<u8>, VerifyError> {
    let source = DirSource::new(dir);
    let (checkpoint, note) =
        find_checkpoint(&source, dir, |c| c.size > seq && size.is_none_or(|s| s == c.size))?
            .ok_or_else(|| not_found(size, seq, &source))?;
    let mut builder =
        InclusionBuilder::new(seq, checkpoint.size).map_err(|_| VerifyError::Damaged { seq })?;
    each_leaf(&source, checkpoint.size, |leaf| builder.push_leaf(leaf))?;
    let proof = builder.finish().map_err(|_| VerifyError::Damaged { seq })?;
    if proof.root != checkpoint.root {
        return Err(VerifyError::Damaged { seq });
    }
    Ok(TlogProof::new(seq, proof.path, &note).map_err(|_| VerifyError::Damaged { seq })?.to_bytes())
}

/// Makes the consistency proof file from the first `old_size` records to the checkpoint of `new_size` records, or to the last one.
///
/// # Errors
/// As [`prove_inclusion`].
pub fn prove_consistency(dir: &Path, old_size: u64, new_size: Option<u64>) -> Result<Vec<u8>, VerifyError> {
    let source = DirSource::new(dir);
    let seq = old_size.saturating_sub(1);
    let wanted = |c: &Checkpoint| c.size >= old_size && new_size.is_none_or(|s| s == c.size);
    let found = match new_size {
        Some(_) => find_checkpoint(&source, dir, wanted)?,
        None => last_checkpoint(&source, dir, wanted)?,
    };
    let (checkpoint, note) = found.ok_or_else(|| not_found(new_size, seq, &source))?;
    let mut builder =
        ConsistencyBuilder::new(old_size, checkpoint.size).map_err(|_| VerifyError::Damaged { seq })?;
    each_leaf(&source, checkpoint.size, |leaf| builder.push_leaf(leaf))?;
    let proof = builder.finish().map_err(|_| VerifyError::Damaged { seq })?;
    if proof.new_root != checkpoint.root {
        return Err(VerifyError::Damaged { seq });
    }
    Ok(AddCheckpoint::new(old_size, proof.path, &note).map_err(|_| VerifyError::Damaged { seq })?.to_bytes())
}

fn not_found(size: Option<u64>, seq: u64, source: &dyn LogSource) -> VerifyError {
    let records = each_line(source, |_, _| Ok(ControlFlow::Continue(()))).unwrap_or(0);
    match size {
        Some(asked) => VerifyError::OutOfRange { what: "a checkpoint of size", asked, records },
        None if seq >= records => VerifyError::OutOfRange { what: "record", asked: seq, records },
        None => VerifyError::NotSealed { seq },
    }
}

type Found = Option<(Checkpoint, Vec<u8>)>;

fn find_checkpoint(
    source: &DirSource,
    dir: &Path,
    wanted: impl Fn(&Checkpoint) -> bool,
) -> Result<Found, VerifyError> {
    let origin = genesis_vkey(dir)?.name().to_owned();
    for segment in source.note_segments()? {
        let mut found = None;
        each_checkpoint(source, segment, &origin, |checkpoint, note| {
            if !wanted(&checkpoint) {
                return ControlFlow::Continue(());
            }
            found = Some((checkpoint, note));
            ControlFlow::Break(())
        })?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn last_checkpoint(
    source: &DirSource,
    dir: &Path,
    wanted: impl Fn(&Checkpoint) -> bool,
) -> Result<Found, VerifyError> {
    let origin = genesis_vkey(dir)?.name().to_owned();
    for segment in source.note_segments()?.into_iter().rev() {
        let mut found = None;
        each_checkpoint(source, segment, &origin, |checkpoint, note| {
            if wanted(&checkpoint) {
                found = Some((checkpoint, note));
            }
            ControlFlow::Continue(())
        })?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn each_checkpoint(
    source: &DirSource,
    segment: u64,
    origin: &str,
    mut take: impl FnMut(Checkpoint, Vec<u8>) -> ControlFlow<()>,
) -> Result<(), VerifyError> {
    each_note(source, segment, origin, |note| {
        match Note::parse(&note).ok().and_then(|parsed| Checkpoint::parse(parsed.text()).ok()) {
            Some(checkpoint) => take(checkpoint, note),
            None => ControlFlow::Continue(()),
        }
    })
}

/// The leaves of the first `size` records, each of the hash that its bytes have, not of the one that it states.
fn each_leaf(
    source: &dyn LogSource,
    size: u64,
    mut take: impl FnMut(Digest) -> Result<(), ProofError>,
) -> Result<(), VerifyError> {
    each_record(source, |record| {
        let seq = record.seq;
        let hash = record.claimed_hash().ok_or(VerifyError::Damaged { seq })?;
        take(leaf_hash(hash.as_bytes())).map_err(|_| VerifyError::Damaged { seq })?;
        Ok(if seq + 1 == size { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(())
}

/// What a checked inclusion proof shows: this record is number `seq` of the log `origin`, under a checkpoint of `size` records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// Origin of the log.
    pub origin: String,
    /// Place of the record.
    pub seq: u64,
    /// Its hash.
    pub hash: Digest,
    /// Records under the checkpoint.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Digest,
    /// The record shows by itself that it lies in the epoch whose key signed: it is the seal that the checkpoint is of, or the first record,
    /// which states the key. Of any other record the proof does not tell: whoever has the key of one epoch can sign a tree with any records
    /// of the epochs before.
    pub in_epoch_of_key: bool,
}

/// What a checked consistency proof shows: the newer checkpoint's log begins with all records of the older one's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extended {
    /// Origin of the log.
    pub origin: String,
    /// Records under the older checkpoint.
    pub old_size: u64,
    /// Records under the newer checkpoint.
    pub new_size: u64,
    /// Root of the newer tree.
    pub new_root: Digest,
}

/// Why a proof was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// An editor or a transfer changed the record's line.
    #[error("the record was changed on its way: {0}")]
    Transfer(#[from] TransferDamage),
    /// The record is not one.
    #[error("the record is not one at byte {}: {}", .0.offset(), .0.reason())]
    Record(RecordFault),
    /// The record's own hash does not hold.
    #[error("the record's bytes hash to {computed}, not to what it states")]
    RecordHash {
        /// Hash of its bytes.
        computed: Digest,
    },
    /// The proof is for another place than the record states.
    #[error("the proof is for record {proof}, the record states {record}")]
    OtherRecord {
        /// Place the proof is for.
        proof: u64,
        /// Place the record states.
        record: u64,
    },
    /// The key cannot have signed a checkpoint of this size: what is proven shows where its epoch begins, or that none ends there.
    #[error("the key cannot have signed a checkpoint of {size} records: {reason}")]
    KeyEpoch {
        /// Records under the checkpoint.
        size: u64,
        /// Why not.
        reason: &'static str,
    },
    /// The older checkpoint could not be read or is not signed as it must be.
    #[error("the older checkpoint: {0}")]
    OldCheckpoint(#[from] CheckpointError),
    /// The proof does not read or does not hold.
    #[error(transparent)]
    Proof(#[from] ProofFileError),
}

impl Coded for CheckError {
    fn code(&self) -> &'static str {
        match self {
            Self::Transfer(damage) => damage.code(),
            Self::Record(_) => "record_malformed",
            Self::RecordHash { .. } => "record_hash_mismatch",
            Self::OtherRecord { .. } => "proof_other_record",
            Self::KeyEpoch { .. } => "proof_key_epoch",
            Self::OldCheckpoint(e) => e.code(),
            Self::Proof(e) => e.code(),
        }
    }

    fn offset(&self) -> Option<u64> {
        match self {
            Self::Transfer(damage) => damage.offset(),
            Self::Record(fault) => Some(fault.offset() as u64),
            Self::OldCheckpoint(e) => e.offset(),
            Self::Proof(e) => e.offset(),
            _ => None,
        }
    }
}

/// Checks a `.tlog-proof` file for one record line (with or without its line feed) against the key of the epoch that signed.
///
/// # Errors
/// The [`CheckError`] that says what does not hold.
pub fn check_inclusion(proof: &[u8], line: &[u8], vkey: &VerifierKey) -> Result<Proven, CheckError> {
    let (record, hash) = stated(line)?;
    let proof = TlogProof::parse(proof)?;
    let checkpoint = proof.verify(&leaf_hash(hash.as_bytes()), std::slice::from_ref(vkey))?.clone();
    let size = checkpoint.size;
    let proven = proven(&proof, record.seq, hash, checkpoint)?;
    Ok(Proven { in_epoch_of_key: is_in_epoch(&record, size, vkey)?, ..proven })
}

/// As [`check_inclusion`], for a verifier who kept a checkpoint and knows no other key than the log's first: the keys of later
/// epochs stand in the log alone, so that a signature by one of them says nothing to who does not have it.
///
/// `kept` is a checkpoint that the verifier got from a verification of the log, and vouches for by himself. The proof's checkpoint is
/// that one, or is joined to it by `consistency`, the body of an add-checkpoint request from the older of the two to the newer.
/// The record then stands in the tree of the checkpoint that was kept, whoever signed the other one.
///
/// # Errors
/// The [`CheckError`] that says what does not hold; `proof_file_other_checkpoint` where nothing joins the two checkpoints, and
/// `proof_index_out_of_range` for a record after the one that was kept, about which it can say nothing.
pub fn check_inclusion_under(
    proof: &[u8],
    line: &[u8],
    kept: &[u8],
    consistency: Option<&[u8]>,
) -> Result<Proven, CheckError> {
    let note = Note::parse(kept).map_err(CheckpointError::from)?;
    let kept = Checkpoint::parse(note.text())?;
    let (record, hash) = stated(line)?;
    let seq = record.seq;
    let proof = TlogProof::parse(proof)?;
    let under = proof.leads_from(&leaf_hash(hash.as_bytes())).map_err(ProofFileError::from)?.clone();
    if under != kept {
        let joined = consistency.ok_or_else(|| other(&under, &kept))?;
        let joined = AddCheckpoint::parse(joined)?;
        let (old, new) = if under.size < kept.size { (&under, &kept) } else { (&kept, &under) };
        let extended = joined.extends(old)?;
        if extended != new {
            return Err(other(extended, new));
        }
    }
    if seq >= kept.size {
        let size = kept.size;
        return Err(ProofFileError::from(ProofError::IndexOutOfRange { index: seq, size }).into());
    }
    proven(&proof, seq, hash, kept)
}

fn other(found: &Checkpoint, wanted: &Checkpoint) -> CheckError {
    CheckError::Proof(ProofFileError::OtherCheckpoint {
        origin: found.origin.clone(),
        size: found.size,
        old_origin: wanted.origin.clone(),
        old_size: wanted.size,
    })
}

/// Reads one record line (with or without its line feed) that was carried away from its log, and the hash of its bytes, which must be the
/// one it states.
///
/// # Errors
/// The [`CheckError`] that says why it is none.
pub fn stated(line: &[u8]) -> Result<(RecordView<'_>, Digest), CheckError> {
    TransferDamage::check(line)?;
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let record = RecordView::parse(line).map_err(CheckError::Record)?;
    let hash = record.computed_hash();
    if record.claimed_hash() == Some(hash) {
        Ok((record, hash))
    } else {
        Err(CheckError::RecordHash { computed: hash })
    }
}

fn proven(proof: &TlogProof, seq: u64, hash: Digest, under: Checkpoint) -> Result<Proven, CheckError> {
    if proof.index() != seq {
        return Err(CheckError::OtherRecord { proof: proof.index(), record: seq });
    }
    let Checkpoint { origin, size, root } = under;
    Ok(Proven { origin, seq, hash, size, root, in_epoch_of_key: true })
}

/// Whether the record shows by itself that it lies in the epoch of the key which signed a checkpoint of `size` records.
fn is_in_epoch(record: &RecordView<'_>, size: u64, vkey: &VerifierKey) -> Result<bool, CheckError> {
    let refused = |reason| Err(CheckError::KeyEpoch { size, reason });
    let is_last = record.seq.saturating_add(1) == size;
    if record.event_class == LOG_SEALED.as_bytes() {
        let announced = LogSealed::parse(record.payload).ok().map(|sealed| sealed.next_public_key);
        if is_last && announced.as_ref() == Some(vkey.key()) {
            return refused("its last record announces this key for the epoch after");
        }
        return Ok(is_last);
    }
    if is_last {
        return refused("its last record is no seal, and only a seal ends an epoch");
    }
    let opened = (record.event_class == LOG_OPENED.as_bytes()).then(|| LogOpened::parse(record.payload).ok());
    Ok(opened.flatten().is_some_and(|opened| opened.public_key == *vkey.key()))
}

/// Checks that the newer checkpoint in `proof` extends `old_note`, each signed by the key of its own epoch.
///
/// # Errors
/// The [`CheckError`] that says what does not hold.
pub fn check_consistency(
    proof: &[u8],
    old_note: &[u8],
    vkey_old: &VerifierKey,
    vkey_new: &VerifierKey,
) -> Result<Extended, CheckError> {
    let old = Checkpoint::open(old_note, std::slice::from_ref(vkey_old))?;
    let proof = AddCheckpoint::parse(proof)?;
    let new = proof.verify(&old, std::slice::from_ref(vkey_new))?;
    Ok(Extended { origin: new.origin.clone(), old_size: old.size, new_size: new.size, new_root: new.root })
}
