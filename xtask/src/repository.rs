//! The checkout this binary was built from: its root, its files, and the programs run in it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Folders that hold nothing written by hand for this project.
const SKIPPED: &[&str] =
    &[".git", "target", "node_modules", "third-party", "corpus", "artifacts", "build", "prebuilds"];

/// Why a task could not look.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(what: impl fmt::Display) -> Self {
        Self(what.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The checkout.
#[derive(Debug)]
pub(crate) struct Repository {
    root: PathBuf,
}

impl Repository {
    /// The checkout that holds this crate.
    pub(crate) fn find() -> Result<Self, Failure> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        match here.parent() {
            Some(root) if root.join("Cargo.toml").is_file() => Ok(Self { root: root.to_owned() }),
            _ => Err(Failure::new(format!("{} is not inside the workspace", here.display()))),
        }
    }

    /// A path below the root.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The text of a file.
    pub(crate) fn read(&self, relative: &str) -> Result<String, Failure> {
        std::fs::read_to_string(self.path(relative))
            .map_err(|e| Failure::new(format!("cannot read {relative}: {e}")))
    }

    /// Paths relative to the root of all files below `folder` (the root itself if empty) that `wanted` accepts, sorted.
    pub(crate) fn files(&self, folder: &str, wanted: impl Fn(&str) -> bool) -> Result<Vec<String>, Failure> {
        let mut found = Vec::new();
        let mut open = vec![self.path(folder)];
        while let Some(dir) = open.pop() {
            let broken = |e: std::io::Error| Failure::new(format!("cannot list {}: {e}", dir.display()));
            for entry in std::fs::read_dir(&dir).map_err(broken)? {
                let entry = entry.map_err(broken)?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let kind = entry.file_type().map_err(broken)?;
                if kind.is_dir() && !SKIPPED.contains(&name.as_str()) {
                    open.push(entry.path());
                } else if kind.is_file() {
                    let path = entry.path();
                    let relative =
                        path.strip_prefix(&self.root).unwrap_or(&path).to_string_lossy().into_owned();
                    if wanted(&relative) {
                        found.push(relative);
                    }
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// What `cargo metadata` says of the workspace and its whole dependency graph.
    pub(crate) fn metadata(&self) -> Result<serde_json::Value, Failure> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--format-version", "1", "--all-features"])
            .current_dir(&self.root)
            .output()
            .map_err(|e| Failure::new(format!("cargo metadata did not start: {e}")))?;
        if !output.status.success() {
            return Err(Failure::new(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr))));
        }
        serde_json::from_slice(&output.stdout)
            .map_err(|e| Failure::new(format!("cargo metadata printed no JSON: {e}")))
    }
}
