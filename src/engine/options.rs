//! Options of a transcription that override the settings: language, task, names and word times.

use crate::phrases::primary;

/// The task of a transcription.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AsrTask {
    /// Write speech down in its own language.
    #[default]
    Transcribe,
    /// Write speech down in English.
    Translate,
}

/// Whether word times are requested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WordTiming {
    /// Do not compute word times.
    #[default]
    Off,
    /// Compute word times if the engine supports it.
    WhereKnown,
    /// Refuse an engine that cannot compute word times.
    Required,
}

/// Options of a transcription that override the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AsrOptions {
    /// Tag of the spoken language, such as `en` or `pt-BR`. `auto` detects it; `None` takes it from the settings.
    pub language: Option<String>,
    /// Languages among which `auto` chooses, such as `en` or `pt-BR`; empty for those of the settings.
    pub languages: Vec<String>,
    /// The task.
    pub task: AsrTask,
    /// Names and their spelling, in addition to those of the settings.
    pub names: Vec<String>,
    /// Whether words come with their times.
    pub words: WordTiming,
}

/// Advice for a request that needs more than English.
const ADVICE: &str = "a multilingual Whisper model can: golem models fetch whisper-base";

impl AsrOptions {
    /// The language without its region, in small letters; `None` if the settings decide.
    pub fn tag(&self) -> Option<String> {
        tag(self.language.as_deref()?)
    }

    /// Accepts options that a recogniser of English without names supports.
    ///
    /// # Errors
    /// The reason and the advice, when another language or a translation is requested.
    pub fn english_only(&self, engine: &str) -> Result<(), String> {
        if self.task == AsrTask::Translate {
            return Err(format!("{engine} cannot translate; {ADVICE}"));
        }
        let mut asked = self.tag().into_iter().chain(self.languages.iter().filter_map(|language| tag(language)));
        match asked.find(|tag| !["en", "auto"].contains(&tag.as_str())) {
            Some(tag) => Err(format!("{engine} does not understand the language \"{tag}\"; {ADVICE}")),
            None => Ok(()),
        }
    }

    /// Accepts options that a recogniser without word times supports.
    ///
    /// # Errors
    /// The reason and the advice, when word times are required.
    pub fn untimed(&self, engine: &str) -> Result<(), String> {
        match self.words {
            WordTiming::Required => Err(format!("{engine} does not find when each word was said; {ADVICE}")),
            WordTiming::Off | WordTiming::WhereKnown => Ok(()),
        }
    }
}

/// A language without its region, in small letters; `None` for an empty one.
fn tag(language: &str) -> Option<String> {
    let language = language.trim();
    (!language.is_empty()).then(|| primary(language).to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(language: &str, task: AsrTask) -> AsrOptions {
        AsrOptions { language: Some(language.into()), task, ..AsrOptions::default() }
    }

    #[test]
    fn a_tag_is_read_as_people_write_it() {
        for (written, tag) in [("en", Some("en")), (" PT_br ", Some("pt")), ("auto", Some("auto")), (" ", None)] {
            assert_eq!(options(written, AsrTask::Transcribe).tag().as_deref(), tag);
        }
        assert_eq!(AsrOptions::default().tag(), None);
    }

    #[test]
    fn ears_that_know_english_alone_refuse_all_else() {
        let refusal = |language, task| options(language, task).english_only("PocketSphinx").err();
        assert_eq!(refusal("en-GB", AsrTask::Transcribe), None);
        assert_eq!(refusal("", AsrTask::Transcribe), None);
        assert!(refusal("ru", AsrTask::Transcribe).unwrap().contains("\"ru\""));
        assert!(refusal("en", AsrTask::Translate).unwrap().contains("golem models fetch"));
        let among = |languages: &[&str]| {
            let languages = languages.iter().map(ToString::to_string).collect();
            AsrOptions { languages, ..options("auto", AsrTask::Transcribe) }.english_only("PocketSphinx").err()
        };
        assert_eq!(among(&["en", "EN-gb"]), None);
        assert!(among(&["en", "ru"]).unwrap().contains("\"ru\""));
        let timed = |words| AsrOptions { words, ..AsrOptions::default() }.untimed("PocketSphinx").err();
        assert_eq!((timed(WordTiming::Off), timed(WordTiming::WhereKnown)), (None, None));
        assert!(timed(WordTiming::Required).unwrap().contains("golem models fetch"));
    }
}
