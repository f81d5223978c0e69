//! The parts of golem: one enum for parts that become ready, can be exchanged, or fail.

use clap::ValueEnum;
use clap::builder::PossibleValue;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strum::{Display, IntoStaticStr, VariantArray};

/// A part of golem, in the order of the sound's way through them. Its name on the wire and for people is
/// [`Part::name`]; events and metrics of failures use [`Part::stage`].
#[derive(
    Clone, Copy, Debug, Display, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, VariantArray, IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Part {
    /// The microphone, or an input file.
    #[serde(rename = "microphone")]
    #[strum(serialize = "microphone")]
    Capture,
    /// Voice activity detection.
    Vad,
    /// Speech to text.
    #[serde(rename = "ears")]
    #[strum(serialize = "ears")]
    Asr,
    /// The commands, and the worker that carries them out.
    Commands,
    /// The language model.
    #[serde(rename = "brain")]
    #[strum(serialize = "brain")]
    Llm,
    /// Text to speech.
    #[serde(rename = "voice")]
    #[strum(serialize = "voice")]
    Tts,
    /// The loudspeaker, or an output file.
    #[serde(rename = "loudspeaker")]
    #[strum(serialize = "loudspeaker")]
    Playback,
}

impl Part {
    /// Number of parts.
    pub const COUNT: usize = Self::VARIANTS.len();
    /// Parts that can be exchanged while golem runs, in the order of menus.
    pub const SWITCHABLE: [Self; 5] = [Self::Capture, Self::Playback, Self::Tts, Self::Asr, Self::Llm];

    /// Its name for people and on the wire: `microphone`, `vad`, `ears`, `commands`, `brain`, `voice` or `loudspeaker`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Its name as a stage of the pipeline, in events and metrics of failures.
    #[must_use]
    pub const fn stage(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Vad => "vad",
            Self::Asr => "asr",
            Self::Commands => "command",
            Self::Llm => "llm",
            Self::Tts => "tts",
            Self::Playback => "playback",
        }
    }

    /// Whether it can be exchanged while golem runs.
    #[must_use]
    pub fn switchable(self) -> bool {
        Self::SWITCHABLE.contains(&self)
    }
}

/// On the command line, a part that can be exchanged.
impl ValueEnum for Part {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::SWITCHABLE
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        self.switchable().then(|| PossibleValue::new(self.name()))
    }
}

/// Writes a part by the name of its stage.
///
/// # Errors
/// The errors of the output.
#[allow(clippy::trivially_copy_pass_by_ref)] // the signature that serde calls
pub(super) fn write_stage<S: Serializer>(part: &Part, output: S) -> Result<S::Ok, S::Error> {
    output.serialize_str(part.stage())
}

/// Reads a part from the name of its stage.
///
/// # Errors
/// When no stage has that name.
pub(super) fn read_stage<'de, D: Deserializer<'de>>(input: D) -> Result<Part, D::Error> {
    const STAGES: &[&str] = &["capture", "vad", "asr", "command", "llm", "tts", "playback"];
    let name = String::deserialize(input)?;
    let known = Part::VARIANTS.iter().find(|part| part.stage() == name);
    known.copied().ok_or_else(|| serde::de::Error::unknown_variant(&name, STAGES))
}

/// Reads a part that can be exchanged.
///
/// # Errors
/// When no such part has that name.
pub(super) fn read_switchable<'de, D: Deserializer<'de>>(input: D) -> Result<Part, D::Error> {
    const NAMES: &[&str] = &["microphone", "loudspeaker", "voice", "ears", "brain"];
    let name = String::deserialize(input)?;
    let known = Part::VARIANTS.iter().find(|part| part.switchable() && part.name() == name);
    known.copied().ok_or_else(|| serde::de::Error::unknown_variant(&name, NAMES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_on_the_wire_are_those_for_people() {
        for part in Part::VARIANTS {
            assert_eq!(serde_json::to_string(part).unwrap(), format!("\"{part}\""));
            assert_eq!(part.to_string(), part.name());
        }
        assert_eq!(Part::Playback.name(), "loudspeaker");
        assert!(Part::Asr.switchable() && !Part::Vad.switchable());
    }

    #[test]
    fn a_stage_is_read_as_it_was_written() {
        for part in Part::VARIANTS {
            let mut json = Vec::new();
            write_stage(part, &mut serde_json::Serializer::new(&mut json)).unwrap();
            assert_eq!(read_stage(&mut serde_json::Deserializer::from_slice(&json)).unwrap(), *part);
        }
        let unknown = read_switchable(&mut serde_json::Deserializer::from_str("\"vad\"")).unwrap_err().to_string();
        assert!(unknown.contains("unknown variant `vad`, expected one of `microphone`"), "{unknown}");
    }
}
