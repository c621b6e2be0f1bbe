//! A tenant: who it is, how it is reached, which scenarios it uses.

use std::collections::{BTreeMap, BTreeSet};

use content::{Identity, Words};
use domain::channel::Channel;
use domain::label::{CreditorId, Language, ScenarioId, TenantId};
use domain::rulebook::Policy;
use domain::time::Span;

use super::hours::{self, Hours};
use super::inbound;
use super::node::{Node, Table};
use super::policy;
use super::span::WAIT;
use crate::check::callback;
use crate::draft::{Named, TenantDraft};
use crate::problem::At;

/// Longest text of an identity, in characters.
const MAX_TEXT: usize = 300;
/// Most lines of an address.
const MAX_LINES: usize = 12;

/// Reads one `[[tenant]]`.
pub(crate) fn read(mut table: Table<'_>) -> Option<TenantDraft> {
    let at = table.at();
    let tenant = table.need("id", "id = \"…\"").and_then(|node| node.label(TenantId::new));
    let default_language = table.need("default_language", "default_language = \"de\"");
    let default_language = default_language.and_then(|node| node.language());
    let languages = table.take("languages").map(|node| node.list()).unwrap_or_default();
    let languages: BTreeSet<Language> = languages.iter().filter_map(Node::language).collect();
    let default_scenario = table.need("default_scenario", "default_scenario = \"…\"");
    let default_scenario = default_scenario.as_ref().and_then(scenario);
    let scenarios = table.take("scenarios");
    let scenarios = scenarios.map(|node| node.list().iter().filter_map(scenario).collect::<Vec<_>>());
    let first_contact_within = wait(&mut table, "first_contact_within", Span::days(30));
    let promise_grace = wait(&mut table, "promise_grace", Span::days(3));
    let rest_after_heard = wait(&mut table, "rest_after_heard", Span::days(7));
    let (identity, sender_at) = identity(&mut table, &at);
    let policy_node = table.need("policy", "[tenant.policy] with its windows");
    let policy_at = policy_node.as_ref().map_or_else(|| at.clone(), Node::at);
    let policy = policy_node.and_then(|node| node.table()).map(policy::read);
    let inbound = table.take("inbound").and_then(|node| node.table());
    let inbound = inbound.map_or_else(inbound::strict, inbound::read);
    table.finish();
    let default_language = default_language?;
    Some(TenantDraft {
        tenant: Named { name: tenant?, at },
        identity,
        sender_at,
        languages: languages.into_iter().chain([default_language]).collect(),
        default_language,
        default_scenario: default_scenario?,
        scenarios,
        first_contact_within: first_contact_within?,
        policy: policy.unwrap_or_else(closed),
        policy_at,
        promise_grace: promise_grace?,
        rest_after_heard: rest_after_heard?,
        inbound,
    })
}

/// A policy under which nothing is allowed, for what could not be read.
const fn closed() -> Policy {
    Policy { windows: Vec::new(), caps: Vec::new(), consent: BTreeSet::new(), min_confidence: 100 }
}

fn scenario(node: &Node<'_>) -> Option<Named<ScenarioId>> {
    Some(Named { name: node.label(ScenarioId::new)?, at: node.at() })
}

fn wait(table: &mut Table<'_>, key: &'static str, default: Span) -> Option<Span> {
    table.take(key).map_or(Some(default), |node| node.span(WAIT))
}

fn identity(table: &mut Table<'_>, tenant_at: &At) -> (Identity, At) {
    let display_name = table.need("name", "name = \"…\": the registered name, as people know it");
    let sender = table.need("sender", "[tenant.sender] with an entry for each channel, such as sms = \"…\"");
    let sender_at = sender.as_ref().map_or_else(|| tenant_at.clone(), Node::at);
    let sender = sender.and_then(|node| node.table()).map(|table| senders(&table)).unwrap_or_default();
    let callback = table.need("callback", "[tenant.callback] with number, hours and hours_text");
    let callback = callback.and_then(|node| node.table());
    let (callback_number, callback_hours) = callback.map(read_callback).unwrap_or_default();
    let opt_out = table.need("opt_out", "[tenant.opt_out] with sms, email and social");
    let opt_out = opt_out.and_then(|node| node.table()).map(|table| opt_outs(&table)).unwrap_or_default();
    let creditors = table.need("creditors", "[tenant.creditors] with the names that people know");
    let creditors = creditors.and_then(|node| node.table()).map(|table| creditors_of(&table));
    let postal_address = table.take("postal_address").map(|node| lines(&node)).unwrap_or_default();
    let payment_options = table.take("payment_options").map(|node| words(&node)).unwrap_or_default();
    let identity = Identity {
        display_name: display_name.map(|node| words(&node)).unwrap_or_default(),
        sender,
        callback_number,
        callback_hours,
        opt_out,
        postal_address,
        payment_options,
        creditors: creditors.unwrap_or_default(),
    };
    (identity, sender_at)
}

/// A text for all languages, or one for each.
fn words(node: &Node<'_>) -> Words {
    if !node.is_table() {
        return node.short_text(MAX_TEXT).map(Words::everywhere).unwrap_or_default();
    }
    let mut by_language = BTreeMap::new();
    for (key, node) in node.table().iter().flat_map(Table::entries) {
        let Some(language) = Language::new(key) else {
            node.problem(format!("`{key}` is no language"), "write two lower-case letters, such as de");
            continue;
        };
        by_language.extend(node.short_text(MAX_TEXT).map(|text| (language, text.to_owned())));
    }
    Words::by_language(by_language)
}

fn lines(node: &Node<'_>) -> Vec<String> {
    let list = node.list();
    if list.len() > MAX_LINES {
        node.problem("the address is too long", format!("keep to {MAX_LINES} lines"));
    }
    list.iter().take(MAX_LINES).filter_map(|line| line.short_text(MAX_TEXT).map(str::to_owned)).collect()
}

fn channel_of(key: &str, node: &Node<'_>) -> Option<Channel> {
    let channel = Channel::parse(key);
    if channel.is_none() {
        let remedy = crate::suggest::remedy(key, Channel::ALL.map(Channel::as_str), "channel");
        node.problem(format!("there is no channel `{key}`"), remedy);
    }
    channel
}

fn senders(table: &Table<'_>) -> BTreeMap<Channel, String> {
    let sender = |(key, node): (&str, Node<'_>)| {
        let channel = channel_of(key, &node)?;
        Some((channel, node.short_text(MAX_TEXT)?.to_owned()))
    };
    table.entries().filter_map(sender).collect()
}

fn opt_outs(table: &Table<'_>) -> BTreeMap<Channel, Words> {
    let opt_out = |(key, node): (&str, Node<'_>)| Some((channel_of(key, &node)?, words(&node)));
    table.entries().filter_map(opt_out).collect()
}

fn creditors_of(table: &Table<'_>) -> BTreeMap<CreditorId, Words> {
    let mut out = BTreeMap::new();
    for (key, node) in table.entries() {
        match CreditorId::new(key) {
            Ok(creditor) => {
                out.insert(creditor, words(&node));
            }
            Err(error) => node.problem(format!("`{key}` {error}"), "use 1 to 64 of a-z, 0-9, _, - and ."),
        }
    }
    if out.is_empty() {
        table
            .problem("the tenant acts for no creditor", "add one, such as gemeinde = \"Gemeinde Musterwil\"");
    }
    out
}

fn read_callback(mut table: Table<'_>) -> (String, Words) {
    let number = table.need("number", "number = \"+41 …\"");
    let number = number.and_then(|node| {
        let text = node.short_text(40)?;
        let right = text.bytes().filter(u8::is_ascii_digit).count() >= 3;
        if !right {
            node.problem(format!("`{text}` is no number to call"), "write it as people dial it");
        }
        right.then(|| text.to_owned())
    });
    let hours_node = table.need("hours", "hours = { mon-fri = \"08:00-20:00\" }: when somebody answers");
    let at = hours_node.as_ref().map(Node::at);
    let hours: Option<Hours> = hours_node.and_then(|node| node.table()).map(|table| hours::read(&table));
    if let (Some(hours), Some(at)) = (hours.filter(|hours| !hours.is_empty()), at) {
        callback::check(&hours, &at, table.sink());
    }
    let text = table.need("hours_text", "hours_text = \"…\": the same in words").map(|node| words(&node));
    table.finish();
    (number.unwrap_or_default(), text.unwrap_or_default())
}
