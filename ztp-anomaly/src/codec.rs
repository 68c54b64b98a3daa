//! The bytes of a state: variable-length integers and length-prefixed texts, one spelling for each state.

use ztp_core::time::Timestamp;

/// Why bytes are not a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Writes a state.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Seven bits a byte, lowest first; the highest bit says that more follow.
    pub(crate) fn unsigned(&mut self, mut value: u64) {
        loop {
            let [low, ..] = value.to_le_bytes();
            value >>= 7;
            if value == 0 {
                self.bytes.push(low & 0x7f);
                return;
            }
            self.bytes.push(low | 0x80);
        }
    }

    /// Zigzag: small magnitudes of either sign are short.
    pub(crate) fn signed(&mut self, value: i64) {
        self.unsigned((value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned());
    }

    pub(crate) fn count(&mut self, value: usize) {
        self.unsigned(u64::try_from(value).unwrap_or(u64::MAX));
    }

    pub(crate) fn flag(&mut self, value: bool) {
        self.unsigned(u64::from(value));
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.raw(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(crate) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.flag(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }
}

/// Reads a state that may be hostile: nothing is allocated for a length that the bytes left do not cover.
#[derive(Debug)]
pub(crate) struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    pub(crate) const fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) const fn finish(self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed) }
    }

    pub(crate) fn unsigned(&mut self) -> Result<u64, Malformed> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.rest.split_first().ok_or(Malformed)?;
            self.rest = rest;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return Err(Malformed);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                // The last byte of a longer spelling is never zero: one integer, one spelling.
                return if byte == 0 && shift > 0 { Err(Malformed) } else { Ok(value) };
            }
        }
        Err(Malformed)
    }

    pub(crate) fn signed(&mut self) -> Result<i64, Malformed> {
        let value = self.unsigned()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// A count that more can be added to without overflow.
    pub(crate) fn small(&mut self) -> Result<u64, Malformed> {
        let count = self.unsigned()?;
        if count >> 53 == 0 { Ok(count) } else { Err(Malformed) }
    }

    /// A share in millionths.
    pub(crate) fn share(&mut self) -> Result<u64, Malformed> {
        Ok(self.unsigned()?.min(1_000_000))
    }

    /// A time that a record can have, or one of the ends of [`i64`], which stand for never.
    pub(crate) fn time(&mut self) -> Result<i64, Malformed> {
        let at = self.signed()?;
        let known = Timestamp::MIN.as_millis()..=Timestamp::MAX.as_millis().saturating_mul(2);
        if known.contains(&at) || at == i64::MIN || at == i64::MAX { Ok(at) } else { Err(Malformed) }
    }

    /// A number of items that take at least one byte each.
    pub(crate) fn count(&mut self) -> Result<usize, Malformed> {
        let count = usize::try_from(self.unsigned()?).map_err(|_| Malformed)?;
        if count > self.rest.len() { Err(Malformed) } else { Ok(count) }
    }

    pub(crate) fn flag(&mut self) -> Result<bool, Malformed> {
        match self.unsigned()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed),
        }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(Malformed)?;
        self.rest = rest;
        Ok(*head)
    }

    pub(crate) fn bytes(&mut self) -> Result<&'b [u8], Malformed> {
        let count = self.count()?;
        let (head, rest) = self.rest.split_at_checked(count).ok_or(Malformed)?;
        self.rest = rest;
        Ok(head)
    }

    pub(crate) fn text(&mut self) -> Result<&'b str, Malformed> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Malformed)
    }

    pub(crate) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Malformed>,
    ) -> Result<Option<T>, Malformed> {
        if self.flag()? { read(self).map(Some) } else { Ok(None) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_written_reads_back(a in any::<u64>(), b in any::<i64>(), c in ".*", d in any::<Option<bool>>()) {
            let mut w = Writer::default();
            w.unsigned(a);
            w.signed(b);
            w.text(&c);
            w.option(d, Writer::flag);
            let bytes = w.into_bytes();
            let mut r = Reader::new(&bytes);
            prop_assert_eq!(r.unsigned(), Ok(a));
            prop_assert_eq!(r.signed(), Ok(b));
            prop_assert_eq!(r.text(), Ok(c.as_str()));
            prop_assert_eq!(r.option(Reader::flag), Ok(d));
            prop_assert_eq!(r.finish(), Ok(()));
        }
    }

    #[test]
    fn another_spelling_of_an_integer_and_a_length_beyond_the_end_are_refused() {
        assert_eq!(Reader::new(&[0x80, 0x00]).unsigned(), Err(Malformed));
        assert_eq!(Reader::new(&[0xff; 10]).unsigned(), Err(Malformed));
        assert_eq!(Reader::new(&[0x80]).unsigned(), Err(Malformed));
        assert_eq!(Reader::new(&[5, 1, 2]).bytes(), Err(Malformed));
        assert_eq!(Reader::new(&[0]).finish(), Err(Malformed));
        assert_eq!(Reader::new(&[2]).flag(), Err(Malformed));
    }
}
