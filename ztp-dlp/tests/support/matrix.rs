//! The evasion matrix: each kind of secret in each dress, and whether the rule that should find it does.

use ztp_core::encoding::{base64_encode, hex_encode};
use ztp_core::signature::SigningKey;
use ztp_core::time::Timestamp;
use ztp_dlp::allow::AllowList;
use ztp_dlp::budget::Budgets;
use ztp_dlp::memory::Memory;
use ztp_dlp::registry::Registry;
use ztp_dlp::request::RequestHead;
use ztp_dlp::rule::RuleId;
use ztp_dlp::scanner::{Config, Mode, Scanner};

use super::encode::{
    RFC1924, Z85, ascii85, base32, base32hex, base85, characters, deflate, gzip, listed, percent, rot13,
    separated, uuencode, wide, zip, zlib,
};
use super::make;
use super::recognisers;

/// One secret, made for this run.
pub struct Secret {
    pub name: &'static str,
    pub rule: RuleId,
    pub bytes: Vec<u8>,
    /// Whether it is printable ASCII: dresses of letters apply to text only.
    pub text: bool,
}

/// One dress. `None` where it cannot be put on.
pub struct Dress {
    pub name: &'static str,
    pub wear: fn(&Secret) -> Option<Vec<Vec<u8>>>,
}

/// What became of one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Found,
    Missed,
    NotApplicable,
}

/// A bench with one of each kind of secret, and a scanner that knows what a bench would configure.
pub struct Bench {
    pub scanner: Scanner,
    pub secrets: Vec<Secret>,
}

pub fn bench() -> Bench {
    let authority = make::authority();
    let isk = SigningKey::from_seed(&make::random32());
    let registered = make::rsa(1024).0;
    let (record, hash) = make::record(41, &ztp_core::digest::sha256(b"before"));
    let phrase = format!("{}-{}", hex_encode(&make::random(12)), hex_encode(&make::random(12)));
    let mut registry = Registry::default();
    registry.add_ca(&authority.certificate).unwrap();
    registry.add_isk(isk.public_key().as_bytes()).unwrap();
    registry.add_chain_hash(hash).unwrap();
    registry.add_secret("tls key", &registered).unwrap();
    registry.add_value("join phrase", phrase.as_bytes()).unwrap();
    let config = Config {
        mode: Mode::Observe,
        recognisers: recognisers(registry),
        allow: AllowList::none(),
        budgets: Budgets::default(),
    };
    let scanner = Scanner::new(config).unwrap();
    let leaf = SigningKey::from_seed(&make::random32());
    let subject = make::name(0x0c, &[(b"\x55\x04\x03", "persona.example")]);
    let certificate = make::certificate(&authority.key, &authority.name, &subject, &leaf);
    let stranger = make::authority().certificate;
    let (sec1, ec) = make::p256();
    let (pkcs1, pkcs8) = make::rsa(2048);
    let mut secrets = Vec::new();
    let mut add = |name, rule: RuleId, bytes: Vec<u8>| {
        let text = bytes.iter().all(|byte| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\n'));
        secrets.push(Secret { name, rule, bytes, text });
    };
    let key = RuleId::PemMaterial;
    add("RSA PKCS#8 PEM", key.clone(), make::pem("PRIVATE KEY", &pkcs8).into_bytes());
    add("RSA PKCS#1 PEM", key.clone(), make::pem("RSA PRIVATE KEY", &pkcs1).into_bytes());
    add("EC SEC1 PEM", key.clone(), make::pem("EC PRIVATE KEY", &sec1).into_bytes());
    add("Ed25519 PEM", key.clone(), make::pem("PRIVATE KEY", &make::ed25519_pkcs8()).into_bytes());
    add(
        "encrypted PEM",
        key.clone(),
        make::pem("ENCRYPTED PRIVATE KEY", &make::encrypted_pkcs8()).into_bytes(),
    );
    add("OpenSSH PEM", key.clone(), make::pem("OPENSSH PRIVATE KEY", &make::openssh()).into_bytes());
    add("RSA PKCS#8 DER", key.clone(), pkcs8);
    add("EC PKCS#8 DER", key.clone(), ec);
    add("Ed25519 DER", key.clone(), make::ed25519_pkcs8());
    add("composite PEM", key.clone(), make::pem("PRIVATE KEY", &make::composite_pkcs8()).into_bytes());
    add("composite DER", key.clone(), make::composite_pkcs8());
    add("audit state", key.clone(), make::state().into_bytes());
    add("tag key", key.clone(), make::tag_config().into_bytes());
    let d = make::base64url(&make::random(32));
    let (x, y) = (make::base64url(&make::random(32)), make::base64url(&make::random(32)));
    let jwk = format!(r#"{{"crv":"P-256","d":"{d}","kty":"EC","x":"{x}","y":"{y}"}}"#);
    add("JWK", key.clone(), jwk.into_bytes());
    add("certificate PEM", key.clone(), make::pem("CERTIFICATE", &stranger).into_bytes());
    add("certificate DER", key, stranger);
    let token = RuleId::ServiceAccountToken;
    add("bound token", token.clone(), make::token().compact().into_bytes());
    add("legacy token", token, make::legacy_token().compact().into_bytes());
    add("CA leaf PEM", RuleId::CaMaterial, make::pem("CERTIFICATE", &certificate).into_bytes());
    add("CA leaf DER", RuleId::CaMaterial, certificate);
    add("audit record", RuleId::SealedAudit, record.into_bytes());
    add("chain hash", RuleId::SealedAudit, hash.to_string().into_bytes());
    add("ISK fingerprint", RuleId::IskFingerprint, isk.public_key().key_id().to_string().into_bytes());
    add("ISK raw key", RuleId::IskFingerprint, isk.public_key().as_bytes().to_vec());
    add("registered key", RuleId::RegisteredSecret, registered);
    add("registered phrase", RuleId::RegisteredSecret, phrase.into_bytes());
    Bench { scanner, secrets }
}

fn head() -> RequestHead {
    RequestHead {
        principal: "web-agents/dashboard".to_owned(),
        method: b"POST".to_vec(),
        url: b"https://feed.example/upload".to_vec(),
        headers: vec![(b"content-type".to_vec(), b"application/octet-stream".to_vec())],
        ..RequestHead::default()
    }
}

/// Sends the bodies one after the other, as one principal to one destination, and says whether the rule spoke.
pub fn judge(bench: &Bench, secret: &Secret, dress: &Dress) -> Outcome {
    let Some(bodies) = (dress.wear)(secret) else { return Outcome::NotApplicable };
    let mut memory = Memory::new();
    for (number, body) in bodies.iter().enumerate() {
        let now =
            Timestamp::from_millis(1_780_000_000_000 + i64::try_from(number).unwrap() * 60_000).unwrap();
        let report = bench.scanner.scan_request(&head(), body, &[], now, &mut memory);
        if report.findings.iter().any(|finding| finding.rule == secret.rule) {
            return Outcome::Found;
        }
    }
    Outcome::Missed
}

fn one(bytes: Vec<u8>) -> Option<Vec<Vec<u8>>> {
    Some(vec![bytes])
}

fn text(secret: &Secret) -> Option<&str> {
    std::str::from_utf8(&secret.bytes).ok().filter(|_| secret.text)
}

/// Latin letters by letters of other scripts that look like them.
fn lookalike(letter: char) -> char {
    match letter {
        'A' => 'А',
        'B' => 'В',
        'C' => 'С',
        'E' => 'Е',
        'I' => 'І',
        'K' => 'К',
        'P' => 'Р',
        'T' => 'Т',
        'a' => 'а',
        'c' => 'с',
        'e' => 'е',
        'o' => 'о',
        'p' => 'р',
        'x' => 'х',
        'y' => 'у',
        other => other,
    }
}

/// Every dress that a sender without imagination or with some would try.
pub const DRESSES: &[Dress] = &[
    Dress { name: "plain", wear: |s| one(s.bytes.clone()) },
    Dress { name: "amid text", wear: |s| one([b"note: ".as_slice(), &s.bytes, b" end"].concat()) },
    Dress { name: "base64", wear: |s| one(base64_encode(&s.bytes).into_bytes()) },
    Dress { name: "base64 +1", wear: |s| one(format!("A{}", base64_encode(&s.bytes)).into_bytes()) },
    Dress { name: "base64 +2", wear: |s| one(format!("AB{}", base64_encode(&s.bytes)).into_bytes()) },
    Dress { name: "base64 +3", wear: |s| one(format!("ABC{}", base64_encode(&s.bytes)).into_bytes()) },
    Dress {
        name: "base64 in lines",
        wear: |s| {
            let text = base64_encode(&s.bytes);
            one(text.as_bytes().chunks(76).collect::<Vec<_>>().join(&b"\r\n"[..]))
        },
    },
    Dress {
        name: "base64 twice",
        wear: |s| one(base64_encode(base64_encode(&s.bytes).as_bytes()).into_bytes()),
    },
    Dress {
        name: "base64 six times",
        wear: |s| {
            let mut bytes = s.bytes.clone();
            for _ in 0..6 {
                bytes = base64_encode(&bytes).into_bytes();
            }
            one(bytes)
        },
    },
    Dress { name: "base64url", wear: |s| one(make::base64url(&s.bytes).into_bytes()) },
    Dress {
        name: "base64 in a path",
        wear: |s| one(format!("/upload/{}/x", make::base64url(&s.bytes)).into_bytes()),
    },
    Dress { name: "hex", wear: |s| one(hex_encode(&s.bytes).into_bytes()) },
    Dress { name: "hex upper", wear: |s| one(hex_encode(&s.bytes).to_uppercase().into_bytes()) },
    Dress { name: "hex with colons", wear: |s| one(separated(&s.bytes, ":")) },
    Dress { name: "hex with spaces", wear: |s| one(separated(&s.bytes, " ")) },
    Dress {
        name: "hex as C array",
        wear: |s| one([b"{ 0x".to_vec(), separated(&s.bytes, ", 0x"), b" }".to_vec()].concat()),
    },
    Dress { name: "hex escapes", wear: |s| one([b"\\x".to_vec(), separated(&s.bytes, "\\x")].concat()) },
    Dress {
        name: "decimal array",
        wear: |s| {
            let numbers: Vec<String> = s.bytes.iter().map(u8::to_string).collect();
            one(format!("[{}]", numbers.join(", ")).into_bytes())
        },
    },
    Dress { name: "base32", wear: |s| one(base32(&s.bytes).into_bytes()) },
    Dress { name: "ascii85", wear: |s| one(ascii85(&s.bytes).into_bytes()) },
    Dress { name: "percent, all", wear: |s| one(percent(&s.bytes)) },
    Dress { name: "percent twice", wear: |s| one(percent(&percent(&s.bytes))) },
    Dress {
        name: "JSON escapes",
        wear: |s| one(text(s)?.bytes().flat_map(|b| format!("\\u{b:04x}").into_bytes()).collect()),
    },
    Dress {
        name: "in JSON",
        wear: |s| {
            let text = text(s)?.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            one(format!(r#"{{"note":"{text}"}}"#).into_bytes())
        },
    },
    Dress {
        name: "HTML escapes",
        wear: |s| one(text(s)?.bytes().flat_map(|b| format!("&#{b};").into_bytes()).collect()),
    },
    Dress {
        name: "HTML hex escapes",
        wear: |s| one(text(s)?.bytes().flat_map(|b| format!("&#x{b:x};").into_bytes()).collect()),
    },
    Dress { name: "UTF-16LE", wear: |s| one(wide(text(s)?, u16::to_le_bytes)) },
    Dress { name: "UTF-16BE", wear: |s| one(wide(text(s)?, u16::to_be_bytes)) },
    Dress { name: "gzip", wear: |s| one(gzip(&s.bytes)) },
    Dress { name: "zlib", wear: |s| one(zlib(&s.bytes)) },
    Dress { name: "zip", wear: |s| one(zip(&s.bytes)) },
    Dress { name: "base64 of gzip", wear: |s| one(base64_encode(&gzip(&s.bytes)).into_bytes()) },
    Dress { name: "base64 of zlib", wear: |s| one(base64_encode(&zlib(&s.bytes)).into_bytes()) },
    Dress { name: "hex of zip", wear: |s| one(hex_encode(&zip(&s.bytes)).into_bytes()) },
    Dress { name: "gzip of base64", wear: |s| one(gzip(base64_encode(&s.bytes).as_bytes())) },
    Dress { name: "gzip of gzip", wear: |s| one(gzip(&gzip(&s.bytes))) },
    Dress {
        name: "base64 of hex",
        wear: |s| one(base64_encode(hex_encode(&s.bytes).as_bytes()).into_bytes()),
    },
    Dress { name: "percent of base64", wear: |s| one(percent(base64_encode(&s.bytes).as_bytes())) },
    Dress {
        name: "base64 of UTF-16LE",
        wear: |s| one(base64_encode(&wide(text(s)?, u16::to_le_bytes)).into_bytes()),
    },
    Dress { name: "base32hex", wear: |s| one(base32hex(&s.bytes).into_bytes()) },
    Dress { name: "base32hex, small", wear: |s| one(base32hex(&s.bytes).to_lowercase().into_bytes()) },
    Dress { name: "base85", wear: |s| one(base85(&s.bytes, RFC1924)) },
    Dress { name: "Z85", wear: |s| one(base85(&s.bytes, Z85)) },
    Dress { name: "uuencode", wear: |s| one(uuencode(&s.bytes)) },
    Dress { name: "deflate", wear: |s| one(deflate(&s.bytes)) },
    Dress { name: "base64 of deflate", wear: |s| one(base64_encode(&deflate(&s.bytes)).into_bytes()) },
    Dress { name: "gzip of base64 of gzip", wear: |s| one(gzip(base64_encode(&gzip(&s.bytes)).as_bytes())) },
    Dress { name: "bytes as characters", wear: |s| one(characters(&s.bytes).into_bytes()) },
    Dress {
        name: "bytes as JSON string",
        wear: |s| {
            let written = characters(&s.bytes);
            let string = written.chars().map(|char| match char {
                '"' | '\\' => format!("\\{char}"),
                '\n' => "\\n".to_owned(),
                '\r' => "\\r".to_owned(),
                '\t' => "\\t".to_owned(),
                ' '..='~' => char.to_string(),
                other => format!("\\u{:04x}", u32::from(other)),
            });
            one(format!("{{\"k\": \"{}\"}}", string.collect::<String>()).into_bytes())
        },
    },
    Dress {
        name: "bytes as \\u00NN",
        wear: |s| one(s.bytes.iter().flat_map(|b| format!("\\u{b:04x}").into_bytes()).collect()),
    },
    Dress {
        name: "bytes as &#N;",
        wear: |s| one(s.bytes.iter().flat_map(|b| format!("&#{b};").into_bytes()).collect()),
    },
    Dress {
        name: "full-width base64",
        wear: |s| {
            let wide = |char: char| match char {
                '!'..='~' => char::from_u32(u32::from(char) + 0xfee0).unwrap(),
                other => other,
            };
            one(base64_encode(&s.bytes).chars().map(wide).collect::<String>().into_bytes())
        },
    },
    Dress { name: "base64 in a list of tens", wear: |s| one(listed(&base64_encode(&s.bytes), 10)) },
    Dress { name: "base64 in a list of fours", wear: |s| one(listed(&base64_encode(&s.bytes), 14)) },
    Dress { name: "reversed", wear: |s| one(s.bytes.iter().rev().copied().collect()) },
    Dress { name: "base64 reversed", wear: |s| one(base64_encode(&s.bytes).bytes().rev().collect()) },
    Dress {
        name: "rot13",
        wear: |s| {
            text(s)?;
            one(s.bytes.iter().map(|&b| rot13(b)).collect())
        },
    },
    Dress { name: "XOR 0x5a", wear: |s| one(s.bytes.iter().map(|b| b ^ 0x5a).collect()) },
    Dress { name: "XOR 0xff", wear: |s| one(s.bytes.iter().map(|b| b ^ 0xff).collect()) },
    Dress {
        name: "zero-width",
        wear: |s| one(text(s)?.chars().flat_map(|c| [c, '\u{200b}']).collect::<String>().into_bytes()),
    },
    Dress {
        name: "homoglyphs",
        wear: |s| one(text(s)?.chars().map(lookalike).collect::<String>().into_bytes()),
    },
    Dress {
        name: "spaced out",
        wear: |s| one(text(s)?.chars().flat_map(|c| [c, ' ']).collect::<String>().into_bytes()),
    },
    Dress {
        name: "split in two",
        wear: |s| {
            let (first, second) = s.bytes.split_at(s.bytes.len() / 2);
            Some(vec![first.to_vec(), second.to_vec()])
        },
    },
    Dress {
        name: "base64, split in two",
        wear: |s| {
            let text = base64_encode(&s.bytes).into_bytes();
            let (first, second) = text.split_at(text.len() / 2 + 1);
            Some(vec![first.to_vec(), second.to_vec()])
        },
    },
    Dress {
        name: "slow drip",
        wear: |s| {
            // 24 bytes a request, as hex, each amid something else.
            if s.rule != RuleId::RegisteredSecret || s.text {
                return None;
            }
            let pieces = s
                .bytes
                .chunks(24)
                .map(|piece| format!("{{\"trace\":\"{}\"}}", hex_encode(piece)).into_bytes());
            Some(pieces.collect())
        },
    },
];

/// A chain hash without its record is 64 digits: there are too many of them to look for each in every disguise of letters.
const MANY: &str = "chain hashes are looked for in what decodes, not under a permutation of letters or bytes";
/// What hides an encoded text as a whole is undone where an anchor shows through; a registered secret has none, by design.
const NO_ANCHOR: &str = "nothing of a registered secret is kept that could show through";

/// Base85 has no mark of its own, and a character of it is one of any text.
const NO_MARK: &str = "base85 is read where a marker or the head of a private key shows through";

/// What is not found, and why it is not.
pub const KNOWN_MISSES: &[(&str, &str, &str)] = &[
    ("reversed", "chain hash", MANY),
    ("base64 reversed", "chain hash", MANY),
    ("rot13", "chain hash", MANY),
    ("XOR 0x5a", "chain hash", MANY),
    ("XOR 0xff", "chain hash", MANY),
    ("base64 reversed", "registered key", NO_ANCHOR),
    ("base64 reversed", "registered phrase", NO_ANCHOR),
    ("base85", "JWK", NO_MARK),
    ("base85", "certificate DER", NO_MARK),
    ("base85", "CA leaf DER", NO_MARK),
    ("base85", "chain hash", NO_MARK),
    ("base85", "ISK fingerprint", NO_MARK),
    ("base85", "ISK raw key", NO_MARK),
    ("base85", "registered key", NO_MARK),
    ("base85", "registered phrase", NO_MARK),
    ("Z85", "JWK", NO_MARK),
    ("Z85", "certificate DER", NO_MARK),
    ("Z85", "CA leaf DER", NO_MARK),
    ("Z85", "chain hash", NO_MARK),
    ("Z85", "ISK fingerprint", NO_MARK),
    ("Z85", "ISK raw key", NO_MARK),
    ("Z85", "registered key", NO_MARK),
    ("Z85", "registered phrase", NO_MARK),
];

/// The table, a line for each dress, and the cases that were missed.
pub fn table(bench: &Bench) -> (String, Vec<(&'static str, &'static str)>) {
    use std::fmt::Write as _;
    let mut out = String::new();
    let mut missed = Vec::new();
    let width = DRESSES.iter().map(|dress| dress.name.len()).max().unwrap();
    for (number, secret) in bench.secrets.iter().enumerate() {
        writeln!(out, "{:>3}  {} ({})", number + 1, secret.name, secret.rule).unwrap();
    }
    let numbers: Vec<String> = (1..=bench.secrets.len()).map(|number| format!("{number:>2}")).collect();
    writeln!(out, "\n{:width$}  {}", "", numbers.join(" ")).unwrap();
    let (mut found, mut all) = (0, 0);
    for dress in DRESSES {
        let mut row = Vec::new();
        for secret in &bench.secrets {
            let outcome = judge(bench, secret, dress);
            all += usize::from(outcome != Outcome::NotApplicable);
            row.push(match outcome {
                Outcome::Found => {
                    found += 1;
                    " +"
                }
                Outcome::Missed => {
                    missed.push((dress.name, secret.name));
                    " -"
                }
                Outcome::NotApplicable => "  ",
            });
        }
        writeln!(out, "{:width$}  {}", dress.name, row.join(" ")).unwrap();
    }
    writeln!(out, "\n{found} of {all} found by the right rule").unwrap();
    (out, missed)
}
