//! What a reader trips over: long files, marks of unfinished work, paths of one machine, white space at line ends.

use crate::Findings;
use crate::repository::{Failure, Repository};

/// Lines of a source file at most; one subject fits.
const LINES_MAX: usize = 500;

/// Files that are read by people.
const TEXT: &[&str] =
    &[".rs", ".go", ".c", ".h", ".mjs", ".cjs", ".py", ".sh", ".md", ".toml", ".yml", ".yaml"];

/// Source whose length is bounded; headers and pages that a program writes are not.
const BOUNDED: &[&str] = &[".rs", ".go", ".c", ".mjs", ".cjs", ".py", ".sh"];

/// Marks of unfinished work, spelled in two halves so that this file does not find itself.
const MARKS: &[[&str; 2]] = &[["TO", "DO"], ["FIX", "ME"], ["XX", "X"], ["HA", "CK"]];

/// Paths that exist on one machine only.
const MACHINE_PATHS: &[[&str; 2]] = &[["/wo", "rk/"], ["/ro", "ot/"], ["/ho", "me/"]];

/// All of it, in every text file.
pub(crate) fn run(repository: &Repository) -> Result<Findings, Failure> {
    let mut findings = Vec::new();
    for path in repository.files("", |path| TEXT.iter().any(|ending| path.ends_with(ending)))? {
        let text = repository.read(&path)?;
        findings.extend(look(&path, &text));
    }
    Ok(findings)
}

fn look(path: &str, text: &str) -> Findings {
    let mut findings = Vec::new();
    let lines = text.lines().count();
    let generated = text.lines().take(5).any(|line| line.to_ascii_lowercase().contains("do not edit"));
    if lines > LINES_MAX && !generated && BOUNDED.iter().any(|ending| path.ends_with(ending)) {
        findings.push(format!("{path}:{LINES_MAX}: {lines} lines: split it by subject"));
    }
    for (number, line) in text.lines().enumerate() {
        let place = format!("{path}:{}", number + 1);
        if let Some(mark) = MARKS.iter().map(|m| m.concat()).find(|mark| has_word(line, mark)) {
            findings.push(format!("{place}: {mark}: finish it, or say what is missing in words"));
        }
        if MACHINE_PATHS.iter().any(|p| line.contains(&p.concat())) {
            findings.push(format!("{place}: a path of one machine"));
        }
        if line.ends_with([' ', '\t']) {
            findings.push(format!("{place}: white space at the end of the line"));
        }
    }
    if !text.is_empty() && !text.ends_with('\n') {
        findings.push(format!("{path}:{lines}: no line feed at the end"));
    }
    findings
}

/// Whether `word` stands in the line, not as part of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        ![before, after].iter().flatten().any(|c| c.is_alphanumeric() || *c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_untidiness_is_found_at_its_line() {
        let text = format!(
            "a\n// {}: later\nb \nlet p = \"{}x\";\nend",
            MARKS[0].concat(),
            MACHINE_PATHS[0].concat()
        );
        let places: Vec<String> =
            look("f.rs", &text).iter().map(|f| f.split(": ").next().unwrap_or("").to_owned()).collect();
        assert_eq!(places, ["f.rs:2", "f.rs:3", "f.rs:4", "f.rs:5"]);
    }

    #[test]
    fn file_of_the_greatest_length_passes_and_one_line_more_does_not() {
        assert_eq!(look("f.rs", &"x\n".repeat(LINES_MAX)).len(), 0);
        assert_eq!(look("f.rs", &"x\n".repeat(LINES_MAX + 1)).len(), 1);
        assert_eq!(look("f.md", &"x\n".repeat(LINES_MAX + 1)).len(), 0);
        let generated = "// Generated; do not edit.\n".to_owned() + &"x\n".repeat(LINES_MAX);
        assert_eq!(look("f.rs", &generated).len(), 0);
    }

    #[test]
    fn a_mark_inside_a_longer_word_is_not_one() {
        assert!(!has_word("AUTODOCUMENT", &MARKS[0].concat()));
        assert!(has_word(&format!("({})", MARKS[0].concat()), &MARKS[0].concat()));
    }
}
