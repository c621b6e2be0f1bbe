//! `doctor`: looks at everything that a run relies on, and says of each whether it is right and what to do.
//!
//! Changes nothing, asks providers nothing, and goes on after a check that failed.
//! What is fetched here is judged by small functions of their own, which know plain values alone.

mod broker;
mod database;
mod file;
mod finding;
mod shared;

use core::fmt::Display;

use anyhow::Result;
use bus::nats::{Role, inspect::inspect};
use domain::ids::RulebookHash;
use event_log::keys::Keyring;
use event_log::record::Origin;
use event_log::sqlite::SqliteLog;
use runtime::Runtime;
use serde_json::json;

use self::broker::judge_broker;
use self::file::{judge_file, look_at};
use self::finding::{Finding, Level};
use self::shared::postgres;
use crate::Ending;
use crate::cli::{DoctorArgs, Format};
use crate::commands::config;
use crate::environment;
use crate::house;
use crate::paths::Paths;
use crate::settings::{Settings, Store};

/// Runs every check; one that fails is a finding, not a failure of the command.
pub(crate) async fn run(args: &DoctorArgs) -> Result<Ending> {
    let findings = Box::pin(examine(args)).await;
    report(&findings, args.format);
    let failed = findings.iter().any(|finding| finding.level == Level::Fail);
    Ok(if failed { Ending::Findings } else { Ending::Well })
}

async fn examine(args: &DoctorArgs) -> Vec<Finding> {
    let (dir, runtime) = (&args.house.dir, runtime::system::runtime());
    let problems = config::problems(dir, &environment::ours());
    let mut findings: Vec<Finding> = problems
        .iter()
        .map(|problem| Finding::fail(format!("{} {}", problem.key, problem.what), problem.remedy.clone()))
        .collect();
    if findings.is_empty() {
        findings.push(Finding::ok("the settings are right"));
    }
    // What can't be read can't be followed.
    let Ok(settings) = Settings::read(dir) else { return findings };
    let rulebook = rulebook(&settings, &mut findings);
    let paths = Paths::of(dir);
    let keyring = keys(&paths, &mut findings);
    match settings.log.store {
        Store::Sqlite => sqlite(&paths, keyring.as_ref(), &mut findings).await,
        Store::Postgres => postgres(&settings, keyring.as_ref(), rulebook, &runtime, &mut findings).await,
    }
    if !settings.nats.servers.is_empty() {
        nats(&settings, &runtime, &mut findings).await;
    }
    findings
}

fn rulebook(settings: &Settings, findings: &mut Vec<Finding>) -> Option<RulebookHash> {
    let path = &settings.rulebook.path;
    match rulebook::load_dir(path) {
        Ok(compiled) => {
            let tenants = compiled.rules.tenants.len();
            findings.push(Finding::ok(format!("the rulebook is right; tenants: {tenants}")));
            Some(compiled.rules.hash)
        }
        Err(problems) => {
            findings.push(Finding::fail(
                format!("the rulebook has {} problems", problems.len()),
                format!("run `mahnwerk rulebook check {}`", path.display()),
            ));
            None
        }
    }
}

fn keys(paths: &Paths, findings: &mut Vec<Finding>) -> Option<Keyring> {
    match house::read_keys(paths) {
        Ok(keyring) => {
            findings.push(Finding::ok("the keys can be read"));
            Some(keyring)
        }
        Err(error) => {
            findings.push(Finding::said(Level::Fail, &format!("{error:#}")));
            None
        }
    }
}

/// Whether the keys are those that the log was made with.
fn belong(keyring: Option<&Keyring>, origin: Origin, findings: &mut Vec<Finding>) {
    let Some(keyring) = keyring else { return };
    findings.push(if keyring.check_value(origin.history) == origin.key_check {
        Finding::ok("the keys are those of the log")
    } else {
        Finding::fail("the keys are not those of the log", "put the right ones there, or name the right log")
    });
}

async fn sqlite(paths: &Paths, keyring: Option<&Keyring>, findings: &mut Vec<Finding>) {
    if let Err(error) = house::store::must_be_there(paths) {
        return findings.push(Finding::said(Level::Fail, &format!("{error:#}")));
    }
    match SqliteLog::open_read_only(&paths.log(), house::store::OPTIONS).await {
        Ok(log) => {
            findings.push(Finding::ok("the log can be read"));
            belong(keyring, log.origin(), findings);
            findings.extend(judge_file(&look_at(&paths.log()).await));
        }
        Err(error) => findings.push(unreachable("the log", &error)),
    }
}

async fn nats(settings: &Settings, runtime: &Runtime, findings: &mut Vec<Finding>) {
    let options = match settings.nats.options("mahnwerk doctor", Role::All) {
        Ok(options) => options,
        // Said among the settings' problems already.
        Err(_said) => return,
    };
    match inspect(&options, runtime.clone()).await {
        Ok(inspection) => findings.extend(judge_broker(&inspection)),
        Err(error) => findings.push(unreachable("NATS", &error)),
    }
}

/// Something that did not answer, with what its error says to do.
fn unreachable(what: &str, error: &impl Display) -> Finding {
    let said = error.to_string();
    match said.split_once("; ") {
        Some((wrong, remedy)) => Finding::fail(format!("{what}: {wrong}"), remedy),
        None => Finding::fail(
            format!("{what}: {said}"),
            "see that it runs and can be reached from here, and that address, role and password are right",
        ),
    }
}

fn report(findings: &[Finding], format: Format) {
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    let (failed, warned) = (count(Level::Fail), count(Level::Warn));
    match format {
        Format::Json => say!("{}", json!({ "findings": findings, "failed": failed, "warned": warned })),
        Format::Text => {
            findings.iter().for_each(|finding| say!("{finding}"));
            say!("{} checks: {failed} failed, {warned} to look at.", findings.len());
        }
    }
}
