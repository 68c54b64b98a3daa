//! A baseline of files: what a scan found in them, as the payload of an allow-list that somebody is to sign.
//!
//! It is no format of its own. Each entry is one finding in one file for a time, and the list is signed, in force and refused as any other
//! ([`crate::allow`]).

use std::collections::BTreeSet;

use ztp_core::canonical::Value;
use ztp_core::time::Timestamp;

use crate::allow::{self, AllowError, FILE_PREFIX, entry_error};

/// The schema of what is made a baseline of.
const SCAN: &str = "ztp.dlp.scan/1";

/// What the entries have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// When the list is signed.
    pub issued_at: Timestamp,
    /// When its entries end.
    pub expires: Timestamp,
    /// The list's version, from 1.
    pub version: i64,
    /// Why, for every suppressed finding.
    pub ticket: String,
}

/// The payload of an allow-list that excepts every finding of a scan of files (`ztp.dlp.scan/1`), and those that a list in force at the scan
/// excepted: the same thing by its tag, found by the same rule, in the file at the same path.
///
/// # Errors
/// [`AllowError::Entry`] for what is no such document, or holds something that no entry can except: findings that were counted and not
/// listed, or in the name of a file; tags that no other scan has. Whether the list is of its form is for [`allow::AllowList::sign`].
pub fn payload(found: &Value, terms: &Terms) -> Result<Value, AllowError> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    if text(found, "schema").as_deref() != Some(SCAN) {
        return entry_error("found.schema", SCAN);
    }
    if text(found, "tag_key").as_deref() != Some("given") {
        return entry_error(
            "found.tag_key",
            "a scan under a configuration with tag_key: without it no tag is the same in another scan",
        );
    }
    let count = |name: &str| found.get(name).and_then(Value::as_int);
    if count("unlisted_count") != Some(0) {
        return entry_error(
            "found.unlisted_count",
            "0: what is counted and not listed has no tag; except such files by themselves",
        );
    }
    let mut things = BTreeSet::new();
    for (list, counted) in [("findings", "findings_count"), ("suppressed", "suppressed_count")] {
        let items = found.get(list).and_then(Value::as_array).unwrap_or_default();
        if count(counted) != i64::try_from(items.len()).ok() {
            return entry_error(
                format!("found.{counted}"),
                "as many as are listed: scan fewer files at a time",
            );
        }
        for (number, item) in items.iter().enumerate() {
            let path = format!("found.{list}[{number}]");
            if text(item, "of").as_deref() != Some("content") {
                return entry_error(format!("{path}.of"), "content: what is found in a name no path excepts");
            }
            let (file, rule, tag) = (text(item, "file"), text(item, "rule"), text(item, "tag"));
            let (Some(file), Some(rule), Some(tag)) = (file, rule, tag) else {
                return entry_error(path, "file, rule and tag");
            };
            things.insert((file, rule, tag));
        }
    }
    let entry = |(file, rule, tag)| {
        Value::object([
            ("destination", Value::from(format!("{FILE_PREFIX}{file}"))),
            ("expires", Value::from(terms.expires.to_string())),
            ("rule", Value::String(rule)),
            ("spki_sha256", Value::Null),
            ("tag", Value::String(tag)),
            ("ticket", Value::from(terms.ticket.as_str())),
        ])
    };
    Ok(Value::object([
        ("entries", Value::Array(things.into_iter().map(entry).collect())),
        ("issued_at", Value::from(terms.issued_at.to_string())),
        ("schema", Value::from(allow::SCHEMA)),
        ("version", Value::from(terms.version)),
    ]))
}
