//! Looking at a log that processes share: the server first, then the log, then who takes part in it.

use std::collections::BTreeSet;

use domain::ids::RulebookHash;
use event_log::keys::Keyring;
use event_log::membership::Instance;
use event_log::postgres::{Durability, Options, PgLog};
use runtime::Runtime;

use super::database::{Session, judge_database, judge_rights};
use super::finding::Finding;
use super::{belong, unreachable};
use crate::settings::Settings;

/// Checks it; `rulebook` is the folder's, where it is right.
pub(super) async fn postgres(
    settings: &Settings,
    keyring: Option<&Keyring>,
    rulebook: Option<RulebookHash>,
    runtime: &Runtime,
    findings: &mut Vec<Finding>,
) {
    let options = match settings.postgres.options(runtime) {
        Ok(options) => options,
        // Said among the settings' problems already.
        Err(_said) => return,
    };
    if !server(settings, &options, findings).await {
        return;
    }
    let log = match PgLog::open(options).await {
        Ok(log) => log,
        Err(error) => return findings.push(unreachable("the log", &error)),
    };
    findings.push(Finding::ok(format!("{} answers, and has a log of this release's shape", log.place())));
    belong(keyring, log.origin(), findings);
    match log.rights().await {
        Ok(rights) => findings.extend(judge_rights(&rights)),
        Err(error) => findings.push(unreachable("the role's rights", &error)),
    }
    match log.members().await {
        Ok(members) => findings.extend(judge_members(&members, rulebook)),
        Err(error) => findings.push(unreachable("the schedulers that live", &error)),
    }
}

/// The server's own settings, which matter before there is a log on it; whether the application's role reaches it.
///
/// Where that can't, since `init` makes it, the role that will own the tables may.
async fn server(settings: &Settings, options: &Options, findings: &mut Vec<Finding>) -> bool {
    match looked_at(settings, options).await {
        Ok(judged) => {
            findings.extend(judged);
            true
        }
        Err(refused) => {
            findings.push(refused);
            if let Ok((url, password)) = settings.postgres.owner()
                && let Ok(judged) = looked_at(settings, &Options { url, password, ..options.clone() }).await
            {
                findings.extend(judged);
            }
            false
        }
    }
}

async fn looked_at(settings: &Settings, options: &Options) -> Result<Vec<Finding>, Finding> {
    let before = options.clock.now();
    let found: Durability =
        PgLog::durability_of(options).await.map_err(|error| unreachable("the log", &error))?;
    let session = Session { before, after: options.clock.now(), connections: settings.postgres.connections };
    Ok(judge_database(&found, &session))
}

/// Whether those who live decide by one rulebook, the folder's.
fn judge_members(
    members: &[(Instance, Option<RulebookHash>)],
    folder: Option<RulebookHash>,
) -> Option<Finding> {
    let running: BTreeSet<RulebookHash> = members.iter().filter_map(|(_, rulebook)| *rulebook).collect();
    let live = members.len();
    match running.iter().collect::<Vec<_>>().as_slice() {
        [] => None,
        [one] if folder.is_none_or(|folder| folder == **one) => {
            Some(Finding::ok(format!("all schedulers that live, {live}, run the same rulebook")))
        }
        [one] => Some(Finding::warn(
            format!("the schedulers that live run the rulebook {one}, and this folder has another"),
            "start them again with the folder's, or put theirs there",
        )),
        several => {
            let hashes: Vec<String> = several.iter().map(ToString::to_string).collect();
            Some(Finding::warn(
                format!(
                    "the {live} schedulers that live run {} rulebooks: {}",
                    hashes.len(),
                    hashes.join(", ")
                ),
                "give all the same one, and start again those that have another: until then a partition changes its \
                 rulebook with whoever owns it",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::finding::Level;

    #[test]
    fn schedulers_with_several_rulebooks_or_with_another_than_the_folders_are_said() {
        let hash = |n: u8| RulebookHash([n; 32]);
        let (one, two) = (hash(0x11).to_string(), hash(0x22).to_string());
        for (running, folder, level, said) in [
            (&[Some(0x11), Some(0x11)][..], Some(0x11), Level::Ok, vec!["2, run the same"]),
            // The folder's is not right, which is said elsewhere.
            (&[Some(0x11)], None, Level::Ok, vec!["run the same"]),
            (
                &[Some(0x11)],
                Some(0x22),
                Level::Warn,
                vec![&one, "this folder has another — start them again"],
            ),
            (
                &[Some(0x11), Some(0x22), None],
                Some(0x11),
                Level::Warn,
                vec!["the 3 schedulers that live run 2 rulebooks", &one, &two, "give all the same one"],
            ),
        ] {
            let members: Vec<_> =
                (0..).zip(running).map(|(n, running)| (Instance([n; 16]), running.map(hash))).collect();
            let found = judge_members(&members, folder.map(hash)).unwrap();
            assert_eq!(found.level, level, "{found}");
            assert!(said.iter().all(|said| found.to_string().contains(said)), "{found}");
        }
        assert_eq!(judge_members(&[], Some(hash(1))), None, "nobody lives");
        assert_eq!(judge_members(&[(Instance([1; 16]), None)], Some(hash(1))), None, "of an older release");
    }
}
