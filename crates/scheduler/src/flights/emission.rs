//! Emitting: what waits for credit, what is emitted again, and what a virtual clock waits for.

use core::cmp::Reverse;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use contract::wire::EscalationNotice;
use domain::channel::Channel;
use domain::ids::{EscalationId, StreamId};
use runtime::activity::Busy;

use super::{Flight, Flights, Stage};
use crate::credits::Credits;
use crate::ready_set::Queue;

/// How often the interval between two emissions doubles.
const MAX_DOUBLINGS: u32 = 5;

impl Flights {
    /// What to emit now, by channel: what waits, as far as credit goes, what nobody asked for in time, and calls whose list
    /// has fallen silent.
    pub(crate) fn emit(
        &mut self,
        credits: &mut Credits,
        now: Duration,
    ) -> BTreeMap<Channel, Vec<EscalationNotice>> {
        self.see_credits(credits);
        credits.take_silent().iter().for_each(|queue| self.list_again(queue, now));
        let mut streams = self.overdue(now);
        streams.extend(self.within_credit(credits));
        let mut notices: BTreeMap<Channel, Vec<EscalationNotice>> = BTreeMap::new();
        for stream in streams {
            if let Some(notice) = self.launch(stream, now) {
                notices.entry(notice.channel).or_default().push(notice);
            }
        }
        notices
    }

    /// What to recall now, for the first time or again.
    pub(crate) fn recall(&mut self, now: Duration) -> Vec<EscalationId> {
        self.recalls.due(now)
    }

    /// Has calls emitted again whose list may be gone: a list is its process's alone, and people wait before it. One that
    /// stands on another list may come to stand on two; the permit decides.
    fn list_again(&mut self, queue: &Queue, now: Duration) {
        if queue.1 != Channel::Call {
            return;
        }
        for (stream, flight) in &mut self.flights {
            if let Stage::Emitted { again_at, .. } = &mut flight.stage
                && flight.queue == *queue
            {
                self.alarms.remove(&(*again_at, *stream));
                self.alarms.insert((now, *stream));
                *again_at = now;
            }
        }
    }

    /// The alarms that went off: of emitted ones, those to emit again; of started ones, the clock waits no longer.
    fn overdue(&mut self, now: Duration) -> Vec<StreamId> {
        let mut again = Vec::new();
        while let Some(alarm) = self.alarms.first().copied().filter(|(at, _)| *at <= now) {
            self.alarms.remove(&alarm);
            let Some(flight) = self.flights.get_mut(&alarm.1) else { continue };
            match &mut flight.stage {
                Stage::Emitted { .. } => again.push(alarm.1),
                Stage::Started { busy, .. } => drop(busy.take()),
                Stage::Waiting => {}
            }
        }
        again
    }

    fn within_credit(&self, credits: &Credits) -> Vec<StreamId> {
        let room = |queue: &Queue| {
            let free = credits.amount(&queue.0, queue.1).saturating_sub(self.outstanding(queue));
            usize::try_from(free).unwrap_or(usize::MAX)
        };
        let first = |(queue, set): (&Queue, &BTreeSet<(Reverse<i32>, StreamId)>)| {
            set.iter().take(room(queue)).map(|(_, stream)| *stream).collect::<Vec<_>>()
        };
        self.waiting.iter().flat_map(first).collect()
    }

    /// Emits one, for the first time or again; again only while a worker is there to hear it.
    fn launch(&mut self, stream: StreamId, now: Duration) -> Option<EscalationNotice> {
        let flight = self.flights.get(&stream)?;
        let (queue, priority) = (flight.queue.clone(), flight.priority);
        let live = self.live.contains(&queue);
        let repeats = flight.emission.wrapping_sub(self.first_emission);
        let again_at = now.saturating_add(self.patience_for(queue.1, repeats));
        self.alarms.insert((again_at, stream));
        match flight.stage {
            Stage::Waiting => {
                self.unwait(&queue, priority, stream);
                self.count(&queue);
            }
            Stage::Emitted { .. } | Stage::Started { .. } => {}
        }
        let busy = self.guard(&queue, live);
        let flight = self.flights.get_mut(&stream)?;
        let first = matches!(flight.stage, Stage::Waiting);
        flight.stage = Stage::Emitted { again_at, busy };
        if !first && live {
            flight.emission = flight.emission.wrapping_add(1);
        }
        (first || live).then(|| notice(stream, flight, self.partition))
    }

    /// How long a question may keep us waiting: twice as long after each repeat, up to 32 times.
    fn patience_for(&self, channel: Channel, repeats: u32) -> Duration {
        let once = match channel {
            Channel::Call => self.reemit_calls_after,
            Channel::Sms | Channel::Email | Channel::Social | Channel::Letter => self.reemit_after,
        };
        once.saturating_mul(1 << repeats.min(MAX_DOUBLINGS))
    }

    /// A virtual clock waits for an emitted escalation while a live worker may take it; a call task waits for a person,
    /// and the clock does not (time, 2).
    fn guard(&self, queue: &Queue, live: bool) -> Option<Busy> {
        (live && queue.1 != Channel::Call).then(|| self.activity.begin())
    }

    /// Takes or drops the guards of emitted ones where the first credit came or the last one lapsed.
    fn see_credits(&mut self, credits: &Credits) {
        let queues: BTreeSet<Queue> = self.outstanding.keys().chain(self.waiting.keys()).cloned().collect();
        let live: BTreeSet<Queue> =
            queues.into_iter().filter(|queue| credits.amount(&queue.0, queue.1) > 0).collect();
        if live == self.live {
            return;
        }
        for flight in self.flights.values_mut() {
            let is_live = live.contains(&flight.queue);
            if let Stage::Emitted { busy, .. } = &mut flight.stage {
                let wanted = is_live && flight.queue.1 != Channel::Call;
                *busy = wanted.then(|| busy.take().unwrap_or_else(|| self.activity.begin()));
            }
        }
        self.live = live;
    }

    /// When [`Self::emit`] or [`Self::recall`] has something to do again even if nothing comes in, monotonic.
    pub(crate) fn next_alarm(&self) -> Option<Duration> {
        let alarm = self.alarms.first().map(|(at, _)| *at);
        alarm.into_iter().chain(self.recalls.next()).min()
    }
}

fn notice(stream: StreamId, flight: &Flight, partition: u16) -> EscalationNotice {
    EscalationNotice {
        id: EscalationId { stream, number: flight.number },
        tenant: flight.queue.0.clone(),
        channel: flight.queue.1,
        partition,
        emission: flight.emission,
        priority: flight.priority,
        expires_at: flight.expires_at,
        trace: flight.trace,
    }
}
