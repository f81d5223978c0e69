//! Two voices in one conversation: the chosen one, and one for clauses in the other script.

use super::{EngineError, Speech, Synthesizer};
use crate::phrases::primary;
use crate::turn::Ticket;
use crate::verbalize::cyrillic;

/// Opens the second voice.
pub type Open = Box<dyn FnMut() -> Result<Box<dyn Synthesizer>, EngineError>>;

/// Primary tags of languages that are written in Cyrillic letters.
const CYRILLIC: [&str; 9] = ["ru", "uk", "be", "bg", "mk", "sr", "kk", "ky", "tt"];

/// The voice for clauses in the other script.
enum Other {
    /// It has not been needed yet.
    Closed(Open),
    Ready(Box<dyn Synthesizer>),
    /// It could not be opened; the chosen voice speaks those clauses as well as it can.
    Missing,
}

/// A voice that speaks Russian within an English conversation, and English within a Russian one, with a second voice.
pub struct Polyglot {
    own: Box<dyn Synthesizer>,
    /// Whether the chosen voice reads Cyrillic.
    reads_cyrillic: bool,
    other: Other,
    /// The language of the other voice, assumed before it is opened.
    other_language: &'static str,
    /// Whether the last clause with letters was for the other voice: clauses of figures alone follow it.
    foreign: bool,
}

impl Polyglot {
    /// A voice with `own` for its own script. `open` opens the other voice when it is first needed: Russian beside a
    /// voice of Latin letters, English beside one of Cyrillic.
    pub fn new(own: Box<dyn Synthesizer>, open: Open) -> Self {
        let tag = primary(own.language("")).to_lowercase();
        let reads_cyrillic = CYRILLIC.contains(&tag.as_str());
        let other_language = if reads_cyrillic { "en-us" } else { "ru" };
        Self { own, reads_cyrillic, other: Other::Closed(open), other_language, foreign: false }
    }

    fn is_foreign(&self, text: &str) -> bool {
        cyrillic(text).map_or(self.foreign, |cyrillic| cyrillic != self.reads_cyrillic)
    }

    /// The other voice, if it can be opened.
    fn other(&mut self) -> Option<&mut dyn Synthesizer> {
        if let Other::Closed(open) = &mut self.other {
            self.other = match open() {
                Ok(voice) => Other::Ready(voice),
                Err(error) => {
                    tracing::warn!("clauses in another script are spoken by {}: {error}", self.own.describe());
                    Other::Missing
                }
            };
        }
        match &mut self.other {
            Other::Ready(voice) => Some(voice.as_mut()),
            _ => None,
        }
    }
}

impl Synthesizer for Polyglot {
    fn describe(&self) -> String {
        self.own.describe()
    }

    fn language(&self, text: &str) -> &str {
        match &self.other {
            Other::Ready(voice) if self.is_foreign(text) => voice.language(text),
            Other::Closed(_) if self.is_foreign(text) => self.other_language,
            _ => self.own.language(text),
        }
    }

    fn takes_phrases(&self) -> bool {
        self.own.takes_phrases()
    }

    fn runs_in_parallel(&self) -> bool {
        self.own.runs_in_parallel()
    }

    fn set_speaker(&mut self, speaker: Option<&str>) -> Result<(), EngineError> {
        self.own.set_speaker(speaker)
    }

    fn speak(&mut self, text: &str, stop: &Ticket) -> Result<Speech, EngineError> {
        self.foreign = self.is_foreign(text);
        if self.foreign
            && let Some(other) = self.other()
        {
            return other.speak(text, stop);
        }
        self.own.speak(text, stop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Timing;

    /// A voice that is identified by the length of its sound.
    struct Speaker(&'static str, usize);

    impl Synthesizer for Speaker {
        fn describe(&self) -> String {
            self.0.into()
        }

        fn language(&self, _: &str) -> &str {
            self.0
        }

        fn set_speaker(&mut self, speaker: Option<&str>) -> Result<(), EngineError> {
            self.1 = speaker.map_or(1, str::len);
            Ok(())
        }

        fn speak(&mut self, _: &str, _: &Ticket) -> Result<Speech, EngineError> {
            Ok(Speech {
                samples: vec![0.1; self.1],
                timing: Timing { samples: self.1 as u64, rate: 16_000, words: Vec::new() },
            })
        }
    }

    fn spoken(voice: &mut Polyglot, text: &str) -> usize {
        voice.speak(text, &Ticket::standing()).unwrap().samples.len()
    }

    #[test]
    fn every_clause_has_the_voice_of_its_script() {
        let opened = std::rc::Rc::new(std::cell::Cell::new(0));
        let count = std::rc::Rc::clone(&opened);
        let open: Open = Box::new(move || {
            count.set(count.get() + 1);
            Ok(Box::new(Speaker("ru", 2)))
        });
        let mut voice = Polyglot::new(Box::new(Speaker("en-us", 1)), open);
        assert_eq!(spoken(&mut voice, "Hello."), 1);
        assert_eq!((opened.get(), voice.language("Привет")), (0, "ru"), "opened when it is needed");
        assert_eq!(spoken(&mut voice, "Привет, golem."), 2);
        assert_eq!((spoken(&mut voice, "42"), voice.language("42")), (2, "ru"), "figures go with what was said before");
        assert_eq!(spoken(&mut voice, "The word is чай."), 1);
        assert_eq!((opened.get(), voice.describe().as_str()), (1, "en-us"));
    }

    #[test]
    fn a_speaker_is_one_of_the_chosen_voice() {
        let mut voice = Polyglot::new(Box::new(Speaker("en-us", 1)), Box::new(|| Ok(Box::new(Speaker("ru", 2)))));
        voice.set_speaker(Some("p225")).unwrap();
        assert_eq!((spoken(&mut voice, "Hello."), spoken(&mut voice, "Привет.")), (4, 2));
        voice.set_speaker(None).unwrap();
        assert_eq!((spoken(&mut voice, "Hello."), spoken(&mut voice, "Привет.")), (1, 2));
    }

    #[test]
    fn a_russian_voice_leaves_english_to_another_and_does_without_it() {
        let mut voice = Polyglot::new(Box::new(Speaker("ru", 1)), Box::new(|| Ok(Box::new(Speaker("en", 2)))));
        assert_eq!((spoken(&mut voice, "Привет."), spoken(&mut voice, "Hello.")), (1, 2));
        let missing = || Err(EngineError::Failed { engine: "none", reason: "nothing there".into() });
        let mut voice = Polyglot::new(Box::new(Speaker("en", 1)), Box::new(missing));
        assert_eq!(spoken(&mut voice, "Привет."), 1);
        assert_eq!(voice.language("Привет"), "en");
    }
}
