//! Names that are no setting: in the file, and in the environment where they look like one.

use ingest::suggest::nearest;
use toml::Table;

use super::keys::{IN_THE_FILE_ALONE, KEYS, KEYS_VARIABLE, Key, SECRETS, SECTIONS, of_section, prefix_of};
use super::problem::Problem;
use super::sources::{is_key, is_section};
use crate::environment::Variables;

/// What Kubernetes puts into every pod for a Service; the name of one may begin like a section.
const OF_SERVICES: [&str; 2] = ["_SERVICE_HOST", "_SERVICE_PORT"];

/// Reports each name in a section of the file, and in those below it, that is neither a key nor a section.
pub(super) fn in_table(section: &str, table: &Table, problems: &mut Vec<Problem>) {
    for (name, value) in table {
        let dotted = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
        if dotted == IN_THE_FILE_ALONE || is_key(section, name) {
            continue;
        }
        match value.as_table() {
            Some(below) if is_section(&dotted) => in_table(&dotted, below, problems),
            None if is_section(&dotted) => {
                let remedy = format!("begin it with a line [{dotted}]");
                problems.push(Problem::new(dotted, "is a section and no key", remedy));
            }
            Some(_) | None => {
                let remedy = remedy(section, name);
                problems.push(Problem::new(dotted, "is no setting", remedy));
            }
        }
    }
}

fn remedy(section: &str, name: &str) -> String {
    let below = SECTIONS.iter().filter_map(|known| match section {
        "" => Some(*known),
        section => known.strip_prefix(section)?.strip_prefix('.'),
    });
    let known: Vec<&str> = of_section(section).map(|key| key.name).chain(below).collect();
    ingest::suggest::remedy(name, &known)
}

/// Reports each variable that looks like a setting and is none; others of our prefix are somebody else's business.
pub(super) fn variables(variables: &Variables) -> Vec<Problem> {
    let known: Vec<String> = KEYS.iter().map(Key::variable).collect();
    let secrets = || SECRETS.iter().map(|secret| secret.variable).chain([KEYS_VARIABLE]);
    let is_known =
        |name: &str| known.iter().any(|known| known == name) || secrets().any(|known| known == name);
    let mut problems = Vec::new();
    for name in variables.keys().filter(|name| !is_known(name)) {
        let section = SECTIONS.iter().rev().find(|section| name.starts_with(&prefix_of(section)));
        let near = nearest(name, known.iter().map(String::as_str).chain(secrets()));
        let remedy = match (near, section) {
            _ if OF_SERVICES.iter().any(|part| name.contains(part)) && section.is_some() => {
                "a Service of Kubernetes sets it: give the pod enableServiceLinks: false".to_owned()
            }
            (Some(near), _) => format!("did you mean {near}?"),
            (None, Some(&IN_THE_FILE_ALONE)) => "[[webhooks.token]] stands in the file alone".to_owned(),
            (None, Some(section)) => {
                let names: Vec<String> = of_section(section).map(Key::variable).collect();
                format!("unset it; [{section}] has {}", names.join(", "))
            }
            (None, None) => continue,
        };
        problems.push(Problem::new(name.clone(), "is no setting", remedy));
    }
    problems
}
