//! A template's header: what it says of itself.

use domain::channel::{Channel, Disclosure};

use super::{Fault, Place};
use crate::fields::{Field, Shape};
use crate::limits::MAX_CONDITIONS;
use crate::refusal::Rule;
use crate::source::TemplateSource;

/// Most parameters of a provider's template.
const MAX_PARAMETERS: usize = MAX_CONDITIONS * 2;

/// Checks the header; gives the parameters as fields.
pub(super) fn check(source: &TemplateSource, faults: &mut Vec<Fault>) -> Vec<Field> {
    let mut fault = |rule, entry, what: String, remedy: &str| {
        faults.push(Fault::new(rule, Place::Header(entry), what, remedy))
    };
    let channel = source.channel;
    if source.disclosure > channel.ceiling() {
        let remedy = "leave `disclosure` out: only calls and letters may speak of the debt";
        fault(
            Rule::Disclosure,
            "disclosure",
            format!("`full` is above what {channel} may ever show"),
            remedy,
        );
    }
    match (channel, source.subject.is_empty()) {
        (Channel::Email, true) => {
            let remedy = "add `subject: …`: clear, worth opening, not threatening (R7)";
            fault(Rule::Subject, "subject", "an e-mail needs a subject".to_owned(), remedy);
        }
        (Channel::Call | Channel::Sms | Channel::Social | Channel::Letter, false) => {
            fault(Rule::Subject, "subject", format!("{channel} has no subject"), "leave it out");
        }
        (Channel::Email, false)
        | (Channel::Call | Channel::Sms | Channel::Social | Channel::Letter, true) => {}
    }
    let held = !source.provider_template.is_empty();
    if held && channel != Channel::Social {
        let what = format!("{channel} has no templates at a provider");
        fault(Rule::Parameters, "provider_template", what, "leave it out");
    }
    if !held && !source.parameters.is_empty() {
        let what = "there are parameters without a provider's template".to_owned();
        fault(Rule::Parameters, "parameters", what, "add `provider_template: …`");
    }
    if source.parameters.len() > MAX_PARAMETERS {
        let what = format!("there are {} parameters", source.parameters.len());
        fault(Rule::Parameters, "parameters", what, "keep to a dozen");
    }
    source.parameters.iter().filter_map(|name| parameter(name, faults)).collect()
}

fn parameter(name: &str, faults: &mut Vec<Fault>) -> Option<Field> {
    let field = Field::parse(name).filter(|field| field.shape() == Shape::Text);
    if field.is_none() {
        let names: Vec<&str> = Field::ALL
            .iter()
            .filter(|field| field.shape() == Shape::Text && field.level() == Disclosure::Callback)
            .map(|field| field.as_str())
            .collect();
        let remedy = format!("use fields such as {}", names.join(", "));
        let what = format!("`{name}` is no field that can be a parameter");
        faults.push(Fault::new(Rule::Parameters, Place::Header("parameters"), what, remedy));
    }
    field
}
