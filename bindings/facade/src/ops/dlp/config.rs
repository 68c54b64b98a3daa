//! The configuration of a scanner, `ztp.dlp.config/1`: `docs/formats/dlp-config.md`.

use std::collections::BTreeMap;
use std::fmt;

use zeroize::Zeroizing;
use ztp_core::canonical::{self, Limits, Value};
use ztp_core::digest::Digest;
use ztp_core::encoding::{base64_decode, hex_decode};
use ztp_core::schema::Fields;
use ztp_core::signature::PublicKey;
use ztp_dlp::allow::AllowList;
use ztp_dlp::customer::CustomerRules;
use ztp_dlp::memory::Memory;
use ztp_dlp::recognise::Recognisers;
use ztp_dlp::registry::Registry;
use ztp_dlp::rule::{Action, RuleId, TagKey};
use ztp_dlp::scanner::{Config, Mode, Scanner};

use super::rules;
use crate::error::FacadeError;
use crate::host;
use crate::options;
use crate::outcome::{Outcome, failed};

const SCHEMA: &str = "ztp.dlp.config/1";

/// The configuration's name in errors.
const PATH: &str = "config";

/// A configuration holds the retention window's chain hashes: 64 MiB are some 900,000 of them.
const LIMITS: Limits = Limits { bytes_max: 64 << 20, depth_max: 8 };

/// Makes a scanner of a configuration, and the memory that it starts with. No value of it is repeated in an error.
pub(crate) fn scanner(config: &[u8]) -> Result<(Scanner, Memory), Outcome> {
    let value = canonical::read(config, &LIMITS).map_err(failed)?;
    let mut fields = Fields::open(&value, PATH).map_err(failed)?;
    if fields.string("schema").map_err(failed)? != SCHEMA {
        return Err(failed(FacadeError::DlpConfigSchemaName));
    }
    let mode = match fields.string("mode").map_err(failed)? {
        "observe" => Mode::Observe,
        "enforce" => Mode::Enforce,
        _ => return Err(wrong(fields.path_of("mode"), "observe or enforce")),
    };
    let mut key = Zeroizing::new([0; 32]);
    match options::text(&mut fields, "tag_key")? {
        Some(text) => *key = hex(text, || fields.path_of("tag_key"))?,
        // Tags under a key that nobody else has tell equal from different within this scanner, and nothing beyond.
        None => host::random_seed(&mut key).map_err(failed)?,
    }
    let rules = match options::text(&mut fields, "rules")? {
        Some(yaml) => rules::read(yaml.as_bytes())?,
        None => CustomerRules::default(),
    };
    let actions = match fields.optional("actions").map_err(failed)? {
        Some(given) => actions(given, &fields.path_of("actions"))?,
        None => BTreeMap::new(),
    };
    let registry = match fields.optional("registry").map_err(failed)? {
        Some(_) => registry(fields.object("registry").map_err(failed)?)?,
        None => Registry::default(),
    };
    let allow = match fields.optional("allow_list").map_err(failed)? {
        Some(_) => allow_list(fields.object("allow_list").map_err(failed)?)?,
        None => AllowList::default(),
    };
    let memory = match fields.optional("ledger").map_err(failed)? {
        Some(ledger) => Memory::with_ledger(ledger).map_err(failed)?,
        None => Memory::new(),
    };
    fields.finish().map_err(failed)?;
    let recognisers = Recognisers::new(registry, rules, actions, TagKey::new(*key));
    let config = Config { mode, recognisers, allow, budgets: Default::default() };
    Ok((Scanner::new(config).map_err(failed)?, memory))
}

/// What baseline rules ask for, by their names.
fn actions(given: &Value, path: &str) -> Result<BTreeMap<RuleId, Action>, Outcome> {
    let members =
        given.as_object().ok_or_else(|| wrong(path.to_owned(), "an object of rules and actions"))?;
    let action = |(name, action): (&String, &Value)| {
        let rule = RuleId::BUILT_IN.into_iter().find(|rule| rule.as_str() == name);
        let rule = rule.ok_or_else(|| wrong(path.to_owned(), format!("names out of: {}", built_in())))?;
        let action = action.as_str().and_then(Action::from_word);
        let words = "record, record-and-alert or block";
        Ok((rule, action.ok_or_else(|| wrong(format!("{path}.{name}"), words))?))
    };
    members.iter().map(action).collect()
}

fn built_in() -> String {
    RuleId::BUILT_IN.map(|rule| rule.as_str().to_owned()).join(", ")
}

/// What the scanner knows by value: public facts of the bench, and secrets of which only keyed marks are kept.
fn registry(mut fields: Fields<'_>) -> Result<Registry, Outcome> {
    let mut registry = Registry::default();
    for (path, text) in texts(&mut fields, "ca")? {
        for der in pem(text, "CERTIFICATE").ok_or_else(|| wrong(path.clone(), "certificates in PEM"))? {
            registry.add_ca(&der).map_err(failed)?;
        }
    }
    for (path, text) in texts(&mut fields, "leaf_keys")? {
        for der in pem(text, "PUBLIC KEY").ok_or_else(|| wrong(path.clone(), "public keys in PEM"))? {
            registry.add_leaf_spki(&der);
        }
    }
    for (path, text) in texts(&mut fields, "public_ca")? {
        registry.add_public_ca(digest(text, &path)?);
    }
    for (path, text) in texts(&mut fields, "isk_keys")? {
        registry.add_isk(public_key(text, || path.clone())?.as_bytes()).map_err(failed)?;
    }
    for (path, text) in texts(&mut fields, "isk_fingerprints")? {
        registry.add_isk_fingerprint(digest(text, &path)?).map_err(failed)?;
    }
    for (path, text) in texts(&mut fields, "chain_hashes")? {
        registry.add_chain_hash(digest(text, &path)?).map_err(failed)?;
    }
    for (_, text) in texts(&mut fields, "issuers")? {
        registry.add_issuer(text).map_err(failed)?;
    }
    for (name, bytes) in named(&mut fields, "values")? {
        registry.add_value(name, &bytes).map_err(failed)?;
    }
    for (name, bytes) in named(&mut fields, "secrets")? {
        registry.add_secret(name, &bytes).map_err(failed)?;
    }
    fields.finish().map_err(failed)?;
    Ok(registry)
}

fn allow_list(mut fields: Fields<'_>) -> Result<AllowList, Outcome> {
    let document = fields.string("document").map_err(failed)?;
    let key = public_key(fields.string("public_key").map_err(failed)?, || fields.path_of("public_key"))?;
    let newest_seen = match fields.optional("newest_seen").map_err(failed)? {
        Some(_) => fields.integer("newest_seen").map_err(failed)?,
        None => 0,
    };
    fields.finish().map_err(failed)?;
    AllowList::from_signed(document.as_bytes(), &key, newest_seen).map_err(failed)
}

/// The strings of an array that may be left out, each with its path.
fn texts<'v>(fields: &mut Fields<'v>, name: &'static str) -> Result<Vec<(String, &'v str)>, Outcome> {
    let text = |(path, item): (String, &'v Value)| match item.as_str() {
        Some(text) => Ok((path, text)),
        None => Err(wrong(path, "a string")),
    };
    items(fields, name)?.into_iter().map(text).collect()
}

fn items<'v>(fields: &mut Fields<'v>, name: &'static str) -> Result<Vec<(String, &'v Value)>, Outcome> {
    if fields.optional(name).map_err(failed)?.is_none() {
        return Ok(Vec::new());
    }
    let path = fields.path_of(name);
    let items = fields.array(name).map_err(failed)?.iter().enumerate();
    Ok(items.map(|(index, item)| (format!("{path}[{index}]"), item)).collect())
}

/// A value with its name.
type Named<'v> = (&'v str, Zeroizing<Vec<u8>>);

/// An Ed25519 key, as PEM or in hexadecimal.
fn public_key(text: &str, path: impl Fn() -> String) -> Result<PublicKey, Outcome> {
    let key =
        if text.starts_with("-----") { PublicKey::from_spki_pem(text) } else { PublicKey::from_hex(text) };
    key.map_err(|_| wrong(path(), "an Ed25519 key, in PEM or 64 hexadecimal digits"))
}

/// Items `{"name","hex"|"pem"|"text"}`. A PEM block stands for the bytes in it.
fn named<'v>(fields: &mut Fields<'v>, name: &'static str) -> Result<Vec<Named<'v>>, Outcome> {
    let item = |(path, item): (String, &'v Value)| {
        let mut fields = Fields::open(item, path.clone()).map_err(failed)?;
        let name = fields.string("name").map_err(failed)?;
        let mut given = |name| options::text(&mut fields, name);
        let bytes = match (given("text")?, given("hex")?, given("pem")?) {
            (Some(text), None, None) => text.as_bytes().to_vec(),
            (None, Some(text), None) => {
                hex_bytes(text).ok_or_else(|| wrong(format!("{path}.hex"), "lower-case hexadecimal"))?
            }
            (None, None, Some(text)) => pem_block(text)
                .ok_or_else(|| wrong(format!("{path}.pem"), "one PEM block without headers"))?,
            _ => return Err(wrong(path, "an object with one of hex, pem and text")),
        };
        fields.finish().map_err(failed)?;
        Ok((name, Zeroizing::new(bytes)))
    };
    items(fields, name)?.into_iter().map(item).collect()
}

fn digest(text: &str, path: &str) -> Result<Digest, Outcome> {
    hex(text, || path.to_owned()).map(Digest::from_bytes)
}

fn hex<const N: usize>(text: &str, path: impl Fn() -> String) -> Result<[u8; N], Outcome> {
    hex_decode(text).map_err(|_| wrong(path(), format!("{} lower-case hexadecimal digits", 2 * N)))
}

fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|pair| hex_decode::<1>(pair).ok().map(|[byte]| byte)).collect()
}

/// The contents of all blocks of a label (RFC 7468); `None` if there is none, or anything else than blocks and white space.
fn pem(text: &str, label: &str) -> Option<Vec<Vec<u8>>> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let mut blocks = Vec::new();
    let mut rest = text.trim_ascii();
    while !rest.is_empty() {
        let (body, after) = rest.strip_prefix(begin.as_str())?.split_once(end.as_str())?;
        let body: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        blocks.push(base64_decode(body).ok()?);
        rest = after.trim_ascii();
    }
    Some(blocks).filter(|blocks| !blocks.is_empty())
}

/// The content of a single block of whatever label.
fn pem_block(text: &str) -> Option<Vec<u8>> {
    let (label, _) = text.trim_ascii().strip_prefix("-----BEGIN ")?.split_once("-----")?;
    let [block] = <[Vec<u8>; 1]>::try_from(pem(text, label)?).ok()?;
    Some(block)
}

fn wrong(path: String, what: impl fmt::Display) -> Outcome {
    failed(FacadeError::DlpConfigValue { path, what: what.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pem_is_blocks_of_one_label_and_nothing_else() {
        let block = "-----BEGIN CERTIFICATE-----\nAQID\r\nBA==\n-----END CERTIFICATE-----\n";
        assert_eq!(pem(block, "CERTIFICATE"), Some(vec![vec![1, 2, 3, 4]]));
        assert_eq!(pem(&block.repeat(2), "CERTIFICATE").map(|blocks| blocks.len()), Some(2));
        for text in
            ["", "AQIDBA==", &format!("x{block}"), &format!("{block}x"), "-----BEGIN CERTIFICATE-----\nAQID"]
        {
            assert_eq!(pem(text, "CERTIFICATE"), None, "{text}");
        }
        assert_eq!(pem(block, "PUBLIC KEY"), None);
    }
}
