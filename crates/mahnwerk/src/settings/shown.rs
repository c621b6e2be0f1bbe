//! The effective settings as TOML, each key with where its value comes from.
//!
//! **Invariant:** no secret is shown: neither what is one, nor a value that may hide one.

use core::fmt::Write;

use toml::Value;

use super::check::is_there;
use super::keys::{IN_THE_FILE_ALONE, Key, SECRETS, SECTIONS, of_section};
use super::sources::{Source, Sources};
use crate::environment::Variables;

/// Sections that switch something on by being there: shown only where they are.
const SWITCHES: [&str; 5] = ["sms", "email", "social", "webhooks.twilio", "webhooks.whatsapp"];

/// The text: TOML that says the same again.
pub(crate) fn text(sources: &Sources, variables: &Variables) -> String {
    let mut text = String::new();
    for section in SECTIONS {
        if SWITCHES.contains(&section) && !sources.has(section) {
            line(&mut text, &format!("# [{section}] is not there.\n"));
            continue;
        }
        line(&mut text, &format!("[{section}]"));
        of_section(section).for_each(|key| line(&mut text, &of_key(sources, key)));
        for secret in SECRETS.iter().filter(|secret| secret.section == section) {
            let is = if is_there(sources, secret, variables) { "(set)" } else { "(missing)" };
            line(&mut text, &format!("# {}: {is}", secret.variable));
        }
        line(&mut text, "");
    }
    match sources.tokens() {
        0 => {}
        count => line(&mut text, &format!("# [[{IN_THE_FILE_ALONE}]]: {count} of them, file")),
    }
    text
}

fn line(text: &mut String, line: &str) {
    // Writing to a string never fails.
    let _ok = writeln!(text, "{line}");
}

fn of_key(sources: &Sources, key: &Key) -> String {
    let (name, source) = (key.name, sources.source(key));
    let from = match source {
        Source::Default => "default".to_owned(),
        Source::File => "file".to_owned(),
        Source::Environment => key.variable(),
    };
    match (sources.value(key), key.default) {
        (Some(value), _) => format!("{name} = {}  # {from}", shown(key, value)),
        (None, Some(default)) => format!("{name} = {default}  # {from}"),
        (None, None) => format!("# {name}: not set"),
    }
}

fn shown(key: &Key, value: &Value) -> String {
    if key.kind.may_hide_a_secret() && key.kind.check(value).is_err() {
        return "\"(hidden)\"".to_owned();
    }
    value.to_string()
}
