//! A walker over DER and the BER that passes for it: bounded, without recursion, and content with a cut end.
//!
//! What is walked here was guessed out of a request, not handed over as a key: it may stop anywhere, be re-encoded with long
//! lengths, or be no ASN.1 at all. So nothing is copied, no length is trusted beyond the bytes that are there, and an element
//! says whether it is whole. Strict DER would be an invitation to re-encode.

/// Universal BOOLEAN.
pub(super) const BOOLEAN: u8 = 0x01;
/// Universal INTEGER.
pub(super) const INTEGER: u8 = 0x02;
/// Universal BIT STRING.
pub(super) const BIT_STRING: u8 = 0x03;
/// Universal OCTET STRING.
pub(super) const OCTET_STRING: u8 = 0x04;
/// Universal OBJECT IDENTIFIER.
pub(super) const OID: u8 = 0x06;
/// Universal SEQUENCE, constructed.
pub(super) const SEQUENCE: u8 = 0x30;
/// Universal SET, constructed.
pub(super) const SET: u8 = 0x31;

/// Most bytes that a single element may claim: 1 MiB, several times the largest key.
const CLAIM_MAX: usize = 1 << 20;

/// One element, perhaps cut short.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    /// The identifier octet.
    pub(super) tag: u8,
    /// The content that is there.
    pub(super) value: &'a [u8],
    /// The content's length as it is claimed; `None` for BER's indefinite form.
    pub(super) claimed: Option<usize>,
    /// Bytes of identifier and length.
    pub(super) header: usize,
}

impl<'a> Element<'a> {
    /// Whether all that is claimed is there.
    pub(super) fn is_whole(&self) -> bool {
        self.claimed == Some(self.value.len())
    }

    /// Bytes of the whole element, as claimed; what is there for the indefinite form.
    pub(super) fn span(&self) -> usize {
        self.header + self.claimed.unwrap_or(self.value.len())
    }

    /// An INTEGER's magnitude without its leading zeros.
    pub(super) fn magnitude(&self) -> &'a [u8] {
        let zeros = self.value.iter().take_while(|&&byte| byte == 0).count();
        self.value.get(zeros..).unwrap_or_default()
    }
}

/// Why no element could be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The bytes end before the element says anything.
    Cut,
    /// What stands there is something else.
    Other,
}

/// Reads elements one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    /// Whether the enclosing element claims more than is there: only then may an element be cut.
    cut: bool,
}

impl<'a> Reader<'a> {
    /// Reads from bytes that may end anywhere.
    pub(super) fn open_ended(bytes: &'a [u8]) -> Self {
        Self { bytes, cut: true }
    }

    /// Reads the content of an element.
    pub(super) fn within(element: &Element<'a>) -> Self {
        Self { bytes: element.value, cut: !element.is_whole() }
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The bytes not yet read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    /// The identifier of the next element.
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.first().copied()
    }

    /// Takes the next element, whatever it is.
    pub(super) fn any(&mut self) -> Result<Element<'a>, Stop> {
        let short = if self.cut { Stop::Cut } else { Stop::Other };
        let &tag = self.bytes.first().ok_or(short)?;
        // Identifiers of several octets occur in nothing that is looked for.
        if tag & 0x1f == 0x1f {
            return Err(Stop::Other);
        }
        let &first = self.bytes.get(1).ok_or(short)?;
        let (claimed, header) = match first {
            0x80 => (None, 2),
            0x81..=0x84 => {
                let digits = usize::from(first & 0x0f);
                let bytes = self.bytes.get(2..2 + digits).ok_or(short)?;
                let length = bytes.iter().fold(0usize, |sum, &byte| (sum << 8) | usize::from(byte));
                (Some(length), 2 + digits)
            }
            0x00..=0x7f => (Some(usize::from(first)), 2),
            _ => return Err(Stop::Other),
        };
        if claimed.is_some_and(|length| length > CLAIM_MAX) {
            return Err(Stop::Other);
        }
        let body = self.bytes.get(header..).unwrap_or_default();
        let there = claimed.unwrap_or(body.len()).min(body.len());
        if claimed.is_some_and(|length| length > there) && !self.cut {
            return Err(Stop::Other);
        }
        let (value, rest) = body.split_at_checked(there).unwrap_or((body, &[]));
        self.bytes = rest;
        Ok(Element { tag, value, claimed, header })
    }

    /// Takes the next element if it is of this kind.
    pub(super) fn expect(&mut self, tag: u8) -> Result<Element<'a>, Stop> {
        if self.peek().is_some_and(|found| found != tag) {
            return Err(Stop::Other);
        }
        self.any()
    }

    /// Takes the next element if it is of this kind and whole.
    pub(super) fn whole(&mut self, tag: u8) -> Result<Element<'a>, Stop> {
        let element = self.expect(tag)?;
        if element.is_whole() { Ok(element) } else { Err(Stop::Cut) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_with_short_long_and_needlessly_long_lengths() {
        for bytes in [&[0x04, 0x02, 7, 8][..], &[0x04, 0x81, 0x02, 7, 8], &[0x04, 0x83, 0, 0, 2, 7, 8]] {
            let element = Reader::open_ended(bytes).expect(OCTET_STRING).unwrap();
            assert_eq!((element.value, element.is_whole()), (&[7, 8][..], true));
            assert_eq!(element.span(), bytes.len());
        }
    }

    #[test]
    fn cut_element_is_given_as_far_as_it_goes_but_not_inside_a_whole_one() {
        let bytes = [0x30, 0x04, 0x04, 0x05, 1, 2];
        let mut open = Reader::open_ended(&bytes[..5]);
        let outer = open.expect(SEQUENCE).unwrap();
        assert!(!outer.is_whole());
        assert_eq!(Reader::within(&outer).any().unwrap().value, [1]);
        let whole = Reader::open_ended(&bytes).expect(SEQUENCE).unwrap();
        assert_eq!(Reader::within(&whole).any().unwrap_err(), Stop::Other);
    }

    #[test]
    fn lengths_beyond_reason_and_identifiers_of_several_octets_are_refused() {
        for bytes in
            [&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff][..], &[0x1f, 0x01, 0], &[0x30, 0x85, 0, 0, 0, 0, 0]]
        {
            assert_eq!(Reader::open_ended(bytes).any().unwrap_err(), Stop::Other);
        }
    }

    #[test]
    fn indefinite_form_reaches_to_the_end() {
        let element = Reader::open_ended(&[0x30, 0x80, 0x02, 0x01, 0x03, 0, 0]).any().unwrap();
        assert_eq!((element.claimed, element.value.len(), element.span()), (None, 5, 7));
    }
}
