//! Roots, certificates, revocation lists and transcripts from an enemy: nothing panics, and what is accepted is so only under a root
//! that is accepted itself.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(2, |&b| b == 0);
    let (document, root) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    // Seeds are signed documents: what verifies under a root does so because that root reads.
    if ztp_facade::custody_verify(document, root, b"", 0).is_ok() {
        assert!(root.is_empty() || ztp_core::custody::read_root(root).is_ok());
    }
    let _ = ztp_facade::custody_verify(document, b"", b"", 0);
    let _ = ztp_facade::custody_transcript(document, root, b"");
    let _ = ztp_core::custody::read_root(document).map(|root| ztp_core::custody::read_root(root.payload()).unwrap());
    let _ = ztp_core::custody::read_revocation(document);
    let _ = ztp_core::custody::inspect_certificate(document);
});
