//! Rules as they were weighed: where each comes from, and what would have to change for it to open.

use domain::event::{Answer, Weighed};
use domain::label::{RuleName, TenantId};
use domain::rulebook::Rulebook;
use domain::rules::BUILT_IN;

use super::Rule;

/// Each rule with its source.
pub(super) fn tell(weighed: &[Weighed], rulebook: Option<&Rulebook>, tenant: &TenantId) -> Vec<Rule> {
    let one = |weighed: &Weighed| {
        let (open, turns_at) = match weighed.answer {
            Answer::Open { until } => (true, until),
            Answer::Closed { opens } => (false, opens),
        };
        Rule {
            name: weighed.rule.to_string(),
            source: source(&weighed.rule, rulebook, tenant),
            built_in: built_in(&weighed.rule).is_some(),
            open,
            turns_at: turns_at.map(|at| at.to_string()),
        }
    };
    weighed.iter().map(one).collect()
}

/// Where a rule comes from: the rulebook's own text, or what the domain says of the rules that it brings itself.
pub(super) fn source(rule: &RuleName, rulebook: Option<&Rulebook>, tenant: &TenantId) -> String {
    if let Some(source) = built_in(rule) {
        return source.to_owned();
    }
    let Some(policy) = rulebook.and_then(|rulebook| rulebook.tenants.get(tenant)).map(|rules| &rules.policy)
    else {
        return "the rulebook that decided is not in the log".to_owned();
    };
    let window = policy.windows.iter().find(|window| window.name == *rule).map(|window| &window.source);
    let cap = policy.caps.iter().find(|cap| cap.name == *rule).map(|cap| &cap.source);
    window.or(cap).map_or_else(|| "not in the rulebook that decided".to_owned(), ToString::to_string)
}

/// When a rule that the domain itself brings is open, and where that comes from.
fn built_in(rule: &RuleName) -> Option<&'static str> {
    let (name, source) = BUILT_IN.iter().find(|(name, _)| *name == rule.as_str())?;
    Some(match *name {
        "cease" => "closed for good once the debtor asks for no contact whatsoever",
        "hold" => "closed while a hold (Mahnstopp) on the debtor is in force",
        "quarantine" => "closed while an input of this debtor could not be processed",
        "contact-point" => "open while the contact point is valid and its source sure enough",
        "opt-out" => "closed while the debtor has opted out of the contact point or channel",
        "consent" => "open once the debtor agreed, since the policy wants a consent for the channel",
        "zone" => "closed while no zone of the debtor is known, or one is unknown to the rulebook",
        "hours" => "closed while the policy names no hours for the channel",
        "heard" => "closed for a while after the debtor was heard",
        _ => source,
    })
}

/// What would have to change for each rule that is closed.
pub(super) fn would_open(weighed: &[Weighed]) -> Vec<String> {
    weighed.iter().filter_map(change).collect()
}

fn change(weighed: &Weighed) -> Option<String> {
    let rule = &weighed.rule;
    match weighed.answer {
        Answer::Open { .. } => None,
        Answer::Closed { opens: Some(at) } => Some(format!("time alone: rule {rule} opens at {at}")),
        Answer::Closed { opens: None } => Some(remedy(rule)),
    }
}

/// What opens a rule that does not open by itself.
fn remedy(rule: &RuleName) -> String {
    match rule.as_str() {
        "cease" => {
            "nothing that Mahnwerk may do: the debtor asked for no contact, and no fact takes that back"
                .into()
        }
        "quarantine" => "an operator closes the quarantine task (fact task_done)".into(),
        "hold" => "the hold is released (fact hold_released)".into(),
        "contact-point" => {
            "a valid contact point of that kind, sure enough, is added (fact contact_point_added)".into()
        }
        "opt-out" => "the debtor agrees again, later than the opt-out (fact consent_given)".into(),
        "consent" => "the debtor agrees to be contacted there (fact consent_given)".into(),
        "zone" => {
            "the debtor is described with a zone that the rulebook knows (fact debtor_described)".into()
        }
        "hours" => "the policy names hours for the channel (rulebook)".into(),
        other => format!("rule {other} does not open by itself: the rulebook or the facts must change"),
    }
}
