//! The audio context of Whisper, as the config writes it.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Whisper's window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum AudioContext {
    /// As long as the utterance needs, and at least what the model is known to need.
    #[default]
    Auto,
    /// At least so many seconds, 1 to 30.
    Seconds(u8),
    /// Always the 30 s that Whisper was trained on.
    Full,
}

impl FromStr for AudioContext {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let seconds = |text: &str| text.strip_suffix('s')?.trim().parse().ok().filter(|count| (1..=30).contains(count));
        match text {
            "auto" => Ok(Self::Auto),
            "full" => Ok(Self::Full),
            _ => seconds(text).map(Self::Seconds).ok_or_else(|| "write auto, full, or seconds such as 12s".into()),
        }
    }
}

impl TryFrom<String> for AudioContext {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<AudioContext> for String {
    fn from(context: AudioContext) -> Self {
        match context {
            AudioContext::Auto => "auto".into(),
            AudioContext::Seconds(seconds) => format!("{seconds}s"),
            AudioContext::Full => "full".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_written_as_they_are_read() {
        for text in ["auto", "full", "12s", "30s"] {
            assert_eq!(String::from(text.parse::<AudioContext>().unwrap()), text);
        }
        for text in ["", "12", "0s", "31s", "s", "automatic"] {
            assert!(text.parse::<AudioContext>().unwrap_err().contains("12s"), "{text}");
        }
    }
}
