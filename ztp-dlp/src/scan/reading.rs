//! What recognisers read around anchors is bounded for any bytes: heads of everything that they know, in rows without an end.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::customer::CustomerRules;
use crate::recognise::{AnchorId, Recognisers};
use crate::registry::Registry;
use crate::rule::{RuleInfo, TagKey};

/// The rules, and how many bytes they read around anchors.
#[derive(Debug)]
struct Counted {
    rules: Recognisers,
    read: Arc<AtomicU64>,
}

impl Recognise for Counted {
    fn at_anchor(&self, id: AnchorId, view: &[u8], at: usize, out: &mut Hits) {
        let before = out.spent();
        self.rules.at_anchor(id, view, at, out);
        self.read.fetch_add(out.spent() - before, Ordering::Relaxed);
    }

    fn binary(&self, view: &[u8], out: &mut Hits) {
        self.rules.binary(view, out);
    }

    fn values(&self, view: &[u8], out: &mut Hits) {
        self.rules.values(view, out);
    }

    fn customer(&self, surface: SurfaceKind, view: &[u8], work: &mut Work, out: &mut Hits) {
        self.rules.customer(surface, view, work, out);
    }

    fn spaced(&self) -> bool {
        self.rules.spaced()
    }

    fn rules(&self) -> Vec<RuleInfo> {
        self.rules.rules()
    }

    fn tag(&self, bytes: &[u8]) -> Tag {
        self.rules.tag(bytes)
    }
}

/// Bytes read around anchors, and whether the scan says that it stopped there.
fn read(bytes: &[u8], budgets: Budgets) -> (u64, bool) {
    let mut registry = Registry::default();
    let key = ztp_core::signature::SigningKey::from_seed(&[7; 32]);
    registry.add_isk(key.public_key().as_bytes()).unwrap();
    let rules = Recognisers::new(registry, CustomerRules::none(), BTreeMap::new(), TagKey::new([7; 32]));
    let anchors = Anchors::new(rules.anchors()).unwrap();
    let read = Arc::new(AtomicU64::new(0));
    let recognisers = Box::new(Counted { rules, read: Arc::clone(&read) });
    let mut scan = Scan::new(Arc::new(Core { anchors, recognisers, budgets }), SurfaceKind::Bytes);
    scan.update(bytes);
    scan.finish();
    let stopped = scan.gaps.iter().any(|(reason, _)| reason == Reason::Anchors);
    (read.load(Ordering::Relaxed), stopped)
}

/// Rows of every anchor, with what may follow it in its format.
fn rows(length: usize) -> Vec<Vec<u8>> {
    let rules =
        Recognisers::new(Registry::default(), CustomerRules::none(), BTreeMap::new(), TagKey::new([7; 32]));
    let more = [
        b"{\"prev_hash\":\"".as_slice(),
        b"{\"seq\":1,\"event_class\":\"",
        b"{\"event_class\":\"a\",\"hash\":\"",
        b"{\"kty\":\"RSA\",\"n\":\"",
        b"{\"kty\":\"",
        b"\x30\x82\x30\x82\x30\x1e\x17\x0d",
        b"modulus:\n00:aa:privateExponent:\n00:aa:",
    ];
    let glues = [b"".as_slice(), b"\":\"", b" ", b"{\"", b"---\n", b"a\n"];
    let anchors = rules.anchors().iter().map(|anchor| anchor.bytes.as_slice()).chain(more);
    anchors
        .flat_map(|anchor| glues.map(|glue| [anchor, glue].concat()))
        .map(|piece| piece.iter().copied().cycle().take(length).collect())
        .collect()
}

#[test]
fn rows_of_any_head_are_read_a_bounded_number_of_times_and_stopping_is_said() {
    const LENGTH: usize = 32 << 10;
    /// Most that one anchor reads, once the allowance was not used up before it.
    const ONE: u64 = 2 << 20;
    let budgets = Budgets::default();
    let mut stops = 0;
    for row in rows(LENGTH) {
        let (read, stopped) = read(&row, budgets);
        // Of the window, and of what its rows decode to, for which no more than the work of a window is there.
        let decoded = u64::from(budgets.work_factor) * LENGTH as u64;
        let most = u64::from(budgets.reading_factor) * (LENGTH as u64 + decoded / 4) + ONE;
        let shown = String::from_utf8_lossy(&row[..40]).into_owned();
        assert!(read <= most, "{shown:?}: {read}");
        let alone = u64::from(budgets.reading_factor) * LENGTH as u64;
        assert!(read <= alone + ONE || stopped || read <= most, "{shown:?}: {read}");
        stops += u32::from(stopped);
    }
    assert!(stops > 0, "some of them must meet the bound, or this shows nothing");
}

#[test]
fn without_the_bound_a_row_of_heads_is_read_a_thousand_times() {
    let row: Vec<u8> = b"{\"event_class\":\"a\",".iter().copied().cycle().take(256 << 10).collect();
    let budgets = Budgets::default();
    let (bounded, stopped) = read(&row, budgets);
    let (unbounded, through) = read(&row, Budgets { reading_factor: 1 << 16, ..budgets });
    assert!(stopped && !through);
    assert!(unbounded > 1000 * row.len() as u64, "{unbounded}");
    assert!(bounded < unbounded / 10, "{bounded} of {unbounded}");
}

#[test]
fn records_tokens_and_keys_in_their_numbers_do_not_meet_the_bound() {
    let digest = "0123456789abcdef".repeat(4);
    let kinds = [
        // Members of records in a document of another kind, deep in objects.
        format!("{{\"a\":{{\"b\":[{{\"event_class\":\"x\",\"payload\":{{\"n\":1}},\"prev_hash\":\"{digest}\"}}]}}}},\n"),
        // Public keys, as an identity provider lists them.
        "{\"kty\":\"RSA\",\"n\":\"".to_owned() + &"q83vEjRWeJq".repeat(30) + "\",\"e\":\"AQAB\",\"kid\":\"1\"},\n",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"q83vEjRWeJqrze8SNFZ4mqvN7xI0VniaqwAB\",\"y\":\"q8\"},\n".to_owned(),
        "  - name: system:serviceaccount:default:web\n    namespace: default\n    issuer: kubernetes.default.svc\n".to_owned(),
    ];
    for kind in kinds {
        let body: Vec<u8> = kind.bytes().cycle().take(1 << 20).collect();
        let (_, stopped) = read(&body, Budgets::default());
        assert!(!stopped, "{kind}");
    }
}
