//! A licence file and a trust document from an enemy: whatever the bytes, the verifier answers.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(2, |&b| b == 0);
    let (envelope, trust) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let outcome = ztp_facade::licence_verify(envelope, trust, 1_778_572_800_000, b"bench-01");
    assert!(!outcome.is_ok(), "no fuzzer signs a licence");
    let _ = ztp_facade::licence_inspect(envelope);
});
