//! Writes the generated files: `cargo run -p ztp-c --example generate`.

#[path = "../generate/mod.rs"]
#[allow(missing_docs, clippy::expect_used, reason = "a build-time tool, not part of the library")]
mod generate;

fn main() -> std::io::Result<()> {
    for file in generate::files() {
        std::fs::write(&file.path, (file.content)())?;
    }
    Ok(())
}
