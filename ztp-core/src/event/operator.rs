//! The payloads of `operator.action`, `operator.login` and `operator.login-refused`: who did what.

use super::payload::{PayloadError, put, text};
use crate::canonical::Value;
use crate::schema::Fields;

/// The payload of `operator.action`, `operator.login` and `operator.login-refused`.
///
/// `action` is the verb that allow-lists name: `vault.spend`, `kubectl.exec`. For a sign-in it is left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OperatorEvent {
    /// The verb; none for a sign-in.
    pub action: Option<String>,
    /// The command or reason in words.
    pub detail: Option<String>,
    /// Where the operator came from.
    pub from: Option<String>,
    /// Who acted.
    pub operator: String,
    /// `done`, `refused` or `failed`, as the command says it.
    pub result: Option<String>,
    /// The session that it belongs to.
    pub session: Option<String>,
    /// Whether a second factor was shown.
    pub second_factor: Option<bool>,
    /// What was acted on.
    pub target: Option<String>,
}

impl OperatorEvent {
    /// Reads a payload.
    ///
    /// # Errors
    /// [`PayloadError`] at the first member that the class does not allow.
    pub fn read(payload: &Value) -> Result<Self, PayloadError> {
        let mut f = Fields::open(payload, "payload")?;
        let second_factor = match f.optional("second_factor")? {
            None | Some(Value::Null) => None,
            Some(_) => Some(f.boolean("second_factor")?),
        };
        let read = Self {
            action: text(&mut f, "action")?,
            detail: text(&mut f, "detail")?,
            from: text(&mut f, "from")?,
            operator: f.string("operator")?.to_owned(),
            result: text(&mut f, "result")?,
            session: text(&mut f, "session")?,
            second_factor,
            target: text(&mut f, "target")?,
        };
        f.finish()?;
        Ok(read)
    }

    /// The payload.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut members = vec![("operator", Value::from(self.operator.as_str()))];
        put(&mut members, "action", self.action.as_deref());
        put(&mut members, "detail", self.detail.as_deref());
        put(&mut members, "from", self.from.as_deref());
        put(&mut members, "result", self.result.as_deref());
        put(&mut members, "session", self.session.as_deref());
        put(&mut members, "second_factor", self.second_factor);
        put(&mut members, "target", self.target.as_deref());
        Value::object(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_reads_back() {
        let event = OperatorEvent {
            action: Some("vault.spend".into()),
            operator: "op-01".into(),
            second_factor: Some(false),
            ..OperatorEvent::default()
        };
        assert_eq!(OperatorEvent::read(&event.to_value()), Ok(event));
    }

    #[test]
    fn a_payload_without_its_operator_or_with_an_unknown_member_is_refused() {
        let nobody = Value::object([("action", "x")]);
        assert!(OperatorEvent::read(&nobody).is_err());
        let unknown = Value::object([("operator", "x"), ("command", "y")]);
        assert_eq!(crate::Coded::code(&OperatorEvent::read(&unknown).unwrap_err()), "schema_unknown_member");
    }
}
