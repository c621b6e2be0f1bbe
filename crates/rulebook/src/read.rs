//! From text to a draft: each file is read to its end, whatever is wrong in it.

mod hours;
mod inbound;
mod node;
mod policy;
mod scenario;
mod span;
mod template;
mod tenant;

use std::collections::BTreeSet;

use toml::de::DeTable;

use crate::archive::Files;
use crate::draft::Draft;
use crate::problem::{At, Problem, Sink};
use node::{File, Table};

pub(crate) use hours::Hours;
pub(crate) use inbound::Inbound;

/// Reads all files.
pub(crate) fn draft(files: &Files, sink: &Sink) -> Draft {
    let mut draft = Draft::default();
    for (name, content) in files {
        let Some(text) = text_of(name, content, sink) else { continue };
        if name.starts_with("templates/") {
            draft.templates.extend(template::read(name, &text, sink));
        } else {
            toml_file(name, &text, sink, &mut draft);
        }
    }
    draft
}

/// UTF-8, without a byte order mark, with line feeds alone.
fn text_of(name: &str, content: &[u8], sink: &Sink) -> Option<String> {
    match core::str::from_utf8(content) {
        Ok(text) => Some(text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n")),
        Err(error) => {
            let good = content.get(..error.valid_up_to()).unwrap_or(&[]);
            let line = good.iter().filter(|b| **b == b'\n').count() + 1;
            let at = At { file: name.to_owned(), line: Some(line), ..At::default() };
            sink.add(at.problem("the file is not UTF-8", "save it as UTF-8"));
            None
        }
    }
}

fn toml_file(name: &str, text: &str, sink: &Sink, draft: &mut Draft) {
    let file = File { name, text, sink };
    let (parsed, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let offset = error.span().map_or(0, |span| span.start);
        let what = format!("this is no TOML: {}", error.message().lines().next().unwrap_or(""));
        sink.add(
            At::byte(name, text, offset, "").problem(what, "see https://toml.io; texts stand in quotes"),
        );
    }
    if !errors.is_empty() {
        return;
    }
    let mut table = Table::root(&file, parsed.get_ref());
    if let Some(node) = table.take("start_within") {
        once(&mut draft.start_within, node.span(span::START_WITHIN), name, "start_within", sink);
    }
    if let Some(node) = table.take("clock_bound") {
        once(&mut draft.clock_bound, node.span(span::CLOCK_BOUND), name, "clock_bound", sink);
    }
    for node in table.take("tenant").map(|node| node.tables()).unwrap_or_default() {
        draft.tenants.extend(tenant::read(node));
    }
    for node in table.take("scenario").map(|node| node.tables()).unwrap_or_default() {
        draft.scenarios.extend(scenario::read(node));
    }
    table.finish();
}

/// Sets what may be set in one file only.
fn once<T>(slot: &mut Option<T>, value: Option<T>, file: &str, entry: &str, sink: &Sink) {
    if slot.is_some() && value.is_some() {
        let what = format!("`{entry}` is set in two files");
        sink.add(Problem::of_file(file, what, "set it once"));
    }
    *slot = value.or_else(|| slot.take());
}

/// Reports each name that was met before.
pub(crate) fn report_twice<'a>(names: impl Iterator<Item = (String, &'a At)>, kind: &str, sink: &Sink) {
    let mut seen = BTreeSet::new();
    for (name, at) in names {
        if !seen.insert(name.clone()) {
            sink.add(at.problem(format!("there are two {kind}s `{name}`"), "rename or remove one of them"));
        }
    }
}
