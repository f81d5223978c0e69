//! Reasons and answers in notes: closed enums whose wire names are also the labels of metrics.

use serde::{Deserialize, Serialize};
use strum::{Display, VariantNames};

/// Why a reply was dropped for good.
#[derive(Clone, Copy, Debug, Display, PartialEq, Eq, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum CancelReason {
    /// The person said something else.
    Words,
    /// The person said stop.
    Stop,
    /// A key or a request of a front end.
    Key,
    /// A part of golem was too slow.
    Deadline,
    /// The person's voice, because the config lets any voice cancel.
    Instant,
    /// An unknown reason from a newer golem.
    #[serde(other)]
    Other,
}

/// The reason why the words of an utterance are not answered.
#[derive(Clone, Copy, Debug, Display, PartialEq, Eq, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Ignored {
    /// There are no words.
    Empty,
    /// The recogniser made the words from noise.
    Ghost,
    /// The words only show that the person listens ("uh-huh").
    Backchannel,
    /// The words only stop the reply.
    Stop,
    /// The words do not have the wake phrase.
    Uncalled,
    /// The voice is not enrolled, and only enrolled voices count.
    Stranger,
    /// The voice is enrolled, and enrolled voices do not count.
    Enrolled,
    /// The voice is golem's own.
    Echo,
    /// An unknown reason from a newer golem.
    #[serde(other)]
    Other,
}

/// The answer to the question before a command.
#[derive(Clone, Copy, Debug, Display, PartialEq, Eq, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Consent {
    /// A yes: the command is carried out.
    Yes,
    /// The person refused.
    No,
    /// No answer came in time.
    Late,
    /// Neither a yes nor a no.
    #[serde(other)]
    Other,
}
