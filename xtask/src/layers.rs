//! The direction of dependencies: what each crate may name, and what none of the libraries may ever reach.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::Findings;
use crate::repository::{Failure, Repository};

/// A crate's place.
struct Place {
    /// The crate.
    name: &'static str,
    /// Its height: a crate only ever stands on lower ones, also in its tests.
    height: u8,
    /// The crates of this workspace it may depend on.
    below: &'static [&'static str],
}

/// The whole picture of ARCHITECTURE.md. A crate that is not listed is a finding.
const PLACES: &[Place] = &[
    Place { name: "ztp-core", height: 0, below: &[] },
    Place { name: "ztp-simd", height: 0, below: &[] },
    Place { name: "ztp-audit", height: 1, below: &["ztp-core", "ztp-simd"] },
    Place { name: "ztp-yaml", height: 1, below: &["ztp-core"] },
    Place { name: "ztp-pkcs11", height: 1, below: &["ztp-core"] },
    Place { name: "ztp-dlp", height: 1, below: &["ztp-core", "ztp-simd"] },
    Place { name: "ztp-anomaly", height: 1, below: &["ztp-core"] },
    // A library of events, without I/O: the crates of its height and above test themselves with it.
    Place { name: "ztp-simulator", height: 1, below: &["ztp-core"] },
    Place { name: "ztp-licence", height: 2, below: &["ztp-core", "ztp-audit"] },
    Place {
        name: "ztp-facade",
        height: 3,
        below: &["ztp-core", "ztp-audit", "ztp-licence", "ztp-yaml", "ztp-pkcs11", "ztp-dlp", "ztp-anomaly"],
    },
    Place { name: "ztp-c", height: 4, below: &["ztp-facade"] },
    Place { name: "ztp-node", height: 4, below: &["ztp-facade"] },
    Place { name: "ztp-cli", height: 4, below: &["ztp-core", "ztp-facade"] },
    Place { name: "ztp-vectors", height: 5, below: &["ztp-core", "ztp-audit", "ztp-licence", "ztp-facade"] },
    Place { name: "xtask", height: 5, below: &["ztp-core", "ztp-facade"] },
];

/// Libraries whose dependencies are a promise.
const LIBRARIES: &[&str] =
    &["ztp-core", "ztp-simd", "ztp-audit", "ztp-yaml", "ztp-dlp", "ztp-anomaly", "ztp-licence", "ztp-facade"];

/// What no library reaches outside its tests, and why.
const UNREACHABLE: &[(&str, &str)] = &[
    ("serde_json", "its features change numbers and member order for the whole build"),
    ("canonical_json", "it is the oracle of the tests, not part of the verifier"),
    ("tokio", "the libraries do no asynchronous I/O"),
    ("rand", "randomness is passed in"),
    ("chrono", "time is passed in"),
    ("openssl-sys", "no system library is linked"),
    ("ring", "one implementation of each primitive"),
];

/// Every arrow that points the wrong way, and every dependency a library must not reach.
pub(crate) fn run(repository: &Repository) -> Result<Findings, Failure> {
    let metadata = repository.metadata()?;
    let mut findings = arrows(&metadata)?;
    findings.extend(reach(&metadata)?);
    Ok(findings)
}

fn place(name: &str) -> Option<&'static Place> {
    PLACES.iter().find(|place| place.name == name)
}

/// Judges the arrows between crates of the workspace.
fn arrows(metadata: &Value) -> Result<Findings, Failure> {
    let members: BTreeSet<&str> = strings(metadata.get("workspace_members"))?.into_iter().collect();
    let packages = array(metadata.get("packages"))?;
    let ours: Vec<&Value> =
        packages.iter().filter(|p| text(p, "id").is_ok_and(|id| members.contains(id))).collect();
    let names = ours.iter().map(|p| text(p, "name")).collect::<Result<BTreeSet<_>, _>>()?;
    let mut findings = Vec::new();
    for package in &ours {
        let from = text(package, "name")?;
        let Some(from_place) = place(from) else {
            findings.push(format!("{from}: the crate has no place in xtask/src/layers.rs"));
            continue;
        };
        for dependency in array(package.get("dependencies"))? {
            let to = text(dependency, "name")?;
            if !names.contains(to) || to == from {
                continue;
            }
            let in_tests = dependency.get("kind").and_then(Value::as_str) == Some("dev");
            let Some(to_place) = place(to) else { continue };
            if to_place.height > from_place.height && !(in_tests && to == "ztp-vectors") {
                findings.push(format!("{from}: depends on {to}, which stands above it"));
            } else if !in_tests && !from_place.below.contains(&to) {
                findings.push(format!("{from}: depends on {to}, which ARCHITECTURE.md does not draw"));
            }
        }
    }
    Ok(findings)
}

/// Judges what the libraries reach through any number of others.
fn reach(metadata: &Value) -> Result<Findings, Failure> {
    let mut names = BTreeMap::new();
    for package in array(metadata.get("packages"))? {
        names.insert(text(package, "id")?, text(package, "name")?);
    }
    let mut arrows = BTreeMap::new();
    for node in array(metadata.pointer("/resolve/nodes"))? {
        let mut to = Vec::new();
        for dependency in array(node.get("deps"))? {
            let kinds = array(dependency.get("dep_kinds"))?;
            if kinds.iter().any(|kind| kind.get("kind").is_some_and(Value::is_null)) {
                to.push(text(dependency, "pkg")?);
            }
        }
        arrows.insert(text(node, "id")?, to);
    }
    let mut findings = Vec::new();
    for (id, name) in names.iter().filter(|(_, name)| LIBRARIES.contains(name)) {
        let mut seen = BTreeSet::new();
        let mut open = vec![*id];
        while let Some(at) = open.pop() {
            if seen.insert(at) {
                open.extend(arrows.get(at).into_iter().flatten());
            }
        }
        let reached: BTreeSet<&str> = seen.iter().filter_map(|id| names.get(id).copied()).collect();
        for (forbidden, why) in UNREACHABLE.iter().filter(|(forbidden, _)| reached.contains(forbidden)) {
            findings.push(format!("{name}: reaches {forbidden} outside its tests: {why}"));
        }
    }
    Ok(findings)
}

fn array(value: Option<&Value>) -> Result<&Vec<Value>, Failure> {
    value
        .and_then(Value::as_array)
        .ok_or_else(|| Failure::new("cargo metadata lacks an array it used to have"))
}

fn text<'a>(value: &'a Value, member: &str) -> Result<&'a str, Failure> {
    let found = value.get(member).and_then(Value::as_str);
    found.ok_or_else(|| Failure::new(format!("cargo metadata lacks the text {member}")))
}

fn strings(value: Option<&Value>) -> Result<Vec<&str>, Failure> {
    Ok(array(value)?.iter().filter_map(Value::as_str).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn package(name: &str, dependencies: &[(&str, Option<&str>)]) -> Value {
        let dependencies: Vec<Value> =
            dependencies.iter().map(|(name, kind)| json!({ "name": name, "kind": kind })).collect();
        json!({ "id": name, "name": name, "dependencies": dependencies })
    }

    fn workspace(packages: &[Value]) -> Value {
        let members: Vec<&str> = packages.iter().filter_map(|p| p["id"].as_str()).collect();
        json!({ "workspace_members": members, "packages": packages })
    }

    #[test]
    fn an_upward_arrow_is_found_and_named() {
        let metadata = workspace(&[
            package("ztp-core", &[("ztp-audit", None)]),
            package("ztp-audit", &[("ztp-core", None)]),
        ]);
        assert_eq!(arrows(&metadata).unwrap(), ["ztp-core: depends on ztp-audit, which stands above it"]);
    }

    #[test]
    fn an_upward_arrow_of_tests_is_found_too_but_the_vectors_are_for_everyone() {
        let metadata = workspace(&[
            package("ztp-core", &[("ztp-facade", Some("dev")), ("ztp-vectors", Some("dev"))]),
            package("ztp-facade", &[("ztp-core", None)]),
            package("ztp-vectors", &[]),
        ]);
        assert_eq!(arrows(&metadata).unwrap(), ["ztp-core: depends on ztp-facade, which stands above it"]);
    }

    #[test]
    fn a_downward_arrow_that_the_picture_lacks_is_found() {
        let metadata = workspace(&[package("ztp-c", &[("ztp-core", None)]), package("ztp-core", &[])]);
        assert_eq!(
            arrows(&metadata).unwrap(),
            ["ztp-c: depends on ztp-core, which ARCHITECTURE.md does not draw"]
        );
    }

    #[test]
    fn a_crate_without_a_place_is_found() {
        let metadata = workspace(&[package("ztp-new", &[])]);
        assert_eq!(arrows(&metadata).unwrap().len(), 1);
    }

    #[test]
    fn every_arrow_the_picture_draws_points_down() {
        for from in PLACES {
            for to in from.below {
                let to = place(to).unwrap();
                assert!(to.height < from.height, "{} -> {}", from.name, to.name);
            }
        }
    }

    #[test]
    fn a_forbidden_dependency_is_found_through_others_but_not_through_tests() {
        let node = |id: &str, deps: &[(&str, Option<&str>)]| {
            let deps: Vec<Value> = deps
                .iter()
                .map(|(pkg, kind)| json!({ "pkg": pkg, "dep_kinds": [{ "kind": kind }] }))
                .collect();
            json!({ "id": id, "deps": deps })
        };
        let graph = |kind: Option<&str>| {
            json!({
                "packages": [package("ztp-core", &[]), package("middle", &[]), package("serde_json", &[])],
                "resolve": { "nodes": [
                    node("ztp-core", &[("middle", kind)]),
                    node("middle", &[("serde_json", None)]),
                    node("serde_json", &[]),
                ] },
            })
        };
        assert_eq!(reach(&graph(None)).unwrap().len(), 1);
        assert_eq!(reach(&graph(Some("dev"))).unwrap().len(), 0);
    }
}
