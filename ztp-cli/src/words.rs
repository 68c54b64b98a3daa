//! Numbers and texts as people read them.

use std::fmt::Write as _;

/// Text from a document made safe for a terminal: control characters and those that change the direction or are invisible are
/// shown as escapes. A log or a licence under examination is hostile input.
pub(crate) fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        let invisible = matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
        if c.is_control() || invisible {
            let _infallible = write!(safe, "{}", c.escape_unicode());
        } else {
            safe.push(c);
        }
    }
    safe
}

/// A number with thousands separators.
pub(crate) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        out.push('-');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 record`, `2 records`.
pub(crate) fn counted(number: i64, noun: &str) -> String {
    counted_as(number, noun, &format!("{noun}s"))
}

/// `1 story`, `2 stories`.
pub(crate) fn counted_as(number: i64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// Widest and narrowest line of running text, in characters.
const WIDTH: std::ops::RangeInclusive<usize> = 40..=100;

/// Columns to write in: `COLUMNS` where it is set, or 80.
fn columns() -> usize {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    told.unwrap_or(80_usize).clamp(*WIDTH.start(), *WIDTH.end())
}

/// Adds running text, broken between words: the first line indented by `first`, the others by `rest`. Spaces inside the text stay as
/// they are where no line ends; a word longer than a line stays whole.
pub(crate) fn paragraph(out: &mut String, first: usize, rest: usize, text: &str) {
    let wide = columns();
    let mut column = first;
    let _infallible = write!(out, "{:first$}", "");
    for (place, word) in text.split(' ').enumerate() {
        let length = width(word);
        if place > 0 && column + 1 + length > wide && !word.is_empty() {
            let _infallible = write!(out, "\n{:rest$}{word}", "");
            column = rest + length;
        } else {
            let gap = usize::from(place > 0);
            let _infallible = write!(out, "{:gap$}{word}", "");
            column += gap + length;
        }
    }
    out.push('\n');
}

/// Words of a report, each line that is too long for the columns broken between words, and what was broken off indented further. Where a
/// line is short enough nothing is changed.
pub(crate) fn fitted(text: &str) -> String {
    let wide = columns();
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let words = line.trim_end_matches('\n');
        if width(words) <= wide {
            out.push_str(line);
            continue;
        }
        let inside = words.trim_start_matches(' ');
        let indent = words.len() - inside.len();
        paragraph(&mut out, indent, indent + 4, inside);
    }
    out
}

/// Columns that a text takes: its characters without those that colour it.
fn width(text: &str) -> usize {
    let mut coloured = false;
    let shown = |c: &char| {
        coloured |= *c == '\u{1b}';
        let counts = !coloured;
        coloured &= *c != 'm';
        counts
    };
    text.chars().filter(shown).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_controls_and_direction_marks_are_shown_not_obeyed() {
        assert_eq!(printable("a\u{1b}[31mb\nc\u{202e}d\u{9b}e"), "a\\u{1b}[31mb\\u{a}c\\u{202e}d\\u{9b}e");
        assert_eq!(printable("São Paulo — 東京"), "São Paulo — 東京");
    }

    #[test]
    fn one_of_a_thing_is_not_many() {
        let shown: Vec<_> = [0, 1, 2, 1_000].into_iter().map(|n| counted(n, "record")).collect();
        assert_eq!(shown, ["0 records", "1 record", "2 records", "1,000 records"]);
    }

    #[test]
    fn running_text_breaks_between_words_only() {
        let mut out = String::new();
        paragraph(&mut out, 2, 6, "word ".repeat(40).trim_end());
        assert!(out.lines().count() > 2 && out.lines().all(|line| line.chars().count() <= 80), "{out}");
        assert_eq!(out.split_whitespace().count(), 40);
        let long = "x".repeat(120);
        let mut whole = String::new();
        paragraph(&mut whole, 0, 2, &format!("a {long} b"));
        assert!(whole.contains(&long), "{whole}");
    }

    #[test]
    fn a_report_keeps_what_fits_and_breaks_what_does_not() {
        let table = "  pass         signature    here\n\n  a\n";
        assert_eq!(fitted(table), table);
        let coloured = format!("\u{1b}[1m\u{1b}[32mintact\u{1b}[0m: {}\n", "x".repeat(72));
        assert_eq!(fitted(&coloured), coloured);
        let long = format!("    {}\nnext", "word ".repeat(40).trim_end());
        let shown = fitted(&long);
        assert!(shown.ends_with("\nnext\n") || shown.ends_with("\nnext"), "{shown}");
        assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
        assert!(shown.lines().skip(1).take(2).all(|line| line.starts_with("        word")), "{shown}");
        assert_eq!(shown.split_whitespace().count(), 41);
    }

    #[test]
    fn numbers_are_grouped_in_threes() {
        let shown: Vec<_> = [0, 7, 999, 1_000, 99_999, 1_234_567, -1_000].into_iter().map(grouped).collect();
        assert_eq!(shown, ["0", "7", "999", "1,000", "99,999", "1,234,567", "-1,000"]);
    }
}
