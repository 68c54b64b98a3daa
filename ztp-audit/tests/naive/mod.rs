//! The tree of RFC 6962 §2.1 as its recursive definitions read, on whole slices and without any reuse: what the tests compare with.

use ztp_core::digest::{Digest, sha256};

fn leaf(entry: &[u8]) -> Digest {
    sha256(&[&[0], entry].concat())
}

fn node(left: Digest, right: Digest) -> Digest {
    sha256(&[&[1], &left.as_bytes()[..], &right.as_bytes()[..]].concat())
}

/// The entries `0..n` of all tests here: 32 bytes that differ from entry to entry.
pub(crate) fn entries(n: u64) -> Vec<[u8; 32]> {
    (0..n).map(|i| *sha256(&i.to_be_bytes()).as_bytes()).collect()
}

/// The largest power of two below `n > 1`.
fn split(n: usize) -> usize {
    (0..usize::BITS).map(|bit| 1 << bit).take_while(|power| *power < n).last().unwrap()
}

/// MTH of §2.1.
pub(crate) fn root<E: AsRef<[u8]>>(entries: &[E]) -> Digest {
    match entries {
        [] => sha256(b""),
        [entry] => leaf(entry.as_ref()),
        _ => {
            let (left, right) = entries.split_at(split(entries.len()));
            node(root(left), root(right))
        }
    }
}

/// PATH of §2.1.1.
#[allow(dead_code, reason = "not every test that compares roots compares paths")]
pub(crate) fn inclusion(index: usize, entries: &[[u8; 32]]) -> Vec<Digest> {
    if entries.len() == 1 {
        return Vec::new();
    }
    let k = split(entries.len());
    let (left, right) = entries.split_at(k);
    let (mut path, sibling) = if index < k {
        (inclusion(index, left), root(right))
    } else {
        (inclusion(index - k, right), root(left))
    };
    path.push(sibling);
    path
}

/// PROOF of §2.1.2.
#[allow(dead_code, reason = "not every test that compares roots compares paths")]
pub(crate) fn consistency(old: usize, entries: &[[u8; 32]]) -> Vec<Digest> {
    subproof(old, entries, true)
}

fn subproof(old: usize, entries: &[[u8; 32]], whole: bool) -> Vec<Digest> {
    if old == entries.len() {
        return if whole { Vec::new() } else { vec![root(entries)] };
    }
    let k = split(entries.len());
    let (left, right) = entries.split_at(k);
    let (mut path, sibling) = if old <= k {
        (subproof(old, left, whole), root(right))
    } else {
        (subproof(old - k, right, false), root(left))
    };
    path.push(sibling);
    path
}
