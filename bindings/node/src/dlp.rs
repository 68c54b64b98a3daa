//! The monitor of what leaves: one-shot operations, and the handles of scanners and of requests whose body comes in pieces.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use napi::bindgen_prelude::{AsyncTask, Either, Env, Task};
use napi_derive::napi;
use ztp_facade::{DlpScanner, DlpStream, Outcome};

use crate::boundary::{BackgroundOperation, Failure, Reply, background, failure, internal, run};

/// Scans one request, or bytes that are none.
#[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
pub fn dlp_scan(config: &[u8], request: &[u8], body: &[u8], now_ms: i64) -> AsyncTask<BackgroundOperation> {
    let (config, request, body) = (config.to_vec(), request.to_vec(), body.to_vec());
    background(move || ztp_facade::dlp_scan(&config, &request, &body, now_ms))
}

/// Lists the rules that a configuration puts in force.
#[napi(catch_unwind)]
pub fn dlp_rules(config: &[u8]) -> Reply {
    run(|| ztp_facade::dlp_rules(config))
}

/// Checks a file of customer rules.
#[napi(catch_unwind)]
pub fn dlp_test(rules: &[u8]) -> Reply {
    run(|| ztp_facade::dlp_test(rules))
}

/// Signs an allow-list of what a scan of files found, each for its file: the baseline of later scans.
#[cfg(feature = "signer")]
#[napi(catch_unwind)]
pub fn dlp_baseline(found: &[u8], terms: &[u8], key: &[u8]) -> Reply {
    run(|| ztp_facade::dlp_baseline(found, terms, key))
}

/// Rules in force, and the memory of what was sent.
#[napi]
#[derive(Debug)]
pub struct ScannerHandle {
    shared: Arc<DlpScanner>,
}

/// Makes a scanner on a background thread: rules are compiled and try their examples there.
#[derive(Debug)]
pub struct OpenScanner {
    config: Vec<u8>,
}

impl Task for OpenScanner {
    type Output = Result<DlpScanner, Outcome>;
    type JsValue = Either<ScannerHandle, Failure>;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let opened = catch_unwind(AssertUnwindSafe(|| DlpScanner::open(&self.config)));
        Ok(opened.unwrap_or_else(|_| Err(internal())))
    }

    fn resolve(&mut self, _env: Env, opened: Self::Output) -> napi::Result<Self::JsValue> {
        Ok(match opened {
            Ok(scanner) => Either::A(ScannerHandle { shared: Arc::new(scanner) }),
            Err(outcome) => Either::B(failure(outcome)),
        })
    }
}

/// Makes a scanner.
#[napi(catch_unwind, ts_return_type = "Promise<ScannerHandle | Failure>")]
pub fn open_scanner(config: &[u8]) -> AsyncTask<OpenScanner> {
    AsyncTask::new(OpenScanner { config: config.to_vec() })
}

#[napi]
impl ScannerHandle {
    /// Scans a whole request.
    #[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
    pub fn scan(&self, request: &[u8], body: &[u8], now_ms: i64) -> AsyncTask<BackgroundOperation> {
        let (scanner, request, body) = (Arc::clone(&self.shared), request.to_vec(), body.to_vec());
        background(move || scanner.scan(&request, &body, now_ms))
    }

    /// Begins a request whose body comes in pieces.
    #[napi(catch_unwind, ts_return_type = "Promise<StreamHandle | Failure>")]
    pub fn begin(&self, request: &[u8], now_ms: i64) -> AsyncTask<BeginStream> {
        AsyncTask::new(BeginStream { scanner: Arc::clone(&self.shared), request: request.to_vec(), now_ms })
    }

    /// Puts the rules of another configuration in force.
    #[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
    pub fn reload(&self, config: &[u8], now_ms: i64) -> AsyncTask<BackgroundOperation> {
        let (scanner, config) = (Arc::clone(&self.shared), config.to_vec());
        background(move || scanner.reload(&config, now_ms))
    }

    /// Lists the rules in force.
    #[napi(catch_unwind)]
    pub fn rules(&self) -> Reply {
        run(|| self.shared.rules())
    }

    /// What is kept over a restart.
    #[napi(catch_unwind)]
    pub fn ledger(&self) -> Reply {
        run(|| self.shared.ledger())
    }
}

/// One request whose body comes in pieces.
#[napi]
#[derive(Debug)]
pub struct StreamHandle {
    // `None` once released.
    shared: Option<Arc<DlpStream>>,
    begun: String,
}

/// Begins a request on a background thread: its head is scanned there.
#[derive(Debug)]
pub struct BeginStream {
    scanner: Arc<DlpScanner>,
    request: Vec<u8>,
    now_ms: i64,
}

impl Task for BeginStream {
    type Output = Result<(DlpStream, Outcome), Outcome>;
    type JsValue = Either<StreamHandle, Failure>;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let begun = catch_unwind(AssertUnwindSafe(|| self.scanner.begin(&self.request, self.now_ms)));
        Ok(begun.unwrap_or_else(|_| Err(internal())))
    }

    fn resolve(&mut self, _env: Env, begun: Self::Output) -> napi::Result<Self::JsValue> {
        Ok(match begun {
            // The document is canonical JSON, which is ASCII: nothing is replaced here.
            Ok((stream, begun)) => Either::A(StreamHandle {
                shared: Some(Arc::new(stream)),
                begun: String::from_utf8_lossy(&begun.document).into_owned(),
            }),
            Err(outcome) => Either::B(failure(outcome)),
        })
    }
}

#[napi]
impl StreamHandle {
    /// What is known before the body.
    #[napi(catch_unwind)]
    pub fn begun(&self) -> String {
        self.begun.clone()
    }

    /// Scans the next piece of the body.
    #[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
    pub fn update(&self, chunk: &[u8]) -> AsyncTask<BackgroundOperation> {
        let chunk = chunk.to_vec();
        self.on_background(move |stream| stream.update(&chunk))
    }

    /// Ends the request and gives the report.
    #[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
    pub fn finish(&self, end: &[u8], now_ms: i64) -> AsyncTask<BackgroundOperation> {
        let end = end.to_vec();
        self.on_background(move |stream| stream.finish(&end, now_ms))
    }

    /// Lets go of the request, with or without a report.
    #[napi(catch_unwind)]
    pub fn release(&mut self) {
        self.shared = None;
    }
}

impl StreamHandle {
    fn on_background(
        &self,
        operation: impl FnOnce(&DlpStream) -> Outcome + Send + 'static,
    ) -> AsyncTask<BackgroundOperation> {
        let shared = self.shared.clone();
        background(move || match shared {
            Some(stream) => operation(&stream),
            None => internal(),
        })
    }
}
