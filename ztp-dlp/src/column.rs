//! A column of lines with anything repeated or counting before them, and a line with regular separators: pieces of one width,
//! with gaps of one kind between. Logs put a time before each line, listings a number, collectors a wrapper of JSON; a PEM body on
//! one line has `#012` or `<br>` where lines ended. The pieces are one text.

use crate::segment::{BASE64, Runs, class};

/// Shortest piece that is a line of its own. The last one may be shorter.
const LINE_MIN: usize = 20;
/// Shortest pieces of which two are enough.
const PAIR_MIN: usize = 32;
/// Most bytes between two pieces.
const GAP_MAX: usize = 320;
/// Widths that are followed at once.
const LANES: usize = 4;
/// Most characters that a separator leaves in front of a piece, such as the digits of `#012`.
const GLUE_MAX: usize = 8;
/// Longest text before a piece by which the last one is found.
const MARK_MAX: usize = 48;

/// One text in pieces: for each, the index of its first character in the text, and where that stands.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) chars: Vec<u8>,
    pub(crate) pieces: Vec<(usize, usize)>,
}

impl Column {
    fn take(&mut self, bytes: &[u8], start: usize, end: usize) {
        let piece = bytes.get(start..end).unwrap_or_default();
        if !piece.is_empty() {
            self.pieces.push((self.chars.len(), start));
            self.chars.extend_from_slice(piece);
        }
    }
}

/// Pieces of one width so far.
struct Lane {
    width: usize,
    starts: Vec<usize>,
}

impl Lane {
    fn end(&self) -> usize {
        self.starts.last().map_or(0, |start| start + self.width)
    }

    /// Takes a piece. Gaps that are much shorter than the first begin another text: the first piece was the end of one before.
    fn push(&mut self, start: usize) {
        let gap = start - self.end();
        if let [first, second] = *self.starts.as_slice()
            && second - first - self.width > 2 * gap + 16
        {
            self.starts = vec![second];
        }
        self.starts.push(start);
    }

    /// Whether a piece of its width that begins at `start` goes on with it: after a gap like the first, or one in which a line of
    /// something else stands.
    fn goes_on(&self, start: usize) -> bool {
        let gap_max = match *self.starts.as_slice() {
            [first, second, ..] => 2 * (second - first - self.width) + 16,
            _ => GAP_MAX,
        };
        start - self.end() <= gap_max.min(GAP_MAX)
    }
}

/// Whether a character is one of a piece: of base64, of a token, of digits.
fn is_piece(byte: u8) -> bool {
    class(byte) & BASE64 != 0 || byte == b'.'
}

/// The next list of quoted pieces of one width at or after `from`, each too short to be a text of its own, as a program prints an array
/// of strings; and where it ends.
pub(crate) fn next_list(bytes: &[u8], mut from: usize) -> Option<(Column, usize)> {
    /// Least characters of a piece, and pieces.
    const WIDTH_MIN: usize = 4;
    const PIECES_MIN: usize = 4;
    /// Most bytes between the quotes of two pieces, as of an indented line.
    const BETWEEN_MAX: usize = 24;
    loop {
        from += memchr::memchr2(b'[', b'(', bytes.get(from..)?)? + 1;
        let mut column = Column::default();
        let (mut at, mut width, mut quote) = (from, 0, None);
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let sign = |byte: &&u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b',' | b'+' | b'\\');
            let gap = rest.iter().take(BETWEEN_MAX).take_while(sign).count();
            let Some(&open @ (b'"' | b'\'')) = rest.get(gap) else { break };
            if *quote.get_or_insert(open) != open {
                break;
            }
            let piece = rest.get(gap + 1..).unwrap_or_default();
            let length =
                piece.iter().take(LINE_MIN).take_while(|&&byte| is_piece(byte) || byte == b'=').count();
            let closes = piece.get(length).is_some_and(|&byte| byte == open || byte == b'\\');
            if !closes || length == 0 || (width > 0 && length > width) || (width == 0 && length < WIDTH_MIN) {
                break;
            }
            width = width.max(length);
            let start = at + gap + 1;
            column.take(bytes, start, start + length);
            at = start + length + 1;
            // The last one.
            if length < width {
                break;
            }
        }
        if column.pieces.len() >= PIECES_MIN && column.chars.len() >= LINE_MIN {
            return Some((column, at));
        }
        from = from.max(at);
    }
}

/// Every text in pieces; `runs` are those of the same bytes.
pub(crate) fn columns(bytes: &[u8], runs: &Runs, mut see: impl FnMut(Column) -> bool) {
    let mut lanes: Vec<Lane> = Vec::new();
    let mut from = 0;
    while let Some((start, end)) = runs.next_base64(from) {
        let before = bytes.get(from..start).unwrap_or_default();
        let start = start - before.iter().rev().take_while(|&&byte| is_piece(byte)).count();
        let after = bytes.get(end..).unwrap_or_default();
        let end = end + after.iter().take_while(|&&byte| is_piece(byte)).count();
        from = end;
        let width = end - start;
        if width < LINE_MIN {
            continue;
        }
        if let Some(lane) = lanes.iter_mut().find(|lane| lane.width == width && lane.goes_on(start)) {
            lane.push(start);
            continue;
        }
        if lanes.len() == LANES
            && let Some(oldest) = (0..LANES).min_by_key(|&number| lanes.get(number).map(Lane::end))
            && !close(bytes, &lanes.swap_remove(oldest), &mut see)
        {
            return;
        }
        lanes.push(Lane { width, starts: vec![start] });
    }
    for lane in &lanes {
        if !close(bytes, lane, &mut see) {
            return;
        }
    }
}

/// Whether pieces with such gaps may be an encoding: base64 has digits and capitals among small letters, and hexadecimal digits, most
/// of which are numbers, stand far from each other as digests do.
fn looks_encoded<'a>(pieces: impl Iterator<Item = &'a [u8]>, gap: usize) -> bool {
    /// Longest gap between lines of hexadecimal digits.
    const HEX_GAP_MAX: usize = 96;
    let (mut count, mut digits, mut capitals, mut small, mut hex) = (0, 0, 0, 0, 0);
    for &byte in pieces.take(8).flatten() {
        count += 1;
        digits += usize::from(byte.is_ascii_digit());
        capitals += usize::from(byte.is_ascii_uppercase());
        small += usize::from(byte.is_ascii_lowercase());
        hex += usize::from(byte.is_ascii_hexdigit());
    }
    if hex + 8 >= count {
        return gap <= HEX_GAP_MAX && digits * 4 >= count;
    }
    digits * 25 >= count && capitals * 8 >= count && small * 8 >= count
}

/// Gives the texts that the pieces of a lane may be. False if no more are wanted.
fn close(bytes: &[u8], lane: &Lane, see: &mut impl FnMut(Column) -> bool) -> bool {
    let (&[first, .., last], width) = (lane.starts.as_slice(), lane.width) else { return true };
    let of = |start: usize, end: usize| bytes.get(start..end).unwrap_or_default();
    let gaps: Vec<&[u8]> =
        lane.starts.windows(2).filter_map(|two| Some(of(two.first()? + width, *two.last()?))).collect();
    let pieces = || lane.starts.iter().map(|&start| of(start, start + width));
    // Line ends and quotes alone: what reads runs has put these together already.
    let plain = gaps.iter().all(|gap| gap.iter().all(|byte| b" \t\r\n\"',".contains(byte)));
    let dotted = pieces().any(|piece| piece.contains(&b'.'));
    let Some(&gap) = gaps.last() else { return true };
    let mut all = pieces();
    let first_piece = of(first, first + width);
    // The same thing again and again is no text in pieces, and a name is no encoding.
    if all.all(|piece| piece == first_piece) || !looks_encoded(pieces(), gap.len()) {
        return true;
    }
    if lane.starts.len() == 2 && width < PAIR_MIN {
        return true;
    }
    let mark = gaps.iter().fold(gap, |all, gap| common_suffix(all, gap));
    let mark = mark.get(mark.len().saturating_sub(MARK_MAX)..).unwrap_or_default();
    let glue = pieces().fold(of(first, first + width.min(GLUE_MAX)), common_prefix);
    // A first piece without the glue says how much of what is common is glue.
    let head = gaps.first().and_then(|gap| head(bytes, first, gap));
    let exact =
        head.map(|(start, end)| width.saturating_sub(end - start)).filter(|glue_len| *glue_len <= glue.len());
    let tail = tail(bytes, last + width, gap, mark, gaps.iter().map(|gap| gap.len()).max().unwrap_or(0));
    let cuts = match exact {
        Some(cut) if cut > 0 => cut..cut + 1,
        _ => 0..glue.len().min(3) + 1,
    };
    for cut in cuts {
        if cut == 0 && plain && !dotted {
            continue;
        }
        for with_head in [false, true] {
            let mut column = Column::default();
            match (head, with_head) {
                (Some((start, end)), true) => column.take(bytes, start, end),
                (None, true) => continue,
                (_, false) => {}
            }
            for &start in &lane.starts {
                column.take(bytes, start + cut, start + width);
            }
            if let Some((start, end)) = tail.filter(|(start, end)| end - start < width)
                && of(start, end).starts_with(glue.get(..cut).unwrap_or_default())
            {
                column.take(bytes, start + cut, end);
            }
            if !see(column) {
                return false;
            }
        }
    }
    true
}

/// A shorter piece before the first, behind the same gap: the first line of a text that begins within a line.
fn head(bytes: &[u8], first: usize, gap: &[u8]) -> Option<(usize, usize)> {
    /// Bytes at the beginning of a gap by which it is known again.
    const OPENING: usize = 4;
    let opening = gap.get(..gap.len().min(OPENING)).filter(|opening| !opening.is_empty())?;
    let from = first.saturating_sub(gap.len() + 16);
    let near = bytes.get(from..first)?;
    let end = from + near.windows(opening.len()).rposition(|window| window == opening)?;
    let before = bytes.get(..end)?;
    let length = before.iter().rev().take(1 << 16).take_while(|&&byte| is_piece(byte)).count();
    (length >= LINE_MIN / 2).then_some((end - length, end))
}

/// The last piece, which may be of any length: behind the text that stands before each, or behind as many separators as a gap has.
fn tail(bytes: &[u8], end: usize, gap: &[u8], mark: &[u8], gap_max: usize) -> Option<(usize, usize)> {
    let near = bytes.get(end..bytes.len().min(end + gap_max + 64))?;
    let marked = (!mark.is_empty()).then(|| memchr::memmem::find(near, mark).map(|at| at + mark.len()));
    let counted = || {
        let last = *gap.last()?;
        let count = memchr::memchr_iter(last, gap).count();
        memchr::memchr_iter(last, near).nth(count.checked_sub(1)?).map(|at| at + 1)
    };
    let start = end + marked.flatten().filter(|_| mark.len() > 1 || gap.len() == 1).or_else(counted)?;
    let length = bytes.get(start..)?.iter().take(1 << 16).take_while(|&&byte| is_piece(byte)).count();
    (length > 0).then_some((start, start + length))
}

fn common_prefix<'a>(one: &'a [u8], other: &[u8]) -> &'a [u8] {
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    one.get(..same).unwrap_or_default()
}

fn common_suffix<'a>(one: &'a [u8], other: &[u8]) -> &'a [u8] {
    let same = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    one.get(one.len() - same..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(text: &str) -> Vec<String> {
        let (mut runs, mut out) = (Runs::default(), Vec::new());
        runs.read(text.as_bytes());
        columns(text.as_bytes(), &runs, |column| {
            for (number, piece) in column.pieces.iter().enumerate() {
                let end = column.pieces.get(number + 1).map_or(column.chars.len(), |next| next.0);
                let length = end - piece.0;
                assert_eq!(column.chars[piece.0..end], text.as_bytes()[piece.1..piece.1 + length]);
            }
            out.push(String::from_utf8(column.chars).unwrap());
            true
        });
        out
    }

    const SECRET: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg9x.yKQ1bZ0aJmDq3Ww5TnVxLs8RkYp2eHcGfUiEoZzAbXtMvBh7N4d6Cr1QkSjPl";

    #[test]
    fn lines_behind_anything_that_is_repeated_or_counts_are_one_text() {
        let prefixes: [fn(usize, bool) -> String; 9] = [
            |n, _| format!("May 12 10:00:{n:02} host app[71]: "),
            |n, last| format!("2026-05-12T10:00:{n:02}.{n:09}Z stdout {} ", if last { 'F' } else { 'P' }),
            |n, _| format!("I0512 10:00:{n:02}.123456       1 main.go:{n}] "),
            |_, _| "web-1  | ".to_owned(),
            |_, _| "+".to_owned(),
            |n, _| format!("{n:6}\t"),
            |n, _| format!("{}:", n + 8),
            |_, _| "#012".to_owned(),
            |_, _| "</p><p>".to_owned(),
        ];
        for prefix in prefixes {
            let lines: Vec<_> = SECRET.as_bytes().chunks(32).collect();
            let count = lines.len();
            let line = |(number, line): (usize, &&[u8])| {
                format!("{}{}", prefix(number, number + 1 == count), std::str::from_utf8(line).unwrap())
            };
            let glued = prefix(0, false).starts_with(['#', '<']);
            let joined = lines.iter().enumerate().map(line).collect::<Vec<_>>();
            let text = joined.join(if glued { "" } else { "\n" });
            let found = texts(&format!("begin\n{text}\nend of it"));
            assert!(found.iter().any(|found| found.contains(SECRET)), "{text}\n{found:#?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_pieces_ascend(text in "[a-z.\\n #=<>]{0,40}([A-Za-z0-9+/]{20}[\\n #>]{1,3}){0,6}[a-z=]{0,30}") {
            texts(&text);
        }
    }
}
