//! Sets of bytes: the kernel of this processor says what plain code says, and both what the members say.

#![allow(clippy::indexing_slicing, reason = "a test stops at the first thing it did not expect")]

use proptest::collection::vec;
use proptest::prelude::*;
use ztp_simd::ByteSets;

fn check(members: [[bool; 128]; 3], bytes: &[u8]) {
    let sets = ByteSets::new(members);
    let (mut found, mut portable) = (vec![[7; 3]; 2], vec![[7; 3]; 2]);
    sets.masks(bytes, &mut found);
    sets.masks_portable(bytes, &mut portable);
    assert_eq!(found, portable);
    assert_eq!(found.len(), bytes.len().div_ceil(64));
    for at in 0..found.len() * 64 {
        for (set, member) in members.iter().enumerate() {
            let is = bytes.get(at).is_some_and(|&byte| member.get(usize::from(byte)) == Some(&true));
            assert_eq!(found[at / 64][set] >> (at % 64) & 1 == 1, is, "byte {at}, set {set}");
        }
    }
}

#[test]
fn each_byte_alone_at_each_place_of_two_blocks_is_judged() {
    let members = [
        core::array::from_fn(|byte| u8::try_from(byte).unwrap().is_ascii_alphanumeric()),
        core::array::from_fn(|byte| byte % 3 == 0),
        core::array::from_fn(|byte| byte >= 0x60),
    ];
    for len in [0, 1, 31, 32, 33, 63, 64, 65, 127, 128] {
        for byte in 0..=u8::MAX {
            let bytes: Vec<u8> = (0..len).map(|at: u8| byte.wrapping_add(at.wrapping_mul(5))).collect();
            check(members, &bytes);
        }
    }
}

proptest! {
    #[test]
    fn any_sets_and_bytes_are_judged_alike(
        members in vec(any::<[bool; 32]>(), 12),
        bytes in vec(any::<u8>(), 0..300),
    ) {
        let flat: Vec<bool> = members.concat();
        let set = |number: usize| core::array::from_fn(|byte| flat[number * 128 + byte]);
        check([set(0), set(1), set(2)], &bytes);
    }
}
