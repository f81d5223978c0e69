//! How golem keeps from hearing itself.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantNames};

/// How golem keeps from hearing itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EchoConfig {
    /// `auto`, `sonora`, `aec3` or `off`.
    pub canceller: Canceller,
    /// What speech to text gets while golem speaks: `full`, `linear` or `raw`.
    pub feed: EchoFeed,
}

/// What takes golem's own voice out of what the microphone hears.
#[derive(Clone, Copy, Debug, Default, Display, EnumString, PartialEq, Eq, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Canceller {
    /// The safest: sonora.
    #[default]
    Auto,
    /// WebRTC's canceller and noise suppression, as sonora has them.
    Sonora,
    /// The same by another port, which has a linear output: a person over golem is heard by it sooner.
    Aec3,
    /// None: headphones, or a sound system that does it.
    Off,
}

impl Canceller {
    /// The one that is meant: never [`Canceller::Auto`].
    #[must_use]
    pub fn resolved(self) -> Self {
        if self == Self::Auto { Self::Sonora } else { self }
    }
}

/// What speech to text gets while golem speaks and just after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EchoFeed {
    /// What is left of the microphone when all echo is taken out.
    #[default]
    Full,
    /// Only the predictable part of the echo is taken out, which spares the voice; of aec3 only, full otherwise.
    Linear,
    /// The microphone as it is.
    Raw,
}
