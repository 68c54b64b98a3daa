//! What tokens do that SoftHSM2 does not: a module in front of it plays them, one fault in each test.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a helper that fails fails the test that called it, and a test that cannot run says so"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::{module, uri, uri_of, with_token};
use ztp_core::Coded as _;
use ztp_core::signature::{PublicKey, Signer as _, Suite, verify};
use ztp_pkcs11::{TokenError, TokenSigner, generate};

/// Builds the module in front, and makes a key behind it. `None`, which is said, when there is no C compiler.
fn faulty(directory: &Path, fault: &str) -> Option<(PathBuf, PublicKey)> {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/fault.c");
    let library = directory.join("fault.so");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-Wno-strict-prototypes", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .output();
    let Ok(built) = built else {
        eprintln!("SKIPPED: no C compiler; nothing was tested");
        return None;
    };
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let key = generate(&uri(directory, "object=isk"), Suite::Ed25519).unwrap().public_key().clone();
    // The process is this test's own, and the module in front is loaded after this.
    assert_eq!(std::env::var("ZTP_FAULT").as_deref(), Ok(fault));
    Some((library, key))
}

/// Opens the key through the module in front.
fn open(directory: &Path, library: &Path) -> Result<TokenSigner, TokenError> {
    TokenSigner::open(&uri_of(directory, library, "object=isk"))
}

/// A test of one fault: what opening the key gives, and what happens then.
macro_rules! fault {
    ($name:ident, $fault:literal, |$opened:ident, $key:ident| $judge:block) => {
        #[test]
        fn $name() {
            let module = module().unwrap_or_default();
            // Children inherit it; no other test of this program reads it.
            let environment = [("ZTP_FAULT", $fault.into()), ("ZTP_FAULT_MODULE", module.into_os_string())];
            support::with_environment(&environment, || {
                with_token(stringify!($name), |directory| {
                    let Some((library, $key)) = faulty(directory, $fault) else { return };
                    let $opened = open(directory, &library);
                    $judge
                });
            });
        }
    };
}

fault!(a_point_without_der_around_it_is_the_same_key, "point-raw", |opened, key| {
    assert_eq!(opened.unwrap().public_key(), &key);
});

fault!(a_point_in_a_bit_string_is_the_same_key, "point-bits", |opened, key| {
    assert_eq!(opened.unwrap().public_key(), &key);
});

fault!(a_point_in_another_form_is_refused, "point-odd", |opened, _key| {
    assert_eq!(opened.unwrap_err().code(), "token_ec_point");
});

fault!(a_token_that_signs_something_else_fails_its_self_test, "wrong-signature", |opened, _key| {
    assert_eq!(opened.unwrap_err().code(), "token_self_test");
});

fault!(a_token_that_does_not_tell_where_a_key_was_made_is_refused, "no-local", |opened, _key| {
    assert_eq!(opened.unwrap_err().code(), "token_attribute_missing");
});

fault!(a_locked_pin_is_named, "pin-locked", |opened, _key| {
    assert_eq!(opened.unwrap_err().code(), "token_pin_locked");
});

fault!(a_pin_that_is_marked_locked_is_not_presented, "pin-locked-flag", |opened, _key| {
    assert_eq!(opened.unwrap_err().code(), "token_pin_locked");
});

fault!(the_last_try_of_a_pin_is_left_to_people, "pin-final-try", |opened, _key| {
    assert_eq!(opened.unwrap_err().code(), "token_pin_final_try");
});

fault!(a_session_lost_while_signing_is_opened_again_once, "session-lost-once", |opened, key| {
    let signer = opened.unwrap();
    let signature = signer.sign(b"message").unwrap();
    assert_eq!(verify(&key, b"message", &signature), Ok(()));
});

fault!(a_session_that_is_lost_again_is_given_up, "session-lost-always", |opened, _key| {
    assert_eq!(opened.unwrap().sign(b"message").unwrap_err().code(), "token_session_lost");
});

fault!(a_key_that_changed_behind_a_lost_session_signs_nothing, "key-changed", |opened, _key| {
    assert_eq!(opened.unwrap().sign(b"message").unwrap_err().code(), "token_key_changed");
});
