//! Names and sizes of a log directory (docs/formats/audit-log.md).
//!
//! `segments/<20-digit first seq>.jsonl` holds [`SEGMENT_RECORDS`] records each, `checkpoints/<same>.notes` the
//! signed checkpoints of the seals that lie in that segment, `state` the writer's evolved key, `lock` the writer's lock,
//! `recovered/` the bytes of torn tails that a recovery set aside.

use std::path::{Path, PathBuf};

use ztp_core::vkey::NAME_BYTES_MAX;

/// Records in one segment file; every segment but the last holds exactly this many.
pub const SEGMENT_RECORDS: u64 = 65_536;

/// Records by which an open epoch may exceed its policy's `records_max`, its seal record not counted.
///
/// A writer cuts each batch at the epoch's end and seals at once, so that it keeps to `records_max` but for one record: the one that
/// it writes into an epoch which a crash left full and unsealed, or the first event of a log whose policy allows a single record,
/// which is the genesis. A writer that opens a full epoch seals it before it writes anything else.
pub const EPOCH_EXCESS_MAX: u64 = 1;

/// Longest record line in bytes, its line feed included.
pub const LINE_BYTES_MAX: usize = 1 << 20;

/// Bytes that one write of the writer has at most. Each is synced before the next is begun, so no crash leaves more behind the last line
/// that was synced, and none sets more aside.
pub const WRITE_BYTES_MAX: u64 = 16 << 20;

/// Longest origin, as a C2SP key name may be; it stands twice in each checkpoint.
pub const ORIGIN_BYTES_MAX: usize = NAME_BYTES_MAX;

/// Decimal digits of the largest size: places are integers of the canonical form, up to 2^53-1.
pub const SIZE_DIGITS_MAX: usize = 16;

/// Base64 characters of a root (32 bytes).
pub const ROOT_CHARS: usize = 44;

/// Base64 characters of a signature: a key ID of 4 bytes and the 64 of Ed25519.
pub const SIGNATURE_CHARS: usize = 92;

/// Longest checkpoint in a `.notes` file, in bytes: three lines, an empty one, one signature line, and the empty line after the note.
pub const FILED_NOTE_BYTES_MAX: usize = (ORIGIN_BYTES_MAX + 1)
    + (SIZE_DIGITS_MAX + 1)
    + (ROOT_CHARS + 1)
    + 1
    + ("\u{2014} ".len() + ORIGIN_BYTES_MAX + 1 + SIGNATURE_CHARS + 1)
    + 1;

/// Largest `.notes` file that a log can have, in bytes: each record of its segment a seal, each seal's checkpoint of the greatest length.
pub const NOTES_BYTES_MAX: u64 = SEGMENT_RECORDS * FILED_NOTE_BYTES_MAX as u64;

/// First sequence number of the segment that holds `seq`.
#[must_use]
pub fn segment_of(seq: u64) -> u64 {
    seq - seq % SEGMENT_RECORDS
}

/// File name of the segment whose first record is `first_seq`.
#[must_use]
pub fn segment_name(first_seq: u64) -> String {
    format!("{first_seq:020}.jsonl")
}

/// Reads a segment's first sequence number back from its file name.
#[must_use]
pub fn parse_segment_name(name: &str) -> Option<u64> {
    parse_first_seq(name, ".jsonl")
}

/// Reads a notes file's first sequence number back from its name.
#[must_use]
pub fn parse_notes_name(name: &str) -> Option<u64> {
    parse_first_seq(name, ".notes")
}

fn parse_first_seq(name: &str, extension: &str) -> Option<u64> {
    let digits = name.strip_suffix(extension)?;
    if digits.len() != 20 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// Names of the parts of a log directory.
pub(crate) const SEGMENTS: &str = "segments";
pub(crate) const CHECKPOINTS: &str = "checkpoints";
pub(crate) const RECOVERED: &str = "recovered";
pub(crate) const STATE: &str = "state";
/// Where a state is written before it takes the old one's place.
pub(crate) const STATE_NEW: &str = "state.new";
pub(crate) const LOCK: &str = "lock";

/// All that a log's directory holds.
pub(crate) const TOP_NAMES: [&str; 6] = [SEGMENTS, CHECKPOINTS, RECOVERED, STATE, STATE_NEW, LOCK];

/// The writer's own files, which no verifier reads. A copy may lack them; nothing but a regular file is legitimate under these names.
pub(crate) const WRITER_FILES: [&str; 3] = [LOCK, STATE, STATE_NEW];

/// File name of the checkpoint notes that belong to the segment whose first record is `first_seq`.
#[must_use]
pub fn notes_name(first_seq: u64) -> String {
    format!("{first_seq:020}.notes")
}

/// `DIR/segments`.
#[must_use]
pub fn segments_dir(dir: &Path) -> PathBuf {
    dir.join(SEGMENTS)
}

/// `DIR/checkpoints`.
#[must_use]
pub fn checkpoints_dir(dir: &Path) -> PathBuf {
    dir.join(CHECKPOINTS)
}

/// `DIR/recovered`.
#[must_use]
pub fn recovered_dir(dir: &Path) -> PathBuf {
    dir.join(RECOVERED)
}

/// Path of the segment whose first record is `first_seq`.
#[must_use]
pub fn segment_path(dir: &Path, first_seq: u64) -> PathBuf {
    segments_dir(dir).join(segment_name(first_seq))
}

/// Path of the checkpoint notes that belong to the segment whose first record is `first_seq`.
#[must_use]
pub fn notes_path(dir: &Path, first_seq: u64) -> PathBuf {
    checkpoints_dir(dir).join(notes_name(first_seq))
}

/// `DIR/state`: the writer's evolved key and frontier (mode 0600).
#[must_use]
pub fn state_path(dir: &Path) -> PathBuf {
    dir.join(STATE)
}

/// `DIR/lock`: held exclusively by the one writer.
#[must_use]
pub fn lock_path(dir: &Path) -> PathBuf {
    dir.join(LOCK)
}
