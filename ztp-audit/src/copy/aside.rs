//! What recoveries set aside: files that carry in their names the beginning of the digest of what they hold.

use std::fs::File;
use std::path::Path;

use ztp_core::digest::Hasher;

use super::{CopyError, Run, io_error};
use crate::layout::{self, WRITE_BYTES_MAX};
use crate::lines::{PIECE_BYTES, read_at};

const TORN: &str = ".torn";

/// Digits of the digest that a name carries.
const DIGITS: usize = 16;

impl Run<'_> {
    /// The bytes of torn writes that the log's records name.
    ///
    /// A file that holds more than any write leaves is no work of a recovery: it stays behind, and the verdict on the copy says that what a
    /// record names is not there. A file of the copy that holds what its name says is evidence, and is never changed.
    pub(super) fn recovered(&mut self) -> Result<(), CopyError> {
        let Some(from) = self.log.sub(layout::RECOVERED)? else { return Ok(()) };
        let into = self.copy.make_sub(layout::RECOVERED)?;
        let mut names = from.names()?;
        names.retain(|name| name.ends_with(TORN));
        names.sort_unstable();
        for name in names {
            self.ask()?;
            let Some(file) = from.read(&name)? else { continue };
            let end = length(&file, &from.path().join(&name))?;
            if self.comparing
                && let Some(copy) = into.read(&name)?
                && let Some(there) = whole(&copy, &into.path().join(&name), &name)?
                && there != end
            {
                return Err(CopyError::Differs { path: into.path().join(name), offset: there.min(end) });
            }
            if end <= WRITE_BYTES_MAX {
                self.file((&from, &file), &into, &name, 0, end)?;
            }
        }
        Ok(into.sync()?)
    }
}

/// How long a file is that holds what its name says; `None` of another one.
fn whole(file: &File, path: &Path, name: &str) -> Result<Option<u64>, CopyError> {
    let bytes = length(file, path)?;
    let said = name.split_once('-').and_then(|(_, rest)| rest.get(..DIGITS));
    let (Some(said), true) = (said, bytes <= WRITE_BYTES_MAX) else { return Ok(None) };
    let mut hasher = Hasher::new();
    let (mut piece, mut at) = (vec![0; PIECE_BYTES], 0u64);
    loop {
        let got = read_at(file, at, &mut piece).map_err(io_error("read", path))?;
        let read = piece.get(..got).unwrap_or_default();
        if read.is_empty() {
            break;
        }
        hasher.update(read);
        at += got as u64;
    }
    Ok(hasher.finish().to_string().starts_with(said).then_some(bytes))
}

fn length(file: &File, path: &Path) -> Result<u64, CopyError> {
    Ok(file.metadata().map_err(io_error("look at", path))?.len())
}
