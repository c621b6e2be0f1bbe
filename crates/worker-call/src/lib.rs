//! The call list: tasks that agents work, one call at a time (R2, R17, R40; protocol, permits 10).
//!
//! Taking a task is a lease, not a permit.
//! The permit is asked when the agent opens the number, and what is shown then, script and dossier, is what stands in
//! the log as the rendered message.
//! **Invariant:** two agents never hold the same task; no number is shown without a permit, nor later than its time;
//! what the desk knows is in memory only and comes back by re-emission.

pub mod config;
pub mod desk;
pub mod disposition;
pub mod error;
mod list;
pub mod view;

pub use config::DeskConfig;
pub use desk::{CallDesk, Opening};
pub use disposition::{DispositionForm, ReachForm, SaidForm};
pub use error::DeskError;
pub use view::{CallView, Filter, LeaseView, TaskState, TaskView};
