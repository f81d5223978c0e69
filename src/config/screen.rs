//! Settings of the screen: its look and its keys.

use serde::{Deserialize, Serialize};

/// How the screen looks and what its keys mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScreenConfig {
    /// What the space bar does: `mute` or `talk`.
    pub space: Space,
    /// `auto`, `dark`, `light` or `none`.
    pub colors: Colors,
    /// Whether the mouse scrolls, mutes and chooses; the terminal's own selection then wants Shift held down.
    pub mouse: bool,
}

/// What the space bar does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Space {
    /// Mutes the microphone and unmutes it.
    #[default]
    Mute,
    /// Push to talk: held down where the terminal reports key releases, pressed twice elsewhere.
    Talk,
}

/// Which of the terminal's 16 colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colors {
    /// None where `NO_COLOR` is set, those for a light background where the terminal reports one (`COLORFGBG`), else
    /// those for a dark one.
    #[default]
    Auto,
    /// Colours that read well on a dark background.
    Dark,
    /// Colours that read well on a light background.
    Light,
    /// None: bold, dim and reversed convey the same.
    None,
}

impl Default for ScreenConfig {
    fn default() -> Self {
        Self { space: Space::Mute, colors: Colors::Auto, mouse: true }
    }
}
