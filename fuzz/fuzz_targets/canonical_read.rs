//! Whatever is read can be written, reads back as the same value and is canonical. Limits hold at any setting.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ztp_core::canonical::{self, CanonicalErrorKind as Kind, DEPTH_MAX, Limits, Value};

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fuzz_target!(|input: &[u8]| {
    // The last byte sets the depth, so that limits are met at small sizes too.
    let Some((&last, document)) = input.split_last() else { return };
    let limits = Limits { depth_max: usize::from(last), ..Limits::default() };
    match canonical::read(document, &limits) {
        Ok(value) => {
            assert!(depth(&value) <= limits.depth_max.min(DEPTH_MAX));
            let written = canonical::write(&value).expect("what was read can be written");
            assert_eq!(
                canonical::read(&written, &Limits { depth_max: DEPTH_MAX, bytes_max: usize::MAX }).as_ref(),
                Ok(&value)
            );
            canonical::check(&written, &Limits { depth_max: DEPTH_MAX, bytes_max: usize::MAX })
                .expect("written bytes are canonical");
            let short = Limits { bytes_max: document.len() - 1, ..limits };
            assert_eq!(canonical::read(document, &short).map_err(|error| error.kind), Err(Kind::TooLarge));
        }
        Err(error) => {
            assert!(error.offset <= document.len());
            assert!(!error.kind.is_spelling());
        }
    }
});
