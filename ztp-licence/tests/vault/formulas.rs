//! Note ids by the formulas of the format documents.

use ztp_core::digest::{Digest, sha256};

use crate::support::{DAY, at};

pub(crate) fn note_id(
    envelope: usize,
    serial: usize,
    class: &str,
    amount: u64,
    from: i64,
    to: i64,
) -> Digest {
    let (from, to) = (at(from * DAY), at(to * DAY));
    sha256(format!(
        r#"{{"amount":{amount},"class":"{class}","envelope_id":"e-{envelope}","licence_id":"L-0042","not_after":"{to}","not_before":"{from}","schema":"ztp.note/1","serial":{serial}}}"#
    ).as_bytes())
}

pub(crate) fn change_id(
    inputs: &[Digest],
    index: usize,
    class: &str,
    amount: u64,
    from: i64,
    to: i64,
) -> Digest {
    let joined: Vec<u8> = inputs.iter().flat_map(|input| *input.as_bytes()).collect();
    let inputs = sha256(&joined);
    let (from, to) = (at(from * DAY), at(to * DAY));
    sha256(format!(
        r#"{{"amount":{amount},"class":"{class}","index":{index},"inputs":"{inputs}","not_after":"{to}","not_before":"{from}","schema":"ztp.vault.change/1"}}"#
    ).as_bytes())
}
