//! What decisions are made with, besides the debtor: rulebook, renderer, keys and limits. The same for a whole run.

use std::sync::Arc;

use domain::rulebook::Rulebook;

use crate::config::SchedulerConfig;
use crate::render::Renderer;
use crate::vault::Vault;

/// The tools of one partition's owner.
pub(crate) struct Desk {
    /// The partition.
    pub(crate) partition: u16,
    /// The rules.
    pub(crate) rulebook: Arc<Rulebook>,
    /// Makes the words.
    pub(crate) renderer: Arc<dyn Renderer>,
    /// Holds the keys.
    pub(crate) vault: Vault,
    /// Limits and intervals.
    pub(crate) config: SchedulerConfig,
}
