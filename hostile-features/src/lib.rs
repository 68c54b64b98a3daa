//! Nothing of its own: `Cargo.toml` says what is tested here, and why.
