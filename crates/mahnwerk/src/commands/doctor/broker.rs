//! Judging a NATS server: its version, whether it keeps streams, and whether they are as they have to be.

use bus::nats::inspect::{Inspection, StreamState};

use super::finding::Finding;

/// The oldest server that is supported.
const OLDEST: (u32, u32) = (2, 9);

/// What a broker means for the carrier.
pub(super) fn judge_broker(found: &Inspection) -> Vec<Finding> {
    let mut findings = vec![version(&found.version)];
    if !found.keeps_streams {
        let remedy = "switch JetStream on at the server: `jetstream { store_dir: … }`";
        findings.push(Finding::fail("NATS keeps no streams: JetStream is off", remedy));
        return findings;
    }
    let before = findings.len();
    let streams = found.streams.iter();
    findings.extend(streams.filter_map(|(name, state)| stream(name, state)));
    if findings.len() == before {
        findings.push(Finding::ok(format!("the {} streams are as they have to be", found.streams.len())));
    }
    findings
}

fn version(text: &str) -> Finding {
    let mut numbers = text.split('.').map(|part| part.parse().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(major), Some(minor)) if (major, minor) >= OLDEST => {
            Finding::ok(format!("NATS answers, of version {major}.{minor}"))
        }
        (Some(major), Some(minor)) => {
            let (oldest, newer) = OLDEST;
            let what = format!(
                "NATS is of version {major}.{minor}, and {oldest}.{newer} is the oldest that is supported"
            );
            Finding::fail(what, "move to a newer server")
        }
        (_, _) => {
            Finding::warn("NATS answers with a version that can't be read", "see that it is 2.9 or newer")
        }
    }
}

fn stream(name: &str, state: &StreamState) -> Option<Finding> {
    match state {
        StreamState::AsDeclared => None,
        StreamState::Missing => Some(Finding::warn(
            format!("the stream {name} is missing"),
            "the first process that needs it makes it, if its user may",
        )),
        StreamState::Differs { field, wanted, found } => Some(Finding::fail(
            format!("the stream {name} has {field} {found} instead of {wanted}"),
            "change it, or delete it and let it be made anew: no process starts on it",
        )),
        StreamState::Unknown => Some(Finding::warn(
            format!("the server does not tell what the stream {name} is"),
            "ask as a user who may see it",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::finding::Level;

    fn lines(version: &str, keeps_streams: bool, states: Vec<StreamState>) -> Vec<(Level, String)> {
        let streams = states.into_iter().map(|state| ("CLAIMS".to_owned(), state)).collect();
        let found = Inspection { version: version.to_owned(), keeps_streams, streams };
        judge_broker(&found).iter().map(|finding| (finding.level, finding.to_string())).collect()
    }

    #[test]
    fn a_broker_is_judged_by_version_jetstream_and_streams() {
        use StreamState::{AsDeclared, Missing, Unknown};
        let differs =
            || StreamState::Differs { field: "max_bytes", wanted: "9".to_owned(), found: "1".to_owned() };
        for (version, keeps, states, level, said) in [
            ("2.9.10", true, vec![AsDeclared], Level::Ok, "streams are as they have to be"),
            ("2.15.1", true, vec![AsDeclared, AsDeclared], Level::Ok, "the 2 streams"),
            ("10.0.0", true, vec![AsDeclared], Level::Ok, "of version 10.0"),
            ("2.8.4", true, vec![AsDeclared], Level::Fail, "2.9 is the oldest"),
            ("1.99.0", true, vec![AsDeclared], Level::Fail, "2.9 is the oldest"),
            ("dev", true, vec![AsDeclared], Level::Warn, "can't be read"),
            ("2.10.0-RC.1", false, vec![], Level::Fail, "JetStream is off"),
            ("2.10.0", true, vec![AsDeclared, Missing], Level::Warn, "CLAIMS is missing"),
            ("2.10.0", true, vec![Unknown], Level::Warn, "does not tell"),
            ("2.10.0", true, vec![differs()], Level::Fail, "max_bytes 1 instead of 9"),
        ] {
            let lines = lines(version, keeps, states);
            let found = lines.iter().find(|(_, line)| line.contains(said));
            assert_eq!(found.map(|(level, _)| *level), Some(level), "{said}: {lines:?}");
            let bad = lines.iter().filter(|(level, _)| *level != Level::Ok).count();
            assert_eq!(bad, usize::from(level != Level::Ok), "{lines:?}");
        }
    }
}
