//! Keys, certificates, tokens and records, each different in each run.

use p256::SecretKey as P256Key;
use p256::pkcs8::EncodePrivateKey as _;
use rsa::PrivateKey as RsaKey;
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use ztp_core::canonical::{self, Value};
use ztp_core::digest::{Digest, sha256};
use ztp_core::encoding::{base64_encode, hex_encode};
use ztp_core::signature::{Signer as _, SigningKey};

/// So many random bytes.
pub fn random(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

pub fn random32() -> [u8; 32] {
    random(32).try_into().unwrap()
}

/// One DER element.
pub fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = vec![tag];
    match content.len() {
        length @ 0..=127 => out.push(u8::try_from(length).unwrap()),
        length @ 128..=255 => out.extend([0x81, u8::try_from(length).unwrap()]),
        length => out.extend([&[0x82][..], &u16::try_from(length).unwrap().to_be_bytes()].concat()),
    }
    out.extend(content);
    out
}

fn oid(content: &[u8]) -> Vec<u8> {
    der(0x06, &[content])
}

/// An Ed25519 key in PKCS#8.
/// A composite ML-DSA-65 and Ed25519 key in PKCS#8, as ZTP makes it: two seeds.
pub fn composite_pkcs8() -> Vec<u8> {
    [b"\x30\x51\x02\x01\x00\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x06\x30\x04\x40".as_slice(), &random(64)]
        .concat()
}

/// The state of a log's writer.
pub fn state() -> String {
    let digits = || ztp_core::encoding::hex_encode(&random(32));
    let text = format!(
        "ztp-audit-state-1\nepoch 3\nsize 7\nlast_hash {}\nseed {}\nnext_seed {}\nfrontier {} {} {}\nlast_record 1234\n",
        digits(),
        digits(),
        digits(),
        digits(),
        digits(),
        digits()
    );
    let sum = ztp_core::digest::sha256(text.as_bytes());
    format!("{text}sha256 {sum}\n")
}

/// A scanner's configuration with the key of its tags.
pub fn tag_config() -> String {
    format!(
        "{{\"mode\":\"enforce\",\"schema\":\"ztp.dlp.config/1\",\"tag_key\":\"{}\"}}\n",
        ztp_core::encoding::hex_encode(&random(32))
    )
}

pub fn ed25519_pkcs8() -> Vec<u8> {
    let seed = random32();
    der(0x30, &[&der(2, &[&[0]]), &der(0x30, &[&oid(b"\x2b\x65\x70")]), &der(4, &[&der(4, &[&seed])])])
}

/// A key of `algorithm` in PKCS#8 whose octet string is random.
pub fn pkcs8_of(algorithm: &[u8], length: usize) -> Vec<u8> {
    der(0x30, &[&der(2, &[&[0]]), &der(0x30, &[&oid(algorithm)]), &der(4, &[&der(4, &[&random(length)])])])
}

/// An RSA key: PKCS#1 and PKCS#8 of the same one.
pub fn rsa(bits: usize) -> (Vec<u8>, Vec<u8>) {
    let key = RsaKey::new(&mut getrandom::SysRng, bits).unwrap();
    let pkcs1 = key.to_pkcs1_der().unwrap().as_bytes().to_vec();
    (pkcs1, key.to_pkcs8_der().unwrap().as_bytes().to_vec())
}

/// A P-256 key: SEC1 and PKCS#8 of the same one.
pub fn p256() -> (Vec<u8>, Vec<u8>) {
    let key = P256Key::from_slice(&random32()).unwrap();
    let sec1 = key.to_sec1_der().unwrap().to_vec();
    (sec1, key.to_pkcs8_der().unwrap().as_bytes().to_vec())
}

/// A key under a password: PBES2 around random bytes.
pub fn encrypted_pkcs8() -> Vec<u8> {
    let pbkdf2 = der(
        0x30,
        &[
            &oid(b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c"),
            &der(0x30, &[&der(4, &[&random(16)]), &der(2, &[&[8, 0]])]),
        ],
    );
    let aes = der(0x30, &[&oid(b"\x60\x86\x48\x01\x65\x03\x04\x01\x2a"), &der(4, &[&random(16)])]);
    let scheme = der(0x30, &[&oid(b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"), &der(0x30, &[&pbkdf2, &aes])]);
    der(0x30, &[&scheme, &der(4, &[&random(64)])])
}

/// An unencrypted Ed25519 key in OpenSSH's format, without its armour.
pub fn openssh() -> Vec<u8> {
    let key = SigningKey::from_seed(&random32());
    let string = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat();
    let public = [string(b"ssh-ed25519"), string(key.public_key().as_bytes())].concat();
    let check = random(4);
    let pair = [&key.to_seed()[..], key.public_key().as_bytes()].concat();
    let mut private = [&check[..], &check, &public, &string(&pair), &string(b"bench")].concat();
    for pad in 1.. {
        if private.len().is_multiple_of(8) {
            break;
        }
        private.push(pad);
    }
    [
        b"openssh-key-v1\0".to_vec(),
        string(b"none"),
        string(b"none"),
        string(b""),
        1u32.to_be_bytes().to_vec(),
        string(&public),
        string(&private),
    ]
    .concat()
}

/// A distinguished name of country, organisation and common name, each as the given kind of string.
pub fn name(kind: u8, attributes: &[(&[u8], &str)]) -> Vec<u8> {
    let sets: Vec<Vec<u8>> = attributes
        .iter()
        .map(|(id, value)| der(0x31, &[&der(0x30, &[&oid(id), &der(kind, &[value.as_bytes()])])]))
        .collect();
    der(0x30, &sets.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// The name of the bench's authority.
pub const CA_NAME: [(&[u8], &str); 3] =
    [(b"\x55\x04\x06", "BR"), (b"\x55\x04\x0a", "Persona Lab"), (b"\x55\x04\x03", "Persona Web Root")];

/// A certificate authority with an Ed25519 key.
pub struct Authority {
    pub key: SigningKey,
    pub certificate: Vec<u8>,
    pub name: Vec<u8>,
}

/// Makes an authority whose name is written as UTF8Strings.
pub fn authority() -> Authority {
    let key = SigningKey::from_seed(&random32());
    let name = name(0x0c, &CA_NAME);
    let certificate = certificate(&key, &name, &name, &key);
    Authority { key, certificate, name }
}

/// A version 3 certificate for `subject` and `key`, signed by `issuer_key`.
pub fn certificate(issuer_key: &SigningKey, issuer: &[u8], subject: &[u8], key: &SigningKey) -> Vec<u8> {
    let algorithm = der(0x30, &[&oid(b"\x2b\x65\x70")]);
    let ski = |key: &SigningKey| sha256(key.public_key().as_bytes()).as_bytes()[..20].to_vec();
    let extensions = der(
        0x30,
        &[
            &der(0x30, &[&oid(b"\x55\x1d\x0e"), &der(4, &[&der(4, &[&ski(key)])])]),
            &der(0x30, &[&oid(b"\x55\x1d\x23"), &der(4, &[&der(0x30, &[&der(0x80, &[&ski(issuer_key)])])])]),
        ],
    );
    let mut serial = random(16);
    serial[0] = serial[0] & 0x7f | 0x40;
    let tbs = der(
        0x30,
        &[
            &der(0xa0, &[&der(2, &[&[2]])]),
            &der(2, &[&serial]),
            &algorithm,
            issuer,
            &der(0x30, &[&der(0x17, &[b"260101000000Z"]), &der(0x17, &[b"360101000000Z"])]),
            subject,
            &key.public_key().to_spki_der(),
            &der(0xa3, &[&extensions]),
        ],
    );
    let signature = issuer_key.sign(&tbs).unwrap();
    der(0x30, &[&tbs, &algorithm, &der(3, &[&[0], &signature])])
}

/// PEM with lines of 64.
pub fn pem(label: &str, der: &[u8]) -> String {
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in base64_encode(der).as_bytes().chunks(64) {
        out.push_str(std::str::from_utf8(line).unwrap());
        out.push('\n');
    }
    out + &format!("-----END {label}-----\n")
}

pub fn base64url(bytes: &[u8]) -> String {
    base64_encode(bytes).replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned()
}

/// A service account's token: bound, as Kubernetes makes them since 1.21.
pub struct Token {
    pub header: String,
    pub claims: String,
    pub signature: Vec<u8>,
}

impl Token {
    pub fn compact(&self) -> String {
        let part = |text: &str| base64url(text.as_bytes());
        format!("{}.{}.{}", part(&self.header), part(&self.claims), base64url(&self.signature))
    }
}

pub fn token() -> Token {
    let id = |length| hex_encode(&random(length));
    Token {
        header: format!(r#"{{"alg":"RS256","kid":"{}"}}"#, base64url(&random(32))),
        claims: format!(
            r#"{{"aud":["https://kubernetes.default.svc.cluster.local"],"exp":1893456000,"iat":1861920000,"iss":"https://kubernetes.default.svc.cluster.local","jti":"{}","kubernetes.io":{{"namespace":"web-agents","pod":{{"name":"dashboard-{}","uid":"{}"}},"serviceaccount":{{"name":"dashboard","uid":"{}"}}}},"nbf":1861920000,"sub":"system:serviceaccount:web-agents:dashboard"}}"#,
            id(16),
            id(5),
            id(16),
            id(16)
        ),
        signature: random(256),
    }
}

/// A legacy token, as Kubernetes put them into Secrets.
pub fn legacy_token() -> Token {
    Token {
        header: format!(r#"{{"alg":"RS256","kid":"{}"}}"#, base64url(&random(32))),
        claims: format!(
            r#"{{"iss":"kubernetes/serviceaccount","kubernetes.io/serviceaccount/namespace":"web-agents","kubernetes.io/serviceaccount/secret.name":"dashboard-token","kubernetes.io/serviceaccount/service-account.name":"dashboard","kubernetes.io/serviceaccount/service-account.uid":"{}","sub":"system:serviceaccount:web-agents:dashboard"}}"#,
            hex_encode(&random(16))
        ),
        signature: random(256),
    }
}

/// A record of an audit log, and its hash.
pub fn record(seq: i64, previous: &Digest) -> (String, Digest) {
    let mut members = std::collections::BTreeMap::from([
        ("event_class".to_owned(), Value::from("admission.decision")),
        (
            "payload".to_owned(),
            Value::object([("uid", hex_encode(&random(16))), ("verdict", "deny".to_owned())]),
        ),
        ("prev_hash".to_owned(), Value::from(previous.to_string())),
        ("seq".to_owned(), Value::from(seq)),
        ("timestamp".to_owned(), Value::from("2026-05-12T08:00:00.000Z")),
    ]);
    let hash = sha256(&canonical::write(&Value::Object(members.clone())).unwrap());
    members.insert("hash".to_owned(), Value::from(hash.to_string()));
    let line = canonical::write(&Value::Object(members)).unwrap();
    (String::from_utf8(line).unwrap(), hash)
}
