//! Playing facts in at their own instants, on a virtual clock or a real one.

mod file;
mod player;

use contract::wire::FactMessage;
use domain::time::Timestamp;

pub use file::FileFeed;
pub use player::{FeedReport, Player, Progress};

/// Something that has facts for instants to come: a file, or a generator.
pub trait Source: Send {
    /// The earliest instant for which it has facts, as far as it knows now.
    fn next_at(&self) -> Option<Timestamp>;

    /// Hands out its facts of that instant, and of any earlier one that is left, in order.
    fn take(&mut self, at: Timestamp) -> Vec<FactMessage>;

    /// Forgets its facts of instants before this one: they were acknowledged before a restart.
    fn skip_before(&mut self, at: Timestamp) {
        while let Some(next) = self.next_at().filter(|next| *next < at) {
            if self.take(next).is_empty() && self.next_at() == Some(next) {
                return;
            }
        }
    }
}
