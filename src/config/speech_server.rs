//! A server with OpenAI's interface for audio, as the settings name it.

use serde::{Deserialize, Serialize};

use super::address::{ServerAddress, key_fault, leads_elsewhere, openai_base};

/// The default address of a `golem serve` on this machine.
const GOLEM: &str = "http://127.0.0.1:8880";

/// A server for speech to text or for text to speech.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpeechServerConfig {
    /// Its address as the settings have it; empty for a golem on this machine.
    pub url: String,
    /// What it calls the model; empty in the settings for the name that all of them know.
    pub model: String,
    /// What it calls the voice; empty for speech to text.
    pub voice: String,
    /// Environment variable that holds its key; empty for none.
    pub key_env: String,
}

impl SpeechServerConfig {
    /// The address that requests begin with, without a slash at its end.
    pub fn base(&self) -> String {
        openai_base(if self.url.is_empty() { GOLEM } else { &self.url })
    }

    /// The voice or the model, and the server, for people.
    pub fn label(&self) -> String {
        let (name, url) = (if self.voice.is_empty() { &self.model } else { &self.voice }, self.base());
        format!("{name} at {}", url.strip_suffix("/v1").unwrap_or(&url))
    }

    /// Whether what is said leaves this machine.
    pub fn is_elsewhere(&self) -> bool {
        leads_elsewhere(&self.base())
    }

    /// The label, and whether what is said leaves this machine.
    pub fn described(&self) -> String {
        format!("{}{}", self.label(), if self.is_elsewhere() { ", elsewhere" } else { "" })
    }

    /// What is wrong with it, and what to write; `None` where all is well.
    pub(super) fn fault(&self) -> Option<String> {
        ServerAddress::parse(&self.base()).err().or_else(|| key_fault(&self.key_env))
    }
}
