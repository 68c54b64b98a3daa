//! A witness' word that it saw a head (tier T2): a C2SP cosignature/v1 on a checkpoint of the vault's log.
//!
//! A witness cosigns only heads that continue the last one it saw. Whoever shows a vault whose log does not contain a
//! cosigned head shows an older copy, or another history.

use std::fmt;
use std::str::FromStr;

use ztp_audit::checkpoint::Checkpoint;
use ztp_audit::note::Note;
use ztp_core::digest::sha256_parts;
use ztp_core::encoding::{base64_decode, base64_encode, hex_encode};
use ztp_core::signature::{PublicKey, Signer, verify};
use ztp_core::time::Timestamp;
use ztp_core::vkey::is_name;

use super::error::VaultError;

/// Type byte of an Ed25519 key that makes cosignatures (C2SP tlog-cosignature).
const TYPE_COSIGNATURE: u8 = 0x04;

/// A witness' key and name: `name+key id+base64(0x04 ‖ key)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessKey {
    name: String,
    key: PublicKey,
}

/// A cosignature that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Witnessed {
    /// The witness.
    pub name: String,
    /// When it signed, by its own clock.
    pub time: Timestamp,
    /// Records that the checkpoint covers.
    pub size: u64,
}

impl WitnessKey {
    /// Gives a key a name.
    ///
    /// # Errors
    /// [`VaultError::WitnessUnusable`] for a name that no note can carry.
    pub fn new(name: &str, key: PublicKey) -> Result<Self, VaultError> {
        if is_name(name) {
            Ok(Self { name: name.to_owned(), key })
        } else {
            Err(unusable("the witness' name is not one a note can carry"))
        }
    }

    fn key_id(&self) -> [u8; 4] {
        let digest = sha256_parts(&[self.name.as_bytes(), b"\n", &[TYPE_COSIGNATURE], self.key.as_bytes()]);
        digest.as_bytes().first_chunk().copied().unwrap_or_default()
    }

    /// Cosigns a checkpoint note: returns it with one more signature line. A witness does this only after it has checked that the
    /// checkpoint continues the last one it saw; that check is not made here.
    ///
    /// # Errors
    /// [`VaultError::WitnessUnusable`] when the note is no checkpoint or the signer is another key.
    pub fn cosign(&self, note: &[u8], time_s: u64, signer: &dyn Signer) -> Result<Vec<u8>, VaultError> {
        if *signer.public_key() != self.key {
            return Err(unusable("the signer is not this witness"));
        }
        let parsed = Note::parse(note).map_err(|error| unusable(error.to_string()))?;
        let signature = signer.sign(&message(parsed.text(), time_s))?;
        let blob = [&self.key_id()[..], &time_s.to_be_bytes(), &signature].concat();
        let line = format!("\u{2014} {} {}\n", self.name, base64_encode(&blob));
        Ok([note, line.as_bytes()].concat())
    }

    /// Verifies this witness' cosignature on a checkpoint note.
    ///
    /// # Errors
    /// [`VaultError::WitnessUnusable`] when the note is no checkpoint, carries no cosignature of this witness, or one that does
    /// not hold.
    pub fn verify(&self, note: &[u8]) -> Result<Witnessed, VaultError> {
        let parsed = Note::parse(note).map_err(|error| unusable(error.to_string()))?;
        let checkpoint = Checkpoint::parse(parsed.text()).map_err(|error| unusable(error.to_string()))?;
        let key_id = u32::from_be_bytes(self.key_id());
        let mut found =
            parsed.signatures().iter().filter(|line| line.name() == self.name && line.key_id() == key_id);
        let line =
            found.next().ok_or_else(|| unusable(format!("it carries no cosignature by {}", self.name)))?;
        let blob = line.signature();
        let Some((time, signature)) = blob.split_first_chunk::<8>() else {
            return Err(unusable("the cosignature has no time"));
        };
        let time_s = u64::from_be_bytes(*time);
        verify(&self.key, &message(parsed.text(), time_s), signature)
            .map_err(|error| unusable(format!("the cosignature by {} does not hold: {error}", self.name)))?;
        let millis = i64::try_from(time_s).ok().and_then(|time| time.checked_mul(1000));
        let time = millis.and_then(|millis| Timestamp::from_millis(millis).ok());
        let time = time.ok_or_else(|| unusable("the cosignature's time is out of range"))?;
        Ok(Witnessed { name: self.name.clone(), time, size: checkpoint.size })
    }
}

fn message(text: &str, time_s: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {time_s}\n{text}").into_bytes()
}

fn unusable(reason: impl Into<String>) -> VaultError {
    VaultError::WitnessUnusable { reason: reason.into() }
}

impl FromStr for WitnessKey {
    type Err = VaultError;

    fn from_str(text: &str) -> Result<Self, VaultError> {
        let form = || unusable("the witness' key is not of the form name+key id+base64");
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(form());
        };
        let bytes = base64_decode(key).map_err(|_| form())?;
        let Some((&TYPE_COSIGNATURE, key)) = bytes.split_first() else {
            return Err(unusable("the key is not one that makes cosignatures (type 0x04)"));
        };
        let witness = Self::new(name, PublicKey::from_bytes(key)?)?;
        if hex_encode(&witness.key_id()) != id {
            return Err(unusable("the key id is not the one of name and key; a character was changed"));
        }
        Ok(witness)
    }
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[TYPE_COSIGNATURE][..], self.key.as_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, hex_encode(&self.key_id()), base64_encode(&key))
    }
}
