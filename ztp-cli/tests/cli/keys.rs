//! `ztp keys`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::{arg, scratch, tree, ztp};

#[test]
fn generate_writes_a_private_file_and_prints_the_public_half() {
    let dir = scratch();
    let out = dir.path().join("isk.pem");
    let run = ztp(["keys", "generate", "--json", "--name", "licence.example", "--out", arg(&out)]).exits(0);
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o7777, 0o600);
    let pem = fs::read_to_string(&out).unwrap();
    assert!(
        pem.starts_with("-----BEGIN PRIVATE KEY-----\n") && pem.ends_with("-----END PRIVATE KEY-----\n"),
        "framing"
    );
    assert_eq!(run.string(&["schema"]), "ztp.keys.generated/1");
    assert_eq!(run.string(&["public_key"]).len(), 64);
    assert_eq!(run.string(&["key_id"]).len(), 64);
    assert!(run.string(&["vkey"]).starts_with("licence.example+"));
    assert!(run.string(&["public_key_pem"]).starts_with("-----BEGIN PUBLIC KEY-----\n"));
    assert!(!run.text().contains("PRIVATE KEY"), "the private key is never printed");
    assert_eq!(run.string(&["public_file"]), arg(&dir.path().join("isk.pub.pem")));
    let public = fs::read_to_string(dir.path().join("isk.pub.pem")).unwrap();
    assert_eq!(public, run.string(&["public_key_pem"]));
}

#[test]
fn the_words_name_the_public_values_only() {
    let dir = scratch();
    let out = dir.path().join("isk.pem");
    let run = ztp(["keys", "generate", "--out", arg(&out)]).exits(0);
    for label in
        ["private key: ", "public key:  ", "key id:      ", "verifier key: ztp-key+", "\nPublic key: "]
    {
        assert!(run.text().contains(label), "{label} in {}", run.text());
    }
    assert!(!run.text().contains("BEGIN "), "words and PEM are not mixed: {}", run.text());
}

#[test]
fn two_keys_differ() {
    let dir = scratch();
    let keys = ["a.pem", "b.pem"].map(|name| {
        let out = dir.path().join(name);
        ztp(["keys", "generate", "--json", "--out", arg(&out)]).exits(0).string(&["public_key"])
    });
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn an_existing_file_or_link_is_left_as_it_is() {
    let dir = scratch();
    let (file, link) = (dir.path().join("isk.pem"), dir.path().join("link.pem"));
    fs::write(&file, "precious").unwrap();
    symlink(dir.path().join("elsewhere"), &link).unwrap();
    let before = tree(dir.path());
    for out in [&file, &link] {
        let run = ztp(["keys", "generate", "--json", "--out", arg(out)]).exits(3);
        assert_eq!(run.string(&["code"]), "file_exists");
    }
    assert_eq!(tree(dir.path()), before);
}

#[test]
fn a_directory_that_is_not_there_is_could_not_write() {
    let dir = scratch();
    let before = tree(dir.path());
    let run = ztp(["keys", "generate", "--json", "--out", arg(&dir.path().join("no/isk.pem"))]).exits(3);
    assert_eq!(run.string(&["code"]), "file_unwritable");
    assert_eq!(tree(dir.path()), before);
}

#[test]
fn a_name_that_cannot_be_in_a_verifier_key_makes_no_file() {
    let dir = scratch();
    for name in ["", "a b", "a+b", "a\nb"] {
        let run =
            ztp(["keys", "generate", "--json", "--name", name, "--out", arg(&dir.path().join("k"))]).exits(2);
        assert_eq!(run.string(&["code"]), "vkey_name", "{name:?}");
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_taken_place_for_the_public_half_makes_no_private_one() {
    let dir = scratch();
    fs::write(dir.path().join("k.pub.pem"), "precious").unwrap();
    let before = tree(dir.path());
    let run = ztp(["keys", "generate", "--json", "--out", arg(&dir.path().join("k.pem"))]).exits(3);
    assert_eq!(run.string(&["code"]), "file_exists");
    assert_eq!(tree(dir.path()), before);
    let (out, public) = (dir.path().join("k.pem"), dir.path().join("elsewhere.pem"));
    ztp(["keys", "generate", "--out", arg(&out), "--public-out", arg(&public)]).exits(0);
    assert!(fs::read_to_string(public).unwrap().starts_with("-----BEGIN PUBLIC KEY-----\n"));
}

#[test]
fn a_trust_document_of_pinned_keys_lets_their_licences_in_and_no_others() {
    let dir = scratch();
    let path = |name: &str| dir.path().join(name);
    for key in ["isk.pem", "other.pem"] {
        ztp(["keys", "generate", "--out", arg(&path(key))]).exits(0);
    }
    let trust = path("trust.json");
    let pin = |keys: &[&str]| {
        let pins = keys.iter().flat_map(|key| ["--pin", key]);
        let args = ["keys", "trust", "--product", "tlsstress", "--out", arg(&trust), "--json"];
        ztp(args.into_iter().chain(pins))
    };
    let (isk, other) = (path("isk.pub.pem"), path("other.pub.pem"));
    let run = pin(&[arg(&isk), arg(&other), arg(&isk)]).exits(0);
    assert_eq!(run.string(&["schema"]), "ztp.trust/1");
    assert_ne!(run.string(&["keys", "0", "key_id"]), run.string(&["keys", "1", "key_id"]));
    // As hexadecimal digits it is the same key.
    let digits = run.string(&["keys", "0", "public_key"]);
    assert_eq!(pin(&[&digits]).exits(0).string(&["keys", "0", "public_key"]), digits);

    pin(&["no such file"]).exits(3);
    pin(&[arg(&path("isk.pem"))]).exits(2);
    ztp(["keys", "trust", "--out", arg(&trust)]).exits(2);
    ztp(["keys", "trust", "--pin", arg(&isk), "--out", arg(&trust)]).exits(2);
}
