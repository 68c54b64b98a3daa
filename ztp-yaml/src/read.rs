//! From the bytes of a file to a document: events of the YAML parser, folded on a stack of our own.

use std::borrow::Cow;
use std::collections::BTreeMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use ztp_core::canonical::Value;

use crate::document::{Id, Places, Step};
use crate::{Document, Limits, Position, YamlError, YamlErrorKind as Kind, scalar};

/// Reads a file. `name` is what the document is called in paths, such as `rules`.
///
/// # Errors
/// The first thing that is not YAML or not of the subset, with its line and column.
pub fn read(file: &[u8], name: &str, limits: &Limits) -> Result<Document, YamlError> {
    let text = text(file, limits)?;
    let mut fold =
        Fold { depth_max: limits.depth_max, open: Vec::new(), root: None, places: Places::default() };
    let mut ended = false;
    // At the end of a file the parser can count one line too many.
    let end = end_of(text);
    let position = |marker: &Marker| position(marker).min(end);
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            let at = position(error.marker());
            match tab_from(text, at) {
                Some(position) => YamlError { position, kind: Kind::Tab },
                None => YamlError { position: at, kind: Kind::Syntax { reason: error.info().to_owned() } },
            }
        })?;
        let at = position(&span.start);
        let taken = match event {
            Event::Nothing | Event::StreamStart => Ok(()),
            Event::DocumentStart(_) if ended => Err(Kind::SeveralDocuments),
            Event::DocumentStart(_) => Ok(()),
            Event::DocumentEnd => {
                ended = true;
                Ok(())
            }
            Event::Alias(_) => Err(Kind::Anchor),
            Event::Scalar(text, style, anchor, tag) => unadorned(anchor, tag.as_ref()).and_then(|()| {
                let value = if style == ScalarStyle::Plain {
                    scalar::plain(&text)?
                } else {
                    Value::String(text.into_owned())
                };
                fold.scalar(value, at)
            }),
            Event::SequenceStart(anchor, tag) => {
                unadorned(anchor, tag.as_ref()).and_then(|()| fold.open(Open::Sequence(Vec::new()), at))
            }
            Event::MappingStart(anchor, tag) => unadorned(anchor, tag.as_ref())
                .and_then(|()| fold.open(Open::Mapping(BTreeMap::new(), None), at)),
            Event::SequenceEnd | Event::MappingEnd => fold.close(),
            Event::StreamEnd => break,
        };
        taken.map_err(|kind| YamlError { position: at, kind })?;
    }
    match fold.root {
        Some(value) => Ok(Document { name: name.to_owned(), value, places: fold.places }),
        None => Err(YamlError { position: Position::START, kind: Kind::Empty }),
    }
}

/// The file as text without anything in it that an editor would not show.
fn text<'f>(file: &'f [u8], limits: &Limits) -> Result<&'f str, YamlError> {
    if file.len() > limits.bytes_max {
        let kind = Kind::TooLarge { bytes: file.len(), bytes_max: limits.bytes_max };
        return Err(YamlError { position: Position::START, kind });
    }
    let text = std::str::from_utf8(file).map_err(|error| {
        let valid = file.get(..error.valid_up_to()).unwrap_or_default();
        let before = std::str::from_utf8(valid).unwrap_or_default();
        YamlError { position: end_of(before), kind: Kind::NotUtf8 }
    })?;
    match text.char_indices().find(|(_, character)| is_hidden(*character)) {
        None => Ok(text),
        Some((offset, character)) => {
            if (offset, character) == (0, '\u{feff}') {
                return Err(YamlError { position: Position::START, kind: Kind::ByteOrderMark });
            }
            let position = end_of(text.get(..offset).unwrap_or_default());
            Err(YamlError { position, kind: Kind::Character { character: u32::from(character) } })
        }
    }
}

/// Control characters but tab and line ends, the byte order mark, and what Unicode calls bidirectional formatting.
fn is_hidden(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => false,
        '\u{feff}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{061c}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => true,
        '\u{2028}' | '\u{2029}' => true,
        _ => character.is_control(),
    }
}

/// The place behind a text. A line ends at LF, CR or CR LF (YAML 1.2 §5.4).
fn end_of(text: &str) -> Position {
    let mut end = Position::START;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let ends = character == '\n' || (character == '\r' && characters.peek() != Some(&'\n'));
        end = if ends {
            Position { line: end.line + 1, column: 1 }
        } else {
            Position { column: end.column + 1, ..end }
        };
    }
    end
}

/// A tab that indents the line at which the parser gave up, or the next one that holds something: the parser names the place
/// before the indentation.
fn tab_from(text: &str, at: Position) -> Option<Position> {
    let lines = text.split('\n').enumerate().skip(at.line.saturating_sub(1));
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()).take(2) {
        let indent = line.get(..line.len() - line.trim_start().len()).unwrap_or_default();
        if let Some(tab) = indent.find('\t') {
            return Some(Position { line: index + 1, column: tab + 1 });
        }
    }
    None
}

fn position(marker: &Marker) -> Position {
    Position { line: marker.line(), column: marker.col() + 1 }
}

fn unadorned(anchor: usize, tag: Option<&Cow<'_, Tag>>) -> Result<(), Kind> {
    match (anchor, tag) {
        (0, None) => Ok(()),
        (0, Some(_)) => Err(Kind::Tag),
        _ => Err(Kind::Anchor),
    }
}

/// A collection of which the rest is still to come.
enum Open {
    Sequence(Vec<Value>),
    /// Its members, and the key whose value is next, with its place.
    Mapping(BTreeMap<String, Value>, Option<(String, Position)>),
}

/// The values read so far.
struct Fold {
    depth_max: usize,
    /// Open collections, the outermost first, each with its number among the places.
    open: Vec<(Open, Id)>,
    root: Option<Value>,
    places: Places,
}

impl Fold {
    /// Notes where the next value starts. A value left empty stands at its key.
    fn place(&mut self, at: Position, empty: bool) -> Result<Id, Kind> {
        let (part, at) = match self.open.last() {
            None => (None, at),
            Some((Open::Sequence(items), id)) => (Some((*id, Step::Item(items.len()))), at),
            Some((Open::Mapping(_, Some((key, key_at))), id)) => {
                (Some((*id, Step::Member(key.clone()))), if empty { *key_at } else { at })
            }
            Some((Open::Mapping(_, None), _)) => return Err(Kind::Key),
        };
        Ok(self.places.note(part, at))
    }

    fn scalar(&mut self, value: Value, at: Position) -> Result<(), Kind> {
        if let Some((Open::Mapping(members, key @ None), id)) = self.open.last_mut() {
            let Value::String(name) = value else { return Err(Kind::Key) };
            if members.contains_key(&name) {
                let first = self.places.part(*id, Step::Member(name));
                return Err(Kind::DuplicateKey { first: first.map_or(at, |id| self.places.position(id)) });
            }
            *key = Some((name, at));
            return Ok(());
        }
        self.place(at, value.is_null())?;
        self.put(value)
    }

    fn open(&mut self, collection: Open, at: Position) -> Result<(), Kind> {
        if self.open.len() >= self.depth_max {
            return Err(Kind::TooDeep { depth_max: self.depth_max });
        }
        let id = self.place(at, false)?;
        self.open.push((collection, id));
        Ok(())
    }

    fn close(&mut self) -> Result<(), Kind> {
        match self.open.pop() {
            Some((Open::Sequence(items), _)) => self.put(Value::Array(items)),
            Some((Open::Mapping(members, _), _)) => self.put(Value::Object(members)),
            None => Ok(()),
        }
    }

    /// Puts a finished value where it belongs.
    fn put(&mut self, value: Value) -> Result<(), Kind> {
        match self.open.last_mut() {
            None => self.root = Some(value),
            Some((Open::Sequence(items), _)) => items.push(value),
            Some((Open::Mapping(members, key), _)) => {
                let (key, _) = key.take().ok_or(Kind::Key)?;
                members.insert(key, value);
            }
        }
        Ok(())
    }
}
