//! Settings of the speech server.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::network::IpNetwork;
use super::web_origin::WebOrigin;

/// Settings of the speech server, which offers golem's speech to text and text to speech to other programs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServeConfig {
    /// Protocols that `golem serve` speaks where its flags name none.
    pub protocols: Vec<ServeProtocol>,
    /// Protocols that a daemon speaks besides listening to its own microphone.
    pub in_daemon: Vec<ServeProtocol>,
    /// Address and port of the HTTP endpoints, 8880 where it has none; the address is that of the other protocols, too.
    pub bind: String,
    /// Port of Wyoming.
    pub wyoming_port: u16,
    /// Whether Wyoming is announced to the network, so that Home Assistant finds it.
    pub zeroconf: bool,
    /// Port of RealtimeSTT's single socket.
    pub realtimestt_port: u16,
    /// Port of RealtimeSTT's control socket.
    pub realtimestt_control_port: u16,
    /// Port of RealtimeSTT's data socket.
    pub realtimestt_data_port: u16,
    /// IP addresses and networks that may use Wyoming, which knows no tokens, where it listens beyond this machine.
    pub wyoming_allow: Vec<IpNetwork>,
    /// File whose first line is the token that clients must show; empty for none.
    pub token_file: String,
    /// Origins of the web pages that may use the HTTP endpoints and WebSockets from other servers than golem's.
    pub allow_origins: Vec<WebOrigin>,
    /// Most clients that are heard, wait to be heard or are spoken to at a time.
    pub sessions: usize,
    /// Recognisers, each with a model of its own in memory.
    pub recognisers: usize,
    /// Language of requests that name none; `auto` detects it.
    pub language: String,
    /// Seconds without work after which a model leaves the memory, to be loaded again for the next request; 0 keeps it.
    pub keep_loaded_s: u64,
    /// Seconds that a client may take for the next piece of a request, and to take a piece of its answer.
    pub patience_s: u64,
    /// Seconds that a client may take for a whole upload.
    pub upload_s: u64,
    /// Seconds that a Wyoming client may be silent between two requests or two pieces of a text that it streams, and
    /// after which an idle live session gives its place to a client that finds none.
    pub idle_s: u64,
    /// What Wyoming's clients may do with golem's commands: `none`, `recognise` or `run`.
    pub commands: ServeCommands,
    /// Largest upload in megabytes.
    pub max_upload_mb: u64,
    /// Longest recording in minutes.
    pub max_minutes: u64,
}

/// What clients may do with golem's commands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServeCommands {
    /// Nothing.
    #[default]
    None,
    /// Learn which command a sentence is.
    Recognise,
    /// Have it carried out, where it needs no yes.
    Run,
}

impl ServeConfig {
    /// Time for the next piece of a request or of its answer.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.patience_s.max(1))
    }

    /// Time for a whole upload.
    pub fn upload_time(&self) -> Duration {
        Duration::from_secs(self.upload_s.max(1))
    }

    /// Time between two requests of a connection that is kept open, and before an idle live session may give way.
    pub fn idle_time(&self) -> Duration {
        Duration::from_secs(self.idle_s.max(1))
    }
}

/// A protocol of the speech server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServeProtocol {
    /// OpenAI's audio endpoints over HTTP.
    OpenAi,
    /// Wyoming, which Home Assistant speaks.
    Wyoming,
    /// RealtimeSTT's protocols, live over WebSockets.
    RealtimeStt,
}

impl ServeProtocol {
    /// The flag of `golem serve` that asks for it.
    pub fn flag(self) -> &'static str {
        match self {
            Self::OpenAi => "--openai",
            Self::Wyoming => "--wyoming",
            Self::RealtimeStt => "--realtimestt",
        }
    }
}

impl Default for ServeConfig {
    fn default() -> Self {
        Self {
            protocols: vec![ServeProtocol::OpenAi],
            in_daemon: Vec::new(),
            bind: "127.0.0.1:8880".into(),
            wyoming_port: 10_300,
            zeroconf: false,
            realtimestt_port: 8_010,
            realtimestt_control_port: 8_011,
            realtimestt_data_port: 8_012,
            wyoming_allow: Vec::new(),
            token_file: String::new(),
            allow_origins: Vec::new(),
            sessions: 8,
            recognisers: 1,
            language: "auto".into(),
            keep_loaded_s: 0,
            patience_s: 30,
            upload_s: 900,
            idle_s: 300,
            commands: ServeCommands::None,
            max_upload_mb: 100,
            max_minutes: 240,
        }
    }
}
