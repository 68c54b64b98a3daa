//! The generated files that are checked in are what the registry of codes and this crate's source give.

#![allow(clippy::panic, reason = "a test fails by panicking")]

#[path = "../generate/mod.rs"]
#[allow(missing_docs, clippy::expect_used, reason = "shared with the example that writes the files")]
mod generate;

#[test]
fn generated_files_are_current() {
    for file in generate::files() {
        let found = std::fs::read_to_string(&file.path).unwrap_or_default();
        let expected = (file.content)();
        let differs = found.lines().zip(expected.lines()).position(|(found, expected)| found != expected);
        let shorter = found.lines().count().min(expected.lines().count());
        if found != expected {
            panic!(
                "{} is not current from line {}; run `cargo run -p ztp-c --example generate`",
                file.path.display(),
                differs.unwrap_or(shorter) + 1
            );
        }
    }
}
