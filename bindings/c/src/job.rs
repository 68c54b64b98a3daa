use ztp_facade::Job;

/// The side channel of a long operation: another thread reads its progress and cancels it. Opaque.
///
/// One job serves one operation. Every function but `ztp_job_free` may be called from any thread while the operation runs.
#[derive(Debug, Default)]
pub struct ZtpJob(pub(crate) Job);

/// Makes a job. Release it with `ztp_job_free`, not before its operation has returned.
#[unsafe(no_mangle)]
#[must_use]
#[allow(unsafe_code, reason = "C boundary: exported name")]
pub extern "C" fn ztp_job_new() -> *mut ZtpJob {
    Box::into_raw(Box::default())
}

/// Asks the job's operation to end; it then returns `ZTP_STATUS_CANCELLED`. NULL is ignored.
///
/// # Safety
/// `job` is null or came from `ztp_job_new` and is not freed.
#[unsafe(no_mangle)]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_job_cancel(job: *const ZtpJob) {
    // SAFETY: the caller guarantees that a non-null `job` is alive; everything in it is atomic.
    if let Some(job) = unsafe { job.as_ref() } {
        job.0.cancel();
    }
}

/// Stores how many bytes the job's operation has examined and how many there are (0 until known). Each pointer may be NULL.
///
/// # Safety
/// `job` is null or came from `ztp_job_new` and is not freed; the other pointers are null or writable.
#[unsafe(no_mangle)]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_job_progress(job: *const ZtpJob, done_bytes: *mut u64, total_bytes: *mut u64) {
    // SAFETY: the caller guarantees that a non-null `job` is alive; everything in it is atomic.
    let progress = unsafe { job.as_ref() }.map(|job| job.0.progress()).unwrap_or_default();
    if !done_bytes.is_null() {
        // SAFETY: not null, and the caller guarantees that it is writable.
        unsafe { done_bytes.write(progress.done_bytes) };
    }
    if !total_bytes.is_null() {
        // SAFETY: not null, and the caller guarantees that it is writable.
        unsafe { total_bytes.write(progress.total_bytes) };
    }
}

/// Releases a job. NULL is ignored.
///
/// # Safety
/// `job` is null or came from `ztp_job_new`, is freed once, and no operation uses it any more.
#[unsafe(no_mangle)]
#[allow(unsafe_code, reason = "C boundary")]
pub unsafe extern "C" fn ztp_job_free(job: *mut ZtpJob) {
    if !job.is_null() {
        // SAFETY: it came from `Box::into_raw` in `ztp_job_new`, and the caller frees it once.
        drop(unsafe { Box::from_raw(job) });
    }
}
