//! What is known of a template by the names in it alone, before it is rendered.

use std::collections::BTreeSet;

use domain::channel::Disclosure;

use super::{Fault, Place, place_of, slots};
use crate::fields::Field;
use crate::identity::Identity;
use crate::limits::MAX_CONDITIONS;
use crate::refusal::Rule;
use crate::templates::Compiled;
use crate::values::Values;

/// No field above the level is named, be it only in a condition (R5, R6).
pub(super) fn check_levels(compiled: &Compiled, faults: &mut Vec<Fault>) {
    let Compiled { source, uses, parameters } = compiled;
    let place = |field| match parameters.contains(&field) && !uses.fields().contains(&field) {
        true => Place::Header("parameters"),
        false => place_of(uses, field),
    };
    let named: BTreeSet<Field> = uses.fields().into_iter().chain(parameters.iter().copied()).collect();
    for field in named.into_iter().filter(|field| field.level() > source.disclosure) {
        let what = match uses.shows(field) || parameters.contains(&field) {
            true => format!("shows `{}`, which says something of the debt", field.as_str()),
            false => format!("asks for `{}`, so that its words tell something of the debt", field.as_str()),
        };
        let channel = source.channel;
        let remedy = match channel.ceiling() {
            Disclosure::Full => "take it out, or set `disclosure: full`".to_owned(),
            Disclosure::Callback => {
                format!("take it out: {channel} may only say who writes and ask for a call")
            }
        };
        faults.push(Fault::new(Rule::Disclosure, place(field), what, remedy));
    }
    if uses.conditions.len() > MAX_CONDITIONS {
        let what = format!("asks for {} fields in conditions", uses.conditions.len());
        let remedy = format!("keep to {MAX_CONDITIONS}, or write several templates");
        faults.push(Fault::new(Rule::BadTemplate, Place::Whole, what, remedy));
    }
}

/// What the provider is sent is what the text says: the debtor's own values of both are the same.
pub(super) fn check_parameters(compiled: &Compiled, faults: &mut Vec<Fault>) {
    let Compiled { source, uses, parameters } = compiled;
    if source.provider_template.is_empty() {
        return;
    }
    let mut differ = |field: Field, what: &str, remedy: &str| {
        let what = format!("`{}` {what}", field.as_str());
        faults.push(Fault::new(Rule::Parameters, Place::Header("parameters"), what, remedy));
    };
    for field in parameters.iter().filter(|field| !uses.shows(**field)) {
        differ(
            *field,
            "is a parameter, but the text does not show it",
            "show it in the text, or leave it out",
        );
    }
    for field in uses.fields().into_iter().filter(|field| !field.is_tenants() && !parameters.contains(field))
    {
        differ(field, "is in the text, but no parameter", "add it in the provider's order");
    }
}

/// The tenant has what the template needs of it.
pub(super) fn check_tenant(
    compiled: &Compiled,
    identity: &Identity,
    values: &Values,
    faults: &mut Vec<Fault>,
) {
    let Compiled { source, uses, .. } = compiled;
    let (channel, tenant, language) = (source.channel, &source.tenant, source.language);
    if !identity.sender.contains_key(&channel) {
        let what = format!("tenant {tenant} has no sender for {channel}");
        let remedy = format!("add `{channel} = \"…\"` to [tenant.sender]");
        faults.push(Fault::new(Rule::NoSender, Place::Whole, what, remedy));
    }
    let unconditional = |field: &Field| uses.shows(*field) && !uses.conditions.contains(field);
    let needed = slots(channel).iter().copied().filter(|field| field.is_tenants());
    let used = Field::ALL.iter().copied().filter(|field| field.is_tenants() && unconditional(field));
    let missing: BTreeSet<Field> = needed.chain(used).filter(|field| values.is_empty(*field)).collect();
    for field in missing {
        let what = format!("tenant {tenant} has no `{}` in {language} for {channel}", field.as_str());
        let remedy = format!("add it to the tenant, in {language}");
        faults.push(Fault::new(Rule::MissingValue, Place::Whole, what, remedy));
    }
}
