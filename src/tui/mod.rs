//! The screen of a live golem, and a front end without a screen for pipes: updates in, requests out.
//!
//! `app` is the state, `keys` gives keys and clicks their meaning, `render` draws the state, `screen` sets the pace of
//! drawing, `tty` owns the terminal, `suspend` releases it for a while, `plain` writes lines instead. None of them
//! knows more of golem than [`crate::control`] defines.

mod app;
mod header;
mod help;
mod input;
mod keys;
mod latency;
mod log;
mod menu;
mod meters;
mod panel;
pub mod plain;
mod render;
mod reply;
mod save;
mod screen;
mod scroll;
mod suspend;
mod talk;
#[cfg(test)]
mod tests;
mod theme;
mod tty;
mod wrap;

pub use app::{App, KeyEffect, Redraw};
pub use plain::run_plain;
pub use render::draw;
pub use screen::run;
pub use suspend::SoundPlace;
pub use theme::Theme;
pub use tty::rescue;

/// Why a front end could not go on.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// The terminal cannot be read or drawn on.
    #[error("cannot use the terminal: {0}; `golem --plain` needs none")]
    Terminal(#[source] std::io::Error),
    /// Standard output cannot be written.
    #[error("cannot write to standard output: {0}; is the disk full?")]
    Output(#[source] std::io::Error),
    /// A part of golem panicked; the panic was printed when it happened.
    #[error("golem has ended because a part of it failed, as told above; `golem log` shows what happened before")]
    Panicked,
    /// Golem itself gave up; the reason says what to do.
    #[error("{0}")]
    Fatal(String),
}
