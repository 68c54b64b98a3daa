//! What stands in the place of a part of a log: no link is followed below the directory, by no operation, and a pipe or a device hangs or
//! does nothing. A link at the top is the caller's own word, and followed once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    clippy::panic,
    reason = "test code: a panic is a failed test"
)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::mem::MaybeUninit;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use common::*;
use rustix::fs::{FileType, Mode, inotify, mknodat};
use rustix::io::Errno;
use ztp_audit::copy::copy_log;
use ztp_audit::store::{CreateOptions, Writer};
use ztp_audit::verdict::Status;
use ztp_audit::verify::NoProgress;
use ztp_audit::{head, prove};
use ztp_core::Coded;

const SEGMENT: &str = "segments/00000000000000000000.jsonl";
const NOTES: &str = "checkpoints/00000000000000000000.notes";
const PENDING: &str = "recovered/00000000000000000009-0000000000000000.pending";

/// What is put in the place of a part.
const KINDS: [&str; 6] = [
    "the part, moved and linked",
    "a link to a directory",
    "a link to a file",
    "a dangling link",
    "a pipe",
    "a device",
];

/// The log, and beside it what links point at.
struct Bench {
    root: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { root: tempfile::tempdir().unwrap() };
        let mut writer = create(&bench.log(), 100);
        writer.append(&events(0, 5), at(1)).unwrap();
        writer.seal(at(2)).unwrap();
        writer.append(&events(5, 2), at(3)).unwrap();
        fs::create_dir(bench.beside()).unwrap();
        fs::write(bench.beside().join("file"), b"of somebody else").unwrap();
        bench
    }

    fn log(&self) -> PathBuf {
        self.root.path().join("log")
    }

    fn beside(&self) -> PathBuf {
        self.root.path().join("beside")
    }

    /// Puts `kind` in the place of `part`; false if this machine cannot.
    fn put(&self, part: &str, kind: &str) -> bool {
        let place = self.log().join(part);
        let moved = self.beside().join("moved");
        if place.symlink_metadata().is_ok() {
            fs::rename(&place, &moved).unwrap();
        }
        match kind {
            "the part, moved and linked" => symlink(&moved, place).unwrap(),
            "a link to a directory" => symlink(self.beside(), place).unwrap(),
            "a link to a file" => symlink(self.beside().join("file"), place).unwrap(),
            "a dangling link" => symlink(self.beside().join("made-through-the-link"), place).unwrap(),
            "a pipe" => {
                mknodat(rustix::fs::CWD, place, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap()
            }
            _ => {
                let null = rustix::fs::makedev(1, 3);
                let mode = Mode::from_raw_mode(0o600);
                return mknodat(rustix::fs::CWD, place, FileType::CharacterDevice, mode, null).is_ok();
            }
        }
        true
    }
}

/// Every file below a directory, with what it holds; links as links.
fn tree(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let meta = path.symlink_metadata().unwrap();
            if meta.is_dir() {
                open.push(path);
            } else if meta.is_file() {
                found.insert(path.clone(), fs::read(path).unwrap());
            } else {
                found.insert(path, meta.mode().to_le_bytes().to_vec());
            }
        }
    }
    found
}

/// The code of a failure, or `ok`.
fn said<T, E: Coded>(result: Result<T, E>) -> &'static str {
    result.map_or_else(|e| e.code(), |_| "ok")
}

const ALL: [&str; 9] =
    ["segments", "checkpoints", "recovered", "state", "state.new", "lock", SEGMENT, NOTES, PENDING];

/// Parts that a reader takes something from.
const READ: [&str; 4] = ["segments", "checkpoints", SEGMENT, NOTES];

#[test]
fn the_writer_writes_through_no_link_and_into_no_pipe_or_device_whatever_part_it_replaces() {
    for part in ALL {
        for kind in KINDS {
            let bench = Bench::new();
            // "moved and linked" is the case only where there is something to move.
            if !bench.put(part, kind) {
                println!("SKIPPED: {kind} cannot be made here");
                continue;
            }
            let before = (tree(&bench.log()), tree(&bench.beside()));
            let opened = Writer::open(&bench.log(), at(5), Box::new(TestHost(50)));
            let code = match opened {
                Ok(mut writer) => {
                    // `state.new` is only written at a seal.
                    assert_eq!(part, "state.new", "{kind}");
                    said(writer.seal(at(6)))
                }
                Err(error) => {
                    assert_eq!(
                        tree(&bench.log()),
                        before.0,
                        "{part} as {kind}: nothing in the log was changed"
                    );
                    error.code()
                }
            };
            assert_eq!(code, "wrong_file_type", "{part} as {kind}");
            assert_eq!(tree(&bench.beside()), before.1, "{part} as {kind}: nothing beside it was changed");
        }
    }
}

#[test]
fn what_is_no_file_is_told_without_being_opened_because_opening_a_device_may_already_do_something() {
    for part in ["state", "lock", SEGMENT, NOTES] {
        let bench = Bench::new();
        assert!(bench.put(part, "a pipe"));
        let place = bench.log().join(part);
        let watch = inotify::init(inotify::CreateFlags::NONBLOCK).unwrap();
        inotify::add_watch(&watch, &place, inotify::WatchFlags::OPEN).unwrap();
        let mut room = [MaybeUninit::uninit(); 1024];
        let mut seen = inotify::Reader::new(&watch, &mut room);
        assert_eq!(said(Writer::open(&bench.log(), at(5), Box::new(TestHost(50)))), "wrong_file_type");
        assert_eq!(seen.next().map(|event| event.events()), Err(Errno::AGAIN), "{part} was opened");
        // The watch sees an opening where there is one.
        drop(fs::File::options().read(true).write(true).open(&place).unwrap());
        assert_eq!(seen.next().map(|event| event.events()), Ok(inotify::ReadFlags::OPEN), "{part}");
    }
}

#[test]
fn an_open_writer_follows_no_link_put_there_later_and_acknowledges_nothing_that_no_reader_will_find() {
    for part in ALL {
        for kind in KINDS {
            let bench = Bench::new();
            let mut writer = Writer::open(&bench.log(), at(5), Box::new(TestHost(50))).unwrap();
            writer.append(&events(9, 1), at(6)).unwrap();
            if !bench.put(part, kind) {
                continue;
            }
            let elsewhere = |tree: BTreeMap<PathBuf, Vec<u8>>| {
                tree.into_iter()
                    .filter(|(p, _)| !p.starts_with(bench.beside().join("moved")))
                    .collect::<Vec<_>>()
            };
            let before = elsewhere(tree(&bench.beside()));
            let appended = said(writer.append(&events(10, 1), at(7)));
            let sealed = said(writer.seal(at(8)));
            assert!(
                ["ok", "wrong_file_type", "writer_poisoned", "log_replaced"].contains(&sealed),
                "{part} as {kind}: {sealed}"
            );
            // Handles are held, and what is written lands in the log's own directory, wherever it was moved: no reader looks there.
            match part {
                // The name leads to what is held: nothing is lost, and every reader says that a link is there.
                "segments" | "checkpoints" if kind == KINDS[0] => {
                    assert_eq!((appended, sealed), ("ok", "ok"), "{part} as {kind}");
                }
                "segments" => {
                    assert_eq!((appended, sealed), ("log_replaced", "writer_poisoned"), "{part} as {kind}")
                }
                "checkpoints" => assert_eq!((appended, sealed), ("ok", "log_replaced"), "{part} as {kind}"),
                "recovered" => assert_eq!((appended, sealed), ("ok", "ok"), "{part} as {kind}"),
                _ => {}
            }
            assert_eq!(elsewhere(tree(&bench.beside())), before, "{part} as {kind}");
        }
    }
}

#[test]
fn making_a_log_follows_no_link_that_waits_for_it() {
    for part in ["segments", "checkpoints", "recovered", "state", "state.new", "lock"] {
        for kind in &KINDS[1..] {
            let bench = Bench::new();
            fs::remove_dir_all(bench.log()).unwrap();
            fs::create_dir(bench.log()).unwrap();
            if !bench.put(part, kind) {
                continue;
            }
            let before = tree(&bench.beside());
            let options = CreateOptions { origin: ORIGIN.to_owned(), policy: policy(10) };
            let made = Writer::create(&bench.log(), &options, at(0), Box::new(TestHost(5)));
            assert_eq!(said(made), "wrong_file_type", "{part} as {kind}");
            assert_eq!(tree(&bench.beside()), before, "{part} as {kind}");
        }
    }
}

#[test]
fn readers_refuse_what_is_no_file_or_directory_in_every_part_that_they_read() {
    for part in READ {
        for kind in KINDS {
            let bench = Bench::new();
            if !bench.put(part, kind) {
                continue;
            }
            let log = bench.log();
            let into = bench.root.path().join("copy");
            let verified = ztp_audit::verify::verify_dir(
                &log,
                &ztp_audit::verify::VerifyOptions::default(),
                &NoProgress,
            );
            let reads = [
                ("verify", said(verified)),
                ("head", said(head::last_note(&log))),
                ("prove", said(prove::prove_inclusion(&log, 2, None))),
                ("copy", said(copy_log(&log, &into, None, &NoProgress))),
            ];
            for (what, code) in reads {
                assert_eq!(code, "wrong_file_type", "{what} with {part} as {kind}");
            }
            if !part.starts_with("checkpoints") {
                assert_eq!(said(head::genesis_vkey(&log)), "wrong_file_type", "{part} as {kind}");
            }
        }
    }
}

#[test]
fn a_link_at_the_top_is_followed_by_writer_and_readers_alike() {
    let bench = Bench::new();
    let link = bench.root.path().join("link");
    symlink(bench.log(), &link).unwrap();
    let mut writer = Writer::open(&link, at(5), Box::new(TestHost(50))).unwrap();
    writer.seal(at(6)).unwrap();
    drop(writer);
    assert_eq!(verify(&link), verify(&bench.log()));
    let into = bench.root.path().join("copy");
    copy_log(&link, &into, None, &NoProgress).unwrap();
    assert_eq!(verify(&into).status, Status::Intact);
}
