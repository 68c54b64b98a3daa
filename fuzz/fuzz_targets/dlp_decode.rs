//! One decoder of the egress monitor by itself: bounded output, the inverse where there is one, streams in pieces as in one.
//! `DLP_DECODER` names the decoder; without it the first byte of the input chooses.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use ztp_dlp::fuzzing::{DECODERS, decode};

static ONLY: LazyLock<Option<usize>> = LazyLock::new(|| {
    let name = std::env::var("DLP_DECODER").ok()?;
    Some(DECODERS.iter().position(|decoder| *decoder == name).expect("DLP_DECODER names a decoder"))
});

fuzz_target!(|input: &[u8]| {
    match (*ONLY, input.split_first()) {
        (Some(which), _) => decode(which, input),
        (None, Some((which, rest))) => decode(usize::from(*which) % DECODERS.len(), rest),
        (None, None) => {}
    }
});
