//! What crosses crates: journeys and structure checks, by theme, in `tests/`. Here is only what they share.

pub mod repository;
