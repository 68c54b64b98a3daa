//! A stand-in for a TPM's NV memory.

use std::sync::{Arc, Mutex};

use ztp_core::anchor::{AnchorError, AnchorKind, AnchorReading, TpmAnchor, extend};
use ztp_core::digest::Digest;

/// A TPM's NV memory that is not on the disk: what a copied directory does not contain. Only tests may call it hardware.
#[derive(Debug, Clone)]
pub(crate) struct Nv(pub(crate) Arc<Mutex<AnchorReading>>, AnchorKind);

impl Nv {
    pub(crate) fn new(kind: AnchorKind) -> Self {
        // A new counter starts at the highest value that any deleted one had.
        Self(Arc::new(Mutex::new(AnchorReading { counter: 41, digest: Digest::ZERO })), kind)
    }
}

impl TpmAnchor for Nv {
    fn kind(&self) -> AnchorKind {
        self.1
    }
    fn id(&self) -> String {
        "nv-01500001".to_owned()
    }
    fn read(&mut self) -> Result<AnchorReading, AnchorError> {
        Ok(*self.0.lock().unwrap())
    }
    fn extend(&mut self, data: &Digest) -> Result<(), AnchorError> {
        let mut reading = self.0.lock().unwrap();
        reading.digest = extend(&reading.digest, data);
        Ok(())
    }
    fn increment(&mut self) -> Result<(), AnchorError> {
        self.0.lock().unwrap().counter += 1;
        Ok(())
    }
}
