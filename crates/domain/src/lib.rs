//! The pure core of Mahnwerk: what is decided about a debtor, and why.
//!
//! Everything here is a function of its arguments.
//! **Invariant:** no I/O, no async, no clock, no randomness, no floats, no serde, no hash-ordered map, no dependency.
//! **Invariant:** no personal value is ever seen here; a person's data is named by keyed digests and by positions in the log.
//!
//! The three functions that everything else carries bytes to and from:
//! [`decide`](decide::decide), [`Debtor::evolve`](debtor::Debtor::evolve) and [`next_due`](next_due::next_due).

pub mod attempt;
pub mod calendar;
pub mod channel;
pub mod claim;
pub mod contact;
pub mod debtor;
pub mod decide;
pub mod event;
pub mod evolve;
pub mod fact;
pub mod hold;
pub mod ids;
pub mod inbound;
pub mod input;
pub mod label;
pub mod money;
pub mod next_due;
pub mod outcome;
pub mod redecide;
pub mod rulebook;
pub mod rules;
pub mod time;
pub mod zone;

/// Revision of the decider: raised whenever the same log and rulebook would be decided otherwise.
pub const DECIDER_REVISION: u32 = 2;

/// Revision of the folded state: raised whenever [`debtor::Debtor`] or its fold changes shape or meaning.
pub const STATE_REVISION: u32 = 2;
