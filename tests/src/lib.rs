//! What crosses crates: journeys, by theme, in `tests/`.
