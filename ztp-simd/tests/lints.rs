//! The lint tables of this crate are those of the workspace, except that unsafe code is denied and not forbidden.

use std::fs;
use std::path::Path;

/// The lines of a table of a manifest, sorted.
fn table<'a>(manifest: &'a str, name: &str) -> Vec<&'a str> {
    let header = format!("[{name}]");
    let mut lines: Vec<_> = manifest
        .lines()
        .skip_while(|line| *line != header)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    lines.sort_unstable();
    assert!(!lines.is_empty(), "{header} is missing");
    lines
}

#[test]
fn lints_are_those_of_the_workspace_except_for_unsafe_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Ok(workspace) = fs::read_to_string(folder.join("../Cargo.toml")) else {
        println!("skipped: this is the crate without its workspace");
        return;
    };
    let own = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let expected = table(&workspace, "workspace.lints.rust").join("\n");
    let expected = expected.replace("unsafe_code = \"forbid\"", "unsafe_code = \"deny\"");
    assert_eq!(table(&own, "lints.rust").join("\n"), expected);
    assert_eq!(table(&own, "lints.clippy"), table(&workspace, "workspace.lints.clippy"));
}
