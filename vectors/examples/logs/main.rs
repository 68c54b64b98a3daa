//! Makes the logs below `vectors/logs/`: one that is intact, and one for each thing a hostile hand can do to it.
//!
//! `cargo run -p ztp-vectors --example logs` writes them; with `--check` it only compares what it would write with what is there.
//! Keys, times and events come from counters, so that every run makes the same bytes.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a maker of test data stops at the first thing it did not expect"
)]

mod maker;
mod tampering;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use maker::Log;

fn main() -> ExitCode {
    let check = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => {
            say("usage: cargo run -p ztp-vectors --example logs [-- --check]");
            return ExitCode::from(2);
        }
    };
    let logs = all();
    let folder = ztp_vectors::folder().join("logs");
    let result = if check { compare(&folder, &logs) } else { write(&folder, &logs).map(|()| Vec::new()) };
    match result {
        Ok(differences) if differences.is_empty() => ExitCode::SUCCESS,
        Ok(differences) => {
            say(&differences.join("\n"));
            ExitCode::from(1)
        }
        Err(e) => {
            say(&format!("{}: {e}", folder.display()));
            ExitCode::from(3)
        }
    }
}

/// Every log by the name of its folder.
fn all() -> BTreeMap<&'static str, Log> {
    let mut logs = maker::honest();
    logs.extend(tampering::all());
    logs
}

fn write(folder: &Path, logs: &BTreeMap<&'static str, Log>) -> std::io::Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    for (name, log) in logs {
        for (path, bytes) in &log.0 {
            let path = folder.join(name).join(path);
            std::fs::create_dir_all(path.parent().unwrap())?;
            std::fs::write(path, bytes)?;
        }
    }
    Ok(())
}

fn compare(folder: &Path, logs: &BTreeMap<&'static str, Log>) -> std::io::Result<Vec<String>> {
    let mut differences = Vec::new();
    for (name, log) in logs {
        let mut found = Log::read(&folder.join(name));
        // A log that is about the writer's own files has some of them, too.
        for path in log.0.keys().filter(|path| path.starts_with("state") || *path == "lock") {
            if let Ok(bytes) = std::fs::read(folder.join(name).join(path)) {
                found.0.insert(path.clone(), bytes);
            }
        }
        differences.extend((found != *log).then(|| format!("logs/{name}: not what this program makes")));
    }
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        differences.extend(
            (!logs.contains_key(name.as_str())).then(|| format!("logs/{name}: not made by this program")),
        );
    }
    Ok(differences)
}

fn say(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
