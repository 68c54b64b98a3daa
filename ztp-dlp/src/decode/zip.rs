//! Entries of zip archives, from their local headers (APPNOTE 4.3.7), and what the central directory says of them (4.3.12), by which
//! programs go: where the two contradict each other, one of them lies.

/// What a local header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// The data begin after so many bytes and are deflated.
    Deflated(usize),
    /// The data stand as they are.
    Stored,
    /// The data are under a password.
    Encrypted,
    /// The data are compressed in a way that is not read here.
    Unread,
    /// No header.
    Wrong,
}

/// Reads the local header at the start of `bytes`.
pub(crate) fn entry(bytes: &[u8]) -> Entry {
    let Some((head, _)) = bytes.split_first_chunk::<30>() else { return Entry::Wrong };
    let [b'P', b'K', 3, 4, version, _, flags, _, method_low, method_high, ..] = *head else {
        return Entry::Wrong;
    };
    let [.., name_low, name_high, extra_low, extra_high] = *head;
    // Every known version is below 7.0; a text that begins with the letters is no archive.
    if version > 70 {
        return Entry::Wrong;
    }
    let name = usize::from(u16::from_le_bytes([name_low, name_high]));
    // Programs that read archives hold the first four bytes as well; an entry has a name.
    let named =
        bytes.get(30..bytes.len().min(30 + name)).is_some_and(|name| !name.iter().any(u8::is_ascii_control));
    if name == 0 || !named {
        return Entry::Wrong;
    }
    if flags & 1 != 0 {
        return Entry::Encrypted;
    }
    let extra = usize::from(u16::from_le_bytes([extra_low, extra_high]));
    match u16::from_le_bytes([method_low, method_high]) {
        0 => Entry::Stored,
        8 => Entry::Deflated(30 + name + extra),
        1..=7 | 9 | 10 | 12 | 14 | 16 | 18..=20 | 93..=99 => Entry::Unread,
        _ => Entry::Wrong,
    }
}

/// What both headers of an entry say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) method: u16,
    pub(crate) encrypted: bool,
    /// Bytes of the name, and of the name and the extra field together.
    pub(crate) name: u16,
    pub(crate) after: usize,
}

/// What a local header says, whether or not it makes an [`entry`].
pub(crate) fn local(bytes: &[u8]) -> Option<Facts> {
    let [b'P', b'K', 3, 4, _, _, flags, _, m0, m1, .., n0, n1, x0, x1] = *bytes.first_chunk::<30>()? else {
        return None;
    };
    Some(facts(flags, [m0, m1], [n0, n1], [x0, x1]))
}

/// What the central directory says of an entry, and where it says that the local header is.
pub(crate) fn central(bytes: &[u8]) -> Option<(Facts, u64)> {
    let head = bytes.first_chunk::<46>()?;
    let [b'P', b'K', 1, 2, _, _, _, _, flags, _, m0, m1, ..] = *head else { return None };
    let [.., n0, n1, x0, x1, _, _, _, _, _, _, _, _, _, _, o0, o1, o2, o3] = *head;
    Some((facts(flags, [m0, m1], [n0, n1], [x0, x1]), u32::from_le_bytes([o0, o1, o2, o3]).into()))
}

fn facts(flags: u8, method: [u8; 2], name: [u8; 2], extra: [u8; 2]) -> Facts {
    let name = u16::from_le_bytes(name);
    let after = usize::from(name) + usize::from(u16::from_le_bytes(extra));
    Facts { method: u16::from_le_bytes(method), encrypted: flags & 1 != 0, name, after }
}

/// How long the central directory is that ends at or before `at`, where it ends, and its offset as the archive counts (APPNOTE
/// 4.3.16; with 64 bits, 4.3.14).
pub(crate) fn end(bytes: &[u8], at: usize) -> Option<(u64, usize, u64)> {
    let [b'P', b'K', 5, 6, .., s0, s1, s2, s3, o0, o1, o2, o3, _, _] =
        *bytes.get(at..).and_then(<[u8]>::first_chunk::<22>)?
    else {
        return None;
    };
    let wide =
        at.checked_sub(76).and_then(|before| Some((before, bytes.get(before..)?.first_chunk::<56>()?)));
    if let Some((before, head)) = wide
        && head.starts_with(b"PK\x06\x06")
    {
        let number = |from: usize| {
            head.get(from..).and_then(<[u8]>::first_chunk).map(|eight| u64::from_le_bytes(*eight))
        };
        return Some((number(40)?, before, number(48)?));
    }
    Some((u32::from_le_bytes([s0, s1, s2, s3]).into(), at, u32::from_le_bytes([o0, o1, o2, o3]).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(flags: u8, method: u8) -> Vec<u8> {
        let mut head = vec![b'P', b'K', 3, 4, 20, 0, flags, 0, method, 0];
        head.extend([0; 16]);
        head.extend([5, 0, 2, 0]);
        head.extend(b"a.txt");
        head
    }

    #[test]
    fn a_local_header_says_where_data_begin() {
        assert_eq!(entry(&header(0, 8)), Entry::Deflated(37));
        assert_eq!(entry(&header(0, 0)), Entry::Stored);
        assert_eq!(entry(&header(1, 8)), Entry::Encrypted);
        assert_eq!(entry(&header(0, 12)), Entry::Unread);
        assert_eq!(entry(b"PK\x03\x04 and then text that is no archive"), Entry::Wrong);
        assert_eq!(entry(b"PK\x03\x04"), Entry::Wrong);
    }
}
