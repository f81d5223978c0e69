//! The gate of the wake phrase: whether it is open, and what an utterance needs to pass it.

use super::call::WakePhrase;
use crate::message::Time;

/// The condition under which an utterance's words count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Call {
    /// None: the person has golem's attention, or asked for it by a key.
    #[default]
    Free,
    /// The spotter heard the phrase: the words must have it.
    Heard,
    /// It began while the words of such an utterance were awaited: those words must have the phrase.
    Follows,
    /// None any more: the words had the phrase.
    Known,
}

impl Call {
    /// Whether the words are surely meant for golem.
    pub fn known(self) -> bool {
        matches!(self, Self::Free | Self::Known)
    }
}

/// The phrase, and whether golem waits for it.
#[derive(Clone, Debug, Default)]
pub(super) struct WakeGate {
    /// The phrase; `None` if golem always listens.
    pub phrase: Option<WakePhrase>,
    /// Time until which words need no phrase.
    pub until: Time,
    /// Time until which golem's own voice may be heard saying the phrase.
    pub deaf: Time,
    /// Whether golem has reported that it waits.
    pub waits: bool,
}

impl WakeGate {
    /// The closed gate for `phrase`; the gate for an empty phrase is always open.
    pub fn new(phrase: &str) -> Self {
        Self { phrase: WakePhrase::new(phrase), ..Self::default() }
    }
}
