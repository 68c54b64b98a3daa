//! Pieces of a stream whose scan another thread may cancel, for callers in Rust. The other languages give pieces as small as they like, and
//! stop by giving no more.

use ztp_core::time::Timestamp;

use super::{DlpStream, going_on, lock};
use crate::error::FacadeError;
use crate::job::Job;
use crate::ops::dlp;
use crate::outcome::{Outcome, failed};

impl DlpStream {
    /// As [`update`](Self::update), for a job that another thread may cancel: it then ends within a bounded piece of work, with the code `cancelled`.
    pub fn update_for(&self, chunk: &[u8], job: &Job) -> Outcome {
        self.with(|state| match state {
            Some(stream) => {
                stream.update_while(chunk, &|| !job.is_cancelled());
                going_on(job)?;
                Ok(Outcome::holds())
            }
            None => Err(failed(FacadeError::DlpStreamEnded)),
        })
    }

    /// As [`finish`](Self::finish), for a job that another thread may cancel.
    pub fn finish_for(&self, end: &[u8], now_ms: i64, job: &Job) -> Outcome {
        self.with(|state| {
            let now = Timestamp::from_millis(now_ms).map_err(failed)?;
            let (trailers, cut) = dlp::trailers(end)?;
            let mut memory = lock(&self.memory)?;
            let mut stream = state.take().ok_or_else(|| failed(FacadeError::DlpStreamEnded))?;
            stream.trailers(&trailers);
            let scanner = stream.scanner().clone();
            let report = stream.finish_while(cut, now, &mut memory, &|| !job.is_cancelled());
            going_on(job)?;
            let events =
                self.head.as_ref().map(|head| report.events(&scanner, head, now)).unwrap_or_default();
            dlp::report(&report, &events)
        })
    }
}
