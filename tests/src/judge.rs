//! What must hold of a run: the promises, worked out from the log and from the providers' own record.
//!
//! **Invariant:** nothing here asks the decider, the rules or the zone data; hours, caps and stops are worked out anew.
//! Each judgement gives a sentence for every breach, so that a failing seed explains itself.

pub mod contacts;
pub mod facts;
pub mod future;
pub mod hours;
pub mod log;
pub mod stops;

use std::collections::BTreeMap;

use domain::event::{Delivery, Escalation, Event};
use domain::ids::{EscalationId, StreamId};
use domain::time::Timestamp;
use event_log::record::Recorded;

use crate::town::Town;
use crate::town::people::Person;
use crate::town::record::{Seen, Submission};

/// All that is judged.
pub struct Evidence<'a> {
    /// The town, for its people and keys.
    pub town: &'a Town,
    /// The log.
    pub rows: Vec<Recorded>,
    /// The same, read.
    pub events: Vec<Event>,
    /// What was seen from outside.
    pub seen: Seen,
    people: BTreeMap<StreamId, &'a Person>,
    escalations: BTreeMap<EscalationId, usize>,
    deliveries: BTreeMap<EscalationId, usize>,
}

impl<'a> Evidence<'a> {
    /// Takes the evidence as it is now.
    #[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    pub fn of(town: &'a Town) -> Self {
        let rows = town.rows();
        let read = |row: &Recorded| {
            let event = &row.event;
            contract::event::decode(event.kind, event.schema, &event.payload).unwrap()
        };
        let events: Vec<Event> = rows.iter().map(read).collect();
        let (mut escalations, mut deliveries) = (BTreeMap::new(), BTreeMap::new());
        for (index, (row, event)) in rows.iter().zip(&events).enumerate() {
            if let Event::Escalated(Escalation { number, .. }) = event {
                escalations.insert(EscalationId { stream: row.event.stream, number: *number }, index);
            }
            if let Event::DeliveryStarted(Delivery { number, .. }) = event {
                deliveries.insert(EscalationId { stream: row.event.stream, number: *number }, index);
            }
        }
        let people = town.people().iter().map(|person| (person.stream, person)).collect();
        Self { town, seen: town.seen(), rows, events, people, escalations, deliveries }
    }

    /// Whose escalation it is.
    pub fn person(&self, id: EscalationId) -> Option<&'a Person> {
        self.people.get(&id.stream).copied()
    }

    /// The escalation, and when it was decided.
    pub fn escalation(&self, id: EscalationId) -> Option<(Timestamp, &Escalation)> {
        let index = *self.escalations.get(&id)?;
        let Event::Escalated(escalation) = self.events.get(index)? else { return None };
        Some((self.rows.get(index)?.event.at, escalation))
    }

    /// The permit, and when it was granted.
    pub fn delivery(&self, id: EscalationId) -> Option<(Timestamp, &Delivery)> {
        let index = *self.deliveries.get(&id)?;
        let Event::DeliveryStarted(delivery) = self.events.get(index)? else { return None };
        Some((self.rows.get(index)?.event.at, delivery))
    }

    /// Every breach of what may be asked of any run.
    pub fn breaches(&self) -> Vec<String> {
        let each = |judge: fn(&Self, &Submission) -> Vec<String>| {
            self.seen.submissions.iter().flat_map(move |submission| judge(self, submission))
        };
        let mut breaches: Vec<String> = each(contacts::permitted).collect();
        breaches.extend(each(hours::inside));
        breaches.extend(each(stops::respected));
        breaches.extend(contacts::once(self));
        breaches.extend(contacts::capped(self));
        breaches.extend(facts::kept(self));
        breaches.extend(log::whole(self));
        breaches.extend(future::of_every_claim(self));
        breaches
    }
}
