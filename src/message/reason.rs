//! Reasons and answers that notes carry: closed enums whose wire names are also the labels of the metrics.

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
    /// The person's voice, where the config lets a voice alone cancel.
    Instant,
    /// A reason that this version does not know, sent by a newer golem.
    #[serde(other)]
    Other,
}

/// Why the words of an utterance are not answered.
#[derive(Clone, Copy, Debug, Display, PartialEq, Eq, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Ignored {
    /// There are none.
    Empty,
    /// The recogniser made them of noise.
    Ghost,
    /// They show that the person listens ("uh-huh").
    Backchannel,
    /// They only stop the reply.
    Stop,
    /// The wake phrase is not among them.
    Uncalled,
    /// The voice is not one that is enrolled, and only those count.
    Stranger,
    /// The voice is one that is enrolled, and those do not count.
    Enrolled,
    /// The voice is golem's own.
    Echo,
    /// A reason that this version does not know, sent by a newer golem.
    #[serde(other)]
    Other,
}

/// How the question before a command was answered.
#[derive(Clone, Copy, Debug, Display, PartialEq, Eq, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Consent {
    /// The command is carried out.
    Yes,
    /// The person refused.
    No,
    /// No answer came in time.
    Late,
    /// Neither a yes nor a no.
    #[serde(other)]
    Other,
}
