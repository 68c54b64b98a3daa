//! The registry of error codes.
//!
//! Every failure and every negative verdict of ZTP has one row here: a number, which is the status of the C interface,
//! and a name, which is what Rust, C, Go, Node and the command line print. Numbers and names are never reused; a row
//! that is no longer produced stays, so that an old report can still be read. `docs/error-codes.md` is generated from
//! this table.

mod area;
mod rows;
#[cfg(test)]
mod tests;

pub use area::Area;

/// An error or verdict that carries a stable code.
pub trait Coded {
    /// The stable `snake_case` name of the failure; it is present in [`REGISTRY`].
    fn code(&self) -> &'static str;

    /// Byte offset into the input at which the failure was found, where there is one.
    fn offset(&self) -> Option<u64> {
        None
    }
}

impl Coded for std::convert::Infallible {
    fn code(&self) -> &'static str {
        match *self {}
    }
}

/// One row of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The C status; 0 is reserved for success.
    pub number: u32,
    /// The stable name.
    pub name: &'static str,
    /// The subject the code belongs to.
    pub area: Area,
    /// What was found, in one clause.
    pub meaning: &'static str,
    /// What the reader of the message should do.
    pub action: &'static str,
}

/// The row with this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Entry> {
    REGISTRY.iter().find(|entry| entry.name == name)
}

/// The row with this number.
#[must_use]
pub fn by_number(number: u32) -> Option<&'static Entry> {
    REGISTRY.iter().find(|entry| entry.number == number)
}

/// All codes, in ascending order of number.
pub static REGISTRY: &[Entry] = &rows::ALL;
