//! The scheduler: the one writer of each partition. It turns facts, outcomes, permit questions and the passing of time
//! into events, and only after their commit into answers and escalations.
//!
//! | file | holds |
//! |---|---|
//! | [`scheduler`], [`equipment`] | starting and stopping, and with what |
//! | [`share`] | which partitions fall to this process among many |
//! | `owner` | one partition: takeover, the loop, commit, checkpoint |
//! | `round` | one append: inputs decided in order against a working set |
//! | `batch` | what arrived, and where the answers go |
//! | `cache`, `due_index`, `ready_set` | what memory knows over the checkpoint |
//! | `credits`, `flights` | what workers can take, and what is under way |
//! | [`health`] | how each partition is, and its figures |
//! | [`feed`], [`intake`] | what an owner tells beside its answers, and learns beside its lanes |
//! | [`render`] | the seam to templates and content rules |
//! | `vault` | the seam to keys |
//!
//! **Invariant:** every answer and every emission follows a commit under the owner's epoch.
//! **Invariant:** no time, randomness or task but from [`runtime::Runtime`]; no hash-map order anywhere.
//! Not here: what is decided (`domain`), how it is stored (`event-log`), what the words are (`content`).

mod batch;
mod cache;
mod credits;
mod desk;
mod due_index;
mod flights;
mod owner;
mod ready_set;
mod round;
mod vault;

pub mod config;
pub mod equipment;
pub mod error;
pub mod feed;
pub mod health;
pub mod intake;
mod last_word;
pub mod render;
pub mod scheduler;
pub mod share;

pub use config::SchedulerConfig;
pub use equipment::{Equipment, IntakeAge, Outside};
pub use error::SchedulerError;
pub use feed::{Publishing, Standing, standing};
pub use health::{Figures, Health, PartitionHealth};
pub use intake::watch_intake;
pub use owner::{Reopened, reopen};
pub use render::{RenderClaim, RenderRequest, Renderer, TimelineLine};
pub use scheduler::{Handle, Scheduler};
pub use share::Sharing;
pub use vault::search_form;
