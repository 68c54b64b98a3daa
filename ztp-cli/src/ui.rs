//! Everything the command prints: results on standard output, failures and progress on standard error.

use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};

use crate::cli::ColorChoice;
use crate::exit::Exit;
use crate::failure::{CliError, Failure};

use crate::words::fitted;
pub(crate) use crate::words::{counted, counted_as, grouped, printable};

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
        // What could not be looked at is not refused.
        let (style, word) =
            if failure.exit() == Exit::Unchecked { (CAUTION, "not checked") } else { (BAD, word) };
        let text = format!("{}: {}\n", ui.paint(style, word), failure.words());
        Self { exit: failure.exit(), document: failure.document().to_vec(), text: text.into_bytes() }
    }

    /// The same result with words that fit the columns.
    pub(crate) fn fitted(self) -> Self {
        match String::from_utf8(self.text) {
            Ok(text) => Self { text: fitted(&text).into_bytes(), ..self },
            // Bytes that were asked for are nobody's words.
            Err(bytes) => Self { text: bytes.into_bytes(), ..self },
        }
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

    /// A severity in the colour of how much it asks of its reader.
    pub(crate) fn severity(&self, word: &str) -> String {
        match word.trim() {
            "critical" | "high" => self.paint(BAD, word),
            "warning" | "medium" => self.paint(CAUTION, word),
            _ => word.to_owned(),
        }
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

    /// Prints a part of a result that goes on: a line with the document, or the words.
    pub(crate) fn stream(&self, document: &[u8], words: &[u8]) -> Result<(), Failure> {
        let written = if self.json { print(document, b"\n") } else { print(words, b"") };
        written.map_err(|source| CliError::OutputFailed { source }.into())
    }

    /// Prints a part of the words of a result that goes on, where no document is asked for. Whoever stops reading has what he wanted.
    pub(crate) fn meanwhile(&self, words: &str) -> Result<(), Failure> {
        match if self.json { Ok(()) } else { print(words.as_bytes(), b"") } {
            Err(source) if source.kind() != io::ErrorKind::BrokenPipe => {
                Err(CliError::OutputFailed { source }.into())
            }
            _ => Ok(()),
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

/// A signed text or key, byte for byte where a file or program takes it; on a terminal made safe, line by line: its origin is chosen by
/// whoever made the log.
pub(crate) fn exact(text: &str) -> Vec<u8> {
    exact_for(text, io::stdout().is_terminal())
}

fn exact_for(text: &str, terminal: bool) -> Vec<u8> {
    if !terminal {
        return text.as_bytes().to_vec();
    }
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n").into_bytes()
}

fn print(bytes: &[u8], end: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.write_all(end)?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_exact_in_a_pipe_and_cannot_turn_a_terminal_around() {
        let note = "bench\u{202e}7\n3\nroot\n\n\u{2014} bench\u{202e}7 AAAA\n";
        assert_eq!(exact_for(note, false), note.as_bytes());
        let shown = String::from_utf8(exact_for(note, true)).unwrap();
        assert_eq!(shown, note.replace('\u{202e}', "\\u{202e}"));
    }

    #[test]
    fn severities_have_the_colour_of_what_they_ask_and_none_where_none_is_wanted() {
        let (plain, coloured) = (Ui::new(false, ColorChoice::Never), Ui::new(false, ColorChoice::Always));
        for (word, style) in
            [("critical", Some(BAD)), ("high", Some(BAD)), ("warning", Some(CAUTION)), ("info", None)]
        {
            assert_eq!(plain.severity(word), word);
            assert_eq!(
                coloured.severity(word),
                style.map_or(word.to_owned(), |style| coloured.paint(style, word))
            );
        }
    }
}
