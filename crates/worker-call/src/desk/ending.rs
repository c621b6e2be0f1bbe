//! Ending a call with a disposition: acknowledged once the log has it.

use std::sync::Arc;

use contract::personal::Personal;
use contract::wire::{About, OutcomeMessage};
use domain::ids::EscalationId;
use domain::label::Label;
use domain::outcome::{Disposition, Outcome, OutcomeReport};
use runtime::activity::Busy;
use tokio::sync::oneshot;

use super::CallDesk;
use crate::disposition::problem;
use crate::error::DeskError;
use crate::list::Task;

impl CallDesk {
    /// Notes how one call ended; resolves when that is in the log.
    ///
    /// `note` is what the agent wrote down, kept in the personal part.
    pub async fn done(
        self: &Arc<Self>,
        agent: &Label,
        task: EscalationId,
        disposition: Disposition,
        note: Option<String>,
    ) -> Result<(), DeskError> {
        let mut done = self.done_many(agent, vec![(task, disposition, note)]).await;
        done.pop().unwrap_or(Err(DeskError::UnknownTask { task }))
    }

    /// Notes how many calls ended, for scripted agents; one answer for each, in order.
    ///
    /// A disposition that is taken is reported until the log has it, even if whoever waits here goes away.
    pub async fn done_many(
        self: &Arc<Self>,
        agent: &Label,
        calls: Vec<(EscalationId, Disposition, Option<String>)>,
    ) -> Vec<Result<(), DeskError>> {
        let busy = self.runtime.activity.begin();
        let reported: Vec<_> = calls
            .into_iter()
            .map(|(task, disposition, note)| (task, self.report(agent, task, disposition, note, &busy)))
            .collect();
        let mut results = Vec::with_capacity(reported.len());
        for (task, acknowledged) in reported {
            results.push(match acknowledged {
                Ok(acknowledged) => acknowledged.await.map_err(|_gone| DeskError::Unanswered { task }),
                Err(error) => Err(error),
            });
        }
        results
    }

    fn report(
        &self,
        agent: &Label,
        id: EscalationId,
        disposition: Disposition,
        note: Option<String>,
        busy: &Busy,
    ) -> Result<oneshot::Receiver<()>, DeskError> {
        let task = self.end(agent, id, &disposition, note.as_deref())?;
        let report = OutcomeReport {
            number: id.number,
            outcome: Outcome::Called(disposition),
            at: self.runtime.clock.now(),
            provider_message: None,
            late: false,
        };
        let personal = note.filter(|text| !text.is_empty()).map(|text| Personal::Text { text });
        let message = OutcomeMessage {
            about: About::Attempt(id),
            tenant: Some(task.notice.tenant.clone()),
            report,
            personal,
            trace: task.notice.trace,
        };
        // The task is off the list from here on: a crash now leaves it to the partition's deadline.
        Ok(self.reporter.report_and_tell(task.notice.partition, message, busy.clone()))
    }

    fn end(
        &self,
        agent: &Label,
        id: EscalationId,
        disposition: &Disposition,
        note: Option<&str>,
    ) -> Result<Task, DeskError> {
        let now = self.runtime.clock.now();
        self.with_list(|list| {
            list.check_open(agent, id)?;
            if let Some(problem) = problem(disposition, note, now) {
                return Err(DeskError::BadDisposition { task: id, problem });
            }
            list.strike(&id).ok_or(DeskError::UnknownTask { task: id })
        })
    }
}
