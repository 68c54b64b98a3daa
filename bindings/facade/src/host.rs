use rustix::time::{ClockId, clock_gettime};
use ztp_audit::store::Host;

use crate::error::FacadeError;

/// Where Linux states which boot this is.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// The machine as a log's writer sees it: secure randomness for the next key, and the two facts that a seal states about the
/// host (boot id and monotonic clock). They are the bench's statements about itself; no verdict depends on them.
#[derive(Debug)]
pub(crate) struct ThisHost;

impl Host for ThisHost {
    fn fill_random(&mut self, seed: &mut [u8; 32]) -> Result<(), String> {
        getrandom::fill(seed).map_err(|e| e.to_string())
    }

    fn boot_id(&mut self) -> Option<String> {
        std::fs::read_to_string(BOOT_ID).ok().map(|id| id.trim_ascii().to_owned())
    }

    fn monotonic_ms(&mut self) -> Option<u64> {
        let now = clock_gettime(ClockId::Monotonic);
        let (seconds, nanos) = (u64::try_from(now.tv_sec).ok()?, u64::try_from(now.tv_nsec).ok()?);
        seconds.checked_mul(1000)?.checked_add(nanos / 1_000_000)
    }
}

/// Fills a key seed from the operating system.
pub(crate) fn random_seed(seed: &mut [u8; 32]) -> Result<(), FacadeError> {
    getrandom::fill(seed).map_err(|_| FacadeError::RandomnessUnavailable)
}
