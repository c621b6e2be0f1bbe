//! What crosses crates: journeys and structure checks, by theme, in `tests/`. Here is only what they share.
//!
//! | module | holds |
//! |---|---|
//! | [`repository`] | the repository as a folder of texts |
//! | [`draw`] | seeded draws |
//! | [`town`] | the real scheduler, workers and call desk in a made-up town, on the simulated executor |
//! | [`judge`] | what must hold of a run, worked out without the code that is judged |

pub mod draw;
pub mod judge;
pub mod repository;
pub mod town;
