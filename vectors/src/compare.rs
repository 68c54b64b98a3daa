//! Comparing what surfaces answered.

use sha2::{Digest as _, Sha256};

use crate::Answer;

/// A surface that gives every expected answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Cases answered.
    pub cases: usize,
    /// Lower-case hexadecimal SHA-256 of all its lines, each ended by a line feed: two surfaces agree exactly when these do.
    pub digest: String,
}

/// The first case in which a surface differs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Difference {
    /// It answered something else.
    #[error("{}: expected {} {}, found {} {}", expected.id, expected.status, expected.digest, found.status, found.digest)]
    Other {
        /// What the vector expects.
        expected: Box<Answer>,
        /// What the surface answered.
        found: Box<Answer>,
    },
    /// It did not answer this case, or not in its place.
    #[error("{id}: no answer in its place")]
    Missing {
        /// The case.
        id: String,
    },
    /// It answered a case that was not asked.
    #[error("{id}: an answer to a case that was not asked, or was answered before")]
    Unasked {
        /// The case.
        id: String,
    },
}

/// Compares a surface's answers with the expected ones, case by case and in order.
///
/// # Errors
/// The first [`Difference`].
pub fn compare(expected: &[Answer], found: &[Answer]) -> Result<Agreement, Difference> {
    let mut answers = found.iter();
    let mut digest = Sha256::new();
    for expected in expected {
        let found = answers.next().filter(|found| found.id == expected.id);
        match found {
            None => return Err(Difference::Missing { id: expected.id.clone() }),
            Some(found) if found != expected => {
                return Err(Difference::Other {
                    expected: expected.clone().into(),
                    found: found.clone().into(),
                });
            }
            Some(found) => digest.update(found.line() + "\n"),
        }
    }
    match answers.next() {
        Some(answer) => Err(Difference::Unasked { id: answer.id.clone() }),
        None => Ok(Agreement { cases: expected.len(), digest: crate::hex::hex(&digest.finalize()) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(id: &str, status: &str) -> Answer {
        Answer { id: id.to_owned(), status: status.to_owned(), digest: "0".repeat(64) }
    }

    #[test]
    fn equal_answers_agree_on_one_digest_and_any_other_answer_does_not() {
        let expected = [answer("a", "ok"), answer("b", "broken")];
        let agreed = compare(&expected, &expected.clone()).unwrap();
        assert_eq!(agreed.cases, 2);
        let lines = format!("{}\n{}\n", expected[0].line(), expected[1].line());
        assert_eq!(agreed.digest, crate::case::sha256_hex(lines.as_bytes()));

        let other = [answer("a", "ok"), answer("b", "ok")];
        assert_eq!(
            compare(&expected, &other),
            Err(Difference::Other { expected: expected[1].clone().into(), found: other[1].clone().into() })
        );
    }

    #[test]
    fn a_case_left_out_answered_twice_or_out_of_place_is_found() {
        let expected = [answer("a", "ok"), answer("b", "ok")];
        let missing = |id: &str| Err(Difference::Missing { id: id.to_owned() });
        assert_eq!(compare(&expected, &expected[..1]), missing("b"));
        assert_eq!(compare(&expected, &expected[1..]), missing("a"));
        assert_eq!(compare(&expected, &[]), missing("a"));
        let twice = [answer("a", "ok"), answer("b", "ok"), answer("b", "ok")];
        assert_eq!(compare(&expected, &twice), Err(Difference::Unasked { id: "b".to_owned() }));
    }
}
