//! The progress bar of a fetch: rate and time left on a terminal, a line now and then elsewhere.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

use super::folders::tell;
use crate::model::bytes::Bytes;
use crate::model::fetch::Progress;

/// The line on a terminal.
const TEMPLATE: &str = "{prefix} [{wide_bar}] {percent:>3} %  {decimal_bytes} of {decimal_total_bytes}  \
                        {decimal_bytes_per_sec}  {eta} left";
/// Percent between two lines where there is no terminal.
const STEP: u64 = 10;

/// Shows one model's progress on standard error.
pub struct Bar {
    name: String,
    drawn: ProgressBar,
    terminal: bool,
    /// Next percentage at which a line is printed.
    next: AtomicU64,
}

impl Bar {
    /// The bar of the model called `name`.
    pub fn new(name: &str) -> Self {
        let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(0).with_prefix(name.to_owned()).with_style(style.progress_chars("#--"));
        Self { name: name.into(), drawn: bar, terminal: std::io::stderr().is_terminal(), next: AtomicU64::new(0) }
    }

    /// Wipes the bar away.
    pub fn clear(&self) {
        self.drawn.finish_and_clear();
    }
}

impl Progress for Bar {
    fn at(&self, _: &str, done: u64, total: u64) {
        self.drawn.set_length(total);
        self.drawn.set_position(done);
        let percent = percent(done, total);
        if !self.terminal && done > 0 && percent >= self.next.load(Ordering::Relaxed) {
            self.next.store(percent / STEP * STEP + STEP, Ordering::Relaxed);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a positive rate, far from 2^64"
            )]
            let rate = Bytes(self.drawn.per_sec() as u64);
            tell(&format!("{}: {percent} %, {} of {}, {rate}/s", self.name, Bytes(done), Bytes(total)));
        }
    }

    fn say(&self, line: &str) {
        self.drawn.suspend(|| tell(line));
    }
}

fn percent(done: u64, total: u64) -> u64 {
    done.saturating_mul(100).checked_div(total).unwrap_or(100).min(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_one_and_nothing_divides_by_zero() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
        assert_eq!([percent(0, 0), percent(1, 3), percent(9, 3)], [100, 33, 100]);
    }
}
