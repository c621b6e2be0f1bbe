//! The example, the structs and the variables agree; the environment goes before the file; every problem is said at once.

use std::path::Path;

use serde_json::Value;

use super::keys::{IN_THE_FILE_ALONE, KEYS, Key, RIVALS, SECRETS, SECTIONS, find};
use super::*;
use crate::environment::Variables;

/// A key's line in the example: section, name, value, variable, and whether the value is the default.
struct Line {
    section: String,
    name: String,
    value: String,
    variable: String,
    is_default: bool,
}

/// The name of a section's line, commented out or not.
fn section_of(line: &str) -> Option<&str> {
    let line = line.strip_prefix("# ").unwrap_or(line);
    let name = line.strip_prefix("[[").and_then(|rest| rest.strip_suffix("]]"));
    name.or_else(|| line.strip_prefix('[')?.strip_suffix(']'))
}

/// A commented key: its name, its value, and what stands behind it.
fn key_of(line: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = line.strip_prefix("# ")?.split_once(" = ")?;
    let is_name = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let (value, behind) = rest.rsplit_once("# ")?;
    is_name.then_some((name, value.trim(), behind))
}

fn lines() -> Vec<Line> {
    let (mut section, mut lines) = (String::new(), Vec::new());
    for line in EXAMPLE.lines() {
        if let Some(name) = section_of(line) {
            name.clone_into(&mut section);
        }
        let Some((name, value, behind)) = key_of(line) else { continue };
        if section == IN_THE_FILE_ALONE {
            assert!(behind.starts_with("in the file alone"), "{line}");
            continue;
        }
        let (variable, is) = behind.split_once(", ").unwrap_or_else(|| panic!("no variable in {line}"));
        assert!(["default", "example"].contains(&is), "{line}");
        lines.push(Line {
            section: section.clone(),
            name: name.to_owned(),
            value: value.to_owned(),
            variable: variable.to_owned(),
            is_default: is == "default",
        });
    }
    lines
}

/// The example with every key in force.
fn all_in_force() -> String {
    let put = |line: &str| match (section_of(line), key_of(line)) {
        (Some(_), _) => line.strip_prefix("# ").unwrap_or(line).to_owned(),
        (None, Some((name, value, _))) => format!("{name} = {value}"),
        (None, None) => String::new(),
    };
    EXAMPLE.lines().map(put).collect::<Vec<_>>().join("\n")
}

fn parsed(text: &str) -> Settings {
    toml::from_str(text).unwrap_or_else(|error| panic!("{error}"))
}

/// Every key that a JSON object of settings has, dotted.
fn dotted(section: &str, value: &Value, to: &mut Vec<String>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let name = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
        if value.is_object() && SECTIONS.contains(&name.as_str()) {
            dotted(&name, value, to);
        } else if name != IN_THE_FILE_ALONE {
            to.push(name);
        }
    }
}

#[test]
fn the_example_has_each_key_once_with_its_variable_and_its_default() {
    let lines = lines();
    for key in &KEYS {
        let mine = |line: &&Line| (line.section.as_str(), line.name.as_str()) == (key.section, key.name);
        let found: Vec<&Line> = lines.iter().filter(mine).collect();
        let [line] = found[..] else {
            panic!("{} stands {} times in the example", key.dotted(), found.len())
        };
        assert_eq!(line.variable, key.variable(), "{}", key.dotted());
        assert_eq!(line.is_default.then_some(line.value.as_str()), key.default, "{}", key.dotted());
    }
    assert_eq!(lines.len(), KEYS.len(), "a key of the example is none");
    for secret in &SECRETS {
        assert_eq!(EXAMPLE.matches(secret.variable).count() - variables_that_begin_so(secret.variable), 1);
    }
}

fn variables_that_begin_so(variable: &str) -> usize {
    lines().iter().filter(|line| line.variable.starts_with(variable)).count()
}

#[test]
fn the_defaults_of_the_list_are_those_of_the_structs() {
    let defaults = serde_json::to_value(Settings::default()).unwrap();
    for key in KEYS.iter().filter(|key| key.default.is_some()) {
        let text = format!("[{}]\n{} = {}\n", key.section, key.name, key.default.unwrap());
        let settings = parsed(&text);
        if key.dotted() == "listener.port" {
            // Left out it is this one, unless there is an address.
            assert_eq!(settings.listener.place().unwrap(), Settings::default().listener.place().unwrap());
            continue;
        }
        assert!(settings == Settings::default(), "{text} is not the default");
        assert!(!defaults[key.section][key.name].is_null(), "{}", key.dotted());
    }
    for key in KEYS.iter().filter(|key| key.default.is_none()) {
        let value = defaults.get(key.section).map_or(&Value::Null, |section| &section[key.name]);
        assert!(value.is_null(), "{} has a default and the list has none", key.dotted());
    }
}

#[test]
fn the_structs_have_the_keys_of_the_list_and_no_others() {
    let mut found = Vec::new();
    dotted("", &serde_json::to_value(parsed(&all_in_force())).unwrap(), &mut found);
    found.sort();
    let mut known: Vec<String> = KEYS.iter().map(Key::dotted).collect();
    known.sort();
    assert_eq!(found, known);
    let mut names: Vec<String> = KEYS.iter().map(Key::variable).collect();
    names.extend(SECRETS.iter().map(|secret| secret.variable.to_owned()));
    names.sort();
    names.dedup();
    assert_eq!(names.len(), KEYS.len() + SECRETS.len(), "two variables have one name");
}

#[test]
fn the_example_without_its_comments_is_the_default() {
    let bare: Vec<&str> = EXAMPLE.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(parsed(&bare.join("\n")) == Settings::default());
    assert!(parsed(EXAMPLE) == Settings::default());
}

fn variables(set: &[(&str, &str)]) -> Variables {
    set.iter().map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned()))).collect()
}

fn read(file: &str, set: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(FILE), file).unwrap();
    let read = Sources::read(folder.path(), &variables(set)).settings(Path::new(""));
    read.map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

#[test]
fn each_key_s_variable_goes_before_the_file() {
    for line in lines() {
        let key = find(&line.section, &line.name).unwrap();
        let example = match (key.dotted().as_str(), key.default) {
            ("log.store", _) => "\"postgres\"",
            ("nats.servers", _) => "[\"nats://a:1\", \"tls://b:2\"]",
            ("rulebook.path", _) => "\"elsewhere\"",
            ("listener.behind_tls_proxy", _) => "true",
            (_, Some(_)) => "5",
            (_, None) => line.value.as_str(),
        };
        let example = if line.name == "lease_ms" { "7000" } else { example };
        let whole = all_in_force();
        let mut table: toml::Table = toml::from_str(&whole).unwrap();
        let value: toml::Table = toml::from_str(&format!("v = {example}")).unwrap();
        let value = value.get("v").unwrap().clone();
        let parts = |parts: &Vec<toml::Value>| {
            parts.iter().map(|part| part.as_str().unwrap()).collect::<Vec<_>>().join(",")
        };
        let text = value.as_array().map(parts).or_else(|| value.as_str().map(str::to_owned));
        let text = text.unwrap_or_else(|| value.to_string());
        let section = key.section.split('.').fold(&mut table, |at, part| at[part].as_table_mut().unwrap());
        section.insert(key.name.to_owned(), value);
        for (_, one, other) in RIVALS.iter().filter(|(section, ..)| *section == key.section) {
            let rival = [(one, other), (other, one)].into_iter().find(|(mine, _)| **mine == key.name);
            rival.and_then(|(_, rival)| section.remove(*rival));
        }
        let expected: Settings = table.try_into().unwrap();
        let found = read(&whole, &[(&key.variable(), &text)]).unwrap_or_else(|all| panic!("{all:?}"));
        assert!(found == expected, "{} = {text}", key.variable());
    }
}

#[test]
fn a_variable_goes_before_the_file_s_other_key_of_two_that_exclude_each_other() {
    let in_file = "[listener]\nport = 1\n[nats]\nuser = \"a\"\n";
    let set = [("MAHNWERK_LISTENER_ADDRESS", "127.0.0.1:2"), ("MAHNWERK_NATS_CREDENTIALS_FILE", "b")];
    let settings = read(in_file, &set).unwrap();
    assert_eq!(settings.listener.place().unwrap().0, "127.0.0.1:2".parse().unwrap());
    assert_eq!((settings.nats.user, settings.nats.credentials_file), (None, Some("b".into())));
    let address = "[listener]\naddress = \"127.0.0.1:2\"\n";
    let settings = read(address, &[("MAHNWERK_LISTENER_PORT", "3")]).unwrap();
    assert_eq!(settings.listener.place().unwrap().0, "127.0.0.1:3".parse().unwrap());
    // Both from one place contradict each other.
    let both = [("MAHNWERK_LISTENER_PORT", "3"), ("MAHNWERK_LISTENER_ADDRESS", "127.0.0.1:2")];
    for (file, set) in [(address, &[][..]), ("", &both[..])] {
        let file = if set.is_empty() { format!("{file}port = 1\n") } else { file.to_owned() };
        assert!(read(&file, set).unwrap().listener.place().is_err());
    }
}

#[test]
fn every_problem_is_said_at_once_and_no_value_is_repeated() {
    let file = "[listener]\nprot = 1\nbehind_tls_proxy = \"hunter2\"\n[postgrs]\nurl = \"hunter2\"\n[postgres]\n\
                url = \"postgres://a:hunter2@b/c\"\nlease_ms = 1\n[webhooks]\ntwilio = \"hunter2\"\n";
    let set = [
        ("MAHNWERK_NATS_SERVERS", "nats://hunter2@a:1"),
        ("MAHNWERK_POSTGRES_CONECTIONS", "hunter2"),
        ("MAHNWERK_LISTNER_PORT", "hunter2"),
        ("MAHNWERK_SMS_TOKEN_AND_MORE", "hunter2"),
        ("MAHNWERK_POSTGRES_SERVICE_HOST", "hunter2"),
        ("MAHNWERK_LISTENER_PORT", "hunter2"),
        // Not ours to judge.
        ("MAHNWERK_TEST_POSTGRES", "hunter2"),
        ("MAHNWERK_BIN", "hunter2"),
    ];
    let problems = read(file, &set).err().unwrap();
    let all = problems.join("\n");
    for said in [
        "listener.prot is no setting; known here: port, address, behind_tls_proxy",
        "postgrs is no setting; did you mean `postgres`?",
        "webhooks.twilio is a section and no key; begin it with a line [webhooks.twilio]",
        "listener.behind_tls_proxy is neither true nor false",
        "postgres.url holds a password; take it out",
        "postgres.lease_ms is out of bounds; write 1000 to 60000",
        "MAHNWERK_NATS_SERVERS has an address with a user",
        "MAHNWERK_POSTGRES_CONECTIONS is no setting; did you mean MAHNWERK_POSTGRES_CONNECTIONS?",
        "MAHNWERK_LISTNER_PORT is no setting; did you mean MAHNWERK_LISTENER_PORT?",
        "MAHNWERK_SMS_TOKEN_AND_MORE is no setting; unset it; [sms] has MAHNWERK_SMS_BASE_URL",
        "MAHNWERK_POSTGRES_SERVICE_HOST is no setting; a Service of Kubernetes sets it",
        "MAHNWERK_LISTENER_PORT is no whole number; write 0 to 65535",
    ] {
        assert!(all.contains(said), "not said: {said}\nbut:\n{all}");
    }
    assert_eq!(problems.len(), 12, "{all}");
    assert!(!all.contains("hunter2"), "{all}");
}

#[test]
fn a_file_that_is_no_toml_is_named_with_its_line_and_not_shown() {
    let problems = read("[postgres]\n\nurl = \"postgres://a:hunter2@b\n", &[]).err().unwrap();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].contains("mahnwerk.toml is not right: line 3: ") && !problems[0].contains("hunter2"));
    let missing = read("[sms]\naccount_sid = \"AC1\"\n", &[]).err().unwrap();
    assert!(missing[0].contains("missing field `base_url`"), "{missing:?}");
}
