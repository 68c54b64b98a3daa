//! What did a person write in a YAML file, and on which line: settings read into the values of `zcj-1`.
//!
//! Rules and thresholds are written by people, in YAML. The crates that give them meaning know nothing of YAML: they
//! read a [`Value`] by a closed schema ([`ztp_core::schema`]) and name what they refuse by its path. This crate brings
//! the file to a value, and a path back to its line and column.
//!
//! # The subset
//! One YAML 1.2 document of mappings, sequences and scalars. Plain scalars are resolved by the core schema: `null`,
//! `true` and `false`, integers within ±(2^53 - 1), and text. Whatever two readers of YAML could take for two different
//! things, or a reviewer could overlook, is refused:
//! * anchors, aliases and tags;
//! * numbers other than plain decimal integers: fractions, exponents, hexadecimal, octal, leading zeros, a plus sign;
//! * a key twice in one mapping, and keys that are not text;
//! * a second document, a byte order mark, raw control characters and characters that reorder text on a screen.
//!
//! The crate does no I/O, keeps nothing on the stack for each level of the input, and its memory is bounded by
//! [`Limits`]. It does not know any setting.
//!
//! ```
//! use ztp_core::schema::Fields;
//! use ztp_yaml::Limits;
//!
//! let file = b"- name: customer-internal-domain\n  pattern: 7\n";
//! let document = ztp_yaml::read(file, "rules", &Limits::default())?;
//! let rule = &document.value().as_array().unwrap()[0];
//! let refused = Fields::open(rule, "rules[0]")?.string("pattern").unwrap_err();
//! assert_eq!(document.locate(&refused.path).to_string(), "line 2, column 12");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod document;
mod error;
mod read;
mod scalar;

pub use document::{Document, Position};
pub use error::{YamlError, YamlErrorKind};
pub use read::read;

#[cfg(doc)]
use ztp_core::canonical::Value;

/// What a file may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes in a file. Default 262,144: room for 500 customer rules with their examples.
    pub bytes_max: usize,
    /// Most mappings and sequences open at once. Default 16.
    pub depth_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes_max: 256 << 10, depth_max: 16 }
    }
}
