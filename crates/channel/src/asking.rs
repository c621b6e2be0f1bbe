//! Asking permits, and asking again with the same id when a reply is lost.
//!
//! A question's id is random and lives only in the memory of the task that asks (permits, 3).
//! A question is repeated within `start_within` of its *first* sending and then dropped; whoever was granted a permit
//! without hearing of it leaves it to the partition's deadline.

use std::sync::Arc;
use std::time::Duration;

use bus::{Bus, BusError};
use contract::personal::Message;
use contract::wire::{PermitAnswer, PermitQuestions};
use domain::event::Refusal;
use domain::ids::{EscalationId, RequestId};
use domain::label::Label;
use runtime::{Runtime, random_id};

use crate::backoff::Pauses;
use crate::deadline::Deadline;
use crate::timeout::within;

const SHORTEST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What became of a question.
pub enum Answered {
    /// Go, once.
    Granted(Box<Permit>),
    /// Don't.
    Refused(Refusal),
    /// Not now, for this reason: it is emitted again when it may go on.
    NotNow(Label),
    /// No answer came in time.
    Unanswered,
}

/// A permit. Whoever holds it submits once and forgets it.
pub struct Permit {
    /// The number, address or handle.
    pub address: String,
    /// The words.
    pub message: Message,
    /// Until when the first byte may leave.
    pub deadline: Deadline,
}

/// Asks on behalf of one worker.
#[derive(Clone)]
pub struct Asker {
    runtime: Runtime,
    bus: Arc<dyn Bus>,
    start_within: Duration,
    ask_timeout: Duration,
}

type Question = (usize, (EscalationId, RequestId));

impl Asker {
    /// Repeats a question for `start_within`, each time waiting `ask_timeout` for the reply.
    pub const fn new(
        runtime: Runtime,
        bus: Arc<dyn Bus>,
        start_within: Duration,
        ask_timeout: Duration,
    ) -> Self {
        Self { runtime, bus, start_within, ask_timeout }
    }

    /// Asks one partition's owner; `settle` hears of each attempt once, by its index, as soon as it is answered.
    ///
    /// The caller holds a guard for each attempt, so that a virtual clock waits.
    pub async fn ask(
        &self,
        partition: u16,
        attempts: &[EscalationId],
        mut settle: impl FnMut(usize, Answered) + Send,
    ) {
        let first_asked = self.runtime.clock.monotonic();
        let mut pauses = Pauses::new(SHORTEST_PAUSE, LONGEST_PAUSE, &*self.runtime.random);
        let mut open: Vec<Question> =
            attempts.iter().map(|id| (*id, self.new_request())).enumerate().collect();
        while !open.is_empty() {
            let left = self.left(first_asked);
            if left.is_zero() {
                break;
            }
            match within(&*self.runtime.clock, left.min(self.ask_timeout), self.send(partition, &open)).await
            {
                Some(Ok(answers)) if answers.len() == open.len() => {
                    open = self.settle_answered(open, answers, first_asked, &mut settle);
                }
                Some(Err(error)) if !error.is_transient() => {
                    tracing::error!(error = %error, "permit questions can't be asked");
                    break;
                }
                // Lost, late, or of another length than the questions: asked again with the same ids.
                Some(Ok(_) | Err(_)) | None => {}
            }
            if !open.is_empty() {
                self.runtime.clock.sleep(pauses.next().min(self.left(first_asked))).await;
            }
        }
        open.into_iter().for_each(|(index, _)| settle(index, Answered::Unanswered));
    }

    /// Asks one permit.
    pub async fn ask_one(&self, partition: u16, attempt: EscalationId) -> Answered {
        let mut answered = Answered::Unanswered;
        self.ask(partition, &[attempt], |_, answer| answered = answer).await;
        answered
    }

    fn settle_answered(
        &self,
        open: Vec<Question>,
        answers: Vec<PermitAnswer>,
        first_asked: Duration,
        settle: &mut impl FnMut(usize, Answered),
    ) -> Vec<Question> {
        let mut again = Vec::new();
        for (question, answer) in open.into_iter().zip(answers) {
            match answer {
                PermitAnswer::Granted { address, message, start_within } => {
                    let clock = Arc::clone(&self.runtime.clock);
                    let deadline = Deadline::new(clock, first_asked, start_within);
                    let permit = Permit { address, message, deadline };
                    settle(question.0, Answered::Granted(Box::new(permit)));
                }
                PermitAnswer::Refused(reason) => settle(question.0, Answered::Refused(reason)),
                PermitAnswer::NotNow { reason } => settle(question.0, Answered::NotNow(reason)),
                PermitAnswer::AskAgain { reason } => {
                    tracing::debug!(reason = %reason, "a permit is to be asked again");
                    again.push(question);
                }
            }
        }
        again
    }

    async fn send(&self, partition: u16, open: &[Question]) -> Result<Vec<PermitAnswer>, BusError> {
        let questions = open.iter().map(|(_, question)| *question).collect();
        self.bus.ask(PermitQuestions { partition, questions }).await
    }

    fn left(&self, first_asked: Duration) -> Duration {
        let over_at = first_asked.saturating_add(self.start_within);
        over_at.saturating_sub(self.runtime.clock.monotonic())
    }

    fn new_request(&self) -> RequestId {
        RequestId::new(random_id(&*self.runtime.random))
    }
}
