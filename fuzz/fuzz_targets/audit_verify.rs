//! The verifier reads a log as hostile input: whatever the bytes, names and options, it answers, and what it says to hold has no break.
#![no_main]

use libfuzzer_sys::arbitrary::{self, Arbitrary, Unstructured};
use libfuzzer_sys::fuzz_target;
use ztp_audit::error::VerifyError;
use ztp_audit::source::MemorySource;
use ztp_audit::verify::{NoProgress, Requirement, VerifyOptions, verify_source};
use ztp_core::time::Timestamp;
use ztp_core::vkey::VerifierKey;

/// A segment name: of all numbers, the ones that a log has more often.
fn name(input: &mut Unstructured<'_>) -> arbitrary::Result<u64> {
    Ok(match u8::arbitrary(input)? {
        0 => u64::MAX,
        1 => u64::arbitrary(input)?,
        2 => 1 << 53,
        n => u64::from(n % 4) * 65_536,
    })
}

fn piece<'a>(input: &mut Unstructured<'a>) -> arbitrary::Result<&'a [u8]> {
    let len = usize::from(u16::arbitrary(input)?).min(input.len());
    input.bytes(len)
}

fn drawn(input: &[u8]) -> arbitrary::Result<(MemorySource, VerifyOptions)> {
    let mut input = Unstructured::new(input);
    let mut source = MemorySource::default();
    for _ in 0..u8::arbitrary(&mut input)? % 4 {
        source.notes.insert(name(&mut input)?, piece(&mut input)?.to_vec());
    }
    for _ in 0..u8::arbitrary(&mut input)? % 4 {
        source.segments.insert(name(&mut input)?, piece(&mut input)?.to_vec());
    }
    let time = |input: &mut Unstructured<'_>| -> arbitrary::Result<Option<Timestamp>> {
        Ok(Option::<i64>::arbitrary(input)?.and_then(|ms| Timestamp::from_millis(ms).ok()))
    };
    let head = if bool::arbitrary(&mut input)? { Some(piece(&mut input)?.to_vec()) } else { None };
    let pinned =
        if bool::arbitrary(&mut input)? { std::str::from_utf8(piece(&mut input)?).ok() } else { None };
    let mut options = VerifyOptions {
        since: time(&mut input)?,
        now: time(&mut input)?,
        content_from_head: head.is_some() && bool::arbitrary(&mut input)?,
        head,
        pinned: pinned.and_then(|text| text.parse::<VerifierKey>().ok()),
        breaks_max: 8,
        ..VerifyOptions::default()
    };
    if bool::arbitrary(&mut input)? {
        let mut required = vec![Requirement::EvolvedKey, Requirement::PinnedKey, Requirement::AuditorHead];
        if options.now.is_some() {
            required.push(Requirement::SealedWithin { ms: u64::arbitrary(&mut input)? });
        }
        options.require = Some(required);
    }
    Ok((source, options))
}

fuzz_target!(|input: &[u8]| {
    let Ok((source, options)) = drawn(input) else { return };
    let verdict = match verify_source(&source, &options, &NoProgress) {
        Ok(verdict) => verdict,
        // What the auditor brings may be unusable; the log is always judged.
        Err(
            VerifyError::HeadUnusable { .. }
            | VerifyError::HeadOtherLog { .. }
            | VerifyError::KeyOtherLog { .. },
        ) => return,
        Err(other) => panic!("memory can always be read: {other}"),
    };
    assert_eq!(verdict.status.holds(), verdict.breaks_total == 0);
    assert!(verdict.breaks.len() <= 8 && verdict.breaks_total >= verdict.breaks.len() as u64);
    assert!(verdict.breaks.windows(2).all(|b| b[0].seq <= b[1].seq));
    ztp_core::canonical::write(&verdict.to_value()).expect("a verdict is a document of the profile");
});
