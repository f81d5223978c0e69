//! The gate that the wake phrase opens: whether it is open, and what an utterance needs to pass it.

use super::call::WakePhrase;
use crate::message::Time;

/// What an utterance needs before its words count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Call {
    /// Nothing: the person has golem's attention, or asked for it by a key.
    #[default]
    Free,
    /// Something sounded like the phrase: the words must have it.
    Heard,
    /// It began while such words were awaited: those must have the phrase.
    Follows,
    /// Nothing more: the words had the phrase.
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
    /// The phrase; none where golem always listens.
    pub phrase: Option<WakePhrase>,
    /// Until then words need no phrase.
    pub until: Time,
    /// Until then golem's own voice may be heard saying the phrase.
    pub deaf: Time,
    /// Whether observers know that golem waits.
    pub waits: bool,
}

impl WakeGate {
    /// The gate for `phrase`, closed; one for an empty phrase is always open.
    pub fn new(phrase: &str) -> Self {
        Self { phrase: WakePhrase::new(phrase), ..Self::default() }
    }
}
