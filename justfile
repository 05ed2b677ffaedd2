# The commands of this repository. `just` lists them, and `cargo install just` installs it. Each
# recipe is one command that also works without `just`.

set positional-arguments
set shell := ["bash", "-euo", "pipefail", "-c"]

# The tools that `.ci/tools` installs.
export PATH := justfile_directory() / "target/tools/bin:" + env("PATH")

[private]
default:
    @just --list --unsorted

# Run the tests. Only needs Rust.
test:
    cargo test -q

# Run all checks of CI, or the steps of these names: `just check lints`.
check *steps:
    .ci/run "$@"

# Format the code.
format:
    cargo fmt --all

# Show the traces in headers or in a log: `just trace-inspect FILE`, or paste the text.
trace-inspect *arguments:
    cargo run -q -p trace-inspect -- "$@"

# Run the services of the demo and show their trace.
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
    .ci/run spelling

# Check the scripts and the workflows.
scripts:
    .ci/scripts

# Create a service in an empty directory, as the README describes.
adopt:
    docs/adopt

# Measure the line coverage. Every line of the format files must be covered.
coverage:
    .ci/coverage

# Change the code in one place at a time, and check that a test fails: `just mutants -p PACKAGE`.
mutants *arguments:
    .ci/mutants "$@"

# Fuzz each target for some seconds: `just fuzz 60 kontur`.
fuzz seconds *targets:
    fuzz/run "$@"

# Share propagators between threads for some seconds: `just soak 60 --thread-sanitizer`.
soak seconds *options:
    fuzz/soak "$@"

# Measure nanoseconds per call, hot and cold, in three builds.
bench:
    benches/nanoseconds

# Compare instruction counts; `--update` records them, `--tables` prints the tables of the docs.
instructions *options:
    benches/instructions "$@"

# Compare the public API with the lists in docs/api. `just api --update` writes them.
api *options:
    .ci/api "$@"

# Check licenses, duplicate versions and sources of the dependencies.
deny:
    .ci/run 'licenses and sources'

# Build with the compiler of the declared Rust version.
msrv:
    .ci/msrv

# Test with the lowest and with the highest version of each dependency.
versions:
    .ci/versions

# Test and package the release lines for older versions of OpenTelemetry, and add each to a project.
release-lines *line:
    .ci/adopted-line "$@"

# Test with the next OpenTelemetry: the newest sources, renumbered, or those of a checkout.
next *checkout:
    .ci/adopted-line next "$@"

# Compare the table of instrumentation crates with the registry. `--update` writes it.
instrumentation *options:
    docs/instrumentation "$@"

# Check that mismatched OpenTelemetry versions do not compile.
mismatch:
    .ci/mismatch

# Run services that are set up in the ways of other projects.
setups:
    .ci/setups

# Interpret tests of the formats with Miri, which detects undefined behavior.
miri:
    .ci/miri

# Test these crates with the SDKs of other languages.
interop:
    crates/internal/interop/run
    crates/internal/interop/django

# Run the tests with message brokers.
brokers:
    crates/internal/brokers/run

# Run the tests with salvo and poem.
frameworks:
    crates/internal/frameworks/run

# Run the tests of the formats on an emulated big-endian machine.
big-endian:
    .ci/big-endian

# Package each published crate as cargo would publish it.
package:
    .ci/package
