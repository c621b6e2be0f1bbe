//! The compiled templates of all tenants, and rendering.

use std::collections::{BTreeMap, BTreeSet};

use contract::personal::Message;
use domain::channel::{Channel, Disclosure};
use domain::label::{Language, TemplateId, TenantId};

use crate::dialect::Uses;
use crate::fields::{Field, Fields};
use crate::guard::{self, Surroundings};
use crate::identity::Identity;
use crate::limits::{
    MAX_DOSSIER_LINES, MAX_SMS_SEGMENTS, MAX_SUBJECT_CHARS, MAX_TEMPLATES, MAX_VALUE_CHARS, max_body_chars,
};
use crate::proof::{self, Fault, Place};
use crate::refusal::{RenderRefused, Rule};
use crate::segments;
use crate::source::TemplateSource;
use crate::text::one_line;
use crate::values::Values;

mod engine;

pub(crate) use engine::{Engine, Filled};

/// A template that was proved.
#[derive(Clone)]
pub(crate) struct Compiled {
    pub(crate) source: TemplateSource,
    pub(crate) uses: Uses,
    pub(crate) parameters: Vec<Field>,
}

/// One tenant's words.
#[derive(Clone, Default)]
struct TenantWords {
    identity: Identity,
    templates: BTreeMap<TemplateId, BTreeMap<Language, Compiled>>,
}

/// All templates of a rulebook, proved and ready to render.
#[derive(Clone)]
pub struct Templates {
    engine: Engine,
    tenants: BTreeMap<TenantId, TenantWords>,
}

impl core::fmt::Debug for Templates {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Templates({})", self.len())
    }
}

/// Collects templates; each is proved as it is added.
pub struct TemplatesBuilder(Templates);

impl TemplatesBuilder {
    /// Begins with the tenants.
    pub fn new(tenants: BTreeMap<TenantId, Identity>) -> Self {
        let words = |identity| TenantWords { identity, templates: BTreeMap::new() };
        let tenants = tenants.into_iter().map(|(tenant, identity)| (tenant, words(identity))).collect();
        Self(Templates { engine: Engine::new(), tenants })
    }

    /// Proves a template and takes it in, or says all that is wrong with it.
    pub fn add(&mut self, source: TemplateSource) -> Result<(), Vec<Fault>> {
        let whole = |rule, what: &str, remedy: String| {
            Err(vec![Fault { rule, place: Place::Whole, what: what.to_owned(), remedy }])
        };
        if self.0.len() >= MAX_TEMPLATES {
            let remedy = format!("keep to {MAX_TEMPLATES}, or use several rulebooks");
            return whole(Rule::TooLong, "the rulebook has too many templates", remedy);
        }
        let Some(words) = self.0.tenants.get_mut(&source.tenant) else {
            return whole(Rule::UnknownTemplate, "there is no such tenant", "add the tenant".to_owned());
        };
        let compiled = proof::prove(&mut self.0.engine, &words.identity, source)?;
        let key = (compiled.source.template.clone(), compiled.source.language);
        words.templates.entry(key.0).or_default().insert(key.1, compiled);
        Ok(())
    }

    /// What was collected.
    pub fn build(self) -> Templates {
        self.0
    }
}

impl Templates {
    /// How many templates there are, languages counted apart.
    pub fn len(&self) -> usize {
        self.tenants.values().flat_map(|words| words.templates.values()).map(BTreeMap::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every template as it was written, by tenant, name and language.
    pub fn sources(&self) -> impl Iterator<Item = &TemplateSource> {
        self.tenants
            .values()
            .flat_map(|words| words.templates.values())
            .flat_map(|languages| languages.values())
            .map(|compiled| &compiled.source)
    }

    /// Renders the message for one person, or says which rule forbids it.
    ///
    /// The refusal holds no personal value: it may stand in the log.
    pub fn render(
        &self,
        tenant: &TenantId,
        template: &TemplateId,
        language: Language,
        fields: &Fields,
    ) -> Result<Message, RenderRefused> {
        let (identity, compiled) = self.find(tenant, template, language)?;
        let channel = compiled.source.channel;
        let Some(sender) = identity.sender.get(&channel) else {
            return Err(RenderRefused::new(Rule::NoSender, format!("{tenant} has no sender for {channel}")));
        };
        let values = Values::of_tenant(identity, channel, language).with_debtor(identity, language, fields);
        check_values(compiled, &values)?;
        let filled = self.engine.fill(compiled, &values, compiled.source.disclosure)?;
        check_lengths(channel, &filled, MAX_SMS_SEGMENTS)?;
        check_words(compiled, &values, &filled)?;
        Ok(Message {
            sender: sender.clone(),
            sender_name: values.text(Field::SenderName).to_owned(),
            subject: filled.subject,
            body: filled.body,
            dossier: if channel == Channel::Call { dossier(fields) } else { Vec::new() },
            language: language.as_str().to_owned(),
            provider_template: compiled.source.provider_template.clone(),
            parameters: filled.parameters,
        })
    }

    fn find(
        &self,
        tenant: &TenantId,
        template: &TemplateId,
        language: Language,
    ) -> Result<(&Identity, &Compiled), RenderRefused> {
        let words = self.tenants.get(tenant);
        let Some((words, languages)) = words.and_then(|w| w.templates.get(template).map(|l| (w, l))) else {
            let detail = format!("{tenant} has no template {template}");
            return Err(RenderRefused::new(Rule::UnknownTemplate, detail));
        };
        match languages.get(&language) {
            Some(compiled) => Ok((&words.identity, compiled)),
            None => {
                let detail = format!("template {template} is not written in {language}");
                Err(RenderRefused::new(Rule::UnknownLanguage, detail))
            }
        }
    }
}

/// The dossier's lines, made safe and bounded; what is cut is said.
fn dossier(fields: &Fields) -> Vec<String> {
    let cut = |line: &String| one_line(line).chars().take(MAX_VALUE_CHARS).collect::<String>();
    let mut lines: Vec<String> = fields.dossier.iter().take(MAX_DOSSIER_LINES).map(cut).collect();
    let more = fields.dossier.len().saturating_sub(MAX_DOSSIER_LINES);
    if more > 0 {
        lines.push(format!("(+ {more})"));
    }
    lines
}

/// What the words need must be there, be of bearable length, and hold no bait.
fn check_values(compiled: &Compiled, values: &Values) -> Result<(), RenderRefused> {
    let shown = compiled.uses.shown.iter().map(|(field, _)| *field);
    let parameters = compiled.parameters.iter().copied();
    let conditional = &compiled.uses.conditions;
    let needed = shown.filter(|field| !conditional.contains(field)).chain(parameters);
    if let Some(field) = needed.into_iter().find(|field| values.is_empty(*field)) {
        let detail = format!("the words need `{}`, which is not known", field.as_str());
        return Err(RenderRefused::new(Rule::MissingValue, detail));
    }
    let mut used: BTreeSet<Field> = compiled.uses.fields();
    used.extend(&compiled.parameters);
    if let Some(field) = values.first_too_long(&used) {
        let detail = format!("`{}` has more than {MAX_VALUE_CHARS} characters", field.as_str());
        return Err(RenderRefused::new(Rule::TooLong, detail));
    }
    let restricted = compiled.source.disclosure == Disclosure::Callback;
    if restricted && used.contains(&Field::DebtorName) && guard::holds_link(values.text(Field::DebtorName)) {
        return Err(RenderRefused::new(Rule::Link, "the addressee's name holds a link; correct it upstream"));
    }
    Ok(())
}

/// The finished texts against the guard (R5, R6, R35).
pub(crate) fn check_words(
    compiled: &Compiled,
    values: &Values,
    filled: &Filled,
) -> Result<(), RenderRefused> {
    let names = [values.text(Field::SenderName), values.text(Field::DebtorName)];
    let numbers = [values.text(Field::CallbackNumber), values.text(Field::CallbackHours)];
    let around = Surroundings {
        channel: compiled.source.channel,
        disclosure: compiled.source.disclosure,
        names: &names,
        numbers: &numbers,
    };
    let texts = [&filled.subject, &filled.body].into_iter().chain(&filled.parameters);
    for text in texts {
        guard::check(text, &around).map_err(|o| RenderRefused::new(o.rule, o.detail))?;
    }
    Ok(())
}

/// The finished texts against the limits of the channel (R7).
pub(crate) fn check_lengths(
    channel: Channel,
    filled: &Filled,
    max_segments: usize,
) -> Result<(), RenderRefused> {
    let refuse = |rule, detail: String| Err(RenderRefused::new(rule, detail));
    let (chars, most) = (filled.body.chars().count(), max_body_chars(channel));
    if chars > most {
        return refuse(Rule::TooLong, format!("the text has {chars} characters, {channel} takes {most}"));
    }
    if channel == Channel::Sms {
        let parts = segments::count(&filled.body);
        if parts > max_segments {
            return refuse(Rule::TooLong, wide_hint(&filled.body, parts, max_segments));
        }
    }
    let subject = filled.subject.chars().count();
    if subject > MAX_SUBJECT_CHARS {
        let detail = format!("the subject has {subject} characters; at most {MAX_SUBJECT_CHARS} are read");
        return refuse(Rule::Subject, detail);
    }
    if filled.subject.chars().any(char::is_control) {
        return refuse(Rule::Subject, "the subject runs over several lines; write one".to_owned());
    }
    Ok(())
}

fn wide_hint(body: &str, parts: usize, most: usize) -> String {
    let hint = match segments::first_wide(body) {
        Some(_) => "; it has characters outside the GSM alphabet, which more than halve the room",
        None => "",
    };
    format!("the text message needs {parts} parts, at most {most} are sent{hint}")
}
