//! Settings of echo cancellation.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantNames};

/// Settings of echo cancellation, which keeps golem from hearing itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EchoConfig {
    /// `auto`, `sonora`, `aec3` or `off`.
    pub canceller: Canceller,
    /// What speech to text gets while golem speaks: `full`, `linear` or `raw`.
    pub feed: EchoFeed,
}

/// The echo canceller, which takes golem's own voice out of the microphone's signal.
#[derive(Clone, Copy, Debug, Default, Display, EnumString, PartialEq, Eq, Serialize, Deserialize, VariantNames)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Canceller {
    /// The better one in simulated rooms and live: aec3.
    #[default]
    Auto,
    /// WebRTC's canceller and noise suppression, as sonora has them.
    Sonora,
    /// WebRTC's canceller in another port, which has a linear output: it hears a person over golem sooner.
    Aec3,
    /// None: headphones, or a sound system that does it.
    Off,
}

impl Canceller {
    /// The canceller that is used: never [`Canceller::Auto`].
    #[must_use]
    pub fn resolved(self) -> Self {
        if self == Self::Auto { Self::Aec3 } else { self }
    }
}

/// What speech to text gets while golem speaks and just after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EchoFeed {
    /// The microphone's signal with all echo taken out.
    #[default]
    Full,
    /// Only the predictable part of the echo is taken out, which spares the voice. Only aec3 has this output; others
    /// give the full one.
    Linear,
    /// The microphone as it is.
    Raw,
}
