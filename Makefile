# The commands of this repository. `make` alone lists them.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo static-verifier test test-long rotation quick conformance bench bench-dlp lint fuzz mutants codes

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## (minutes: the first time it builds everything, and says at the end how long that took) a bench day from nothing: keys, 100,000 sealed records, a licence; verified from five surfaces, then one byte tampered; then three attempts of an insider
	@scripts/setup.sh demo
	@scripts/demo.sh

static-verifier: ## the auditor's ztp: one static file that cannot sign for an issuer, built twice with one digest, with SHA256SUMS
	@scripts/static_verifier.sh

test: ## everything: Rust, C, Go, Node, Python, the command, conformance of all surfaces, repository checks
	@scripts/setup.sh test
	@scripts/test.sh

test-long: ## what is too slow for every change: 10,000 killed writers, a segment of more than 1 GiB, a segment of seals alone, twenty honest years of each kind
	@scripts/setup.sh test
	@scripts/test_long.sh

rotation: ## a quarter's rotation with keys in tokens: root, certificate, sign, carry, ingest, spend, revoke
	@scripts/setup.sh rotation
	@scripts/rotation.sh

quick: ## Rust only: cargo test
	@cargo test --workspace --locked

conformance: ## the vectors through Rust, C, Go, Node and the command; one digest each, all equal
	@scripts/setup.sh demo
	@scripts/conformance.sh

bench: ## the speed bars, each a ratio measured in one run on this machine
	@scripts/setup.sh bench
	@scripts/bench.sh

bench-dlp: ## the egress monitor on benign packages: findings (0), speed beside other scanners, recall by dress
	@scripts/setup.sh bench
	@scripts/bench_dlp.sh

lint: ## formatting, clippy, documentation, dependency policy, repository checks
	@scripts/setup.sh lint
	@scripts/lint.sh

fuzz: ## each fuzz target for FUZZ_SECONDS (default 60)
	@scripts/setup.sh fuzz
	@scripts/fuzz.sh

mutants: ## MUTANTS (default 200) changes of the code, drawn by SEED (default 1), each of which a test must notice
	@scripts/setup.sh mutants
	@scripts/mutants.sh

codes: ## write docs/error-codes.md from the registry
	@cargo run -q -p xtask -- error-codes
