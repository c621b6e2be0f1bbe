//! The file and the environment, laid over each other, key by key: the environment goes before the file.
//!
//! **Guarantees:** every problem is found, not the first alone, and each is named with its key and its remedy.
//! **Invariant:** no problem repeats a value.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, bail};
use serde::Deserialize;
use toml::{Table, Value};

use super::keys::{self, IN_THE_FILE_ALONE, KEYS, Key, RIVALS, SECTIONS};
use super::problem::{Problem, listed};
use super::unknown;
use super::{FILE, Settings};
use crate::environment::Variables;

/// Where a key's value comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    /// Nobody set it.
    Default,
    /// The settings file.
    File,
    /// Its environment variable.
    Environment,
}

/// What file and environment say together.
pub(crate) struct Sources {
    table: Table,
    from_environment: BTreeSet<String>,
    problems: Vec<Problem>,
}

impl Sources {
    /// Reads the folder's file, if there is one, and lays these variables over it.
    pub(crate) fn read(dir: &Path, variables: &Variables) -> Self {
        let mut sources =
            Self { table: Table::new(), from_environment: BTreeSet::new(), problems: Vec::new() };
        match file(dir) {
            Ok(table) => sources.table = table,
            Err(problem) => sources.problems.push(problem),
        }
        unknown::in_table("", &sources.table, &mut sources.problems);
        KEYS.iter().for_each(|key| sources.overlay(key, variables));
        for (section, one, other) in RIVALS {
            sources.give_way(section, one, other);
            sources.give_way(section, other, one);
        }
        KEYS.iter().for_each(|key| sources.check(key));
        sources.problems.extend(unknown::variables(variables));
        sources
    }

    fn overlay(&mut self, key: &Key, variables: &Variables) {
        let variable = key.variable();
        match variables.get(&variable) {
            None => {}
            Some(None) => {
                self.problems.push(Problem::new(variable, "is no UTF-8 text", "set it anew, or unset it"))
            }
            Some(Some(text)) => {
                if let Some(table) = section_mut(&mut self.table, key.section) {
                    table.insert(key.name.to_owned(), key.kind.read(text));
                    self.from_environment.insert(variable);
                }
            }
        }
    }

    /// Takes a key out that stands in the file, where the environment has set its rival.
    fn give_way(&mut self, section: &str, key: &str, rival: &str) {
        let source = |name| keys::find(section, name).map(|key| self.source(key));
        if source(key) == Some(Source::File)
            && source(rival) == Some(Source::Environment)
            && let Some(table) = section_mut(&mut self.table, section)
        {
            table.remove(key);
        }
    }

    fn check(&mut self, key: &Key) {
        let Some(Err(unfit)) = self.value(key).map(|value| key.kind.check(value)) else { return };
        let name = match self.source(key) {
            Source::Environment => key.variable(),
            Source::File | Source::Default => key.dotted(),
        };
        self.problems.push(Problem::new(name, unfit.what, unfit.remedy));
    }

    /// What a key is set to, if it is.
    pub(crate) fn value(&self, key: &Key) -> Option<&Value> {
        section(&self.table, key.section)?.get(key.name)
    }

    /// The text that a key is set to, if it is one.
    pub(crate) fn text(&self, section: &str, name: &str) -> Option<&str> {
        self.value(keys::find(section, name)?)?.as_str()
    }

    /// Every problem of reading.
    pub(crate) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Where a key's value comes from.
    pub(crate) fn source(&self, key: &Key) -> Source {
        if self.from_environment.contains(&key.variable()) {
            return Source::Environment;
        }
        if self.value(key).is_some() { Source::File } else { Source::Default }
    }

    /// Whether the file or the environment has this section.
    pub(crate) fn has(&self, name: &str) -> bool {
        section(&self.table, name).is_some()
    }

    /// How many entries the list has that stands in the file alone.
    pub(crate) fn tokens(&self) -> usize {
        let tokens = section(&self.table, "webhooks").and_then(|table| table.get("token"));
        tokens.and_then(Value::as_array).map_or(0, Vec::len)
    }

    /// The settings, or every problem.
    pub(crate) fn settings(&self, dir: &Path) -> Result<Settings, Vec<Problem>> {
        if !self.problems.is_empty() {
            return Err(self.problems.clone());
        }
        match Settings::deserialize(Value::Table(self.table.clone())) {
            Ok(mut settings) => {
                settings.rulebook.path = dir.join(&settings.rulebook.path);
                Ok(settings)
            }
            // Only what no key stands for is left: a key that a section needs, or an entry of the list of tokens.
            Err(error) => {
                let what = error.message().trim().to_owned();
                Err(vec![Problem::new(FILE, what, "`mahnwerk init` writes an example of each section")])
            }
        }
    }
}

/// The settings, or a sentence with every problem.
pub(crate) fn read(dir: &Path, variables: &Variables) -> Result<Settings> {
    match Sources::read(dir, variables).settings(dir) {
        Ok(settings) => Ok(settings),
        Err(problems) => bail!("the settings of {} are not right:\n{}", dir.display(), listed(&problems)),
    }
}

fn file(dir: &Path) -> Result<Table, Problem> {
    let path = dir.join(FILE);
    if !path.exists() {
        return Ok(Table::new());
    }
    let unread = |error: std::io::Error| {
        Problem::new(
            path.display().to_string(),
            format!("can't be read: {}", error.kind()),
            "let its owner read it",
        )
    };
    let text = std::fs::read_to_string(&path).map_err(unread)?;
    toml::from_str(&text).map_err(|error| {
        let line = error
            .span()
            .and_then(|span| text.get(..span.start))
            .map_or(1, |before| before.lines().count().max(1));
        let what = format!("is not right: line {line}: {}", error.message());
        Problem::new(path.display().to_string(), what, "correct the line; the rest is read once it is TOML")
    })
}

/// The table of a section such as `webhooks.twilio`.
fn section<'a>(table: &'a Table, name: &str) -> Option<&'a Table> {
    name.split('.').try_fold(table, |table, part| table.get(part)?.as_table())
}

/// The same, made where there is none; none where something else stands there.
fn section_mut<'a>(table: &'a mut Table, name: &str) -> Option<&'a mut Table> {
    name.split('.').try_fold(table, |table, part| {
        table.entry(part).or_insert_with(|| Value::Table(Table::new())).as_table_mut()
    })
}

/// Whether a name is one of a section, or of what stands in the file alone.
pub(super) fn is_section(dotted: &str) -> bool {
    SECTIONS.contains(&dotted) || dotted == IN_THE_FILE_ALONE
}

/// Whether a section has this key.
pub(super) fn is_key(section: &str, name: &str) -> bool {
    keys::find(section, name).is_some()
}
