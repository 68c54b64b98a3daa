//! Unsafe code lives in two places, each small enough to read: the C boundary and the vector kernels.

use crate::Findings;
use crate::repository::{Failure, Repository};

/// Where unsafe code may stand.
const ALLOWED: &[&str] = &["bindings/c/", "ztp-simd/"];

/// Library crates must forbid it in the compiler's own words, not only here.
const FORBIDDING: &[&str] =
    &["ztp-core", "ztp-audit", "ztp-licence", "bindings/facade", "ztp-cli", "vectors", "xtask"];

/// Every use of unsafe code outside the allowed places, and every crate that does not inherit `unsafe_code = "forbid"`.
pub(crate) fn run(repository: &Repository) -> Result<Findings, Failure> {
    let mut findings = Vec::new();
    let sources =
        repository.files("", |path| path.ends_with(".rs") && !ALLOWED.iter().any(|a| path.starts_with(a)))?;
    for path in sources {
        let text = repository.read(&path)?;
        let lines = text.lines().enumerate().filter(|(_, line)| uses_unsafe(line));
        findings.extend(
            lines.map(|(n, _)| format!("{path}:{}: unsafe code outside {}", n + 1, ALLOWED.join(" and "))),
        );
    }
    let workspace = repository.read("Cargo.toml")?;
    if !workspace.contains("unsafe_code = \"forbid\"") {
        findings.push("Cargo.toml:1: the workspace lints do not say unsafe_code = \"forbid\"".to_owned());
    }
    for folder in FORBIDDING {
        let manifest = format!("{folder}/Cargo.toml");
        if !repository.read(&manifest)?.contains("[lints]\nworkspace = true") {
            findings.push(format!("{manifest}:1: does not inherit the workspace lints"));
        }
    }
    Ok(findings)
}

/// Whether a line of Rust opens unsafe code or lifts the lint against it. Comments do not count.
fn uses_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    let mut rest = code;
    while let Some(at) = rest.find("unsafe") {
        let before = rest.get(..at).and_then(|text| text.chars().next_back());
        let after = rest.get(at + "unsafe".len()..).unwrap_or_default();
        let word_starts = !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '"');
        let opens = ["{", "fn ", "impl ", "extern ", "trait ", "("]
            .iter()
            .any(|what| after.trim_start().starts_with(what));
        if word_starts && opens {
            return true;
        }
        rest = after;
    }
    // In two halves, so that this file does not find itself.
    code.contains(&["allow(un", "safe_code"].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_unsafe_code_is_seen() {
        let forms = [
            ["un", "safe { read() }"],
            ["pub un", "safe fn f() {}"],
            ["un", "safe impl Send for T {}"],
            ["#[un", "safe(no_mangle)]"],
            ["un", "safe extern \"C\" {}"],
            ["#![allow(un", "safe_code)]"],
        ];
        for form in forms {
            assert!(uses_unsafe(&form.concat()), "{form:?}");
        }
    }

    #[test]
    fn words_and_comments_about_it_are_not_seen() {
        for line in [
            "// an unsafe { block }",
            "unsafe_code = 1",
            "let text = \"unsafe (quoted)\";",
            "mod unsafe_code;",
        ] {
            assert!(!uses_unsafe(line), "{line}");
        }
    }
}
