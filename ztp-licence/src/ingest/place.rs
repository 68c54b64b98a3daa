//! Where a file goes, with the reason beside it.

use ztp_core::canonical::{self, Value};
use ztp_core::digest::Digest;

use super::commit::Recorded;
use super::decision::DecisionStatus;
use super::dirs::{Directories, ENVELOPE_BYTES};
use super::error::IngestError;
use super::names;
use super::run::reached;
use super::step::{Observer, Step};
use crate::member::number;

/// Files of one name that are kept apart in one directory before the next is called stuck.
const COPIES_MAX: u32 = 1_000;

/// Writes the reason and moves the file; returns its place, or none where the same bytes are kept there already.
pub(super) fn place(
    dirs: &Directories,
    name: &[u8],
    bytes: Option<&[u8]>,
    recorded: &Recorded,
    file: &str,
    across: bool,
    observer: &mut dyn Observer,
) -> Result<Option<String>, IngestError> {
    let decision = &recorded.decision;
    let (folder, to) = match decision.status() {
        DecisionStatus::Refused => ("rejected", &dirs.rejected),
        DecisionStatus::Accepted | DecisionStatus::AlreadyIngested => ("accepted", &dirs.accepted),
    };
    for copy in 0..COPIES_MAX {
        let kept = kept_name(file, decision.envelope_digest(), copy);
        if to.look(kept.as_bytes())?.is_some() {
            let same = match bytes {
                Some(bytes) => {
                    matches!(to.read(kept.as_str(), ENVELOPE_BYTES), Ok(Ok(Some(there))) if there == bytes)
                }
                None => dirs.work.same_link(name, to, &kept),
            };
            if !same {
                continue;
            }
            dirs.work.remove(name)?;
            reached(observer, Step::Moved, file)?;
            return Ok(Some(format!("{folder}/{kept}")));
        }
        let more = vec![
            ("file", Value::from(file)),
            ("hash", recorded.hash.map(|hash| hash.to_string()).into()),
            ("seq", number(recorded.seq)),
        ];
        let reason = canonical::write(&decision.to_value(more)?)?;
        to.replace(&format!("{kept}.verdict.json"), &reason)?;
        reached(observer, Step::Explained, file)?;
        let copied = || reached(observer, Step::Copied, file);
        if dirs.work.move_to(name, to, &kept, across, copied)? {
            reached(observer, Step::Moved, file)?;
            return Ok(Some(format!("{folder}/{kept}")));
        }
    }
    let source = std::io::ErrorKind::AlreadyExists.into();
    Err(IngestError::Io { action: "find a free name in", path: to.path.clone(), source })
}

/// `NAME.DIGEST.json`, so that the same bytes always come to the same place and others never do.
fn kept_name(file: &str, digest: Option<Digest>, copy: u32) -> String {
    let (stem, extension) = file.strip_suffix(".json").map_or((file, ""), |stem| (stem, ".json"));
    let mut kept = stem.to_owned();
    if let Some(digest) = digest {
        kept.push('.');
        kept.extend(digest.to_string().chars().take(names::DIGEST_DIGITS));
    }
    if copy > 0 {
        kept.push_str(&format!(".copy-{copy}"));
    }
    kept + extension
}
