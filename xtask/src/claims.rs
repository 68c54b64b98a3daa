//! SECURITY.md names the test behind each claim; this holds it to that.

use crate::Findings;
use crate::repository::{Failure, Repository};

const PAGE: &str = "SECURITY.md";

/// Every reference `path#test` in SECURITY.md whose file or test is not there, and the absence of any reference at all.
pub(crate) fn run(repository: &Repository) -> Result<Findings, Failure> {
    let page = repository.read(PAGE)?;
    let mut findings = Vec::new();
    let mut count = 0;
    for (number, line) in page.lines().enumerate() {
        for (path, test) in references(line) {
            count += 1;
            let place = format!("{PAGE}:{}", number + 1);
            match std::fs::read_to_string(repository.path(path)) {
                Err(e) => findings.push(format!("{place}: {path} cannot be read: {e}")),
                Ok(source) if !defines(path, &source, test) => {
                    findings.push(format!("{place}: there is no test {test} in {path}"));
                }
                Ok(_) => {}
            }
        }
    }
    if count == 0 {
        findings.push(format!("{PAGE}:1: names no test"));
    }
    Ok(findings)
}

/// The references of a line: text in backticks of the form `path.ext#test`.
fn references(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.split('`').skip(1).step_by(2).filter_map(|code| {
        let (path, test) = code.split_once('#')?;
        let known = [".rs", ".go", ".mjs", ".c", ".py", ".sh"].iter().any(|ending| path.ends_with(ending));
        (known && !test.is_empty()).then_some((path, test))
    })
}

/// Whether the source has a test of that name, in its language's way of naming one.
fn defines(path: &str, source: &str, test: &str) -> bool {
    let forms = match path.rsplit('.').next() {
        Some("rs") => vec![format!("fn {test}(")],
        Some("go") => vec![format!("func {test}(")],
        Some("mjs") => vec![format!("'{test}'"), format!("\"{test}\""), format!("`{test}`")],
        Some("py") => vec![format!("def {test}(")],
        Some("c") => vec![format!("{test}("), format!("\"{test}\"")],
        _ => vec![test.to_owned()],
    };
    forms.iter().any(|form| source.contains(form.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_from_backticks_only() {
        let line = "| claim | `a/b.rs#one`, `c.go#TestTwo` and c.rs#three, `not-a-reference` |";
        assert_eq!(references(line).collect::<Vec<_>>(), [("a/b.rs", "one"), ("c.go", "TestTwo")]);
    }

    #[test]
    fn a_test_that_is_only_the_beginning_of_another_name_does_not_count() {
        assert!(defines("a.rs", "fn one() {", "one"));
        assert!(!defines("a.rs", "fn one_more() {", "one"));
        assert!(defines("a.go", "func TestOne(t *testing.T) {", "TestOne"));
        assert!(!defines("a.mjs", "test('other', () => {", "one"));
    }
}
