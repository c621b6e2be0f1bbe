# The verbs of daily work; each is one command that also works without just.

# Lists the verbs.
default:
    @just --list

# Builds everything.
build:
    cargo build --workspace

# Ninety made-up days with a thousand made-up debtors, in ./mahnwerk-demo.
demo *ARGS:
    cargo run --release -- demo {{ ARGS }}

# Every check; or a suite by its name, as in: just test deploy
test *SUITE:
    tests/run {{ SUITE }}

# What webhooks cost, beside a bare echo.
bench-webhooks:
    cargo build --release --package mahnwerk --package benches
    target/release/bench-webhooks --bin target/release/mahnwerk

# What the partition processor costs, beside a bare insert of the same rows; as in: just bench-append --rounds 3
bench-append *ARGS:
    cargo build --release --package benches
    tests/with-servers --as-deployed target/release/bench-append {{ ARGS }}

# From a published claim to its escalation: the rate, and how long one takes at half of it.
bench-flow *ARGS:
    cargo build --release --package benches
    tests/with-servers --as-deployed target/release/bench-flow {{ ARGS }}

# A million debtors due at once, beside ten thousand.
bench-herd *ARGS:
    cargo build --release --package benches
    tests/with-servers --as-deployed target/release/bench-herd {{ ARGS }}

# What a change must pass to land.
ci:
    .ci/run

# Formats every source.
fmt:
    cargo fmt --all

# Lints, warnings as errors.
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# The tests of one crate, as in: just unit domain
unit CRATE:
    cargo nextest run --package {{ CRATE }}

# The documentation of every crate.
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Licences, sources and who may use what.
deny:
    cargo deny check bans licenses sources
