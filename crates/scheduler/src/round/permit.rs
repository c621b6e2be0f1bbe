//! Permits: decided first, rendered at the edge, appended with the words, answered after the commit (permits, 1, 3 and 8).

use core::time::Duration;

use contract::personal::{Message, Personal};
use contract::wire::PermitAnswer;
use domain::attempt::AttemptState;
use domain::decide::{Decision, may_answer_again};
use domain::event::{Delivery, Event, QuarantineReason, Refusal};
use domain::ids::{EscalationId, InputId, RequestId};
use domain::input::{Cause, CauseKind, Input, PermitRequest};
use domain::label::RuleName;

use crate::cache::Entry;
use crate::render::RenderRequest;
use crate::round::apply::Origin;
use crate::round::{InputFailed, Round, label};

/// A message that is granted: to whom and in which words.
struct Words {
    address: String,
    message: Message,
}

impl Round<'_> {
    /// Decides one question.
    pub(super) fn permit(
        &mut self,
        id: EscalationId,
        request: RequestId,
        asker: usize,
    ) -> Result<PermitAnswer, InputFailed> {
        if let Some(reason) = self.known.permits_closed {
            return ask_again(reason);
        }
        let Some(entry) = self.entry(id.stream).cloned() else {
            return Ok(PermitAnswer::Refused(Refusal::NotOpen));
        };
        if let Some(channel) = entry.debtor.attempt(id.number).map(|attempt| attempt.channel)
            && self.known.is_paused(&entry.debtor.tenant, channel)
        {
            return Ok(PermitAnswer::NotNow { reason: label("paused")? });
        }
        let entry = self.as_suppressed(id, entry)?;
        let question = PermitRequest { number: id.number, request };
        let input = Input::Permit(question);
        let decision = self.decide(&entry.debtor, &input)?;
        if let Some(refusal) = decision.permit {
            return Ok(PermitAnswer::Refused(refusal));
        }
        match granted(&decision) {
            Some(delivery) => self.grant(id, entry, &decision, delivery, asker),
            None if decision.events.is_empty() => self.answer_again(id, &entry, request, asker),
            None => self.refuse(id, entry, request, &input, &decision),
        }
    }

    /// The debtor after an opt-out of the contact point that stands in another partition, if there is one: it counts from
    /// its own commit on, whether or not its sender reached this debtor (inputs, 6).
    fn as_suppressed(&mut self, id: EscalationId, entry: Entry) -> Result<Entry, InputFailed> {
        let Some(point) = entry.debtor.attempt(id.number).map(|attempt| attempt.point) else {
            return Ok(entry);
        };
        self.meet_suppression(id.stream, &entry.debtor.tenant, point, entry.trace)?;
        Ok(self.entry(id.stream).cloned().unwrap_or(entry))
    }

    /// Renders what was granted and appends both together; a rendering that refuses takes the decision's place.
    fn grant(
        &mut self,
        id: EscalationId,
        entry: Entry,
        decision: &Decision,
        delivery: &Delivery,
        asker: usize,
    ) -> Result<PermitAnswer, InputFailed> {
        let words = self.render(id, &entry, delivery)?;
        let limit = self.desk.config.max_reply_bytes;
        let words = match words {
            Ok(words) if size_of(&words) > limit => Err(rule("render.too_large")?),
            Ok(words) => Ok(words),
            Err(reason) => Err(reason),
        };
        let words = match words {
            Ok(words) => words,
            Err(reason) => return self.render_refused(id, entry, delivery.request, reason),
        };
        if !self.fits(asker, &words) {
            return ask_again("batch_full");
        }
        let personal = Personal::Words { address: words.address.clone(), message: words.message.clone() };
        let digest = self.desk.vault.words_digest(id.stream, &personal);
        let events: Vec<Event> = decision.events.iter().map(|event| with_words(event, digest)).collect();
        let input = Input::Permit(PermitRequest { number: id.number, request: delivery.request });
        let origin = Origin {
            cause: Cause { kind: CauseKind::Permit, id: InputId::new(delivery.request.bytes()) },
            input: &input,
            trace: None,
            personal: Some(personal),
        };
        self.apply(id.stream, entry, &events, origin)?;
        Ok(self.granted_answer(words))
    }

    /// Renders; the inner error names the rule by which rendering refuses.
    fn render(
        &self,
        id: EscalationId,
        entry: &Entry,
        delivery: &Delivery,
    ) -> Result<Result<Words, RuleName>, InputFailed> {
        let debtor = &entry.debtor;
        let Some(attempt) = debtor.attempt(id.number) else {
            return Err(InputFailed(QuarantineReason::NoAttempt));
        };
        let Some(address) = self.address(entry, attempt.point) else {
            return Ok(Err(rule("render.address_unknown")?));
        };
        let person = self.person(entry);
        let profile = debtor.profile.as_ref();
        let request = RenderRequest {
            id,
            tenant: &debtor.tenant,
            creditor: &attempt.creditor,
            channel: attempt.channel,
            step: &attempt.step,
            template: &attempt.template,
            language: attempt.language,
            address: &address,
            name: person.as_ref().map(|person| person.name.as_str()),
            reference: person.as_ref().map(|person| person.reference.as_str()),
            kind: profile.map(|profile| profile.kind),
            zones: profile.map_or(&[], |profile| profile.zones.as_slice()),
            claims: self.claims(entry, &delivery.legs),
            timeline: self.timeline(entry, attempt.channel),
            now: self.draft.at(),
        };
        Ok(self.desk.renderer.render(&request).map(|message| Words { address, message }))
    }

    /// Decides the refusal as an input of its own, in place of the grant.
    fn render_refused(
        &mut self,
        id: EscalationId,
        entry: Entry,
        request: RequestId,
        reason: RuleName,
    ) -> Result<PermitAnswer, InputFailed> {
        let question = PermitRequest { number: id.number, request };
        let input = Input::RenderRefused { request: question, reason };
        let decision = self.decide(&entry.debtor, &input)?;
        if let Some(refusal) = decision.permit {
            return Ok(PermitAnswer::Refused(refusal));
        }
        self.refuse(id, entry, request, &input, &decision)
    }

    /// Records a refusal that ends the escalation, and says why.
    fn refuse(
        &mut self,
        id: EscalationId,
        entry: Entry,
        request: RequestId,
        input: &Input,
        decision: &Decision,
    ) -> Result<PermitAnswer, InputFailed> {
        let cause = Cause { kind: input.kind(), id: InputId::new(request.bytes()) };
        let origin = Origin { input, cause, trace: None, personal: None };
        self.apply(id.stream, entry, &decision.events, origin)?;
        let reason = decision.events.iter().find_map(refusal);
        Ok(PermitAnswer::Refused(reason.unwrap_or(Refusal::NotOpen)))
    }

    /// A repeat of the question that holds the permit: answered from the log, if nothing forbids it now.
    fn answer_again(
        &mut self,
        id: EscalationId,
        entry: &Entry,
        request: RequestId,
        asker: usize,
    ) -> Result<PermitAnswer, InputFailed> {
        let at = self.draft.at();
        if !may_answer_again(&entry.debtor, id.number, request, &self.desk.rulebook, at) {
            return Ok(PermitAnswer::Refused(Refusal::NotOpen));
        }
        let Some(words) = self.recorded_words(entry, id.number) else {
            return Ok(PermitAnswer::Refused(Refusal::NotOpen));
        };
        if !self.fits(asker, &words) {
            return ask_again("batch_full");
        }
        Ok(self.granted_answer(words))
    }

    fn recorded_words(&self, entry: &Entry, number: u32) -> Option<Words> {
        let recorded_at = match &entry.debtor.attempt(number)?.state {
            AttemptState::Started { recorded_at, .. } => *recorded_at,
            AttemptState::Emitted { .. } | AttemptState::Done { .. } | AttemptState::Ended => return None,
        };
        match self.personal_at(entry, recorded_at)? {
            Personal::Words { address, message } => Some(Words { address, message }),
            Personal::Debtor { .. }
            | Personal::Point { .. }
            | Personal::Claim { .. }
            | Personal::Text { .. } => None,
        }
    }

    /// Counts the message into its asker's answer, unless that would grow too large to be carried.
    fn fits(&mut self, asker: usize, words: &Words) -> bool {
        let before = self.known.reply_bytes.get(asker).copied().unwrap_or(0);
        let here = self.draft.reply_bytes.entry(asker).or_default();
        let size = size_of(words);
        let fits = before.saturating_add(*here).saturating_add(size) <= self.desk.config.max_reply_bytes;
        if fits {
            *here = here.saturating_add(size);
        }
        fits
    }

    fn granted_answer(&self, words: Words) -> PermitAnswer {
        let start_within_ms = u64::try_from(self.desk.rulebook.start_within.0).unwrap_or(0);
        let Words { address, message } = words;
        PermitAnswer::Granted { address, message, start_within: Duration::from_millis(start_within_ms) }
    }
}

fn granted(decision: &Decision) -> Option<&Delivery> {
    decision
        .events
        .iter()
        .find_map(|event| if let Event::DeliveryStarted(delivery) = event { Some(delivery) } else { None })
}

fn refusal(event: &Event) -> Option<Refusal> {
    if let Event::PermitRefused { reason, .. } = event { Some(reason.clone()) } else { None }
}

fn with_words(event: &Event, digest: [u8; 32]) -> Event {
    if let Event::DeliveryStarted(delivery) = event {
        Event::DeliveryStarted(Delivery { words: Some(digest), ..delivery.clone() })
    } else {
        event.clone()
    }
}

fn ask_again(reason: &'static str) -> Result<PermitAnswer, InputFailed> {
    Ok(PermitAnswer::AskAgain { reason: label(reason)? })
}

fn rule(name: &'static str) -> Result<RuleName, InputFailed> {
    RuleName::new(name).map_err(|_bad| InputFailed(QuarantineReason::BadLabel))
}

/// What the message takes up on a carrier, roughly: its texts and a little for each field.
fn size_of(words: &Words) -> usize {
    let Message { sender, sender_name, subject, body, dossier, language, provider_template, parameters } =
        &words.message;
    let single = [&words.address, sender, sender_name, subject, body, language, provider_template];
    single.into_iter().chain(dossier).chain(parameters).map(|text| text.len().saturating_add(8)).sum()
}
