//! How a scan begins: the scanner's methods that make a [`Stream`], and those that run one to its end.

use ztp_core::time::Timestamp;

use crate::finding::Report;
use crate::memory::Memory;
use crate::request::{RequestHead, Stream};
use crate::scanner::Scanner;

impl Scanner {
    /// Begins a request: its head is scanned at once, its body as it comes.
    #[must_use]
    pub fn begin(&self, head: &RequestHead, now: Timestamp, memory: &mut Memory) -> Stream {
        Stream::begin(self.clone(), head, now, memory)
    }

    /// Begins bytes that are no request, such as a file.
    #[must_use]
    pub fn begin_bytes(&self) -> Stream {
        Stream::begin_bytes(self.clone(), None)
    }

    /// Begins the bytes of a file: entries of the allow-list for [`file:`](crate::allow::FILE_PREFIX) and this path cover what is found.
    #[must_use]
    pub fn begin_file(&self, path: &str) -> Stream {
        Stream::begin_bytes(self.clone(), Some(path))
    }

    /// Scans a whole request.
    #[must_use]
    pub fn scan_request(
        &self,
        head: &RequestHead,
        body: &[u8],
        trailers: &[(Vec<u8>, Vec<u8>)],
        now: Timestamp,
        memory: &mut Memory,
    ) -> Report {
        let mut stream = self.begin(head, now, memory);
        stream.update(body);
        stream.trailers(trailers);
        stream.finish(false, now, memory)
    }

    /// Scans bytes that are no request. The allow-list's times are compared with the earliest time there is, so that only
    /// entries without an end count.
    #[must_use]
    pub fn scan_bytes(&self, bytes: &[u8]) -> Report {
        let mut stream = self.begin_bytes();
        stream.update(bytes);
        stream.finish(false, Timestamp::MIN, &mut Memory::default())
    }
}
