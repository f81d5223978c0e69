//! The hints of a conversation: which words ask for a hint, which hint is on its way, and when a newer question
//! replaces it.

use std::collections::{HashMap, VecDeque};

use super::asker::{HeardPlace, is_other};
use super::kept::KeptHints;
use super::prompt;
use super::question::{HeardQuestion, questions};
use crate::config::hints::HintsConfig;
use crate::dialog::speaker::{SpeakerPool, SpeakerVerdict};
use crate::message::{Message, Time, VoiceLikeness};

/// Words that were heard.
#[derive(Clone, Copy, Debug)]
pub struct SpokenPart<'a> {
    /// What was said.
    pub text: &'a str,
    /// The source.
    pub place: HeardPlace,
    /// The likeness of the voice to the enrolled voices, if there are any.
    pub voice: Option<VoiceLikeness>,
    /// When it ended.
    pub at: Time,
}

/// The next step after words were heard.
#[derive(Clone, Debug, PartialEq)]
pub enum HintStep {
    /// The hint to the question is kept from earlier.
    Known {
        /// Number of the hint.
        number: u64,
        /// The question.
        question: HeardQuestion,
        /// The hint.
        hint: String,
    },
    /// The language model must be asked; an earlier hint in the making is obsolete.
    Ask {
        /// Number of the hint, one more than the last.
        number: u64,
        /// The question.
        question: HeardQuestion,
        /// The messages for the language model.
        conversation: Vec<Message>,
    },
}

/// A hint that the language model is writing.
#[derive(Debug)]
struct OpenHint {
    number: u64,
    key: String,
    text: String,
}

/// The state of hints: the conversation so far, the hint on its way and the kept hints.
#[derive(Debug)]
pub struct HintQueue {
    about: String,
    /// Likeness that counts as the owner's voice (`speaker.threshold`).
    threshold: f32,
    kept: KeptHints,
    earlier: VecDeque<String>,
    pools: HashMap<HeardPlace, SpeakerPool>,
    numbers: u64,
    open: Option<OpenHint>,
}

impl HintQueue {
    /// An empty state for a new conversation.
    pub fn new(config: &HintsConfig, threshold: f32) -> Self {
        Self {
            about: config.about.clone(),
            threshold,
            kept: KeptHints::new(config.kept),
            earlier: VecDeque::new(),
            pools: HashMap::new(),
            numbers: 0,
            open: None,
        }
    }

    /// The result of the speaker check, if voices are enrolled.
    pub fn verdict(&mut self, heard: &SpokenPart) -> Option<SpeakerVerdict> {
        let pool = self.pools.entry(heard.place).or_default();
        heard.voice.map(|voice| pool.judge(&voice, self.threshold, false, heard.at))
    }

    /// Takes a finished part of the conversation. Of several questions the last one counts, because it waits for an
    /// answer.
    pub fn hear(&mut self, heard: &SpokenPart) -> Option<HintStep> {
        let verdict = self.verdict(heard);
        let asked = questions(heard.text).pop().filter(|_| is_other(heard.place, verdict));
        let step = asked.and_then(|question| self.ask(question));
        self.earlier.push_back(heard.text.trim().to_owned());
        while self.earlier.len() > prompt::EARLIER {
            self.earlier.pop_front();
        }
        step
    }

    fn ask(&mut self, question: HeardQuestion) -> Option<HintStep> {
        let key = question.key();
        if self.open.as_ref().is_some_and(|open| open.key == key) {
            return None; // a repeated question, whose hint is on its way
        }
        self.numbers += 1;
        let number = self.numbers;
        self.open = None;
        if let Some(hint) = self.kept.find(&key) {
            return Some(HintStep::Known { number, question, hint: hint.to_owned() });
        }
        let conversation = prompt::hint(&question.text, self.earlier.make_contiguous(), &self.about);
        self.open = Some(OpenHint { number, key, text: String::new() });
        Some(HintStep::Ask { number, question, conversation })
    }

    /// Number of the hint on its way.
    pub fn open(&self) -> Option<u64> {
        self.open.as_ref().map(|open| open.number)
    }

    /// Takes a piece of a hint; false if a newer question has replaced it.
    pub fn piece(&mut self, number: u64, text: &str) -> bool {
        match &mut self.open {
            Some(open) if open.number == number => {
                open.text.push_str(text);
                true
            }
            _ => false,
        }
    }

    /// Ends a hint, keeps it for later, and returns it. `None` if a newer question has replaced it.
    pub fn end(&mut self, number: u64) -> Option<String> {
        let open = self.open.take_if(|open| open.number == number)?;
        let hint = open.text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.kept.keep(open.key, hint.clone());
        Some(hint)
    }

    /// Drops a hint that failed; false if a newer question has replaced it.
    pub fn fail(&mut self, number: u64) -> bool {
        self.open.take_if(|open| open.number == number).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPUTER: HeardPlace = HeardPlace { microphone: false, several: true };
    const MICROPHONE: HeardPlace = HeardPlace { microphone: true, several: true };

    fn desk() -> HintQueue {
        HintQueue::new(&HintsConfig::default(), 0.7)
    }

    fn heard(text: &str, place: HeardPlace, likeness: Option<f32>) -> SpokenPart<'_> {
        let voice = likeness.map(|enrolled| VoiceLikeness { enrolled, own: None, seconds: 3.0 });
        SpokenPart { text, place, voice, at: Time::from_secs(1) }
    }

    fn others(text: &str) -> SpokenPart<'_> {
        heard(text, COMPUTER, None)
    }

    fn asked(step: Option<HintStep>) -> Option<(u64, String)> {
        match step? {
            HintStep::Ask { number, conversation, .. } => Some((number, conversation.last()?.text.clone())),
            HintStep::Known { .. } => None,
        }
    }

    #[test]
    fn a_question_asks_the_brain_with_what_was_said_before() {
        let mut desk = desk();
        assert_eq!(desk.hear(&others("We talked about Rust.")), None);
        let (number, text) = asked(desk.hear(&others("Fine. What is a trait?"))).unwrap();
        assert_eq!((number, text.as_str()), (1, "Before it: We talked about Rust.\nQuestion: What is a trait?"));
        assert!(desk.piece(1, " An interface") && desk.piece(1, " of types.\n"));
        assert_eq!(desk.end(1).as_deref(), Some("An interface of types."));
        assert_eq!((desk.end(1), desk.open()), (None, None));
    }

    #[test]
    fn a_newer_question_overtakes_the_hint_and_the_same_one_waits_for_it() {
        let mut desk = desk();
        assert_eq!(asked(desk.hear(&others("What is a trait?"))).map(|(number, _)| number), Some(1));
        assert_eq!(desk.hear(&others("So what is a trait?")), None);
        assert_eq!(desk.open(), Some(1));
        assert_eq!(asked(desk.hear(&others("And what is a mutex?"))).map(|(number, _)| number), Some(2));
        assert!(!desk.piece(1, "late") && desk.end(1).is_none() && !desk.fail(1));
        assert!(desk.fail(2) && desk.open().is_none());
    }

    #[test]
    fn a_question_that_was_answered_before_has_its_hint_at_once() {
        let mut desk = desk();
        desk.hear(&others("What is a trait?"));
        desk.piece(1, "An interface.");
        desk.end(1);
        let step = desk.hear(&others("Okay, what is a trait"));
        assert!(matches!(step, Some(HintStep::Known { number: 2, ref hint, .. }) if hint == "An interface."));
    }

    #[test]
    fn the_owners_own_questions_get_no_hint() {
        let mut desk = desk();
        assert_eq!(desk.hear(&heard("What is a trait?", MICROPHONE, None)), None);
        assert_eq!(desk.hear(&heard("What is a trait?", COMPUTER, Some(0.95))), None, "own voice comes back");
        assert!(desk.hear(&heard("What is a trait?", MICROPHONE, Some(0.3))).is_some(), "a guest in the room");
    }
}
