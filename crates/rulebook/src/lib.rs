//! The rulebook: text files that operators own, checked and compiled.
//!
//! **Guarantee:** what [`load_dir`] and [`compile_sources`] give holds everything that `domain::rulebook` says of it;
//! nothing is checked again where decisions are made.
//! **Guarantee:** all that is wrong is reported at once, each [`Problem`] with its file, line and remedy.
//! **Guarantee:** the hash covers the sources, the zone data, the guard's word lists and those for replies; the same hash is the same rules.
//!
//! What it leaves out: activating a rulebook (the scheduler) and storing its sources (the event log).

mod archive;
mod bundled;
mod check;
mod compile;
mod digest;
mod directory;
mod draft;
mod problem;
mod read;
mod suggest;
mod summary;
mod zones;

pub use archive::{MAX_FILE_BYTES, MAX_FILES, MAX_TOTAL_BYTES};
pub use bundled::{BUNDLED, bundled, bundled_files};
pub use compile::{Compiled, compile_sources};
pub use directory::load_dir;
pub use problem::{Problem, Report};
pub use summary::Summary;
pub use zones::{tzdb_version, zones};
