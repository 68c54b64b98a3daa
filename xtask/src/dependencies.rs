//! docs/dependencies.md gives a reason for every direct dependency, and for no other crate.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::Findings;
use crate::repository::{Failure, Repository};

const PAGE: &str = "docs/dependencies.md";

/// Direct dependencies without a reason, and reasons without a dependency.
pub(crate) fn run(repository: &Repository) -> Result<Findings, Failure> {
    let direct = direct_dependencies(&repository.metadata()?)?;
    let explained = explained(&repository.read(PAGE)?);
    let missing = direct.difference(&explained).map(|name| format!("{PAGE}:1: {name} has no reason"));
    let extra = explained.difference(&direct).map(|name| format!("{PAGE}:1: {name} is no direct dependency"));
    Ok(missing.chain(extra).collect())
}

/// Names of the crates from elsewhere that crates of the workspace name.
fn direct_dependencies(metadata: &Value) -> Result<BTreeSet<String>, Failure> {
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned();
    let broken = || Failure::new("cargo metadata lacks an array it used to have");
    let members = list(metadata.get("workspace_members")).ok_or_else(broken)?;
    let packages = list(metadata.get("packages")).ok_or_else(broken)?;
    let mut names = BTreeSet::new();
    for package in packages.iter().filter(|p| p.get("id").is_some_and(|id| members.contains(id))) {
        for dependency in list(package.get("dependencies")).ok_or_else(broken)? {
            // A crate of this workspace is named with its path.
            if dependency.get("path").is_none_or(Value::is_null)
                && let Some(name) = dependency.get("name").and_then(Value::as_str)
            {
                names.insert(name.to_owned());
            }
        }
    }
    Ok(names)
}

/// Names in the first column of the page's tables, up to the table of what was not taken.
fn explained(page: &str) -> BTreeSet<String> {
    let taken = page.split("## Considered").next().unwrap_or(page);
    let rows = taken.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|line| line.split(" | ").next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn crates_from_elsewhere_are_named_and_those_of_the_workspace_are_not() {
        let metadata = json!({
            "workspace_members": ["a"],
            "packages": [
                { "id": "a", "dependencies": [{ "name": "x", "path": null }, { "name": "b", "path": "/b" }, { "name": "y" }] },
                { "id": "x", "dependencies": [{ "name": "z" }] },
            ],
        });
        assert_eq!(direct_dependencies(&metadata).unwrap(), BTreeSet::from(["x".to_owned(), "y".to_owned()]));
    }

    #[test]
    fn names_are_read_from_the_first_column_only() {
        let page = "| crate | why |\n|---|---|\n| `a`, `b` 1 | not `c` |\ntext `d`\n## Considered and not taken\n| `e` | |\n";
        assert_eq!(explained(page), BTreeSet::from(["a".to_owned(), "b".to_owned()]));
    }
}
