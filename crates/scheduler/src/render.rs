//! What rendering is asked for, and the trait that whoever wires the scheduler answers it with.
//!
//! Rendering happens at the permit, at the edge of the decision: the domain has granted, the words are made, and only then
//! is the grant appended together with them (permits, 1).
//! The personal values here live as long as the call; nothing of this module has a `Debug` that shows one.

use core::fmt;

use contract::personal::Message;
use domain::channel::Channel;
use domain::claim::Balance;
use domain::fact::DebtorKind;
use domain::ids::EscalationId;
use domain::label::{CreditorId, Language, RuleName, StepId, TemplateId, TenantId};
use domain::money::Currency;
use domain::time::Timestamp;
use domain::zone::ZoneName;

/// Makes the words of a permitted contact.
///
/// A pure function of the request and of what it was made from: the same request gives the same words.
pub trait Renderer: Send + Sync {
    /// Renders, or names the content rule that forbids it; the permit is refused for that reason then.
    fn render(&self, request: &RenderRequest<'_>) -> Result<Message, RuleName>;
}

/// Everything that the words may be made from.
#[derive(Clone)]
pub struct RenderRequest<'a> {
    /// Which escalation.
    pub id: EscalationId,
    /// The legal entity that does the contacting.
    pub tenant: &'a TenantId,
    /// On whose behalf.
    pub creditor: &'a CreditorId,
    /// Over which channel.
    pub channel: Channel,
    /// The leading step.
    pub step: &'a StepId,
    /// The words, by name.
    pub template: &'a TemplateId,
    /// In which language.
    pub language: Language,
    /// The number, address or handle.
    pub address: &'a str,
    /// The debtor's name, where one is known.
    pub name: Option<&'a str>,
    /// The debtor's number at the tenant's, where known.
    pub reference: Option<&'a str>,
    /// Person, company or public body.
    pub kind: Option<DebtorKind>,
    /// Every zone the debtor may be in.
    pub zones: &'a [ZoneName],
    /// The claims that the contact is about, the leading one first.
    pub claims: Vec<RenderClaim>,
    /// What happened so far, oldest first: for whoever calls (R40). Empty on the other channels.
    pub timeline: Vec<TimelineLine>,
    /// The instant of the permit.
    pub now: Timestamp,
}

/// One claim, as a message may show it.
#[derive(Clone, PartialEq, Eq)]
pub struct RenderClaim {
    /// Its number at the creditor's, unless its personal part is gone.
    pub reference: Option<String>,
    /// What it is for, unless its personal part is gone.
    pub description: Option<String>,
    /// In which currency.
    pub currency: Currency,
    /// What is owed, by component, and what was paid.
    pub balance: Balance,
    /// When it fell due.
    pub due_at: Timestamp,
    /// Which step of its scenario this contact takes, from 0.
    pub step: u16,
}

/// One line of the history that an agent reads before calling. Open data: no name, number or text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TimelineLine {
    /// When.
    pub at: Timestamp,
    /// What, in plain English.
    pub what: String,
}

impl fmt::Debug for RenderRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RenderRequest({}, {}, {})", self.id, self.channel, self.template)
    }
}

impl fmt::Debug for RenderClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RenderClaim(step {})", self.step)
    }
}
