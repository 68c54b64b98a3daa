//! X.509 certificates by their shape: TBSCertificate with its Validity pair of times, which no revocation list has.

use super::der::{BIT_STRING, Element, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE, SET, Stop};
use super::shape::FRAGMENT_BYTES_MIN;

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;

/// Most extensions that are looked through.
const EXTENSIONS_MAX: usize = 64;

/// Subject key identifier, authority key identifier: content of their OIDs.
const SKI: &[u8] = b"\x55\x1d\x0e";
const AKI: &[u8] = b"\x55\x1d\x23";

/// Heads of the Validity pair: SEQ{UTCTime, …}, SEQ{GeneralizedTime, …} in their four usual lengths.
pub(super) const VALIDITY_ANCHORS: &[&[u8]] =
    &[b"\x30\x1e\x17\x0d", b"\x30\x20\x17\x0d", b"\x30\x20\x18\x0f", b"\x30\x22\x18\x0f"];
/// `[0] { INTEGER 2 }` and the header of the serial number: the head of a version 3 certificate.
pub(super) const VERSION_ANCHOR: &[u8] = b"\xa0\x03\x02\x01\x02\x02";

/// A certificate, or part of one.
#[derive(Debug, Clone, Default)]
pub(super) struct Certificate<'a> {
    /// Bytes that are there, from where the shape began.
    pub(super) length: usize,
    /// Whether the whole certificate is there.
    pub(super) whole: bool,
    /// Content of the serial number.
    pub(super) serial: &'a [u8],
    /// The issuer's Name element.
    pub(super) issuer: &'a [u8],
    /// The subject's Name element.
    pub(super) subject: &'a [u8],
    /// The SubjectPublicKeyInfo element.
    pub(super) spki: &'a [u8],
    /// Content of the subject key identifier.
    pub(super) ski: &'a [u8],
    /// The key identifier of the authority key identifier.
    pub(super) aki: &'a [u8],
    /// Last moment of validity, as it is written.
    pub(super) not_after: &'a [u8],
}

/// A certificate, or its head, at the start of `bytes`.
pub(super) fn certificate(bytes: &[u8]) -> Option<Certificate<'_>> {
    let outer = Reader::open_ended(bytes).expect(SEQUENCE).ok()?;
    let tbs = Reader::within(&outer).expect(SEQUENCE).ok()?;
    let mut found = Certificate { length: outer.header + outer.value.len(), ..Certificate::default() };
    match to_be_signed(&tbs, &mut found) {
        Ok(()) => {}
        // Cut or altered: enough must have been seen to tell it from anything else.
        Err(_) => {
            let told = !found.issuer.is_empty() && found.length >= FRAGMENT_BYTES_MIN;
            return told.then_some(found);
        }
    }
    found.whole = outer.is_whole() && tbs.is_whole();
    Some(found)
}

fn to_be_signed<'a>(tbs: &Element<'a>, found: &mut Certificate<'a>) -> Result<(), Stop> {
    let mut members = Reader::within(tbs);
    let versioned = members.peek() == Some(VERSION);
    if versioned && Reader::within(&members.whole(VERSION)?).whole(INTEGER)?.value.len() != 1 {
        return Err(Stop::Other);
    }
    let serial = members.whole(INTEGER)?;
    if serial.value.is_empty() || serial.value.len() > 32 {
        return Err(Stop::Other);
    }
    found.serial = serial.value;
    let algorithm = members.whole(SEQUENCE)?;
    Reader::within(&algorithm).whole(OID)?;
    let issuer = name(&mut members);
    match issuer {
        Ok(element) => found.issuer = element,
        // A name that is cut or altered still tells a version 3 certificate, when it began as a name does.
        Err(_) if versioned && begins_name(members.rest()) => {
            found.issuer = members.rest();
            return Err(Stop::Cut);
        }
        Err(stop) => return Err(stop),
    }
    let validity = members.expect(SEQUENCE).inspect_err(|_| unversioned(versioned, found))?;
    let mut times = Reader::within(&validity);
    time(&mut times).inspect_err(|_| unversioned(versioned, found))?;
    found.not_after = time(&mut times).inspect_err(|_| unversioned(versioned, found))?;
    if !times.is_empty() {
        return Err(Stop::Other);
    }
    subject_and_key(&mut members, found)?;
    extensions(&mut members, found)
}

/// Without a version only the pair of times tells a certificate from a revocation list.
fn unversioned(versioned: bool, found: &mut Certificate<'_>) {
    if !versioned {
        found.issuer = &[];
    }
}

/// Subject and SubjectPublicKeyInfo.
fn subject_and_key<'a>(members: &mut Reader<'a>, found: &mut Certificate<'a>) -> Result<(), Stop> {
    found.subject = name(members)?;
    let before = members.rest();
    let spki = members.expect(SEQUENCE)?;
    let mut parts = Reader::within(&spki);
    Reader::within(&parts.whole(SEQUENCE)?).whole(OID)?;
    let key = parts.expect(BIT_STRING)?;
    if !spki.is_whole() || !key.is_whole() {
        return Err(Stop::Cut);
    }
    found.spki = before.get(..spki.span()).unwrap_or_default();
    Ok(())
}

fn extensions<'a>(members: &mut Reader<'a>, found: &mut Certificate<'a>) -> Result<(), Stop> {
    while !members.is_empty() {
        let element = members.any()?;
        if element.tag != EXTENSIONS {
            continue;
        }
        let mut list = Reader::within(&Reader::within(&element).expect(SEQUENCE)?);
        for _ in 0..EXTENSIONS_MAX {
            if list.is_empty() {
                break;
            }
            extension(&list.expect(SEQUENCE)?, found)?;
        }
    }
    Ok(())
}

fn extension<'a>(element: &Element<'a>, found: &mut Certificate<'a>) -> Result<(), Stop> {
    let mut parts = Reader::within(element);
    let id = parts.whole(OID)?.value;
    if id != SKI && id != AKI {
        return Ok(());
    }
    if parts.peek() == Some(super::der::BOOLEAN) {
        parts.any()?;
    }
    let content = parts.whole(OCTET_STRING)?;
    if id == SKI {
        found.ski = Reader::within(&content).whole(OCTET_STRING)?.value;
    } else if let Ok(key) = Reader::within(&Reader::within(&content).whole(SEQUENCE)?).whole(0x80) {
        found.aki = key.value;
    }
    Ok(())
}

/// The middle of a certificate from its Validity pair on: pair, subject, and the head of the key.
pub(super) fn from_validity(bytes: &[u8]) -> Option<Certificate<'_>> {
    let mut members = Reader::open_ended(bytes);
    let mut times = Reader::within(&members.whole(SEQUENCE).ok()?);
    time(&mut times).ok()?;
    let mut found = Certificate { not_after: time(&mut times).ok()?, ..Certificate::default() };
    if !times.is_empty() {
        return None;
    }
    // The key may be cut after its algorithm, which must be there.
    let told = match subject_and_key(&mut members, &mut found) {
        Ok(()) => true,
        Err(Stop::Cut) => key_began(members.rest()) || key_began(after_name(bytes, &found)),
        Err(Stop::Other) => false,
    };
    found.length = bytes.len() - members.rest().len();
    (told && !found.subject.is_empty()).then_some(found)
}

fn after_name<'a>(bytes: &'a [u8], found: &Certificate<'a>) -> &'a [u8] {
    let mut members = Reader::open_ended(bytes);
    if members.any().is_err() || found.subject.is_empty() || members.any().is_err() {
        return &[];
    }
    members.rest()
}

fn key_began(bytes: &[u8]) -> bool {
    let Ok(spki) = Reader::open_ended(bytes).expect(SEQUENCE) else { return false };
    let Ok(algorithm) = Reader::within(&spki).whole(SEQUENCE) else { return false };
    Reader::within(&algorithm).whole(OID).is_ok()
}

/// A Name: SEQ of SET of SEQ{OID, string}. Returns the element's bytes.
fn name<'a>(members: &mut Reader<'a>) -> Result<&'a [u8], Stop> {
    let before = members.rest();
    let mut ahead = *members;
    let element = ahead.whole(SEQUENCE)?;
    let mut sets = Reader::within(&element);
    while !sets.is_empty() {
        let mut attributes = Reader::within(&sets.expect(SET)?);
        while !attributes.is_empty() {
            let attribute = attributes.expect(SEQUENCE)?;
            Reader::within(&attribute).whole(OID)?;
        }
    }
    *members = ahead;
    Ok(before.get(..element.span()).unwrap_or_default())
}

/// Whether a Name began as names do: a SEQUENCE with a SET in it, each of a length that fits into the other.
fn begins_name(bytes: &[u8]) -> bool {
    let Ok(element) = Reader::open_ended(bytes).expect(SEQUENCE) else { return false };
    let Some(&[SET, length, ..]) = element.value.first_chunk::<2>().map(|head| &head[..]) else {
        return false;
    };
    element.claimed.is_none_or(|claimed| usize::from(length) < claimed.max(4))
}

/// A time of RFC 5280 §4.1.2.5: digits, and a Z or an offset.
fn time<'a>(times: &mut Reader<'a>) -> Result<&'a [u8], Stop> {
    let element = times.any()?;
    let shape = matches!(element.tag, UTC_TIME | GENERALIZED_TIME);
    let digits = element.value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !shape || (element.is_whole() && (digits < 10 || element.value.len() > 19)) {
        return Err(Stop::Other);
    }
    if element.is_whole() { Ok(element.value) } else { Err(Stop::Cut) }
}

/// A certification request (RFC 2986): SEQ{SEQ{INT 0, Name, SubjectPublicKeyInfo, [0] …}, SEQ{OID}, BIT}.
pub(super) fn request(bytes: &[u8]) -> Option<Certificate<'_>> {
    let outer = Reader::open_ended(bytes).expect(SEQUENCE).ok()?;
    let info = Reader::within(&outer).expect(SEQUENCE).ok()?;
    let mut members = Reader::within(&info);
    if members.whole(INTEGER).ok()?.value != [0] {
        return None;
    }
    let mut found = Certificate { length: outer.header + outer.value.len(), ..Certificate::default() };
    subject_and_key(&mut members, &mut found).ok()?;
    if members.peek().is_some_and(|tag| tag != 0xa0) {
        return None;
    }
    found.whole = outer.is_whole();
    Some(found)
}
