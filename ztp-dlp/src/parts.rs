//! Which part of a multipart body (RFC 2046 §5.1) an offset lies in. The body is scanned as a whole, so that nothing hides
//! between parts or in a boundary that only some receivers see; this only gives findings a nearer place.

/// Most parts that are told apart.
const PARTS_MAX: usize = 4096;

/// Boundaries of a multipart body, as they pass.
#[derive(Debug)]
pub(crate) struct Parts {
    /// Two dashes and the boundary.
    delimiter: Vec<u8>,
    /// The last bytes, in which a delimiter may have begun.
    held: Vec<u8>,
    /// Offset of the first byte held.
    at: u64,
    /// Offsets at which delimiters begin.
    starts: Vec<u64>,
    pub(crate) too_many: bool,
}

impl Parts {
    /// Parts of a body with this content type, if it has any.
    pub(crate) fn new(content_type: &[u8]) -> Option<Self> {
        let text = content_type.to_ascii_lowercase();
        let kind = text.trim_ascii_start();
        if !kind.starts_with(b"multipart/") {
            return None;
        }
        let name = b"boundary=";
        let at = text.windows(name.len()).position(|window| window == name)? + name.len();
        let value = content_type.get(at..)?;
        let boundary = match value {
            [b'"', quoted @ ..] => quoted.split(|&byte| byte == b'"').next()?,
            _ => value.split(|&byte| byte == b';' || byte.is_ascii_whitespace()).next()?,
        };
        // RFC 2046 allows 1 to 70 characters.
        (1..=70).contains(&boundary.len()).then(|| Self {
            delimiter: [b"--".as_slice(), boundary].concat(),
            held: Vec::new(),
            at: 0,
            starts: Vec::new(),
            too_many: false,
        })
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        let width = self.delimiter.len();
        // Small pieces are joined to what is held; large ones only at their ends.
        for piece in bytes.chunks(64 << 10) {
            self.held.extend_from_slice(piece);
            let mut from = 0;
            while let Some(found) = self.held.get(from..).and_then(|rest| find(rest, &self.delimiter)) {
                let place = from + found;
                if self.starts.len() < PARTS_MAX {
                    self.starts.push(self.at.saturating_add(u64::try_from(place).unwrap_or(u64::MAX)));
                } else {
                    self.too_many = true;
                }
                from = place + width;
            }
            let keep = self.held.len().saturating_sub(width - 1).max(from);
            self.held.drain(..keep);
            self.at = self.at.saturating_add(u64::try_from(keep).unwrap_or(0));
        }
    }

    /// The part, from 0, that an offset lies in; none before the first and in a body without boundaries.
    pub(crate) fn of(&self, offset: u64) -> Option<(u32, u64)> {
        let after = self.starts.partition_point(|&start| start <= offset);
        let part = after.checked_sub(1)?;
        Some((u32::try_from(part).ok()?, *self.starts.get(part)?))
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    let first = *what.first()?;
    let mut from = 0;
    loop {
        let at = from + bytes.get(from..)?.iter().position(|&byte| byte == first)?;
        if bytes.get(at..)?.starts_with(what) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart_however_the_body_is_cut() {
        let body = b"preamble\r\n--a-b\r\n\r\none\r\n--a-b\r\n\r\ntwo--a-\r\n--a-b--\r\nend";
        for piece in 1..body.len() {
            let mut parts = Parts::new(b"Multipart/Form-Data; Boundary=\"a-b\"").unwrap();
            body.chunks(piece).for_each(|piece| parts.update(piece));
            assert_eq!(parts.starts, [10, 24, 42], "pieces of {piece}");
            assert_eq!(parts.of(9), None);
            assert_eq!(parts.of(20), Some((0, 10)));
            assert_eq!(parts.of(30), Some((1, 24)));
        }
    }

    #[test]
    fn only_a_multipart_type_with_a_boundary_has_parts() {
        assert!(Parts::new(b"text/plain; boundary=x").is_none());
        assert!(Parts::new(b"multipart/mixed").is_none());
        assert!(Parts::new(b"multipart/mixed; boundary=").is_none());
        assert!(Parts::new(b"multipart/mixed; boundary=x; charset=utf-8").is_some());
    }
}
