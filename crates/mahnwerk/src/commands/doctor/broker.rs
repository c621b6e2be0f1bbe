//! Judging a NATS server: its version, whether it keeps streams, and whether streams and consumers are as they have to be.

use bus::nats::inspect::{Comparison, Inspection};

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
    findings.extend(streams(&found.streams));
    findings.extend(consumers(&found.consumers));
    findings
}

fn streams(found: &[(String, Comparison)]) -> Vec<Finding> {
    let bad: Vec<Finding> = found
        .iter()
        .filter_map(|(name, state)| match state {
            Comparison::Missing => Some(Finding::warn(
                format!("the stream {name} is missing"),
                "the first process that needs it makes it, if its user may",
            )),
            Comparison::AsDeclared | Comparison::Differs { .. } | Comparison::Unknown => {
                difference(&format!("the stream {name}"), state)
            }
        })
        .collect();
    if bad.is_empty() {
        return vec![Finding::ok(format!("the {} streams are as they have to be", found.len()))];
    }
    bad
}

/// A consumer comes with the first process of its role: one that is missing may be of a channel that nobody works.
fn consumers(found: &[(String, String, Comparison)]) -> Vec<Finding> {
    let place = |stream: &String, name: &String| format!("the consumer {name} of {stream}");
    let bad: Vec<Finding> =
        found.iter().filter_map(|(stream, name, state)| difference(&place(stream, name), state)).collect();
    if !bad.is_empty() || found.is_empty() {
        return bad;
    }
    let missing: Vec<&str> = found
        .iter()
        .filter(|(.., state)| *state == Comparison::Missing)
        .map(|(_, name, _)| name.as_str())
        .collect();
    let there = format!("the {} consumers are as they have to be", found.len().saturating_sub(missing.len()));
    vec![Finding::ok(match missing.as_slice() {
        [] => there,
        missing => {
            format!("{there}; not made yet, for want of a process that needs them: {}", missing.join(", "))
        }
    })]
}

/// What is not as it has to be, if it is there.
fn difference(place: &str, state: &Comparison) -> Option<Finding> {
    match state {
        Comparison::AsDeclared | Comparison::Missing => None,
        Comparison::Differs { field, wanted, found } => Some(Finding::fail(
            format!("{place} has {field} {found} instead of {wanted}"),
            "change it, or delete it and let it be made anew: no process starts on it",
        )),
        Comparison::Unknown => Some(Finding::warn(
            format!("the server does not tell what {place} is"),
            "ask as a user who may see it",
        )),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::finding::Level;

    fn lines(version: &str, keeps_streams: bool, states: Vec<Comparison>) -> Vec<(Level, String)> {
        let streams = states.into_iter().map(|state| ("CLAIMS".to_owned(), state)).collect();
        let found = Inspection { version: version.to_owned(), keeps_streams, streams, consumers: Vec::new() };
        judge_broker(&found).iter().map(|finding| (finding.level, finding.to_string())).collect()
    }

    #[test]
    fn a_broker_is_judged_by_version_jetstream_and_streams() {
        use Comparison::{AsDeclared, Missing, Unknown};
        let differs =
            || Comparison::Differs { field: "max_bytes", wanted: "9".to_owned(), found: "1".to_owned() };
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

    #[test]
    fn consumers_are_judged_like_streams_but_for_those_that_nobody_needed_yet() {
        use Comparison::{AsDeclared, Missing, Unknown};
        let differs =
            Comparison::Differs { field: "max_deliver", wanted: "5".to_owned(), found: "9".to_owned() };
        for (states, level, said) in [
            (vec![AsDeclared, AsDeclared], Level::Ok, "the 2 consumers are as they have to be"),
            (vec![AsDeclared, Missing], Level::Ok, "the 1 consumers are as they have to be; not made yet"),
            (
                vec![AsDeclared, differs],
                Level::Fail,
                "the consumer worker-1 of ESCALATIONS has max_deliver 9 instead of 5",
            ),
            (
                vec![Unknown, Missing],
                Level::Warn,
                "does not tell what the consumer worker-0 of ESCALATIONS is",
            ),
        ] {
            let named = states.into_iter().enumerate();
            let named = named.map(|(n, state)| ("ESCALATIONS".to_owned(), format!("worker-{n}"), state));
            let found = consumers(&named.collect::<Vec<_>>());
            let [one] = &found[..] else { panic!("{said}: {found:?}") };
            assert_eq!((one.level, one.to_string().contains(said)), (level, true), "{one}");
        }
        assert_eq!(consumers(&[]), []);
    }
}
