//! The plan where the hub is out of reach: for each model that comes from nowhere else, the next best of its kind that
//! a package registry has.

use super::{ProfilePlan, SpokenLanguages};
use crate::config::speech_engine::TtsEngine;
use crate::model::catalogue::{Catalogue, Entry, ModelKind, ModelSource};

/// Licences that let anyone use a model for anything; nothing else is taken without being asked for.
pub const FREE: &[&str] = &["MIT", "Apache-2.0", "BSD-2-Clause", "CC0-1.0", "public domain"];
/// Language models that answer worse than the starter pack's own, which is then kept instead: `golem bench brain`
/// compares them on sixty everyday questions, of which the starter's answers 36 well and SmolLM2-135M 24.
pub const WORSE_THAN_STARTER: &[&str] = &["smollm2-135m-instruct"];

/// The sources that answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The model hub.
    pub hub: bool,
}

impl Reach {
    /// Whether `entry` can come from a source that answers.
    pub fn has(self, entry: &Entry) -> bool {
        entry.sources.iter().any(|source| self.hub || !matches!(source, ModelSource::Hub { .. }))
    }
}

impl<'a> ProfilePlan<'a> {
    /// The plan with models that can be had: entries that are installed (`here`) or in reach stay. Each other entry is
    /// replaced by the next best of its kind, or left out. A line reports each change.
    #[must_use]
    pub fn within(self, reach: Reach, catalogue: &'a Catalogue, here: impl Fn(&Entry) -> bool) -> (Self, Vec<String>) {
        let can = |entry: &Entry| here(entry) || reach.has(entry);
        let mut entries: Vec<&Entry> = Vec::with_capacity(self.entries.len());
        let mut told = Vec::new();
        for &wanted in &self.entries {
            if can(wanted) {
                entries.push(wanted);
                continue;
            }
            let other = next_best(catalogue, wanted, self.speech, can);
            told.push(match other {
                Some(other) => {
                    format!("{} is on the hub alone, which is out of reach: {} instead", wanted.name, other.name)
                }
                None => format!("{} is on the hub alone, which is out of reach: {}", wanted.name, without(wanted.kind)),
            });
            entries.extend(other);
        }
        (Self { entries, ..self }, told)
    }
}

/// The largest model that does what `wanted` does and is no larger; the smallest above it where there is none.
fn next_best<'a>(
    catalogue: &'a Catalogue,
    wanted: &Entry,
    speech: SpokenLanguages,
    can: impl Fn(&Entry) -> bool,
) -> Option<&'a Entry> {
    // A voice speaks one language, everything else has to know all that are spoken.
    let codes: Vec<&str> = match wanted.kind {
        ModelKind::Tts => wanted.languages.iter().map(String::as_str).collect(),
        _ => speech.codes().to_vec(),
    };
    let fits = |entry: &&Entry| {
        entry.engine == wanted.engine
            && !entry.measuring
            && FREE.contains(&entry.licence.as_str())
            && !WORSE_THAN_STARTER.contains(&entry.name.as_str())
            && codes.iter().all(|code| entry.speaks(code))
            && can(entry)
    };
    let weight =
        |entry: &&Entry| entry.parameters_m.map_or(entry.size().bytes, |millions| millions.saturating_mul(1_000_000));
    let limit = weight(&wanted);
    let candidates = || catalogue.of_kind(wanted.kind).filter(fits);
    let below = candidates().filter(|entry| weight(entry) <= limit).max_by_key(weight);
    below.or_else(|| candidates().min_by_key(weight))
}

/// The sentence that says what golem does where it has no model of a kind.
fn without(kind: ModelKind) -> &'static str {
    match kind {
        ModelKind::Asr => "PocketSphinx hears English until then",
        ModelKind::Llm => "the starter pack's brain answers, in English, until then",
        ModelKind::Tts => "espeak-ng speaks until then",
        ModelKind::Nli => "commands are not guessed at until then",
        ModelKind::Vad | ModelKind::Turn | ModelKind::Wake | ModelKind::Speaker => "golem does without it until then",
    }
}

impl ProfilePlan<'_> {
    /// The engine that speaks `language`: espeak-ng where the plan has no voice for it, as another language's voice
    /// would read it wrongly.
    pub(super) fn voice_engine(&self, language: &str) -> TtsEngine {
        if self.of(ModelKind::Tts, language).is_some() { TtsEngine::Auto } else { TtsEngine::Espeak }
    }
}
