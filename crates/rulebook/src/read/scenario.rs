//! A scenario and its steps.

use domain::channel::Channel;
use domain::label::{ScenarioId, StepId, TemplateId};
use domain::rulebook::Step;
use domain::time::Span;

use super::node::Table;
use super::span::{AFTER_DUE, PATIENCE, WAIT};
use crate::draft::{Named, ScenarioDraft, StepDraft};

/// Most steps of a ladder.
pub(crate) const MAX_STEPS: usize = 64;
/// Most tries of one step.
const MAX_TRIES: i64 = 20;

/// Reads one `[[scenario]]`.
pub(crate) fn read(mut table: Table<'_>) -> Option<ScenarioDraft> {
    let at = table.at();
    let name = table.need("id", "id = \"…\"").and_then(|node| node.label(ScenarioId::new));
    let begins = table.need("begins_after_due", "begins_after_due = \"3d\"");
    let begins = begins.and_then(|node| Some(Named { name: node.span(AFTER_DUE)?, at: node.at() }));
    let node = table.need("step", "[[scenario.step]]: a ladder has one step at least");
    let tables = node.as_ref().map(|node| node.tables()).unwrap_or_default();
    if let Some(node) = node.filter(|_| tables.is_empty() || tables.len() > MAX_STEPS) {
        node.problem(
            format!("the ladder has {} steps", tables.len()),
            format!("write 1 to {MAX_STEPS} steps"),
        );
    }
    let count = tables.len();
    let steps: Vec<_> = tables.into_iter().take(MAX_STEPS).filter_map(step).collect();
    table.finish();
    let complete = !steps.is_empty() && steps.len() == count;
    complete.then_some(ScenarioDraft {
        scenario: Named { name: name?, at },
        begins_after_due: begins?,
        steps,
    })
}

fn step(mut table: Table<'_>) -> Option<StepDraft> {
    let at = table.at();
    let name = table.need("name", "name = \"…\"").and_then(|node| node.label(StepId::new));
    let channel = table.need("channel", "channel = \"sms\"").and_then(|node| node.channel());
    let template = table.need("template", "template = \"…\", the name of a file in templates/");
    let template_at = template.as_ref().map_or_else(|| at.clone(), |node| node.at());
    let template = template.and_then(|node| node.label(TemplateId::new));
    let priority = table.take("priority").and_then(|node| node.integer(-1000..=1000)).unwrap_or(0);
    let tries = table.take("tries").map_or(Some(1), |node| node.integer(1..=MAX_TRIES));
    let retry_after = optional(&mut table, "retry_after", WAIT, Span::days(1));
    let then_wait = table.need("then_wait", "then_wait = \"3d\": how long the next step waits");
    let then_wait = then_wait.and_then(|node| node.span(WAIT));
    let patience = optional(&mut table, "patience", PATIENCE, Span::days(7));
    let outcome_within = optional(&mut table, "outcome_within", PATIENCE, Span::days(1));
    let overflow = overflow(&mut table, channel);
    let cost_micros = table.take("cost").map_or(Some(0), |node| node.micros());
    let intensity = table.take("intensity").and_then(|node| node.integer(0..=100));
    let then =
        table.take("then").and_then(|node| Some(Named { name: node.text()?.to_owned(), at: node.at() }));
    table.finish();
    let channel = channel?;
    let step = Step {
        step: name?,
        channel,
        template: template?,
        priority: i32::try_from(priority).ok()?,
        tries: u8::try_from(tries?).ok()?,
        retry_after: retry_after?,
        then_wait: then_wait?,
        patience: patience?,
        outcome_within: outcome_within?,
        overflow,
        cost_micros: cost_micros?,
    };
    let intensity = intensity.unwrap_or_else(|| usual_intensity(channel));
    Some(StepDraft { step, at, template_at, then, intensity })
}

fn optional(
    table: &mut Table<'_>,
    key: &'static str,
    range: super::span::SpanRange,
    default: Span,
) -> Option<Span> {
    table.take(key).map_or(Some(default), |node| node.span(range))
}

/// Only a call can overflow: the other channels have no agents to wait for.
fn overflow(table: &mut Table<'_>, channel: Option<Channel>) -> bool {
    let Some(node) = table.take("overflow") else { return false };
    let overflow = node.flag().unwrap_or(false);
    if overflow && channel.is_some_and(|channel| channel != Channel::Call) {
        node.problem("only a call can overflow", "leave `overflow` out");
    }
    overflow
}

/// The order of the seed's ladder (R1): each channel presses no less than the one before it.
const fn usual_intensity(channel: Channel) -> i64 {
    match channel {
        Channel::Call => 10,
        Channel::Sms => 20,
        Channel::Email => 30,
        Channel::Social => 40,
        Channel::Letter => 50,
    }
}
