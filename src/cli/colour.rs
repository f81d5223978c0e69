//! The decision whether output is coloured.

use std::io::IsTerminal;

use crate::config::screen::Colors;
use crate::tui::Theme;

/// Whether standard output is a terminal, and colours are not ruled out (<https://no-color.org>).
pub fn coloured() -> bool {
    std::io::stdout().is_terminal() && Theme::of_environment(Colors::Auto) != Theme::Plain
}
