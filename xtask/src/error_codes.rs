//! `docs/error-codes.md`, generated from the registry in `ztp-core`.

use std::fmt::Write as _;

use ztp_core::code::{Entry, REGISTRY};

use crate::Findings;
use crate::repository::{Failure, Repository};

const PAGE: &str = "docs/error-codes.md";

const OPENING: &str = "# Error codes

This page is generated from `ztp-core/src/code/rows` by `cargo run -p xtask -- error-codes`; do not edit it.

Every failure and every negative verdict has one code: a name, the same in Rust, C, Go, Node and on the command line, and a number,
which is the status that the C functions return. 0 is success. Names and numbers are never reused.

A failure document is canonical JSON: `{\"code\":NAME,\"message\":TEXT,\"offset\":BYTE,\"schema\":\"ztp.error/1\"}`, where `offset` is there
only if one byte of the input is to blame. A negative verdict carries its own document instead, with its own `schema`.
";

/// Writes the page.
pub(crate) fn write(repository: &Repository) -> Result<(), Failure> {
    let page = render(REGISTRY);
    std::fs::write(repository.path(PAGE), page).map_err(|e| Failure::new(format!("cannot write {PAGE}: {e}")))
}

/// Finds whether the page is what the registry says.
pub(crate) fn check(repository: &Repository) -> Result<Findings, Failure> {
    let expected = render(REGISTRY);
    let found = repository.read(PAGE).unwrap_or_default();
    if found == expected {
        return Ok(Vec::new());
    }
    let line = expected.lines().zip(found.lines()).take_while(|(a, b)| a == b).count() + 1;
    Ok(vec![format!("{PAGE}:{line}: not what the registry says: run `cargo run -p xtask -- error-codes`")])
}

fn render(registry: &[Entry]) -> String {
    let mut page = String::from(OPENING);
    let mut area = None;
    for entry in registry {
        if area != Some(entry.area) {
            area = Some(entry.area);
            let (first, last) = entry.area.range();
            let _ = write!(
                page,
                "\n## {} ({first} to {last})\n\n| status | code | what was found | what to do |\n|---|---|---|---|\n",
                entry.area.as_str()
            );
        }
        let _ = writeln!(
            page,
            "| {} | `{}` | {} | {} |",
            entry.number,
            entry.name,
            cell(entry.meaning),
            cell(entry.action)
        );
    }
    page
}

/// Text that does not end a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_names_every_registered_code_once_and_in_order() {
        let page = render(REGISTRY);
        let mut rest = page.as_str();
        for entry in REGISTRY {
            let row = format!("| {} | `{}` |", entry.number, entry.name);
            let (_, after) =
                rest.split_once(&row).unwrap_or_else(|| panic!("{row} is not there, or out of order"));
            assert!(!after.contains(&row), "{row} stands twice");
            rest = after;
        }
    }

    #[test]
    fn pipe_in_a_text_does_not_end_its_cell() {
        assert_eq!(cell("a|b"), "a\\|b");
    }
}
