//! One permit, one submission, one outcome.

use std::sync::Arc;

use contract::personal::Personal;
use contract::wire::{About, OutcomeMessage};
use domain::outcome::OutcomeReport;

use super::Inner;
use super::dispatch::Hand;
use crate::asking::Permit;
use crate::deadline::Deadline;
use crate::provider::{Evidence, Submission, UnknownReason, UnsentReason};
use crate::timeout::within;

/// Longest personal part of an outcome, in bytes; providers' replies are cut there.
const MOST_SAID: usize = 2_000;

impl Inner {
    /// Uses a permit, which is gone afterwards. A crash here leaves it to the partition's deadline.
    pub(super) async fn submit(self: Arc<Self>, mut hand: Hand, permit: Box<Permit>) {
        let submission = self.try_submit(&mut hand, &permit).await;
        self.note_evidence(submission.evidence());
        self.log(&hand, &submission, &permit.deadline);
        let outcome = self.outcome(&hand, submission, permit.deadline.was_late());
        if let Some(busy) = hand.busy.clone() {
            self.reporter.report(hand.notice.partition, outcome, busy);
        }
    }

    async fn try_submit(&self, hand: &mut Hand, permit: &Permit) -> Submission {
        if permit.deadline.left().is_zero() {
            return Submission::Unsent { reason: UnsentReason::TooLate };
        }
        hand.use_token();
        let Permit { address, message, deadline } = permit;
        let submitted = self.provider.submit(address, message, hand.notice.id, deadline);
        match within(&*self.runtime.clock, self.config.submit_timeout, submitted).await {
            Some(submission) => submission,
            None if deadline.was_checked() => Submission::Unknown { reason: UnknownReason::NoReply },
            // Cut off before its check passed: it has written nothing.
            None => Submission::Unsent { reason: UnsentReason::NoConnection },
        }
    }

    fn note_evidence(&self, evidence: Evidence) {
        let now = self.runtime.clock.monotonic();
        let changed = self.state().circuit.record(evidence, now);
        if changed {
            let channel = self.provider.channel();
            match evidence {
                Evidence::Fails => {
                    tracing::warn!(%channel, "the provider fails; it is left alone for a while")
                }
                Evidence::Works | Evidence::Neither => tracing::info!(%channel, "the provider works again"),
            }
            self.credit_changed.notify_one();
            self.wake.notify_one();
        }
    }

    fn log(&self, hand: &Hand, submission: &Submission, deadline: &Deadline) {
        let (channel, reason) = (self.provider.channel(), submission.reason());
        if deadline.was_late() {
            // The one residue that can't be closed from our side (permits, 7): alarmed and counted apart.
            tracing::error!(%channel, escalation.id = %hand.notice.id, "a delivery began too late");
        }
        tracing::debug!(%channel, escalation.id = %hand.notice.id, reason, "submitted");
    }

    fn outcome(&self, hand: &Hand, submission: Submission, late: bool) -> OutcomeMessage {
        let digest = |id: &str| (self.digest)(&hand.notice.tenant, id);
        let report = OutcomeReport {
            number: hand.notice.id.number,
            outcome: submission.outcome(),
            at: self.runtime.clock.now(),
            provider_message: submission.provider_message().map(digest),
            late,
        };
        OutcomeMessage {
            about: About::Attempt(hand.notice.id),
            tenant: Some(hand.notice.tenant.clone()),
            report,
            personal: personal(submission),
            trace: hand.notice.trace,
        }
    }
}

/// The provider's own id or words, which may be personal.
fn personal(submission: Submission) -> Option<Personal> {
    let said = match submission {
        Submission::Accepted { provider_message } | Submission::Delivered { provider_message } => {
            provider_message
        }
        Submission::Rejected { said, .. } => said,
        Submission::Deferred { .. } | Submission::Unsent { .. } | Submission::Unknown { .. } => None,
    };
    said.map(|mut text| {
        text.truncate(text.floor_char_boundary(MOST_SAID));
        Personal::Text { text }
    })
}
