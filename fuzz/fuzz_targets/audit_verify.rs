//! The verifier reads a log as hostile input: whatever the bytes, it answers, and what it calls intact has no break.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ztp_audit::source::MemorySource;
use ztp_audit::verdict::Status;
use ztp_audit::verify::{NoProgress, VerifyOptions, verify_source};

/// Input: two bytes say how many of the rest are checkpoints; the remainder is the first segment, and after a NUL byte a second.
fn source(input: &[u8]) -> Option<MemorySource> {
    let (len, rest) = input.split_first_chunk::<2>()?;
    let (notes, segments) = rest.split_at_checked(usize::from(u16::from_le_bytes(*len)))?;
    let mut source = MemorySource::default();
    source.notes.insert(0, notes.to_vec());
    let mut parts = segments.splitn(2, |&b| b == 0);
    source.segments.insert(0, parts.next()?.to_vec());
    if let Some(second) = parts.next() {
        source.segments.insert(65_536, second.to_vec());
    }
    Some(source)
}

fuzz_target!(|input: &[u8]| {
    let Some(source) = source(input) else { return };
    let options = VerifyOptions { breaks_max: 8, ..VerifyOptions::default() };
    let verdict = verify_source(&source, &options, &NoProgress).expect("memory can always be read");
    assert_eq!(verdict.status.holds(), verdict.breaks_total == 0);
    // Without an anchor from outside nothing is intact.
    assert_ne!(verdict.status, Status::Intact);
    assert!(verdict.breaks.len() <= 8 && verdict.breaks_total >= verdict.breaks.len() as u64);
    assert!(verdict.breaks.windows(2).all(|b| b[0].seq <= b[1].seq));
    ztp_core::canonical::write(&verdict.to_value()).expect("a verdict is a document of the profile");
});
