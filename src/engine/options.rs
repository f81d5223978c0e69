//! How utterances are to be heard where that differs from the settings: language, task, names and word times.

use crate::phrases::primary;

/// What is done with speech.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AsrTask {
    /// It is written down in its own language.
    #[default]
    Transcribe,
    /// It is written down in English.
    Translate,
}

/// Whether the times of words are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WordTiming {
    /// They are not computed.
    #[default]
    Off,
    /// They are computed where the engine can do it.
    WhereKnown,
    /// An engine that cannot do it is refused.
    Required,
}

/// How an utterance is to be heard where that differs from the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AsrOptions {
    /// Tag of the language that is spoken, such as `en` or `pt-BR`; `auto` detects it, `None` is as the settings say.
    pub language: Option<String>,
    /// What is done with it.
    pub task: AsrTask,
    /// Names that are to be spelled like this, beside those of the settings.
    pub names: Vec<String>,
    /// Whether words come with their times.
    pub words: WordTiming,
}

/// What can do more than ears that know English alone.
const ADVICE: &str = "a multilingual Whisper model can: golem models fetch whisper-base";

impl AsrOptions {
    /// The language without its region, in small letters; `None` where the settings' is meant.
    pub fn tag(&self) -> Option<String> {
        let language = self.language.as_deref().map(str::trim).filter(|tag| !tag.is_empty())?;
        Some(primary(language).to_lowercase())
    }

    /// Accepts what ears that know English alone, and take no names, can do.
    ///
    /// # Errors
    /// Why not, and what can, when another language or a translation is asked for.
    pub fn english_only(&self, engine: &str) -> Result<(), String> {
        if self.task == AsrTask::Translate {
            return Err(format!("{engine} cannot translate; {ADVICE}"));
        }
        match self.tag() {
            Some(tag) if !["en", "auto"].contains(&tag.as_str()) => {
                Err(format!("{engine} does not understand the language \"{tag}\"; {ADVICE}"))
            }
            _ => Ok(()),
        }
    }

    /// Accepts what ears without the times of words can do.
    ///
    /// # Errors
    /// Why not, and what can, when these times are required.
    pub fn untimed(&self, engine: &str) -> Result<(), String> {
        match self.words {
            WordTiming::Required => Err(format!("{engine} does not find when each word was said; {ADVICE}")),
            WordTiming::Off | WordTiming::WhereKnown => Ok(()),
        }
    }
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
        let timed = |words| AsrOptions { words, ..AsrOptions::default() }.untimed("PocketSphinx").err();
        assert_eq!((timed(WordTiming::Off), timed(WordTiming::WhereKnown)), (None, None));
        assert!(timed(WordTiming::Required).unwrap().contains("golem models fetch"));
    }
}
