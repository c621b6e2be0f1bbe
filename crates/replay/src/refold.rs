//! A debtor's state as it was, folded from the log alone.

use domain::debtor::Debtor;
use domain::ids::{Position, StreamId};
use domain::time::Timestamp;
use event_log::record::Recorded;

use crate::error::ReplayError;
use crate::log::LogReader;
use crate::reader::Entry;

/// Up to where a debtor is folded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UpTo {
    /// All that is in the log.
    Head,
    /// What was decided at this instant or earlier.
    Instant(Timestamp),
    /// What stands at this position or earlier.
    Position(Position),
}

impl UpTo {
    /// Whether this row is folded.
    pub fn covers(self, row: &Recorded) -> bool {
        match self {
            Self::Head => true,
            Self::Instant(at) => row.event.at <= at,
            Self::Position(position) => row.position <= position,
        }
    }
}

/// A debtor as of some moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refolded {
    /// In which partition.
    pub partition: u16,
    /// The state.
    pub debtor: Debtor,
    /// The events that it was folded from, oldest first.
    pub entries: Vec<Entry>,
}

/// Folds a debtor; an error if the log has no event of theirs up to there.
pub async fn refold(log: &LogReader, stream: StreamId, up_to: UpTo) -> Result<Refolded, ReplayError> {
    let (partition, rows) = log.find(stream).await?;
    let covered = rows.into_iter().take_while(|row| up_to.covers(row));
    let entries = covered.map(Entry::read).collect::<Result<Vec<_>, _>>()?;
    let debtor = fold(&entries).ok_or(ReplayError::UnknownDebtor { stream })?;
    Ok(Refolded { partition, debtor, entries })
}

/// The state that a debtor's events lead to; none without events.
pub fn fold(entries: &[Entry]) -> Option<Debtor> {
    let mut debtor = Debtor::new(entries.first()?.recorded.event.tenant.clone());
    entries.iter().for_each(|entry| debtor.evolve(&entry.event, entry.place()));
    Some(debtor)
}
