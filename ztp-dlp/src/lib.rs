//! Does what is about to leave the bench carry one of its secrets, however dressed: the egress monitor (camada 11).
//!
//! ```
//! use std::collections::BTreeMap;
//! use ztp_dlp::allow::AllowList;
//! use ztp_dlp::budget::Budgets;
//! use ztp_dlp::customer::CustomerRules;
//! use ztp_dlp::recognise::Recognisers;
//! use ztp_dlp::registry::Registry;
//! use ztp_dlp::rule::TagKey;
//! use ztp_dlp::scanner::{Config, Mode, Scanner};
//!
//! let (registry, rules) = (Registry::default(), CustomerRules::default());
//! let recognisers = Recognisers::new(registry, rules, BTreeMap::new(), TagKey::new([7; 32]));
//! let (mode, allow, budgets) = (Mode::Enforce, AllowList::none(), Budgets::default());
//! let scanner = Scanner::new(Config { mode, recognisers, allow, budgets })?;
//!
//! assert_eq!(scanner.scan_bytes(b"twelve pods are ready").verdict(), "clean");
//!
//! let key = ztp_core::signature::SigningKey::from_seed(&[0; 32]).to_pkcs8_pem();
//! assert_eq!(scanner.scan_bytes(key.as_bytes()).verdict(), "blocked");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod allow;
mod anchor;
pub mod baseline;
mod begin;
pub mod budget;
mod column;
pub mod customer;
mod decode;
mod error;
pub mod event;
mod fields;
pub mod finding;
mod form;
#[cfg(fuzzing)]
pub mod fuzzing;
mod gram;
mod hit;
pub mod memory;
mod parts;
pub mod recognise;
pub mod registry;
pub mod request;
pub mod rule;
mod scan;
pub mod scanner;
mod segment;
pub mod stream;
pub mod surface;
mod trail;
mod url;
mod whole;
mod window;
