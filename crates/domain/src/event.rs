//! What stands in the log: facts as they came, and what was decided.

use crate::channel::Channel;
use crate::fact::{Fact, TaskKind};
use crate::ids::{ClaimId, HoldId, InputId, PointId, PromiseId, RequestId, RulebookHash};
use crate::label::{CreditorId, Label, Language, RuleName, ScenarioId, StepId, TemplateId, TenantId};
use crate::money::Minor;
use crate::outcome::OutcomeReport;
use crate::time::Timestamp;

mod quarantine;

pub use self::quarantine::QuarantineReason;

/// One claim's part in a contact: the step of its own that it takes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Leg {
    /// The claim.
    pub claim: ClaimId,
    /// Which step of its scenario, from 0.
    pub step: u16,
}

/// A rule that was weighed, and how it answered.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Weighed {
    /// The rule's name in the rulebook.
    pub rule: RuleName,
    /// Its answer.
    pub answer: Answer,
}

/// A rule's answer at an instant. Rules never poll: they say until when the answer holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Answer {
    /// It allows contact, until then or until a fact changes it.
    Open {
        /// The first instant at which it is closed, if known.
        until: Option<Timestamp>,
    },
    /// It forbids contact, until then or until a fact changes it.
    Closed {
        /// The first instant at which it may be open, if it opens by itself.
        opens: Option<Timestamp>,
    },
}

/// An escalation: the decision to ask a worker for one contact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Escalation {
    /// Which of the debtor's escalations, from 1.
    pub number: u32,
    /// On whose behalf.
    pub creditor: CreditorId,
    /// Over which channel.
    pub channel: Channel,
    /// At which contact point.
    pub point: PointId,
    /// The leading claim's step, by name.
    pub step: StepId,
    /// The words, by name.
    pub template: TemplateId,
    /// In which language.
    pub language: Language,
    /// Higher goes first when capacity is short.
    pub priority: i32,
    /// The claims that it covers, the leading one first.
    pub legs: Vec<Leg>,
    /// When it lapses if nobody asked a permit for it.
    pub expires_at: Timestamp,
    /// Every rule that was weighed.
    pub weighed: Vec<Weighed>,
}

/// A permitted contact: its commit is the start of the delivery (permits, 4).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
    /// Which escalation.
    pub number: u32,
    /// To whose question.
    pub request: RequestId,
    /// The claims and steps that this contact takes, the leading one first.
    pub legs: Vec<Leg>,
    /// When the outcome is taken to be unknown.
    pub outcome_by: Timestamp,
    /// Every rule that was weighed.
    pub weighed: Vec<Weighed>,
    /// Keyed digest (HMAC-SHA-256) of the rendered message, added by the edge; re-deciding leaves it out.
    pub words: Option<[u8; 32]>,
}

/// Why a permit is not given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// A rule is closed; the escalation ends.
    Rule(RuleName),
    /// The escalation was withdrawn, has lapsed, or never was.
    NotOpen,
    /// Another request holds or held the permit of this attempt.
    Taken,
    /// Channel, contact point or words would be others by now; the escalation ends and is decided anew.
    Replanned,
    /// Rendering objected; the escalation ends.
    Render(RuleName),
}

/// Why an escalation was taken back before anybody asked a permit for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Withdrawal {
    /// None of its claims is to be contacted about any more: paid, withdrawn, disputed, on hold, promised.
    NoClaimLeft,
    /// The debtor may not be contacted there any more.
    PointClosed,
    /// All contact is forbidden.
    Ceased,
}

/// Why a step was passed over without a contact (P9: a skip is no failure).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SkipReason {
    /// There is no usable contact point for the channel.
    NoContactPoint,
    /// The channel needs a consent that was not given.
    NoConsent,
    /// The debtor opted out of it; the next step waits as long as if this one had been taken (P10).
    OptedOut,
    /// No agent took the call in the time that the step allows (R17).
    NotTaken,
    /// No hour is allowed in all zones that the debtor may be in, so the channel can never be used (time, 3).
    NoAllowedHours,
}

/// How a step that was taken ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum StepResult {
    /// The person was heard, and still owes after every try.
    Heard,
    /// It was sent or dialled, and nobody answered.
    Unanswered,
    /// Nobody knows whether it left.
    Unknown,
    /// A technical failure: it could not be delivered.
    Failed,
    /// The debtor or the provider for them refused it.
    Refused,
}

/// One event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// A fact as it came.
    Fact(Fact),
    /// A fact about a claim that this debtor does not have yet (P13): it waits.
    FactParked(Fact),
    /// The oldest waiting fact about this claim counts from now on.
    ParkedFactApplied {
        /// The claim, registered by now.
        claim: ClaimId,
    },
    /// A claim begins to walk a scenario.
    ScenarioBegun {
        /// The claim.
        claim: ClaimId,
        /// The scenario.
        scenario: ScenarioId,
        /// First 8 bytes of the SHA-256 of its compiled form: the version that the claim stays on.
        version: [u8; 8],
        /// When its first step may be taken.
        not_before: Timestamp,
    },
    /// Nothing is owed on a claim any more (P3).
    ClaimSettled {
        /// The claim.
        claim: ClaimId,
        /// How much too much was paid.
        overpaid: Minor,
    },
    /// A settled claim owes again, on the step it had.
    ClaimReopened {
        /// The claim.
        claim: ClaimId,
    },
    /// A promise was kept.
    PromiseKept {
        /// Which.
        promise: PromiseId,
    },
    /// A promise was broken.
    PromiseBroken {
        /// Which.
        promise: PromiseId,
    },
    /// A hold ended by itself.
    HoldExpired {
        /// Which.
        hold: HoldId,
    },
    /// A worker is to be asked for a contact.
    Escalated(Escalation),
    /// An escalation is taken back.
    EscalationWithdrawn {
        /// Which.
        number: u32,
        /// Why.
        reason: Withdrawal,
    },
    /// Nobody asked a permit for an escalation in its time.
    EscalationLapsed {
        /// Which.
        number: u32,
    },
    /// A step is due and may not be taken now (P15).
    StepDeferred {
        /// The claims and their steps.
        legs: Vec<Leg>,
        /// Over which channel it would have been.
        channel: Channel,
        /// When all rules are open again.
        until: Timestamp,
        /// Every rule that was weighed.
        weighed: Vec<Weighed>,
    },
    /// A step is passed over.
    StepSkipped {
        /// The claim and its step.
        leg: Leg,
        /// Why.
        reason: SkipReason,
        /// When the next step may be taken.
        next_at: Timestamp,
    },
    /// A step that was taken is over; the next one follows.
    StepEnded {
        /// The claim and its step.
        leg: Leg,
        /// How it ended.
        result: StepResult,
        /// When the next step may be taken.
        next_at: Timestamp,
    },
    /// A claim has taken its last step.
    LadderEnded {
        /// The claim.
        claim: ClaimId,
    },
    /// A permitted contact begins.
    DeliveryStarted(Delivery),
    /// A permit was refused.
    PermitRefused {
        /// Which escalation.
        number: u32,
        /// To whose question.
        request: RequestId,
        /// Why.
        reason: Refusal,
        /// Whether the escalation ends with it.
        ends: bool,
        /// When its steps may be tried again.
        retry_at: Timestamp,
    },
    /// An attempt's outcome, or a correction of it.
    OutcomeRecorded {
        /// As reported.
        report: OutcomeReport,
        /// What it cost, in millionths of the tenant's currency unit (R49).
        cost_micros: i64,
        /// When the steps of its claims may go on, if they waited for it.
        next_at: Timestamp,
    },
    /// A permit had no outcome in time: it counts as a contact, and is never sent again.
    OutcomeUnknown {
        /// Which escalation.
        number: u32,
        /// When the steps of its claims may go on.
        next_at: Timestamp,
    },
    /// A person must look.
    TaskOpened {
        /// At what.
        task: TaskKind,
        /// The claim, if it is about one.
        claim: Option<ClaimId>,
    },
    /// An input of this debtor could not be processed; the debtor is held and an operator called (inputs, 7).
    StreamQuarantined {
        /// What failed.
        reason: QuarantineReason,
    },
    /// In the partition's own stream: this rulebook decides from here on.
    RulebookActivated {
        /// Its hash.
        rulebook: RulebookHash,
    },
    /// In the partition's own stream: an operator stops contacts of a tenant, over a channel, or all, until they go on.
    ContactsPaused {
        /// The tenant, or all.
        tenant: Option<TenantId>,
        /// The channel, or all.
        channel: Option<Channel>,
        /// Who paused.
        actor: Label,
        /// Why.
        reason: Label,
    },
    /// In the partition's own stream: a pause of exactly this reach is over.
    ContactsResumed {
        /// The tenant, or all.
        tenant: Option<TenantId>,
        /// The channel, or all.
        channel: Option<Channel>,
        /// Who let them go on.
        actor: Label,
    },
    /// In the partition's own stream: an operator gave up an input that waited or could not be processed.
    InputDropped {
        /// The input's key.
        input: InputId,
        /// Who gave it up.
        actor: Label,
        /// Why.
        reason: Label,
    },
}

impl Event {
    /// The name used in files, tables and counters.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Fact(fact) => fact.name(),
            Self::FactParked(_) => "fact_parked",
            Self::ParkedFactApplied { .. } => "parked_fact_applied",
            Self::ScenarioBegun { .. } => "scenario_begun",
            Self::ClaimSettled { .. } => "claim_settled",
            Self::ClaimReopened { .. } => "claim_reopened",
            Self::PromiseKept { .. } => "promise_kept",
            Self::PromiseBroken { .. } => "promise_broken",
            Self::HoldExpired { .. } => "hold_expired",
            Self::Escalated(_) => "escalated",
            Self::EscalationWithdrawn { .. } => "escalation_withdrawn",
            Self::EscalationLapsed { .. } => "escalation_lapsed",
            Self::StepDeferred { .. } => "step_deferred",
            Self::StepSkipped { .. } => "step_skipped",
            Self::StepEnded { .. } => "step_ended",
            Self::LadderEnded { .. } => "ladder_ended",
            Self::DeliveryStarted(_) => "delivery_started",
            Self::PermitRefused { .. } => "permit_refused",
            Self::OutcomeRecorded { .. } => "outcome_recorded",
            Self::OutcomeUnknown { .. } => "outcome_unknown",
            Self::TaskOpened { .. } => "task_opened",
            Self::StreamQuarantined { .. } => "stream_quarantined",
            Self::RulebookActivated { .. } => "rulebook_activated",
            Self::ContactsPaused { .. } => "contacts_paused",
            Self::ContactsResumed { .. } => "contacts_resumed",
            Self::InputDropped { .. } => "input_dropped",
        }
    }
}
