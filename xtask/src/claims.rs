//! SECURITY.md names the test behind each claim; this holds it to that.
//!
//! In its text a test is named in backticks, as `path/of/file.rs` or by its function's name. A name of six words or more is taken
//! for a test's: those names are claims.

use crate::Findings;
use crate::repository::{Failure, Repository};

const PAGE: &str = "SECURITY.md";

/// Heading of the table in which each row needs evidence.
const CLAIMS: &str = "## Claims";

/// Words that a name in the page has at least if it is a test's.
const WORDS_MIN: usize = 6;

/// Every test and file in SECURITY.md that is not there, and every claim that names neither.
pub(crate) fn run(repository: &Repository) -> Result<Findings, Failure> {
    let page = repository.read(PAGE)?;
    let paths = repository.files("", |_| true)?;
    let mut tests = String::new();
    for path in paths.iter().filter(|path| path.ends_with(".rs")) {
        tests.push_str(&repository.read(path)?);
    }
    Ok(look(&page, &paths, &tests))
}

fn look(page: &str, paths: &[String], tests: &str) -> Findings {
    let mut findings = Vec::new();
    let mut in_claims = false;
    for (number, line) in page.lines().enumerate() {
        let place = format!("{PAGE}:{}", number + 1);
        for code in backticked(line) {
            if is_path(code) && !paths.iter().any(|path| matches(path, code)) {
                findings.push(format!("{place}: there is no {code}"));
            }
            if is_test(code) && !tests.contains(&format!("fn {code}(")) {
                findings.push(format!("{place}: there is no test {code}"));
            }
        }
        if line.starts_with("## ") {
            in_claims = line == CLAIMS;
        }
        let row: Vec<&str> = line.split(" | ").collect();
        let header = number < 1 || line.starts_with("|---") || line.starts_with("| claim");
        if let (true, false, Some(evidence)) = (in_claims && line.starts_with('|'), header, row.get(1))
            && backticked(evidence).next().is_none()
            && !evidence.contains("fuzz")
        {
            findings.push(format!("{place}: the claim names no test"));
        }
    }
    findings
}

/// What stands between backticks.
fn backticked(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// Whether it is the path of a file or folder of this repository; a star stands for any text.
fn is_path(code: &str) -> bool {
    code.contains('/') && !code.contains(' ') && !code.starts_with('-')
}

fn is_test(code: &str) -> bool {
    let words = code.split('_').collect::<Vec<_>>();
    words.len() >= WORDS_MIN
        && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn matches(path: &str, wanted: &str) -> bool {
    match wanted.split_once('*') {
        Some((start, end)) => path.starts_with(start) && path.ends_with(end),
        None => {
            path == wanted
                || wanted.strip_suffix('/').is_some_and(|folder| path.starts_with(&format!("{folder}/")))
                || path.starts_with(&format!("{wanted}/"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TESTS: &str = "fn a_test_that_says_what_it_shows() {}";

    fn page(row: &str) -> String {
        format!("# Title\n\n{CLAIMS}\n\n| claim | shown by | does not cover |\n|---|---|---|\n{row}\n")
    }

    fn found(row: &str) -> Findings {
        look(&page(row), &["a/tests/b.rs".to_owned(), "fuzz/x.rs".to_owned()], TESTS)
    }

    #[test]
    fn a_claim_with_its_file_and_test_has_no_finding() {
        assert_eq!(found("| c | `a/tests/b.rs`: `a_test_that_says_what_it_shows` | |"), Vec::<String>::new());
        assert_eq!(found("| c | `a/tests/*.rs` and `fuzz/` | |"), Vec::<String>::new());
    }

    #[test]
    fn a_missing_test_a_missing_file_and_a_bare_claim_are_found_at_their_line() {
        assert_eq!(
            found("| c | `a_test_that_nobody_wrote_so_far` | |"),
            ["SECURITY.md:7: there is no test a_test_that_nobody_wrote_so_far"]
        );
        assert_eq!(found("| c | `a/tests/c.rs` | |"), ["SECURITY.md:7: there is no a/tests/c.rs"]);
        assert_eq!(found("| c | trust me | |"), ["SECURITY.md:7: the claim names no test"]);
    }

    #[test]
    fn a_test_that_is_only_the_beginning_of_another_name_does_not_count() {
        assert_eq!(found("| c | `a_test_that_says_what_it` | |").len(), 1);
    }
}
