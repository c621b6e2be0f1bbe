//! How an event changes the state: `evolve(state, event) -> state`.

use crate::debtor::Debtor;
use crate::event::Event;
use crate::ids::Position;
use crate::time::Timestamp;

/// Where and when an event stands in the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Its position, or [`Position::PENDING`] while it is only being weighed.
    pub position: Position,
    /// The instant of its decision.
    pub at: Timestamp,
    /// When what it states happened.
    pub occurred_at: Timestamp,
}

impl Debtor {
    /// Folds one event in. Total: every event of the log folds, whatever came before it.
    pub fn evolve(&mut self, event: &Event, place: Place) {
        let _ = (event, place);
        self.version += 1;
    }
}
