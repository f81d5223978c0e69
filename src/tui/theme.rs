//! Styles: the terminal's own 16 colours, so that its owner's scheme decides how they look, and no colour for a
//! background, so that any background does.

use ratatui::style::{Color, Modifier, Style};

use crate::config::screen::Colors;

/// The colour scheme, which gives the styles of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Without colours.
    Plain,
    /// For a dark background.
    Dark,
    /// For a light background, on which cyan, green and yellow fade away.
    Light,
}

impl Theme {
    /// The theme that is asked for: `no_color` and `background` are what `NO_COLOR` and `COLORFGBG` hold. The latter is
    /// `foreground;background` (some terminals put a third number between them), each one of the 16 colours.
    pub fn choose(colors: Colors, no_color: Option<&str>, background: Option<&str>) -> Self {
        let paper = background.and_then(|both| both.rsplit(';').next()?.parse::<u8>().ok());
        match colors {
            Colors::None => Self::Plain,
            Colors::Light => Self::Light,
            Colors::Auto if no_color.is_some_and(|value| !value.is_empty()) => Self::Plain,
            Colors::Auto if paper.is_some_and(|paper| paper == 7 || (9..=15).contains(&paper)) => Self::Light,
            Colors::Auto | Colors::Dark => Self::Dark,
        }
    }

    /// The theme that the settings and this terminal ask for.
    pub fn of_environment(colors: Colors) -> Self {
        let env = |name| std::env::var(name).ok();
        Self::choose(colors, env("NO_COLOR").as_deref(), env("COLORFGBG").as_deref())
    }

    /// The style of text in a colour.
    pub fn ink(self, color: Color) -> Style {
        match (self, color) {
            (Self::Plain, _) => Style::new(),
            (Self::Light, Color::Cyan) => Style::new().fg(Color::Blue),
            (_, color) => Style::new().fg(color),
        }
    }

    /// The style of a word that is seen from across the room.
    pub fn badge(self, color: Color) -> Style {
        self.ink(color).add_modifier(Modifier::BOLD | Modifier::REVERSED)
    }

    /// The style of errors.
    pub fn error(self) -> Style {
        self.ink(Color::Red)
    }

    /// The style of the person's own words.
    pub fn you(self) -> Style {
        self.ink(Color::Green).add_modifier(Modifier::BOLD)
    }

    /// The style of golem's words.
    pub fn golem(self) -> Style {
        self.ink(Color::Cyan).add_modifier(Modifier::BOLD)
    }

    /// The style of words that sound, or have sounded, of a reply under way.
    pub fn lit(self) -> Style {
        self.ink(Color::Cyan)
    }
}

/// The style of what matters less: dimmed rather than grey, because grey vanishes on some schemes.
pub fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

/// The style of words that were never heard.
pub fn struck() -> Style {
    dim().add_modifier(Modifier::CROSSED_OUT)
}

/// The style of search results.
pub fn found() -> Style {
    Style::new().add_modifier(Modifier::REVERSED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_theme_follows_the_config_then_the_environment() {
        let auto = |no_color, background| Theme::choose(Colors::Auto, no_color, background);
        assert_eq!(auto(None, None), Theme::Dark);
        assert_eq!(auto(Some("1"), Some("0;15")), Theme::Plain);
        assert_eq!(auto(Some(""), Some("0;15")), Theme::Light);
        assert_eq!(auto(None, Some("15;default;0")), Theme::Dark);
        assert_eq!(auto(None, Some("12;8")), Theme::Dark);
        assert_eq!(auto(None, Some("default;default")), Theme::Dark);
        assert_eq!(Theme::choose(Colors::Light, Some("1"), None), Theme::Light);
        assert_eq!(Theme::choose(Colors::None, None, None), Theme::Plain);
    }
}
