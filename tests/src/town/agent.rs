//! A scripted agent: takes tasks, opens numbers, talks for a while, notes what came of it; sometimes forgets to.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contract::personal::Message;
use domain::channel::Channel;
use domain::ids::EscalationId;
use domain::money::Minor;
use domain::outcome::{Disposition, Reach, Said};
use domain::time::Span;
use runtime::Runtime;
use worker_call::{CallDesk, Opening};

use super::people::label;
use super::pulse::{Kind, Pulse};
use super::record::{Noted, Record, Submission};
use crate::draw::Draw;

/// How long the agent waits for a task before looking again.
const PATIENCE: Duration = Duration::from_secs(4 * 3600);
/// Tasks taken at once.
const AT_ONCE: u32 = 5;

/// An agent at a desk.
pub struct Agent {
    /// The desk.
    pub desk: Arc<CallDesk>,
    /// The clock.
    pub runtime: Runtime,
    /// Where opened numbers are noted.
    pub record: Record,
    /// Where moments are counted.
    pub pulse: Pulse,
    /// What happens in calls; outlives the agent's shift.
    pub draw: Arc<Mutex<Draw>>,
}

impl Agent {
    /// Works for ever.
    pub async fn run(self) {
        let name = label("agent");
        loop {
            self.desk.wait_for_tasks(PATIENCE).await;
            let taken = self.desk.take(&name, AT_ONCE).await.unwrap_or_default();
            let tasks: Vec<EscalationId> = taken.iter().filter_map(worker_call::LeaseView::id).collect();
            for task in tasks {
                self.work(task).await;
            }
        }
    }

    async fn work(&self, task: EscalationId) {
        let name = label("agent");
        let opened = self.desk.open(&name, task).await;
        let Ok(Opening::Call(view)) = opened else {
            self.pause(1, 5).await;
            return;
        };
        // The number stands on the screen: that is the contact.
        self.record.left(Submission {
            attempt: task,
            channel: Channel::Call,
            at: self.runtime.clock.now(),
            address: view.number.clone(),
            message: Message { body: view.script.clone(), ..Message::default() },
            kept: true,
        });
        self.pulse.beat(Kind::Contact);
        self.pause(5, 400).await;
        let Some(disposition) = self.call() else { return };
        if self.desk.done(&name, task, disposition, None).await.is_ok() {
            let at = self.runtime.clock.now();
            self.record.lock().noted.push(Noted { attempt: task, disposition, at });
        }
    }

    async fn pause(&self, low_s: i64, high_s: i64) {
        let seconds = self.lock().between(low_s, high_s).unsigned_abs();
        self.runtime.clock.sleep(Duration::from_secs(seconds)).await;
    }

    /// What came of a call; nothing if the agent forgets to note it.
    fn call(&self) -> Option<Disposition> {
        let mut draw = self.lock();
        let (kind, amount) = (draw.between(1, 100), draw.between(1_000, 20_000));
        let due_at = self.runtime.clock.now().plus(Span::hours(draw.between(20, 200)));
        drop(draw);
        let nothing = |reach| Some(Disposition { reach, said: Said::Nothing });
        let heard = |said| Some(Disposition { reach: Reach::RightParty, said });
        match kind {
            1..=55 => nothing(Reach::NoAnswer),
            56..=65 => nothing(Reach::Busy),
            66..=72 => nothing(Reach::Voicemail),
            73..=74 => nothing(Reach::WrongNumber),
            75..=77 => nothing(Reach::ThirdParty),
            78..=82 => heard(Said::Promise { amount: Minor(amount), due_at }),
            83..=84 => heard(Said::Disputes),
            85..=86 => heard(Said::Hardship),
            87..=88 => heard(Said::OptsOut),
            89..=92 => heard(Said::Nothing),
            93..=94 => heard(Said::Refuses),
            _ => None,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Draw> {
        self.draw.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
