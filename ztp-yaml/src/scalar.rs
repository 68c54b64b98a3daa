//! What a plain scalar stands for.

use ztp_core::canonical::{INTEGER_MAX, Value};

use crate::YamlErrorKind;

/// Resolves a plain scalar by the core schema of YAML 1.2 (section 10.3.2), without its numbers that are no decimal
/// integers.
pub(crate) fn plain(text: &str) -> Result<Value, YamlErrorKind> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Bool(false)),
        _ => {}
    }
    if !looks_like_number(text) {
        return Ok(Value::String(text.to_owned()));
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let decimal = digits.bytes().all(|byte| byte.is_ascii_digit());
    let spelled_once = text == "0" || !digits.starts_with('0');
    let integer =
        text.parse::<i64>().ok().filter(|integer| integer.unsigned_abs() <= INTEGER_MAX.unsigned_abs());
    match integer {
        Some(integer) if decimal && spelled_once => Ok(Value::Int(integer)),
        _ => Err(YamlErrorKind::Number { whole: whole(text) }),
    }
}

/// The whole number that another spelling stands for: a fraction of zeros, leading zeros, a plus sign.
fn whole(text: &str) -> Option<i64> {
    let (sign, digits) =
        text.strip_prefix('-').map_or((1, text.strip_prefix('+').unwrap_or(text)), |rest| (-1, rest));
    let (digits, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if digits.is_empty() || !plain(digits) || !fraction.bytes().all(|byte| byte == b'0') {
        return None;
    }
    let number: i64 = digits.parse().ok()?;
    (number <= INTEGER_MAX).then_some(sign * number)
}

/// Whether some reader of YAML 1.1 or 1.2 takes the scalar for a number. Times of day (`19:00`) and dates are text, as
/// in YAML 1.2.
fn looks_like_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let lower = unsigned.to_ascii_lowercase();
    if matches!(lower.as_str(), ".inf" | ".nan") {
        return true;
    }
    let radix = |prefix: &str, digits: fn(u8) -> bool| {
        lower.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(digits))
    };
    if radix("0x", |b| b.is_ascii_hexdigit() || b == b'_')
        || radix("0o", |b| b.is_ascii_digit() || b == b'_')
        || radix("0b", |b| b.is_ascii_digit() || b == b'_')
    {
        return true;
    }
    let (mantissa, exponent) = lower.split_once('e').map_or((lower.as_str(), None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let has_digit = mantissa.bytes().any(|byte| byte.is_ascii_digit());
    let exponent = exponent.is_none_or(|exponent| {
        let power = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !power.is_empty() && digits(power)
    });
    has_digit && digits(whole) && digits(fraction) && exponent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_integers_are_resolved_and_other_numbers_refused() {
        for (text, value) in [
            ("", Value::Null),
            ("~", Value::Null),
            ("true", Value::Bool(true)),
            ("False", Value::Bool(false)),
            ("0", Value::Int(0)),
            ("-7", Value::Int(-7)),
            ("9007199254740991", Value::Int(INTEGER_MAX)),
            ("-9007199254740991", Value::Int(-INTEGER_MAX)),
        ] {
            assert_eq!(plain(text), Ok(value), "{text}");
        }
        for text in [
            "9007199254740992",
            "99999999999999999999",
            "-0",
            "00",
            "007",
            "+1",
            "1.5",
            ".5",
            "1.",
            "1e3",
            "1E-3",
            "0x1f",
            "0o17",
            "0b1",
            ".inf",
            "-.INF",
            ".NaN",
            "1_000",
            "12e03",
        ] {
            assert!(matches!(plain(text), Err(YamlErrorKind::Number { .. })), "{text}");
        }
        for (text, number) in [("50.0", 50), ("-7.00", -7), ("007", 7), ("+1", 1), ("1.", 1)] {
            assert_eq!(plain(text), Err(YamlErrorKind::Number { whole: Some(number) }), "{text}");
        }
        for text in ["1.5", "1e3", "0x1f", "99999999999999999999", "1_000"] {
            assert_eq!(plain(text), Err(YamlErrorKind::Number { whole: None }), "{text}");
        }
        for text in [
            "19:00",
            "08:00",
            "2026-12-25",
            "yes",
            "no",
            "on",
            "-",
            "+",
            ".",
            "..",
            "e",
            "1e",
            "0x",
            "0xg",
            "1.2.3",
            "a1",
            "_",
            "1-2",
            "<<",
            "Infinity",
            "0o8x",
            "1e+",
        ] {
            assert_eq!(plain(text), Ok(Value::String(text.to_owned())), "{text}");
        }
    }
}
