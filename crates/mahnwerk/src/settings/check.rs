//! What no single key shows: keys that need each other, files that must be there, sections that ask for a secret.
//!
//! **Guarantees:** every problem is found, and each is named with its key and its remedy; no value is repeated.
//! Left out: whether anybody answers at an address, and what the rulebook's files hold.

use std::path::Path;

use ingest::hooks::PublicUrl;

use super::keys::{Need, SECRETS, Secret};
use super::problem::Problem;
use super::{Settings, Sources, Store};
use crate::environment::Variables;

/// The problems of settings that could be read.
pub(crate) fn of_settings(settings: &Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Err(error) = settings.listener.place() {
        problems.push(Problem::said("listener", &format!("{error:#}")));
    }
    if !settings.rulebook.path.is_dir() {
        problems.push(missing_folder(&settings.rulebook.path));
    }
    problems.extend(store(settings));
    problems.extend(nats(settings));
    problems.extend(webhooks(settings));
    problems
}

fn missing_folder(path: &Path) -> Problem {
    let what = format!("names {}, and there is no such folder", path.display());
    Problem::new(
        "rulebook.path",
        what,
        "name the folder with the rulebook's files; `mahnwerk init` writes an example",
    )
}

fn store(settings: &Settings) -> Option<Problem> {
    let needs_one = settings.log.store == Store::Postgres && settings.postgres.url.is_none();
    let remedy = "write postgres://mahnwerk_app@127.0.0.1:5432/mahnwerk, or set MAHNWERK_POSTGRES_URL";
    needs_one.then(|| Problem::new("postgres.url", "is missing, and log.store is postgres", remedy))
}

fn nats(settings: &Settings) -> Option<Problem> {
    let both = settings.nats.user.is_some() && settings.nats.credentials_file.is_some();
    let remedy = "keep the user with a password, or the file of credentials";
    both.then(|| Problem::new("nats.user", "and nats.credentials_file are both set", remedy))
}

fn webhooks(settings: &Settings) -> Option<Problem> {
    let webhooks = &settings.webhooks;
    match webhooks.public_url.as_deref().map(PublicUrl::parse) {
        Some(Err(unfit)) => Some(Problem::new("webhooks.public_url", unfit.what, unfit.remedy)),
        None if webhooks.twilio.is_some() => {
            let what = "is missing, without which Twilio's signature can't be checked";
            Some(Problem::new("webhooks.public_url", what, "write it as https://dunning.example.org"))
        }
        Some(Ok(_)) | None => None,
    }
}

/// The problems of secrets and files, which can be told even where the settings can't be read.
pub(crate) fn of_files(sources: &Sources, variables: &Variables) -> Vec<Problem> {
    let of_secrets = SECRETS.iter().filter_map(|secret| of_secret(sources, secret, variables));
    let of_others = [("nats", "credentials_file"), ("nats", "ca_file")];
    let file = |(section, name)| readable(&format!("{section}.{name}"), sources.text(section, name)?);
    of_secrets.chain(of_others.into_iter().filter_map(file)).collect()
}

/// A secret that is asked for and that nobody gives, or whose file can't be used.
fn of_secret(sources: &Sources, secret: &Secret, variables: &Variables) -> Option<Problem> {
    if is_set(secret, variables) {
        return None;
    }
    let name = format!("{}.{}", secret.section, secret.file_key);
    if let Some(file) = sources.text(secret.section, secret.file_key) {
        return readable(&name, file);
    }
    let asked = match secret.need {
        Need::Optional => false,
        Need::Section => sources.has(secret.section),
        Need::SectionWithout(other) => sources.has(secret.section) && !sources.has(other),
        Need::Key(key) => sources.text(secret.section, key).is_some(),
    };
    let remedy = || format!("name a file that holds it, or set {}", secret.variable);
    asked.then(|| Problem::new(name, format!("is missing, and with it {}", secret.what), remedy()))
}

fn is_set(secret: &Secret, variables: &Variables) -> bool {
    variables.get(secret.variable).is_some_and(Option::is_some)
}

/// Whether a secret is there: by its variable, or in a file that can be read.
pub(super) fn is_there(sources: &Sources, secret: &Secret, variables: &Variables) -> bool {
    let file = || sources.text(secret.section, secret.file_key);
    is_set(secret, variables) || file().is_some_and(|file| readable("", file).is_none())
}

/// What keeps a file from being read, if anything does.
fn readable(key: &str, file: &str) -> Option<Problem> {
    let problem = |what: String, remedy: &str| Some(Problem::new(key, what, remedy));
    match std::fs::read_to_string(file) {
        Ok(text) if text.trim().is_empty() => {
            problem(format!("names {file}, which is empty"), "put into it what it is to hold")
        }
        Ok(_) => None,
        Err(error) => problem(
            format!("names {file}, which can't be read: {}", error.kind()),
            "put the file there, and let the user that runs Mahnwerk read it",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::keys::find;

    #[test]
    fn every_secret_has_a_key_that_names_its_file() {
        for secret in &SECRETS {
            assert!(find(secret.section, secret.file_key).is_some(), "{}", secret.variable);
        }
    }
}
