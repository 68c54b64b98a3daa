//! Writes a simulated bench to disk: a real sealed log and the webhook's admission stream beside it.
//!
//!     cargo run --release -p ztp-simulator --example simulate -- DIR [--seed N] [--days N] [--attack NAME@DAY]... [--fault NAME@DECISION]...
//!
//! DIR must be new; it gets `log/` and `admission.jsonl`. The first key and the counts are printed as one JSON line.

#![allow(clippy::print_stdout, reason = "a command that prints what it measured")]

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use ztp_audit::control::SealPolicy;
use ztp_audit::head;
use ztp_audit::store::{CreateOptions, Host, NewEvent, Writer};
use ztp_core::time::Timestamp;
use ztp_simulator::dice::Dice;
use ztp_simulator::told::{Accounts, Fault, Told, line};
use ztp_simulator::{Attack, Bench};

/// Records appended at once.
const BATCH: usize = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    let (dir, bench, faults) = arguments()?;
    let log = dir.join("log");
    fs::create_dir(&dir)?;
    let mut admission = BufWriter::new(File::create(dir.join("admission.jsonl"))?);
    let start = bench.from;
    let heartbeat_ms = u32::try_from(bench.heartbeat_ms)?;
    let policy = SealPolicy { records_max: 1_000, interval_ms: heartbeat_ms, heartbeat_ms };
    let options = CreateOptions { origin: "bench-7.example/audit".to_owned(), policy };
    let clock = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(start.as_millis()));
    let host = SimulatedHost { bench: bench.clone(), dice: Dice::new(bench.seed), clock: clock.clone() };
    let mut writer = Writer::create(&log, &options, start, Box::new(host))?;
    let mut batch: Vec<NewEvent> = Vec::with_capacity(BATCH);
    let (mut decisions, mut records) = (0_u64, 0_u64);
    for told in Accounts::new(bench.steps(), bench.seed, &faults) {
        match told {
            Told::Admission(event) => {
                decisions += 1;
                admission.write_all(&line(&event))?;
            }
            Told::Sealed(event) => {
                records += 1;
                let timestamp = Some(event.timestamp());
                batch.push(NewEvent { event_class: event.class, payload: event.payload, timestamp });
                if batch.len() == BATCH {
                    append(&mut writer, &mut batch, &clock)?;
                }
            }
            Told::Heartbeat { at_ms } => {
                append(&mut writer, &mut batch, &clock)?;
                clock.store(at_ms, std::sync::atomic::Ordering::Relaxed);
                writer.seal(Timestamp::from_millis(at_ms)?)?;
            }
        }
    }
    append(&mut writer, &mut batch, &clock)?;
    admission.flush()?;
    let vkey = head::genesis_vkey(&log)?;
    println!(r#"{{"decisions":{decisions},"records":{records},"vkey":"{vkey}"}}"#);
    Ok(())
}

fn append(
    writer: &mut Writer,
    batch: &mut Vec<NewEvent>,
    clock: &std::sync::atomic::AtomicI64,
) -> Result<(), Box<dyn Error>> {
    let Some(now) = batch.last().and_then(|event| event.timestamp) else { return Ok(()) };
    clock.store(now.as_millis(), std::sync::atomic::Ordering::Relaxed);
    writer.append(batch, now)?;
    batch.clear();
    Ok(())
}

/// Where to write, what, and what is done to which decision.
type Asked = (PathBuf, Bench, Vec<(u64, Fault)>);

fn arguments() -> Result<Asked, Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let dir = PathBuf::from(words.next().ok_or("give a directory")?);
    let mut bench = Bench::new(7);
    let mut faults = Vec::new();
    while let (Some(flag), Some(value)) = (words.next(), words.next()) {
        let at = || value.split_once('@').ok_or_else(|| format!("{flag} {value}: write NAME@NUMBER"));
        match flag.as_str() {
            "--seed" => bench.seed = value.parse()?,
            "--days" => bench.days = value.parse()?,
            "--attack" => {
                let (name, day) = at()?;
                bench = bench.with(Attack::from_name(name).ok_or(format!("no attack {name}"))?, day.parse()?);
            }
            "--fault" => {
                let (name, number) = at()?;
                faults.push((number.parse()?, Fault::from_name(name).ok_or(format!("no fault {name}"))?));
            }
            _ => return Err(format!("no flag {flag}").into()),
        }
    }
    Ok((dir, bench, faults))
}

/// The simulated machine: its boot and its clocks are the bench's, and its keys come from the seed, so the log protects nothing.
struct SimulatedHost {
    bench: Bench,
    dice: Dice,
    clock: std::sync::Arc<std::sync::atomic::AtomicI64>,
}

impl SimulatedHost {
    fn boot(&self) -> (String, u64) {
        self.bench.boot(self.clock.load(std::sync::atomic::Ordering::Relaxed))
    }
}

impl Host for SimulatedHost {
    fn fill_random(&mut self, seed: &mut [u8; 32]) -> Result<(), String> {
        for part in seed.chunks_mut(8) {
            part.copy_from_slice(&self.dice.next().to_le_bytes());
        }
        Ok(())
    }

    fn boot_id(&mut self) -> Option<String> {
        Some(self.boot().0)
    }

    fn monotonic_ms(&mut self) -> Option<u64> {
        Some(self.boot().1)
    }
}
