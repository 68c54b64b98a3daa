//! What an envelope carries beside its payload: roots, certificates and a revocation list.

use crate::LicenceError;
use crate::limits::SIGNATURES_MAX;
use crate::reader::Reader;
use ztp_core::custody::ROOTS_MAX;

/// The members of a chain.
const MEMBERS: &[&str] = &["certificates", "revocation", "roots"];

/// The signed documents of a chain, as slices of the envelope. None has been verified.
#[derive(Debug, Clone)]
pub(crate) struct Chain<'e> {
    /// One certificate for each signature, in the same order.
    pub(crate) certificates: Vec<&'e [u8]>,
    pub(crate) revocation: Option<&'e [u8]>,
    /// Roots by ascending version, those that the oldest bench may lack.
    pub(crate) roots: Vec<&'e [u8]>,
}

impl<'e> Chain<'e> {
    /// Reads the chain from canonical bytes; `signatures` is how many the envelope has.
    pub(crate) fn read(bytes: &'e [u8], signatures: usize) -> Result<Self, LicenceError> {
        let read = Reader::new(bytes).object(MEMBERS, |members| {
            let certificates = members
                .required("certificates", |reader| reader.array(1, SIGNATURES_MAX, Reader::raw_object))?;
            let revocation = members.required("revocation", |reader| {
                if reader.null() { Ok(None) } else { reader.raw_object().map(Some) }
            })?;
            let roots = members.required("roots", |reader| reader.array(0, ROOTS_MAX, Reader::raw_object))?;
            Ok(Self { certificates, revocation, roots })
        });
        let chain = read.map_err(|error| error.within("envelope.chain"))?;
        if chain.certificates.len() == signatures {
            return Ok(chain);
        }
        let (path, certificates) = ("envelope.chain.certificates".to_owned(), chain.certificates.len());
        Err(LicenceError::ChainLength { path, certificates, signatures })
    }
}
