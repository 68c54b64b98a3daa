//! Arbitrary bytes in every argument: a registered status, a canonical document, and never a panic.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use proptest::prelude::*;
use ztp_core::canonical::{self, Limits};
use ztp_core::code;
use ztp_facade::{
    Job, Outcome, audit_check_consistency, audit_check_proof, audit_head, audit_prove, audit_verify,
    canonical_check, canonical_encode, keys_generate, licence_inspect, licence_sign, licence_verify,
    record_hash, signature_verify,
};

const RECORD: &[u8] = br#"{"event_class":"a","hash":"5a","payload":{},"prev_hash":"00","seq":7,"timestamp":"2026-05-12T08:00:00.000Z"}"#;
const PROOF: &[u8] =
    "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\na/b\n2\nAAAA\n\n\u{2014} a/b AAAA\n".as_bytes();
const CONSISTENCY: &[u8] = "old 1\nAAAA\n\na/b\n2\nAAAA\n\n\u{2014} a/b AAAA\n".as_bytes();
const ENVELOPE: &[u8] = br#"{"payload":{"schema":"ztp.licence/1"},"schema":"ztp.licence.envelope/1","signatures":[{"key_id":"00","signature":"AA=="}]}"#;
const TRUST: &[u8] = br#"{"keys":[{"key_id":"00","products":["a"],"public_key":"00","suite":"ed25519"}],"schema":"ztp.trust/1"}"#;
const VKEY: &[u8] = b"bench-01.example/audit+00000000+AAAA";
const OPTIONS: &[u8] = br#"{"breaks_max":1,"head":"","require":["pinned_key"],"seq":1,"since":"2026-05-12T08:00:00.000Z","vkey":""}"#;

/// Arbitrary bytes, or one of the shapes above with some of its bytes replaced, cut off or repeated.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let shape =
        prop::sample::select(vec![RECORD, PROOF, CONSISTENCY, ENVELOPE, TRUST, VKEY, OPTIONS, b"ed25519"]);
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    let mangled =
        (shape, edits, any::<prop::sample::Index>(), 1..3_usize).prop_map(|(shape, edits, cut, times)| {
            let mut bytes = shape.to_vec();
            for (at, byte) in edits {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes.truncate(cut.index(bytes.len() + 1));
            bytes.repeat(times)
        });
    prop_oneof![prop::collection::vec(any::<u8>(), 0..200), mangled]
}

fn assert_sound(operation: &str, outcome: &Outcome) {
    assert!(outcome.is_ok() || code::by_number(outcome.status).is_some(), "{operation}: {outcome:?}");
    assert_ne!(outcome.name(), "internal", "{operation}");
    if !outcome.document.is_empty() {
        canonical::check(&outcome.document, &Limits { bytes_max: 1 << 24, ..Limits::default() })
            .unwrap_or_else(|e| panic!("{operation}: {e}"));
    }
    assert!(outcome.is_ok() || !outcome.document.is_empty(), "{operation} failed without a word");
}

proptest! {
    #[test]
    fn every_reading_operation_answers_whatever_it_is_given(
        a in hostile(), b in hostile(), c in hostile(), d in hostile(), now in any::<i64>(),
    ) {
        let job = Job::new();
        let outcomes = [
            ("canonical_encode", canonical_encode(&a)),
            ("canonical_check", canonical_check(&a)),
            ("signature_verify", signature_verify(&a, &b, &c, &d)),
            ("signature_verify of a known suite", signature_verify(b"ed25519", &b, &c, &d)),
            ("record_hash", record_hash(&a)),
            ("keys_generate", keys_generate(&a, &b)),
            ("keys_generate of a good seed", keys_generate(&[7; 32], &b)),
            ("audit_check_proof", audit_check_proof(&a, &b, &c)),
            ("audit_check_consistency", audit_check_consistency(&a, &b, &c, &d)),
            ("licence_sign", licence_sign(&a, &b)),
            ("licence_verify", licence_verify(&a, &b, now, &c)),
            ("licence_inspect", licence_inspect(&a)),
            ("audit_head", audit_head(&a)),
            ("audit_verify", audit_verify(&a, &b, &job)),
            ("audit_verify of no log", audit_verify(b"/nonexistent", &b, &job)),
            ("audit_prove", audit_prove(b"/nonexistent", &b)),
        ];
        for (operation, outcome) in &outcomes {
            assert_sound(operation, outcome);
        }
    }
}
