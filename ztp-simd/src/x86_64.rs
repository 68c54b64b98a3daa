//! SHA-256 by the SHA extensions, several messages beside each other.
//!
//! The round instruction has a latency of four cycles and a message is one chain of 32 of them per block, so one message alone
//! keeps the unit half idle at best. Every function that a lane passes through is generic over the number of lanes; all lanes
//! take the same step and share nothing but the round constants.

use core::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_blend_epi16, _mm_loadu_si128, _mm_set_epi32, _mm_set_epi64x,
    _mm_setzero_si128, _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi8,
    _mm_shuffle_epi32, _mm_storeu_si128,
};

use crate::blocks::{Block, Blocks};

pub(crate) const LANES: usize = 4;

/// Proof that the processor has every feature that the kernel is compiled for: only [`ShaNi::detect`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShaNi(());

impl ShaNi {
    /// Asks the processor; the answer is remembered by the standard library.
    pub(crate) fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("sha")
            && is_x86_feature_detected!("sse4.1")
            && is_x86_feature_detected!("ssse3")
            && is_x86_feature_detected!("avx");
        found.then_some(Self(()))
    }

    pub(crate) fn sha256_many(self, messages: &[(&[u8], &[u8])], out: &mut [[u8; 32]]) {
        // SAFETY: `self` exists, so the processor has the features of the function.
        unsafe { sha256_many::<LANES>(messages, out) }
    }

    pub(crate) fn leaf_hashes(self, entries: &[[u8; 32]], out: &mut [[u8; 32]]) {
        // SAFETY: `self` exists, so the processor has the features of the function.
        unsafe { leaf_hashes(entries, out) }
    }

    pub(crate) fn node_hashes(self, pairs: &[[[u8; 32]; 2]], out: &mut [[u8; 32]]) {
        // SAFETY: `self` exists, so the processor has the features of the function.
        unsafe { node_hashes(pairs, out) }
    }
}

/// Chaining value, in the order of the round instruction: words A, B, E, F (from the highest) and C, D, G, H.
#[derive(Debug, Clone, Copy)]
struct State {
    abef: __m128i,
    cdgh: __m128i,
}

/// A block as sixteen big-endian words.
type Words = [__m128i; 4];

/// One message in flight.
struct Job<'a> {
    blocks: Blocks<'a>,
    state: State,
    digest: Option<&'a mut [u8; 32]>,
}

#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn sha256_many<const N: usize>(messages: &[(&[u8], &[u8])], out: &mut [[u8; 32]]) {
    let mut queue = messages.iter().zip(out);
    let mut jobs: [Job<'_>; N] =
        core::array::from_fn(|_| Job { blocks: Blocks::none(), state: initial(), digest: None });
    let mut full = true;
    while full {
        for job in jobs.iter_mut().filter(|job| job.blocks.left() == 0) {
            finish(job);
            match queue.next() {
                Some(((p, q), digest)) => {
                    job.blocks.start(p, q);
                    job.digest = Some(digest);
                }
                None => full = false,
            }
        }
        let steps = jobs.iter().map(|job| job.blocks.left()).min().unwrap_or_default();
        run(jobs.each_mut(), steps);
    }
    for job in &mut jobs {
        let steps = job.blocks.left();
        run([job], steps);
        finish(job);
    }
}

/// Takes `steps` blocks of each job.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn run<const N: usize>(mut jobs: [&mut Job<'_>; N], steps: usize) {
    let mut states = jobs.each_ref().map(|job| job.state);
    for _ in 0..steps {
        states = compress(states, jobs.each_mut().map(|job| words(job.blocks.next())));
    }
    for (job, state) in jobs.into_iter().zip(states) {
        job.state = state;
    }
}

/// Hands out the digest, if there was a message.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn finish(job: &mut Job<'_>) {
    if let Some(digest) = job.digest.take() {
        *digest = bytes(job.state);
        job.state = initial();
    }
}

#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn leaf_hashes(entries: &[[u8; 32]], out: &mut [[u8; 32]]) {
    let (groups, rest) = entries.as_chunks::<LANES>();
    let (out_groups, out_rest) = out.as_chunks_mut::<LANES>();
    for (group, digests) in groups.iter().zip(out_groups) {
        let states = compress([initial(); LANES], group.each_ref().map(|entry| leaf(entry)));
        for (digest, state) in digests.iter_mut().zip(states) {
            *digest = bytes(state);
        }
    }
    for (entry, digest) in rest.iter().zip(out_rest) {
        let [state] = compress([initial()], [leaf(entry)]);
        *digest = bytes(state);
    }
}

#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn node_hashes(pairs: &[[[u8; 32]; 2]], out: &mut [[u8; 32]]) {
    let (groups, rest) = pairs.as_chunks::<LANES>();
    let (out_groups, out_rest) = out.as_chunks_mut::<LANES>();
    for (group, digests) in groups.iter().zip(out_groups) {
        let states = compress([initial(); LANES], group.each_ref().map(|pair| node_first(pair)));
        let states = compress(states, group.each_ref().map(|pair| node_second(pair)));
        for (digest, state) in digests.iter_mut().zip(states) {
            *digest = bytes(state);
        }
    }
    for (pair, digest) in rest.iter().zip(out_rest) {
        let states = compress([initial()], [node_first(pair)]);
        let [state] = compress(states, [node_second(pair)]);
        *digest = bytes(state);
    }
}

/// The block `00 ‖ entry ‖ 80 ‖ 00.. ‖ length`.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn leaf(entry: &[u8; 32]) -> Words {
    let (first, second) = (load::<0, 32>(entry), load::<16, 32>(entry));
    [
        swap(_mm_alignr_epi8::<15>(first, _mm_setzero_si128())),
        swap(_mm_alignr_epi8::<15>(second, first)),
        swap(_mm_alignr_epi8::<15>(_mm_set_epi64x(0, 0x80), second)),
        _mm_set_epi32(8 * 33, 0, 0, 0),
    ]
}

/// The block `01 ‖ left ‖ right` without the last byte of `right`.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn node_first([left, right]: &[[u8; 32]; 2]) -> Words {
    let (a, b) = (load::<0, 32>(left), load::<16, 32>(left));
    let (c, d) = (load::<0, 32>(right), load::<16, 32>(right));
    [
        swap(_mm_alignr_epi8::<15>(a, _mm_set_epi64x(1 << 56, 0))),
        swap(_mm_alignr_epi8::<15>(b, a)),
        swap(_mm_alignr_epi8::<15>(c, b)),
        swap(_mm_alignr_epi8::<15>(d, c)),
    ]
}

/// The block `last byte of right ‖ 80 ‖ 00.. ‖ length`.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn node_second([_, right]: &[[u8; 32]; 2]) -> Words {
    let end = load::<16, 32>(right);
    let zero = _mm_setzero_si128();
    [swap(_mm_alignr_epi8::<15>(_mm_set_epi64x(0, 0x80), end)), zero, zero, _mm_set_epi32(8 * 65, 0, 0, 0)]
}

#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn words([a, b, c, d]: &Block) -> Words {
    [swap(load::<0, 16>(a)), swap(load::<0, 16>(b)), swap(load::<0, 16>(c)), swap(load::<0, 16>(d))]
}

/// The initial hash value H(0) (FIPS 180-4 §5.3.3).
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn initial() -> State {
    State {
        abef: quad([0x9b05_688c, 0x510e_527f, 0xbb67_ae85, 0x6a09_e667]),
        cdgh: quad([0x5be0_cd19, 0x1f83_d9ab, 0xa54f_f53a, 0x3c6e_f372]),
    }
}

/// The digest that a final chaining value stands for.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn bytes(state: State) -> [u8; 32] {
    let feba = _mm_shuffle_epi32::<0x1b>(state.abef);
    let dchg = _mm_shuffle_epi32::<0xb1>(state.cdgh);
    let mut digest = [0; 32];
    store::<0, 32>(&mut digest, swap(_mm_blend_epi16::<0xf0>(feba, dchg)));
    store::<16, 32>(&mut digest, swap(_mm_alignr_epi8::<8>(dchg, feba)));
    digest
}

/// One message in the course of a block: its variables, and the words of the next sixteen rounds.
#[derive(Clone, Copy)]
struct Lane {
    state: State,
    words: Words,
}

/// The compression function (FIPS 180-4 §6.2.2) on one block of each lane.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn compress<const N: usize>(states: [State; N], blocks: [Words; N]) -> [State; N] {
    let mut lanes = states.map(|state| Lane { state, words: [_mm_setzero_si128(); 4] });
    for (lane, words) in lanes.iter_mut().zip(blocks) {
        lane.words = words;
    }
    given(&mut lanes, [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5]);
    given(&mut lanes, [0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5]);
    given(&mut lanes, [0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3]);
    given(&mut lanes, [0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174]);
    scheduled(&mut lanes, [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc]);
    scheduled(&mut lanes, [0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da]);
    scheduled(&mut lanes, [0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7]);
    scheduled(&mut lanes, [0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967]);
    scheduled(&mut lanes, [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13]);
    scheduled(&mut lanes, [0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85]);
    scheduled(&mut lanes, [0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3]);
    scheduled(&mut lanes, [0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070]);
    scheduled(&mut lanes, [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5]);
    scheduled(&mut lanes, [0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3]);
    scheduled(&mut lanes, [0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208]);
    scheduled(&mut lanes, [0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2]);
    for (lane, before) in lanes.iter_mut().zip(states) {
        lane.state.abef = _mm_add_epi32(lane.state.abef, before.abef);
        lane.state.cdgh = _mm_add_epi32(lane.state.cdgh, before.cdgh);
    }
    lanes.map(|lane| lane.state)
}

/// Four rounds on words of the block.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn given<const N: usize>(lanes: &mut [Lane; N], constants: [u32; 4]) {
    for lane in lanes.iter_mut() {
        let [a, b, c, d] = lane.words;
        lane.words = [b, c, d, a];
    }
    rounds(lanes, constants);
}

/// Four rounds on words made from the sixteen before them.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn scheduled<const N: usize>(lanes: &mut [Lane; N], constants: [u32; 4]) {
    for lane in lanes.iter_mut() {
        let [a, b, c, d] = lane.words;
        let sum = _mm_add_epi32(_mm_sha256msg1_epu32(a, b), _mm_alignr_epi8::<4>(d, c));
        lane.words = [b, c, d, _mm_sha256msg2_epu32(sum, d)];
    }
    rounds(lanes, constants);
}

/// Four rounds on the newest words. The round instruction swaps the halves of the state, so two of them restore the names.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn rounds<const N: usize>(lanes: &mut [Lane; N], constants: [u32; 4]) {
    let constants = quad(constants);
    for Lane { state, words: [.., newest] } in lanes.iter_mut() {
        let sum = _mm_add_epi32(*newest, constants);
        state.cdgh = _mm_sha256rnds2_epu32(state.cdgh, state.abef, sum);
        state.abef = _mm_sha256rnds2_epu32(state.abef, state.cdgh, _mm_shuffle_epi32::<0x0e>(sum));
    }
}

/// Four words, the first in the lowest place.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn quad([a, b, c, d]: [u32; 4]) -> __m128i {
    _mm_set_epi32(d.cast_signed(), c.cast_signed(), b.cast_signed(), a.cast_signed())
}

/// Turns four big-endian words into native ones and back.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn swap(words: __m128i) -> __m128i {
    _mm_shuffle_epi8(words, _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203))
}

/// The sixteen bytes at `AT`.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn load<const AT: usize, const LENGTH: usize>(bytes: &[u8; LENGTH]) -> __m128i {
    const { assert!(AT + 16 <= LENGTH) };
    // SAFETY: the sixteen bytes lie within `bytes` by the assertion, and the instruction asks for no alignment.
    unsafe { _mm_loadu_si128(bytes.as_ptr().add(AT).cast()) }
}

/// Writes sixteen bytes at `AT`.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn store<const AT: usize, const LENGTH: usize>(bytes: &mut [u8; LENGTH], value: __m128i) {
    const { assert!(AT + 16 <= LENGTH) };
    // SAFETY: the sixteen bytes lie within `bytes` by the assertion, and the instruction asks for no alignment.
    unsafe { _mm_storeu_si128(bytes.as_mut_ptr().add(AT).cast(), value) }
}
