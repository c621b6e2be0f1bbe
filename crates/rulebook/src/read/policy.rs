//! A tenant's policy: windows, caps, consent, confidence.

use std::collections::BTreeSet;

use domain::channel::Channel;
use domain::label::RuleName;
use domain::rulebook::{CapRule, Policy, WindowRule};

use super::hours;
use super::node::Table;
use super::report_twice;
use super::span::WITHIN;
use crate::problem::At;

/// Most windows and most caps of one tenant.
const MAX_RULES: usize = 64;
/// Longest name of a rule's source.
const MAX_SOURCE: usize = 200;
/// A contact point of this confidence is used when the policy names none.
const DEFAULT_CONFIDENCE: u8 = 50;

/// Reads `[tenant.policy]`.
pub(crate) fn read(mut table: Table<'_>) -> Policy {
    let windows = table.need("window", "[[tenant.policy.window]]: without hours nobody may be contacted");
    let windows: Vec<_> = windows.map(|node| node.tables()).unwrap_or_default();
    let caps: Vec<_> = table.take("cap").map(|node| node.tables()).unwrap_or_default();
    if windows.len() > MAX_RULES || caps.len() > MAX_RULES {
        table.problem("there are too many windows or caps", format!("keep to {MAX_RULES} of each"));
    }
    let windows: Vec<_> = windows.into_iter().take(MAX_RULES).filter_map(window).collect();
    let caps: Vec<_> = caps.into_iter().take(MAX_RULES).filter_map(cap).collect();
    let names = windows.iter().map(|(rule, at)| (rule.name.to_string(), at));
    let names = names.chain(caps.iter().map(|(rule, at)| (rule.name.to_string(), at)));
    report_twice(names, "rule", table.sink());
    let consent = table.take("consent").map(|node| node.channels()).unwrap_or_default();
    let min_confidence = table.take("min_confidence").and_then(|node| node.integer(0..=100));
    let policy = Policy {
        windows: windows.into_iter().map(|(rule, _)| rule).collect(),
        caps: caps.into_iter().map(|(rule, _)| rule).collect(),
        consent,
        min_confidence: min_confidence.and_then(|n| u8::try_from(n).ok()).unwrap_or(DEFAULT_CONFIDENCE),
    };
    table.finish();
    policy
}

fn window(mut table: Table<'_>) -> Option<(WindowRule, At)> {
    let at = table.at();
    let name = table.need("name", "name = \"…\", as it will stand in explanations");
    let name = name.and_then(|node| node.label(RuleName::new));
    let source = source(&mut table);
    let channels = channels(&mut table);
    let hours = table.need("hours", "hours = { mon-fri = \"08:00-20:00\" }").and_then(|node| node.table());
    let hours = hours.map(|table| hours::read(&table));
    let closed_days = table.take("closed_days").map(|node| hours::closed_days(&node)).unwrap_or_default();
    table.finish();
    Some((WindowRule { name: name?, source: source?, channels: channels?, hours: hours?, closed_days }, at))
}

fn cap(mut table: Table<'_>) -> Option<(CapRule, At)> {
    let at = table.at();
    let name = table.need("name", "name = \"…\", as it will stand in explanations");
    let name = name.and_then(|node| node.label(RuleName::new));
    let source = source(&mut table);
    let channels = channels(&mut table);
    let max = table.need("max", "max = 3").and_then(|node| node.integer(1..=60));
    let within = table.need("within", "within = \"7d\"").and_then(|node| node.span(WITHIN));
    table.finish();
    let max = u8::try_from(max?).ok()?;
    Some((CapRule { name: name?, source: source?, channels: channels?, max, within: within? }, at))
}

fn source(table: &mut Table<'_>) -> Option<Box<str>> {
    let node =
        table.need("source", "source = \"…\": the law, the agreement or the habit that it comes from")?;
    node.short_text(MAX_SOURCE).map(Box::from)
}

/// The channels that a rule governs: all of them when none is named.
fn channels(table: &mut Table<'_>) -> Option<BTreeSet<Channel>> {
    let Some(node) = table.take("channels") else { return Some(Channel::ALL.into()) };
    let channels = node.channels();
    if channels.is_empty() {
        node.problem("the rule governs no channel", "name channels, or leave `channels` out for all of them");
        return None;
    }
    Some(channels)
}
