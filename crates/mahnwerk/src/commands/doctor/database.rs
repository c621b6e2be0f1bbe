//! Judging a PostgreSQL server: what it does with commits that were answered, its clock, its room, and its roles.

use domain::time::Timestamp;
use event_log::postgres::{Durability, Rights};
use event_log::store::MAX_CLOCK_OFF;

use super::finding::Finding;

/// The oldest server that is supported.
const OLDEST: u32 = 13;
/// Connections that PostgreSQL keeps for superusers.
const RESERVED: u32 = 3;
/// As many processes as the smallest form of many has: two schedulers, ingest, a worker.
const PROCESSES: u32 = 4;
/// From where on a clock that is off is worth a look, in milliseconds.
const NOTABLE_MS: u64 = 500;

/// What is known of the session that asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Session {
    /// Our time before it asked.
    pub(super) before: Timestamp,
    /// Our time after the answer.
    pub(super) after: Timestamp,
    /// Connections that each process has at most.
    pub(super) connections: u32,
}

/// What a server's settings mean for a log (takeover, 6; time, 1).
pub(super) fn judge_database(found: &Durability, session: &Session) -> Vec<Finding> {
    let mut findings = vec![version(found.version)];
    findings.extend(commits(found));
    findings.extend([
        failover(found),
        clock(found.now, session),
        room(found.max_connections, session.connections),
    ]);
    findings
}

fn version(number: u32) -> Finding {
    match number / 10_000 {
        major if major >= OLDEST => Finding::ok(format!("PostgreSQL is of version {major}")),
        major => Finding::fail(
            format!("PostgreSQL is of version {major}, and {OLDEST} is the oldest that is supported"),
            "move the database to a newer server",
        ),
    }
}

fn commits(found: &Durability) -> Vec<Finding> {
    let mut findings = Vec::new();
    let off = |name: &str, what: &str| {
        let remedy = format!("set {name} = on at the server, and let it read its settings again");
        Finding::fail(format!("{name} is off: {what}"), remedy)
    };
    if !found.fsync {
        findings.push(off("fsync", "a crash of the machine can destroy the log"));
    }
    if !found.full_page_writes {
        findings.push(off("full_page_writes", "a page that a crash tears stays torn"));
    }
    if found.synchronous_commit == "off" {
        findings.push(off("synchronous_commit", "a crash loses payments and contacts that were answered"));
    }
    if findings.is_empty() {
        findings.push(Finding::ok("what was answered survives a crash of the server"));
    }
    findings
}

fn failover(found: &Durability) -> Finding {
    if found.could_fail_over_behind() {
        return Finding::fail(
            format!("{} standbys follow, and a commit does not wait for all of them", found.standbys),
            "set synchronous_standby_names and synchronous_commit = on: a standby that lacks commits and is made the \
             server would allow contacts after payments that were answered",
        );
    }
    match (found.standbys, found.synchronous_standby_names.is_empty()) {
        (0, true) => Finding::ok("no standby follows"),
        (0, false) => Finding::warn(
            "synchronous_standby_names names standbys, and none follows: commits wait for one",
            "start the standby, or take its name out",
        ),
        (standbys, _) => Finding::ok(format!("commits wait for the standbys, {standbys} of which follow")),
    }
}

/// The database's time lies between our two: what it is off by at least is what is beyond them.
fn clock(now: Timestamp, session: &Session) -> Finding {
    let beyond =
        |late: Timestamp, early: Timestamp| u64::try_from(late.0.saturating_sub(early.0)).unwrap_or(0);
    let (ahead, behind) = (beyond(now, session.after), beyond(session.before, now));
    let (off_ms, which) = if ahead > 0 { (ahead, "behind") } else { (behind, "ahead of") };
    let what = format!("this machine's clock is {off_ms} ms {which} the database's");
    let remedy = "set both by NTP: an owner whose clock is off by more than 2 s neither grants nor writes";
    if u128::from(off_ms) > MAX_CLOCK_OFF.as_millis() {
        Finding::fail(what, remedy)
    } else if off_ms > NOTABLE_MS {
        Finding::warn(what, remedy)
    } else {
        Finding::ok("this machine's clock agrees with the database's")
    }
}

fn room(max_connections: u32, each: u32) -> Finding {
    let fit = max_connections.saturating_sub(RESERVED) / each.max(1);
    let what = format!("max_connections is {max_connections}: {fit} processes with {each} each have room");
    let remedy =
        || format!("raise max_connections to {}, or lower postgres.connections", PROCESSES * each + RESERVED);
    match fit {
        0 => Finding::fail(what, remedy()),
        few if few < PROCESSES => Finding::warn(what, remedy()),
        _ => Finding::ok(what),
    }
}

/// Whether the role can do its work, and no harm to what is written.
pub(super) fn judge_rights(found: &Rights) -> Vec<Finding> {
    let mut findings = Vec::new();
    let remedy =
        "let postgres.url name the role that `mahnwerk migrate` made, and keep the owner's for `migrate`";
    if found.is_superuser {
        findings
            .push(Finding::fail("the role is a superuser, whom nothing keeps from changing the log", remedy));
    } else if found.owns_tables {
        findings
            .push(Finding::fail("the role owns the log's tables, and could change what is written", remedy));
    } else if found.may_change_events {
        let remedy = "take UPDATE, DELETE and TRUNCATE on mahnwerk.events away from it";
        findings.push(Finding::fail("the role may change or delete events", remedy));
    }
    if !found.lacks.is_empty() {
        let what = format!("the role lacks rights: {}", found.lacks.join(", "));
        findings.push(Finding::fail(what, "run `mahnwerk migrate`, which grants what is needed"));
    }
    if findings.is_empty() {
        findings.push(Finding::ok("the role can add to the log, and neither change nor delete an event"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::finding::Level;

    const NOW: Timestamp = Timestamp(1_000_000);
    const SESSION: Session = Session { before: NOW, after: Timestamp(NOW.0 + 10), connections: 16 };

    fn safe() -> Durability {
        Durability {
            version: 150_004,
            fsync: true,
            synchronous_commit: "on".to_owned(),
            full_page_writes: true,
            max_connections: 100,
            synchronous_standby_names: String::new(),
            standbys: 0,
            synchronous_standbys: Some(0),
            now: NOW,
        }
    }

    /// What is not as it should be.
    fn bad(findings: &[Finding]) -> Vec<(Level, String)> {
        let bad = findings.iter().filter(|finding| finding.level != Level::Ok);
        bad.map(|finding| (finding.level, finding.to_string())).collect()
    }

    #[test]
    fn a_safe_server_is_right_in_every_respect() {
        assert_eq!(bad(&judge_database(&safe(), &SESSION)), []);
        assert_eq!(judge_database(&safe(), &SESSION).len(), 5);
    }

    #[test]
    fn each_setting_that_breaks_a_promise_fails_alone_with_its_remedy() {
        let off = || "off".to_owned();
        let standbys = |names: &str, standbys, waited_for| Durability {
            synchronous_standby_names: names.to_owned(),
            standbys,
            synchronous_standbys: waited_for,
            ..safe()
        };
        for (found, level, said) in [
            (Durability { version: 120_017, ..safe() }, Level::Fail, "13 is the oldest"),
            (Durability { fsync: false, ..safe() }, Level::Fail, "fsync is off"),
            (Durability { full_page_writes: false, ..safe() }, Level::Fail, "full_page_writes is off"),
            (Durability { synchronous_commit: off(), ..safe() }, Level::Fail, "synchronous_commit is off"),
            (standbys("", 1, Some(0)), Level::Fail, "set synchronous_standby_names"),
            (standbys("one", 2, Some(1)), Level::Fail, "does not wait for all"),
            (standbys("one", 0, Some(0)), Level::Warn, "none follows"),
            (Durability { max_connections: 18, ..safe() }, Level::Fail, "raise max_connections to 67"),
            (Durability { max_connections: 40, ..safe() }, Level::Warn, "2 processes with 16 each"),
            (Durability { now: Timestamp(NOW.0 + 2_011), ..safe() }, Level::Fail, "2001 ms behind"),
            (Durability { now: Timestamp(NOW.0 - 2_001), ..safe() }, Level::Fail, "2001 ms ahead of"),
            (Durability { now: Timestamp(NOW.0 - 501), ..safe() }, Level::Warn, "NTP"),
        ] {
            let bad = bad(&judge_database(&found, &SESSION));
            let [(found_level, line)] = &bad[..] else { panic!("{said}: {bad:?}") };
            assert_eq!(*found_level, level, "{line}");
            assert!(line.contains(said) && line.contains(" — "), "{said}: {line}");
        }
        for right in [
            Durability { now: Timestamp(NOW.0 - 500), ..safe() },
            Durability { now: Timestamp(NOW.0 + 510), ..safe() },
            standbys("one", 1, Some(1)),
            Durability { version: 130_000, max_connections: 67, ..safe() },
        ] {
            assert_eq!(bad(&judge_database(&right, &SESSION)), []);
        }
    }

    #[test]
    fn a_role_may_add_and_not_change() {
        let right =
            Rights { is_superuser: false, owns_tables: false, may_change_events: false, lacks: Vec::new() };
        assert_eq!(bad(&judge_rights(&right)), []);
        for (found, said) in [
            (
                Rights { is_superuser: true, owns_tables: true, may_change_events: true, ..right.clone() },
                "a superuser",
            ),
            (Rights { owns_tables: true, may_change_events: true, ..right.clone() }, "owns the log's tables"),
            (Rights { may_change_events: true, ..right.clone() }, "may change or delete events"),
            (Rights { lacks: vec!["INSERT on events".to_owned()], ..right.clone() }, "INSERT on events"),
        ] {
            let bad = bad(&judge_rights(&found));
            assert!(bad.len() == 1 && bad[0].1.contains(said), "{said}: {bad:?}");
        }
    }
}
