//! What a hostile hand can put into the directory, or make of it. `ZTP_INGEST_FILES` sets the size of the heap.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;

use ztp_core::Coded as _;
use ztp_licence::ingest::{FileResult, IngestError, Uninterrupted};

use crate::bench::{Bench, names};
use crate::support::{envelope, now, trust};

fn refused(bench: &Bench) -> IngestError {
    bench.try_run(&trust(), now(), 0, None, &mut Uninterrupted).unwrap_err()
}

#[test]
fn what_is_no_file_is_moved_aside_unopened() {
    let bench = Bench::new();
    let at = |name: &str| bench.incoming().join(name);
    symlink("/etc/passwd", at("link.json")).unwrap();
    symlink(bench.log(), at("link-to-the-log")).unwrap();
    symlink("nowhere", at("dangling.json")).unwrap();
    fs::create_dir_all(at("folder.json/inside")).unwrap();
    let _socket = UnixListener::bind(at("socket.json")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        at("pipe.json"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    bench.drop_file("good.json", &envelope());
    let report = bench.run();
    let codes: Vec<_> = report.files.iter().map(|file| (file.file.as_str(), file.codes.as_slice())).collect();
    let bad = ["ingest_not_a_file"].as_slice();
    assert_eq!(
        codes,
        [
            ("dangling.json", bad),
            ("folder.json", bad),
            ("good.json", &[]),
            ("link-to-the-log", bad),
            ("link.json", bad),
            ("pipe.json", bad),
            ("socket.json", bad)
        ]
    );
    assert!(fs::symlink_metadata(bench.dir().join("rejected/link.json")).unwrap().is_symlink());
    assert!(bench.dir().join("rejected/folder.json/inside").is_dir());
    assert!(names(&bench.incoming()).is_empty());
    assert_eq!(bench.classes().len(), 7);
    bench.assert_log_holds();
}

#[test]
fn a_huge_file_is_refused_unread() {
    let bench = Bench::new();
    // Sparse: it says that it has a terabyte.
    File::create(bench.incoming().join("huge.json")).unwrap().set_len(1 << 40).unwrap();
    let report = bench.run();
    assert_eq!(report.files[0].codes, ["ingest_file_too_large"]);
    assert_eq!(report.files[0].envelope_digest, None);
    assert!(bench.dir().join("rejected/huge.json").exists());
}

#[test]
fn names_that_are_no_text_or_look_like_paths_stay_harmless() {
    let bench = Bench::new();
    let names_in: [&[u8]; 6] = [
        b"\xff\xfe.json",
        b"a\nb.json",
        b"\x1b[31mred.json",
        b"%2f..%2fetc",
        b"-rf",
        "\u{202e}nosj.json".as_bytes(),
    ];
    for name in names_in {
        fs::write(bench.incoming().join(OsStr::from_bytes(name)), b"{}").unwrap();
    }
    let long = [b'x'; 255];
    fs::write(bench.incoming().join(OsStr::from_bytes(&long)), b"{}").unwrap();
    let report = bench.run();
    assert_eq!(report.count(FileResult::Refused), 7);
    for file in &report.files {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-%~".contains(&b);
        assert!(file.file.bytes().all(plain), "{}", file.file);
        assert!(bench.dir().join(file.kept_as.as_ref().unwrap()).is_file());
    }
    let escaped: Vec<_> = report.files.iter().map(|file| file.file.as_str()).collect();
    assert!(escaped.contains(&"%FF%FE.json") && escaped.contains(&"a%0Ab.json"), "{escaped:?}");
}

#[test]
fn files_of_one_name_never_replace_each_other() {
    let bench = Bench::new();
    for round in 0..3 {
        bench.drop_file("e.json", format!("{{\"round\":{round}}}").as_bytes());
        symlink(format!("target-{round}"), bench.incoming().join("link")).unwrap();
        let _ = bench.run();
    }
    let kept = names(&bench.dir().join("rejected"));
    let files: Vec<_> = kept.iter().filter(|name| !name.ends_with(".verdict.json")).collect();
    assert_eq!(files.len(), 6, "{files:?}");
    // Something planted where the envelope would go is not overwritten either.
    let digest = ztp_core::digest::sha256(&envelope()).to_string();
    let planted = bench.dir().join("accepted").join(format!("good.{}.json", digest.get(..16).unwrap()));
    fs::write(&planted, b"planted").unwrap();
    bench.drop_file("good.json", &envelope());
    let report = bench.run();
    assert_eq!(fs::read(&planted).unwrap(), b"planted");
    let kept = bench.dir().join(report.files[0].kept_as.as_ref().unwrap());
    assert_eq!(fs::read(kept).unwrap(), envelope());
}

#[test]
fn a_heap_of_bad_files_cost_one_event_each_and_the_good_one_is_found() {
    let files = std::env::var("ZTP_INGEST_FILES").ok().and_then(|n| n.parse().ok()).unwrap_or(400);
    let bench = Bench::new();
    for n in 0..files {
        bench.drop_file(&format!("{n:05}.json"), format!("{{\"n\":{n}}}").as_bytes());
    }
    bench.drop_file("zzz.json", &envelope());
    let report = bench.run();
    assert_eq!((report.count(FileResult::Refused), report.count(FileResult::Accepted)), (files, 1));
    assert_eq!(bench.classes().len(), files + 1);
    assert!(names(&bench.incoming()).is_empty());
}

#[test]
fn a_directory_that_is_missing_a_link_or_open_to_all_stops_the_run_before_anything_moves() {
    let bench = Bench::new();
    bench.drop_file("e.json", &envelope());
    fs::set_permissions(bench.incoming(), Permissions::from_mode(0o777)).unwrap();
    assert_eq!(refused(&bench).code(), "ingest_directory_unsafe");
    fs::set_permissions(bench.incoming(), Permissions::from_mode(0o750)).unwrap();
    for name in ["work", "accepted", "rejected"] {
        let elsewhere = bench.root.path().join("elsewhere");
        fs::create_dir_all(&elsewhere).unwrap();
        // An earlier round may have made it.
        let _ = fs::remove_dir(bench.dir().join(name));
        symlink(&elsewhere, bench.dir().join(name)).unwrap();
        assert_eq!(refused(&bench).code(), "ingest_directory_unsafe", "{name}");
        assert!(names(&elsewhere).is_empty());
        fs::remove_file(bench.dir().join(name)).unwrap();
        fs::write(bench.dir().join(name), b"").unwrap();
        assert_eq!(refused(&bench).code(), "ingest_directory_unsafe", "{name}");
        fs::remove_file(bench.dir().join(name)).unwrap();
    }
    assert_eq!(names(&bench.incoming()), ["e.json"]);
    let real = bench.root.path().join("real");
    fs::rename(bench.incoming(), &real).unwrap();
    assert_eq!(refused(&bench).code(), "ingest_directory_missing");
    symlink(&real, bench.incoming()).unwrap();
    assert_eq!(refused(&bench).code(), "ingest_directory_unsafe");
    assert_eq!(bench.classes(), Vec::<String>::new());
    assert_eq!(names(&real), ["e.json"]);
}

#[test]
fn the_lock_is_its_owners_to_read_and_write_and_nobody_elses_so_that_no_other_user_can_hold_up_a_run() {
    let bench = Bench::new();
    let _ = bench.run();
    let mode = fs::metadata(bench.dir().join("lock")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
}

#[test]
fn two_runs_at_once_are_one_run_and_a_refusal() {
    let bench = Bench::new();
    let _ = bench.run();
    let lock = File::open(bench.dir().join("lock")).unwrap();
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).unwrap();
    bench.drop_file("e.json", &envelope());
    assert_eq!(refused(&bench).code(), "ingest_locked");
    drop(lock);
    assert_eq!(bench.run().count(FileResult::Accepted), 1);
}
