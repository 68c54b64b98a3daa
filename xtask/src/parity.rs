//! Every operation of the facade exists in C, Go and Node, and none of them exports anything else.

use std::collections::BTreeSet;

use ztp_facade::{AUDIT_LOG_METHODS, OPERATIONS};

use crate::Findings;
use crate::repository::{Failure, Repository};

/// What the C library exports besides operations: memory, jobs, the handle's end, the version of the
/// interface, the names of statuses.
const C_HOUSEKEEPING: &[&str] = &[
    "ztp_abi_version",
    "ztp_audit_log_free",
    "ztp_bytes_free",
    "ztp_job_cancel",
    "ztp_job_free",
    "ztp_job_new",
    "ztp_job_progress",
    "ztp_status_name",
];

/// Differences between the facade's table and what the surfaces declare.
pub(crate) fn run(repository: &Repository) -> Result<Findings, Failure> {
    let mut findings = c(&repository.read("bindings/c/exports.txt")?);
    findings.extend(node(&repository.read("bindings/node/index.d.ts")?));
    let mut go_source = String::new();
    for path in
        repository.files("bindings/go", |path| path.ends_with(".go") && !path.ends_with("_test.go"))?
    {
        go_source.push_str(&repository.read(&path)?);
    }
    findings.extend(go(&go_source));
    Ok(findings)
}

fn c(exports: &str) -> Findings {
    let found: BTreeSet<String> = exports
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    let operations = OPERATIONS.iter().map(|op| format!("ztp_{}", op.name));
    let methods = AUDIT_LOG_METHODS.iter().map(|op| format!("ztp_audit_log_{}", op.name));
    let housekeeping = C_HOUSEKEEPING.iter().map(|&name| name.to_owned());
    let expected: BTreeSet<String> = operations.chain(methods).chain(housekeeping).collect();
    let missing =
        expected.difference(&found).map(|name| format!("bindings/c/exports.txt:1: {name} is missing"));
    let unknown =
        found.difference(&expected).map(|name| format!("bindings/c/exports.txt:1: {name} is no operation"));
    missing.chain(unknown).collect()
}

fn node(declarations: &str) -> Findings {
    let declared = |name: &str| {
        ["export function ", "export declare function ", "export const "]
            .iter()
            .any(|start| declares(declarations, start, name))
    };
    let class = declarations
        .split("class AuditLog")
        .nth(1)
        .and_then(|rest| rest.split("\n}").next())
        .unwrap_or_default();
    let operations = OPERATIONS.iter().map(|op| camel_case(op.name)).filter(|name| !declared(name));
    let methods = AUDIT_LOG_METHODS.iter().map(|op| camel_case(op.name)).filter(|name| {
        ![format!("  {name}("), format!("  static {name}(")].iter().any(|form| class.contains(form))
    });
    let missing = operations.map(|name| format!("bindings/node/index.d.ts:1: function {name} is missing"));
    missing
        .chain(methods.map(|name| format!("bindings/node/index.d.ts:1: AuditLog.{name} is missing")))
        .collect()
}

fn go(source: &str) -> Findings {
    let operations =
        OPERATIONS.iter().map(|op| pascal_case(op.name)).filter(|name| !declares(source, "func ", name));
    let method = |name: &str| match name {
        "open" => declares(source, "func ", "OpenAuditLog"),
        _ => {
            let end = format!("*AuditLog) {}(", pascal_case(name));
            source.lines().any(|line| line.starts_with("func (") && line.contains(&end))
        }
    };
    let methods = AUDIT_LOG_METHODS.iter().map(|op| op.name).filter(|name| !method(name));
    let missing = operations.map(|name| format!("bindings/go: func {name} is missing"));
    missing
        .chain(methods.map(|name| format!("bindings/go: the method for {name} is missing on AuditLog")))
        .collect()
}

/// Whether a line starts with `start`, the name, and the end of a name.
fn declares(source: &str, start: &str, name: &str) -> bool {
    source.lines().any(|line| {
        let rest = line.strip_prefix(start).and_then(|rest| rest.strip_prefix(name));
        rest.is_some_and(|rest| rest.starts_with(['(', '<', ':']))
    })
}

/// `canonical_check` as `canonicalCheck`.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| text + &capitalised(word))
}

/// `canonical_check` as `CanonicalCheck`.
fn pascal_case(name: &str) -> String {
    name.split('_').map(capitalised).collect()
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_in_each_language_s_own_case() {
        assert_eq!(camel_case("audit_prove_consistency"), "auditProveConsistency");
        assert_eq!(pascal_case("audit_prove_consistency"), "AuditProveConsistency");
    }

    #[test]
    fn a_missing_and_an_unknown_symbol_are_both_found() {
        let all: Vec<String> = OPERATIONS
            .iter()
            .map(|op| format!("ztp_{}", op.name))
            .chain(AUDIT_LOG_METHODS.iter().map(|op| format!("ztp_audit_log_{}", op.name)))
            .chain(C_HOUSEKEEPING.iter().map(|&name| name.to_owned()))
            .collect();
        assert_eq!(c(&all.join("\n")), Vec::<String>::new());
        assert_eq!(c(&all[1..].join("\n")), [format!("bindings/c/exports.txt:1: {} is missing", all[0])]);
        assert_eq!(
            c(&(all.join("\n") + "\nztp_extra")),
            ["bindings/c/exports.txt:1: ztp_extra is no operation"]
        );
    }

    #[test]
    fn functions_and_methods_missing_in_node_and_go_are_found() {
        let count = OPERATIONS.len() + AUDIT_LOG_METHODS.len();
        assert_eq!(node("").len(), count);
        assert_eq!(go("").len(), count);
        let one = "export function canonicalCheck(input: Uint8Array): void;\nexport class AuditLog {\n  static open(): AuditLog;\n}\n";
        assert_eq!(node(one).len(), count - 2);
        let one = "func CanonicalCheck(input []byte) error {\nfunc OpenAuditLog(dir string) {\nfunc (l *AuditLog) Seal() error {\n";
        assert_eq!(go(one).len(), count - 3);
    }

    #[test]
    fn a_longer_name_does_not_stand_for_its_beginning() {
        assert!(!declares("func CanonicalChecker(x) {", "func ", "CanonicalCheck"));
    }
}
