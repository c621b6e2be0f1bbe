//! Generates the wire types from `proto/`, without `protoc`.

use std::io::Result;

const FILES: [&str; 11] = [
    "mahnwerk/trace/v1/trace.proto",
    "mahnwerk/claim/v1/claim.proto",
    "mahnwerk/claim/v1/personal.proto",
    "mahnwerk/claim/v1/batch.proto",
    "mahnwerk/claim/v1/upstream.proto",
    "mahnwerk/outcome/v1/outcome.proto",
    "mahnwerk/escalation/v1/escalation.proto",
    "mahnwerk/event/v1/envelope.proto",
    "mahnwerk/state/v1/debtor.proto",
    "mahnwerk/command/v1/command.proto",
    "mahnwerk/feed/v1/feed.proto",
];

fn main() -> Result<()> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto");
    println!("cargo:rerun-if-changed={root}");
    let files = protox::compile(FILES, [root]).map_err(std::io::Error::other)?;
    // No `Debug`: a personal part could slip into a log line through it.
    prost_build::Config::new().skip_debug(["."]).include_file("wire_types.rs").compile_fds(files)
}
