//! Records that no window judged at the time they happened: what came too late or is dated ahead. Unjudged is not quiet.

use ztp_core::canonical::Value;

use crate::clock::OutOfTime;
use crate::codec::{Malformed, Reader, Writer};
use crate::output::{number, time};

/// How many there were, and of when by their own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Unjudged {
    count: u64,
    imported: u64,
    span: Option<(i64, i64)>,
}

impl Unjudged {
    pub(crate) fn add(&mut self, wall: i64, how: OutOfTime) {
        self.count = self.count.saturating_add(1);
        self.imported += u64::from(how == OutOfTime::Imported);
        let (from, until) = self.span.unwrap_or((wall, wall));
        self.span = Some((from.min(wall), until.max(wall)));
    }

    /// `null` if there are none.
    pub(crate) fn to_value(self) -> Value {
        let Some((from, until)) = self.span else { return Value::Null };
        Value::object([
            ("count", number(self.count)),
            ("from", time(from)),
            ("imported", number(self.imported)),
            ("until", time(until)),
        ])
    }

    pub(crate) fn encode(self, w: &mut Writer) {
        w.unsigned(self.count);
        w.unsigned(self.imported);
        w.option(self.span, |w, (from, until)| {
            w.signed(from);
            w.signed(until);
        });
    }

    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (count, imported) = (r.small()?, r.small()?);
        Ok(Self { count, imported, span: r.option(|r| Ok((r.signed()?, r.signed()?)))? })
    }
}
