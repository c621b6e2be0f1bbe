//! What a debtor writes back, as a class, and what a tenant's rulebook makes of it (R14).
//!
//! The words never come here: the edge puts them into one of these classes, and they stand sealed beside the fact.

use std::collections::BTreeMap;

use crate::time::Span;

/// What a message that came in is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum InboundClass {
    /// No more messages, please: a keyword such as STOPP, or words that mean it.
    Stop,
    /// Whoever wrote is not the debtor.
    WrongPerson,
    /// A question that wants an answer (R38).
    Question,
    /// Will pay, some day (R24): a person makes a promise with an amount and a date of it.
    Promise,
    /// Says that it is not owed, or not like this (R47).
    Dispute,
    /// Says that it was paid.
    PaymentClaimed,
    /// Can't pay (R44).
    Hardship,
    /// Insults or threatens.
    Abuse,
    /// Anything else: a person must read it.
    Unclear,
}

impl InboundClass {
    /// All of them, the gravest first.
    pub const ALL: [Self; 9] = [
        Self::Stop,
        Self::WrongPerson,
        Self::Hardship,
        Self::Dispute,
        Self::PaymentClaimed,
        Self::Promise,
        Self::Abuse,
        Self::Question,
        Self::Unclear,
    ];

    /// The name used in rulebooks, reports and counters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::WrongPerson => "wrong_person",
            Self::Question => "question",
            Self::Promise => "promise",
            Self::Dispute => "dispute",
            Self::PaymentClaimed => "payment_claimed",
            Self::Hardship => "hardship",
            Self::Abuse => "abuse",
            Self::Unclear => "unclear",
        }
    }

    /// Reads what [`Self::as_str`] gives.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == text)
    }
}

/// What a stop covers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum StopCovers {
    /// The contact point that it came from, on every channel, for whoever uses it.
    Point,
    /// The channel that it came over, for this debtor, and the contact point for whoever uses it.
    Channel,
    /// All contact with this debtor, and the contact point for whoever uses it.
    All,
}

/// How long contact rests after a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum HoldLength {
    /// So long.
    For(Span),
    /// Until a person releases the hold.
    UntilReleased,
}

/// What a tenant makes of what comes in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InboundRules {
    /// What a stop covers.
    pub stop_covers: StopCovers,
    /// How long contact rests, by class; a class that is missing rests until a person releases it.
    /// A stop and a wrong person close the contact point instead.
    pub holds: BTreeMap<InboundClass, HoldLength>,
}

impl InboundRules {
    /// What holds where a rulebook says nothing: whatever a person must weigh waits for one.
    pub fn strict() -> Self {
        let days = |days| HoldLength::For(Span::days(days));
        let holds = [
            (InboundClass::Question, days(7)),
            (InboundClass::Promise, days(7)),
            (InboundClass::PaymentClaimed, days(14)),
            (InboundClass::Unclear, days(7)),
            (InboundClass::Dispute, HoldLength::UntilReleased),
            (InboundClass::Hardship, HoldLength::UntilReleased),
            (InboundClass::Abuse, HoldLength::UntilReleased),
        ];
        Self { stop_covers: StopCovers::Point, holds: BTreeMap::from(holds) }
    }

    /// How long contact rests after a message of this class.
    pub fn hold(&self, class: InboundClass) -> HoldLength {
        self.holds.get(&class).copied().unwrap_or(HoldLength::UntilReleased)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_reads_back_what_it_writes() {
        for class in InboundClass::ALL {
            assert_eq!(InboundClass::parse(class.as_str()), Some(class));
        }
        assert_eq!(InboundClass::parse("STOP"), None);
    }

    #[test]
    fn what_no_rule_names_waits_for_a_person() {
        let none = InboundRules { stop_covers: StopCovers::Point, holds: BTreeMap::new() };
        assert_eq!(none.hold(InboundClass::Unclear), HoldLength::UntilReleased);
        assert_eq!(InboundRules::strict().hold(InboundClass::Question), HoldLength::For(Span::days(7)));
    }
}
