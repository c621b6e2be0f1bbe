//! An input that waits, tried again because an operator says so: it is drained, or stays where it is.

use contract::wire::{Addressee, FactMessage, Filed, Receipt};
use event_log::record::ParkedRow;

use crate::batch::{Verdict, Work};
use crate::round::quarantine::QUARANTINE;
use crate::round::{InputFailed, Round};

impl Round<'_> {
    /// Decides it as if it came now.
    pub(crate) fn take_again(&mut self, row: &ParkedRow, work: &Work) -> Result<Verdict, InputFailed> {
        let (verdict, is_through) = match work {
            Work::Fact(message) => {
                let receipt = self.fact_again(row, message)?;
                let is_through = matches!(receipt, Receipt::Recorded | Receipt::Duplicate);
                (Verdict::Receipt(receipt), is_through)
            }
            Work::Outcome(message) => {
                let filed = self.outcome(message)?;
                (Verdict::Filed(filed), matches!(filed, Filed::Recorded | Filed::NothingNew))
            }
            // Neither ever waits beside the log.
            Work::Permit { .. } | Work::Due(_) => (Verdict::Done, false),
        };
        if is_through {
            self.draft.unpark(row.key);
        }
        Ok(verdict)
    }

    /// The key of a fact that waits is recorded, that of one in quarantine is not.
    fn fact_again(&mut self, row: &ParkedRow, message: &FactMessage) -> Result<Receipt, InputFailed> {
        if row.claim == QUARANTINE {
            return self.fact(message);
        }
        let stream = match message.addressee {
            Addressee::Debtor(stream) => Some(stream),
            Addressee::OwnerOf(claim) => self.owner_of(claim),
            Addressee::UsersOf(point) => self.users_of(point).first().copied(),
        };
        stream.map_or(Ok(Receipt::Parked), |stream| self.fact_about(stream, message, false))
    }
}
