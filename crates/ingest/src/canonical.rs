//! A fact's content as bytes that are the same for ever, whatever the wire contract becomes.
//!
//! Its keyed digest stands beside the fact's key in the log: the same key with other content is refused as a
//! contradiction (inputs, 4). So the form below never changes; a golden test holds it.
//! Each part is preceded by its length, so that no two contents share their bytes.

use contract::personal::Personal;
use contract::wire::Addressee;
use domain::fact::{Component, DebtorKind, Direction, DisputeEnd, Fact, Invalidity, Scope, TaskKind};
use domain::money::Minor;
use domain::time::Timestamp;

/// The content of a fact: whom it concerns, when it happened (where that is part of it), what it states.
pub(crate) fn content(
    addressee: Addressee,
    at: Option<Timestamp>,
    fact: &Fact,
    personal: Option<&Personal>,
) -> Vec<u8> {
    let mut out = Parts(Vec::with_capacity(160));
    match addressee {
        Addressee::Debtor(stream) => out.text("debtor").bytes(&stream.bytes()),
        Addressee::OwnerOf(claim) => out.text("owner").bytes(&claim.bytes()),
        Addressee::UsersOf(point) => out.text("users").bytes(&point.bytes()),
    };
    out.instant(at).text(fact.name());
    debtor_parts(fact, &mut out);
    personal_parts(personal, &mut out);
    out.0
}

/// Parts, each behind its length.
struct Parts(Vec<u8>);

impl Parts {
    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    /// Nothing is an empty part.
    fn maybe(&mut self, text: Option<&str>) -> &mut Self {
        self.text(text.unwrap_or(""))
    }

    fn amount(&mut self, amount: Minor) -> &mut Self {
        self.bytes(&amount.0.to_be_bytes())
    }

    fn instant(&mut self, at: Option<Timestamp>) -> &mut Self {
        match at {
            Some(at) => self.bytes(&at.0.to_be_bytes()),
            None => self.bytes(&[]),
        }
    }

    fn scope(&mut self, scope: Scope) -> &mut Self {
        match scope {
            Scope::Point(point) => self.text("point").bytes(&point.bytes()),
            Scope::Channel(channel) => self.text("channel").text(channel.as_str()),
            Scope::All => self.text("all"),
        }
    }
}

/// Facts about the debtor; those about a claim are left to [`claim_parts`].
fn debtor_parts<'a>(fact: &Fact, out: &'a mut Parts) -> &'a mut Parts {
    match fact {
        Fact::DebtorDescribed { zones, language, kind, country } => {
            let zones: Vec<&str> = zones.iter().map(|zone| zone.as_str()).collect();
            out.text(&zones.join(" ")).maybe(language.as_ref().map(|l| l.as_str())).text(debtor_kind(*kind));
            out.maybe(country.as_ref().map(|c| c.as_str()))
        }
        Fact::ContactPointAdded { point, kind, source, confidence, verified_at } => {
            out.bytes(&point.bytes()).text(kind.as_str()).text(source.as_str());
            out.bytes(&[*confidence]).instant(*verified_at)
        }
        Fact::ContactPointInvalidated { point, reason } => {
            out.bytes(&point.bytes()).text(invalidity(*reason))
        }
        Fact::HoldPlaced { hold, claim, reason, actor, until } => {
            out.bytes(&hold.bytes()).bytes(&claim.map(|claim| claim.bytes().to_vec()).unwrap_or_default());
            out.text(reason.as_str()).text(actor.as_str()).instant(*until)
        }
        Fact::HoldReleased { hold, actor } => out.bytes(&hold.bytes()).text(actor.as_str()),
        Fact::ConsentGiven { scope, source } | Fact::OptedOut { scope, source } => {
            out.scope(*scope).text(source.as_str())
        }
        Fact::CeaseRequested { source } => out.text(source.as_str()),
        Fact::ContactMade { channel, direction, right_party } => {
            out.text(channel.as_str()).text(self::direction(*direction)).bytes(&[u8::from(*right_party)])
        }
        Fact::TaskDone { task, actor } => out.text(self::task(*task)).text(actor.as_str()),
        Fact::MessageReceived { channel, point, class } => {
            out.text(channel.as_str()).bytes(&point.bytes()).text(class.as_str())
        }
        Fact::ClaimRegistered { .. }
        | Fact::ClaimAmended { .. }
        | Fact::ChargeAdded { .. }
        | Fact::PaymentReceived { .. }
        | Fact::PaymentReversed { .. }
        | Fact::ClaimWithdrawn { .. }
        | Fact::ClaimHandedOver { .. }
        | Fact::DisputeOpened { .. }
        | Fact::DisputeResolved { .. }
        | Fact::PromiseMade { .. } => claim_parts(fact, out),
    }
}

/// Facts about one claim.
fn claim_parts<'a>(fact: &Fact, out: &'a mut Parts) -> &'a mut Parts {
    if let Some(claim) = fact.claim() {
        out.bytes(&claim.bytes());
    }
    match fact {
        Fact::ClaimRegistered {
            creditor, currency, principal, interest, costs, due_at, scenario, ..
        } => {
            out.text(creditor.as_str()).text(currency.as_str());
            out.amount(*principal).amount(*interest).amount(*costs);
            out.instant(Some(*due_at)).maybe(scenario.as_ref().map(|s| s.as_str()))
        }
        Fact::ClaimAmended { principal: amount, currency, .. }
        | Fact::PaymentReceived { amount, currency, .. }
        | Fact::PaymentReversed { amount, currency, .. } => out.amount(*amount).text(currency.as_str()),
        Fact::ChargeAdded { component, amount, currency, .. } => {
            out.text(self::component(*component)).amount(*amount).text(currency.as_str())
        }
        Fact::ClaimWithdrawn { reason: label, .. }
        | Fact::ClaimHandedOver { to: label, .. }
        | Fact::DisputeOpened { ground: label, .. } => out.text(label.as_str()),
        Fact::DisputeResolved { end, .. } => out.text(dispute_end(*end)),
        Fact::PromiseMade { promise, amount, currency, due_at, source, .. } => {
            out.bytes(&promise.bytes()).amount(*amount).instant(Some(*due_at)).text(source.as_str());
            out.maybe(currency.as_ref().map(|currency| currency.as_str()))
        }
        Fact::DebtorDescribed { .. }
        | Fact::ContactPointAdded { .. }
        | Fact::ContactPointInvalidated { .. }
        | Fact::HoldPlaced { .. }
        | Fact::HoldReleased { .. }
        | Fact::ConsentGiven { .. }
        | Fact::OptedOut { .. }
        | Fact::CeaseRequested { .. }
        | Fact::ContactMade { .. }
        | Fact::TaskDone { .. }
        | Fact::MessageReceived { .. } => out,
    }
}

fn personal_parts<'a>(personal: Option<&Personal>, out: &'a mut Parts) -> &'a mut Parts {
    match personal {
        None => out,
        Some(Personal::Debtor { reference, name }) => out.text(reference).text(name),
        Some(Personal::Point { value }) => out.text(value),
        Some(Personal::Claim { reference, description }) => out.text(reference).text(description),
        Some(Personal::Words { address, message }) => out.text(address).text(&message.body),
        Some(Personal::Text { text }) => out.text(text),
    }
}

const fn debtor_kind(kind: DebtorKind) -> &'static str {
    match kind {
        DebtorKind::Person => "person",
        DebtorKind::Company => "company",
        DebtorKind::PublicBody => "public_body",
    }
}

const fn invalidity(reason: Invalidity) -> &'static str {
    match reason {
        Invalidity::Undeliverable => "undeliverable",
        Invalidity::WrongPerson => "wrong_person",
        Invalidity::Retracted => "retracted",
    }
}

const fn component(component: Component) -> &'static str {
    match component {
        Component::Principal => "principal",
        Component::Interest => "interest",
        Component::Costs => "costs",
    }
}

const fn dispute_end(end: DisputeEnd) -> &'static str {
    match end {
        DisputeEnd::Rejected => "rejected",
        DisputeEnd::Upheld => "upheld",
    }
}

const fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Inbound => "inbound",
        Direction::Outbound => "outbound",
    }
}

const fn task(task: TaskKind) -> &'static str {
    match task {
        TaskKind::LadderEnded => "ladder_ended",
        TaskKind::ZoneMissing => "zone_missing",
        TaskKind::RulebookGap => "rulebook_gap",
        TaskKind::Answer => "answer",
        TaskKind::Review => "review",
        TaskKind::NotAllowed => "not_allowed",
        TaskKind::Quarantined => "quarantined",
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::{ClaimId, StreamId};
    use domain::label::Label;

    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    #[test]
    fn the_form_of_a_payment_is_the_one_that_logs_hold_already() {
        let fact = Fact::PaymentReceived {
            claim: ClaimId::new([2; 16]),
            amount: Minor(3500),
            currency: domain::money::Currency::EUR,
        };
        let debtor = Addressee::Debtor(StreamId::new([1; 16]));
        let bytes = content(debtor, Some(Timestamp(1000)), &fact, None);
        let expected = [
            "00000006646562746f72",
            "0000001001010101010101010101010101010101",
            "0000000800000000000003e8",
            "000000107061796d656e745f7265636569766564",
            "0000001002020202020202020202020202020202",
            "000000080000000000000dac",
            "00000003455552",
        ];
        assert_eq!(hex(&bytes), expected.concat());
    }

    #[test]
    fn every_part_of_a_fact_is_part_of_its_content() {
        let debtor = Addressee::Debtor(StreamId::new([1; 16]));
        let claim = ClaimId::new([2; 16]);
        let withdrawn = |reason: &str| Fact::ClaimWithdrawn { claim, reason: Label::new(reason).unwrap() };
        let text = Personal::Text { text: "x".into() };
        let variants = [
            content(debtor, None, &withdrawn("ab"), None),
            content(Addressee::OwnerOf(claim), None, &withdrawn("ab"), None),
            content(debtor, Some(Timestamp(0)), &withdrawn("ab"), None),
            content(debtor, None, &withdrawn("abx"), None),
            content(debtor, None, &withdrawn("ab"), Some(&text)),
            content(debtor, None, &Fact::ClaimHandedOver { claim, to: Label::new("ab").unwrap() }, None),
        ];
        for (i, one) in variants.iter().enumerate() {
            assert!(variants.iter().skip(i + 1).all(|other| other != one), "{i}");
        }
    }
}
