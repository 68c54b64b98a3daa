//! The threads of one verification: its own, as many as the machine has cores and no more than [`THREADS_MAX`], whatever the
//! environment says.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::OnceLock;
use std::thread;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Threads at most: beyond this a log is read more slowly than it is checked, and each thread holds a block.
pub(super) const THREADS_MAX: usize = 16;

/// Threads that are started when there is first work for more than one.
#[derive(Debug)]
pub(super) struct Workers {
    threads: usize,
    /// `None` where the system gave no threads: the caller's own then does the work, and the verdict is the same.
    pool: OnceLock<Option<ThreadPool>>,
}

impl Workers {
    pub(super) fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        Self { threads: cores.min(THREADS_MAX), pool: OnceLock::new() }
    }

    pub(super) fn threads(&self) -> usize {
        self.threads
    }

    /// `work` over all items, in their order; `scratch` is made once for a run of items on one thread. Up to `few` items are not worth one.
    pub(super) fn map<T: Sync, S, R: Send>(
        &self,
        items: &[T],
        few: usize,
        scratch: impl Fn() -> S + Sync + Send,
        work: impl Fn(&mut S, &T) -> R + Sync + Send,
    ) -> Vec<R> {
        let alone = || {
            let mut scratch = scratch();
            items.iter().map(|item| work(&mut scratch, item)).collect()
        };
        let Some(pool) = (items.len() > few).then(|| self.pool()).flatten() else { return alone() };
        let together = || pool.install(|| items.par_iter().map_init(&scratch, &work).collect());
        if rayon::current_thread_index().is_none() {
            return together();
        }
        // A thread of the caller's own pool would take up more of the caller's work while it waits, on top of this on its stack.
        thread::scope(|scope| match thread::Builder::new().spawn_scoped(scope, together) {
            Ok(waiting) => waiting.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => alone(),
        })
    }

    fn pool(&self) -> Option<&ThreadPool> {
        let build = || ThreadPoolBuilder::new().num_threads(self.threads).build().ok();
        if self.threads > 1 { self.pool.get_or_init(build).as_ref() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_with_a_pool_of_its_own_may_verify_many_logs_at_once() {
        // Each waits for a pool of its own: were it to take up the next one meanwhile, the stack would hold all of them.
        let logs: Vec<u64> = (0..2_000).collect();
        let sums: Vec<u64> = logs
            .par_iter()
            .map(|log| {
                let workers = Workers { threads: 2, pool: OnceLock::new() };
                workers.map(&[*log; 20], 1, || [0u8; 4096], |_, n| n + 1).into_iter().sum()
            })
            .collect();
        assert!(sums.iter().zip(&logs).all(|(sum, log)| *sum == 20 * (log + 1)));
    }
}
