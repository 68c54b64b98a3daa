//! What root does by hand: lines rewritten and chained again, trees signed with whatever key he has.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "test code: a panic is a failed test"
)]
#![allow(unreachable_pub, reason = "shared between test binaries")]
#![allow(dead_code, reason = "each test binary uses its own part of these helpers")]

use std::fs;
use std::path::Path;

use ztp_audit::record::RecordView;
use ztp_core::digest::Digest;
use ztp_core::event::EventClass;
use ztp_core::time::Timestamp;

use crate::common::{ORIGIN, event};

pub const SEGMENT: &str = "segments/00000000000000000000.jsonl";
pub const NOTES: &str = "checkpoints/00000000000000000000.notes";

/// Lines of a segment, line feeds included.
pub fn lines_of(dir: &Path) -> Vec<Vec<u8>> {
    let segment = fs::read(dir.join(SEGMENT)).unwrap();
    segment.split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect()
}

/// Adds one record of the log's own with a whole chain.
pub fn append_sealed(lines: &mut Vec<Vec<u8>>, payload: &str, timestamp: Timestamp) {
    let last = lines.last().unwrap();
    let previous = RecordView::parse(last.strip_suffix(b"\n").unwrap()).unwrap().claimed_hash().unwrap();
    let event_class = EventClass::new("log.sealed").unwrap();
    let draft =
        ztp_audit::record::Draft { event_class: &event_class, payload: payload.as_bytes(), timestamp };
    let mut line = Vec::new();
    ztp_audit::record::write_record(&mut line, &draft, lines.len() as u64, &previous);
    lines.push(line);
}

/// Adds `count` records with a whole chain, the way the writer would, and no seal.
pub fn append_by_hand(lines: &mut Vec<Vec<u8>>, count: u64, time: Timestamp) {
    let last = lines.last().unwrap();
    let mut previous = RecordView::parse(last.strip_suffix(b"\n").unwrap()).unwrap().claimed_hash().unwrap();
    for _ in 0..count {
        let seq = lines.len() as u64;
        let event = event(seq);
        let encoded = ztp_audit::record::encode_payload(&event.payload).unwrap();
        let draft =
            ztp_audit::record::Draft { event_class: &event.event_class, payload: &encoded, timestamp: time };
        let mut line = Vec::new();
        previous = ztp_audit::record::write_record(&mut line, &draft, seq, &previous);
        lines.push(line);
    }
}

pub fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

pub fn rechain(lines: &mut [Vec<u8>], from: usize) {
    let mut previous = match from {
        0 => Digest::ZERO,
        _ => RecordView::parse(lines[from - 1].strip_suffix(b"\n").unwrap()).unwrap().computed_hash(),
    };
    for (place, line) in lines.iter_mut().enumerate().skip(from) {
        let record = RecordView::parse(line.strip_suffix(b"\n").unwrap()).unwrap();
        let payload = ztp_core::canonical::read(record.payload, &Default::default()).unwrap();
        let encoded = ztp_audit::record::encode_payload(&payload).unwrap();
        let class = EventClass::new(String::from_utf8(record.event_class.to_vec()).unwrap()).unwrap();
        let timestamp = Timestamp::from_bytes(record.timestamp).unwrap();
        let draft = ztp_audit::record::Draft { event_class: &class, payload: &encoded, timestamp };
        let mut out = Vec::new();
        previous = ztp_audit::record::write_record(&mut out, &draft, place as u64, &previous);
        *line = out;
    }
}

pub fn split_notes(file: &str) -> Vec<String> {
    let mut notes = Vec::new();
    let mut rest = file;
    while let Some(at) = rest.find("\n\n\u{2014} ") {
        let end = rest[at + 2..].find('\n').unwrap() + at + 3;
        notes.push(rest[..end].to_owned());
        rest = &rest[end + 1..];
    }
    notes
}

pub fn current_key(state: &str) -> ztp_core::signature::SigningKey {
    let seed = state.lines().find_map(|l| l.strip_prefix("seed ")).unwrap();
    ztp_core::signature::SigningKey::from_seed(&ztp_core::encoding::hex_decode::<32>(seed).unwrap())
}

/// Signs the tree over the hashes that the lines state.
pub fn sign_tree(lines: &[Vec<u8>], key: &ztp_core::signature::SigningKey) -> String {
    let mut frontier = ztp_audit::tree::Frontier::new();
    for line in lines {
        let hash = RecordView::parse(line.strip_suffix(b"\n").unwrap()).unwrap().claimed_hash().unwrap();
        frontier.push_leaf(ztp_audit::tree::leaf_hash(hash.as_bytes())).unwrap();
    }
    let checkpoint = ztp_audit::checkpoint::Checkpoint {
        origin: ORIGIN.to_owned(),
        size: frontier.size(),
        root: frontier.root(),
    };
    String::from_utf8(ztp_audit::note::sign(&checkpoint.to_text(), ORIGIN, key).unwrap()).unwrap()
}
