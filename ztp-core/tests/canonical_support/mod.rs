//! Random documents of the profile, and random spellings of them.
//!
//! Shared by the tests and by the differential example. Everything follows from a seed.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::BTreeMap;

use ztp_core::canonical::{self, Value};

/// SplitMix64: small, and the same on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % (bound.max(1) as u64)).unwrap_or_default()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T], otherwise: T) -> T {
        from.get(self.below(from.len())).copied().unwrap_or(otherwise)
    }

    fn character(&mut self, lowest: u32, past: u32) -> char {
        let span = usize::try_from(past - lowest).unwrap_or(1);
        let scalar = lowest + u32::try_from(self.below(span)).unwrap_or_default();
        char::from_u32(scalar).unwrap_or('\u{e000}')
    }
}

/// Characters at which some encoder, order or width changes.
const EDGES: &[char] = &[
    '\0',
    '\u{7}',
    '\u{8}',
    '\t',
    '\n',
    '\u{b}',
    '\u{c}',
    '\r',
    '\u{e}',
    '\u{1f}',
    ' ',
    '"',
    '&',
    '\'',
    '/',
    '<',
    '>',
    '\\',
    '~',
    '\u{7f}',
    '\u{80}',
    '\u{9f}',
    '\u{a0}',
    'é',
    '\u{7ff}',
    '\u{800}',
    '\u{2028}',
    '\u{2029}',
    '€',
    '\u{d7ff}',
    '\u{e000}',
    '\u{fb33}',
    '\u{feff}',
    '\u{fffd}',
    '\u{ffff}',
    '\u{10000}',
    '\u{1d11e}',
    '😂',
    '\u{10ffff}',
];

/// A string from an alphabet that is drawn first, so that plain, escaped and mixed strings all are common.
pub(crate) fn text(random: &mut Random, length_max: usize) -> String {
    let length = random.below(length_max + 1);
    let alphabet = random.below(6);
    (0..length)
        .map(|_| match alphabet {
            0 => random.character(0x20, 0x7f),
            1 => random.character(0, 0x80),
            2 => random.character(0, 0x11_0000),
            3 => random.pick(EDGES, 'a'),
            4 => random.character(u32::from('a'), u32::from('d')),
            _ if random.once_in(8) => random.pick(EDGES, 'a'),
            _ => random.character(0x20, 0x7f),
        })
        .collect()
}

/// An integer: small, of any size within the profile, or at its ends.
pub(crate) fn integer(random: &mut Random) -> i64 {
    let magnitude = i64::try_from(random.next() & ((1 << 53) - 1)).unwrap_or_default();
    let magnitude = match random.below(4) {
        0 => magnitude % 10,
        1 => magnitude >> random.below(53),
        2 => canonical::INTEGER_MAX - magnitude % 2,
        _ => magnitude,
    };
    if random.once_in(2) { -magnitude } else { magnitude }
}

/// A member's name. Some share their first bytes, up to more than a machine word.
fn name(random: &mut Random) -> String {
    let shared =
        if random.once_in(3) { "timestamp".get(..5 + random.below(5)).unwrap_or_default() } else { "" };
    shared.to_owned() + &text(random, 12 - shared.len())
}

/// A document that nests at most `depth_max` deep.
pub(crate) fn document(random: &mut Random, depth_max: usize) -> Value {
    match random.below(if depth_max == 0 { 6 } else { 12 }) {
        0 => Value::Null,
        1 => Value::Bool(random.once_in(2)),
        2 | 3 => Value::Int(integer(random)),
        4 | 5 => Value::String(text(random, 40)),
        6..=8 => {
            let length = random.below(6);
            Value::Array((0..length).map(|_| document(random, depth_max - 1)).collect())
        }
        _ => {
            let length = random.below(7);
            let member = |random: &mut Random| (name(random), document(random, depth_max - 1));
            Value::Object((0..length).map(|_| member(random)).collect::<BTreeMap<_, _>>())
        }
    }
}

/// An array or object that nests at most `depth_max` deep, for documents that are worth their line.
pub(crate) fn container(random: &mut Random, depth_max: usize) -> Value {
    loop {
        let value = document(random, depth_max.max(1));
        if matches!(value, Value::Array(_) | Value::Object(_)) {
            return value;
        }
    }
}

/// Spells a document with random white space, member order and escapes. Never writes a line feed, so that the result fits
/// a line.
pub(crate) fn spell(value: &Value, random: &mut Random) -> Vec<u8> {
    let mut output = Vec::new();
    spell_value(value, random, &mut output);
    white_space(random, &mut output);
    output
}

fn white_space(random: &mut Random, output: &mut Vec<u8>) {
    while random.once_in(4) {
        output.push(random.pick(b" \t\r", b' '));
    }
}

fn spell_value(value: &Value, random: &mut Random, output: &mut Vec<u8>) {
    white_space(random, output);
    match value {
        Value::Null => output.extend_from_slice(b"null"),
        Value::Bool(value) => output.extend_from_slice(value.to_string().as_bytes()),
        Value::Int(value) => output.extend_from_slice(value.to_string().as_bytes()),
        Value::String(value) => spell_string(value, random, output),
        Value::Array(items) => {
            output.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    output.push(b',');
                }
                spell_value(item, random, output);
                white_space(random, output);
            }
            white_space(random, output);
            output.push(b']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            for left in (1..members.len()).rev() {
                members.swap(left, random.below(left + 1));
            }
            output.push(b'{');
            for (at, (name, member)) in members.into_iter().enumerate() {
                if at > 0 {
                    output.push(b',');
                }
                white_space(random, output);
                spell_string(name, random, output);
                white_space(random, output);
                output.push(b':');
                spell_value(member, random, output);
                white_space(random, output);
            }
            white_space(random, output);
            output.push(b'}');
        }
    }
}

/// Spells a string, each character in one of the ways that JSON has for it.
pub(crate) fn spell_string(text: &str, random: &mut Random, output: &mut Vec<u8>) {
    output.push(b'"');
    for character in text.chars() {
        let must_escape = character < ' ' || character == '"' || character == '\\';
        if !must_escape && !random.once_in(3) {
            output.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let short = match character {
            '"' | '\\' | '/' => Some(character),
            '\u{8}' => Some('b'),
            '\t' => Some('t'),
            '\n' => Some('n'),
            '\u{c}' => Some('f'),
            '\r' => Some('r'),
            _ => None,
        };
        if let Some(letter) = short.filter(|_| random.once_in(2)) {
            output.extend_from_slice(format!("\\{letter}").as_bytes());
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let escape = if random.once_in(2) { format!("\\u{unit:04x}") } else { format!("\\u{unit:04X}") };
            output.extend_from_slice(escape.as_bytes());
        }
    }
    output.push(b'"');
}
