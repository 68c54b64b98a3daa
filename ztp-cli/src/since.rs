//! Points in time as people write them on a command line: `7d`, `24h`, a date, a timestamp.

use ztp_core::time::Timestamp;

use crate::failure::Failure;

/// Units a span may be written in, with their length in milliseconds.
const UNITS: [(char, i64); 5] =
    [('s', 1_000), ('m', 60_000), ('h', 3_600_000), ('d', 86_400_000), ('w', 604_800_000)];

/// Reads a point in time (milliseconds since 1970 UTC) that is either absolute or a span before `now_ms`.
///
/// Accepted: a whole number and a unit (`90s`, `15m`, `24h`, `7d`, `2w`); a date (`2026-05-01`: its first instant in UTC);
/// a timestamp with `Z` or an offset (`2026-05-01T08:00:00Z`, `2026-05-01T08:00:00.250+02:00`).
pub(crate) fn instant(text: &str, now_ms: i64) -> Result<Timestamp, Failure> {
    let wrong = || Failure::time(text);
    let millis = match span_ms(text) {
        Some(span) => now_ms.checked_sub(span.ok_or_else(wrong)?).ok_or_else(wrong)?,
        None => absolute_ms(text).ok_or_else(wrong)?,
    };
    Timestamp::from_millis(millis).map_err(|_| wrong())
}

/// `None` when the text is not a span at all, `Some(None)` when it is one too long to compute with.
pub(crate) fn span_ms(text: &str) -> Option<Option<i64>> {
    let unit = text.chars().next_back()?;
    let (_, unit_ms) = UNITS.into_iter().find(|(letter, _)| *letter == unit)?;
    let digits = text.strip_suffix(unit)?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse::<i64>().ok().and_then(|count| count.checked_mul(unit_ms)))
}

/// Reads how long to wait, in milliseconds: a whole number and a unit, `ms` among them.
pub(crate) fn wait_ms(text: &str) -> Result<u32, String> {
    let millis = match text.strip_suffix("ms") {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse::<i64>().ok(),
        _ => span_ms(text).flatten(),
    };
    millis
        .and_then(|ms| u32::try_from(ms).ok())
        .ok_or_else(|| format!("{text} is no duration such as 500ms, 30s, 5m (49 days at most)"))
}

fn absolute_ms(text: &str) -> Option<i64> {
    if let Ok(midnight) = Timestamp::from_bytes(format!("{text}T00:00:00.000Z").as_bytes()) {
        return Some(midnight.as_millis());
    }
    text.parse::<jiff::Timestamp>().ok().map(|moment| moment.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    /// 2026-05-12T08:00:00.000Z
    const NOW: i64 = 1_778_572_800_000;

    fn text(input: &str) -> String {
        instant(input, NOW).unwrap().to_string()
    }

    #[test]
    fn spans_count_back_from_now() {
        assert_eq!(text("0s"), "2026-05-12T08:00:00.000Z");
        assert_eq!(text("90s"), "2026-05-12T07:58:30.000Z");
        assert_eq!(text("15m"), "2026-05-12T07:45:00.000Z");
        assert_eq!(text("24h"), "2026-05-11T08:00:00.000Z");
        assert_eq!(text("7d"), "2026-05-05T08:00:00.000Z");
        assert_eq!(text("2w"), "2026-04-28T08:00:00.000Z");
    }

    #[test]
    fn a_date_is_its_first_instant_in_utc() {
        assert_eq!(text("2026-05-01"), "2026-05-01T00:00:00.000Z");
        assert_eq!(text("2028-02-29"), "2028-02-29T00:00:00.000Z");
    }

    #[test]
    fn timestamps_keep_milliseconds_and_apply_offsets() {
        assert_eq!(text("2026-05-01T08:00:00.250Z"), "2026-05-01T08:00:00.250Z");
        assert_eq!(text("2026-05-01T08:00:00+02:00"), "2026-05-01T06:00:00.000Z");
    }

    #[test]
    fn anything_else_is_wrong_usage() {
        for input in [
            "",
            "d",
            "7",
            "7x",
            "-7d",
            "+7d",
            "7.5d",
            "7 d",
            "2026-05",
            "2026-02-30",
            "2026-5-1",
            "yesterday",
            "2026-05-01T08:00:00",
            "9223372036854775807w",
            "99999999999d",
            "\u{663}d",
        ] {
            let failure = instant(input, NOW).unwrap_err();
            assert!(failure.words().contains("(time_invalid)"), "{input:?}");
            assert_eq!(failure.exit(), Exit::Usage, "{input:?}");
        }
    }
}
