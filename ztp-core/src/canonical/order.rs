//! Member order, judged on canonical spellings without decoding them to memory.

use std::cmp::Ordering;

use super::token;

/// Compares two names by code point. Both are canonical spellings without their quotes.
pub(super) fn compare(left: &[u8], right: &[u8]) -> Ordering {
    if left.contains(&b'\\') || right.contains(&b'\\') {
        Characters(left).cmp(Characters(right))
    } else {
        left.cmp(right)
    }
}

/// How many bytes two names have in common from their start.
pub(super) fn common_prefix(left: &[u8], right: &[u8]) -> usize {
    left.iter().zip(right).take_while(|(left, right)| left == right).count()
}

/// Whether the innermost object open at the end of `input`, which is `depth` deep, has a member of this name. `input` is
/// the beginning of a canonical document, up to where the next member would start.
#[cold]
pub(super) fn has_member(input: &[u8], depth: usize, name: &[u8]) -> bool {
    let mut found = false;
    let mut depth_here = 0;
    let mut before = 0;
    let mut bytes = input.iter().enumerate();
    while let Some((at, &byte)) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                depth_here += 1;
                // A new container at this depth: what was found belongs to one that is closed.
                found &= depth_here != depth;
            }
            b'}' | b']' => depth_here -= 1,
            b'"' => {
                let mut escaped = false;
                for (end, &inner) in bytes.by_ref() {
                    match inner {
                        b'"' if !escaped => {
                            let is_name = depth_here == depth && matches!(before, b'{' | b',');
                            found |= is_name && input.get(at + 1..end) == Some(name);
                            break;
                        }
                        _ => escaped = inner == b'\\' && !escaped,
                    }
                }
            }
            _ => {}
        }
        before = byte;
    }
    found
}

/// The characters that a canonical spelling stands for.
struct Characters<'a>(&'a [u8]);

impl Iterator for Characters<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let (character, length) = match self.0 {
            [] => return None,
            [b'\\', ..] => token::escape(self.0, 0).ok()?,
            [byte, ..] => (char::from(*byte), 1),
        };
        self.0 = self.0.get(length..)?;
        Some(character)
    }
}
