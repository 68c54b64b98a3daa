//! JSON as it is met in the wild: bounded, without recursion, with whatever was read before it broke off.
//!
//! The strict reader of `ztp-core` answers whether a document is of the profile. Here the question is whether bytes, perhaps cut
//! or padded with fractions and duplicates, still tell whose token they are.

use std::ops::Range;

/// Most bytes of one object.
pub(super) const OBJECT_BYTES_MAX: usize = 16 * 1024;
/// Deepest nesting.
const DEPTH_MAX: usize = 16;
/// Most scalar members.
const MEMBERS_MAX: usize = 256;

/// One scalar with the names that lead to it; places in arrays have no name of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// Names from the outermost object in.
    pub(super) path: Vec<String>,
    /// A string's text, or any other scalar as it is written.
    pub(super) value: String,
    /// Whether it was a string.
    pub(super) string: bool,
}

/// The scalars of one object.
#[derive(Debug, Clone, Default)]
pub(super) struct Flat {
    /// In the order in which they stand.
    pub(super) members: Vec<Member>,
    /// Bytes up to and with the closing brace, or all when it is missing.
    pub(super) length: usize,
    /// Whether the closing brace was met.
    pub(super) whole: bool,
}

impl Flat {
    /// Reads the object at the start of `bytes`. `None` if there is none, or if it is broken before its first scalar.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..bytes.len().min(OBJECT_BYTES_MAX)).filter(|bytes| bytes.starts_with(b"{"))?;
        let mut walk = Walk { bytes, at: 0, out: Self::default() };
        let whole = walk.object()?;
        let mut out = walk.out;
        out.length = walk.at;
        out.whole = whole;
        (whole || !out.members.is_empty()).then_some(out)
    }

    /// The string with exactly this path, the last if there are several.
    pub(super) fn text(&self, path: &[&str]) -> Option<&str> {
        let same = |member: &&Member| member.path.iter().map(String::as_str).eq(path.iter().copied());
        self.members.iter().rev().find(same).map(|member| member.value.as_str())
    }

    /// Whether a scalar stands at this path or below it.
    pub(super) fn has(&self, path: &[&str]) -> bool {
        self.members.iter().any(|member| {
            member.path.len() >= path.len()
                && path.iter().zip(&member.path).all(|(name, other)| name == other)
        })
    }

    /// Whether an outermost name begins with `prefix`.
    pub(super) fn has_prefix(&self, prefix: &str) -> bool {
        self.members.iter().any(|member| member.path.first().is_some_and(|name| name.starts_with(prefix)))
    }
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    out: Flat,
}

/// What is open: an object with the name of the member being read, or an array.
enum Open {
    Object(String),
    Array,
}

impl Walk<'_> {
    fn peek(&mut self) -> Option<u8> {
        skip_space(self.bytes, &mut self.at);
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// Walks one object to its closing brace: `Some(true)`; `Some(false)` if it breaks off; `None` if there is none.
    fn object(&mut self) -> Option<bool> {
        if !self.take(b'{') {
            return None;
        }
        let mut open = vec![Open::Object(String::new())];
        let mut fresh = true;
        loop {
            // A member's name, unless a value of an array is next or something closes.
            let Some(next) = self.peek() else { return Some(false) };
            if matches!(next, b'}' | b']') {
                let fits =
                    matches!((open.last(), next), (Some(Open::Object(_)), b'}') | (Some(Open::Array), b']'));
                if !fits {
                    return Some(false);
                }
                self.at += 1;
                open.pop();
                if open.is_empty() {
                    return Some(true);
                }
                fresh = false;
                continue;
            }
            if !fresh && !self.take(b',') {
                return Some(false);
            }
            fresh = false;
            if let Some(Open::Object(name)) = open.last_mut() {
                skip_space(self.bytes, &mut self.at);
                let Some(text) = string(self.bytes, &mut self.at) else { return Some(false) };
                *name = text;
                if !self.take(b':') {
                    return Some(false);
                }
            }
            match self.peek() {
                None => return Some(false),
                Some(byte @ (b'{' | b'[')) => {
                    if open.len() == DEPTH_MAX {
                        return Some(false);
                    }
                    self.at += 1;
                    open.push(if byte == b'{' { Open::Object(String::new()) } else { Open::Array });
                    fresh = true;
                }
                Some(_) => {
                    if !self.scalar(&open) {
                        return Some(false);
                    }
                }
            }
        }
    }

    fn scalar(&mut self, open: &[Open]) -> bool {
        let is_string = self.bytes.get(self.at) == Some(&b'"');
        let value = if is_string {
            string(self.bytes, &mut self.at)
        } else {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let length = rest
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.'))
                .count();
            self.at += length;
            let text = rest.get(..length).and_then(|word| std::str::from_utf8(word).ok());
            text.filter(|word| !word.is_empty()).map(str::to_owned)
        };
        let Some(value) = value else { return false };
        if self.out.members.len() == MEMBERS_MAX {
            return false;
        }
        let path = open
            .iter()
            .filter_map(|open| if let Open::Object(name) = open { Some(name.clone()) } else { None })
            .collect();
        self.out.members.push(Member { path, value, string: is_string });
        true
    }
}

fn skip_space(bytes: &[u8], at: &mut usize) {
    while bytes.get(*at).is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
        *at += 1;
    }
}

/// Reads the string at `at` and moves behind its closing quote. What is no UTF-8 or no escape is replaced.
fn string(bytes: &[u8], at: &mut usize) -> Option<String> {
    let rest = bytes.get(*at..)?.strip_prefix(b"\"")?;
    let mut raw = Vec::new();
    let mut place = 0;
    loop {
        match rest.get(place)? {
            b'"' => break,
            b'\\' => {
                let escape = *rest.get(place + 1)?;
                place += 2;
                match escape {
                    b'n' => raw.push(b'\n'),
                    b't' => raw.push(b'\t'),
                    b'r' => raw.push(b'\r'),
                    b'u' => {
                        let digits = rest.get(place..place + 4)?;
                        let code = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
                        let mut buffer = [0; 4];
                        let letter = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                        raw.extend_from_slice(letter.encode_utf8(&mut buffer).as_bytes());
                        place += 4;
                    }
                    other => raw.push(other),
                }
            }
            &byte => {
                raw.push(byte);
                place += 1;
            }
        }
    }
    *at += 1 + place + 1;
    Some(String::from_utf8_lossy(&raw).into_owned())
}

/// How objects around a place are looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search {
    /// Most bytes that are walked back, and most of an object.
    pub(super) reach: usize,
    /// Whether an object whose closing brace is not there may be one.
    pub(super) open: bool,
    /// Beginnings below were tried before, for a place before this one, in vain.
    pub(super) tried: usize,
}

/// What `judge` says of the nearest object around `at` that it says anything of, and how many bytes were read. Objects are tried from
/// the inside out, each as its place in `view`, to the closing brace or as far as the view goes. A bounded number of bytes is
/// read over all. A brace may stand in a string, so that not every beginning is one.
pub(super) fn around<T>(
    view: &[u8],
    at: usize,
    search: Search,
    mut judge: impl FnMut(Range<usize>) -> Option<T>,
) -> (Option<T>, usize) {
    let Search { reach, open, tried } = search;
    let most = 4 * OBJECT_BYTES_MAX.max(reach);
    let mut from = at.saturating_sub(reach);
    // What did not hold the place before, or was nothing, does not hold this one, or is nothing. Places come in their order, but for
    // those of one name.
    let unclosed = |between: &[u8]| between.len() <= 64 && memchr::memchr(b'}', between).is_none();
    if at >= tried || view.get(at..tried).is_some_and(unclosed) {
        from = from.max(tried.min(at));
    }
    let before = view.get(from..=at.min(view.len().saturating_sub(1))).unwrap_or_default();
    let mut read = before.len() / 8;
    for start in memchr::memrchr_iter(b'{', before).map(|place| from + place) {
        let rest = view.get(start..view.len().min(start + reach)).unwrap_or_default();
        let closed = object_length(rest);
        let length = closed.unwrap_or(rest.len());
        read += length;
        if read > most {
            break;
        }
        if start + length > at
            && (open || closed.is_some())
            && let Some(said) = judge(start..start + length)
        {
            return (Some(said), read);
        }
    }
    (None, read)
}

/// Bytes of an object up to its closing brace, strings being passed over. `None` if it does not close.
fn object_length(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' if !quoted => depth += 1,
            b'}' if !quoted => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_given_with_the_names_that_lead_to_them() {
        let flat = Flat::read(br#" {"a":{"b":["x",1.5,{"c":true}]},"d":"\u0065\n"} tail"#);
        assert!(flat.is_none(), "white space before the brace is the caller's");
        let flat = Flat::read(br#"{"a":{"b":["x",1.5,{"c":true}]},"d":"\u0065\n"} tail"#).unwrap();
        assert!(flat.whole);
        assert_eq!(flat.length, 47);
        let shown: Vec<_> = flat.members.iter().map(|m| (m.path.join("/"), m.value.as_str())).collect();
        let expected = [("a/b", "x"), ("a/b", "1.5"), ("a/b/c", "true"), ("d", "e\n")];
        assert_eq!(shown, expected.map(|(path, value)| (path.to_owned(), value)));
    }

    #[test]
    fn what_was_read_before_the_cut_is_kept() {
        let flat = Flat::read(br#"{"iss":"k","aud":["a","b"],"su"#).unwrap();
        assert!(!flat.whole);
        assert_eq!((flat.text(&["iss"]), flat.text(&["aud"])), (Some("k"), Some("b")));
    }

    #[test]
    fn towers_of_brackets_cost_no_stack_and_end_at_the_bound() {
        let tower = [b"{\"a\":".repeat(1_000_000), b"1".to_vec()].concat();
        assert!(Flat::read(&tower).is_none());
    }

    #[test]
    fn nearest_object_that_still_holds_the_place_is_found() {
        let text = br#"x {"a":{"b":1},"c":"}{","d":2} {"#;
        let at = text.windows(3).position(|three| three == b"\"d\"").unwrap();
        let read =
            |place: Range<usize>| Flat::read(&text[place.clone()]).filter(|flat| flat.whole).map(|_| place);
        let search = Search { reach: 100, open: false, tried: 0 };
        assert_eq!(around(text, at, search, read).0, Some(2..30));
        assert_eq!(around(text, at, Search { tried: 3, ..search }, read).0, None, "tried before");
        assert_eq!(around(b"no braces", 4, search, Some).0, None);
    }
}
