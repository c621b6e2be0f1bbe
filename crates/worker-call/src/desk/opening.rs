//! Opening a number: the permit is asked now, and the number shown at once or never (permits, 10).
//!
//! Asking runs in a task of its own, so that an agent who goes away in the middle loses no permit: what was granted and
//! could not be shown is given back as unsent.

use std::collections::BTreeMap;
use std::sync::Arc;

use contract::wire::{About, OutcomeMessage};
use domain::event::Refusal;
use domain::ids::EscalationId;
use domain::label::Label;
use domain::outcome::{Outcome, OutcomeReport};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use channel::asking::{Answered, Permit};

use super::CallDesk;
use crate::error::DeskError;
use crate::list::{Hold, Task};
use crate::view::{CallView, millis};

/// Most permit questions in one request.
const QUESTIONS_PER_REQUEST: usize = 250;

/// What opening a number gives.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opening {
    /// Dial.
    Call(Box<CallView>),
    /// Don't: the task is struck from the list.
    Struck {
        /// Its id.
        task: String,
        /// Why, in a word or a rule's name.
        reason: String,
    },
}

type Opened = (EscalationId, Result<Opening, DeskError>);

impl CallDesk {
    /// Opens one number.
    pub async fn open(self: &Arc<Self>, agent: &Label, task: EscalationId) -> Result<Opening, DeskError> {
        let mut opened = self.open_many(agent, &[task]).await;
        opened.pop().unwrap_or(Err(DeskError::UnknownTask { task }))
    }

    /// Opens many numbers, for scripted agents; one answer for each, in order.
    pub async fn open_many(
        self: &Arc<Self>,
        agent: &Label,
        tasks: &[EscalationId],
    ) -> Vec<Result<Opening, DeskError>> {
        let _clock_waits = self.runtime.activity.begin();
        let mut results = BTreeMap::new();
        let mut requests: BTreeMap<u16, Vec<EscalationId>> = BTreeMap::new();
        self.with_list(|list| {
            for task in tasks {
                match list.begin_opening(agent, *task) {
                    Ok(partition) => requests.entry(partition).or_default().push(*task),
                    // A task named twice is opened once.
                    Err(_) if requests.values().flatten().any(|asked| asked == task) => {}
                    Err(error) => {
                        results.insert(*task, Err(error));
                    }
                }
            }
        });
        for (partition, ids) in &requests {
            for some in ids.chunks(QUESTIONS_PER_REQUEST) {
                results.extend(self.open_some(*partition, some).await);
            }
        }
        self.changed.notify_one();
        tasks
            .iter()
            .map(|id| results.get(id).cloned().unwrap_or(Err(DeskError::Unanswered { task: *id })))
            .collect()
    }

    async fn open_some(self: &Arc<Self>, partition: u16, ids: &[EscalationId]) -> Vec<Opened> {
        let (show, shown) = oneshot::channel();
        let (desk, ids, busy) = (Arc::clone(self), ids.to_vec(), self.runtime.activity.begin());
        let task = async move {
            let opened = desk.ask(partition, &ids).await;
            // A crash or an agent's leaving before this line shows no number.
            if let Err(not_shown) = show.send(opened) {
                desk.take_back(&not_shown);
            }
            drop(busy);
        };
        self.runtime.tasks.spawn("open calls", Box::pin(task));
        shown.await.unwrap_or_default()
    }

    async fn ask(&self, partition: u16, ids: &[EscalationId]) -> Vec<Opened> {
        let mut answers = Vec::new();
        let note =
            |index: usize, answered: Answered| answers.extend(ids.get(index).map(|id| (*id, answered)));
        self.asker.ask(partition, ids, note).await;
        answers.into_iter().map(|(id, answered)| (id, self.settle(id, answered))).collect()
    }

    fn settle(&self, id: EscalationId, answered: Answered) -> Result<Opening, DeskError> {
        match answered {
            Answered::Granted(permit) if permit.deadline.check().is_ok() => Ok(self.show(id, *permit)),
            Answered::Granted(_) => {
                self.give_back_unsent(&[id]);
                Ok(struck(id, "the permit came too late".to_owned()))
            }
            Answered::Refused(reason) => {
                self.with_list(|list| list.strike(&id));
                Ok(struck(id, words(&reason)))
            }
            Answered::NotNow(reason) => {
                self.with_list(|list| list.not_opened(id));
                Err(DeskError::NotNow { task: id, reason })
            }
            Answered::Unanswered => {
                self.with_list(|list| list.not_opened(id));
                Err(DeskError::Unanswered { task: id })
            }
        }
    }

    fn show(&self, id: EscalationId, permit: Permit) -> Opening {
        let until = self.runtime.clock.monotonic().saturating_add(self.config.call_time);
        self.with_list(|list| list.opened(id, until));
        let Permit { address, message, deadline: _ } = permit;
        Opening::Call(Box::new(CallView {
            task: id.to_string(),
            opened_at: self.runtime.clock.now().to_string(),
            number: address,
            script: message.body,
            dossier: message.dossier,
            language: message.language,
            on_behalf_of: message.sender_name,
            left_ms: millis(self.config.call_time),
        }))
    }

    fn take_back(&self, not_shown: &[Opened]) {
        let called = not_shown.iter().filter(|(_, opened)| matches!(opened, Ok(Opening::Call(_))));
        let ids: Vec<EscalationId> = called.map(|(id, _)| *id).collect();
        self.give_back_unsent(&ids);
    }

    /// Nobody has seen the numbers: provably nothing left.
    fn give_back_unsent(&self, ids: &[EscalationId]) {
        let busy = self.runtime.activity.begin();
        let struck: Vec<Task> = self.with_list(|list| ids.iter().filter_map(|id| list.strike(id)).collect());
        for task in struck {
            debug_assert!(task.hold != Hold::Nobody, "only what is opened is given back");
            let report = OutcomeReport {
                number: task.notice.id.number,
                outcome: Outcome::Unsent,
                at: self.runtime.clock.now(),
                provider_message: None,
                late: false,
            };
            let message = OutcomeMessage {
                about: About::Attempt(task.notice.id),
                tenant: Some(task.notice.tenant.clone()),
                report,
                personal: None,
                trace: task.notice.trace,
            };
            self.reporter.report(task.notice.partition, message, busy.clone());
        }
    }
}

fn struck(id: EscalationId, reason: String) -> Opening {
    Opening::Struck { task: id.to_string(), reason }
}

/// A refusal as an agent reads it.
fn words(reason: &Refusal) -> String {
    match reason {
        Refusal::Rule(rule) => format!("the rule {rule} forbids it now"),
        Refusal::NotOpen => {
            "there is no reason left: paid, stopped or lapsed; `debtor why` has it".to_owned()
        }
        Refusal::Taken => "it was opened elsewhere".to_owned(),
        Refusal::Replanned => "what is due has changed; it is planned anew".to_owned(),
        Refusal::Render(rule) => format!("its script could not be written: {rule}"),
    }
}
