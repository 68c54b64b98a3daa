//! The lines that go to a surface and come back from it.

use std::path::Path;

use base64ct::{Base64, Encoding as _};

use crate::{Case, VectorError};

/// The line a surface is given for a case: id, operation and each argument in base64, separated by tabs.
///
/// # Errors
/// [`VectorError::Malformed`] if an argument cannot be spelled out; cases that were loaded never fail.
pub fn flat_line(case: &Case) -> Result<String, VectorError> {
    let mut line = format!("{}\t{}", case.id, case.op);
    for argument in &case.args {
        let bytes = argument
            .bytes()
            .map_err(|reason| VectorError::Malformed { path: case.id.clone().into(), reason })?;
        line.push('\t');
        line.push_str(&Base64::encode_string(&bytes));
    }
    Ok(line)
}

/// What a surface answered to one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The case.
    pub id: String,
    /// `ok` or the name of a code.
    pub status: String,
    /// Lower-case hexadecimal SHA-256 of the document.
    pub digest: String,
}

impl Answer {
    /// The answer that a case expects.
    #[must_use]
    pub fn expected(case: &Case) -> Self {
        Self { id: case.id.clone(), status: case.status.clone(), digest: case.document.digest() }
    }

    /// The line `id TAB status TAB digest`.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{}\t{}\t{}", self.id, self.status, self.digest)
    }
}

/// Reads a surface's answers back from its lines.
///
/// # Errors
/// [`VectorError::Unreadable`], or [`VectorError::AnswerLine`] for the first line that is none.
pub fn answers(path: &Path) -> Result<Vec<Answer>, VectorError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| VectorError::Unreadable { path: path.to_owned(), source })?;
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut fields = line.split('\t').map(str::to_owned);
        match (fields.next(), fields.next(), fields.next(), fields.next()) {
            (Some(id), Some(status), Some(digest), None) => found.push(Answer { id, status, digest }),
            _ => return Err(VectorError::AnswerLine { path: path.to_owned(), line: number + 1 }),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Argument, Document};

    fn case() -> Case {
        Case {
            id: "a/b".to_owned(),
            why: "w".to_owned(),
            op: "op".to_owned(),
            args: vec![Argument::Text("\0\t\n".to_owned()), Argument::Text(String::new()), Argument::Int(5)],
            status: "ok".to_owned(),
            document: Document::Text(String::new()),
        }
    }

    #[test]
    fn line_keeps_empty_arguments_and_control_characters_apart() {
        assert_eq!(flat_line(&case()).unwrap(), "a/b\top\tAAkK\t\tNQ==");
    }

    #[test]
    fn answers_read_back_as_written_and_other_lines_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        let expected = Answer::expected(&case());
        std::fs::write(&path, expected.line() + "\n").unwrap();
        assert_eq!(answers(&path).unwrap(), [expected]);
        std::fs::write(&path, "a\tok\tx\nb\tok\n").unwrap();
        assert!(matches!(answers(&path), Err(VectorError::AnswerLine { line: 2, .. })));
    }
}
