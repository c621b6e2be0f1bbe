//! What became of a permitted contact.

use crate::ids::ProviderMessageId;
use crate::money::Minor;
use crate::time::{Span, Timestamp};

/// Why a provider would not take or deliver a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RejectClass {
    /// The number or address does not exist or can't receive: the contact point is invalid.
    BadAddress,
    /// The recipient refuses: treated as the debtor's own refusal, which never falls over (P10).
    RecipientRefuses,
    /// The words, the sender or the account were refused: a person must look.
    NotAllowed,
    /// Anything else on the provider's side.
    Other,
}

/// Whether the right person was reached by a call (P11: the first of two questions).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reach {
    /// Nobody answered.
    NoAnswer,
    /// The line was busy.
    Busy,
    /// A machine answered; nothing about the debt was said.
    Voicemail,
    /// The number is somebody else's.
    WrongNumber,
    /// Somebody else of the household or firm answered; nothing about the debt was said.
    ThirdParty,
    /// The debtor in person (right-party contact).
    RightParty,
}

/// What the person reached by a call said (P11: the second question).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Said {
    /// Nothing that changes anything.
    Nothing,
    /// Will pay this much by then, on the leading claim.
    Promise {
        /// How much.
        amount: Minor,
        /// By when.
        due_at: Timestamp,
    },
    /// Does not owe it.
    Disputes,
    /// Has paid already.
    ClaimsPaid,
    /// Can't pay: illness, loss, tragedy (R44).
    Hardship,
    /// Asked something that needs an answer (R38).
    Question,
    /// Will not pay.
    Refuses,
    /// Does not want to be called.
    OptsOut,
}

/// What an agent noted about a call, from a closed set.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Disposition {
    /// Was the right person reached?
    pub reach: Reach,
    /// What did they say? Only with [`Reach::RightParty`] anything but [`Said::Nothing`].
    pub said: Said,
}

/// What became of an attempt, as far as is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Outcome {
    /// The provider took it.
    Accepted,
    /// It reached the device or mailbox.
    Delivered,
    /// It was read.
    Read,
    /// The debtor answered.
    Replied,
    /// The provider refused it for good. Counts as a contact.
    Rejected(RejectClass),
    /// The provider did not take it now; nothing left. Gives the contact back.
    Deferred {
        /// How long to wait at least.
        delay: Span,
    },
    /// Provably nothing left. Gives the contact back.
    Unsent,
    /// Nobody knows whether it left. Counts as a contact and is never sent again.
    Unknown,
    /// A call was made, and this is what came of it.
    Called(Disposition),
}

impl Outcome {
    /// The name used in files, counters and tables.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Replied => "replied",
            Self::Rejected(_) => "rejected",
            Self::Deferred { .. } => "deferred",
            Self::Unsent => "unsent",
            Self::Unknown => "unknown",
            Self::Called(_) => "called",
        }
    }

    /// Whether provably nothing left, so that the contact counts for no cap (permits, 6).
    pub const fn gives_back(&self) -> bool {
        match self {
            Self::Deferred { .. } | Self::Unsent => true,
            Self::Accepted
            | Self::Delivered
            | Self::Read
            | Self::Replied
            | Self::Rejected(_)
            | Self::Unknown
            | Self::Called(_) => false,
        }
    }

    /// Whether the person was heard: a reply, or a call with the right party.
    pub const fn heard(&self) -> bool {
        match self {
            Self::Replied | Self::Called(Disposition { reach: Reach::RightParty, .. }) => true,
            Self::Accepted
            | Self::Delivered
            | Self::Read
            | Self::Rejected(_)
            | Self::Deferred { .. }
            | Self::Unsent
            | Self::Unknown
            | Self::Called(Disposition {
                reach:
                    Reach::NoAnswer | Reach::Busy | Reach::Voicemail | Reach::WrongNumber | Reach::ThirdParty,
                ..
            }) => false,
        }
    }
}

/// An outcome as it is reported.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OutcomeReport {
    /// Which of the debtor's escalations.
    pub number: u32,
    /// What became of it.
    pub outcome: Outcome,
    /// When, by the reporter's clock.
    pub at: Timestamp,
    /// The provider's name for the message, as a keyed digest.
    pub provider_message: Option<ProviderMessageId>,
    /// Whether the submission was found to have begun after its time (permits, 7).
    pub late: bool,
}
