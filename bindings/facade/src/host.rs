use std::thread;
use std::time::{Duration, Instant};

use ztp_audit::store::Host;
use ztp_core::digest::sha256;

use crate::error::FacadeError;
use crate::handles::AuditLog;
use crate::outcome::Outcome;

/// The machine as a log's writer sees it: secure randomness for the next key, and the two facts that a seal states about the
/// host (boot id and monotonic clock). They are the bench's statements about itself; no status depends on them.
#[derive(Debug, Default)]
pub(crate) struct ThisHost {
    pub(crate) patience: Patience,
}

impl Host for ThisHost {
    fn wait_for_lock(&mut self, attempt: u32) -> bool {
        self.patience.wait(attempt)
    }

    fn fill_random(&mut self, seed: &mut [u8; 32]) -> Result<(), String> {
        getrandom::fill(seed).map_err(|e| e.to_string())
    }

    fn boot_id(&mut self) -> Option<String> {
        std::fs::read_to_string(BOOT_ID).ok().map(|id| id.trim_ascii().to_owned())
    }

    fn monotonic_ms(&mut self) -> Option<u64> {
        uptime_ms(&std::fs::read_to_string(UPTIME).ok()?)
    }
}

/// [`ThisHost`], which keeps to itself how long it has been up.
#[derive(Debug)]
pub(crate) struct UntimedHost;

impl Host for UntimedHost {
    fn fill_random(&mut self, seed: &mut [u8; 32]) -> Result<(), String> {
        ThisHost::default().fill_random(seed)
    }

    fn boot_id(&mut self) -> Option<String> {
        None
    }

    fn monotonic_ms(&mut self) -> Option<u64> {
        None
    }
}

impl AuditLog {
    /// As [`AuditLog::open`], waiting for another writer for `wait_ms` milliseconds at most before `log_locked` is the outcome. Of Rust alone.
    ///
    /// # Errors
    /// As [`AuditLog::open`].
    pub fn open_within(dir: &[u8], now_ms: i64, wait_ms: u32) -> Result<Self, Outcome> {
        Self::with_host(dir, now_ms, Box::new(ThisHost { patience: Patience::of_ms(wait_ms) }))
    }

    /// [`AuditLog::open`] for a log whose times are not those of this machine, such as a demonstration's: its seals say nothing of
    /// a boot or a monotonic clock, which would not go along with such times. Of Rust alone.
    ///
    /// # Errors
    /// As [`AuditLog::open`].
    pub fn open_untimed(dir: &[u8], now_ms: i64) -> Result<Self, Outcome> {
        Self::with_host(dir, now_ms, Box::new(UntimedHost))
    }
}

/// A machine of which nothing is known, and whose randomness is given: for tests, and for documents that anyone can make again.
///
/// Its n-th value is SHA-256 of the given bytes and n, counted from 0, as eight bytes, the highest first. Who knows the bytes knows the
/// keys of the seals that are made with them.
#[derive(Debug)]
pub(crate) struct GivenHost {
    pub(crate) randomness: [u8; 32],
    pub(crate) drawn: u64,
    pub(crate) patience: Patience,
}

impl Host for GivenHost {
    fn wait_for_lock(&mut self, attempt: u32) -> bool {
        self.patience.wait(attempt)
    }

    fn fill_random(&mut self, seed: &mut [u8; 32]) -> Result<(), String> {
        let mut bytes = [0u8; 40];
        bytes[..32].copy_from_slice(&self.randomness);
        bytes[32..].copy_from_slice(&self.drawn.to_be_bytes());
        self.drawn += 1;
        seed.copy_from_slice(sha256(&bytes).as_bytes());
        Ok(())
    }

    fn boot_id(&mut self) -> Option<String> {
        None
    }

    fn monotonic_ms(&mut self) -> Option<u64> {
        None
    }
}

/// How long a writer waits for another one that holds the lock: not at all unless it was told.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    wait: Duration,
    until: Option<Instant>,
}

impl Patience {
    pub(crate) fn of_ms(wait_ms: u32) -> Self {
        Self { wait: Duration::from_millis(wait_ms.into()), until: None }
    }

    /// Sleeps for a while, longer the more often it did already; says whether there was time left.
    fn wait(&mut self, attempt: u32) -> bool {
        let until = *self.until.get_or_insert_with(|| Instant::now() + self.wait);
        let left = until.saturating_duration_since(Instant::now());
        thread::sleep(left.min(Duration::from_millis(1 << attempt.min(6))));
        !left.is_zero()
    }
}

/// Fills a key seed from the operating system.
pub(crate) fn random_seed(seed: &mut [u8; 32]) -> Result<(), FacadeError> {
    getrandom::fill(seed).map_err(|_| FacadeError::RandomnessUnavailable)
}

/// Milliseconds since the boot, from the kernel's text: seconds and hundredths, then the idle time.
fn uptime_ms(text: &str) -> Option<u64> {
    let (seconds, hundredths) = text.split_ascii_whitespace().next()?.split_once('.')?;
    if hundredths.len() != 2 {
        return None;
    }
    let hundredths = hundredths.parse::<u64>().ok()?;
    seconds.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(hundredths * 10)
}

/// Where Linux states which boot this is.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// Where Linux states how long ago that boot was. Read as a file like the boot id, which needs no system call of its own.
const UPTIME: &str = "/proc/uptime";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uptime_is_read_in_milliseconds_or_not_at_all() {
        assert_eq!(uptime_ms("350735.47 234388.90\n"), Some(350_735_470));
        assert_eq!(uptime_ms("0.00 0.00"), Some(0));
        for text in ["", "1", "1.5 2", "1.234 2", "-1.00 2", "x.00", "1.xx", "18446744073709551615.00 1"] {
            assert_eq!(uptime_ms(text), None, "{text}");
        }
    }
}
