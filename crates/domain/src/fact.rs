//! What others tell us: upstream systems, providers, agents, the debtor.
//!
//! A fact is recorded as it came, as an [`Event::Fact`](crate::event::Event), and its consequences follow it in the log.
//! The personal part of a fact (a name, an address, a text) never enters here; it stands sealed beside the open part.

mod about;

pub use self::about::MadeKnown;

use crate::channel::{Channel, PointKind};
use crate::ids::{ClaimId, HoldId, PointId, PromiseId};
use crate::inbound::InboundClass;
use crate::label::{Country, CreditorId, Label, Language, ScenarioId};
use crate::money::{Currency, Minor};
use crate::time::Timestamp;
use crate::zone::ZoneName;

/// Most candidate zones of one debtor.
pub const MAX_ZONES: usize = 8;

/// What kind of person or body owes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DebtorKind {
    /// A natural person.
    Person,
    /// A company.
    Company,
    /// A public body.
    PublicBody,
}

/// Which part of a claim an amount belongs to (P14).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Component {
    /// What was owed in the first place (Hauptforderung).
    Principal,
    /// Interest on it (Zinsen).
    Interest,
    /// Costs and fees (Kosten).
    Costs,
}

/// What a consent or an opt-out covers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Scope {
    /// One contact point, on whatever channel.
    Point(PointId),
    /// One channel.
    Channel(Channel),
    /// Every channel.
    All,
}

/// Why a contact point can't be used any more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Invalidity {
    /// The provider says that it does not exist or can't receive.
    Undeliverable,
    /// It belongs to somebody else (P11, R41).
    WrongPerson,
    /// Whoever gave it took it back.
    Retracted,
}

/// How a dispute ended.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DisputeEnd {
    /// The claim stands.
    Rejected,
    /// The debtor was right; the claim is to be withdrawn or amended by facts of their own.
    Upheld,
}

/// Who began a contact that we did not permit (see `protocol.md`, permits, 10).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Direction {
    /// The debtor did.
    Inbound,
    /// Somebody of ours did, outside Mahnwerk; it counts for the caps.
    Outbound,
}

/// What a person has to look at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TaskKind {
    /// The ladder is at its end and the claim is open.
    LadderEnded,
    /// No zone is known, so nobody may be contacted.
    ZoneMissing,
    /// The scenario, the step or the words are not in the rulebook.
    RulebookGap,
    /// The debtor answered in writing or asked something.
    Answer,
    /// The debtor says it was paid, or that times are hard.
    Review,
    /// A provider refused the words, the sender or the account.
    NotAllowed,
    /// The inputs of this debtor could not be processed.
    Quarantined,
}

/// A fact about one debtor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fact {
    /// Who the debtor is, as far as decisions need it; replaces what was known. Personal part: name, reference.
    DebtorDescribed {
        /// Every zone the debtor may be in; contact is allowed only when it is in all of them. Empty: none known,
        /// and nobody is contacted.
        zones: Vec<ZoneName>,
        /// The language to write in, if known.
        language: Option<Language>,
        /// Person, company or public body.
        kind: DebtorKind,
        /// Country of residence, if known.
        country: Option<Country>,
    },
    /// A contact point, new or corroborated (R41, R55). Personal part: the number or address.
    ContactPointAdded {
        /// Its keyed digest.
        point: PointId,
        /// What it is.
        kind: PointKind,
        /// Who gave it.
        source: Label,
        /// How sure that source is that it is the debtor's, 0 to 100.
        confidence: u8,
        /// When it was last verified, if ever.
        verified_at: Option<Timestamp>,
    },
    /// A contact point that is not to be used any more (R57).
    ContactPointInvalidated {
        /// Which.
        point: PointId,
        /// Why.
        reason: Invalidity,
    },
    /// A claim. Personal part: its reference and description.
    ClaimRegistered {
        /// Its keyed digest.
        claim: ClaimId,
        /// To whom it is owed.
        creditor: CreditorId,
        /// In which currency.
        currency: Currency,
        /// The three components.
        principal: Minor,
        /// Interest owed at registration.
        interest: Minor,
        /// Costs owed at registration.
        costs: Minor,
        /// When it falls or fell due.
        due_at: Timestamp,
        /// The scenario to walk, or the tenant's default.
        scenario: Option<ScenarioId>,
    },
    /// The principal is now this much (a penalty, a credit note, a correction).
    ClaimAmended {
        /// Which claim.
        claim: ClaimId,
        /// The new principal, payments not deducted.
        principal: Minor,
        /// In which currency: the claim's own, or the fact is refused.
        currency: Currency,
    },
    /// Something more is owed on a component.
    ChargeAdded {
        /// Which claim.
        claim: ClaimId,
        /// On which component.
        component: Component,
        /// How much more.
        amount: Minor,
        /// In which currency: the claim's own, or the fact is refused.
        currency: Currency,
    },
    /// Money came.
    PaymentReceived {
        /// For which claim.
        claim: ClaimId,
        /// How much.
        amount: Minor,
        /// In which currency: the claim's own, or the fact is refused.
        currency: Currency,
    },
    /// Money that came went back (P3).
    PaymentReversed {
        /// For which claim.
        claim: ClaimId,
        /// How much.
        amount: Minor,
        /// In which currency: the claim's own, or the fact is refused.
        currency: Currency,
    },
    /// The creditor gives the claim up or it was dismissed: nobody is contacted about it any more.
    ClaimWithdrawn {
        /// Which claim.
        claim: ClaimId,
        /// Why.
        reason: Label,
    },
    /// Somebody else collects it from now on.
    ClaimHandedOver {
        /// Which claim.
        claim: ClaimId,
        /// To whom, by role.
        to: Label,
    },
    /// The debtor says that it is not owed, or not like this (R47): its steps are suspended.
    DisputeOpened {
        /// Which claim.
        claim: ClaimId,
        /// On what ground.
        ground: Label,
    },
    /// All disputes of a claim are settled.
    DisputeResolved {
        /// Which claim.
        claim: ClaimId,
        /// In whose favour.
        end: DisputeEnd,
    },
    /// Nobody is contacted (Mahnstopp, P6) about one claim, or at all.
    HoldPlaced {
        /// Its id, which a release names.
        hold: HoldId,
        /// The claim, or all of the debtor's.
        claim: Option<ClaimId>,
        /// Why.
        reason: Label,
        /// Who placed it.
        actor: Label,
        /// When it ends by itself, if it does.
        until: Option<Timestamp>,
    },
    /// A hold is over.
    HoldReleased {
        /// Which.
        hold: HoldId,
        /// Who released it.
        actor: Label,
    },
    /// The debtor promised to pay (R24): contact about the claim waits for the date.
    PromiseMade {
        /// Its id.
        promise: PromiseId,
        /// For which claim.
        claim: ClaimId,
        /// How much.
        amount: Minor,
        /// In which currency; the claim's own where none was named.
        currency: Option<Currency>,
        /// By when.
        due_at: Timestamp,
        /// Where it was made.
        source: Label,
    },
    /// The debtor agrees to be contacted there.
    ConsentGiven {
        /// Where.
        scope: Scope,
        /// Where the proof lies.
        source: Label,
    },
    /// The debtor does not want to be contacted there (R14, P10).
    OptedOut {
        /// Where.
        scope: Scope,
        /// How it reached us.
        source: Label,
    },
    /// The debtor asks for no contact whatsoever.
    CeaseRequested {
        /// How it reached us.
        source: Label,
    },
    /// A contact that no permit stands for: an inbound call, a call dialled elsewhere.
    ContactMade {
        /// Over which channel.
        channel: Channel,
        /// Who began it.
        direction: Direction,
        /// Whether the debtor in person was reached.
        right_party: bool,
    },
    /// A person has looked at what a task asked for.
    TaskDone {
        /// Which task.
        task: TaskKind,
        /// Who looked.
        actor: Label,
    },
    /// Somebody wrote to us from a contact point (R14). Personal part: the text.
    MessageReceived {
        /// Over which channel.
        channel: Channel,
        /// From where.
        point: PointId,
        /// What it is about, as far as words can be put into classes.
        class: InboundClass,
    },
}
