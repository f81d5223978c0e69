//! The progress bar of a fetch: rate and time left on a terminal, a line now and then elsewhere.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::model::bytes::Bytes;
use crate::model::fetch::Progress;

/// The bar is drawn at most so often.
const REDRAW: Duration = Duration::from_millis(100);
/// The rate is that of about the last so many seconds.
const SMOOTH: f64 = 5.0;
/// Without a terminal, a line is printed every so many percent.
const STEP: u64 = 10;
/// Width of a terminal that does not report its own.
const WIDTH: usize = 80;

/// Shows one model's progress on standard error.
pub struct Bar {
    name: String,
    terminal: bool,
    state: Mutex<BarState>,
}

struct BarState {
    /// Time and bytes done at the last update.
    last: Option<(Instant, u64)>,
    /// Bytes per second.
    rate: f64,
    /// Next percentage at which a line is printed.
    next: u64,
    /// Whether a bar stands on the terminal's last line.
    drawn: bool,
}

impl Bar {
    /// The bar of the model called `name`.
    pub fn new(name: &str) -> Self {
        let state = BarState { last: None, rate: 0.0, next: 0, drawn: false };
        Self { name: name.into(), terminal: std::io::stderr().is_terminal(), state: Mutex::new(state) }
    }

    /// Wipes the bar away.
    pub fn clear(&self) {
        wipe(&mut self.state());
    }

    fn state(&self) -> MutexGuard<'_, BarState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wipe(state: &mut BarState) {
    if std::mem::take(&mut state.drawn) {
        // Errors do not matter: if standard error is closed, the bar is not seen.
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
}

impl Progress for Bar {
    fn at(&self, _: &str, done: u64, total: u64) {
        let mut state = self.state();
        let now = Instant::now();
        let Some((then, before)) = state.last else {
            state.last = Some((now, done));
            return;
        };
        let passed = now.duration_since(then);
        if passed < REDRAW && done < total {
            return;
        }
        state.rate = smooth(state.rate, done.saturating_sub(before), passed);
        state.last = Some((now, done));
        if self.terminal {
            let shown = line(&self.name, done, total, state.rate, width());
            let _ = write!(std::io::stderr(), "\r{shown}\x1b[K");
            state.drawn = true;
        } else if percent(done, total) >= state.next {
            state.next = percent(done, total) / STEP * STEP + STEP;
            let (done_, total_, rate) = (Bytes(done), Bytes(total), per_second(state.rate));
            super::shelf::tell(&format!("{}: {} %, {done_} of {total_}, {rate}", self.name, percent(done, total)));
        }
    }

    fn say(&self, line: &str) {
        wipe(&mut self.state());
        super::shelf::tell(line);
    }
}

/// The rate after `bytes` more came in `passed`.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn smooth(rate: f64, bytes: u64, passed: Duration) -> f64 {
    let passed = passed.as_secs_f64().max(1e-3);
    let now = bytes as f64 / passed;
    if rate <= 0.0 { now } else { rate + (now - rate) * (1.0 - (-passed / SMOOTH).exp()) }
}

fn percent(done: u64, total: u64) -> u64 {
    done.saturating_mul(100).checked_div(total).unwrap_or(100).min(100)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate is positive and far from 2^64")]
fn per_second(rate: f64) -> String {
    format!("{}/s", Bytes(rate as u64))
}

/// One line, no longer than the terminal is wide: name, bar, share, bytes, rate and time left.
fn line(name: &str, done: u64, total: u64, rate: f64, width: usize) -> String {
    let figures = format!(
        " {:>3} %  {} of {}  {}  {}",
        percent(done, total),
        Bytes(done),
        Bytes(total),
        per_second(rate),
        left(total.saturating_sub(done), rate)
    );
    let room = width.saturating_sub(1 + figures.len());
    let name: String = name.chars().take(room).collect();
    let bar = room.saturating_sub(name.chars().count() + 3).min(30);
    if bar < 5 {
        return format!("{name}{figures}");
    }
    let full = usize::try_from(percent(done, total)).unwrap_or(100) * bar / 100;
    format!("{name} [{}{}]{figures}", "#".repeat(full), "-".repeat(bar - full))
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds")]
fn left(bytes: u64, rate: f64) -> String {
    if rate < 1.0 {
        return "-:-- left".into();
    }
    let seconds = (bytes as f64 / rate).ceil() as u64;
    match seconds {
        0..3600 => format!("{}:{:02} left", seconds / 60, seconds % 60),
        _ => format!("{}:{:02} h left", seconds / 3600, seconds / 60 % 60),
    }
}

fn width() -> usize {
    let size = rustix::termios::tcgetwinsize(std::io::stderr());
    size.ok().map(|size| size.ws_col.into()).filter(|&columns| columns > 0).unwrap_or(WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fits_and_tells_rate_and_time_left() {
        let shown = line("whisper-base.en", 65_100_000, 145_000_000, 12_300_000.0, 100);
        let bar = format!("[{}{}]", "#".repeat(13), "-".repeat(17));
        assert_eq!(shown, format!("whisper-base.en {bar}  44 %  65.1 MB of 145 MB  12.3 MB/s  0:07 left"));
        for width in 40..200 {
            let long = line("a-model-with-quite-a-long-name", 1, 8_000_000_000, 1_500_000.0, width);
            assert!(long.chars().count() < width.max(55), "{width}: {long}");
        }
    }

    #[test]
    fn the_rate_follows_slowly_and_nothing_divides_by_zero() {
        assert!((smooth(0.0, 1000, Duration::from_secs(1)) - 1000.0).abs() < 1e-6);
        let later = smooth(1000.0, 0, Duration::from_millis(100));
        assert!(later > 900.0 && later < 1000.0);
        assert_eq!(left(5, 0.0), "-:-- left");
        assert_eq!(left(7_200_000, 1000.0), "2:00 h left");
        assert_eq!(percent(0, 0), 100);
    }
}
