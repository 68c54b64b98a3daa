//! `incoming/`, `accepted/` and `rejected/` on file systems of their own, as volumes of a container are.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::Path;
use std::process::Command;

use ztp_licence::ingest::{FileResult, Uninterrupted};

use crate::bench::{Bench, names};
use crate::support::{envelope, now, trust};

#[test]
fn files_are_copied_compared_and_only_then_removed_where_they_cannot_be_renamed() {
    let bench = Bench::new();
    bench.across.set(true);
    bench.drop_file("good.json", &envelope());
    bench.drop_file("bad.json", b"{}");
    symlink("/etc/passwd", bench.incoming().join("link")).unwrap();
    // What a run that was killed left half copied.
    fs::create_dir_all(bench.dir().join("work")).unwrap();
    fs::write(bench.dir().join("work/.good.json.copying"), b"{\"pay").unwrap();
    let report = bench.run();
    assert_eq!((report.count(FileResult::Accepted), report.count(FileResult::Refused)), (1, 2));
    assert!(names(&bench.incoming()).is_empty() && names(&bench.dir().join("work")).is_empty());
    let kept = report.files.iter().find(|file| file.result == FileResult::Accepted).unwrap();
    assert_eq!(fs::read(bench.dir().join(kept.kept_as.as_ref().unwrap())).unwrap(), envelope());
    assert!(fs::symlink_metadata(bench.dir().join("rejected/link")).unwrap().is_symlink());
    let left = |folder: &str| names(&bench.dir().join(folder)).iter().any(|name| name.ends_with(".copying"));
    assert!(!left("accepted") && !left("rejected"));
    bench.assert_log_holds();
}

#[test]
fn what_cannot_be_copied_is_stuck_by_name_and_the_run_says_so() {
    let bench = Bench::new();
    bench.across.set(true);
    fs::create_dir_all(bench.incoming().join("folder/inside")).unwrap();
    fs::File::create(bench.incoming().join("huge")).unwrap().set_len(1 << 40).unwrap();
    bench.drop_file("good.json", &envelope());
    let report = bench.run();
    assert_eq!((report.count(FileResult::Accepted), report.count(FileResult::Stuck)), (1, 2));
    assert_eq!(report.code(), Some("ingest_stuck"));
    let stuck = report.files.iter().find(|file| file.result == FileResult::Stuck).unwrap();
    assert!(stuck.message.as_ref().unwrap().contains("another file system"), "{:?}", stuck.message);
    assert!(bench.incoming().join("folder/inside").is_dir(), "left where it is");
}

const CHILD: &str = "ZTP_TEST_MOUNTS_CHILD";

/// Runs with mounts of its own. Only as a child.
#[test]
fn child_mounts() {
    let Ok(root) = std::env::var(CHILD) else { return };
    let root = Path::new(&root);
    let devices: Vec<u64> = ["incoming", "work", "rejected"]
        .iter()
        .map(|name| fs::metadata(root.join("license").join(name)).unwrap().dev())
        .collect();
    assert!(devices[0] != devices[1] && devices[1] != devices[2], "the mounts are not there: {devices:?}");
    fs::write(root.join("license/incoming/good.json"), envelope()).unwrap();
    fs::write(root.join("license/incoming/bad.json"), b"{}").unwrap();
    let log = root.join("log");
    let mut writer =
        ztp_audit::store::Writer::open(&log, now(), Box::new(crate::bench::TestHost::new())).unwrap();
    let source = ztp_audit::source::DirSource::new(&log);
    let ingest =
        ztp_licence::ingest::Ingest::new(&mut writer, &source, &trust(), crate::support::BENCH).unwrap();
    let report = ingest.after_quiet_ms(0).run(&root.join("license"), now(), &mut Uninterrupted).unwrap();
    assert_eq!((report.count(FileResult::Accepted), report.count(FileResult::Refused)), (1, 1));
    assert!(names(&root.join("license/incoming")).is_empty() && names(&root.join("license/work")).is_empty());
    assert_eq!(names(&root.join("license/accepted")).len(), 2);
    assert_eq!(names(&root.join("license/rejected")).len(), 2);
    println!("taken in across mounts");
}

#[test]
fn directories_on_real_mounts_of_their_own_are_taken_from_and_filled() {
    let bench = Bench::new();
    for name in ["work", "accepted", "rejected"] {
        fs::create_dir_all(bench.dir().join(name)).unwrap();
    }
    let exe = std::env::current_exe().unwrap();
    let script = "for name in incoming accepted rejected; do mount -t tmpfs -o mode=0750 tmpfs \"$1/license/$name\" || exit 77; done; \
                  exec \"$2\" mounts::child_mounts --exact --nocapture";
    let run = Command::new("unshare")
        .args(["-Urm", "sh", "-c", script, "sh"])
        .arg(bench.root.path())
        .arg(exe)
        .env(CHILD, bench.root.path())
        .output();
    let Ok(output) = run else {
        println!("SKIPPED: there is no unshare; nothing was tried on a real mount");
        return;
    };
    let words =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(77)
        || words.contains("unshare failed")
        || words.contains("Operation not permitted")
    {
        println!("SKIPPED: this user may not mount; nothing was tried on a real mount ({words})");
        return;
    }
    assert!(output.status.success() && words.contains("taken in across mounts"), "{words}");
}
