//! What is proved of a template before it may be used.
//!
//! First its fields are held against its level by name. Then it is rendered once for every combination of the values
//! that its conditions ask for, with a canary in every field, those above its level included: a canary above the level
//! in the output is a leak, a canary of a required slot that is missing from the output is a gap. Last it is rendered
//! with the tenant's real values and an example person, and the finished text goes through the guard.

mod canary;
mod header;
mod names;

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
    names::check_levels(&compiled, &mut faults);
    names::check_parameters(&compiled, &mut faults);
    let values = Values::of_tenant(identity, compiled.source.channel, compiled.source.language);
    names::check_tenant(&compiled, identity, &values, &mut faults);
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::label::{Label, Language, TemplateId, TenantId};

    use super::*;
    use crate::fields::{CLAIM_PARTS, Shape};
    use crate::identity::Words;

    fn identity() -> Identity {
        Identity {
            display_name: Words::everywhere("Gemeinde"),
            sender: Channel::ALL.map(|channel| (channel, "x".to_owned())).into(),
            callback_number: "044 555 01 00".to_owned(),
            callback_hours: Words::everywhere("Mo-Fr"),
            opt_out: Channel::ALL.map(|channel| (channel, Words::everywhere("STOPP"))).into(),
            postal_address: vec!["Dorfstrasse 1".to_owned()],
            payment_options: Words::everywhere("Schalter"),
            creditors: BTreeMap::new(),
        }
    }

    fn sms(body: &str) -> TemplateSource {
        TemplateSource {
            tenant: TenantId::new("t").unwrap(),
            template: TemplateId::new("x").unwrap(),
            language: Language::new("de").unwrap(),
            channel: Channel::Sms,
            disclosure: Disclosure::Callback,
            tone: Label::new("polite").unwrap(),
            subject: String::new(),
            body: body.to_owned(),
            provider_template: String::new(),
            parameters: Vec::new(),
        }
    }

    const SLOTS: &str = "{{ sender_name }} {{ callback_number }} {{ opt_out }} {{ debtor_name }}";

    #[test]
    fn the_canaries_alone_find_every_field_above_the_level() {
        for field in Field::ALL.iter().filter(|field| field.level() > Disclosure::Callback) {
            let name = field.as_str();
            let ways: Vec<String> = match field.shape() {
                Shape::Text => ["", "|upper", "|lower", "|capitalize", "|trim"]
                    .map(|filter| format!("{{{{ {name}{filter} }}}}"))
                    .into(),
                Shape::Lines => ["|lines", "|inline|upper"].map(|f| format!("{{{{ {name}{f} }}}}")).into(),
                Shape::Claims => CLAIM_PARTS
                    .map(|part| format!("{{% for c in {name} %}}{{{{ c.{part}|lower }}}}{{% endfor %}}"))
                    .into(),
            };
            for way in ways {
                let only_when_nameless = format!("{{% if debtor_name %}}x{{% else %}}{way}{{% endif %}}");
                for (body, asked) in [(way, None), (only_when_nameless, Some(Field::DebtorName))] {
                    let source = sms(&format!("{SLOTS} {body}"));
                    // The check by names is left out: as far as it would know, nothing is shown.
                    let conditions = asked.into_iter().collect();
                    let uses = Uses { shown: Vec::new(), conditions };
                    let mut engine = Engine::new();
                    engine.add(&source).unwrap();
                    let values = Values::of_tenant(&identity(), Channel::Sms, source.language);
                    let mut faults = Vec::new();
                    let compiled = Compiled { source, uses, parameters: Vec::new() };
                    try_all(&engine, &compiled, &values, &mut faults);
                    let leak = faults.iter().any(|f| f.rule == Rule::Disclosure && f.what.contains(name));
                    assert!(leak, "{body}: {faults:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_handed_over_can_t_be_shown() {
        let source = sms("{{ amount }}");
        let mut engine = Engine::new();
        engine.add(&source).unwrap();
        let values = canary::everywhere(&Values::of_tenant(&identity(), Channel::Sms, source.language));
        let compiled = Compiled { source, uses: Uses::default(), parameters: vec![Field::Amount] };
        let refused = engine.fill(&compiled, &values, Disclosure::Callback).err().unwrap();
        assert_eq!(refused.rule, Rule::BadTemplate.name());
        assert!(!refused.detail.contains("71"));
    }

    #[test]
    fn a_slot_that_one_branch_lacks_is_a_gap() {
        let body = "{{ sender_name }} {{ callback_number }} {% if debtor_name %}{{ opt_out }}{% endif %}";
        let faults = prove(&mut Engine::new(), &identity(), sms(body)).err().unwrap();
        assert!(faults.iter().all(|fault| fault.rule == Rule::MissingSlot), "{faults:?}");
        assert!(prove(&mut Engine::new(), &identity(), sms(SLOTS)).is_ok());
    }
}
