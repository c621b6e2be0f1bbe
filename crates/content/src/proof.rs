//! What is proved of a template before it may be used.
//!
//! First its fields are held against its level by name. Then it is rendered once for every combination of the values
//! that its conditions ask for, with a canary in every field, those above its level included: a canary above the level
//! in the output is a leak, a canary of a required slot that is missing from the output is a gap. Last it is rendered
//! with the tenant's real values and an example person, and the finished text goes through the guard.

mod canary;
mod header;

use std::collections::BTreeSet;

use domain::channel::{Channel, Disclosure};

use crate::dialect::{self, Uses};
use crate::fields::{Class, Field};
use crate::identity::Identity;
use crate::limits::{MAX_CONDITIONS, MAX_EMAIL_WORDS, MAX_SMS_SEGMENTS_AT_LOAD, MAX_SOURCE_BYTES};
use crate::refusal::{RenderRefused, Rule};
use crate::source::TemplateSource;
use crate::templates::{Compiled, Engine, Filled, check_lengths, check_words};
use crate::values::{Given, Values};

/// Where in a template something is wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Place {
    /// On this line of the body, from 1.
    Body(usize),
    /// In this entry of the header.
    Header(&'static str),
    /// Nowhere in particular.
    Whole,
}

/// Something wrong with a template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Which rule it breaks.
    pub rule: Rule,
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub remedy: String,
}

impl Fault {
    fn new(rule: Rule, place: Place, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { rule, place, what: what.into(), remedy: remedy.into() }
    }
}

/// What must be in every message of a channel (R3, R8, R45).
pub const fn slots(channel: Channel) -> &'static [Field] {
    match channel {
        Channel::Sms | Channel::Email | Channel::Social => {
            &[Field::SenderName, Field::CallbackNumber, Field::OptOut]
        }
        Channel::Call => &[Field::SenderName, Field::DebtorName],
        Channel::Letter => &[
            Field::SenderName,
            Field::CallbackNumber,
            Field::PostalAddress,
            Field::PaymentOptions,
            Field::Creditor,
            Field::Amount,
        ],
    }
}

/// Proves a template and compiles it into the engine, or says all that is wrong.
pub(crate) fn prove(
    engine: &mut Engine,
    identity: &Identity,
    source: TemplateSource,
) -> Result<Compiled, Vec<Fault>> {
    if source.body.len() + source.subject.len() > MAX_SOURCE_BYTES {
        let remedy = format!("keep a template to {MAX_SOURCE_BYTES} bytes");
        return Err(vec![Fault::new(Rule::TooLong, Place::Whole, "the template is too long", remedy)]);
    }
    let mut faults = Vec::new();
    let parameters = header::check(&source, &mut faults);
    let uses = read(&source, &mut faults);
    let Some(uses) = uses.filter(|_| faults.is_empty()) else { return Err(faults) };
    let compiled = Compiled { source, uses, parameters };
    check_levels(&compiled, &mut faults);
    check_parameters(&compiled, &mut faults);
    let values = Values::of_tenant(identity, compiled.source.channel, compiled.source.language);
    check_tenant(&compiled, identity, &values, &mut faults);
    if let Err((part, line, what)) = engine.add(&compiled.source) {
        let place = if part == "subject" { Place::Header("subject") } else { Place::Body(line) };
        faults.push(Fault::new(
            Rule::BadTemplate,
            place,
            what,
            "see the template language in the documentation",
        ));
    }
    if faults.is_empty() {
        try_all(engine, &compiled, &values, &mut faults);
    }
    if faults.is_empty() { Ok(compiled) } else { Err(faults) }
}

/// What subject and body reach together; the subject's lines count as none.
fn read(source: &TemplateSource, faults: &mut Vec<Fault>) -> Option<Uses> {
    let bad = |fault: dialect::Fault, place| Fault::new(Rule::BadTemplate, place, fault.what, fault.remedy);
    let subject = dialect::read(&source.subject);
    let body = dialect::read(&source.body);
    match (subject, body) {
        (Ok(subject), Ok(mut body)) => {
            let new = subject.shown.into_iter().map(|(field, _)| (field, 0)).filter(|(f, _)| !body.shows(*f));
            body.shown.extend(new.collect::<Vec<_>>());
            body.conditions.extend(subject.conditions);
            Some(body)
        }
        (subject, body) => {
            let subject = subject.err().unwrap_or_default().into_iter();
            let body = body.err().unwrap_or_default().into_iter();
            faults.extend(subject.map(|fault| bad(fault, Place::Header("subject"))));
            faults.extend(body.map(|fault| {
                let place = Place::Body(fault.line);
                bad(fault, place)
            }));
            None
        }
    }
}

fn place_of(uses: &Uses, field: Field) -> Place {
    match uses.shown.iter().find(|(shown, _)| *shown == field) {
        Some((_, 0)) => Place::Header("subject"),
        Some((_, line)) => Place::Body(*line),
        None => Place::Whole,
    }
}

/// No field above the level is named, be it only in a condition (R5, R6).
fn check_levels(compiled: &Compiled, faults: &mut Vec<Fault>) {
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
fn check_parameters(compiled: &Compiled, faults: &mut Vec<Fault>) {
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
fn check_tenant(compiled: &Compiled, identity: &Identity, values: &Values, faults: &mut Vec<Fault>) {
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

/// Renders every combination, with canaries and with examples. Stops at the first combination that is at fault.
fn try_all(engine: &Engine, compiled: &Compiled, tenant: &Values, faults: &mut Vec<Fault>) {
    let asked: Vec<Field> = compiled.uses.conditions.iter().copied().filter(|f| !f.is_tenants()).collect();
    for mask in 0..1_u32 << asked.len().min(MAX_CONDITIONS) {
        let absent = |at: usize| mask & (1 << at) != 0;
        let absent: Vec<Field> = (0..).zip(&asked).filter(|(at, _)| absent(*at)).map(|(_, f)| *f).collect();
        try_one(engine, compiled, tenant, &absent, faults);
        if !faults.is_empty() {
            return;
        }
    }
}

fn try_one(engine: &Engine, compiled: &Compiled, tenant: &Values, absent: &[Field], faults: &mut Vec<Fault>) {
    let with = |mut values: Values| {
        for field in absent {
            values.set(*field, Given::empty(field.shape()));
        }
        values
    };
    let failed = |refused: &RenderRefused, rule| {
        let remedy = "shorten it or see the template language in the documentation";
        Fault::new(rule, Place::Whole, refused.detail.clone(), remedy)
    };
    let canaries = with(canary::everywhere(tenant));
    // Every field is handed over, whatever the template's level: what shows is what could ever show.
    match engine.fill(compiled, &canaries, Disclosure::Full) {
        Ok(filled) => canary::check(compiled, &canaries, &filled, absent, faults),
        Err(refused) => faults.push(failed(&refused, Rule::BadTemplate)),
    }
    let example = with(canary::example(tenant));
    match engine.fill(compiled, &example, compiled.source.disclosure) {
        Ok(filled) => check_example(compiled, &example, &filled, faults),
        Err(refused) => faults.push(failed(&refused, Rule::BadTemplate)),
    }
}

/// The finished text, as a person of usual name would get it.
fn check_example(compiled: &Compiled, example: &Values, filled: &Filled, faults: &mut Vec<Fault>) {
    let channel = compiled.source.channel;
    let mut add = |result: Result<(), RenderRefused>, place, remedy: &str| {
        if let Err(refused) = result {
            let rule =
                Rule::ALL.into_iter().find(|rule| rule.name() == refused.rule).unwrap_or(Rule::BadTemplate);
            faults.push(Fault::new(rule, place, refused.detail, remedy));
        }
    };
    add(check_lengths(channel, filled, MAX_SMS_SEGMENTS_AT_LOAD), Place::Whole, "shorten it");
    let remedy = "word it so that it only asks for a conversation, and kindly";
    add(check_words(compiled, example, filled), place_of_words(compiled, example), remedy);
    if filled.body.is_empty() {
        faults.push(Fault::new(Rule::BadTemplate, Place::Whole, "the text is empty", "write the words"));
    }
    let words = filled.body.split_whitespace().count();
    if channel == Channel::Email && words > MAX_EMAIL_WORDS {
        let what = format!("the e-mail has {words} words");
        let remedy = format!("keep it to {MAX_EMAIL_WORDS}: short messages are read (R7)");
        faults.push(Fault::new(Rule::TooLong, Place::Whole, what, remedy));
    }
}

/// The line of the template that the guard objects to by itself, if one does.
fn place_of_words(compiled: &Compiled, example: &Values) -> Place {
    let objectionable = |text: &str| {
        let part = Filled { subject: String::new(), body: text.to_owned(), parameters: Vec::new() };
        check_words(compiled, example, &part).is_err()
    };
    if objectionable(&compiled.source.subject) {
        return Place::Header("subject");
    }
    let mut lines = (1..).zip(compiled.source.body.lines());
    lines.find(|(_, line)| objectionable(line)).map_or(Place::Whole, |(line, _)| Place::Body(line))
}

/// Whether a field says something of the debt.
const fn is_debt(field: Field) -> bool {
    match field.class() {
        Class::Debt => true,
        Class::Sender | Class::Addressee => false,
    }
}
