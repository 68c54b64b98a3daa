//! Two streams that agree, to be made to disagree.

use std::collections::BTreeMap;

use ztp_audit::control::{LogOpened, LogSealed, SealPolicy};
use ztp_audit::correlate::{Kind, Report, Settings, correlate};
use ztp_audit::record::{Draft, encode_payload, write_record};
use ztp_audit::source::MemorySource;
use ztp_audit::verify::NoProgress;
use ztp_core::canonical::{self, Value};
use ztp_core::digest::Digest;
use ztp_core::event::EventClass;
use ztp_core::event::admission::{AdmissionDecision, Decision, Mode};
use ztp_core::signature::SigningKey;
use ztp_core::time::Timestamp;

/// 2026-05-12T08:00:00.000Z
pub(crate) const START_MS: i64 = 1_778_572_800_000;

/// A decision in one of the streams.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) decision: AdmissionDecision,
    pub(crate) at_ms: i64,
}

/// Both streams, as they will be written.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) admission: Vec<Told>,
    pub(crate) sealed: Vec<Told>,
}

impl Pair {
    /// `count` decisions, `step_ms` apart, each sealed 40 ms after it was made, and a quiet minute at the end.
    pub(crate) fn of(count: usize, step_ms: i64) -> Self {
        let told = |at: usize, delay_ms: i64| {
            let n = i64::try_from(at).unwrap();
            let uid = format!("{at:08x}-0000-4000-8000-{at:012x}");
            let decision = AdmissionDecision::new(uid, "deploy-bot", Decision::Allow, Mode::Enforce);
            Told { decision, at_ms: START_MS + n * step_ms + delay_ms }
        };
        Self {
            admission: (0..count).map(|at| told(at, 0)).collect(),
            sealed: (0..count).map(|at| told(at, 40)).collect(),
        }
    }

    /// The admission stream's lines.
    pub(crate) fn lines(&self) -> Vec<u8> {
        self.admission.iter().flat_map(|told| line(told, "admission.decision")).collect()
    }

    /// The sealed log's records, with a heartbeat a minute after the last.
    pub(crate) fn log(&self) -> MemorySource {
        let mut log = Log::default();
        let last = self.sealed.iter().map(|t| t.at_ms).max().unwrap_or(START_MS);
        log.opened(self.sealed.iter().map(|t| t.at_ms).min().unwrap_or(START_MS), 3_600_000);
        for told in &self.sealed {
            log.decision(told);
        }
        log.other("ops-checklist", last + 60_000);
        log.source()
    }

    pub(crate) fn report(&self, settings: Settings) -> Report {
        correlate(&self.lines()[..], 0, &self.log(), settings, &NoProgress).unwrap()
    }

    /// The kinds found under the usual settings, each with its count.
    pub(crate) fn found(&self) -> Vec<(Kind, u64)> {
        kinds(&self.report(Settings::default()))
    }
}

pub(crate) fn kinds(report: &Report) -> Vec<(Kind, u64)> {
    report.findings.totals().iter().map(|(kind, total)| (*kind, *total)).collect()
}

/// A line of an admission stream.
pub(crate) fn line(told: &Told, class: &str) -> Vec<u8> {
    let event = Value::object::<_, Value>([
        ("event_class", class.into()),
        ("payload", told.decision.to_value()),
        ("timestamp", Timestamp::from_millis(told.at_ms).unwrap().to_string().into()),
    ]);
    let mut bytes = canonical::write(&event).unwrap();
    bytes.push(b'\n');
    bytes
}

/// A log in memory: chained, not sealed, which is all that a comparison reads.
#[derive(Debug, Default)]
pub(crate) struct Log {
    bytes: Vec<u8>,
    seq: u64,
    last: Option<Digest>,
}

impl Log {
    pub(crate) fn write(&mut self, class: &str, payload: &Value, at_ms: i64) {
        let class: EventClass = class.parse().unwrap();
        let payload = encode_payload(payload).unwrap();
        let timestamp = Timestamp::from_millis(at_ms).unwrap();
        let draft = Draft { event_class: &class, payload: &payload, timestamp };
        let last = self.last.unwrap_or(Digest::ZERO);
        self.last = Some(write_record(&mut self.bytes, &draft, self.seq, &last));
        self.seq += 1;
    }

    pub(crate) fn opened(&mut self, at_ms: i64, heartbeat_ms: u32) {
        let opened = LogOpened {
            log_id: [7; 16],
            origin: "bench-7.example/audit".to_owned(),
            public_key: SigningKey::from_seed(&[7; 32]).public_key().clone(),
            seal_policy: SealPolicy { heartbeat_ms, ..SealPolicy::default() },
        };
        self.write("log.opened", &opened.to_value(), at_ms);
    }

    pub(crate) fn sealed(&mut self, at_ms: i64, boot: &str, monotonic_ms: u64) {
        let sealed = LogSealed {
            epoch: 0,
            next_public_key: SigningKey::from_seed(&[8; 32]).public_key().clone(),
            boot_id: Some(boot.to_owned()),
            monotonic_ms: Some(monotonic_ms),
        };
        self.write("log.sealed", &sealed.to_value(), at_ms);
    }

    pub(crate) fn decision(&mut self, told: &Told) {
        self.write("admission.decision", &told.decision.to_value(), told.at_ms);
    }

    pub(crate) fn other(&mut self, class: &str, at_ms: i64) {
        self.write(class, &Value::Object([].into()), at_ms);
    }

    pub(crate) fn source(&self) -> MemorySource {
        MemorySource { segments: BTreeMap::from([(0, self.bytes.clone())]), notes: BTreeMap::new() }
    }
}
