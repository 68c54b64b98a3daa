//! A second opinion about spelling, written for clarity: the faults that the checker should see in a document that
//! the reader accepts.

use ztp_core::canonical::{self, CanonicalErrorKind as Kind, Limits, Value};

/// All spelling faults of a document that [`canonical::read`] accepts, in the order in which a reader meets them.
pub(crate) fn spelling_faults(document: &[u8]) -> Vec<(Kind, usize)> {
    let mut walk = Walk { document, at: 0, faults: Vec::new() };
    walk.value();
    walk.white_space();
    walk.faults
}

/// The first place at which two byte strings differ.
pub(crate) fn first_difference(left: &[u8], right: &[u8]) -> usize {
    left.iter().zip(right).take_while(|(left, right)| left == right).count()
}

struct Walk<'a> {
    document: &'a [u8],
    at: usize,
    faults: Vec<(Kind, usize)>,
}

impl<'a> Walk<'a> {
    fn next(&self) -> u8 {
        self.document.get(self.at).copied().unwrap_or_default()
    }

    fn white_space(&mut self) {
        while matches!(self.next(), b' ' | b'\t' | b'\r' | b'\n') {
            self.faults.push((Kind::WhiteSpace, self.at));
            self.at += 1;
        }
    }

    fn value(&mut self) {
        self.white_space();
        match self.next() {
            b'"' => {
                self.string();
            }
            b'[' => self.items(b']', Self::value),
            b'{' => {
                let mut before: Option<(&'a [u8], String)> = None;
                self.items(b'}', |walk| {
                    walk.white_space();
                    let start = walk.at;
                    let spelled = walk.string();
                    let name = match canonical::read(spelled, &Limits::default()) {
                        Ok(Value::String(name)) => name,
                        other => unreachable!("a name is a string, not {other:?}"),
                    };
                    if let Some((spelled_before, name_before)) = &before
                        && *name_before > name
                    {
                        walk.faults
                            .push((Kind::UnsortedMember, start + first_difference(spelled_before, spelled)));
                    }
                    before = Some((spelled, name));
                    walk.white_space();
                    walk.at += 1;
                    walk.value();
                });
            }
            _ => {
                while matches!(self.next(), b'-' | b'0'..=b'9' | b'a'..=b'z') {
                    self.at += 1;
                }
            }
        }
    }

    fn items(&mut self, close: u8, mut item: impl FnMut(&mut Self)) {
        self.at += 1;
        self.white_space();
        while self.next() != close {
            item(self);
            self.white_space();
            if self.next() == b',' {
                self.at += 1;
            }
        }
        self.at += 1;
    }

    /// Steps over a string and compares its spelling with the canonical one. Returns it with its quotes.
    fn string(&mut self) -> &'a [u8] {
        let start = self.at;
        self.at += 1;
        while self.next() != b'"' {
            self.at += if self.next() == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
        let spelled = &self.document[start..self.at];
        let canonical =
            canonical::encode(spelled, &Limits::default()).expect("a string that was read before");
        if canonical != spelled {
            let differs = first_difference(&canonical, spelled);
            let kind = if spelled[differs] >= 0x7f { Kind::UnescapedCharacter } else { Kind::EscapeSpelling };
            self.faults.push((kind, start + differs));
        }
        spelled
    }
}
