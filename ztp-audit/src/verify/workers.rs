//! The threads of one verification: its own, as many as the machine has cores and no more than [`THREADS_MAX`], whatever the
//! environment says.

use std::num::NonZero;
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

    /// `work` over all items, in their order; `scratch` is made once for a run of items on one thread.
    pub(super) fn map<T: Sync, S, R: Send>(
        &self,
        items: &[T],
        scratch: impl Fn() -> S + Sync + Send,
        work: impl Fn(&mut S, &T) -> R + Sync + Send,
    ) -> Vec<R> {
        match self.pool().filter(|_| items.len() > 1) {
            Some(pool) => pool.install(|| items.par_iter().map_init(scratch, work).collect()),
            None => {
                let mut scratch = scratch();
                items.iter().map(|item| work(&mut scratch, item)).collect()
            }
        }
    }

    fn pool(&self) -> Option<&ThreadPool> {
        let build = || ThreadPoolBuilder::new().num_threads(self.threads).build().ok();
        if self.threads > 1 { self.pool.get_or_init(build).as_ref() } else { None }
    }
}
