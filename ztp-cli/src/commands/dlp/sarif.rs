//! Findings as SARIF 2.1.0, the form that code-scanning services read (OASIS, sections as named below).

use std::fmt::Write as _;

use ztp_core::canonical::Value;

use crate::document::{self, Document, object, string};

/// The schema of the format, at the body that publishes it.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// A `ztp.dlp.scan/1` document as a SARIF log of one run (§3.13, §3.14).
pub(super) fn document(found: &Document, rules: &Document) -> Vec<u8> {
    let results: Vec<Value> = found
        .array(&["findings"])
        .iter()
        .map(|finding| result(finding, false))
        .chain(found.array(&["suppressed"]).iter().map(|finding| result(finding, true)))
        .collect();
    let driver = object([
        ("informationUri", Some(string("https://github.com/ztp-prem/ztp"))),
        ("name", Some(string("ztp dlp scan"))),
        ("rules", Some(rules.array(&["rules"]).iter().map(rule).collect::<Vec<_>>().into())),
        ("version", Some(string(env!("CARGO_PKG_VERSION")))),
    ]);
    let notifications: Vec<Value> = found.array(&["unchecked"]).iter().map(notification).collect();
    // The run did what it could; what it could not look at is in its notifications (§3.20.14, §3.20.21).
    let invocation = object([
        ("executionSuccessful", Some(notifications.is_empty().into())),
        ("toolExecutionNotifications", Some(notifications.into())),
    ]);
    let run = object([
        ("columnKind", Some(string("unicodeCodePoints"))),
        ("invocations", Some(vec![invocation].into())),
        ("properties", Some(object([("ztpRuleSet", found.text(&["rule_set"]).map(string))]))),
        ("results", Some(results.into())),
        ("tool", Some(object([("driver", Some(driver))]))),
    ]);
    document::bytes(&object([
        ("$schema", Some(string(SCHEMA))),
        ("runs", Some(vec![run].into())),
        ("version", Some(string("2.1.0"))),
    ]))
}

/// A rule (§3.49).
fn rule(rule: &Value) -> Value {
    let text = |name| document::text(rule, &[name]).unwrap_or_default().to_owned();
    object([
        ("id", Some(string(text("rule")))),
        (
            "properties",
            Some(object([("action", Some(string(text("action")))), ("kind", Some(string(text("kind"))))])),
        ),
        ("shortDescription", Some(object([("text", Some(string(text("summary"))))]))),
    ])
}

/// A finding (§3.27), with the place of its bytes (§3.30.11) and the keyed tag as what stays the same between runs (§3.27.17).
fn result(finding: &Value, suppressed: bool) -> Value {
    let text = |name| document::text(finding, &[name]).unwrap_or_default().to_owned();
    let at = |name| document::integer(finding, &[name]).unwrap_or_default();
    let (rule, path) = (text("rule"), text("path"));
    let through = if path.is_empty() { String::new() } else { format!(" through {path}") };
    let message = format!("{rule}: {} severity{through}, tag {}", text("severity"), text("tag"));
    let region = object([
        ("byteLength", Some(Value::Int((at("end") - at("start")).max(0)))),
        ("byteOffset", Some(Value::Int(at("start")))),
    ]);
    let artifact = object([("uri", Some(string(uri(&text("file")))))]);
    let in_name = text("of") == "name";
    let physical =
        object([("artifactLocation", Some(artifact)), ("region", Some(region).filter(|_| !in_name))]);
    let exception = || vec![object([("kind", Some(string("external")))])];
    object([
        ("level", Some(string(level(&text("severity"))))),
        ("locations", Some(vec![object([("physicalLocation", Some(physical))])].into())),
        ("message", Some(object([("text", Some(string(message)))]))),
        ("partialFingerprints", Some(object([("ztpTag/v1", Some(string(text("tag"))))]))),
        ("properties", document::member(finding, &["facts"]).cloned()),
        ("ruleId", Some(string(rule))),
        ("suppressions", Some(exception().into()).filter(|_| suppressed)),
    ])
}

/// Something that could not be looked at (§3.58).
fn notification(missed: &Value) -> Value {
    let text = |name| document::text(missed, &[name]).unwrap_or_default().to_owned();
    let artifact = object([("uri", Some(string(uri(&text("file")))))]);
    let physical = object([("artifactLocation", Some(artifact))]);
    object([
        ("level", Some(string("error"))),
        ("locations", Some(vec![object([("physicalLocation", Some(physical))])].into())),
        ("message", Some(object([("text", Some(string(format!("not checked: {}", text("reason")))))]))),
    ])
}

/// SARIF's three levels (§3.27.10).
fn level(severity: &str) -> &'static str {
    match severity {
        "info" => "note",
        "low" | "medium" => "warning",
        _ => "error",
    }
}

/// A path as a URI reference (RFC 3986 §3.3): what is not unreserved, or a slash, is in percent.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte))
            }
            other => {
                let _infallible = write!(uri, "%{other:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uri_references() {
        assert_eq!(uri("a/b c%.txt"), "a/b%20c%25.txt");
        assert_eq!(uri("ü:x?#"), "%C3%BC%3Ax%3F%23");
    }
}
