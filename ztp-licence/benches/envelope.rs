//! What verifying an envelope costs beside the signature itself.
//!
//! Prints the ratio of `verify` to bare `verify_strict` and SHA-512 over the same bytes, from alternating rounds of one
//! run.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "the macros of the benchmark declare undocumented items, and its output is for people"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use ed25519_dalek::{Signature, SigningKey as DalekKey, VerifyingKey};
use sha2::{Digest as _, Sha512};
use ztp_core::signature::{HybridSigningKey, Signer, SigningKey};
use ztp_core::time::Timestamp;
use ztp_licence::{Status, Trust, sign, verify};

const SEED: [u8; 32] = [7; 32];

/// A quarterly licence that mints so many notes.
fn payload(notes: usize) -> String {
    let notes: Vec<String> = (0..notes)
        .map(|serial| {
            format!(
                r#"{{"amount":160,"class":"test-hours","not_after":"2026-09-30T23:59:59.999Z","not_before":"2026-07-01T00:00:00.000Z","serial":{serial}}}"#
            )
        })
        .collect();
    format!(
        r#"{{"bench":{{"bench_id":"bench-7","binding":"bench"}},"customer":"Example Corp","envelope_id":"envelope-2026-Q3","features":["dlp","tls-stress"],"issued_at":"2026-06-20T09:00:00.000Z","licence_id":"L-0042","mint":[{}],"not_after":"2026-09-30T23:59:59.999Z","not_before":"2026-07-01T00:00:00.000Z","previous_envelope":null,"product":"tlsstress","revocation":{{"revoked_key_ids":[],"version":0}},"schema":"ztp.licence/1"}}"#,
        notes.join(",")
    )
}

struct Subject {
    envelope: Vec<u8>,
    trust: Trust,
    now: Timestamp,
    key: VerifyingKey,
    signature: Signature,
}

impl Subject {
    fn new(notes: usize) -> Self {
        let issuer = SigningKey::from_seed(&SEED);
        let envelope = sign(payload(notes).as_bytes(), &issuer).unwrap();
        let trust = Trust::pin(issuer.public_key().clone(), "tlsstress").unwrap();
        let now = "2026-08-01T12:00:00.000Z".parse().unwrap();
        let dalek = DalekKey::from_bytes(&SEED);
        let signature = ed25519_dalek::Signer::sign(&dalek, &Sha512::digest(&envelope));
        Self { envelope, trust, now, key: dalek.verifying_key(), signature }
    }

    fn verify(&self) {
        let verdict = verify(black_box(&self.envelope), &self.trust, self.now, Some("bench-7"));
        assert_eq!(black_box(verdict).status(), Status::Valid);
    }

    /// The least that any verifier must do: digest the file, check one signature.
    fn bare(&self) {
        let digest = Sha512::digest(black_box(self.envelope.as_slice()));
        self.key.verify_strict(&digest, black_box(&self.signature)).unwrap();
    }
}

/// Rounds of each contender; the fastest counts, since whatever else runs can only slow one down.
const ROUNDS: u32 = 2000;
/// Calls in a round, short enough that some rounds run undisturbed.
const CALLS: u32 = 5;

fn timed(mut work: impl FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..CALLS {
        work();
    }
    start.elapsed() / CALLS
}

fn ratio(notes: usize) {
    let subject = Subject::new(notes);
    let (mut ours, mut bare) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        ours = ours.min(timed(|| subject.verify()));
        bare = bare.min(timed(|| subject.bare()));
    }
    let ratio = ours.as_secs_f64() / bare.as_secs_f64();
    println!(
        "envelope of {} bytes, {notes} notes: verify {ours:?}, verify_strict + SHA-512 {bare:?}, ratio {ratio:.3}",
        subject.envelope.len()
    );
}

/// What the suite of a pinned key costs, in rounds that alternate with Ed25519's.
fn suites() {
    let payload = payload(13);
    let now = "2026-08-01T12:00:00.000Z".parse().unwrap();
    let subject = |signer: &dyn Signer| {
        let trust = Trust::pin(signer.public_key().clone(), "tlsstress").unwrap();
        (sign(payload.as_bytes(), signer).unwrap(), trust)
    };
    let ed25519 = subject(&SigningKey::from_seed(&SEED));
    let hybrid = subject(&HybridSigningKey::from_seeds(&[7; 64]).unwrap());
    let judge = |(envelope, trust): &(Vec<u8>, Trust)| {
        let verdict = verify(black_box(envelope), trust, now, Some("bench-7"));
        assert_eq!(black_box(verdict).status(), Status::Valid);
    };
    let (mut classical, mut composite) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        classical = classical.min(timed(|| judge(&ed25519)));
        composite = composite.min(timed(|| judge(&hybrid)));
    }
    println!(
        "envelope of 13 notes: ed25519 {classical:?}, mldsa65-ed25519 {composite:?}, ratio {:.2} (bar: 350 us for the hybrid)",
        composite.as_secs_f64() / classical.as_secs_f64()
    );
}

fn envelope(criterion: &mut Criterion) {
    suites();
    println!("bar: ratio at most 1.15 for a licence; a batch of notes costs what reading the notes costs");
    for notes in [0, 13, 400] {
        ratio(notes);
    }
    let subject = Subject::new(13);
    let mut group = criterion.benchmark_group("envelope");
    group.bench_function("verify", |bencher| bencher.iter(|| subject.verify()));
    group.bench_function("bare", |bencher| bencher.iter(|| subject.bare()));
    group.finish();
}

criterion_group!(benches, envelope);
criterion_main!(benches);
