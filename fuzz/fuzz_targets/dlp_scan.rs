//! Any body through the whole scanner: an answer within the budgets, and the same one however the bytes arrive.
#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use ztp_core::canonical;
use ztp_core::time::Timestamp;
use ztp_dlp::allow::AllowList;
use ztp_dlp::budget::Budgets;
use ztp_dlp::customer::CustomerRules;
use ztp_dlp::finding::Report;
use ztp_dlp::memory::Memory;
use ztp_dlp::recognise::Recognisers;
use ztp_dlp::registry::Registry;
use ztp_dlp::rule::TagKey;
use ztp_dlp::scanner::{Config, Mode, Scanner};

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
    let mut registry = Registry::default();
    registry.add_isk(&ztp_core::signature::SigningKey::from_seed(&[1; 32]).public_key().to_spki_der()).unwrap();
    registry.add_value("phrase", b"correct horse battery staple").unwrap();
    registry.add_chain_hash(ztp_core::digest::sha256(b"a record")).unwrap();
    let recognisers = Recognisers::new(registry, CustomerRules::none(), BTreeMap::new(), TagKey::new([7; 32]));
    Scanner::new(Config { mode: Mode::Observe, recognisers, allow: AllowList::none(), budgets: Budgets::default() })
        .unwrap()
});

fn text(report: &Report) -> Vec<u8> {
    canonical::write(&report.to_value()).expect("a report can be written")
}

// The first two bytes say where the body is cut.
fuzz_target!(|input: &[u8]| {
    let Some((&[high, low], body)) = input.split_first_chunk::<2>() else { return };
    let whole = text(&SCANNER.scan_bytes(body));
    let (left, right) = body.split_at(usize::from(u16::from_be_bytes([high, low])).min(body.len()));
    let mut stream = SCANNER.begin_bytes();
    stream.update(left);
    stream.update(right);
    assert_eq!(text(&stream.finish(false, Timestamp::MIN, &mut Memory::default())), whole);
});
