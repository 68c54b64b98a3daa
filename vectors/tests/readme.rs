//! The Rust program of docs/integrator.md is the example `first_verdict` of ztp-audit, which is compiled with the tests and run by
//! scripts/readme_examples.py.

const PAGE: &str = include_str!("../../docs/integrator.md");
const EXAMPLE: &str = include_str!("../../ztp-audit/examples/first_verdict.rs");

#[test]
fn the_rust_program_of_the_page_is_the_example() {
    let (_, block) = PAGE.split_once("```rust\n").expect("the page has a Rust program");
    let (block, _) = block.split_once("```").expect("its block ends");
    let (_, program) = EXAMPLE.split_once("\n\n").expect("a head, an empty line, the program");
    assert_eq!(program, block);
}
