//! Recording that a vault is tied to another fact outside it.

use ztp_core::signature::Signer;
use ztp_core::time::Timestamp;

use super::{StoreError, VaultError, VaultStore};
use crate::vault::receipt::Receipt;
use crate::vault::transaction::{AnchorChange, Reanchor, Transaction};

impl VaultStore {
    /// Binds the vault to the anchor that it was opened with, which must work.
    ///
    /// # Errors
    /// [`VaultError::AnchorMissing`] when it was opened without one.
    pub fn bind_anchor(
        &mut self,
        reason: &str,
        device: &dyn Signer,
        now: Timestamp,
    ) -> Result<Receipt, StoreError> {
        let time = self.state.time_of(now)?;
        let Some(anchor) = self.machine.anchor.as_mut() else {
            return Err(VaultError::AnchorMissing { id: "none".to_owned() }.into());
        };
        let start = anchor.read().map_err(VaultError::from)?;
        let change = AnchorChange::Bound { id: anchor.id(), kind: anchor.kind(), start };
        self.reanchor(change, reason, device, time)
    }

    /// Records that the anchor is lost. The vault is then bound to none.
    ///
    /// # Errors
    /// The rules' refusals.
    pub fn release_anchor(
        &mut self,
        reason: &str,
        device: &dyn Signer,
        now: Timestamp,
    ) -> Result<Receipt, StoreError> {
        let time = self.state.time_of(now)?;
        self.machine.anchor = None;
        self.reanchor(AnchorChange::Lost, reason, device, time)
    }

    /// Records the machine's new generation, after a restored or cloned machine image.
    ///
    /// # Errors
    /// [`VaultError::Text`] when the host has no generation; the rules' refusals.
    pub fn accept_generation(
        &mut self,
        reason: &str,
        device: &dyn Signer,
        now: Timestamp,
    ) -> Result<Receipt, StoreError> {
        let time = self.state.time_of(now)?;
        let Some(generation) = self.machine.generation.clone() else {
            let expected = "the machine's generation, which the vault must be opened with";
            return Err(VaultError::Text { what: "generation", expected }.into());
        };
        let receipt = self.reanchor(AnchorChange::Generation { generation }, reason, device, time)?;
        self.other_generation = false;
        Ok(receipt)
    }

    fn reanchor(
        &mut self,
        change: AnchorChange,
        reason: &str,
        device: &dyn Signer,
        time: Timestamp,
    ) -> Result<Receipt, StoreError> {
        let reanchor = Reanchor { change, reason: reason.to_owned(), time };
        self.transact(&Transaction::Reanchor(reanchor), device, Vec::new())
    }
}
