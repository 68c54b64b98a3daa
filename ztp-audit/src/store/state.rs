//! The writer's signing state: the key of the open epoch and the one after it, and the tree's frontier at the last seal.
//!
//! The key after next is chosen before it is needed, so that a seal record can announce it only once it is durable here:
//! a crash between the announcement and the next state never leaves an announced key that nobody has.

use std::fmt::Write as _;

use zeroize::Zeroizing;
use ztp_core::digest::{Digest, sha256};
use ztp_core::encoding::{hex_decode, hex_encode};
use ztp_core::signature::SigningKey;

use super::files;
use crate::beneath::Dir;
use crate::error::StoreError;
use crate::layout;
use crate::tree::Frontier;

const MAGIC: &str = "ztp-audit-state-1";
const BYTES_MAX: u64 = 64 << 10;

pub(crate) struct State {
    /// The open epoch.
    pub(crate) epoch: u64,
    /// Seed of its key.
    pub(crate) seed: Zeroizing<[u8; 32]>,
    /// Seed of the next epoch's key.
    pub(crate) next_seed: Zeroizing<[u8; 32]>,
    /// Hash of the last sealed record; zeros before the first record.
    pub(crate) last_hash: Digest,
    /// The tree over the sealed records.
    pub(crate) frontier: Frontier,
    /// Where the line of the last sealed record begins in its segment: a hint, which is believed only if the record there has the hash
    /// above. A state of an earlier version has none.
    pub(crate) last_at: Option<u64>,
}

impl State {
    pub(crate) fn key(&self) -> SigningKey {
        SigningKey::from_seed(&self.seed)
    }

    pub(crate) fn next_key(&self) -> SigningKey {
        SigningKey::from_seed(&self.next_seed)
    }

    pub(crate) fn store(&self, top: &Dir) -> Result<(), StoreError> {
        files::replace_durably(top, layout::STATE, self.to_text().as_bytes(), 0o600)
    }

    /// Whether a state can be put in the place of this one: asked before anything is signed that only the next state makes final.
    pub(crate) fn may_store(top: &Dir) -> Result<(), StoreError> {
        for name in layout::WRITER_FILES {
            top.file_or_nothing(name)?;
        }
        Ok(())
    }

    pub(crate) fn load(top: &Dir) -> Result<Self, StoreError> {
        let path = top.path().join(layout::STATE);
        let bytes = match files::read_small(top, layout::STATE, BYTES_MAX) {
            Ok(bytes) => bytes.map(Zeroizing::new),
            Err(StoreError::FileTooLarge { path, .. }) => {
                return Err(StoreError::StateDamaged { path, line: 9 });
            }
            Err(error) => return Err(error),
        };
        let bytes = bytes.ok_or_else(|| StoreError::StateMissing { path: path.clone() })?;
        Self::from_text(&bytes).map_err(|line| StoreError::StateDamaged { path, line })
    }

    fn to_text(&self) -> Zeroizing<String> {
        // Reserved at once, so that no reallocation leaves a copy of a seed behind.
        let mut text = Zeroizing::new(String::with_capacity(8192));
        let seed = Zeroizing::new(hex_encode(&*self.seed));
        let next = Zeroizing::new(hex_encode(&*self.next_seed));
        let _ = writeln!(
            text,
            "{MAGIC}\nepoch {}\nsize {}\nlast_hash {}",
            self.epoch,
            self.frontier.size(),
            self.last_hash
        );
        let _ = write!(text, "seed {}\nnext_seed {}\nfrontier", seed.as_str(), next.as_str());
        for node in self.frontier.nodes() {
            let _ = write!(text, " {node}");
        }
        text.push('\n');
        if let Some(at) = self.last_at {
            let _ = writeln!(text, "last_record {at}");
        }
        let check = sha256(text.as_bytes());
        let _ = writeln!(text, "sha256 {check}");
        text
    }

    /// The error is the number of the first line that does not read back.
    fn from_text(bytes: &[u8]) -> Result<Self, usize> {
        let text = std::str::from_utf8(bytes).map_err(|_| 1usize)?;
        let body_len = text.rfind("sha256 ").ok_or(9usize)?;
        let (body, check) = text.split_at_checked(body_len).ok_or(9usize)?;
        if check.strip_prefix("sha256 ").and_then(|c| c.strip_suffix('\n'))
            != Some(&sha256(body.as_bytes()).to_string())
        {
            return Err(9);
        }
        let mut lines = body.lines();
        if lines.next() != Some(MAGIC) {
            return Err(1);
        }
        let mut field = |line: usize, name: &str| {
            let value = lines.next().and_then(|l| l.strip_prefix(name)).ok_or(line)?;
            Ok::<_, usize>(value.strip_prefix(' ').unwrap_or(value))
        };
        let epoch = field(2, "epoch")?.parse().map_err(|_| 2usize)?;
        let size = field(3, "size")?.parse().map_err(|_| 3usize)?;
        let last_hash = Digest::from_hex(field(4, "last_hash")?.as_bytes()).map_err(|_| 4usize)?;
        let seed = Zeroizing::new(hex_decode::<32>(field(5, "seed")?).map_err(|_| 5usize)?);
        let next_seed = Zeroizing::new(hex_decode::<32>(field(6, "next_seed")?).map_err(|_| 6usize)?);
        let nodes = field(7, "frontier")?
            .split_whitespace()
            .map(|h| Digest::from_hex(h.as_bytes()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| 7usize)?;
        let frontier = Frontier::from_nodes(size, &nodes).map_err(|_| 7usize)?;
        let last_at = match lines.next() {
            Some(line) => {
                let offset = line.strip_prefix("last_record ").ok_or(8usize)?;
                Some(offset.parse().map_err(|_| 8usize)?)
            }
            None => None,
        };
        Ok(Self { epoch, seed, next_seed, last_hash, frontier, last_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_reads_back_and_any_changed_byte_is_noticed() {
        let mut frontier = Frontier::new();
        for n in 0..5u8 {
            frontier.push_leaf(sha256(&[n])).unwrap();
        }
        let mut state = State {
            epoch: 7,
            seed: Zeroizing::new([1; 32]),
            next_seed: Zeroizing::new([2; 32]),
            last_hash: sha256(b"x"),
            frontier,
            last_at: None,
        };
        // As an earlier version wrote it, and as this one does.
        assert_eq!(State::from_text(state.to_text().as_bytes()).unwrap().last_at, None);
        state.last_at = Some(1 << 40);
        let text = state.to_text();
        let back = State::from_text(text.as_bytes()).unwrap();
        assert_eq!((back.epoch, back.frontier.root()), (7, state.frontier.root()));
        assert_eq!(back.last_at, Some(1 << 40));
        assert_eq!((*back.seed, *back.next_seed, back.last_hash), ([1; 32], [2; 32], state.last_hash));
        for at in 0..text.len() {
            let mut changed = text.as_bytes().to_vec();
            changed[at] ^= 1;
            assert!(State::from_text(&changed).is_err(), "byte {at}");
        }
    }
}
