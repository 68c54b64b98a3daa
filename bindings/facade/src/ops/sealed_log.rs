//! A sealed log that is read for an answer: by what its caller brings it is verified first, and its own verdict is carried in the answer and
//! weighs on its status. Exit 0 means that something outside the bench vouches for the log, unless the caller said that nothing need.

use ztp_audit::verdict::Verdict;
use ztp_core::canonical::Value;

/// The code of an answer over a log. A log that does not hold proves nothing, whatever was found over it: `not_intact`. Then what was found.
/// And what is clean over a log that nothing outside vouches for, or that rests on less than was asked for, has the verdict's code.
pub(crate) fn code<'c>(
    verdict: &Verdict,
    found: Option<&'c str>,
    not_intact: &'static str,
) -> Option<&'c str> {
    let own = verdict.status.code();
    if own.is_some() && !verdict.status.holds() { Some(not_intact) } else { found.or(own) }
}

/// Puts the log's own verdict into a document, in its member `sealed_log`, and gives the code of the answer. What is not to be called clean
/// over this log has the log's word in its member `status`, where it has one.
pub(crate) fn weigh<'c>(
    document: &mut Value,
    verdict: &Verdict,
    found: Option<&'c str>,
    not_intact: &'static str,
) -> Option<&'c str> {
    let code = code(verdict, found, not_intact);
    let Value::Object(members) = document else { return code };
    members.insert("sealed_log".to_owned(), verdict.summary());
    let word = if code == Some(not_intact) { "log_not_intact" } else { verdict.status.as_str() };
    if code.is_some()
        && code != found
        && let Some(status) = members.get_mut("status")
    {
        *status = word.into();
    }
    code
}
