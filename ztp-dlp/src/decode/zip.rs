//! Entries of zip archives, from their local headers (APPNOTE 4.3.7): the central directory at the end is not needed,
//! and may lie.

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
