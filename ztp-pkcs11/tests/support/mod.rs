//! A SoftHSM2 token of its own for each test, in a process of its own: the module reads its directory from the
//! environment, once.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a helper that fails fails the test that called it, and a test that cannot run says so"
)]

use std::cell::RefCell;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use ztp_pkcs11::TokenUri;

pub(crate) const PIN: &str = "8437";

const CHILD: &str = "ZTP_TOKEN_TEST";

thread_local! {
    /// What children get beside the token's own variables.
    static ENVIRONMENT: RefCell<Vec<(String, OsString)>> = const { RefCell::new(Vec::new()) };
}

/// Gives the children of `test` these variables.
pub(crate) fn with_environment(variables: &[(&str, OsString)], test: impl FnOnce()) {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    ENVIRONMENT.with(|environment| *environment.borrow_mut() = variables);
    test();
}

/// The module as Debian and others install it.
pub(crate) fn module() -> Option<PathBuf> {
    let places = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
    ];
    places.iter().map(PathBuf::from).find(|path| path.exists())
}

/// Runs `test` in a child process with a token `ztp` of its own; `name` is that of the test function.
pub(crate) fn with_token(name: &str, test: impl FnOnce(&Path)) {
    with_tokens(name, &["ztp"], test);
}

/// The same with several tokens.
pub(crate) fn with_tokens(name: &str, labels: &[&str], test: impl FnOnce(&Path)) {
    if env::var(CHILD).as_deref() == Ok(name) {
        let directory = PathBuf::from(env::var("SOFTHSM2_CONF").unwrap());
        return test(directory.parent().unwrap());
    }
    if module().is_none() {
        eprintln!(
            "SKIPPED: {name}: SoftHSM2 is not installed (apt-get install softhsm2); nothing was tested"
        );
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (tokens, conf) = (directory.path().join("tokens"), directory.path().join("softhsm2.conf"));
    fs::create_dir(&tokens).unwrap();
    fs::write(
        &conf,
        format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens.display()
        ),
    )
    .unwrap();
    for label in labels {
        let made = Command::new("softhsm2-util")
            .args(["--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "99999999"])
            .env("SOFTHSM2_CONF", &conf)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads", "1"])
        .env("SOFTHSM2_CONF", &conf)
        .env(CHILD, name)
        .envs(ENVIRONMENT.with(|environment| environment.borrow().clone()))
        .output()
        .unwrap();
    let words =
        format!("{}{}", String::from_utf8_lossy(&child.stdout), String::from_utf8_lossy(&child.stderr));
    assert!(child.status.success() && words.contains("1 passed"), "{words}");
}

/// The URI of a key in the token `ztp`, with the PIN in a file.
pub(crate) fn uri(directory: &Path, key: &str) -> TokenUri {
    uri_of(directory, &module().unwrap(), key)
}

/// The same through another module.
pub(crate) fn uri_of(directory: &Path, module: &Path, key: &str) -> TokenUri {
    let pin = pin_file(directory, PIN);
    format!("pkcs11:token=ztp;{key}?module-path={}&pin-source={}", module.display(), pin.display())
        .parse()
        .unwrap()
}

/// A file with a PIN that only its owner can read.
pub(crate) fn pin_file(directory: &Path, pin: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let path = directory.join("pin");
    fs::write(&path, format!("{pin}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// Runs a tool of the token, which must succeed.
pub(crate) fn tool(program: &str, args: &[&str]) {
    let ran = Command::new(program).args(args).output().unwrap();
    assert!(
        ran.status.success(),
        "{program}: {}{}",
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr)
    );
}
