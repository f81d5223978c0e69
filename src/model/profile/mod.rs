//! Profiles, the models to take together: three levels, in English, Russian or both, and the choice of one for this
//! machine.
//!
//! Profiles hold models under free licences only, so that none asks for terms to be accepted. There is no turn model in
//! them: set-up installs one for every golem.

mod advice;
mod level;
mod reach;
mod speed;
#[cfg(test)]
mod tests;

pub use advice::{Advice, PATIENCE_MS, recommend};
pub use level::{Level, SpokenLanguages};
pub use reach::{FREE, Reach, WORSE_THAN_STARTER};

use super::catalogue::{Catalogue, CatalogueError, Entry, MB, ModelKind, Size};
use super::machine::gb;

/// Memory of golem itself, in MB: 142 resident while idle, as scripts/measure prints it, and what a turn adds.
const GOLEM_MB: u64 = 150;
/// Precision that profiles run Whisper with: a quarter of the memory of `default` on a processor, and quicker.
const PRECISION: &str = "int8";

/// The models of one profile.
#[derive(Clone, Debug)]
pub struct ProfilePlan<'a> {
    /// The profile.
    pub level: Level,
    /// The languages that are spoken.
    pub speech: SpokenLanguages,
    /// The models: the voice detector, asr, llm, the voices, and an NLI model where there is room for one.
    pub entries: Vec<&'a Entry>,
}

/// The models of the profile `level` for `speech`.
///
/// # Errors
/// [`CatalogueError::Unknown`] when `catalogue` lacks one; the one that comes with golem has them all.
pub fn plan(catalogue: &Catalogue, level: Level, speech: SpokenLanguages) -> Result<ProfilePlan<'_>, CatalogueError> {
    let names = [VAD].into_iter().chain([asr(level, speech), llm(level, speech)]);
    let names = names.chain(speech.codes().iter().map(|code| voice(level, code))).chain(judge(level, speech));
    let entries = names.map(|name| catalogue.get(name)).collect::<Result<_, _>>()?;
    Ok(ProfilePlan { level, speech, entries })
}

/// The only voice detector.
const VAD: &str = "silero-vad";

fn asr(level: Level, speech: SpokenLanguages) -> &'static str {
    match (level, speech) {
        (Level::Tiny, SpokenLanguages::En) => "whisper-base.en",
        (Level::Tiny, _) => "whisper-base",
        (Level::Balanced, SpokenLanguages::En) => "whisper-small.en",
        (Level::Balanced, _) => "whisper-small",
        (Level::Quality, SpokenLanguages::En) => "whisper-distil-large-v3",
        (Level::Quality, _) => "whisper-large-v3-turbo",
    }
}

fn llm(level: Level, speech: SpokenLanguages) -> &'static str {
    match (level, speech) {
        (Level::Tiny, _) => "qwen2.5-0.5b-instruct",
        (Level::Balanced, SpokenLanguages::En) => "qwen2.5-1.5b-instruct",
        (Level::Balanced, _) => "qwen3-1.7b",
        (Level::Quality, _) => "qwen3-4b-instruct-2507",
    }
}

/// The Piper voice for a language. There is no Russian one of more than medium quality.
fn voice(level: Level, code: &str) -> &'static str {
    match (level, code) {
        (_, "ru") => "piper-ru_ru-denis-medium",
        (Level::Quality, _) => "piper-en_us-ljspeech-high",
        _ => "piper-en_us-ljspeech-medium",
    }
}

fn judge(level: Level, speech: SpokenLanguages) -> Option<&'static str> {
    let name = if speech == SpokenLanguages::En { "nli-deberta-v3-xsmall" } else { "nli-minilm-multilingual" };
    (level > Level::Tiny).then_some(name)
}

impl<'a> ProfilePlan<'a> {
    /// The model for one purpose; of several voices, the one made for `language`.
    pub fn of(&self, kind: ModelKind, language: &str) -> Option<&'a Entry> {
        self.entries.iter().copied().find(|entry| entry.kind == kind && entry.speaks(language))
    }

    /// The size of all models on disk.
    pub fn size(&self) -> Size {
        let sizes = self.entries.iter().map(|entry| entry.size());
        let none = Size { bytes: 0, exact: true };
        sizes.fold(none, |sum, size| Size {
            bytes: sum.bytes.saturating_add(size.bytes),
            exact: sum.exact && size.exact,
        })
    }

    /// About how much memory it takes while it runs, golem itself included, in MB. Of several voices, one is loaded.
    pub fn memory_mb(&self) -> u64 {
        let (voices, others): (Vec<&Entry>, Vec<&Entry>) =
            self.entries.iter().partition(|entry| entry.kind == ModelKind::Tts);
        let voice = voices.iter().map(|entry| entry.memory_mb).max().unwrap_or_default();
        others.iter().fold(GOLEM_MB.saturating_add(voice), |sum, entry| sum.saturating_add(entry.memory_mb))
    }

    /// Milliseconds on `cores` cores from the end of 5 s of speech to the first words of the reply, without the pause
    /// that ends a turn and without the voice. An estimate.
    pub fn wait_ms(&self, cores: usize) -> u64 {
        let first = |kind| self.entries.iter().find(|entry| entry.kind == kind);
        let hear = first(ModelKind::Asr).map_or(0, |asr| speed::hear_ms(asr, cores));
        first(ModelKind::Llm).map_or(hear, |llm| hear.saturating_add(speed::think_ms(llm, cores)))
    }

    /// The experience on `cores` cores in two lines, for people.
    pub fn feel(&self, cores: usize) -> [String; 2] {
        let good = match (self.level, self.speech) {
            (Level::Tiny, SpokenLanguages::En) => "understands clear speech; small talk, and facts not to be relied on",
            (Level::Tiny, _) => "understands clear speech; small talk, in simple Russian",
            (Level::Balanced, SpokenLanguages::En) => "hears well, guesses commands; sound everyday answers",
            (Level::Balanced, _) => "hears well, guesses commands; sound everyday answers, fair Russian",
            (Level::Quality, _) => {
                "hears nearly everything, guesses commands; the best answers a desktop gives in time"
            }
        };
        let class = match self.wait_ms(cores) {
            0..1_000 => "prompt",
            1_000..2_000 => "a breath's pause",
            2_000..=PATIENCE_MS => "a noticeable pause",
            _ => "slow",
        };
        let tenths = self.wait_ms(cores).saturating_add(50) / 100;
        let seconds = format!("{}.{} s", tenths / 10, tenths % 10);
        let cores = format!("{cores} {}", if cores == 1 { "core" } else { "cores" });
        [
            good.into(),
            format!("{class}: first words after about {seconds} on {cores}, reckoned; `golem doctor` measures"),
        ]
    }

    /// Disk and memory in one line, for people.
    pub fn cost(&self) -> String {
        let about = if self.size().exact { "" } else { "about " };
        format!("{about}{} on disk, about {} in memory", gb(self.size().bytes), gb(self.memory_mb().saturating_mul(MB)))
    }

    /// The settings that make golem use it and begin in `language`: key and value.
    pub fn settings(&self, language: &str) -> Vec<(&'static str, String)> {
        let name = |kind| self.of(kind, language).and_then(Entry::setting);
        let named = [("asr.model", ModelKind::Asr), ("llm.model", ModelKind::Llm), ("tts.voice", ModelKind::Tts)];
        let named = named.into_iter().filter_map(|(key, kind)| Some((key, name(kind)?)));
        let spoken = [("asr.language", language), ("asr.compute_type", PRECISION), ("tts.language", language)];
        let engine = ("tts.engine", self.voice_engine(language).to_string());
        named.chain(spoken.into_iter().map(|(key, value)| (key, value.to_owned()))).chain([engine]).collect()
    }
}

/// Milliseconds as seconds, rounded up to the next tenth.
fn seconds(ms: u64) -> String {
    let tenths = ms.div_ceil(100);
    format!("{}.{} s", tenths / 10, tenths % 10)
}

fn cores(cores: usize) -> String {
    format!("{cores} {}", if cores == 1 { "core" } else { "cores" })
}
