//! One record's hash, and proofs that are carried away from a log and checked without it.

use std::path::Path;

use ztp_audit::head;
use ztp_audit::prove;
use ztp_core::canonical::{INTEGER_MAX, Value};
use ztp_core::schema::Fields;
use ztp_core::vkey::VerifierKey;

use crate::ops::audit::count;
use crate::outcome::{Outcome, failed, settle};
use crate::{input, options};

/// Largest sequence number or size among options.
const SEQ_MAX: u64 = INTEGER_MAX.unsigned_abs();

/// The hash of one record line (with or without its line feed): `{"hash","schema":"ztp.audit.record-hash/1","seq"}`.
///
/// A line that is no record is refused with the offset where it stops being one, and so is one that states another hash.
pub fn record_hash(line: &[u8]) -> Outcome {
    let (record, computed) = match prove::stated(line) {
        Ok(stated) => stated,
        Err(error) => return Outcome::failure(&error),
    };
    let seq = record.seq;
    // Canonical as it stands: three members in order, hexadecimal and an integer.
    let document = format!(r#"{{"hash":"{computed}","schema":"ztp.audit.record-hash/1","seq":{seq}}}"#);
    Outcome::with_document(document.into_bytes())
}

/// Makes an inclusion proof: `{"proof","schema":"ztp.audit.proof/1","vkey"}`.
///
/// `options` is JSON: `seq`, and optionally `size` of the checkpoint to prove it under (the first that covers it otherwise).
/// `proof` is a C2SP `.tlog-proof` file, `vkey` the verifier key of the epoch whose seal signed its checkpoint.
pub fn audit_prove(dir: &[u8], options: &[u8]) -> Outcome {
    settle(|| {
        let dir = input::directory(dir).map_err(failed)?;
        let value = options::parse(options)?;
        let mut fields = options::open(&value)?;
        let seq = options::number(&mut fields, "seq", 0, SEQ_MAX)?;
        let size = optional_size(&mut fields, "size")?;
        fields.finish().map_err(failed)?;
        let proof = prove::prove_inclusion(dir, seq, size).map_err(failed)?;
        carried("ztp.audit.proof/1", dir, &proof)
    })
}

/// Makes a consistency proof: `{"proof","schema":"ztp.audit.consistency/1","vkey"}`.
///
/// `options` is JSON: `old_size`, the size of the older checkpoint, and optionally `new_size` (the last one otherwise). The key
/// that the older checkpoint is verified with is what [`audit_prove`] names for its last record under it.
/// `proof` is the body of a C2SP witness' add-checkpoint request, `vkey` the key of the epoch that signed the newer checkpoint.
pub fn audit_prove_consistency(dir: &[u8], options: &[u8]) -> Outcome {
    settle(|| {
        let dir = input::directory(dir).map_err(failed)?;
        let value = options::parse(options)?;
        let mut fields = options::open(&value)?;
        let old_size = options::number(&mut fields, "old_size", 1, SEQ_MAX)?;
        let new_size = optional_size(&mut fields, "new_size")?;
        fields.finish().map_err(failed)?;
        let proof = prove::prove_consistency(dir, old_size, new_size).map_err(failed)?;
        carried("ztp.audit.consistency/1", dir, &proof)
    })
}

/// Checks an inclusion proof of `record` (one line), without the log:
/// `{"hash","origin","root","schema":"ztp.audit.proven/1","seq","size","unchecked"}`.
///
/// `vkey` is the verifier key of the epoch that signed the proof's checkpoint. A key vouches only for the records of its own epoch, and
/// `unchecked` names `epoch_of_key` unless the record shows by itself that it lies there; what [`audit_prove`] of the log gives as `vkey`
/// for the record is the key of that epoch. Or it is JSON, `{"head","consistency"?}`: a checkpoint that the caller kept from a
/// verification of the log and, where the proof's checkpoint is another one, the proof (what [`audit_prove_consistency`] gives) that the
/// newer of the two extends the older. `size` and `root` are then those of `head`, and nothing is left unchecked about a key.
pub fn audit_check_proof(proof: &[u8], record: &[u8], vkey: &[u8]) -> Outcome {
    settle(|| {
        let proven = if vkey.trim_ascii_start().starts_with(b"{") {
            let value = options::parse(vkey)?;
            let mut fields = options::open(&value)?;
            let head = fields.string("head").map_err(failed)?;
            let joined = options::text(&mut fields, "consistency")?;
            fields.finish().map_err(failed)?;
            prove::check_inclusion_under(proof, record, head.as_bytes(), joined.map(str::as_bytes))
        } else {
            prove::check_inclusion(proof, record, &verifier_key("vkey", vkey)?)
        };
        let proven = proven.map_err(failed)?;
        let unchecked = (!proven.in_epoch_of_key).then(|| Value::from("epoch_of_key"));
        Ok(Outcome::object([
            ("hash", proven.hash.to_string().into()),
            ("origin", proven.origin.into()),
            ("root", proven.root.to_string().into()),
            ("schema", "ztp.audit.proven/1".into()),
            ("seq", count(proven.seq)),
            ("size", count(proven.size)),
            ("unchecked", unchecked.into_iter().collect::<Vec<_>>().into()),
        ]))
    })
}

/// Checks that the checkpoint in `proof` extends `old_checkpoint`, each signed by its epoch's key, without the log:
/// `{"new_root","new_size","old_size","origin","schema":"ztp.audit.extended/1"}`.
pub fn audit_check_consistency(
    proof: &[u8],
    old_checkpoint: &[u8],
    vkey_old: &[u8],
    vkey_new: &[u8],
) -> Outcome {
    settle(|| {
        let vkey_old = verifier_key("vkey_old", vkey_old)?;
        let vkey_new = verifier_key("vkey_new", vkey_new)?;
        let extended =
            prove::check_consistency(proof, old_checkpoint, &vkey_old, &vkey_new).map_err(failed)?;
        Ok(Outcome::object([
            ("new_root", extended.new_root.to_string().into()),
            ("new_size", count(extended.new_size)),
            ("old_size", count(extended.old_size)),
            ("origin", extended.origin.into()),
            ("schema", "ztp.audit.extended/1".into()),
        ]))
    })
}

/// A proof file and the key that its checkpoint is to be verified with.
fn carried(schema: &'static str, dir: &Path, proof: &[u8]) -> Result<Outcome, Outcome> {
    // Path and checkpoint are separated by the file's first empty line.
    let checkpoint = checkpoint_of(proof);
    let vkey = head::vkey_of(dir, checkpoint).map_err(failed)?;
    Ok(Outcome::object([
        ("proof", String::from_utf8_lossy(proof).into_owned().into()),
        ("schema", schema.into()),
        ("vkey", vkey.to_string().into()),
    ]))
}

fn checkpoint_of(proof: &[u8]) -> &[u8] {
    let at = proof.windows(2).position(|two| two == b"\n\n").map_or(proof.len(), |at| at + 2);
    proof.get(at..).unwrap_or_default()
}

fn optional_size(fields: &mut Fields<'_>, name: &'static str) -> Result<Option<u64>, Outcome> {
    if fields.optional(name).map_err(failed)?.is_none() {
        return Ok(None);
    }
    options::number(fields, name, 1, SEQ_MAX).map(Some)
}

fn verifier_key(argument: &'static str, bytes: &[u8]) -> Result<VerifierKey, Outcome> {
    input::text(argument, bytes).map_err(failed)?.parse().map_err(failed)
}
