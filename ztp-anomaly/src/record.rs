//! Records as the fold takes them.

use ztp_core::Coded;
use ztp_core::canonical::{self, Limits, Value};
use ztp_core::digest::{Digest, Hasher};
use ztp_core::event::PayloadError;
use ztp_core::event::admission::{AdmissionDecision, Decision, Mode, TIMING_MEMBERS, Tier};
use ztp_core::event::anomaly::ConfigChanged;
use ztp_core::event::operator::OperatorEvent;
use ztp_core::time::Timestamp;

use crate::order::hex_word;
use crate::scan::{Members, Plain};

/// A record of the sealed log, as the log's reader gives it. Whether the log is whole is not asked here.
#[derive(Debug, Clone, Copy)]
pub struct RawRecord<'a> {
    /// Its place in the log.
    pub seq: u64,
    /// Its hash, which the next record names.
    pub hash: Digest,
    /// When it happened, by the clock of whoever observed it.
    pub timestamp: Timestamp,
    /// Its event class.
    pub class: &'a str,
    /// Its payload, canonical JSON.
    pub payload: &'a [u8],
}

/// What the detectors read in a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission<'a> {
    /// What was answered.
    pub decision: Decision,
    /// The tier, if the object has one.
    pub tier: Option<Tier>,
    /// The review's uid.
    pub uid: &'a str,
    /// Who asked.
    pub user: &'a str,
    /// The object's namespace, empty for none.
    pub namespace: &'a str,
    /// The object's name, empty for none.
    pub name: &'a str,
    /// The object's kind, empty for none.
    pub kind: &'a str,
    /// `metadata.uid`, empty for none.
    pub object_uid: &'a str,
    /// `CREATE`, `UPDATE`, `DELETE`, `CONNECT`, or empty.
    pub operation: &'a str,
    /// The break-glass ticket, empty for none.
    pub ticket: &'a str,
    /// The first eight bytes of [`AdmissionDecision::digest`], which covers all that was decided and not when: a retry has the same, and
    /// one uid with anything else does not.
    pub content: u64,
}

/// Who did what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator<'a> {
    /// The operator.
    pub operator: &'a str,
    /// The verb; `login` or `login-refused` for a sign-in.
    pub action: &'a str,
    /// What was acted on, empty for none.
    pub target: &'a str,
}

/// What a record is to the detectors.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Input<'a> {
    /// A decision of the webhook.
    Admission(Admission<'a>),
    /// An action of an operator.
    Operator(Operator<'a>),
    /// A change of settings.
    Settings(Box<ConfigChanged>),
    /// A record of the log about itself, which attests its time.
    Log {
        /// The heartbeat that `log.opened` promises, milliseconds.
        heartbeat_ms: Option<i64>,
        /// The boot that `log.sealed` names.
        boot_id: Option<&'a str>,
        /// The monotonic clock that `log.sealed` names, milliseconds.
        monotonic_ms: Option<i64>,
    },
    /// Nothing that a detector reads; the detectors' own events among them.
    Other,
    /// A record of a class that detectors read, which could not be read.
    Unreadable {
        /// The code of the fault.
        code: &'static str,
    },
}

/// A payload that was read the long way, and owns what an [`Input`] borrows.
#[derive(Debug)]
pub(crate) enum Owned {
    Admission(Box<AdmissionDecision>),
    Operator(Box<OperatorEvent>, &'static str),
    Log { heartbeat_ms: Option<i64>, boot_id: Option<String>, monotonic_ms: Option<i64> },
    Settings(Box<ConfigChanged>),
    Unreadable(&'static str),
}

/// Reads a record the quick way; `None` if it has to be read the long way.
pub(crate) fn quick<'a>(class: &str, payload: &'a [u8]) -> Option<Input<'a>> {
    match class {
        "admission.decision" => admission(payload).map(Input::Admission),
        "operator.action" => operator(payload, "").map(Input::Operator),
        "operator.login" => operator(payload, "login").map(Input::Operator),
        "operator.login-refused" => operator(payload, "login-refused").map(Input::Operator),
        "anomaly.config-changed" | "log.opened" => None,
        "log.sealed" => sealed(payload),
        _ if class.starts_with("log.") => {
            Some(Input::Log { heartbeat_ms: None, boot_id: None, monotonic_ms: None })
        }
        _ => Some(Input::Other),
    }
}

/// Reads a record the long way. Only for classes for which [`quick`] can return `None`.
pub(crate) fn long(class: &str, payload: &[u8]) -> Owned {
    let value = match canonical::read(payload, &Limits::default()) {
        Ok(value) => value,
        Err(error) => return Owned::Unreadable(error.code()),
    };
    let read = match class {
        "admission.decision" => AdmissionDecision::read(&value).map(|read| Owned::Admission(Box::new(read))),
        "operator.login" => operator_event(&value, "login"),
        "operator.login-refused" => operator_event(&value, "login-refused"),
        "operator.action" => operator_event(&value, ""),
        "anomaly.config-changed" => ConfigChanged::read(&value).map(|read| Owned::Settings(Box::new(read))),
        _ => Ok(log_record(&value)),
    };
    read.unwrap_or_else(|error| Owned::Unreadable(error.code()))
}

fn operator_event(value: &Value, sign_in: &'static str) -> Result<Owned, PayloadError> {
    OperatorEvent::read(value).map(|read| Owned::Operator(Box::new(read), sign_in))
}

/// What a record of the log shows about time; its other members are the log's business.
fn log_record(value: &Value) -> Owned {
    let policy = value.get("seal_policy");
    Owned::Log {
        heartbeat_ms: policy.and_then(|policy| policy.get("heartbeat_ms")).and_then(Value::as_int),
        boot_id: value.get("boot_id").and_then(Value::as_str).map(str::to_owned),
        monotonic_ms: value.get("monotonic_ms").and_then(Value::as_int),
    }
}

impl Owned {
    pub(crate) fn input(&self) -> Input<'_> {
        match self {
            Self::Admission(read) => Input::Admission(Admission {
                decision: read.decision,
                tier: read.tier,
                uid: &read.uid,
                user: &read.user,
                namespace: read.namespace.as_deref().unwrap_or(""),
                name: read.name.as_deref().unwrap_or(""),
                kind: read.kind.as_deref().unwrap_or(""),
                object_uid: read.object_uid.as_deref().unwrap_or(""),
                operation: read.operation.as_deref().unwrap_or(""),
                ticket: read.ticket.as_deref().unwrap_or(""),
                content: read.digest().map_or(0, |digest| first_bytes(digest.as_bytes())),
            }),
            Self::Operator(read, sign_in) => Input::Operator(Operator {
                operator: &read.operator,
                action: if sign_in.is_empty() { read.action.as_deref().unwrap_or("") } else { sign_in },
                target: read.target.as_deref().unwrap_or(""),
            }),
            Self::Log { heartbeat_ms, boot_id, monotonic_ms } => Input::Log {
                heartbeat_ms: *heartbeat_ms,
                boot_id: boot_id.as_deref(),
                monotonic_ms: *monotonic_ms,
            },
            Self::Settings(change) => Input::Settings(change.clone()),
            Self::Unreadable(code) => Input::Unreadable { code },
        }
    }
}

fn admission(payload: &[u8]) -> Option<Admission<'_>> {
    let mut members = Members::open(payload)?;
    let (mut decision, mut mode, mut would_deny, mut uid, mut user) = (None, None, None, None, None);
    let mut read = Admission {
        decision: Decision::Allow,
        tier: None,
        uid: "",
        user: "",
        namespace: "",
        name: "",
        kind: "",
        object_uid: "",
        operation: "",
        ticket: "",
        content: 0,
    };
    let mut content = Content::default();
    loop {
        let from = members.rest();
        let Some((name, value)) = members.next()? else { break };
        if value != Plain::Null && !TIMING_MEMBERS.iter().any(|timing| timing.as_bytes() == name) {
            content.member(from, members.rest());
        }
        match (name, value) {
            (
                b"code" | b"kind" | b"name" | b"namespace" | b"object_uid" | b"operation" | b"ticket"
                | b"boot_id" | b"latency_us" | b"mono_ms" | b"wall_ms" | b"details" | b"object_digest"
                | b"policy_digest" | b"request_digest" | b"tier",
                Plain::Null,
            )
            | (b"code" | b"boot_id", Plain::Text(_))
            | (b"latency_us" | b"mono_ms" | b"wall_ms", Plain::Int(_))
            | (b"details", Plain::Object) => {}
            (b"decision", Plain::Text(text)) => decision = Some(Decision::from_text(text.text())?),
            (b"kind", Plain::Text(text)) => read.kind = text.text(),
            (b"mode", Plain::Text(text)) => mode = Some(Mode::from_text(text.text())?),
            (b"name", Plain::Text(text)) => read.name = text.text(),
            (b"namespace", Plain::Text(text)) => read.namespace = text.text(),
            (b"object_digest" | b"policy_digest" | b"request_digest", Plain::Text(text)) => {
                hex(text.bytes())?
            }
            (b"object_uid", Plain::Text(text)) => read.object_uid = text.text(),
            (b"operation", Plain::Text(text)) => read.operation = text.text(),
            (b"ticket", Plain::Text(text)) => read.ticket = text.text(),
            (b"tier", Plain::Text(text)) => read.tier = Some(Tier::from_text(text.text())?),
            (b"uid", Plain::Text(text)) => uid = Some(text.text()),
            (b"user", Plain::Text(text)) => user = Some(text.text()),
            (b"would_deny", Plain::Bool(value)) => would_deny = Some(value),
            _ => return None,
        }
    }
    mode?;
    would_deny?;
    read.decision = decision?;
    read.uid = uid.filter(|uid| !uid.is_empty())?;
    read.user = user?;
    read.content = content.finish();
    Some(read)
}

/// The canonical payload without timing and without what is null, as [`AdmissionDecision::digest`] hashes it, put together from the payload.
#[derive(Default)]
struct Content {
    hasher: Hasher,
    begun: bool,
}

impl Content {
    /// Adds the member that stands between two places of the payload.
    fn member(&mut self, from: &[u8], to: &[u8]) {
        let member = from.get(..from.len().saturating_sub(to.len())).unwrap_or_default();
        self.hasher.update(if self.begun { b"," } else { b"{" });
        self.hasher.update(member.strip_prefix(b",").unwrap_or(member));
        self.begun = true;
    }

    fn finish(mut self) -> u64 {
        self.hasher.update(b"}");
        first_bytes(self.hasher.finish().as_bytes())
    }
}

fn operator<'a>(payload: &'a [u8], sign_in: &'static str) -> Option<Operator<'a>> {
    let mut members = Members::open(payload)?;
    let (mut operator, mut action, mut target) = (None, "", "");
    while let Some((name, value)) = members.next()? {
        match (name, value) {
            (
                b"action" | b"detail" | b"from" | b"result" | b"session" | b"second_factor" | b"target",
                Plain::Null,
            )
            | (b"detail" | b"from" | b"result" | b"session", Plain::Text(_))
            | (b"second_factor", Plain::Bool(_)) => {}
            (b"action", Plain::Text(text)) => action = text.text(),
            (b"operator", Plain::Text(text)) => operator = Some(text.text()),
            (b"target", Plain::Text(text)) => target = text.text(),
            _ => return None,
        }
    }
    let action = if sign_in.is_empty() { action } else { sign_in };
    Some(Operator { operator: operator?, action, target })
}

fn sealed(payload: &[u8]) -> Option<Input<'_>> {
    let mut members = Members::open(payload)?;
    let (mut boot_id, mut monotonic_ms) = (None, None);
    while let Some((name, value)) = members.next()? {
        match (name, value) {
            (b"boot_id", Plain::Text(text)) => boot_id = Some(text.text()),
            (b"monotonic_ms", Plain::Int(value)) => monotonic_ms = Some(value),
            _ => {}
        }
    }
    Some(Input::Log { heartbeat_ms: None, boot_id, monotonic_ms })
}

/// 64 lower-case hexadecimal digits.
fn hex(text: &[u8]) -> Option<()> {
    let (eights, rest) = text.as_chunks::<8>();
    let digits = eights.iter().all(|eight| hex_word(*eight).is_some());
    (eights.len() == 8 && rest.is_empty() && digits).then_some(())
}

fn first_bytes(bytes: &[u8]) -> u64 {
    bytes.first_chunk::<8>().map_or(0, |first| u64::from_be_bytes(*first))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ztp_core::event::admission::Timing;

    use super::*;

    fn optional() -> impl Strategy<Value = Option<String>> {
        prop::option::of(prop_oneof![3 => "[a-z0-9:.-]{0,12}", 1 => ".{0,6}"])
    }

    prop_compose! {
        fn decision()(
            texts in prop::array::uniform8(optional()),
            uid in "[a-f0-9-]{1,36}",
            user in ".{0,10}",
            (decision, mode, tier) in (
                prop::sample::select(Decision::ALL),
                prop::sample::select(Mode::ALL),
                prop::option::of(prop::sample::select(Tier::ALL)),
            ),
            would_deny in any::<bool>(),
            digest in prop::option::of(any::<[u8; 32]>()),
            (latency_us, mono_ms) in (prop::option::of(0..1_u64 << 53), prop::option::of(any::<u32>())),
            details in any::<bool>(),
        ) -> AdmissionDecision {
            let [code, kind, name, namespace, object_uid, operation, ticket, boot_id] = texts;
            AdmissionDecision {
                code, kind, name, namespace, object_uid, operation, ticket, tier, would_deny,
                details: details.then(|| Value::object([("images", Value::from(vec![Value::Null]))])),
                request_digest: digest.map(Digest::from_bytes),
                timing: Timing { boot_id, latency_us, mono_ms: mono_ms.map(u64::from), wall_ms: None },
                ..AdmissionDecision::new(uid, user, decision, mode)
            }
        }
    }

    #[test]
    fn what_was_decided_is_read_alike_whether_what_is_not_there_is_null_or_left_out_and_whenever_it_was() {
        let content = |members: &str| {
            let payload = format!(
                r#"{{{members}"decision":"deny","mode":"enforce","uid":"u","user":"a","would_deny":true}}"#
            );
            let long = long("admission.decision", payload.as_bytes());
            let quick = quick("admission.decision", payload.as_bytes()).unwrap();
            assert_eq!(quick, long.input(), "{payload}");
            let Input::Admission(read) = quick else { panic!("{payload}") };
            read.content
        };
        let plain = content("");
        assert_eq!(plain, content(r#""boot_id":"b","code":null,"#));
        assert_ne!(plain, content(r#""code":"a101","#));
    }

    proptest! {
        #[test]
        fn the_quick_way_reads_what_the_long_way_reads(decision in decision()) {
            let payload = canonical::write(&decision.to_value()).unwrap();
            let long = long("admission.decision", &payload);
            prop_assert!(matches!(long, Owned::Admission(_)), "{:?}", long);
            if let Some(quick) = quick("admission.decision", &payload) {
                prop_assert_eq!(quick, long.input());
            }
        }

        #[test]
        fn the_quick_way_accepts_nothing_that_the_long_way_refuses(
            decision in decision(),
            place in any::<prop::sample::Index>(),
            byte in prop::sample::select(b"\"\\{}:,09aAn\x00\x7f ".to_vec()),
            cut in any::<bool>(),
        ) {
            let mut payload = canonical::write(&decision.to_value()).unwrap();
            let place = place.index(payload.len());
            if cut { payload.remove(place); } else { payload[place] = byte; }
            for class in ["admission.decision", "operator.action", "operator.login"] {
                if let Some(quick) = quick(class, &payload) {
                    let long = long(class, &payload);
                    prop_assert_eq!(quick, long.input());
                }
            }
        }

        #[test]
        fn operators_are_read_alike(
            texts in prop::array::uniform6(optional()),
            operator in ".{0,8}",
            second_factor in any::<Option<bool>>(),
        ) {
            let [action, detail, from, result, session, target] = texts;
            let event = OperatorEvent { action, detail, from, operator, result, session, second_factor, target };
            let payload = canonical::write(&event.to_value()).unwrap();
            for class in ["operator.action", "operator.login", "operator.login-refused"] {
                let long = long(class, &payload);
                prop_assert!(matches!(long, Owned::Operator(..)));
                if let Some(quick) = quick(class, &payload) {
                    prop_assert_eq!(quick, long.input());
                }
            }
        }
    }

    #[test]
    fn plain_payloads_take_the_quick_way() {
        let decision = AdmissionDecision::new("u", "alice", Decision::Allow, Mode::Enforce);
        let payload = canonical::write(&decision.to_value()).unwrap();
        assert!(quick("admission.decision", &payload).is_some());
    }
}
