//! The private numbers of a key in DER: what of it is secret, and no other key or certificate shares.

use zeroize::Zeroizing;

use crate::recognise::shape::private_numbers;

/// The private numbers, one after the other; `None` for anything but a whole private key in the clear.
pub(super) fn numbers(der: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    private_numbers(der).filter(|numbers| numbers.len() >= super::SECRET_BYTES_MIN)
}
