//! Figures as they are printed: shares, and the middle of several rounds with their ends.

use std::time::Duration;

/// A count as a number to divide.
#[expect(clippy::cast_precision_loss, reason = "counts of a measurement are far below 2^52")]
pub const fn count(count: usize) -> f64 {
    count as f64
}

/// The same of a longer one.
#[expect(clippy::cast_precision_loss, reason = "counts of a measurement are far below 2^52")]
pub const fn count64(count: u64) -> f64 {
    count as f64
}

/// So many in that time, for each second.
pub fn rate(what: usize, took: Duration) -> f64 {
    count(what) / took.as_secs_f64().max(1e-9)
}

/// The middle of several rounds.
pub fn median(figures: &[f64]) -> f64 {
    quantile(figures, 0.5)
}

/// The figure below which this share of them lies.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index within the list")]
pub fn quantile(figures: &[f64], share: f64) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (count(sorted.len()) * share) as usize;
    sorted.get(place.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// `median (least to most)`, with so many decimals.
pub fn spread(figures: &[f64], decimals: usize) -> String {
    let (least, most) = (quantile(figures, 0.0), quantile(figures, 1.0));
    format!("{:.decimals$} ({least:.decimals$} to {most:.decimals$})", median(figures))
}
