//! Encodings, written here a second time: what is undone is not made by what undoes it.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

pub fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut out = ZlibEncoder::new(Vec::new(), Compression::best());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// A ZIP archive with one deflated entry.
pub fn zip(bytes: &[u8]) -> Vec<u8> {
    let packed = {
        let mut out = flate2::write::DeflateEncoder::new(Vec::new(), Compression::best());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    };
    let mut sum = flate2::Crc::new();
    sum.update(bytes);
    let name = b"data.bin";
    let le32 = |value: usize| u32::try_from(value).unwrap().to_le_bytes();
    let le16 = |value: usize| u16::try_from(value).unwrap().to_le_bytes();
    let common = |out: &mut Vec<u8>| {
        for field in [20, 0, 8, 0, 0] {
            out.extend(le16(field));
        }
        out.extend(sum.sum().to_le_bytes());
        out.extend(le32(packed.len()));
        out.extend(le32(bytes.len()));
        out.extend(le16(name.len()));
        out.extend(le16(0));
    };
    let mut out = b"PK\x03\x04".to_vec();
    common(&mut out);
    out.extend(name);
    out.extend(&packed);
    let directory = out.len();
    out.extend(b"PK\x01\x02\x14\x00");
    common(&mut out);
    out.extend([0; 14]);
    out.extend(name);
    let size = out.len() - directory;
    out.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    out.extend(le32(size));
    out.extend(le32(directory));
    out.extend([0, 0]);
    out
}

pub fn base32(bytes: &[u8]) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut out = String::new();
    for chunk in bytes.chunks(5) {
        let mut block = [0u8; 8];
        block[3..3 + chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(block);
        for place in 0..8 {
            let used = place * 5 < chunk.len() * 8;
            let index = usize::try_from((bits >> (35 - place * 5)) & 31).unwrap();
            out.push(if used { char::from(letters[index]) } else { '=' });
        }
    }
    out
}

pub fn ascii85(bytes: &[u8]) -> String {
    let mut out = String::from("<~");
    for chunk in bytes.chunks(4) {
        let mut block = [0u8; 4];
        block[..chunk.len()].copy_from_slice(chunk);
        let mut value = u32::from_be_bytes(block);
        if value == 0 && chunk.len() == 4 {
            out.push('z');
            continue;
        }
        let mut digits = [0u8; 5];
        for digit in digits.iter_mut().rev() {
            *digit = u8::try_from(value % 85).unwrap() + b'!';
            value /= 85;
        }
        out.extend(digits[..chunk.len() + 1].iter().map(|&digit| char::from(digit)));
    }
    out + "~>"
}

/// Base32 in the alphabet of hexadecimal digits.
pub fn base32hex(bytes: &[u8]) -> String {
    let turn = |letter: char| match letter {
        'A'..='J' => char::from(b'0' + (letter as u8 - b'A')),
        'K'..='Z' => char::from(b'A' + (letter as u8 - b'K')),
        '2'..='7' => char::from(b'Q' + (letter as u8 - b'2')),
        other => other,
    };
    base32(bytes).chars().map(turn).collect()
}

pub const RFC1924: &[u8; 85] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
pub const Z85: &[u8; 85] =
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

pub fn base85(bytes: &[u8], alphabet: &[u8; 85]) -> Vec<u8> {
    let mut out = Vec::new();
    for chunk in bytes.chunks(4) {
        let mut block = [0; 4];
        block[..chunk.len()].copy_from_slice(chunk);
        let word = u32::from_be_bytes(block);
        let digits = [52_200_625, 614_125, 7225, 85, 1].map(|power| alphabet[(word / power % 85) as usize]);
        out.extend(&digits[..=chunk.len()]);
    }
    out
}

pub fn uuencode(bytes: &[u8]) -> Vec<u8> {
    let mut out = b"begin 644 note\n".to_vec();
    for line in bytes.chunks(45) {
        out.push(b' ' + u8::try_from(line.len()).unwrap());
        for three in line.chunks(3) {
            let at = |place: usize| u32::from(*three.get(place).unwrap_or(&0));
            let bits = at(0) << 16 | at(1) << 8 | at(2);
            for shift in [18, 12, 6, 0] {
                let value = u8::try_from(bits >> shift & 63).unwrap();
                out.push(if value == 0 { b'`' } else { b' ' + value });
            }
        }
        out.push(b'\n');
    }
    out.extend(b"`\nend\n");
    out
}

pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::DeflateEncoder::new(Vec::new(), Compression::best());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

pub fn characters(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

pub fn listed(text: &str, width: usize) -> Vec<u8> {
    let pieces: Vec<String> = text
        .as_bytes()
        .chunks(width)
        .map(|piece| format!("\"{}\"", String::from_utf8_lossy(piece)))
        .collect();
    format!("{{\"k\": [{}]}}", pieces.join(", ")).into_bytes()
}

pub fn separated(bytes: &[u8], separator: &str) -> Vec<u8> {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(separator).into_bytes()
}

pub fn rot13(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => (byte - b'a' + 13) % 26 + b'a',
        b'A'..=b'Z' => (byte - b'A' + 13) % 26 + b'A',
        other => other,
    }
}

pub fn wide(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(order).collect()
}

pub fn percent(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| format!("%{byte:02X}").into_bytes()).collect()
}
