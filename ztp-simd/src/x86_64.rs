//! SHA-256 by the SHA extensions, [`LANES`] messages beside each other.
//!
//! A message is one chain of 32 dependent round instructions per block, and the unit finishes such an instruction in half the
//! time that its result takes to arrive: one message alone leaves it idle half of the time. The lanes take the same steps, one
//! after the other, and share nothing but the round constants.
//!
//! Unsafe code is confined to four places: the three entries, which only a [`ShaNi`] can reach, and [`load`], [`store`] and
//! [`in_order`], each of which is right by itself.

use core::arch::asm;
use core::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_blend_epi16, _mm_loadu_si128, _mm_set_epi32, _mm_set_epi64x,
    _mm_setzero_si128, _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32, _mm_shuffle_epi8,
    _mm_shuffle_epi32, _mm_storeu_si128,
};

use crate::blocks::{Block, Blocks};

/// Messages in flight. Two leave the unit idle between blocks, more than four gain less than a tenth.
const LANES: usize = 4;

/// Proof that the processor has every feature that the kernel is compiled for: only [`ShaNi::detect`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShaNi(());

impl ShaNi {
    /// Asks the processor. The standard library asks it once and remembers the answer.
    pub(crate) fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("sha")
            && is_x86_feature_detected!("sse4.1")
            && is_x86_feature_detected!("ssse3")
            && is_x86_feature_detected!("avx");
        found.then_some(Self(()))
    }

    pub(crate) fn sha256_many(self, messages: &[(&[u8], &[u8])], out: &mut [[u8; 32]]) {
        // SAFETY: `self` exists, so the processor has the features that the function is compiled for.
        unsafe { sha256_many(messages, out) }
    }

    pub(crate) fn leaf_hashes(self, entries: &[[u8; 32]], out: &mut [[u8; 32]]) {
        // SAFETY: `self` exists, so the processor has the features that the function is compiled for.
        unsafe { leaf_hashes(entries, out) }
    }

    pub(crate) fn node_hashes(self, pairs: &[[[u8; 32]; 2]], out: &mut [[u8; 32]]) {
        // SAFETY: `self` exists, so the processor has the features that the function is compiled for.
        unsafe { node_hashes(pairs, out) }
    }
}

/// One message in flight. Without a digest to fill it is idle.
struct Job<'a> {
    blocks: Blocks<'a>,
    state: State,
    digest: Option<&'a mut [u8; 32]>,
}

/// As soon as a lane has come to the end of its message it takes the next one, so lengths need not be equal.
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn sha256_many(messages: &[(&[u8], &[u8])], out: &mut [[u8; 32]]) {
    let mut queue = messages.iter().zip(out);
    let mut jobs: [Job<'_>; LANES] =
        core::array::from_fn(|_| Job { blocks: Blocks::none(), state: initial(), digest: None });
    loop {
        for job in jobs.iter_mut().filter(|job| job.blocks.left() == 0) {
            finish(job);
            if let Some(((p, q), digest)) = queue.next() {
                job.blocks.start(p, q);
                job.digest = Some(digest);
            }
        }
        let steps = jobs.iter().map(|job| job.blocks.left()).min().unwrap_or_default();
        if steps == 0 {
            break;
        }
        advance(jobs.each_mut(), steps);
    }
    // The queue is empty and at least one lane is idle: what the others still have is not worth idle steps.
    for job in &mut jobs {
        let steps = job.blocks.left();
        advance([job], steps);
        finish(job);
    }
}

/// Takes `steps` blocks of each job.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn advance<const N: usize>(mut jobs: [&mut Job<'_>; N], steps: usize) {
    let mut states = jobs.each_ref().map(|job| job.state);
    for _ in 0..steps {
        states = compress(states, jobs.each_mut().map(|job| job.blocks.next()), |block, q| {
            quad_of_block(block, q)
        });
    }
    for (job, state) in jobs.into_iter().zip(states) {
        job.state = state;
    }
}

/// Hands out the digest of a message whose blocks have all been taken; the job is then idle.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn finish(job: &mut Job<'_>) {
    if let Some(digest) = job.digest.take() {
        write_digest(job.state, digest);
        job.state = initial();
    }
}

#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn leaf_hashes(entries: &[[u8; 32]], out: &mut [[u8; 32]]) {
    let (groups, rest) = entries.as_chunks::<LANES>();
    let (group_digests, rest_digests) = out.as_chunks_mut::<LANES>();
    for (group, digests) in groups.iter().zip(group_digests) {
        leaves(group.each_ref(), digests.each_mut());
    }
    for (entry, digest) in rest.iter().zip(rest_digests) {
        leaves([entry], [digest]);
    }
}

#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn node_hashes(pairs: &[[[u8; 32]; 2]], out: &mut [[u8; 32]]) {
    let (groups, rest) = pairs.as_chunks::<LANES>();
    let (group_digests, rest_digests) = out.as_chunks_mut::<LANES>();
    for (group, digests) in groups.iter().zip(group_digests) {
        nodes(group.each_ref(), digests.each_mut());
    }
    for (pair, digest) in rest.iter().zip(rest_digests) {
        nodes([pair], [digest]);
    }
}

#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn leaves<const N: usize>(entries: [&[u8; 32]; N], digests: [&mut [u8; 32]; N]) {
    let states = compress([initial(); N], entries, |entry, q| quad_of_leaf(entry, q));
    for (state, digest) in states.into_iter().zip(digests) {
        write_digest(state, digest);
    }
}

#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn nodes<const N: usize>(pairs: [&[[u8; 32]; 2]; N], digests: [&mut [u8; 32]; N]) {
    let states = compress([initial(); N], pairs, |pair, q| quad_of_node_start(pair, q));
    let states = compress(states, pairs, |pair, q| quad_of_node_end(pair, q));
    for (state, digest) in states.into_iter().zip(digests) {
        write_digest(state, digest);
    }
}

/// Which four of the sixteen words of a block.
#[derive(Clone, Copy)]
enum Quad {
    First,
    Second,
    Third,
    Fourth,
}

#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn quad_of_block([first, second, third, fourth]: &Block, quad: Quad) -> __m128i {
    let bytes = match quad {
        Quad::First => first,
        Quad::Second => second,
        Quad::Third => third,
        Quad::Fourth => fourth,
    };
    swap(load::<0, 16>(bytes))
}

/// Of the block `00` ‖ entry ‖ `80` ‖ zeros ‖ bit length. The entry is moved up by one byte.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn quad_of_leaf(entry: &[u8; 32], quad: Quad) -> __m128i {
    let (low, high) = (load::<0, 32>(entry), load::<16, 32>(entry));
    match quad {
        Quad::First => swap(_mm_alignr_epi8::<15>(low, _mm_setzero_si128())),
        Quad::Second => swap(_mm_alignr_epi8::<15>(high, low)),
        Quad::Third => swap(_mm_alignr_epi8::<15>(_mm_set_epi64x(0, 0x80), high)),
        Quad::Fourth => words([0, 0, 0, 8 * (1 + 32)]),
    }
}

/// Of the block `01` ‖ left ‖ right without its last byte.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn quad_of_node_start([left, right]: &[[u8; 32]; 2], quad: Quad) -> __m128i {
    let moved = match quad {
        Quad::First => _mm_alignr_epi8::<15>(load::<0, 32>(left), _mm_set_epi64x(1 << 56, 0)),
        Quad::Second => _mm_alignr_epi8::<15>(load::<16, 32>(left), load::<0, 32>(left)),
        Quad::Third => _mm_alignr_epi8::<15>(load::<0, 32>(right), load::<16, 32>(left)),
        Quad::Fourth => _mm_alignr_epi8::<15>(load::<16, 32>(right), load::<0, 32>(right)),
    };
    swap(moved)
}

/// Of the block: last byte of right ‖ `80` ‖ zeros ‖ bit length.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn quad_of_node_end([_, right]: &[[u8; 32]; 2], quad: Quad) -> __m128i {
    match quad {
        Quad::First => swap(_mm_alignr_epi8::<15>(_mm_set_epi64x(0, 0x80), load::<16, 32>(right))),
        Quad::Second | Quad::Third => _mm_setzero_si128(),
        Quad::Fourth => words([0, 0, 0, 8 * (1 + 64)]),
    }
}

/// Hash value or working variables, as the round instruction takes them: F, E, B, A and H, G, D, C from the lowest place.
#[derive(Clone, Copy)]
struct State {
    abef: __m128i,
    cdgh: __m128i,
}

/// The initial hash value (FIPS 180-4 §5.3.3).
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn initial() -> State {
    State {
        abef: words([0x9b05_688c, 0x510e_527f, 0xbb67_ae85, 0x6a09_e667]),
        cdgh: words([0x5be0_cd19, 0x1f83_d9ab, 0xa54f_f53a, 0x3c6e_f372]),
    }
}

#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn write_digest(state: State, digest: &mut [u8; 32]) {
    let feba = _mm_shuffle_epi32::<0b00_01_10_11>(state.abef);
    let dchg = _mm_shuffle_epi32::<0b10_11_00_01>(state.cdgh);
    store::<0, 32>(digest, swap(_mm_blend_epi16::<0b1111_0000>(feba, dchg)));
    store::<16, 32>(digest, swap(_mm_alignr_epi8::<8>(dchg, feba)));
}

/// A message in the course of a block: the working variables and the sixteen newest words of the message schedule.
#[derive(Clone, Copy)]
struct Lane {
    variables: State,
    schedule: [__m128i; 4],
}

/// The compression function (FIPS 180-4 §6.2.2) on one block of each lane; `quad_of` reads words of a block.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn compress<B: Copy, const N: usize>(
    states: [State; N],
    blocks: [B; N],
    quad_of: impl Fn(B, Quad) -> __m128i,
) -> [State; N] {
    let mut lanes = states.map(|variables| Lane { variables, schedule: [_mm_setzero_si128(); 4] });
    first_rounds(
        &mut lanes,
        blocks,
        &quad_of,
        Quad::First,
        [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5],
    );
    first_rounds(
        &mut lanes,
        blocks,
        &quad_of,
        Quad::Second,
        [0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5],
    );
    first_rounds(
        &mut lanes,
        blocks,
        &quad_of,
        Quad::Third,
        [0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3],
    );
    first_rounds(
        &mut lanes,
        blocks,
        &quad_of,
        Quad::Fourth,
        [0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174],
    );
    other_rounds(&mut lanes, [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc]);
    other_rounds(&mut lanes, [0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da]);
    other_rounds(&mut lanes, [0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7]);
    other_rounds(&mut lanes, [0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967]);
    other_rounds(&mut lanes, [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13]);
    other_rounds(&mut lanes, [0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85]);
    other_rounds(&mut lanes, [0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3]);
    other_rounds(&mut lanes, [0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070]);
    other_rounds(&mut lanes, [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5]);
    other_rounds(&mut lanes, [0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3]);
    other_rounds(&mut lanes, [0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208]);
    other_rounds(&mut lanes, [0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2]);
    for (lane, before) in lanes.iter_mut().zip(states) {
        lane.variables.abef = _mm_add_epi32(lane.variables.abef, before.abef);
        lane.variables.cdgh = _mm_add_epi32(lane.variables.cdgh, before.cdgh);
    }
    lanes.map(|lane| lane.variables)
}

/// Four of the rounds that use the words of the block as they are.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn first_rounds<B: Copy, const N: usize>(
    lanes: &mut [Lane; N],
    blocks: [B; N],
    quad_of: impl Fn(B, Quad) -> __m128i,
    quad: Quad,
    constants: [u32; 4],
) {
    for (lane, block) in lanes.iter_mut().zip(blocks) {
        four_rounds(lane, quad_of(block, quad), constants);
    }
}

/// Four of the rounds after them.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn other_rounds<const N: usize>(lanes: &mut [Lane; N], constants: [u32; 4]) {
    for lane in lanes {
        four_rounds(lane, scheduled(lane.schedule), constants);
    }
}

/// The four words of the message schedule that follow the sixteen given (FIPS 180-4 §6.2.2, step 1).
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn scheduled([a, b, c, d]: [__m128i; 4]) -> __m128i {
    let sum = _mm_add_epi32(_mm_sha256msg1_epu32(a, b), _mm_alignr_epi8::<4>(d, c));
    _mm_sha256msg2_epu32(sum, d)
}

/// Four rounds of one lane (FIPS 180-4 §6.2.2, step 3). The instruction does two rounds, from which C, D, G, H are the former
/// A, B, E, F: what it is given as the one half comes out as the other, and the second instruction sets the names right.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn four_rounds(lane: &mut Lane, newest: __m128i, constants: [u32; 4]) {
    let [_, b, c, d] = lane.schedule;
    lane.schedule = [b, c, d, newest];
    let State { abef, cdgh } = lane.variables;
    let sum = _mm_add_epi32(newest, words(constants));
    let cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
    let abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32::<0b00_00_11_10>(sum));
    lane.variables = State { abef: in_order(abef), cdgh };
}

/// Four words, the first in the lowest place.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn words([a, b, c, d]: [u32; 4]) -> __m128i {
    _mm_set_epi32(d.cast_signed(), c.cast_signed(), b.cast_signed(), a.cast_signed())
}

/// Turns four big-endian words into native ones, and back.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn swap(words: __m128i) -> __m128i {
    _mm_shuffle_epi8(words, _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203))
}

/// The sixteen bytes from `AT`.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn load<const AT: usize, const LENGTH: usize>(bytes: &[u8; LENGTH]) -> __m128i {
    const { assert!(AT + 16 <= LENGTH) };
    // SAFETY: by the assertion the sixteen bytes lie within `bytes`; the instruction asks for no alignment.
    unsafe { _mm_loadu_si128(bytes.as_ptr().add(AT).cast()) }
}

/// Writes the sixteen bytes from `AT`.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn store<const AT: usize, const LENGTH: usize>(bytes: &mut [u8; LENGTH], value: __m128i) {
    const { assert!(AT + 16 <= LENGTH) };
    // SAFETY: by the assertion the sixteen bytes lie within `bytes`; the instruction asks for no alignment.
    unsafe { _mm_storeu_si128(bytes.as_mut_ptr().add(AT).cast(), value) }
}

/// Holds `value` to its place in the order of the program. Left to itself the compiler puts all rounds of a lane before those
/// of the next one, further apart than the processor looks ahead, and the lanes no longer run beside each other.
#[inline]
#[target_feature(enable = "sha,sse4.1,ssse3,avx")]
fn in_order(value: __m128i) -> __m128i {
    let mut held = value;
    // SAFETY: this is a comment and no instruction; `held` stays as it is.
    unsafe { asm!("/* {0} */", inlateout(xmm_reg) held, options(nomem, nostack, preserves_flags)) };
    held
}
