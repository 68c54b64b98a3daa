//! What was read, and where each part of it stood.

use std::collections::BTreeMap;
use std::fmt;

use ztp_core::canonical::Value;

/// A place in a file, as an editor counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

impl Position {
    /// The first character of a file.
    pub const START: Self = Self { line: 1, column: 1 };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// One step down from a value to a part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// The item of a sequence, from 0.
    Item(usize),
    /// The member of a mapping.
    Member(String),
}

/// The number of a value, in the order in which values start.
pub(crate) type Id = usize;

/// Where each value stood. Takes memory in proportion to the file, however it is nested.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Places {
    positions: Vec<Position>,
    parts: BTreeMap<(Id, Step), Id>,
}

impl Places {
    /// Notes the document's own value, or a part of another.
    pub(crate) fn note(&mut self, part: Option<(Id, Step)>, at: Position) -> Id {
        let id = self.positions.len();
        self.positions.push(at);
        if let Some(part) = part {
            self.parts.insert(part, id);
        }
        id
    }

    pub(crate) fn position(&self, id: Id) -> Position {
        self.positions.get(id).copied().unwrap_or(Position::START)
    }

    pub(crate) fn part(&self, of: Id, step: Step) -> Option<Id> {
        self.parts.get(&(of, step)).copied()
    }
}

/// A file that was read: its value, and the place of each part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub(crate) name: String,
    pub(crate) value: Value,
    pub(crate) places: Places,
}

impl Document {
    /// What the file says.
    #[must_use]
    pub const fn value(&self) -> &Value {
        &self.value
    }

    /// What the file says, without the places.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.value
    }

    /// Where the value at a path starts: `rules[0].pattern`, with the document's name in front, as
    /// [`SchemaError::path`](ztp_core::schema::SchemaError::path) has it.
    ///
    /// A path that is not there, such as that of a missing member, is located at the nearest part around it that is: that
    /// is where the member belongs. A path of another document is located at the start.
    #[must_use]
    pub fn locate(&self, path: &str) -> Position {
        let Some(mut rest) = path.strip_prefix(self.name.as_str()) else { return Position::START };
        let mut at: Id = 0;
        while let Some((step, after)) = next_step(rest) {
            let Some(part) = self.places.part(at, step) else { break };
            at = part;
            rest = after;
        }
        self.places.position(at)
    }
}

/// The first step of a path, and the path behind it.
fn next_step(path: &str) -> Option<(Step, &str)> {
    if let Some(item) = path.strip_prefix('[') {
        let (number, rest) = item.split_once(']')?;
        return Some((Step::Item(number.parse().ok()?), rest));
    }
    let member = path.strip_prefix('.')?;
    let (name, rest) = member.split_at_checked(member.find(['.', '[']).unwrap_or(member.len()))?;
    Some((Step::Member(name.to_owned()), rest))
}
