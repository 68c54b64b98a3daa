//! Everything the command prints: results on standard output, failures and progress on standard error.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};

use crate::cli::ColorChoice;
use crate::exit::Exit;
use crate::failure::{CliError, Failure};

/// A result: the document that `--json` prints and the words printed otherwise.
#[derive(Debug)]
pub(crate) struct Report {
    /// What the exit status will say.
    pub(crate) exit: Exit,
    /// One canonical JSON document, without line feed.
    pub(crate) document: Vec<u8>,
    /// What a person reads, or the bytes asked for.
    pub(crate) text: Vec<u8>,
}

impl Report {
    /// A result that holds.
    pub(crate) fn holds(document: Vec<u8>, text: impl Into<Vec<u8>>) -> Self {
        Self { exit: Exit::Holds, document, text: text.into() }
    }

    /// A finding that comes as a failure document: the bytes under examination were refused.
    pub(crate) fn finding(ui: &Ui, word: &str, failure: &Failure) -> Self {
        let text = format!("{}: {}\n", ui.paint(BAD, word), failure.words());
        Self { exit: failure.exit(), document: failure.document().to_vec(), text: text.into_bytes() }
    }
}

/// Good news.
pub(crate) const GOOD: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green))).bold();
/// Bad news.
pub(crate) const BAD: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red))).bold();
/// Neither: it holds, with less behind it than it could have.
pub(crate) const CAUTION: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow))).bold();
/// Headings.
pub(crate) const HEADING: Style = Style::new().bold();

/// How this run prints.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ui {
    json: bool,
    color: bool,
    progress: bool,
}

impl Ui {
    /// Decides once: colours on a terminal only, unless told otherwise; progress on a terminal only.
    pub(crate) fn new(json: bool, choice: ColorChoice) -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let color = match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => !no_color && !dumb && io::stdout().is_terminal(),
        };
        Self { json, color, progress: io::stderr().is_terminal() && !dumb }
    }

    /// Whether progress may be drawn on standard error.
    pub(crate) fn shows_progress(&self) -> bool {
        self.progress
    }

    /// The text in a style, if this run uses colours.
    pub(crate) fn paint(&self, style: Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// Prints a result and returns the exit status of the run.
    pub(crate) fn finish(&self, result: Result<Report, Failure>) -> Exit {
        let written = match &result {
            Ok(report) if self.json => print(&report.document, b"\n"),
            Ok(report) => print(&report.text, b""),
            Err(failure) => {
                self.say(&format!("ztp: {}", failure.words()));
                if self.json { print(failure.document(), b"\n") } else { Ok(()) }
            }
        };
        let exit = result.as_ref().map_or_else(Failure::exit, |report| report.exit);
        match written {
            Ok(()) => exit,
            // Whoever read the output has what he wanted; the verdict is still the exit status.
            Err(source) if source.kind() == io::ErrorKind::BrokenPipe => exit,
            Err(source) => {
                self.say(&format!("ztp: {}", Failure::from(CliError::OutputFailed { source }).words()));
                Exit::Unchecked
            }
        }
    }

    /// What a person reads in the words of a result, for one who asked for the document instead.
    pub(crate) fn beside_document(&self, message: &str) {
        if self.json {
            self.say(message);
        }
    }

    /// One message for a person, on standard error. If nobody can read it there, nobody else needs to know.
    pub(crate) fn say(&self, message: &str) {
        let _unread = writeln!(io::stderr().lock(), "{message}");
    }
}

fn print(bytes: &[u8], end: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.write_all(end)?;
    out.flush()
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_controls_and_direction_marks_are_shown_not_obeyed() {
        assert_eq!(printable("a\u{1b}[31mb\nc\u{202e}d\u{9b}e"), "a\\u{1b}[31mb\\u{a}c\\u{202e}d\\u{9b}e");
        assert_eq!(printable("São Paulo — 東京"), "São Paulo — 東京");
    }

    #[test]
    fn numbers_are_grouped_in_threes() {
        let shown: Vec<_> = [0, 7, 999, 1_000, 99_999, 1_234_567, -1_000].into_iter().map(grouped).collect();
        assert_eq!(shown, ["0", "7", "999", "1,000", "99,999", "1,234,567", "-1,000"]);
    }
}
