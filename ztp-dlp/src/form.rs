//! The body of a form (`application/x-www-form-urlencoded`) as its receiver reads it: `+` is a space, and names and values are each
//! a text of their own. Percent-encoding is left to the decoders, which read it anywhere.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::fields::space;
use crate::scan::{Core, Scan};
use crate::surface::SurfaceKind;

/// The body as it passes, read in four ways.
pub(crate) struct Form {
    /// With spaces: its offsets are the body's.
    spaced: Scan,
    /// Names, values, and both, without what stands between them.
    joined: [Scan; 3],
    in_value: bool,
}

impl Form {
    /// Of a body with this content type, if it is a form's.
    pub(crate) fn new(content_type: &[u8], core: &Arc<Core>) -> Option<Self> {
        let kind = content_type.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
        kind.eq_ignore_ascii_case(b"application/x-www-form-urlencoded").then(|| {
            let scan = || Scan::new(Arc::clone(core), SurfaceKind::Body);
            Self { spaced: scan(), joined: [scan(), scan(), scan()], in_value: false }
        })
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        // Pieces of a bounded size, however large the chunk is.
        for piece in bytes.chunks(64 << 10) {
            let text = Zeroizing::new(piece.iter().copied().map(space).collect::<Vec<u8>>());
            self.spaced.update(&text);
            let [names, values, both] = &mut self.joined;
            let mut from = 0;
            for (at, &byte) in text.iter().enumerate() {
                let begins_value = byte == b'=' && !self.in_value;
                if !begins_value && !matches!(byte, b'&' | b';') {
                    continue;
                }
                let part = text.get(from..at).unwrap_or_default();
                if self.in_value { &mut *values } else { &mut *names }.update(part);
                both.update(part);
                self.in_value = begins_value;
                from = at + 1;
            }
            let rest = text.get(from..).unwrap_or_default();
            if self.in_value { values } else { names }.update(rest);
            both.update(rest);
        }
    }

    /// Looks at what is left, and gives the scans: each with whether its offsets are the body's.
    pub(crate) fn finish(mut self) -> impl Iterator<Item = (Scan, bool)> {
        self.spaced.finish();
        self.joined.iter_mut().for_each(Scan::finish);
        std::iter::once((self.spaced, true)).chain(self.joined.into_iter().map(|scan| (scan, false)))
    }

    /// Every scan, while the body passes.
    pub(crate) fn scans(&self) -> impl Iterator<Item = &Scan> {
        std::iter::once(&self.spaced).chain(&self.joined)
    }
}
