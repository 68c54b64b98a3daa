use std::fmt;

use ztp_core::Coded;
use ztp_core::canonical::{self, Value};
use ztp_core::code;

use crate::error::FacadeError;

/// Schema of the document that goes with a failure.
const ERROR_SCHEMA: &str = "ztp.error/1";

/// The result of an operation: a status number and a document.
///
/// Status 0 means that it holds. Any other status is the number of a registered code ([`ztp_core::code`]), and the document
/// is either a `ztp.error/1` failure or, when the operation reached a negative verdict, the verdict itself; the member
/// `schema` tells which. Checks that hold and have nothing to report return an empty document.
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct Outcome {
    /// 0, or the number of the code that says why it does not hold.
    pub status: u32,
    /// Canonical JSON without a trailing line feed, or an operation's raw bytes, or empty.
    pub document: Vec<u8>,
}

impl Outcome {
    /// The status of an operation whose claim holds.
    pub const OK: u32 = 0;

    /// It holds, and there is nothing to report.
    pub const fn holds() -> Self {
        Self { status: Self::OK, document: Vec::new() }
    }

    /// It holds, and this is the document.
    pub fn with_document(document: Vec<u8>) -> Self {
        Self { status: Self::OK, document }
    }

    /// Whether the status is 0.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.status == Self::OK
    }

    /// `ok`, or the name of the status' code.
    #[must_use]
    pub fn name(&self) -> &'static str {
        if self.is_ok() {
            "ok"
        } else {
            code::by_number(self.status).map_or("unregistered", |entry| entry.name)
        }
    }

    /// The failure document `{"code","message","offset"?,"schema":"ztp.error/1"}` of an error, under its code's number.
    pub fn failure<E: Coded + fmt::Display + ?Sized>(error: &E) -> Self {
        let mut members: Vec<(&str, Value)> = vec![
            ("code", error.code().into()),
            ("message", error.to_string().into()),
            ("schema", ERROR_SCHEMA.into()),
        ];
        members.extend(error.offset().and_then(|at| i64::try_from(at).ok()).map(|at| ("offset", at.into())));
        let document = canonical::write(&Value::object(members)).unwrap_or_default();
        Self { status: status_of(error.code()), document }
    }

    /// A verdict document under its code: `None` when the verdict is that it holds.
    pub(crate) fn verdict(code: Option<&str>, document: Vec<u8>) -> Self {
        Self { status: code.map_or(Self::OK, status_of), document }
    }

    /// A document with the given members.
    pub(crate) fn object(members: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        canonical::write(&Value::object(members)).map_or_else(|e| Self::failure(&e), Self::with_document)
    }
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The document may hold a private key.
        let bytes = self.document.len();
        write!(f, "Outcome {{ status: {} ({}), document: {bytes} bytes }}", self.status, self.name())
    }
}

/// [`Outcome::failure`] in the form that `map_err` takes.
pub(crate) fn failed<E: Coded + fmt::Display>(error: E) -> Outcome {
    Outcome::failure(&error)
}

/// Runs an operation whose steps may end it early with a failure.
pub(crate) fn settle(operation: impl FnOnce() -> Result<Outcome, Outcome>) -> Outcome {
    operation().unwrap_or_else(|failure| failure)
}

/// A code's number; an unregistered name is a fault of the library and says so.
fn status_of(name: &str) -> u32 {
    code::by_name(name)
        .or_else(|| code::by_name(FacadeError::Internal.code()))
        .map_or(u32::MAX, |entry| entry.number)
}
