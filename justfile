# The commands of this repository. `just` lists them; `cargo install just` installs it. Each recipe is
# one command that also works without `just`.

set positional-arguments
set shell := ["bash", "-euo", "pipefail", "-c"]

[private]
default:
    @just --list --unsorted

# Run the tests. Needs nothing but Rust.
test:
    cargo test -q

# Run everything that CI runs, or the steps of these names: `just check lints`.
check *steps:
    .ci/run "$@"

# Format the code.
format:
    cargo fmt --all

# Show which trace headers carry: `just inspect FILE`, or paste them.
inspect *arguments:
    cargo run -q -p inspect -- "$@"

# Run the services of the demo and show the trace through them.
demo:
    cargo run -q -p demo

# Check the documentation: code blocks, shown output, links.
docs *options:
    docs/check "$@"

# Open the page of the browser guide in headless Chromium.
browser:
    docs/browser

# Check the spelling.
spelling:
    typos

# Check the scripts and the workflows.
scripts:
    .ci/scripts

# Follow the README as a newcomer: a service in an empty directory.
adopt:
    docs/adopt

# List the lines that the tests run. Every line of the format files must be run.
coverage:
    .ci/coverage

# Change the code in one place at a time; a test must fail.
mutants *files:
    .ci/mutants "$@"

# Fuzz each target for some seconds: `just fuzz 60 kontur`.
fuzz seconds *targets:
    fuzz/run "$@"

# Share propagators between threads for some seconds: `just soak 60 --thread-sanitizer`.
soak seconds *options:
    fuzz/soak "$@"

# Run the benchmarks.
bench *arguments:
    cargo bench --manifest-path benches/Cargo.toml "$@"

# Compare instruction counts with the recorded ones. `just instructions --update` records them.
instructions *options:
    benches/instructions "$@"

# Compare the public API with the lists in docs/api. `just api --update` writes them.
api *options:
    .ci/api "$@"

# Check licenses, duplicate versions and sources of the dependencies.
deny:
    cargo deny check licenses bans sources

# Check the declared Rust version with an old compiler.
msrv:
    .ci/msrv

# Test with the lowest and the highest version of each dependency.
versions:
    .ci/versions

# Test, package and adopt the release line for OpenTelemetry 0.32.
release-lines:
    .ci/adopted-line

# Check that a mismatch of OpenTelemetry versions does not compile.
mismatch:
    .ci/mismatch

# Run services as other projects set them up.
setups:
    .ci/setups

# Run the SDKs of other languages against these crates.
interop:
    crates/interop/run

# Run the tests against message brokers.
brokers:
    crates/interop-brokers/run

# Run the tests of the formats on an emulated big-endian machine.
big-endian:
    .ci/big-endian

# Package each published crate as cargo would publish it.
package:
    .ci/package
