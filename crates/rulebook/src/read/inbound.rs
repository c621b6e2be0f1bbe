//! What a tenant makes of what people write back: `[tenant.inbound]`.

use std::collections::BTreeMap;

use content::{OwnPhrases, PhraseFault, ReplyLexicon};
use domain::inbound::{HoldLength, InboundClass, InboundRules, StopCovers};

use super::node::{Node, Table};
use super::span::HOLD;
use crate::suggest;

/// How a rulebook writes that a hold has no end of its own.
const UNTIL_RELEASED: &str = "until_released";
/// Longest word or phrase that a tenant adds, in characters.
const MAX_PHRASE: usize = 120;

/// What a stop may cover, as a rulebook writes it.
const COVERS: [(&str, StopCovers); 3] =
    [("point", StopCovers::Point), ("channel", StopCovers::Channel), ("all", StopCovers::All)];

/// What was read: the rules, and the words to put replies into classes by.
pub(crate) type Inbound = (InboundRules, ReplyLexicon);

/// What holds where a tenant says nothing.
pub(crate) fn strict() -> Inbound {
    (InboundRules::strict(), ReplyLexicon::bundled())
}

/// Reads `[tenant.inbound]`.
pub(crate) fn read(mut table: Table<'_>) -> Inbound {
    let mut rules = InboundRules::strict();
    if let Some(covers) = table.take("stop_covers").and_then(|node| covers(&node)) {
        rules.stop_covers = covers;
    }
    if let Some(hold) = table.take("hold").and_then(|node| node.table()) {
        rules.holds.extend(holds(&hold));
    }
    let mut own = OwnPhrases::default();
    for node in table.take("stop_words").map(|node| node.list()).unwrap_or_default() {
        add(&node, |word| own.stop_word(word));
    }
    if let Some(phrases) = table.take("phrases").and_then(|node| node.table()) {
        read_phrases(&phrases, &mut own);
    }
    table.finish();
    (rules, ReplyLexicon::with(own))
}

fn covers(node: &Node<'_>) -> Option<StopCovers> {
    let text = node.text()?;
    let found = COVERS.iter().find(|(name, _)| *name == text).map(|(_, covers)| *covers);
    if found.is_none() {
        let remedy = suggest::remedy(text, COVERS.map(|(name, _)| name), "scope");
        node.problem(format!("a stop can't cover `{text}`"), remedy);
    }
    found
}

fn holds(table: &Table<'_>) -> BTreeMap<InboundClass, HoldLength> {
    let hold = |(key, node): (&str, Node<'_>)| Some((class(key, &node, is_held)?, length(&node)?));
    table.entries().filter_map(hold).collect()
}

/// A stop and a wrong person close the contact point: there is nothing to hold.
fn is_held(class: InboundClass) -> Result<(), &'static str> {
    match class {
        InboundClass::Stop | InboundClass::WrongPerson => {
            Err("leave it out: it closes the contact point, and no hold would end that")
        }
        InboundClass::Question
        | InboundClass::Promise
        | InboundClass::Dispute
        | InboundClass::PaymentClaimed
        | InboundClass::Hardship
        | InboundClass::Abuse
        | InboundClass::Unclear => Ok(()),
    }
}

/// What no phrase meets is unclear: no phrase can say so.
fn has_phrases(class: InboundClass) -> Result<(), &'static str> {
    match class {
        InboundClass::Unclear => Err("leave it out: what no phrase meets is unclear"),
        InboundClass::Stop
        | InboundClass::WrongPerson
        | InboundClass::Question
        | InboundClass::Promise
        | InboundClass::Dispute
        | InboundClass::PaymentClaimed
        | InboundClass::Hardship
        | InboundClass::Abuse => Ok(()),
    }
}

fn class(
    key: &str,
    node: &Node<'_>,
    check: fn(InboundClass) -> Result<(), &'static str>,
) -> Option<InboundClass> {
    let Some(class) = InboundClass::parse(key) else {
        let known = InboundClass::ALL.into_iter().filter(|class| check(*class).is_ok());
        let remedy = suggest::remedy(key, known.map(InboundClass::as_str), "class");
        node.problem(format!("there is no class `{key}`"), remedy);
        return None;
    };
    check(class).map_err(|remedy| node.problem(format!("`{key}` can't stand here"), remedy)).ok()?;
    Some(class)
}

fn length(node: &Node<'_>) -> Option<HoldLength> {
    if node.text()? == UNTIL_RELEASED {
        return Some(HoldLength::UntilReleased);
    }
    node.span_or(HOLD, UNTIL_RELEASED).map(HoldLength::For)
}

fn read_phrases(table: &Table<'_>, own: &mut OwnPhrases) {
    for (key, node) in table.entries() {
        let Some(class) = class(key, &node, has_phrases) else { continue };
        for node in node.list() {
            add(&node, |phrase| own.phrase(class, phrase));
        }
    }
}

fn add(node: &Node<'_>, mut take: impl FnMut(&str) -> Result<(), PhraseFault>) {
    let Some(text) = node.short_text(MAX_PHRASE) else { return };
    if let Err(fault) = take(text) {
        node.problem(fault.what, fault.remedy);
    }
}
