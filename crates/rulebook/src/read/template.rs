//! A template's file: `templates/SCOPE/NAME.LANGUAGE.txt`, a short header, a line `---`, and the words.

use std::collections::BTreeMap;

use domain::channel::{Channel, Disclosure};
use domain::label::{Label, Language, TemplateId, TenantId};

use crate::draft::{Scope, TemplateDraft, TemplatePlaces};
use crate::problem::{At, Problem, Sink};
use crate::suggest;

const ENTRIES: [&str; 6] = ["channel", "disclosure", "tone", "subject", "provider_template", "parameters"];
const DEFAULT_TONE: &str = "polite";
/// Longest entry of a header, in characters.
const MAX_ENTRY: usize = 500;

/// Reads one file; reports all that is wrong with its header.
pub(crate) fn read(file: &str, text: &str, sink: &Sink) -> Option<TemplateDraft> {
    let named = name(file).map_err(|problem| sink.add(*problem)).ok();
    let (header, body) = split(file, text, sink)?;
    let places = TemplatePlaces {
        file: file.to_owned(),
        text: text.to_owned(),
        body_line: text.lines().count() - body.lines().count() + 1,
        header_lines: header.iter().map(|(entry, (line, _))| (entry.clone(), *line)).collect(),
    };
    let value = |entry: &str| header.get(entry).map_or("", |(_, value)| value.as_str());
    let channel = channel(value("channel"), &places, sink);
    let disclosure = disclosure(value("disclosure"), channel, &places, sink);
    let tone = if value("tone").is_empty() { DEFAULT_TONE } else { value("tone") };
    let tone = Label::new(tone).map_err(|e| {
        sink.add(places.header("tone").problem(format!("`{tone}` {e}"), "write one word, such as polite"))
    });
    let (scope, template, language) = named?;
    let parameters = value("parameters").split(',').map(str::trim).filter(|name| !name.is_empty());
    Some(TemplateDraft {
        scope,
        template,
        language,
        channel: channel?,
        disclosure: disclosure?,
        tone: tone.ok()?,
        subject: value("subject").to_owned(),
        provider_template: value("provider_template").to_owned(),
        parameters: parameters.map(str::to_owned).collect(),
        body: body.to_owned(),
        places,
    })
}

/// Scope, name and language from the path.
fn name(file: &str) -> Result<(Scope, TemplateId, Language), Box<Problem>> {
    let bad = |what: String| {
        let remedy = "name it templates/SCOPE/NAME.LANGUAGE.txt, such as templates/shared/callback.de.txt";
        Box::new(Problem::of_file(file, what, remedy))
    };
    let parts: Vec<&str> = file.split('/').collect();
    let [_, scope, name] = parts.as_slice() else {
        return Err(bad("the template belongs to no tenant".to_owned()));
    };
    let stem = name.strip_suffix(".txt").unwrap_or(name);
    let (template, language) =
        stem.rsplit_once('.').ok_or_else(|| bad("the file's name has no language".to_owned()))?;
    let scope = match *scope {
        "shared" => Scope::Shared,
        tenant => Scope::Tenant(TenantId::new(tenant).map_err(|e| bad(format!("`{tenant}` {e}")))?),
    };
    let template = TemplateId::new(template).map_err(|e| bad(format!("`{template}` {e}")))?;
    let language = Language::new(language).ok_or_else(|| bad(format!("`{language}` is no language")))?;
    Ok((scope, template, language))
}

type Header = BTreeMap<String, (usize, String)>;

fn split<'a>(file: &str, text: &'a str, sink: &Sink) -> Option<(Header, &'a str)> {
    let mut header = Header::new();
    let mut rest = text;
    for number in 1.. {
        let Some((line, after)) = rest.split_once('\n') else {
            let what = "the header does not end";
            let remedy = "write `channel: …` and other entries, then a line `---`, then the words";
            sink.add(At::line(file, text, number).problem(what, remedy));
            return None;
        };
        rest = after;
        let line = line.trim();
        if line == "---" {
            break;
        }
        if !line.is_empty() && !line.starts_with('#') {
            entry(&mut header, line, number, &At::line(file, text, number), sink);
        }
    }
    Some((header, rest))
}

fn entry(header: &mut Header, line: &str, number: usize, at: &At, sink: &Sink) {
    let Some((key, value)) = line.split_once(':') else {
        let remedy = "write `entry: value`, or end the header with a line `---`";
        return sink.add(at.problem(
            format!("`{}` is no entry of a header", line.chars().take(40).collect::<String>()),
            remedy,
        ));
    };
    let (key, value) = (key.trim(), value.trim());
    if !ENTRIES.contains(&key) {
        return sink
            .add(at.problem(format!("there is no entry `{key}`"), suggest::remedy(key, ENTRIES, "field")));
    }
    if value.is_empty() || value.chars().count() > MAX_ENTRY {
        return sink
            .add(at.problem(format!("`{key}` is empty or too long"), "leave it out, or write a value"));
    }
    if header.insert(key.to_owned(), (number, value.to_owned())).is_some() {
        sink.add(at.problem(format!("`{key}` is given twice"), "give it once"));
    }
}

fn channel(text: &str, places: &TemplatePlaces, sink: &Sink) -> Option<Channel> {
    let channel = Channel::parse(text);
    if channel.is_none() {
        let names = Channel::ALL.map(Channel::as_str);
        let (what, remedy) = match text {
            "" => {
                ("`channel` is missing".to_owned(), format!("add `channel: …`, one of {}", names.join(", ")))
            }
            _ => (format!("there is no channel `{text}`"), suggest::remedy(text, names, "channel")),
        };
        sink.add(places.header("channel").problem(what, remedy));
    }
    channel
}

/// What is not said is the channel's ceiling.
fn disclosure(
    text: &str,
    channel: Option<Channel>,
    places: &TemplatePlaces,
    sink: &Sink,
) -> Option<Disclosure> {
    match text {
        "" => channel.map(Channel::ceiling),
        "callback" => Some(Disclosure::Callback),
        "full" => Some(Disclosure::Full),
        _ => {
            let remedy = suggest::remedy(text, ["callback", "full"], "level");
            sink.add(places.header("disclosure").problem(format!("there is no level `{text}`"), remedy));
            None
        }
    }
}
