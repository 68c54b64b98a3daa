//! Does what is about to leave the bench carry one of its secrets, however dressed: the egress monitor (camada 11).

mod anchor;
pub mod budget;
mod decode;
pub mod hit;
pub mod rule;
mod scan;
mod segment;
pub mod stream;
pub mod surface;
mod trail;
pub mod allow;
pub mod customer;
pub mod recognise;
pub mod registry;
