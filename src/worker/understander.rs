//! The understanding of commands: whether an utterance is a command, judged with the recogniser that heard it, and with
//! a model of natural language if one is installed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::command::Commands;
use crate::engine::nli::Nli;
use crate::engine::{EngineError, Transcriber};
use crate::intent::Understanding;
use crate::intent::matching::gist;
use crate::intent::matching::interpret::Hypothesis;
use crate::intent::matching::vote::{DictationReading, GrammarReading, NoCommandReason, is_in_doubt, vote};
use crate::intent::matching::zeroshot::{self, Choice, Proposal, Wording};
use crate::message::{Mode, Transcript};
use crate::turn::Ticket;

/// Score (0..=1) from which on the recogniser is asked about a sentence.
const WORTH_ASKING: f32 = 0.35;
/// How much likelier a token of this sentence must be than one of the next nearest, in nats.
const LEAD: f32 = 0.2;
/// How much less likely a token of the commands' sentence may be than one of the transcript, in nats: half of the
/// difference that near but wrong phrases show on the test model's recordings.
const ALMOST: f32 = 0.4;

/// Understands commands for speech to text.
pub struct Understander {
    commands: Arc<Commands>,
    guesser: Option<Guesser>,
}

/// Judges transcripts that match no sentence of the commands.
struct Guesser {
    model: Nli,
    choices: Vec<Choice>,
    wording: Wording,
}

impl Understander {
    /// An understander of `commands`. The model, if there is one, judges transcripts that match no sentence.
    pub fn new(commands: Arc<Commands>, model: Option<Nli>) -> Self {
        let intents = commands.book().intents();
        let guesser = model.map(|model| Guesser {
            model,
            choices: gist::choices(intents),
            wording: Wording::of(&intents.language),
        });
        Self { commands, guesser }
    }

    /// The transcript, understood as a command in this `mode`.
    ///
    /// # Errors
    /// When the recogniser or the model fails.
    pub fn understand(
        &mut self,
        transcript: &Transcript,
        mode: Mode,
        asr: &mut dyn Transcriber,
        stop: &Ticket,
    ) -> Result<Understanding, EngineError> {
        let understanding = self.commands.understand(transcript);
        // The grammar decoder has scored its result already. Do not score accepted sentences again: they lack the
        // courtesies that were said, so the recogniser would call them unlikely.
        if understanding.accepted || transcript.command.is_some() || transcript.text.trim().is_empty() {
            return Ok(understanding);
        }
        let understanding = self.counsel(understanding, transcript, mode, asr, stop)?;
        if understanding.accepted {
            return Ok(understanding);
        }
        let understanding = weigh(understanding, transcript, asr, stop)?;
        match &mut self.guesser {
            Some(guesser) if !understanding.accepted => guesser.guess(&self.commands, understanding, transcript, stop),
            _ => Ok(understanding),
        }
    }
}

impl Understander {
    /// Asks the second recogniser, if there is one, which knows nothing but the commands, and lets both vote.
    fn counsel(
        &self,
        understanding: Understanding,
        transcript: &Transcript,
        mode: Mode,
        asr: &mut dyn Transcriber,
        stop: &Ticket,
    ) -> Result<Understanding, EngineError> {
        let otherwise = NoCommandReason::of(mode == Mode::Intent);
        if !is_in_doubt(&transcript.text, transcript.mean_logprob, &understanding, otherwise) {
            return Ok(understanding);
        }
        let Some(heard) = asr.second(stop)? else { return Ok(understanding) };
        let said = [Hypothesis { text: &heard.text, weight: 0.0 }];
        let meant = self.commands.interpreter().understand(&said, None, &BTreeMap::new());
        let free = DictationReading { text: &transcript.text, understanding };
        Ok(vote(free, GrammarReading { text: &heard.text, confidence: heard.confidence, understanding: meant }))
    }
}

/// Asks the recogniser how likely the nearest sentences are against its transcript, and accepts one that is likely
/// enough.
fn weigh(
    mut understanding: Understanding,
    transcript: &Transcript,
    asr: &mut dyn Transcriber,
    stop: &Ticket,
) -> Result<Understanding, EngineError> {
    let near = |score: f32| score >= WORTH_ASKING;
    let Some(best) = understanding.best.clone().filter(|best| near(best.score)) else { return Ok(understanding) };
    let rival = understanding.runner_up.clone().filter(|rival| near(rival.score));
    let mut texts = vec![transcript.text.clone(), best.sentence.clone()];
    texts.extend(rival.iter().map(|rival| rival.sentence.clone()));
    let Some(likely) = asr.score(&texts, stop)? else { return Ok(understanding) };
    let &[heard, of_best, ref others @ ..] = likely.as_slice() else { return Ok(understanding) };
    let of_rival = others.first().copied().unwrap_or(f32::NEG_INFINITY);
    let (chosen, next, likelihood) = match rival {
        Some(rival) if of_rival > of_best => (rival, Some(best), of_rival),
        rival => (best, rival, of_best),
    };
    understanding.accepted = likelihood >= heard - ALMOST && likelihood >= of_best.min(of_rival) + LEAD;
    understanding.reason = if understanding.accepted {
        "the ears agree".into()
    } else {
        format!("the ears heard something else: {:.2} nats a word part apart", heard - likelihood)
    };
    (understanding.best, understanding.runner_up) = (Some(chosen), next);
    Ok(understanding)
}

impl Guesser {
    /// Judges the words as a command, a question or chat. A guessed command is never carried out without a yes.
    fn guess(
        &mut self,
        commands: &Commands,
        mut understanding: Understanding,
        transcript: &Transcript,
        stop: &Ticket,
    ) -> Result<Understanding, EngineError> {
        let judge = |hypotheses: &[String], each: bool| self.model.classify(&transcript.text, hypotheses, each, stop);
        let Some(verdict) = zeroshot::verdict(&self.choices, &self.wording, judge)? else { return Ok(understanding) };
        match commands.propose(&verdict, &transcript.text) {
            Proposal::Leave(kind) => {
                let kind = format!("{kind:?}").to_lowercase();
                understanding.reason =
                    format!("{}; sounds like {kind} ({:.2})", understanding.reason, verdict.probability);
            }
            Proposal::Ask(reading) => {
                understanding.reason = format!("guessed ({:.2})", verdict.probability);
                understanding.runner_up = understanding.best.replace(reading);
                understanding.accepted = true;
                understanding.guessed = true;
            }
            Proposal::Lacks { intent, slots } => {
                understanding.reason = format!("sounds like {intent}, without {}", slots.join(" and "));
            }
        }
        Ok(understanding)
    }
}
