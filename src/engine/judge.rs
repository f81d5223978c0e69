//! Ears that tell what was meant: the words as a command, and where the words alone do not tell, what Whisper thinks
//! of the nearest sentences and what a model for language inference makes of the rest.
//!
//! A meaning that was guessed is never accepted here: it comes as the best reading with [`GUESSED`] as the reason, and
//! whoever acts on it has to ask first.

use std::sync::Arc;

use super::nli::Nli;
use super::{EngineError, Transcriber};
use crate::command::Commands;
use crate::intent::Understanding;
use crate::intent::gist;
use crate::intent::zeroshot::{self, Choice, GUESSED, Kind, Proposal, Wording};
use crate::message::Transcript;
use crate::turn::Ticket;

/// How much less likely than the transcript, in mean natural-log probability of a token, a sentence may be that is
/// taken for it. One misheard word among six costs about 0.3, a word that was clearly not said more than 1.
const MARGIN: f32 = 0.5;
/// How much likelier than the runner-up it has to be.
const LEAD: f32 = 0.25;

/// Ears with judgement.
pub struct Judge {
    ears: Box<dyn Transcriber>,
    commands: Arc<Commands>,
    guesser: Option<Guesser>,
}

/// A model that guesses meanings, and what it may guess.
struct Guesser {
    nli: Nli,
    choices: Vec<Choice>,
    wording: Wording,
    /// The last words and what they were taken for: a decode ahead of time and the final one often agree.
    last: Option<(String, Proposal)>,
}

impl Judge {
    /// Ears that fill [`Transcript::understanding`]; without `nli` nothing is guessed.
    pub fn new(ears: Box<dyn Transcriber>, commands: Arc<Commands>, nli: Option<Nli>) -> Self {
        let intents = commands.book().intents();
        let (choices, wording) = (gist::choices(intents), Wording::of(&intents.language));
        let guesser = nli.map(|nli| Guesser { nli, choices, wording, last: None });
        Self { ears, commands, guesser }
    }

    /// Accepts one of the nearest sentences when the ears find it about as likely as what they wrote.
    fn weigh(&mut self, found: Understanding, text: &str, stop: &Ticket) -> Result<Understanding, EngineError> {
        let Some(best) = &found.best else { return Ok(found) };
        let mut texts = vec![text.to_string(), best.sentence.clone()];
        texts.extend(found.runner_up.as_ref().map(|next| next.sentence.clone()));
        let Some(scores) = self.ears.score(&texts, stop)? else { return Ok(found) };
        let (Some(&heard), Some(&first)) = (scores.first(), scores.get(1)) else { return Ok(found) };
        let second = scores.get(2).copied().unwrap_or(f32::NEG_INFINITY);
        let likely = first.max(second) >= heard - MARGIN;
        if !likely || (first - second).abs() < LEAD {
            return Ok(found);
        }
        let Understanding { best, runner_up, .. } = found;
        let (best, runner_up) = if first > second { (best, runner_up) } else { (runner_up, best) };
        Ok(Understanding { best, runner_up, accepted: true, reason: "weighed".into() })
    }

    /// Guesses what no sentence says.
    fn guess(&mut self, found: Understanding, text: &str, stop: &Ticket) -> Result<Understanding, EngineError> {
        let Some(guesser) = &mut self.guesser else { return Ok(found) };
        let matcher = self.commands.interpreter().matcher();
        let proposal = match &guesser.last {
            Some((words, proposal)) if words == text => proposal.clone(),
            _ => {
                let Guesser { nli, choices, wording, .. } = guesser;
                let judge = |asked: &[String], alone: bool| nli.classify(text, asked, alone, stop);
                let Some(verdict) = zeroshot::verdict(choices, wording, judge)? else { return Ok(found) };
                let (graph, language) = (matcher.graph(), matcher.language());
                zeroshot::propose(&verdict, graph, language, text, zeroshot::THRESHOLD)
            }
        };
        guesser.last = Some((text.to_string(), proposal.clone()));
        Ok(match proposal {
            Proposal::Ask(reading) => {
                Understanding { runner_up: found.best, best: Some(reading), accepted: false, reason: GUESSED.into() }
            }
            Proposal::Lacks { intent, slots } => {
                Understanding { reason: format!("perhaps {intent}, but without {}", slots.join(", ")), ..found }
            }
            Proposal::Leave(Kind::Question) => Understanding { reason: "a question".into(), ..found },
            Proposal::Leave(Kind::Chat) => Understanding { reason: "chat".into(), ..found },
            Proposal::Leave(Kind::Command) => found,
        })
    }
}

impl Transcriber for Judge {
    fn describe(&self) -> String {
        match &self.guesser {
            Some(guesser) => format!("{}, {}", self.ears.describe(), guesser.nli.describe()),
            None => self.ears.describe(),
        }
    }

    fn streams(&self) -> bool {
        self.ears.streams()
    }

    fn start(&mut self) -> Result<(), EngineError> {
        self.ears.start()
    }

    fn accept(&mut self, audio: &[f32]) -> Result<Option<String>, EngineError> {
        self.ears.accept(audio)
    }

    fn finish(&mut self, stop: &Ticket) -> Result<Transcript, EngineError> {
        let transcript = self.ears.finish(stop)?;
        let mut understanding = self.commands.understand(&transcript);
        let text = transcript.text.trim();
        if !understanding.accepted && !text.is_empty() {
            understanding = self.weigh(understanding, text, stop)?;
        }
        if !understanding.accepted && !text.is_empty() {
            understanding = self.guess(understanding, text, stop)?;
        }
        Ok(Transcript { understanding: Some(understanding), ..transcript })
    }

    fn score(&mut self, texts: &[String], stop: &Ticket) -> Result<Option<Vec<f32>>, EngineError> {
        self.ears.score(texts, stop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Book;
    use crate::config::Config;
    use crate::engine::recording;

    const SENTENCES: &str = "
language: en
intents:
  Lamp: {data: [{sentences: [turn on the lamp]}]}
  Lamb: {data: [{sentences: [turn on the lamb]}]}
  Screenshot: {data: [{sentences: [take a screenshot]}]}
  Timer: {data: [{sentences: [\"set a timer for {minutes} minutes\"]}]}
lists: {minutes: {range: {from: 1, to: 9}}}
actions:
  Lamp: {say: done, risk: safe}
";

    /// Ears that hear fixed words and find a word of their own likely.
    struct Fixed {
        words: &'static str,
        likely: Option<&'static str>,
    }

    impl Transcriber for Fixed {
        fn describe(&self) -> String {
            "fixed".into()
        }

        fn streams(&self) -> bool {
            false
        }

        fn start(&mut self) -> Result<(), EngineError> {
            Ok(())
        }

        fn accept(&mut self, _: &[f32]) -> Result<Option<String>, EngineError> {
            Ok(None)
        }

        fn finish(&mut self, _: &Ticket) -> Result<Transcript, EngineError> {
            Ok(Transcript { text: self.words.into(), ..Transcript::default() })
        }

        fn score(&mut self, texts: &[String], _: &Ticket) -> Result<Option<Vec<f32>>, EngineError> {
            let Some(likely) = self.likely else { return Ok(None) };
            let score = |text: &String| if text == self.words || text.contains(likely) { -0.1 } else { -2.0 };
            Ok(Some(texts.iter().map(score).collect()))
        }
    }

    fn commands() -> Arc<Commands> {
        let book = Book::parse("test.yaml", SENTENCES, &|_| true).unwrap();
        Arc::new(Commands::new(book, &Config::default()).unwrap())
    }

    fn judged(words: &'static str, likely: Option<&'static str>, nli: Option<Nli>) -> Understanding {
        let mut judge = Judge::new(Box::new(Fixed { words, likely }), commands(), nli);
        judge.finish(&Ticket::standing()).unwrap().understanding.unwrap()
    }

    #[test]
    fn sentences_as_written_need_no_judge() {
        let exact = judged("Turn on the lamp.", Some("lamb"), None);
        assert!(exact.accepted);
        assert_eq!(exact.best.unwrap().intent, "Lamp");
        assert!(!judged("", Some("lamb"), None).accepted);
    }

    #[test]
    fn the_ears_tell_sentences_apart_that_words_do_not() {
        let words = "turn on the lam";
        let unsure = judged(words, None, None);
        assert!(!unsure.accepted, "{unsure:?}");
        for (likely, intent) in [("lamp", "Lamp"), ("lamb", "Lamb")] {
            let weighed = judged(words, Some(likely), None);
            assert_eq!((weighed.accepted, weighed.reason.as_str()), (true, "weighed"), "{weighed:?}");
            assert_eq!(weighed.best.unwrap().intent, intent);
        }
        assert!(!judged(words, Some("turn on"), None).accepted, "both are as likely");
        assert!(!judged(words, Some("xyz"), None).accepted, "neither is likely");
    }

    #[test]
    fn what_was_guessed_is_told_and_not_accepted() {
        let Some(library) = recording::installed("runtime/libonnxruntime.so") else { return };
        let nli = || Some(Nli::open(&library, &recording::fixture("models/nli-micro"), 1).unwrap());
        let shot = judged("Could you photograph my display?", None, nli());
        assert_eq!((shot.accepted, shot.reason.as_str()), (false, GUESSED), "{shot:?}");
        assert_eq!(shot.best.unwrap().intent, "Screenshot");
        let question = judged("Who composed the opera?", None, nli());
        assert_eq!((question.accepted, question.reason.as_str()), (false, "a question"), "{question:?}");
        let chat = judged("I slept badly last night.", None, nli());
        assert_eq!((chat.accepted, chat.reason.as_str()), (false, "chat"), "{chat:?}");
    }
}
