//! Does what is about to leave the bench carry one of its secrets, however dressed: the egress monitor (camada 11).

pub mod allow;
mod anchor;
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
