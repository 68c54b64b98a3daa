//! A simulated bench as the detectors see it: the records of its sealed log, one after the other.

use ztp_anomaly::{Detectors, Output, RawRecord, Settings};
use ztp_audit::control::{LogOpened, LogSealed, SealPolicy};
use ztp_core::canonical::{self, Value};
use ztp_core::digest::sha256;
use ztp_core::signature::SigningKey;
use ztp_core::time::Timestamp;
use ztp_simulator::naive::{Alarm, Naive};
use ztp_simulator::told::{Accounts, Told};
use ztp_simulator::{Bench, Happening};

/// What both kinds of detector said of a bench.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    /// Records of the log.
    pub(crate) records: u64,
    /// What the detectors would seal.
    pub(crate) outputs: Vec<Output>,
    /// Alarms of the naive ones.
    pub(crate) naive: Vec<Alarm>,
}

impl Watched {
    /// Alerts that fired: name of the rule and effective time in milliseconds since 1970.
    pub(crate) fn fired(&self) -> Vec<(String, i64)> {
        let word = |output: &Output, name: &str| {
            output.payload.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let fired = self.outputs.iter().filter(|output| word(output, "phase") == "fired");
        fired.map(|output| (word(output, "detector"), output.at.as_millis())).collect()
    }
}

/// Runs the detectors, with the guide's thresholds, and the naive ones over a bench.
pub(crate) fn watch(bench: &Bench) -> Watched {
    let mut fold =
        Fold { detectors: Detectors::new(Settings::default(), Vec::new()), seen: Watched::default() };
    let mut naive = Naive::default();
    let key = || SigningKey::from_seed(&[7; 32]).public_key().clone();
    let heartbeat_ms = u32::try_from(bench.heartbeat_ms).unwrap_or(u32::MAX);
    let opened = LogOpened {
        log_id: [7; 16],
        origin: "bench-7.example/audit".to_owned(),
        public_key: key(),
        seal_policy: SealPolicy { heartbeat_ms, ..SealPolicy::default() },
    };
    fold.record("log.opened", &opened.to_value(), bench.day(0).start_ms);
    for told in Accounts::new(bench.steps(), bench.seed, &[]) {
        match told {
            Told::Admission(event) => naive.event(&event),
            Told::Sealed(event) => fold.event(&event),
            Told::Heartbeat { at_ms } => {
                let (boot_id, monotonic_ms) = bench.boot(at_ms);
                let sealed = LogSealed {
                    epoch: 0,
                    next_public_key: key(),
                    boot_id: Some(boot_id),
                    monotonic_ms: Some(monotonic_ms),
                };
                fold.record("log.sealed", &sealed.to_value(), at_ms);
            }
        }
    }
    fold.seen.naive = naive.alarms().to_vec();
    fold.seen
}

struct Fold {
    detectors: Detectors,
    seen: Watched,
}

impl Fold {
    fn event(&mut self, event: &Happening) {
        self.record(event.class.as_str(), &event.payload, event.at_ms);
    }

    #[allow(clippy::panic, reason = "a record that does not follow the one before is a fault of this file")]
    fn record(&mut self, class: &str, payload: &Value, at_ms: i64) {
        let payload = canonical::write(payload).unwrap_or_default();
        let seq = self.seen.records;
        self.seen.records += 1;
        let timestamp = Timestamp::from_millis(at_ms).unwrap_or(Timestamp::MIN);
        let record = RawRecord { seq, hash: sha256(&seq.to_be_bytes()), timestamp, class, payload: &payload };
        self.detectors.step(&record, &mut self.seen.outputs).unwrap_or_else(|e| panic!("record {seq}: {e}"));
    }
}
