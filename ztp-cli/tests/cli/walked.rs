//! What `ztp dlp scan` meets on its walk besides files: links, empty directories, what is no file.

use std::fs;
use std::os::unix::fs::symlink;

use super::dlp::fresh_key;
use crate::support::{arg, scratch, ztp};

#[test]
fn names_of_links_and_empty_directories_and_where_links_lead_are_looked_at() {
    let (_dir, key) = fresh_key();
    let secret: String = key.lines().filter(|line| !line.starts_with('-')).collect();
    let name = secret.replace('/', "_");
    for (kind, make) in [
        ("a link's name", (|dir, name| symlink("x", dir.join(name)).unwrap()) as fn(&std::path::Path, &str)),
        ("where a link leads", |dir, name| symlink(name, dir.join("link")).unwrap()),
        ("an empty directory", |dir, name| fs::create_dir(dir.join(name)).unwrap()),
    ] {
        let at = scratch();
        fs::write(at.path().join("x"), "nothing").unwrap();
        ztp(["dlp", "scan", arg(at.path())]).exits(0);
        make(at.path(), &name);
        let run = ztp(["dlp", "scan", "--json", arg(at.path())]).exits(1);
        assert_eq!(run.string(&["findings", "0", "rule"]), "pem-material", "{kind}");
        assert!(!run.text().contains(&name), "{kind}: a finding repeats no secret");
    }
}

#[test]
fn links_are_not_followed_and_what_is_no_file_is_named() {
    let (dir, key) = fresh_key();
    let outside = scratch();
    fs::write(outside.path().join("key"), &key).unwrap();
    symlink(outside.path().join("key"), dir.path().join("link")).unwrap();
    symlink(outside.path(), dir.path().join("directory")).unwrap();
    let run = ztp(["dlp", "scan", "--json", arg(dir.path())]).exits(3);
    assert_eq!((run.integer(&["links_not_followed"]), run.integer(&["files"])), (2, 0));
    assert_eq!(run.integer(&["unchecked_count"]), 2, "both lead out of what is scanned");
    let inside = scratch();
    fs::write(inside.path().join("file"), "nothing").unwrap();
    symlink("file", inside.path().join("link")).unwrap();
    symlink("nowhere", inside.path().join("dangling")).unwrap();
    let run = ztp(["dlp", "scan", "--json", arg(inside.path())]).exits(0);
    assert_eq!((run.integer(&["links_not_followed"]), run.integer(&["files"])), (2, 1));
    let run = ztp(["dlp", "scan", "--json", arg(&dir.path().join("link"))]).exits(3);
    assert_eq!(run.string(&["unchecked", "0", "reason"]), "it is a link: give the path it leads to");
    let run = ztp(["dlp", "scan", "--json", "/dev/null"]).exits(3);
    assert_eq!(run.string(&["verdict"]), "incomplete");
    let run = ztp(["dlp", "scan", "--json", arg(&dir.path().join("missing"))]).exits(3);
    assert_eq!(run.integer(&["unchecked_count"]), 1);
}
