//! Running the binary and looking at what it did.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use ztp_core::canonical::{self, Limits, Value};
use ztp_core::digest::sha256;

/// What a run printed and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Run {
    /// Standard output as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("standard output is text")
    }

    /// Standard output as running text: words with one space between, whatever the lines they stand on.
    pub(crate) fn flowed(&self) -> String {
        self.text().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Asserts the exit status; shows everything if it is another.
    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(
            self.status,
            status,
            "stdout: {}\nstderr: {}",
            String::from_utf8_lossy(&self.stdout),
            self.stderr
        );
        self
    }

    /// The one canonical JSON document and one line feed that standard output must be.
    #[track_caller]
    pub(crate) fn document(&self) -> Value {
        let (last, document) = self.stdout.split_last().expect("standard output is not empty");
        assert_eq!(*last, b'\n', "the document ends in a line feed");
        let limits = Limits { bytes_max: 64 << 20, ..Limits::default() };
        assert_eq!(canonical::check(document, &limits), Ok(()), "{}", String::from_utf8_lossy(document));
        canonical::read(document, &limits).expect("checked above")
    }

    /// A member of the document.
    #[track_caller]
    pub(crate) fn member(&self, path: &[&str]) -> Value {
        let mut value = self.document();
        for name in path {
            value = match (value, name.parse::<usize>()) {
                (Value::Object(mut members), _) => {
                    members.remove(*name).unwrap_or_else(|| panic!("no member {path:?} in {}", self.text()))
                }
                (Value::Array(mut elements), Ok(at)) => elements.swap_remove(at),
                (other, _) => panic!("no member {path:?} in {other:?}"),
            };
        }
        value
    }

    /// A string member of the document.
    #[track_caller]
    pub(crate) fn string(&self, path: &[&str]) -> String {
        match self.member(path) {
            Value::String(text) => text,
            other => panic!("{path:?} is {other:?}"),
        }
    }

    /// An integer member of the document.
    #[track_caller]
    pub(crate) fn integer(&self, path: &[&str]) -> i64 {
        match self.member(path) {
            Value::Int(number) => number,
            other => panic!("{path:?} is {other:?}"),
        }
    }
}

/// The command without arguments, in an environment of its own.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ztp"));
    command.env_clear();
    command
}

/// Runs `ztp` with nothing on standard input.
pub(crate) fn ztp<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Run {
    ztp_with(args, b"")
}

/// Runs `ztp` with these bytes on standard input.
pub(crate) fn ztp_with<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>, stdin: &[u8]) -> Run {
    let mut command = command();
    command.args(args);
    run(command, stdin)
}

/// Runs a prepared command.
pub(crate) fn run(mut command: Command, stdin: &[u8]) -> Run {
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().expect("the binary starts");
    let mut pipe = child.stdin.take().expect("standard input is a pipe");
    let stdin = stdin.to_vec();
    // A command that refuses early closes its end; what it then says is asserted by the caller.
    let feeder = std::thread::spawn(move || drop(pipe.write_all(&stdin)));
    let output = child.wait_with_output().expect("the binary ends");
    feeder.join().expect("the feeder ends");
    Run {
        status: output.status.code().expect("the binary was not killed"),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).expect("standard error is text"),
    }
}

/// A directory that is removed at the end of the test.
pub(crate) fn scratch() -> TempDir {
    tempfile::tempdir().expect("a directory for the test")
}

/// A path as an argument.
pub(crate) fn arg(path: &Path) -> &str {
    path.to_str().expect("test paths are text")
}

/// Everything below a directory that a run could change: names, kinds, permissions, link targets, contents.
pub(crate) fn tree(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut entries = BTreeMap::new();
    let mut pending = vec![root.to_owned()];
    while let Some(path) = pending.pop() {
        let meta = fs::symlink_metadata(&path).expect("the entry can be looked at");
        let what = if meta.is_dir() {
            let children = fs::read_dir(&path).expect("the directory can be listed");
            pending.extend(children.map(|child| child.expect("the entry can be listed").path()));
            "directory".to_owned()
        } else if meta.is_symlink() {
            format!("link to {}", fs::read_link(&path).expect("the link can be read").display())
        } else if meta.is_file() {
            sha256(&fs::read(&path).expect("the file can be read")).to_string()
        } else {
            "special".to_owned()
        };
        entries.insert(path, format!("{:o} {what}", meta.mode()));
    }
    entries
}

/// A log with a few events, sealed: the directory below `root`.
pub(crate) fn sealed_log(root: &Path, events: usize) -> PathBuf {
    let dir = root.join("log");
    ztp(["audit", "init", arg(&dir), "--origin", "bench.example/audit"]).exits(0);
    ztp_with(["audit", "append", arg(&dir)], &lines(events)).exits(0);
    ztp(["audit", "seal", arg(&dir)]).exits(0);
    dir
}

/// Event lines with rising timestamps.
pub(crate) fn lines(count: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for n in 0..count {
        let (minutes, seconds) = (n / 60 % 60, n % 60);
        let line = format!(
            "{{\"event_class\":\"operator.action\",\"payload\":{{\"command\":\"step {n}\",\"operator\":\"op-01\"}},\
             \"timestamp\":\"2026-05-12T08:{minutes:02}:{seconds:02}.000Z\"}}\n"
        );
        out.extend_from_slice(line.as_bytes());
    }
    out
}

/// The only segment of a short log.
pub(crate) fn segment(log: &Path) -> PathBuf {
    log.join("segments/00000000000000000000.jsonl")
}

/// Whether the tests run as root, for whom no file is unreadable.
pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}
