//! The object identifiers that tell a key by its algorithm, as the content octets of their DER.

/// An algorithm of private keys.
#[derive(Debug)]
pub(super) struct KeyAlgorithm {
    oid: &'static [u8],
    /// The name in reports.
    pub(super) name: &'static str,
    /// The octet string holds PKCS#1.
    pub(super) rsa: bool,
    /// The octet string holds SEC1.
    pub(super) ec: bool,
}

const fn plain(oid: &'static [u8], name: &'static str) -> KeyAlgorithm {
    KeyAlgorithm { oid, name, rsa: false, ec: false }
}

const fn rsa(oid: &'static [u8], name: &'static str) -> KeyAlgorithm {
    KeyAlgorithm { oid, name, rsa: true, ec: false }
}

/// RFC 8017, 3279, 5480, 8410, 9579 and the registrations of NIST for FIPS 203, 204 and 205.
const KEY_ALGORITHMS: &[KeyAlgorithm] = &[
    rsa(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", "rsa"),
    rsa(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x07", "rsa-oaep"),
    rsa(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", "rsa-pss"),
    KeyAlgorithm { oid: b"\x2a\x86\x48\xce\x3d\x02\x01", name: "ec", rsa: false, ec: true },
    plain(b"\x2a\x86\x48\xce\x38\x04\x01", "dsa"),
    plain(b"\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01", "dh"),
    plain(b"\x2a\x86\x48\xce\x3e\x02\x01", "dh-x942"),
    plain(b"\x2b\x65\x6e", "x25519"),
    plain(b"\x2b\x65\x6f", "x448"),
    plain(b"\x2b\x65\x70", "ed25519"),
    plain(b"\x2b\x65\x71", "ed448"),
    plain(b"\x60\x86\x48\x01\x65\x03\x04\x04\x01", "ml-kem-512"),
    plain(b"\x60\x86\x48\x01\x65\x03\x04\x04\x02", "ml-kem-768"),
    plain(b"\x60\x86\x48\x01\x65\x03\x04\x04\x03", "ml-kem-1024"),
    plain(b"\x60\x86\x48\x01\x65\x03\x04\x03\x11", "ml-dsa-44"),
    plain(b"\x60\x86\x48\x01\x65\x03\x04\x03\x12", "ml-dsa-65"),
    plain(b"\x60\x86\x48\x01\x65\x03\x04\x03\x13", "ml-dsa-87"),
    plain(b"\x2a\x85\x03\x07\x01\x01\x01\x01", "gost-2012-256"),
    plain(b"\x2a\x85\x03\x07\x01\x01\x01\x02", "gost-2012-512"),
];

/// NIST's arc of signature algorithms; SLH-DSA takes 20 to 31 of it, and 35 to 46 with a hash before.
const NIST_SIGNATURES: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x03";

/// PKIX's arc of algorithms; composite ML-DSA takes 37 to 54 of it (draft-ietf-lamps-pq-composite-sigs).
const PKIX_ALGORITHMS: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x06";

static COMPOSITE: KeyAlgorithm = plain(PKIX_ALGORITHMS, "composite-ml-dsa");
static SLH_DSA: KeyAlgorithm = plain(NIST_SIGNATURES, "slh-dsa");

/// The algorithm with this identifier.
pub(super) fn key_algorithm(oid: &[u8]) -> Option<&'static KeyAlgorithm> {
    if let Some(found) = KEY_ALGORITHMS.iter().find(|algorithm| algorithm.oid == oid) {
        return Some(found);
    }
    if matches!(oid.strip_prefix(PKIX_ALGORITHMS), Some([37..=54])) {
        return Some(&COMPOSITE);
    }
    matches!(oid.strip_prefix(NIST_SIGNATURES), Some([20..=31 | 35..=46])).then_some(&SLH_DSA)
}

const CURVES: &[(&[u8], &str)] = &[
    (b"\x2a\x86\x48\xce\x3d\x03\x01\x07", "ec-p256"),
    (b"\x2b\x81\x04\x00\x22", "ec-p384"),
    (b"\x2b\x81\x04\x00\x23", "ec-p521"),
    (b"\x2b\x81\x04\x00\x21", "ec-p224"),
    (b"\x2a\x86\x48\xce\x3d\x03\x01\x01", "ec-p192"),
    (b"\x2b\x81\x04\x00\x0a", "ec-secp256k1"),
    (b"\x2a\x81\x1c\xcf\x55\x01\x82\x2d", "sm2"),
];

/// The name of a curve.
pub(super) fn curve(oid: &[u8]) -> Option<&'static str> {
    CURVES.iter().find(|(known, _)| *known == oid).map(|(_, name)| *name)
}

/// Arc of PKCS#5: PBES1 and PBES2.
const PKCS5: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05";
/// Arc of the password-based encryption of PKCS#12.
const PKCS12_PBE: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01";

/// The name of a scheme of encryption under a password.
pub(super) fn password_scheme(oid: &[u8]) -> Option<&'static str> {
    match oid.strip_prefix(PKCS5) {
        Some([13]) => return Some("pbes2"),
        Some([1 | 3 | 4 | 6 | 10 | 11]) => return Some("pbes1"),
        _ => {}
    }
    matches!(oid.strip_prefix(PKCS12_PBE), Some([1..=6])).then_some("pkcs12-pbe")
}

/// Whether this is PKCS#7's data or signed-data, the two that open a PKCS#12 file.
pub(super) fn is_pkcs7_data(oid: &[u8]) -> bool {
    matches!(oid.strip_prefix(b"\x2a\x86\x48\x86\xf7\x0d\x01\x07"), Some([1 | 2]))
}

/// What stands at the head of every structure above, as tag, length and as much of the content as is common: the places from
/// which the recogniser walks back to a beginning.
pub(super) const ALGORITHM_ANCHORS: &[&[u8]] = &[
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01",
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01",
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05",
    b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07",
    b"\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01",
    b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01",
    b"\x06\x07\x2a\x86\x48\xce\x38\x04\x01",
    b"\x06\x07\x2a\x86\x48\xce\x3e\x02\x01",
    b"\x06\x03\x2b\x65",
    b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03",
    b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x04",
    b"\x06\x08\x2a\x85\x03\x07\x01\x01\x01",
    b"\x06\x08\x2b\x06\x01\x05\x05\x07\x06",
];

/// The heads of PKCS#1 and SEC1, which name no algorithm: version, and the header of what follows.
pub(super) const VERSION_ANCHORS: &[&[u8]] = &[
    b"\x02\x01\x00\x02\x82",
    b"\x02\x01\x00\x02\x81",
    b"\x02\x01\x00\x02\x41\x00",
    b"\x02\x01\x00\x02\x40",
    b"\x02\x01\x01\x04\x14",
    b"\x02\x01\x01\x04\x15",
    b"\x02\x01\x01\x04\x18",
    b"\x02\x01\x01\x04\x1c",
    b"\x02\x01\x01\x04\x20",
    b"\x02\x01\x01\x04\x28",
    b"\x02\x01\x01\x04\x30",
    b"\x02\x01\x01\x04\x40",
    b"\x02\x01\x01\x04\x41",
    b"\x02\x01\x01\x04\x42",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_is_reached_from_an_anchor() {
        let mut oids: Vec<&[u8]> = KEY_ALGORITHMS.iter().map(|algorithm| algorithm.oid).collect();
        let slh = [NIST_SIGNATURES, &[20]].concat();
        oids.push(&slh);
        let composite = [PKIX_ALGORITHMS, &[48]].concat();
        oids.push(&composite);
        for oid in oids {
            let element = [&[0x06, u8::try_from(oid.len()).unwrap()], oid].concat();
            assert!(ALGORITHM_ANCHORS.iter().any(|anchor| element.starts_with(anchor)), "{oid:x?}");
        }
    }

    #[test]
    fn only_the_numbers_of_slh_dsa_belong_to_it() {
        for (number, yes) in [(19, false), (20, true), (31, true), (32, false), (46, true), (47, false)] {
            let oid = [NIST_SIGNATURES, &[number]].concat();
            assert_eq!(key_algorithm(&oid).is_some_and(|found| found.name == "slh-dsa"), yes, "{number}");
        }
    }
}
