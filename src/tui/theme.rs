//! Styles: the terminal's own 16 colours, so that its owner's light or dark scheme decides how they look.

use ratatui::style::{Color, Modifier, Style};

/// Hands out styles, with colours or (`NO_COLOR`) without.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    color: bool,
}

impl Theme {
    /// A theme with colours or without.
    pub fn new(color: bool) -> Self {
        Self { color }
    }

    /// Text in a colour.
    pub fn ink(self, color: Color) -> Style {
        if self.color { Style::new().fg(color) } else { Style::new() }
    }

    /// A word that is seen from across the room.
    pub fn badge(self, color: Color) -> Style {
        self.ink(color).add_modifier(Modifier::BOLD | Modifier::REVERSED)
    }

    /// What went wrong.
    pub fn error(self) -> Style {
        self.ink(Color::Red)
    }

    /// The person's own words.
    pub fn you(self) -> Style {
        self.ink(Color::Green).add_modifier(Modifier::BOLD)
    }

    /// Golem's words.
    pub fn golem(self) -> Style {
        self.ink(Color::Cyan).add_modifier(Modifier::BOLD)
    }
}

/// What matters less. Dimmed rather than grey: grey vanishes on some schemes.
pub fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

/// What was never heard.
pub fn struck() -> Style {
    dim().add_modifier(Modifier::CROSSED_OUT)
}
