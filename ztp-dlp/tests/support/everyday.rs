//! Forms in which keys and tokens stand in everyday logs, tickets and documents, with keys made for the run.

use std::fmt::Write as _;

use ztp_core::encoding::base64_encode;
use ztp_dlp::rule::RuleId;
use ztp_dlp::scanner::Scanner;

use super::make;

/// One secret, made for this run.
pub struct Kind {
    pub name: &'static str,
    pub rule: RuleId,
    pub bytes: Vec<u8>,
    /// Lines of text, which may stand in a log or on one line.
    pub text: bool,
}

/// One form. `None` where it cannot be put on.
pub struct Form {
    pub name: &'static str,
    pub wear: fn(&Kind) -> Option<Vec<u8>>,
}

fn lines_of(text: &[u8], width: usize) -> Vec<String> {
    let lossy = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
    if text.contains(&b'\n') {
        return text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).map(lossy).collect();
    }
    text.chunks(width).map(lossy).collect()
}

/// What a collector, a listing or a person puts before each line.
type Prefix = fn(usize, bool) -> String;

fn syslog(n: usize, _: bool) -> String {
    format!("May 12 10:{:02}:{:02} bench app[71]: ", n / 60, n % 60)
}
fn iso(n: usize, _: bool) -> String {
    format!("2026-05-12T10:{:02}:{:02}.{n:09}Z INFO dashboard ", n / 60, n % 60)
}
fn klog(n: usize, _: bool) -> String {
    format!("I0512 10:00:{:02}.{:06}       1 main.go:{}] ", n % 60, n * 37, n + 90)
}
fn cri(n: usize, last: bool) -> String {
    format!("2026-05-12T10:00:{:02}.{n:09}Z stdout {} ", n % 60, if last { 'F' } else { 'P' })
}
fn compose(_: usize, _: bool) -> String {
    "web-1  | ".to_owned()
}
fn diff(_: usize, _: bool) -> String {
    "+".to_owned()
}
fn removed(_: usize, _: bool) -> String {
    "-".to_owned()
}
fn cat_n(n: usize, _: bool) -> String {
    format!("{:6}\t", n + 1)
}
fn grep_n(n: usize, _: bool) -> String {
    format!("conf/app.log:{}:", n + 95)
}
fn pod(n: usize, _: bool) -> String {
    format!("[pod/dashboard-7c9d8b6f5-x2x9z/main] 10:00:{:02} ", n % 60)
}

fn with(kind: &Kind, width: usize, prefix: Prefix) -> Option<Vec<u8>> {
    kind.text.then(|| prefixed(&kind.bytes, width, prefix))
}

fn prefixed(text: &[u8], width: usize, prefix: Prefix) -> Vec<u8> {
    let lines = lines_of(text, width);
    let count = lines.len();
    let mut out = String::new();
    for (number, line) in lines.iter().enumerate() {
        writeln!(out, "{}{line}", prefix(number, number + 1 == count)).unwrap();
    }
    out.into_bytes()
}

/// Base64 of the secret in lines behind a prefix.
fn packed(kind: &Kind, width: usize, prefix: Prefix) -> Option<Vec<u8>> {
    let text = base64_encode(&kind.bytes);
    Some(prefixed(text.as_bytes(), width, prefix))
}

/// All lines on one, with something where they ended.
fn one_line(kind: &Kind, between: &str) -> Option<Vec<u8>> {
    kind.text.then(|| format!("key={}{between}\n", lines_of(&kind.bytes, 76).join(between)).into_bytes())
}

fn docker(kind: &Kind) -> Option<Vec<u8>> {
    kind.text.then(|| {
        let mut out = String::new();
        for (number, line) in lines_of(&kind.bytes, 76).iter().enumerate() {
            let line = line.replace('\\', "\\\\").replace('"', "\\\"");
            writeln!(
                out,
                r#"{{"log":"{line}\n","stream":"stdout","time":"2026-05-12T10:00:{:02}.{number:09}Z"}}"#,
                number % 60
            )
            .unwrap();
        }
        out.into_bytes()
    })
}

fn docx(kind: &Kind) -> Option<Vec<u8>> {
    one_line(
        kind,
        r#"</w:t></w:r></w:p><w:p w:rsidR="00A77B3E"><w:r><w:rPr><w:sz w:val="20"/></w:rPr><w:t xml:space="preserve">"#,
    )
}

fn dump(bytes: &[u8], row: impl Fn(usize, &[u8]) -> String) -> Option<Vec<u8>> {
    let rows = bytes.chunks(16).enumerate().map(|(number, bytes)| row(number * 16, bytes) + "\n");
    Some(rows.collect::<String>().into_bytes())
}

fn gutter(row: &[u8]) -> String {
    row.iter().map(|&byte| if (0x20..0x7f).contains(&byte) { char::from(byte) } else { '.' }).collect()
}

fn pairs(row: &[u8], join: &str) -> String {
    row.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(join)
}

fn words(row: &[u8]) -> Vec<u16> {
    row.chunks(2).map(|two| u16::from_le_bytes([two[0], *two.get(1).unwrap_or(&0)])).collect()
}

fn cells(row: &[u8]) -> String {
    row.iter()
        .map(|byte| match byte {
            b'\n' => "  \\n".to_owned(),
            b'\t' => "  \\t".to_owned(),
            b'\r' => "  \\r".to_owned(),
            0 => "  \\0".to_owned(),
            7 => "  \\a".to_owned(),
            8 => "  \\b".to_owned(),
            11 => "  \\v".to_owned(),
            12 => "  \\f".to_owned(),
            byte if (0x20..0x7f).contains(byte) => format!("   {}", char::from(*byte)),
            byte => format!(" {byte:03o}"),
        })
        .collect()
}

pub const FORMS: &[Form] = &[
    Form { name: "as it is", wear: |k| Some(k.bytes.clone()) },
    Form { name: "base64 on one line", wear: |k| Some(base64_encode(&k.bytes).into_bytes()) },
    Form { name: "syslog, lines", wear: |k| with(k, 76, syslog) },
    Form { name: "ISO time, lines", wear: |k| with(k, 76, iso) },
    Form { name: "klog, lines", wear: |k| with(k, 64, klog) },
    Form { name: "CRI, lines", wear: |k| with(k, 76, cri) },
    Form { name: "compose, lines", wear: |k| with(k, 100, compose) },
    Form { name: "kubectl --prefix, lines", wear: |k| with(k, 117, pod) },
    Form { name: "diff +, lines", wear: |k| with(k, 76, diff) },
    Form { name: "diff -, lines", wear: |k| with(k, 76, removed) },
    Form { name: "cat -n, lines", wear: |k| with(k, 76, cat_n) },
    Form { name: "grep -n, lines", wear: |k| with(k, 64, grep_n) },
    Form { name: "docker json-file", wear: docker },
    Form { name: "syslog, base64 64", wear: |k| packed(k, 64, syslog) },
    Form { name: "ISO time, base64 76", wear: |k| packed(k, 76, iso) },
    Form { name: "klog, base64 64", wear: |k| packed(k, 64, klog) },
    Form { name: "CRI, base64 76", wear: |k| packed(k, 76, cri) },
    Form { name: "compose, base64 60", wear: |k| packed(k, 60, compose) },
    Form { name: "diff +, base64 64", wear: |k| packed(k, 64, diff) },
    Form { name: "diff -, base64 76", wear: |k| packed(k, 76, removed) },
    Form { name: "cat -n, base64 64", wear: |k| packed(k, 64, cat_n) },
    Form { name: "grep -n, base64 64", wear: |k| packed(k, 64, grep_n) },
    Form { name: "one line, #012", wear: |k| one_line(k, "#012") },
    Form { name: "one line, \\012", wear: |k| one_line(k, "\\012") },
    Form { name: "one line, <br>", wear: |k| one_line(k, "<br>") },
    Form { name: "one line, &#10;", wear: |k| one_line(k, "&#10;") },
    Form { name: "one line, ^J", wear: |k| one_line(k, "^J") },
    Form { name: "one line, <LF>", wear: |k| one_line(k, "<LF>") },
    Form { name: "one line, </p><p>", wear: |k| one_line(k, "</p><p>") },
    Form { name: "one line, PDF Tj", wear: |k| one_line(k, ") Tj T* (") },
    Form { name: "docx runs", wear: docx },
    Form {
        name: "xxd",
        wear: |k| {
            dump(&k.bytes, |at, row| {
                let text: String = row.chunks(2).map(|two| pairs(two, "") + " ").collect();
                format!("{at:08x}: {text:40} {}", gutter(row))
            })
        },
    },
    Form {
        name: "hexdump -C",
        wear: |k| {
            dump(&k.bytes, |at, row| {
                let (left, right) = row.split_at(row.len().min(8));
                format!("{at:08x}  {:23}  {:23}  |{}|", pairs(left, " "), pairs(right, " "), gutter(row))
            })
        },
    },
    Form {
        name: "hexdump",
        wear: |k| {
            dump(&k.bytes, |at, row| {
                format!(
                    "{at:07x} {}",
                    words(row).iter().map(|word| format!("{word:04x}")).collect::<Vec<_>>().join(" ")
                )
            })
        },
    },
    Form {
        name: "od",
        wear: |k| {
            dump(&k.bytes, |at, row| {
                format!(
                    "{at:07o} {}",
                    words(row).iter().map(|word| format!("{word:06o}")).collect::<Vec<_>>().join(" ")
                )
            })
        },
    },
    Form { name: "od -t x1", wear: |k| dump(&k.bytes, |at, row| format!("{at:07o} {}", pairs(row, " "))) },
    Form { name: "od -c", wear: |k| dump(&k.bytes, |at, row| format!("{at:07o}{}", cells(row))) },
    Form {
        name: "gdb x/16xb",
        wear: |k| {
            dump(&k.bytes, |at, row| {
                format!("0x{:x}:\t0x{}", 0x5555_5556_b2a0_u64 + at as u64, pairs(row, "\t0x"))
            })
        },
    },
    Form {
        name: "tcpdump -X",
        wear: |k| {
            dump(&k.bytes, |at, row| {
                let text: String = row.chunks(2).map(|two| pairs(two, "") + " ").collect();
                format!("\t0x{at:04x}:  {text:40} {}", gutter(row))
            })
        },
    },
    Form {
        name: "syslog, hexdump -C",
        wear: |k| {
            dump(&k.bytes, |at, row| {
                format!("{}{at:08x}  {:48}  |{}|", syslog(at / 16, false), pairs(row, " "), gutter(row))
            })
        },
    },
];

/// An EdDSA secret key of OpenPGP with its user's name, binary.
pub fn pgp() -> Vec<u8> {
    let mpi = |bytes: &[u8]| {
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        let value = &bytes[zeros..];
        let bits = value.len() * 8 - value[0].leading_zeros() as usize;
        [&u16::try_from(bits).unwrap().to_be_bytes()[..], value].concat()
    };
    let point = [&[0x40][..], &make::random(32)].concat();
    let curve = b"\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01";
    let secret = mpi(&make::random(32));
    let sum = secret.iter().fold(0_u16, |sum, &byte| sum.wrapping_add(byte.into()));
    let body = [&[4, 0x65, 0x1f, 0x30, 0x11, 22][..], curve, &mpi(&point), &[0], &secret, &sum.to_be_bytes()]
        .concat();
    let name = b"Bench <bench@persona.example>";
    let header =
        |tag: u8, body: &[u8]| [&[0x80 | tag << 2, u8::try_from(body.len()).unwrap()], body].concat();
    [header(5, &body), header(13, name)].concat()
}

fn ssh2() -> Vec<u8> {
    let string = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat();
    let rest = [
        string(b"if-modn{sign{rsa-pkcs1-sha1},encrypt{rsa-pkcs1v2-oaep}}"),
        string(b"none"),
        string(&make::random(280)),
    ]
    .concat();
    let total = u32::try_from(rest.len() + 8).unwrap().to_be_bytes();
    [b"\x3f\x6f\xf9\xeb".to_vec(), total.to_vec(), rest].concat()
}

fn listing() -> Vec<u8> {
    let number = |bytes: &[u8]| -> String {
        let rows = bytes.chunks(15).map(|row| format!("    {}", pairs(row, ":")));
        rows.collect::<Vec<_>>().join(":\n")
    };
    format!(
        "Private-Key: (1024 bit, 2 primes)\nmodulus:\n{}\npublicExponent: 65537 (0x10001)\nprivateExponent:\n{}\nprime1:\n{}\n",
        number(&[&[0, 0xc1][..], &make::random(127)].concat()),
        number(&make::random(128)),
        number(&make::random(65)),
    )
    .into_bytes()
}

fn pvk() -> Vec<u8> {
    let blob = [b"\x07\x02\0\0\0\x24\0\0RSA2\0\x04\0\0\x01\0\x01\0".to_vec(), make::random(576)].concat();
    let head = [0xb0b5_f11e_u32, 0, 2, 0, 0, u32::try_from(blob.len()).unwrap()];
    [head.iter().flat_map(|field| field.to_le_bytes()).collect(), blob].concat()
}

/// One of each kind.
pub fn kinds() -> Vec<Kind> {
    let mut kinds = Vec::new();
    let mut add = |name, bytes: Vec<u8>, text| {
        kinds.push(Kind { name, rule: RuleId::PemMaterial, bytes, text });
    };
    let pem = |label: &str, der: &[u8]| make::pem(label, der).into_bytes();
    add("RSA PKCS#8", pem("PRIVATE KEY", &make::rsa(2048).1), true);
    add("EC SEC1", pem("EC PRIVATE KEY", &make::p256().0), true);
    add("Ed25519 PKCS#8", pem("PRIVATE KEY", &make::ed25519_pkcs8()), true);
    add("OpenSSH Ed25519", pem("OPENSSH PRIVATE KEY", &make::openssh()), true);
    add("encrypted PKCS#8", pem("ENCRYPTED PRIVATE KEY", &make::encrypted_pkcs8()), true);
    let legacy = base64_encode(&make::random(600));
    let legacy = legacy.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned());
    add(
        "legacy encrypted",
        format!(
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\n{}\n-----END RSA PRIVATE KEY-----\n",
            legacy.collect::<Vec<_>>().join("\n")
        )
        .into_bytes(),
        true,
    );
    add("certificate", pem("CERTIFICATE", &make::authority().certificate), true);
    add("OpenPGP binary", pgp(), false);
    add("OpenPGP armour", pem("PGP PRIVATE KEY BLOCK", &pgp()), true);
    add(
        "SSH2",
        {
            let body = base64_encode(&ssh2());
            let lines: Vec<_> =
                body.as_bytes().chunks(70).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
            format!(
            "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: \"bench\"\n{}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\n",
            lines.join("\n")
        )
        .into_bytes()
        },
        true,
    );
    let mut key = make::random32();
    key[0] &= 0xf8;
    key[31] = key[31] & 0x3f | 0x40;
    add(
        "WireGuard",
        format!("[Interface]\nAddress = 10.0.0.2/32\nPrivateKey = {}\n", base64_encode(&key)).into_bytes(),
        true,
    );
    let digits: Vec<String> = make::random(256).chunks(16).map(|row| pairs(row, "")).collect();
    add(
        "OpenVPN static",
        format!(
            "-----BEGIN OpenVPN Static key V1-----\n{}\n-----END OpenVPN Static key V1-----\n",
            digits.join("\n")
        )
        .into_bytes(),
        true,
    );
    add("RSA DER", make::rsa(2048).1, false);
    add("Ed25519 DER", make::ed25519_pkcs8(), false);
    add("audit state", make::state().into_bytes(), true);
    let element = |name: &str, length| format!("<{name}>{}</{name}>", base64_encode(&make::random(length)));
    add(
        ".NET RSAKeyValue",
        format!(
            "<RSAKeyValue>{}<Exponent>AQAB</Exponent>{}{}{}{}{}{}</RSAKeyValue>",
            element("Modulus", 128),
            element("P", 64),
            element("Q", 64),
            element("DP", 64),
            element("DQ", 64),
            element("InverseQ", 64),
            element("D", 128)
        )
        .into_bytes(),
        false,
    );
    add("PVK", pvk(), false);
    add("openssl rsa -text", listing(), true);
    for (name, token) in [("bound token", make::token()), ("legacy token", make::legacy_token())] {
        kinds.push(Kind {
            name,
            rule: RuleId::ServiceAccountToken,
            bytes: token.compact().into_bytes(),
            text: true,
        });
    }
    kinds
}

/// What is not found, and why: form, kind, reason.
pub const KNOWN_MISSES: &[(&str, &str, &str)] = &[
    ("syslog, base64 64", "WireGuard", TWO_LINES),
    ("ISO time, base64 76", "WireGuard", TWO_LINES),
    ("klog, base64 64", "WireGuard", TWO_LINES),
    ("CRI, base64 76", "WireGuard", TWO_LINES),
    ("diff +, base64 64", "WireGuard", TWO_LINES),
    ("diff -, base64 76", "WireGuard", TWO_LINES),
    ("cat -n, base64 64", "WireGuard", TWO_LINES),
    ("grep -n, base64 64", "WireGuard", TWO_LINES),
    ("docker json-file", "openssl rsa -text", "times with colons stand between the digits' lines"),
];

/// Two lines of one width are what tells a column.
const TWO_LINES: &str = "one whole line and the rest of it: nothing is there twice by which what stands before them could be known";

/// The table, a line for each form, and the cases that were missed.
pub fn table(scanner: &Scanner) -> (String, Vec<(&'static str, &'static str)>) {
    let kinds = kinds();
    let (mut out, mut missed, mut all) = (String::new(), Vec::new(), 0);
    for (number, kind) in kinds.iter().enumerate() {
        writeln!(out, "{:>3}  {} ({})", number + 1, kind.name, kind.rule).unwrap();
    }
    let numbers: Vec<String> = (1..=kinds.len()).map(|number| format!("{number:>2}")).collect();
    writeln!(out, "\n{:26}  {}", "", numbers.join(" ")).unwrap();
    for form in FORMS {
        let mut row = Vec::new();
        for kind in &kinds {
            let Some(body) = (form.wear)(kind) else {
                row.push("  ");
                continue;
            };
            all += 1;
            let text = [b"what was seen:\n".as_slice(), &body, b"\nend of it\n"].concat();
            let found = scanner.scan_bytes(&text).findings.iter().any(|finding| finding.rule == kind.rule);
            if !found {
                missed.push((form.name, kind.name));
            }
            row.push(if found { " +" } else { " -" });
        }
        writeln!(out, "{:26}  {}", form.name, row.join(" ")).unwrap();
    }
    writeln!(out, "\n{} of {all} found by the right rule", all - missed.len()).unwrap();
    (out, missed)
}
