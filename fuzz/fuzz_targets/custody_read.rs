//! Roots, certificates, revocation lists and transcripts from an enemy: none is accepted, and nothing panics.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(2, |&b| b == 0);
    let (document, root) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    for root in [b"".as_slice(), root] {
        assert!(!ztp_facade::custody_verify(document, root, b"", 0).is_ok(), "no fuzzer signs a document");
    }
    assert!(!ztp_facade::custody_transcript(document, root, b"").is_ok());
    let _ = ztp_core::custody::read_root(document).map(|root| ztp_core::custody::read_root(root.payload()).unwrap());
    let _ = ztp_core::custody::read_revocation(document);
    let _ = ztp_core::custody::inspect_certificate(document);
});
