//! A double of a TPM's NV memory: a file. For tests and demonstrations; it protects nothing, and says so.
//!
//! The file has a counter, a digest in hexadecimal and, where it stands for another than the usual double, a name, each on a line.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use ztp_core::anchor::{AnchorError, AnchorKind, AnchorReading, TpmAnchor, extend};
use ztp_core::digest::Digest;

/// The double. Its kind is [`AnchorKind::Test`], so that no verdict rests on it: whoever copies the disk copies the file too.
#[derive(Debug)]
pub struct FileAnchor {
    path: PathBuf,
    name: String,
}

/// The name of a double whose file gives none.
const NAME: &str = "file-double";

impl FileAnchor {
    /// Uses the file, and makes it where it is missing, with a counter of 0 and a digest of zeros.
    ///
    /// # Errors
    /// [`AnchorError`] when it cannot be read or made.
    pub fn open(path: &Path) -> Result<Self, AnchorError> {
        if !path.exists() {
            let fresh = Self { path: path.to_owned(), name: NAME.to_owned() };
            fresh.write(&AnchorReading { counter: 0, digest: Digest::ZERO })?;
        }
        Self::existing(path)
    }

    /// Uses the file, which must be there: a verifier makes no anchor.
    ///
    /// # Errors
    /// [`AnchorError`] when it cannot be read.
    pub fn existing(path: &Path) -> Result<Self, AnchorError> {
        let (_, name) = read(path)?;
        Ok(Self { path: path.to_owned(), name })
    }

    fn write(&self, reading: &AnchorReading) -> Result<(), AnchorError> {
        let failed = |error: std::io::Error| AnchorError { action: "write", reason: error.to_string() };
        let aside = self.path.with_extension("new");
        let mut file = fs::File::create(&aside).map_err(failed)?;
        write!(file, "{}\n{}\n", reading.counter, reading.digest).map_err(failed)?;
        if self.name != NAME {
            writeln!(file, "{}", self.name).map_err(failed)?;
        }
        file.sync_all().map_err(failed)?;
        fs::rename(&aside, &self.path).map_err(failed)?;
        let parent =
            self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::File::open(parent).and_then(|parent| parent.sync_all()).map_err(failed)
    }
}

impl TpmAnchor for FileAnchor {
    fn kind(&self) -> AnchorKind {
        AnchorKind::Test
    }

    fn id(&self) -> String {
        self.name.clone()
    }

    fn read(&mut self) -> Result<AnchorReading, AnchorError> {
        read(&self.path).map(|(reading, _)| reading)
    }

    fn extend(&mut self, data: &Digest) -> Result<(), AnchorError> {
        let old = self.read()?;
        self.write(&AnchorReading { digest: extend(&old.digest, data), ..old })
    }

    fn increment(&mut self) -> Result<(), AnchorError> {
        let old = self.read()?;
        self.write(&AnchorReading { counter: old.counter.saturating_add(1), ..old })
    }
}

/// What the file holds, and the double's name.
fn read(path: &Path) -> Result<(AnchorReading, String), AnchorError> {
    let failed = |reason: String| AnchorError { action: "read", reason };
    let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let mut lines = text.lines();
    let counter = lines.next().and_then(|line| line.parse().ok());
    let digest = lines.next().and_then(|line| Digest::from_hex(line).ok());
    match (counter, digest) {
        (Some(counter), Some(digest)) => {
            Ok((AnchorReading { counter, digest }, lines.next().unwrap_or(NAME).to_owned()))
        }
        _ => Err(failed("the file does not hold a counter and a digest".to_owned())),
    }
}
