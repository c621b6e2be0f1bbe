//! Which lines may pass at all, whatever the filter says.
//!
//! Guarantees that a library of somebody else's never prints below `info`, where HTTP, SMTP and SQL clients show what
//! they carry.
//! Leaves out: looking into our own lines. Those are held by types whose `Debug` shows nothing.

use tracing::{Level, Metadata};

/// Our crates, as `tracing` names their targets; a test compares them with the folder.
pub const OWN_CRATES: [&str; 20] = [
    "bus",
    "channel",
    "content",
    "contract",
    "domain",
    "event_log",
    "ingest",
    "loopback",
    "mahnwerk",
    "provider_codes",
    "provider_http",
    "replay",
    "rulebook",
    "runtime",
    "scheduler",
    "telemetry",
    "worker_call",
    "worker_email",
    "worker_sms",
    "worker_social",
];

/// Whether a line or span of this origin and level may be shown or exported.
pub fn may_pass(metadata: &Metadata<'_>) -> bool {
    is_own(metadata.target()) || *metadata.level() <= Level::INFO
}

fn is_own(target: &str) -> bool {
    let crate_name = target.split("::").next().unwrap_or(target);
    OWN_CRATES.contains(&crate_name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn only_whole_crate_names_count_as_ours() {
        for ours in ["scheduler", "scheduler::partition", "worker_sms::client", "event_log"] {
            assert!(is_own(ours), "{ours}");
        }
        for other in ["", "sqlx::query", "scheduler2", "hyper::proto", "schedulers::x", "::scheduler"] {
            assert!(!is_own(other), "{other}");
        }
    }

    #[test]
    fn the_list_is_the_folder() {
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).unwrap();
        let crates: BTreeSet<String> = folder
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.join("Cargo.toml").is_file())
            .map(|path| path.file_name().unwrap().to_str().unwrap().replace('-', "_"))
            .collect();
        assert_eq!(crates, OWN_CRATES.iter().map(|name| (*name).to_owned()).collect());
    }
}
