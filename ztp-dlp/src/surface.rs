//! Where in a request bytes were found: everything of a request that its sender chooses is a surface.

use std::fmt;

/// The kind of place in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SurfaceKind {
    /// The method of the request line.
    Method,
    /// The host and its labels, which the resolver and the TLS handshake also tell.
    Host,
    /// The path of the URL, and its fragment.
    Path,
    /// A name or value of the query.
    Query,
    /// A header's name or value.
    Header,
    /// A cookie's name or value.
    Cookie,
    /// The body, as it goes over the wire and after its codings.
    Body,
    /// A part of a multipart body.
    Part,
    /// A trailer's name or value.
    Trailer,
    /// Bytes that are no request, such as a file.
    Bytes,
}

impl SurfaceKind {
    /// Every kind, in the order in which a request has them.
    pub const ALL: [Self; 10] = [
        Self::Method,
        Self::Host,
        Self::Path,
        Self::Query,
        Self::Header,
        Self::Cookie,
        Self::Body,
        Self::Part,
        Self::Trailer,
        Self::Bytes,
    ];

    /// The word in rule files and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Host => "host",
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Body => "body",
            Self::Part => "part",
            Self::Trailer => "trailer",
            Self::Bytes => "bytes",
        }
    }

    /// Reads the word of a rule file.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One place in a request: its kind and which of them, counted from 0. Names that the sender chose are not kept: they
/// may themselves be the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Surface {
    /// The kind of place.
    pub kind: SurfaceKind,
    /// Which of them in the request, from 0: the third header has 2.
    pub index: u32,
}

impl Surface {
    /// The first index of a host that is not dialled: who signs in, and what a header names.
    pub(crate) const UNDIALLED: u32 = 8;

    /// Whether the two are told as one: of one kind, and of hosts both the one that is dialled or both not.
    pub(crate) fn is_beside(self, other: Self) -> bool {
        let apart = (self.index < Self::UNDIALLED) != (other.index < Self::UNDIALLED);
        self.kind == other.kind && !(self.kind == SurfaceKind::Host && apart)
    }

    /// The first place of a kind.
    #[must_use]
    pub const fn first(kind: SurfaceKind) -> Self {
        Self { kind, index: 0 }
    }
}

impl fmt::Display for Surface {
    /// The kind, with the index where there can be several: `body`, `header[2]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.as_str())?;
        match self.kind {
            SurfaceKind::Query
            | SurfaceKind::Header
            | SurfaceKind::Cookie
            | SurfaceKind::Part
            | SurfaceKind::Trailer => write!(f, "[{}]", self.index),
            _ => Ok(()),
        }
    }
}
