//! R2 to R5 and registered secrets: found by whose they are, whole, in parts and respelled; lookalikes are not.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "tests"
)]

mod support;

use support::make;
use support::{hits, kinds, recognisers};
use ztp_core::digest::{Digest, sha256};
use ztp_core::signature::SigningKey;
use ztp_core::time::Timestamp;
use ztp_dlp::recognise::Recognisers;
use ztp_dlp::registry::{Fingerprint, Registry};
use ztp_dlp::rule::{RuleId, Severity, TagKey};

const NONE: Vec<&str> = Vec::new();

fn rules() -> Recognisers {
    recognisers(Registry::default())
}

fn token_kinds(view: &str) -> Vec<&'static str> {
    kinds(&rules(), view.as_bytes(), &RuleId::ServiceAccountToken)
}

#[test]
fn tokens_are_critical_whole_and_less_in_parts() {
    for token in [make::token(), make::legacy_token()] {
        let rules = rules();
        let worst = |view: &str| {
            hits(&rules, view.as_bytes())
                .iter()
                .filter(|h| h.rule == RuleId::ServiceAccountToken)
                .map(|h| h.severity)
                .max()
        };
        let compact = token.compact();
        let parts: Vec<&str> = compact.split('.').collect();
        assert_eq!(worst(&compact), Some(Severity::Critical));
        for text in [
            format!("https://x/?t={compact}&v=2"),
            format!("<token>{compact}</token>"),
            format!("a,{compact},b"),
            format!("{} . {} . {}", parts[0], parts[1], parts[2]),
            compact.replace('.', "%2E"),
            compact.replace('.', "%2e"),
            format!(r#"{{"payload":"{}","protected":"{}","signature":"{}"}}"#, parts[1], parts[0], parts[2]),
            format!(
                r#"{{"payload":"{}","signatures":[{{"protected":"{}","signature":"{}"}}]}}"#,
                parts[1], parts[0], parts[2]
            ),
        ] {
            assert_eq!(worst(&text), Some(Severity::Critical), "{text}");
        }
        assert_eq!(worst(&format!("{}.{}", parts[0], parts[1])), Some(Severity::High));
        assert_eq!(worst(&format!("{}.{}", parts[1], parts[2])), Some(Severity::High));
        assert_eq!(worst(parts[1]), Some(Severity::Medium));
        assert_eq!(worst(&format!("h={}&p={}", parts[0], parts[1])), Some(Severity::High));
        assert_eq!(worst(&token.claims), Some(Severity::Medium));
        assert_eq!(worst(&format!("A{}", parts[1])), Some(Severity::Medium), "misaligned by one");
    }
}

#[test]
fn tail_of_a_token_is_found_by_its_subject() {
    let token = make::token();
    let compact = token.compact();
    let payload = compact.split('.').nth(1).unwrap();
    let at = compact.find(payload).unwrap() + payload.len() * 3 / 4;
    assert_eq!(token_kinds(&compact[at..]), ["service-account-token-part"]);
}

#[test]
fn header_of_any_algorithm_and_spelling_counts() {
    let mut token = make::token();
    for (header, length) in [
        ("{\n  \"typ\": \"JWT\",\n  \"alg\": \"ES256\"\n}", 64),
        (r#"{"alg":"HS256"}"#, 32),
        (r#"{"kid":"x","alg":"EdDSA"}"#, 64),
        (r#"{ "alg":"RS512"}"#, 512),
    ] {
        (token.header, token.signature) = (header.to_owned(), make::random(length));
        assert!(token_kinds(&token.compact()).contains(&"service-account-token"), "{header}");
    }
}

#[test]
fn expired_token_is_lowered_and_never_dropped() {
    let token = make::token();
    let now = |text: &[u8]| Timestamp::from_bytes(text).unwrap();
    let rules = rules();
    let mut found = hits(&rules, token.compact().as_bytes());
    let hit = found.iter_mut().find(|hit| hit.severity == Severity::Critical).unwrap();
    hit.lower_if_expired(now(b"2029-12-31T00:00:00.000Z"));
    assert_eq!(hit.severity, Severity::Critical);
    hit.lower_if_expired(now(b"2030-01-02T00:00:00.000Z"));
    assert_eq!(hit.severity, Severity::High);
}

#[test]
fn tokens_of_others_and_documents_about_access_are_none() {
    let other = make::Token {
        header: r#"{"alg":"RS256"}"#.to_owned(),
        claims: r#"{"iss":"https://accounts.example.org","aud":"x","sub":"alice","exp":1893456000}"#
            .to_owned(),
        signature: make::random(256),
    };
    for text in [
        other.compact(),
        r#"{"subjects":[{"kind":"User","name":"system:serviceaccount:web-agents:dashboard"}]}"#.to_owned(),
        r#"{"sub":"system:serviceaccount:web-agents:dashboard"}"#.replace("sub", "user"),
        "kubectl auth can-i list pods --as=system:serviceaccount:web-agents:dashboard".to_owned(),
        "annotations: {\"kubernetes.io/service-account.name\": \"dashboard\"}".to_owned(),
        "https://kubernetes.default.svc is the address of the API server".to_owned(),
        "\"sub\": \"system:serviceaccount:(NAMESPACE):(NAME)\"".to_owned(),
    ] {
        assert_eq!(token_kinds(&text), NONE, "{text}");
    }
}

#[test]
fn configured_issuer_makes_a_token_of_the_bench() {
    let token = make::Token {
        header: r#"{"alg":"RS256"}"#.to_owned(),
        claims: r#"{"aud":["vault"],"exp":1893456000,"iss":"https://oidc.bench.example/id/7","sub":"x"}"#
            .to_owned(),
        signature: make::random(256),
    };
    assert_eq!(token_kinds(&token.compact()), NONE);
    let mut registry = Registry::default();
    registry.add_issuer("https://oidc.bench.example/id/7").unwrap();
    let rules = recognisers(registry);
    let kinds = kinds(&rules, token.compact().as_bytes(), &RuleId::ServiceAccountToken);
    assert_eq!(kinds, ["service-account-token"]);
}

fn with_authority() -> (Recognisers, make::Authority) {
    let authority = make::authority();
    let mut registry = Registry::default();
    registry.add_ca(&authority.certificate).unwrap();
    (recognisers(registry), authority)
}

#[test]
fn certificates_of_the_authority_are_found_however_its_name_is_written() {
    let (rules, authority) = with_authority();
    let of = |view: &[u8]| kinds(&rules, view, &RuleId::CaMaterial);
    assert!(of(&authority.certificate).contains(&"ca-certificate"));
    let leaf = SigningKey::from_seed(&make::random32());
    let subject = make::name(0x0c, &[(b"\x55\x04\x03", "persona.example")]);
    // PrintableString, capitals and double spaces: the same name by RFC 5280.
    let respelled = [
        (b"\x55\x04\x06" as &[u8], "BR"),
        (b"\x55\x04\x0a", "PERSONA  lab"),
        (b"\x55\x04\x03", "persona web ROOT "),
    ];
    for issuer in [authority.name.clone(), make::name(0x13, &respelled)] {
        let certificate = make::certificate(&authority.key, &issuer, &subject, &leaf);
        assert!(of(&certificate).contains(&"ca-issued-certificate"), "{:?}", of(&certificate));
        assert!(of(make::pem("CERTIFICATE", &certificate).as_bytes()).contains(&"ca-issued-certificate"));
    }
    // Another name altogether, and the authority's key identifier.
    let stranger = make::name(0x0c, &[(b"\x55\x04\x0a", "Somebody Else"), (b"\x55\x04\x03", "Root")]);
    let certificate = make::certificate(&authority.key, &stranger, &subject, &leaf);
    assert!(of(&certificate).contains(&"ca-issued-certificate"));
    // Nothing in common.
    let other = SigningKey::from_seed(&make::random32());
    assert_eq!(of(&make::certificate(&other, &stranger, &subject, &leaf)), NONE);
}

#[test]
fn identities_of_the_authority_are_found_as_bytes_and_as_text() {
    let (rules, authority) = with_authority();
    let of = |view: &[u8]| kinds(&rules, view, &RuleId::CaMaterial);
    let spki = authority.key.public_key().to_spki_der();
    assert_eq!(of(&[b"x", &authority.name[..], b"y"].concat()), ["ca-name"]);
    assert_eq!(of(&[b"x", &spki[..], b"y"].concat()), ["ca-public-key"]);
    assert_eq!(of(&[&b"x"[..], sha256(&spki).as_bytes(), b"y"].concat()), ["ca-key-fingerprint"]);
    for text in [
        "CN=Persona Web Root,O=Persona Lab,C=BR",
        "C=BR, O=Persona Lab, CN=Persona Web Root",
        "issuer=/C=BR/O=Persona Lab/CN=Persona Web Root",
        "Issuer: C = BR, O = Persona Lab, CN = Persona Web Root",
        "2.5.4.3=persona web root;2.5.4.10=persona lab;2.5.4.6=br",
        r#"{"C":"BR","O":"Persona Lab","CN":"Persona Web Root"}"#,
        r#"countryName = BR organizationName = "Persona Lab" commonName = "Persona Web Root""#,
    ] {
        assert_eq!(of(text.as_bytes()), ["ca-name-text"], "{text}");
    }
    for text in
        ["CN=Persona Web Root", "CN=Persona Web Root,O=Other,C=BR", "Persona Web Root of Persona Lab, BR"]
    {
        assert_eq!(of(text.as_bytes()), NONE, "{text}");
    }
}

#[test]
fn private_key_of_the_authority_or_of_a_registered_leaf_is_told_by_its_public_half() {
    let authority = make::authority();
    let (sec1, pkcs8) = make::p256();
    let (pkcs1, _) = make::rsa(1024);
    let spki = |der: &[u8]| {
        let rules = recognisers(Registry::default());
        let found = hits(&rules, der);
        let facts = &found.iter().find(|hit| hit.rule == RuleId::PemMaterial).unwrap().facts;
        facts.iter().any(|(name, _)| *name == "spki_sha256")
    };
    assert!(spki(&sec1) && spki(&pkcs8) && spki(&pkcs1), "the public half shows");
    let mut registry = Registry::default();
    registry.add_ca(&authority.certificate).unwrap();
    let leaf = SigningKey::from_seed(&make::random32());
    registry.add_leaf_spki(&leaf.public_key().to_spki_der());
    let rules = recognisers(registry);
    let of = |key: &SigningKey| kinds(&rules, key.to_pkcs8_pem().as_bytes(), &RuleId::CaMaterial);
    assert_eq!(of(&authority.key), ["ca-private-key"]);
    assert_eq!(of(&leaf), ["ca-leaf-private-key"]);
    assert_eq!(of(&SigningKey::from_seed(&make::random32())), NONE);
}

fn audit_kinds(rules: &Recognisers, view: &str) -> Vec<&'static str> {
    kinds(rules, view.as_bytes(), &RuleId::SealedAudit)
}

#[test]
fn record_is_confirmed_by_its_recomputed_hash_however_it_is_spelled() {
    let rules = rules();
    let (line, _) = make::record(41, &sha256(b"before"));
    let respelled = line.replace("{\"", "{ \n \"").replace("\",\"", "\" , \"").replace("web", "\\u0077eb");
    for text in [line.clone(), format!("log: {line}\n"), respelled, format!("[{line},{line}]")] {
        assert_eq!(audit_kinds(&rules, &text), ["audit-record"], "{text}");
    }
}

#[test]
fn altered_and_cut_records_are_still_told() {
    let rules = rules();
    let (first, hash) = make::record(41, &sha256(b"before"));
    let (second, _) = make::record(42, &hash);
    let altered = first.replace("deny", "----");
    assert_eq!(audit_kinds(&rules, &altered), ["audit-record-altered"]);
    assert_eq!(audit_kinds(&rules, &format!("{altered}\n{second}")), ["audit-record", "audit-record-linked"]);
    assert_eq!(audit_kinds(&rules, &first[..first.len() - 40]), ["audit-record-fragment"]);
    assert_eq!(audit_kinds(&rules, &first[60..]), ["audit-record-fragment"]);
}

#[test]
fn chain_hashes_are_found_by_eight_bytes_of_them_and_others_are_not() {
    let mut registry = Registry::default();
    let own: Vec<Digest> = (0..5000).map(|_| sha256(&make::random(16))).collect();
    for hash in &own {
        registry.add_chain_hash(*hash).unwrap();
    }
    let rules = recognisers(registry);
    let of = |view: &[u8]| kinds(&rules, view, &RuleId::SealedAudit);
    let view = [&make::random(5)[..], own[77].as_bytes(), &make::random(5)].concat();
    assert_eq!(of(&view), ["audit-chain-hash"]);
    assert_eq!(of(&own[77].as_bytes()[..8]), ["audit-chain-hash-prefix"]);
    assert_eq!(of(&own[77].as_bytes()[..7]), NONE);
    assert_eq!(of(&make::random(200_000)), NONE);
}

#[test]
fn documents_with_hashes_are_no_records() {
    let rules = rules();
    for text in [
        format!(r#"{{"integrity":"sha512-{}","prev_hash":null}}"#, make::base64url(&make::random(64))),
        format!(r#"{{"hash":"{}","prev_hash":"{}","height":7}}"#, sha256(b"a"), sha256(b"b")),
        r#"the member "event_class" names the class, prev_hash the record before"#.to_owned(),
        r#"{"event_class":"x","hash":"not a hash","payload":{},"prev_hash":"","seq":0,"timestamp":""}"#
            .to_owned(),
    ] {
        assert_eq!(audit_kinds(&rules, &text), NONE, "{text}");
    }
}

#[test]
fn issuer_key_is_found_raw_reversed_and_in_part() {
    let key = SigningKey::from_seed(&make::random32());
    let mut registry = Registry::default();
    registry.add_isk(&key.public_key().to_spki_der()).unwrap();
    registry.add_isk_fingerprint(sha256(b"another key")).unwrap();
    let rules = recognisers(registry);
    let of = |view: &[u8]| kinds(&rules, view, &RuleId::IskFingerprint);
    let raw = key.public_key().as_bytes().to_vec();
    let id = *key.public_key().key_id().as_bytes();
    let reversed: Vec<u8> = id.iter().rev().copied().collect();
    let around = |bytes: &[u8]| [&make::random(3)[..], bytes, &make::random(3)].concat();
    assert_eq!(of(&around(&raw)), ["isk-public-key"]);
    assert_eq!(of(&around(&id)), ["isk-fingerprint"]);
    assert_eq!(of(&around(&reversed)), ["isk-fingerprint"]);
    assert_eq!(of(&around(sha256(b"another key").as_bytes())), ["isk-fingerprint"]);
    assert_eq!(of(&around(&id[..8])), ["isk-partial"]);
    assert_eq!(of(&around(&id[20..])), ["isk-partial"]);
    assert_eq!(of(&around(&id[1..8])), NONE);
}

#[test]
fn fragment_of_a_registered_secret_is_found_and_its_share_told() {
    let secret = make::random(200);
    let mut registry = Registry::default();
    registry.add_secret("vault seed", &secret).unwrap();
    registry.add_value("password", b"correct horse").unwrap();
    let rules = recognisers(registry);
    let of = |view: &[u8]| kinds(&rules, view, &RuleId::RegisteredSecret);
    assert_eq!(of(&[&make::random(50)[..], &secret, &make::random(50)].concat()), ["registered-secret"]);
    for start in 0..secret.len() - 23 {
        assert_eq!(of(&secret[start..start + 23]).len(), 1, "23 bytes from {start}");
    }
    assert_eq!(of(b"my correct horse battery"), ["registered-secret"]);
    assert_eq!(of(b"incorrect hors"), NONE);
    assert_eq!(of(&make::random(100_000)), NONE);
}

#[test]
fn certificate_of_a_registered_key_shares_nothing_with_its_fingerprint() {
    let (pkcs1, _) = make::rsa(1024);
    let mut registry = Registry::default();
    registry.add_secret("tls key", &pkcs1).unwrap();
    let rules = recognisers(registry);
    // Version, modulus and exponent lead; what follows is private.
    let public = &pkcs1[..pkcs1.len() / 4];
    assert_eq!(kinds(&rules, public, &RuleId::RegisteredSecret), NONE);
    let half = &pkcs1[pkcs1.len() / 2..];
    assert_eq!(kinds(&rules, half, &RuleId::RegisteredSecret), ["registered-secret-part"]);
}

#[test]
fn stored_fingerprint_holds_no_part_of_the_secret_and_finds_it_only_under_its_key() {
    let secret = make::random(64);
    let key = TagKey::new([7; 32]);
    let fingerprint = Fingerprint::of(&key, "seed", &secret).unwrap();
    let document = fingerprint.to_value();
    let text = String::from_utf8(ztp_core::canonical::write(&document).unwrap()).unwrap();
    for window in secret.windows(4) {
        assert!(!text.contains(&ztp_core::encoding::hex_encode(window)));
    }
    let found = |fingerprint: Fingerprint| {
        let mut registry = Registry::default();
        registry.add_fingerprint(fingerprint).unwrap();
        kinds(&recognisers(registry), &secret, &RuleId::RegisteredSecret)
    };
    assert_eq!(found(Fingerprint::from_value(&document).unwrap()), ["registered-secret"]);
    assert_eq!(found(Fingerprint::of(&TagKey::new([8; 32]), "seed", &secret).unwrap()), NONE);
}

#[test]
fn rule_set_hash_changes_with_all_that_decides_and_change_is_told() {
    let hash = |edit: &dyn Fn(&mut Registry)| {
        let mut registry = Registry::default();
        edit(&mut registry);
        recognisers(registry).rule_set_hash()
    };
    let hashes = [
        hash(&|_| {}),
        hash(&|r| r.add_chain_hash(sha256(b"x")).unwrap()),
        hash(&|r| r.add_isk_fingerprint(sha256(b"x")).unwrap()),
        hash(&|r| r.add_issuer("https://oidc.example").unwrap()),
        hash(&|r| r.add_value("v", b"a value to keep").unwrap()),
        hash(&|r| r.add_public_ca(sha256(b"x"))),
    ];
    let distinct: std::collections::BTreeSet<_> = hashes.iter().collect();
    assert_eq!(distinct.len(), hashes.len());
    assert_eq!(hash(&|_| {}), hashes[0]);
    let (old, same) = (rules(), rules());
    assert_eq!(old.change_to(&same), None);
    let mut registry = Registry::default();
    registry.add_issuer("https://oidc.example").unwrap();
    let changed = old.change_to(&recognisers(registry)).unwrap();
    assert_eq!(changed.get("old").unwrap().as_str(), Some(&*old.rule_set_hash().to_string()));
    assert_ne!(changed.get("old"), changed.get("new"));
}
