//! Metrics: what golem counts and times about itself, as figures for people and for Prometheus.

mod count;
pub(crate) mod family;
pub mod histogram;
mod render;
mod summary;
#[cfg(test)]
mod tests;

pub use count::{MOMENTS, Metrics, Process, STAGES};
pub use summary::{BargeIns, Spread, Summary};

/// The value below which a share `q` (0..=1) of `sorted` lies, by nearest rank; `None` when empty.
#[must_use]
pub fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    let rank = (q.clamp(0.0, 1.0) * sorted.len() as f64).ceil().max(1.0) as usize - 1;
    sorted.get(rank.min(last)).copied()
}
