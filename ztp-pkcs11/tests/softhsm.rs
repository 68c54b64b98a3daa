//! Keys in SoftHSM2: made, found, held to the demands of custody, and signing what every verifier accepts.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a helper that fails fails the test that called it")]

mod support;

use std::fs;
use std::path::Path;

use support::{PIN, module, pin_file, tool, uri, with_token, with_tokens};
use ztp_core::Coded as _;
use ztp_core::custody;
use ztp_core::signature::{Signer as _, SigningKey, Suite, sign_document, verify, verify_document};
use ztp_pkcs11::{PinSource, TokenError, TokenSigner, TokenUri, generate};

fn refused(uri: &TokenUri) -> &'static str {
    TokenSigner::open(uri).unwrap_err().code()
}

#[test]
fn keys_of_both_suites_are_made_in_the_token_and_sign_licences() {
    with_token("keys_of_both_suites_are_made_in_the_token_and_sign_licences", |directory| {
        for (name, suite) in [("object=isk", Suite::Ed25519), ("object=rsa", Suite::Rsa4096PssSha384)] {
            let uri = uri(directory, name);
            let made = generate(&uri, suite).unwrap();
            let report = made.report().clone();
            assert!(report.custody && report.attributes.local && !report.attributes.other_uses);
            assert!(report.attributes.sensitive && report.attributes.never_extractable);
            assert_eq!(report.self_test.deterministic, suite == Suite::Ed25519);
            drop(made);

            let signer = TokenSigner::open(&uri).unwrap();
            assert_eq!((signer.public_key().suite(), signer.report()), (suite, &report));
            let signature = sign_document(&signer, "ztp.licence/2", b"{}").unwrap();
            let key = signer.public_key();
            assert_eq!(verify_document(key, "ztp.licence/2", b"{}", &signature), Ok(()));
            assert_eq!(generate(&uri, suite).unwrap_err().code(), "token_key_exists");
        }
        let composite = generate(&uri(directory, "object=new"), Suite::MlDsa65Ed25519).unwrap_err();
        assert_eq!(composite.code(), "token_key_type");
    });
}

#[test]
fn softhsm_ignores_the_parameters_of_eddsa_and_the_self_test_says_so() {
    with_token("softhsm_ignores_the_parameters_of_eddsa_and_the_self_test_says_so", |directory| {
        let signer = generate(&uri(directory, "object=isk"), Suite::Ed25519).unwrap();
        // Versions 2.6 and 2.5 give the pure signature for Ed25519ph and Ed25519ctx.
        assert_eq!(signer.report().self_test.ignores_parameters, Some(true));
    });
}

#[test]
fn keys_and_tokens_that_are_not_there_or_are_there_twice_are_named() {
    with_tokens(
        "keys_and_tokens_that_are_not_there_or_are_there_twice_are_named",
        &["ztp", "other", "other"],
        |directory| {
            generate(&uri(directory, "object=isk"), Suite::Ed25519).unwrap();
            let missing = TokenSigner::open(&uri(directory, "object=iks")).unwrap_err();
            assert_eq!((missing.code(), missing.to_string().contains("isk")), ("token_key_missing", true));
            let nowhere = TokenUri { token: Some("ZTP".to_owned()), ..uri(directory, "object=isk") };
            let missing = TokenSigner::open(&nowhere).unwrap_err();
            assert_eq!((missing.code(), missing.to_string().contains("ztp")), ("token_missing", true));
            let twice = TokenUri { token: Some("other".to_owned()), ..uri(directory, "object=isk") };
            assert_eq!(refused(&twice), "token_ambiguous");
            let module = TokenUri { module_path: "/nonexistent.so".into(), ..uri(directory, "object=isk") };
            assert_eq!(refused(&module), "token_module");
            let module =
                TokenUri { module_path: directory.join("softhsm2.conf"), ..uri(directory, "object=isk") };
            assert_eq!(refused(&module), "token_module");
        },
    );
}

#[test]
fn two_keys_of_one_label_are_told_apart_by_their_ids_only() {
    with_token("two_keys_of_one_label_are_told_apart_by_their_ids_only", |directory| {
        let module = module().unwrap();
        for id in ["01", "02"] {
            tool(
                "pkcs11-tool",
                &[
                    "--module",
                    module.to_str().unwrap(),
                    "--token-label",
                    "ztp",
                    "--login",
                    "--pin",
                    PIN,
                    "--keypairgen",
                    "--key-type",
                    "EC:edwards25519",
                    "--label",
                    "isk",
                    "--id",
                    id,
                    "--usage-sign",
                ],
            );
        }
        assert_eq!(refused(&uri(directory, "object=isk")), "token_key_ambiguous");
        let first = TokenSigner::open(&uri(directory, "object=isk;id=%01")).unwrap();
        let second = TokenSigner::open(&uri(directory, "id=%02")).unwrap();
        assert_ne!(first.public_key(), second.public_key());
    });
}

#[test]
fn a_wrong_pin_is_presented_once_and_a_pin_for_all_to_read_never() {
    with_token("a_wrong_pin_is_presented_once_and_a_pin_for_all_to_read_never", |directory| {
        use std::os::unix::fs::PermissionsExt as _;
        let key = uri(directory, "object=isk");
        let with = |pin: PinSource| TokenUri { pin: Some(pin), ..key.clone() };
        let wrong = with(PinSource::Value("0000".to_owned().into()));
        let error = TokenSigner::open(&wrong).unwrap_err();
        assert_eq!(error.code(), "token_pin_wrong");
        assert!(!error.to_string().contains("0000"));
        let path = pin_file(directory, PIN);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(refused(&with(PinSource::File(path.clone()))), "token_pin_exposed");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        for text in ["", "\n", "1\n2\n"] {
            fs::write(&path, text).unwrap();
            assert_eq!(refused(&with(PinSource::File(path.clone()))), "token_pin_source");
        }
        assert_eq!(refused(&with(PinSource::File(directory.join("none")))), "token_pin_source");
        assert_eq!(refused(&with(PinSource::File("/dev/zero".into()))), "token_pin_source");
    });
}

/// An Ed25519 key that exists outside of the token, brought in.
fn import(directory: &Path) -> SigningKey {
    let key = SigningKey::from_seed(&[9; 32]);
    let (pem, module) = (directory.join("key.pem"), module().unwrap());
    fs::write(&pem, key.to_pkcs8_pem().as_bytes()).unwrap();
    let public = directory.join("key.pub.pem");
    fs::write(&public, key.public_key().to_spki_pem()).unwrap();
    tool(
        "softhsm2-util",
        &[
            "--import",
            pem.to_str().unwrap(),
            "--token",
            "ztp",
            "--label",
            "imported",
            "--id",
            "0f",
            "--pin",
            PIN,
        ],
    );
    let _ = module;
    key
}

#[test]
fn an_imported_key_is_refused_unless_the_uri_allows_it_and_is_then_reported() {
    with_token("an_imported_key_is_refused_unless_the_uri_allows_it_and_is_then_reported", |directory| {
        let key = import(directory);
        let uri = uri(directory, "object=imported");
        assert_eq!(refused(&uri), "token_key_not_local");
        let allowed = TokenSigner::open(&TokenUri { allow_imported: true, ..uri }).unwrap();
        assert!(!allowed.report().custody && !allowed.report().attributes.local);
        assert_eq!(allowed.public_key(), key.public_key());
        let signature = allowed.sign(b"message").unwrap();
        assert_eq!(signature, key.sign(b"message").unwrap());
    });
}

#[test]
fn an_extractable_key_is_refused_though_it_was_made_in_the_token() {
    with_token("an_extractable_key_is_refused_though_it_was_made_in_the_token", |directory| {
        let module = module().unwrap();
        tool(
            "pkcs11-tool",
            &[
                "--module",
                module.to_str().unwrap(),
                "--token-label",
                "ztp",
                "--login",
                "--pin",
                PIN,
                "--keypairgen",
                "--key-type",
                "EC:edwards25519",
                "--label",
                "isk",
                "--id",
                "01",
                "--usage-sign",
                "--extractable",
            ],
        );
        assert_eq!(refused(&uri(directory, "object=isk")), "token_key_extractable");
    });
}

#[test]
fn keys_of_other_kinds_are_refused_by_their_kind() {
    with_token("keys_of_other_kinds_are_refused_by_their_kind", |directory| {
        let module = module().unwrap();
        for (kind, label, code) in
            [("EC:prime256v1", "p256", "token_key_type"), ("rsa:2048", "rsa2048", "public_key_rsa_modulus")]
        {
            tool(
                "pkcs11-tool",
                &[
                    "--module",
                    module.to_str().unwrap(),
                    "--token-label",
                    "ztp",
                    "--login",
                    "--pin",
                    PIN,
                    "--keypairgen",
                    "--key-type",
                    kind,
                    "--label",
                    label,
                    "--usage-sign",
                ],
            );
            assert_eq!(refused(&uri(directory, &format!("object={label}"))), code, "{kind}");
        }
    });
}

#[test]
fn a_root_of_three_tokens_certifies_a_key_in_a_fourth() {
    with_tokens("a_root_of_three_tokens_certifies_a_key_in_a_fourth", &["ztp", "h1", "h2"], |directory| {
        use ztp_core::canonical::{Value, write};
        let holder = |token: &str, suite| {
            let uri = TokenUri { token: Some(token.to_owned()), ..uri(directory, "object=root") };
            generate(&uri, suite).unwrap()
        };
        let holders = [holder("h1", Suite::Ed25519), holder("h2", Suite::Rsa4096PssSha384)];
        let mut keys: Vec<_> = holders.iter().map(|holder| holder.public_key().clone()).collect();
        keys.sort_by_key(ztp_core::signature::PublicKey::key_id);
        let keys: Vec<Value> =
            keys.iter().map(|key| Value::object(custody::certified_key_members(key))).collect();
        let root = Value::object([
            ("issued_at", Value::from("2026-01-01T00:00:00.000Z")),
            ("keys", keys.into()),
            ("not_after", "2026-12-31T23:59:59.999Z".into()),
            ("schema", custody::ROOT_SCHEMA.into()),
            ("threshold", 2_i64.into()),
            ("version", 1_i64.into()),
        ]);
        let [first, second] = &holders;
        let document = custody::sign(&write(&root).unwrap(), first).unwrap();
        assert_eq!(custody::anchor_root(&document).unwrap_err().code(), "custody_root_new_threshold");
        let document = custody::cosign(&document, second).unwrap();
        let root = custody::anchor_root(&document).unwrap();
        assert_eq!((root.version, root.keys.len()), (1, 2));
        let key = first.public_key();
        let message = first.sign(b"message").unwrap();
        assert_eq!(verify(key, b"message", &message), Ok(()));
    });
}

#[test]
fn every_error_is_registered_and_lower_case() {
    for error in [
        TokenError::PinWrong,
        TokenError::PinLocked,
        TokenError::PinFinalTry,
        TokenError::KeyChanged,
        TokenError::KeyExists,
        TokenError::KeyNotForSigning,
        TokenError::KeyExtractable,
        TokenError::KeyNotSensitive,
        TokenError::KeyNotLocal,
        TokenError::EcPoint { bytes: 1 },
        TokenError::TokenAmbiguous { found: 2 },
        TokenError::KeyAmbiguous { found: 2 },
        TokenError::AttributeMissing { attribute: "CKA_LOCAL" },
        TokenError::SessionLost { reason: "SessionClosed".to_owned() },
        TokenError::Call { call: "Sign".to_owned(), reason: "GeneralError".to_owned() },
    ] {
        assert!(ztp_core::code::by_name(error.code()).is_some(), "{}", error.code());
        assert!(!error.to_string().ends_with('.'));
    }
}
