//! Trying transactions out, without a vault or on the state of one: what would happen, and which rule would refuse what?

use ztp_core::Coded as _;
use ztp_core::anchor::{AnchorKind, AnchorReading};
use ztp_core::canonical::{self, Limits, Value};
use ztp_core::digest::{Digest, sha256};
use ztp_core::schema::Fields;
use ztp_core::signature::PublicKey;
use ztp_core::time::Timestamp;

use super::anchor::{AnchorStep, judge};
use super::error::{VaultError, malformed};
use super::fields;
use super::receipt::ReceiptBody;
use super::state::{Binding, State};
use super::transaction::{Mint, NoteRequest, Open, SpendRequest, Transaction};
use crate::envelope::read_unverified;
use crate::member::number;

/// The name of the script's format.
pub const SCRIPT_SCHEMA: &str = "ztp.vault.script/1";

/// The name of the result's format.
pub const SIMULATION_SCHEMA: &str = "ztp.vault.simulation/1";

/// Most steps of one script.
pub const STEPS_MAX: usize = 10_000;

/// Limits of a script.
const LIMITS: Limits = Limits { bytes_max: 64 << 20, depth_max: 24 };

/// What came of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Simulation {
    /// The code of the first step that was refused.
    pub code: Option<&'static str>,
    /// The document.
    pub json: Vec<u8>,
}

/// Runs a script (`ztp.vault.script/1`) on an empty vault: `{"bench_id","device_key","nonce","schema","steps","time"}`, where a step is
/// `{"kind":"mint","envelope","time"}`, `{"kind":"spend","request","time"}`, `{"kind":"request","request_id","time"}` or
/// `{"kind":"anchor","counter","digest"}`, which holds the vault against what an anchor would hold, bound before the first step
/// at a counter of 0 and a digest of zeros. A refused step changes nothing, and the next is tried.
///
/// Nothing is signed, and envelopes are **not verified**; the document says so.
///
/// # Errors
/// [`VaultError`] for a script that cannot be read; what the rules refuse is in the result.
pub fn simulate(script: &[u8]) -> Result<Simulation, VaultError> {
    let value = canonical::read(script, &LIMITS)?;
    let mut members = Fields::open(&value, "script")?;
    fields::schema(&mut members, SCRIPT_SCHEMA)?;
    let open = Transaction::Open(Open {
        bench_id: members.string("bench_id")?.to_owned(),
        device: PublicKey::from_hex(members.string("device_key")?)?,
        generation: None,
        nonce: fields::digest(&mut members, "nonce")?,
        time: fields::time(&mut members, "time")?,
    });
    let steps = members.array("steps")?;
    members.finish()?;
    let mut run = Run::on(State::new(), Some(AnchorReading { counter: 0, digest: Digest::ZERO }));
    run.note(0, |run| run.apply(&open))?;
    run.steps(steps)
}

/// The vault on whose state a script is to run, if it names one: `{"schema","steps","vault"}`.
///
/// # Errors
/// [`VaultError`] for a script that cannot be read.
pub fn script_vault(script: &[u8]) -> Result<Option<String>, VaultError> {
    let value = canonical::read(script, &LIMITS)?;
    if value.get("vault").is_none() {
        return Ok(None);
    }
    Ok(Some(Fields::open(&value, "script")?.string("vault")?.to_owned()))
}

/// Runs a script that names a vault ([`script_vault`]) on that vault's state, of which nothing is changed: would a spend succeed, and what
/// would be left? The steps are as in [`simulate`], without `anchor`.
///
/// # Errors
/// As [`simulate`].
pub fn simulate_on(state: State, script: &[u8]) -> Result<Simulation, VaultError> {
    let value = canonical::read(script, &LIMITS)?;
    let mut members = Fields::open(&value, "script")?;
    fields::schema(&mut members, SCRIPT_SCHEMA)?;
    members.string("vault")?;
    let steps = members.array("steps")?;
    members.finish()?;
    Run::on(state, None).steps(steps)
}

fn document(run: Run) -> Result<Simulation, VaultError> {
    let state = &run.state;
    let classes = state.class_names().map(|class| {
        let (minted, consumed, held) = state.sums(class);
        Value::object([
            ("class", Value::from(class)),
            ("consumed", number(consumed)),
            ("held", number(held)),
            ("minted", number(minted)),
        ])
    });
    let json = canonical::write(&Value::object([
        ("classes", Value::from(classes.collect::<Vec<_>>())),
        ("code", run.code.map_or(Value::Null, Value::from)),
        ("head", state.head().to_string().into()),
        ("results", run.results.into()),
        ("schema", SIMULATION_SCHEMA.into()),
        ("seq", number(state.seq())),
        ("verified", false.into()),
    ]))?;
    Ok(Simulation { code: run.code, json })
}

struct Run {
    state: State,
    results: Vec<Value>,
    code: Option<&'static str>,
    /// What an anchor bound from the start would hold before and after the last transaction; none where the vault is a real one.
    held: Option<AnchorReading>,
    last: Option<(AnchorReading, Digest)>,
}

/// A step that cannot be read ends the script; one that is refused is a result.
enum Stop {
    Refused(VaultError),
    Unreadable(VaultError),
}

impl Run {
    const fn on(state: State, held: Option<AnchorReading>) -> Self {
        Self { state, results: Vec::new(), code: None, held, last: None }
    }

    fn steps(mut self, steps: &[Value]) -> Result<Simulation, VaultError> {
        if steps.len() > STEPS_MAX {
            return Err(VaultError::ListLength {
                what: "the list of steps",
                found: steps.len(),
                max: STEPS_MAX,
            });
        }
        for (index, step) in steps.iter().enumerate() {
            self.note(index + 1, |run| run.step(index, step))?;
        }
        document(self)
    }

    fn note(
        &mut self,
        step: usize,
        run: impl FnOnce(&mut Self) -> Result<Option<ReceiptBody>, Stop>,
    ) -> Result<(), VaultError> {
        let mut members = vec![("step", number(u64::try_from(step).unwrap_or(u64::MAX)))];
        match run(self) {
            Ok(body) => members.extend(body.map(|body| ("receipt", body.to_value()))),
            Err(Stop::Unreadable(error)) => return Err(error),
            Err(Stop::Refused(error)) => {
                self.code = self.code.or(Some(error.code()));
                members.push(("code", error.code().into()));
                members.push(("message", error.to_string().into()));
            }
        }
        self.results.push(Value::object(members));
        Ok(())
    }

    fn apply(&mut self, transaction: &Transaction) -> Result<Option<ReceiptBody>, Stop> {
        let body = self.state.apply(transaction).map_err(Stop::Refused)?;
        let digest = transaction.digest().map_err(Stop::Refused)?;
        if let Some(held) = self.held {
            self.last = Some((held, digest));
            self.held = Some(held.after(&digest));
        }
        Ok(Some(body))
    }

    fn step(&mut self, index: usize, step: &Value) -> Result<Option<ReceiptBody>, Stop> {
        let path = format!("script.steps[{index}]");
        match Self::read(&path, step).map_err(Stop::Unreadable)? {
            Step::Mint(envelope, time) => {
                let licence = read_unverified(envelope.as_bytes());
                let licence = licence.map_err(|error| Stop::Refused(error.into()))?;
                let mint = Mint::new(&licence, sha256(envelope.as_bytes()), time);
                self.apply(&Transaction::Mint(mint))
            }
            Step::Spend(request, time) => {
                let content = request.digest().map_err(Stop::Refused)?;
                if self.state.request_done(&request.request_id, &content).map_err(Stop::Refused)?.is_some() {
                    return Ok(None);
                }
                let spend = self.state.prepare(&request, time).map_err(Stop::Refused)?;
                self.apply(&spend)
            }
            Step::Request(request) => self.apply(&Transaction::Request(request)),
            Step::Anchor(found) => {
                let Some(held) = self.held else {
                    let reason = "an anchor is for a script that makes its own vault";
                    return Err(Stop::Unreadable(malformed(format!("{path}.kind"), reason)));
                };
                let (before, last) = self.last.unwrap_or((held, Digest::ZERO));
                let binding = Binding {
                    id: "script".to_owned(),
                    kind: AnchorKind::Test,
                    start: AnchorReading { counter: 0, digest: Digest::ZERO },
                    expected: held,
                    before,
                    last,
                };
                let judged: Result<AnchorStep, _> = judge(&binding, &found);
                judged.map(|_| None).map_err(Stop::Refused)
            }
        }
    }

    fn read(path: &str, step: &Value) -> Result<Step, VaultError> {
        let mut members = Fields::open(step, path)?;
        let kind = members.string("kind")?;
        let read = match kind {
            "mint" => Step::Mint(members.string("envelope")?.to_owned(), fields::time(&mut members, "time")?),
            "spend" => {
                let request = SpendRequest::from_value(members.value("request")?)?;
                Step::Spend(request, fields::time(&mut members, "time")?)
            }
            "request" => Step::Request(NoteRequest {
                request_id: members.string("request_id")?.to_owned(),
                time: fields::time(&mut members, "time")?,
            }),
            "anchor" => Step::Anchor(AnchorReading {
                counter: fields::number(&mut members, "counter")?,
                digest: fields::digest(&mut members, "digest")?,
            }),
            _ => return Err(malformed(format!("{path}.kind"), "expected mint, spend, request or anchor")),
        };
        members.finish()?;
        Ok(read)
    }
}

enum Step {
    Mint(String, Timestamp),
    Spend(SpendRequest, Timestamp),
    Request(NoteRequest),
    Anchor(AnchorReading),
}
