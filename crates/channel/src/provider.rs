//! What a provider client is to a worker.

use async_trait::async_trait;
use contract::personal::Message;
use domain::channel::Channel;
use domain::ids::EscalationId;
use domain::outcome::{Outcome, RejectClass};
use domain::time::Span;

use crate::deadline::Deadline;

/// A provider of one channel.
///
/// A client never sends the same submission twice: transparent retries of its HTTP or SMTP library are off.
/// It calls [`Deadline::check`] directly before the first byte that makes the provider deliver, and gives up as
/// [`UnsentReason::TooLate`] if that fails.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Its channel.
    fn channel(&self) -> Channel;

    /// Submits one message to one contact point, once.
    ///
    /// `attempt` may serve as the provider's idempotency key or client reference; it holds no personal value.
    async fn submit(
        &self,
        address: &str,
        message: &Message,
        attempt: EscalationId,
        deadline: &Deadline,
    ) -> Submission;
}

/// What came of a submission, as far as the provider's own response says.
#[derive(Clone, PartialEq, Eq)]
pub enum Submission {
    /// The provider took it.
    Accepted {
        /// The provider's name for it.
        provider_message: Option<String>,
    },
    /// It reached the device or mailbox, and the provider says so at once.
    Delivered {
        /// The provider's name for it.
        provider_message: Option<String>,
    },
    /// The provider refused it for good.
    Rejected {
        /// Why.
        class: RejectClass,
        /// In the provider's words, which may repeat the address: kept in the personal part only.
        said: Option<String>,
    },
    /// The provider did not take it now; nothing left.
    Deferred {
        /// How long to wait at least.
        delay: Span,
        /// Whose state it is.
        by: DeferredBy,
    },
    /// Provably nothing left.
    Unsent {
        /// Why.
        reason: UnsentReason,
    },
    /// Nobody knows whether it left.
    Unknown {
        /// Why.
        reason: UnknownReason,
    },
}

/// Whose state made the provider put a message off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeferredBy {
    /// This recipient's (a full mailbox, greylisting): says nothing about the provider.
    Recipient,
    /// The provider's (overload, throttling, maintenance).
    Provider,
}

/// Why provably nothing left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnsentReason {
    /// The deadline had passed before the first byte.
    TooLate,
    /// There was no connection to the provider.
    NoConnection,
    /// The provider would not let us in: credentials, account, quota.
    NotAdmitted,
    /// The message can't be put into the provider's form, whatever is tried.
    Unfit,
}

/// Why nobody knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnknownReason {
    /// The submission was written, and no response came in time or the connection broke.
    NoReply,
    /// A response came that the client can't read.
    Unreadable,
}

/// What a submission says about the provider as a whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Evidence {
    /// It works.
    Works,
    /// It does not.
    Fails,
    /// Neither.
    Neither,
}

impl Submission {
    /// As the log records it.
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::Accepted { .. } => Outcome::Accepted,
            Self::Delivered { .. } => Outcome::Delivered,
            Self::Rejected { class, .. } => Outcome::Rejected(*class),
            Self::Deferred { delay, .. } => Outcome::Deferred { delay: *delay },
            Self::Unsent { .. } => Outcome::Unsent,
            Self::Unknown { .. } => Outcome::Unknown,
        }
    }

    /// The provider's name for the message.
    pub fn provider_message(&self) -> Option<&str> {
        match self {
            Self::Accepted { provider_message } | Self::Delivered { provider_message } => {
                provider_message.as_deref()
            }
            Self::Rejected { .. } | Self::Deferred { .. } | Self::Unsent { .. } | Self::Unknown { .. } => {
                None
            }
        }
    }

    /// What it says about the provider.
    pub const fn evidence(&self) -> Evidence {
        match self {
            Self::Accepted { .. } | Self::Delivered { .. } | Self::Rejected { .. } => Evidence::Works,
            Self::Deferred { by: DeferredBy::Provider, .. }
            | Self::Unsent { reason: UnsentReason::NoConnection | UnsentReason::NotAdmitted }
            | Self::Unknown { .. } => Evidence::Fails,
            Self::Deferred { by: DeferredBy::Recipient, .. }
            | Self::Unsent { reason: UnsentReason::TooLate | UnsentReason::Unfit } => Evidence::Neither,
        }
    }

    /// Why, for log lines: no personal value, from a closed set.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Delivered { .. } => "delivered",
            Self::Rejected { .. } => "rejected",
            Self::Deferred { by: DeferredBy::Recipient, .. } => "deferred_by_recipient",
            Self::Deferred { by: DeferredBy::Provider, .. } => "deferred_by_provider",
            Self::Unsent { reason: UnsentReason::TooLate } => "too_late",
            Self::Unsent { reason: UnsentReason::NoConnection } => "no_connection",
            Self::Unsent { reason: UnsentReason::NotAdmitted } => "not_admitted",
            Self::Unsent { reason: UnsentReason::Unfit } => "unfit",
            Self::Unknown { reason: UnknownReason::NoReply } => "no_reply",
            Self::Unknown { reason: UnknownReason::Unreadable } => "unreadable_reply",
        }
    }
}

impl std::fmt::Debug for Submission {
    /// Without the provider's words and ids, which may be personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Submission({})", self.reason())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_concerns_the_whole_provider_is_evidence() {
        let delay = Span::minutes(1);
        for (submission, evidence) in [
            (Submission::Accepted { provider_message: None }, Evidence::Works),
            (Submission::Rejected { class: RejectClass::BadAddress, said: None }, Evidence::Works),
            (Submission::Deferred { delay, by: DeferredBy::Recipient }, Evidence::Neither),
            (Submission::Deferred { delay, by: DeferredBy::Provider }, Evidence::Fails),
            (Submission::Unsent { reason: UnsentReason::TooLate }, Evidence::Neither),
            (Submission::Unsent { reason: UnsentReason::NoConnection }, Evidence::Fails),
            (Submission::Unsent { reason: UnsentReason::NotAdmitted }, Evidence::Fails),
            (Submission::Unsent { reason: UnsentReason::Unfit }, Evidence::Neither),
            (Submission::Unknown { reason: UnknownReason::NoReply }, Evidence::Fails),
        ] {
            assert_eq!(submission.evidence(), evidence, "{submission:?}");
        }
    }

    #[test]
    fn nothing_personal_is_shown() {
        let said = Some("550 no such user jane@example.org".to_owned());
        let shown = format!("{:?}", Submission::Rejected { class: RejectClass::BadAddress, said });
        assert_eq!(shown, "Submission(rejected)");
    }
}
