//! Every operation of the facade exists in C, Go and Node, and none of them exports anything else.

use std::collections::BTreeSet;

use ztp_facade::{AUDIT_LOG_METHODS, DLP_SCANNER_METHODS, DLP_STREAM_METHODS, OPERATIONS, Operation};

use crate::Findings;
use crate::repository::{Failure, Repository};

/// What the C library exports besides operations: memory, jobs, the handles' ends, the version of the
/// interface, the names of statuses.
const C_HOUSEKEEPING: &[&str] = &[
    "ztp_abi_version",
    "ztp_audit_log_free",
    "ztp_bytes_free",
    "ztp_dlp_scanner_free",
    "ztp_dlp_stream_free",
    "ztp_job_cancel",
    "ztp_job_free",
    "ztp_job_new",
    "ztp_job_progress",
    "ztp_status_name",
];

/// The handles: their class in Node and type in Go, what their functions begin with in C, and their methods.
const HANDLES: &[(&str, &str, &[Operation])] = &[
    ("AuditLog", "audit_log", AUDIT_LOG_METHODS),
    ("DlpScanner", "dlp_scanner", DLP_SCANNER_METHODS),
    ("DlpStream", "dlp_stream", DLP_STREAM_METHODS),
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
    let methods = methods().map(|(_, prefix, op)| format!("ztp_{prefix}_{}", op.name));
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
    let class = |name: &str| {
        let rest = declarations.split(&format!("class {name} ")).nth(1);
        rest.and_then(|rest| rest.split("\n}").next()).unwrap_or_default()
    };
    let operations = OPERATIONS.iter().map(|op| camel_case(op.name)).filter(|name| !declared(name));
    let methods = methods().map(|(handle, _, op)| (handle, camel_case(op.name))).filter(|(handle, name)| {
        ![format!("  {name}("), format!("  static {name}(")].iter().any(|form| class(handle).contains(form))
    });
    let missing = operations.map(|name| format!("bindings/node/index.d.ts:1: function {name} is missing"));
    missing
        .chain(
            methods.map(|(handle, name)| format!("bindings/node/index.d.ts:1: {handle}.{name} is missing")),
        )
        .collect()
}

fn go(source: &str) -> Findings {
    let operations =
        OPERATIONS.iter().map(|op| pascal_case(op.name)).filter(|name| !declares(source, "func ", name));
    let method = |handle: &str, name: &str| match name {
        "open" => declares(source, "func ", &format!("Open{handle}")),
        _ => {
            let end = format!("*{handle}) {}(", pascal_case(name));
            source.lines().any(|line| line.starts_with("func (") && line.contains(&end))
        }
    };
    let methods = methods().filter(|(handle, _, op)| !method(handle, op.name));
    let missing = operations.map(|name| format!("bindings/go: func {name} is missing"));
    missing
        .chain(
            methods.map(|(handle, _, op)| {
                format!("bindings/go: the method for {} is missing on {handle}", op.name)
            }),
        )
        .collect()
}

/// Every method of every handle, with the handle's two names.
fn methods() -> impl Iterator<Item = (&'static str, &'static str, &'static Operation)> {
    HANDLES.iter().flat_map(|(handle, prefix, methods)| methods.iter().map(move |op| (*handle, *prefix, op)))
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
            .chain(methods().map(|(_, prefix, op)| format!("ztp_{prefix}_{}", op.name)))
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
        let count = OPERATIONS.len() + methods().count();
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
