//! Escalations that are over, so that one whose recall came before the call itself is not listed any more.
//!
//! An escalation that is over never comes back: what is remembered stays true. With more than the limit the oldest are
//! forgotten, and the permit decides.

use std::collections::{BTreeSet, VecDeque};

use domain::ids::EscalationId;

/// Most that are remembered.
const MAX_RECALLED: usize = 10_000;

/// Which.
#[derive(Default)]
pub(super) struct Recalled {
    known: BTreeSet<EscalationId>,
    /// The oldest first.
    order: VecDeque<EscalationId>,
}

impl Recalled {
    pub(super) fn add(&mut self, id: EscalationId) {
        if self.known.insert(id) {
            self.order.push_back(id);
        }
        if self.order.len() > MAX_RECALLED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    pub(super) fn has(&self, id: &EscalationId) -> bool {
        self.known.contains(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::StreamId;

    #[test]
    fn the_oldest_are_forgotten() {
        let id = |number| EscalationId { stream: StreamId::new([3; 16]), number };
        let mut recalled = Recalled::default();
        (0..=10_000).for_each(|number| recalled.add(id(number)));
        recalled.add(id(10_000));
        assert_eq!([0, 1, 10_000].map(|number| recalled.has(&id(number))), [false, true, true]);
        assert_eq!((recalled.known.len(), recalled.order.len()), (MAX_RECALLED, MAX_RECALLED));
    }
}
