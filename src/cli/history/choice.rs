//! The conversations and formats that the commands on the history are given.

use anyhow::Result;
use clap::ValueEnum;

use crate::cli::usage::Usage;
use crate::config::keeping::Keep;
use crate::history::{Conversation, Store};

/// A conversation, as people name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Last,
    Number(i64),
}

impl std::str::FromStr for Which {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "last" {
            return Ok(Self::Last);
        }
        let number = text.parse().map(Self::Number);
        number.map_err(|_| format!("\"{text}\" is no number of a conversation; `golem history list` shows them"))
    }
}

/// How conversations are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Markdown,
    /// For programs: an array of conversations
    Json,
}

/// Advice on how to have conversations kept.
pub(super) fn advice(keep: Keep) -> &'static str {
    match keep {
        Keep::Kept => "it begins with the first words that you and golem exchange",
        Keep::Off | Keep::Session => {
            "conversations are not kept; keep = \"kept\" under [history] in the config changes that"
        }
    }
}

/// The conversation that `which` names.
pub(super) fn find(store: &Store, which: Which) -> Result<Conversation> {
    match which {
        Which::Number(id) => Ok(store.conversation(id)?),
        Which::Last => store.newest()?.ok_or_else(|| Usage("nothing has been kept yet".into()).into()),
    }
}
