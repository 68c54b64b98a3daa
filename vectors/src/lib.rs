//! The conformance vectors: what every surface of ZTP must answer, as data, and the code that loads it.
//!
//! A vector names an operation of the facade, its arguments, the status it must end with and the bytes it must print. Rust, C,
//! Go, Node and the command line are all given the same vectors, and their answers are compared byte by byte
//! (`scripts/conformance.sh`); the format is described in `vectors/README.md`.
//!
//! This crate knows nothing of the operations themselves and depends on none of the other crates, so that any test may use it.
//!
//! ```
//! let vectors = ztp_vectors::load()?;
//! let case = vectors.iter().find(|case| case.id == "canonical-check/accept/object").ok_or("no such case")?;
//! assert_eq!((case.op.as_str(), case.status.as_str()), ("canonical_check", "ok"));
//!
//! let refused = vectors.iter().find(|case| case.id == "canonical-check/refuse/space-after-colon").ok_or("no such case")?;
//! assert_eq!(refused.status, "canonical_white_space");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod case;
mod compare;
mod hex;
mod lines;
mod stage;
mod timeline;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub use case::{Argument, Case, Document};
pub use compare::{Agreement, Difference, compare};
pub use lines::{Answer, answers, flat_line};
pub use stage::Stage;

/// Schema of a vector file.
pub const SCHEMA: &str = "ztp.vectors/1";

/// Why vectors could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VectorError {
    /// A file or folder could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file is not of the format.
    #[error("{} is not a vector file: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Two cases bear the same id.
    #[error("the id {id} is used twice: give each case its own")]
    DuplicateId {
        /// The id.
        id: String,
    },
    /// A line of results is not of the form `id TAB status TAB digest`.
    #[error("line {line} of {} is not an id, a status and a digest", path.display())]
    AnswerLine {
        /// The file of results.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
    },
}

/// The folder of the vectors in this checkout.
#[must_use]
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Which vectors: those that every surface can be asked, or those that need an interface for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Set {
    /// `vectors/*.json`: for Rust, C, Go, Node and the command line.
    Every,
    /// `vectors/library/*.json`: cases that no command line expresses, for Rust, C, Go and Node.
    Library,
    /// `vectors/scripts/*.json`: cases that follow each other in a folder of their own, for Rust, C, Go and Node.
    Scripts,
}

impl Set {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Every, Self::Library, Self::Scripts];

    /// The folder of its files.
    #[must_use]
    pub fn folder(self) -> PathBuf {
        match self {
            Self::Every => folder(),
            Self::Library => folder().join("library"),
            Self::Scripts => folder().join("scripts"),
        }
    }
}

/// Loads the vectors for every surface, in the order of file names, then of cases.
///
/// # Errors
/// [`VectorError`] names the file that cannot be read, is not of the format or repeats an id.
pub fn load() -> Result<Vec<Case>, VectorError> {
    load_set(Set::Every)
}

/// Loads a set of vectors.
///
/// # Errors
/// As [`load`].
pub fn load_set(set: Set) -> Result<Vec<Case>, VectorError> {
    load_from(&set.folder())
}

/// Loads the vector files in a folder.
///
/// # Errors
/// As [`load`].
pub fn load_from(folder: &Path) -> Result<Vec<Case>, VectorError> {
    let mut cases: Vec<Case> = Vec::new();
    for path in vector_files(folder)? {
        cases.extend(case::load_file(&path)?);
    }
    let mut ids = BTreeSet::new();
    match cases.iter().find(|case| !ids.insert(case.id.as_str())) {
        Some(case) => Err(VectorError::DuplicateId { id: case.id.clone() }),
        None => Ok(cases),
    }
}

/// The vector files in a folder, sorted by name.
///
/// # Errors
/// [`VectorError::Unreadable`].
pub fn vector_files(folder: &Path) -> Result<Vec<PathBuf>, VectorError> {
    let unreadable = |source| VectorError::Unreadable { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
