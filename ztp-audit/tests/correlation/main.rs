//! The correlation of admission decisions with a sealed log: each fault gives its finding and no other, at the exact boundary.

mod boundaries;
mod bounds;
mod faults;
mod hostile;
mod invariance;
mod pair;
