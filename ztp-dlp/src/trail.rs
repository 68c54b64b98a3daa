//! How bytes came to be: the decoders they passed, and which bytes of the surface they came from.

use std::ops::Range;
use std::sync::Arc;

use crate::decode::base85::Alphabet;
use crate::decode::packed::Packing;
use crate::window::{AFTER, Window};

/// One decoder, as a path names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The surface itself, or a window of a stream.
    Window,
    /// Base64 or base64url, after leaving out some characters.
    Base64 { skip: u8 },
    /// Hexadecimal digits, after leaving out some.
    Hex { skip: u8 },
    /// Hexadecimal pairs with separators.
    HexGroups,
    /// Decimal numbers below 256 with separators.
    Decimals,
    /// Base32, after leaving out some characters.
    Base32 { skip: u8 },
    /// Ascii85.
    Ascii85,
    /// Base85 in another alphabet.
    Base85(Alphabet),
    /// Base32 in its alphabet of hexadecimal digits, after leaving out some characters.
    Base32Hex { skip: u8 },
    /// uuencode.
    Uu,
    /// Characters up to U+00FF as the bytes of these numbers.
    Latin,
    /// Percent-encoding.
    Percent,
    /// Backslash escapes.
    Escapes,
    /// Character references of HTML.
    Html,
    /// Every second byte: UTF-16, or text spaced out.
    Stride { first: u8 },
    /// Folding of look-alikes and of characters without a shape.
    Fold,
    /// A gzip stream.
    Gzip,
    /// A zlib stream.
    Zlib,
    /// A raw deflate stream.
    Deflate,
    /// An entry of a zip archive.
    Zip,
    /// The image data of a PNG file.
    Png,
    /// Another compression.
    Packed(Packing),
    /// The bytes backwards.
    Reverse,
    /// Letters moved by 13.
    Rot13,
    /// Each byte combined with a key.
    Xor { key: u8 },
    /// Quoted-printable.
    QuotedPrintable,
    /// Runs of spaces of any kind as one space each.
    Spaces,
    /// Pieces of one width, with what stands between them left out.
    Column,
    /// A dump with offsets, perhaps with each group of bytes turned round.
    Dump { turned: bool },
}

impl Step {
    /// What a known container is called. Others, such as zlib, are guesses.
    pub(crate) const fn container(self) -> Option<&'static str> {
        Some(match self {
            Self::Gzip => "gzip",
            Self::Zip => "zip",
            Self::Png => "png",
            Self::Packed(Packing::Xz) => "xz",
            Self::Packed(Packing::Bzip2) => "bzip2",
            Self::Packed(Packing::Zstd) => "zstd",
            Self::Packed(Packing::Brotli) => "brotli",
            _ => return None,
        })
    }

    fn write(self, out: &mut String) {
        use std::fmt::Write as _;
        let _ = match self {
            Self::Window => Ok(()),
            Self::Base64 { skip } => write!(out, "b64+{skip}"),
            Self::Hex { skip } => write!(out, "hex+{skip}"),
            Self::HexGroups => write!(out, "hex-groups"),
            Self::Decimals => write!(out, "decimals"),
            Self::Base32 { skip } => write!(out, "b32+{skip}"),
            Self::Ascii85 => write!(out, "a85"),
            Self::Base85(Alphabet::Rfc1924) => write!(out, "b85"),
            Self::Base85(Alphabet::Z85) => write!(out, "z85"),
            Self::Base32Hex { skip } => write!(out, "b32hex+{skip}"),
            Self::Uu => write!(out, "uu"),
            Self::Latin => write!(out, "latin-1"),
            Self::Percent => write!(out, "percent"),
            Self::Escapes => write!(out, "escapes"),
            Self::Html => write!(out, "html"),
            Self::Stride { first } => write!(out, "stride+{first}"),
            Self::Fold => write!(out, "fold"),
            Self::Gzip => write!(out, "gzip"),
            Self::Zlib => write!(out, "zlib"),
            Self::Deflate => write!(out, "deflate"),
            Self::Zip => write!(out, "zip"),
            Self::Png | Self::Packed(_) => write!(out, "{}", self.container().unwrap_or_default()),
            Self::Reverse => write!(out, "reverse"),
            Self::Rot13 => write!(out, "rot13"),
            Self::Xor { key } => write!(out, "xor-{key:02x}"),
            Self::QuotedPrintable => write!(out, "qp"),
            Self::Spaces => write!(out, "spaces"),
            Self::Column => write!(out, "column"),
            Self::Dump { turned } => write!(out, "{}", if turned { "dump-turned" } else { "dump" }),
        };
    }
}

/// Where the bytes of a node stand in the bytes that it was decoded from.
#[derive(Debug, Clone)]
pub(crate) enum Map {
    /// At the same distance from `start`.
    Shift(usize),
    /// `num` characters for `den` bytes, after `skip` characters; pieces say where character `.0` stands (`.1`).
    Pieces { skip: usize, num: usize, den: usize, pieces: Arc<[(usize, usize)]> },
    /// Backwards: the first byte is the one before `end`.
    Back { end: usize },
    /// Every second byte from `start`.
    Stride { start: usize },
    /// Anywhere in the range.
    Whole(Range<usize>),
}

impl Map {
    fn at(&self, offset: usize) -> usize {
        match self {
            Self::Shift(start) => start + offset,
            Self::Pieces { skip, num, den, .. } => self.character(skip + offset * num / den),
            Self::Back { end } => end.saturating_sub(offset),
            Self::Stride { start } => start + offset * 2,
            Self::Whole(range) => range.start,
        }
    }

    /// Where a character of a text in pieces stands.
    fn character(&self, index: usize) -> usize {
        let Self::Pieces { pieces, .. } = self else { return index };
        let after = pieces.partition_point(|piece| piece.0 <= index);
        pieces.get(after.saturating_sub(1)).map_or(index, |piece| piece.1 + index.saturating_sub(piece.0))
    }

    /// The bytes that `range` was decoded from.
    fn range(&self, range: Range<usize>) -> Range<usize> {
        match self {
            Self::Whole(whole) => whole.clone(),
            Self::Back { .. } => self.at(range.end)..self.at(range.start),
            Self::Pieces { skip, num, den, .. } => {
                let last = (skip + (range.end * num).div_ceil(*den)).saturating_sub(1);
                let start = self.at(range.start);
                start..(self.character(last) + 1).max(start)
            }
            Self::Stride { .. } => self.at(range.start)..self.at(range.end),
            Self::Shift(_) => self.at(range.start)..self.at(range.end),
        }
    }

    const fn is_exact(&self) -> bool {
        matches!(self, Self::Shift(_) | Self::Back { .. } | Self::Stride { .. })
    }
}

/// How far a place may be off when it was computed through a decoder whose pieces have no common width.
const SLACK: u64 = 2048;

/// Bytes between the end of an encoded text and that of the window that cut it, such as a line end.
const NEAR: u64 = 256;

/// The way back from a node to the surface.
#[derive(Debug)]
pub(crate) struct Trail {
    pub(crate) parent: Option<Arc<Self>>,
    pub(crate) step: Step,
    pub(crate) map: Map,
    pub(crate) window: Option<Window>,
    /// Decoders passed.
    pub(crate) depth: u8,
    /// The outermost known container passed.
    pub(crate) container: Option<&'static str>,
}

/// A place in the surface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) range: Range<u64>,
    pub(crate) path: String,
    /// Where the compressed streams begin that were passed, innermost first, each in the stream around it. Places with the same
    /// list lie in one stream, and their [`inner`](Self::inner) ranges compare.
    pub(crate) streams: Vec<u64>,
    /// The range in the innermost stream; that of the surface where none was passed.
    pub(crate) inner: Range<u64>,
}

impl Place {
    /// A place of the surface itself.
    pub(crate) const fn of_surface(range: Range<u64>, path: String) -> Self {
        Self { inner: range.start..range.end, range, path, streams: Vec::new() }
    }
}

impl Trail {
    /// A window of the surface.
    pub(crate) fn root(window: Window) -> Arc<Self> {
        Arc::new(Self {
            parent: None,
            step: Step::Window,
            map: Map::Shift(0),
            window: Some(window),
            depth: 0,
            container: None,
        })
    }

    pub(crate) fn child(self: &Arc<Self>, step: Step, map: Map) -> Arc<Self> {
        let depth = self.depth + u8::from(step != Step::Window);
        let container = self.container.or(step.container());
        Arc::new(Self { parent: Some(Arc::clone(self)), step, map, window: None, depth, container })
    }

    /// A window of the stream that this trail leads to.
    pub(crate) fn window(self: &Arc<Self>, window: Window) -> Arc<Self> {
        Arc::new(Self {
            parent: Some(Arc::clone(self)),
            step: Step::Window,
            map: Map::Shift(0),
            window: Some(window),
            depth: self.depth,
            container: self.container,
        })
    }

    /// Whether a decoder was passed that changes some characters amid others, by which compressed bytes are damaged if what it took
    /// for an escape was chance.
    pub(crate) fn is_patched(&self) -> bool {
        let mut trail = Some(self);
        while let Some(here) = trail {
            let patches = matches!(
                here.step,
                Step::Percent
                    | Step::Escapes
                    | Step::Html
                    | Step::QuotedPrintable
                    | Step::Fold
                    | Step::Column
            );
            if patches {
                return true;
            }
            trail = here.parent.as_deref();
        }
        false
    }

    /// Whether this is a window of the pixels of an image.
    pub(crate) fn is_image(&self) -> bool {
        self.step == Step::Window && self.parent.as_ref().is_some_and(|parent| parent.step == Step::Png)
    }

    /// Whether a stream that starts at `offset` of this node is this node's to follow, and not that of the window
    /// before or after it.
    pub(crate) fn owns_exactly(&self, offset: usize) -> bool {
        self.window.as_ref().is_none_or(|window| window.owned.contains(&absolute(window.base, offset)))
    }

    /// Where `range` of this node stands in the surface; `None` if it is another window's to report.
    pub(crate) fn resolve(&self, range: Range<usize>) -> Option<Place> {
        let (mut trail, mut range) = (self, range);
        let (mut steps, mut streams) = (Vec::new(), Vec::new());
        let mut slack = 0;
        // The place in the innermost stream, and where the stream begins that was last passed, on its way to the one around it.
        let (mut inner, mut begins) = (None, None);
        loop {
            if let Some(window) = &trail.window {
                let start = absolute(window.base, range.start);
                let here = || start..absolute(window.base, range.end);
                inner.get_or_insert_with(here);
                streams.extend(begins.take().map(|at| absolute(window.base, at)));
                let owned = window.owned.start.saturating_sub(slack)..window.owned.end.saturating_add(slack);
                if !owned.contains(&start) {
                    return None;
                }
                if trail.parent.is_none() {
                    let range = here();
                    let inner = inner.unwrap_or_else(here);
                    return Some(Place { range, path: path(&steps), streams, inner });
                }
                slack = 0;
            }
            if trail.step != Step::Window {
                steps.push(trail.step);
                if !trail.map.is_exact() {
                    slack = SLACK;
                }
            }
            begins = match (&trail.map, begins) {
                (Map::Whole(whole), _) => Some(whole.start),
                (map, begins) => begins.map(|at| map.at(at)),
            };
            range = trail.map.range(range);
            // Only windows of the surface have no parent, and those returned above.
            trail = trail.parent.as_deref()?;
        }
    }

    /// Whether the bytes end, or nearly so, where a window does that is not the last of its stream: more may follow.
    pub(crate) fn ends_with_a_window(&self) -> bool {
        let (mut trail, mut end) = (self, 0);
        loop {
            end = trail.map.range(end..end).end;
            let Some(parent) = trail.parent.as_deref() else { return false };
            trail = parent;
            let seen_to =
                |window: &Window| window.owned.end.saturating_add(u64::try_from(AFTER).unwrap_or(0));
            let at_end = |window: &Window| absolute(window.base, end).saturating_add(NEAR) >= seen_to(window);
            if trail.window.as_ref().is_some_and(|window| window.owned.end != u64::MAX && at_end(window)) {
                return true;
            }
        }
    }

    /// The nearest offset in the surface, for gaps: never refused.
    pub(crate) fn offset(&self, offset: usize) -> u64 {
        let (mut trail, mut offset) = (self, offset);
        loop {
            match (&trail.parent, &trail.window) {
                (None, Some(window)) => return absolute(window.base, offset),
                (None, None) => return u64::try_from(offset).unwrap_or(u64::MAX),
                (Some(parent), _) => {
                    offset = trail.map.at(offset);
                    trail = parent;
                }
            }
        }
    }
}

fn absolute(base: u64, offset: usize) -> u64 {
    base.saturating_add(u64::try_from(offset).unwrap_or(u64::MAX))
}

fn path(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps.iter().rev() {
        if !path.is_empty() {
            path.push('>');
        }
        step.write(&mut path);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> Arc<Trail> {
        Trail::root(Window { base: 1000, owned: 1000..2000 })
    }

    #[test]
    fn a_place_is_found_back_through_pieces() {
        // "AAAA\nBBBB" decoded with one character left out.
        let pieces: Arc<[_]> = [(0, 10), (4, 15)].into();
        let node = root().child(Step::Base64 { skip: 1 }, Map::Pieces { skip: 1, num: 4, den: 3, pieces });
        let place = node.resolve(0..3).unwrap();
        assert_eq!(place.range, 1011..1016);
        assert_eq!(place.path, "b64+1");
        assert_eq!(node.offset(3), 1016);
    }

    #[test]
    fn a_path_reads_from_the_surface_inwards() {
        let node = root().child(Step::Gzip, Map::Whole(5..50)).window(Window { base: 0, owned: 0..u64::MAX });
        let node = node.child(Step::Reverse, Map::Back { end: 8 });
        let place = node.resolve(1..3).unwrap();
        assert_eq!(place.path, "gzip>reverse");
        assert_eq!(place.range, 1005..1050);
        assert_eq!(node.depth, 2);
    }

    #[test]
    fn a_text_that_ends_with_its_window_may_go_on() {
        let node = |owned: Range<u64>, end: usize| {
            let pieces: Arc<[_]> = [(0, 0)].into();
            let text = Trail::root(Window { base: 0, owned })
                .child(Step::Base64 { skip: 0 }, Map::Pieces { skip: 0, num: 4, den: 3, pieces });
            text.child(Step::Gzip, Map::Whole(0..end)).ends_with_a_window()
        };
        let window = 1000 + AFTER;
        assert!(node(0..1000, window * 3 / 4));
        assert!(!node(0..1000, window / 2));
        assert!(!node(0..u64::MAX, window * 3 / 4), "the last window");
    }

    #[test]
    fn only_the_owning_window_reports() {
        assert_eq!(root().resolve(1000..1010), None);
        assert_eq!(root().resolve(999..1010).unwrap().range, 1999..2010);
    }
}
