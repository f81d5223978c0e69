//! The interpretation of hypotheses of what was said: exact first, then tolerant, over all of them.

use std::collections::BTreeMap;

use super::matcher::Matcher;
use super::tolerant::{SentenceProgress, Tolerant};
use crate::intent::error::IntentError;
use crate::intent::language::{lexicon, text};
use crate::intent::template::IntentSet;
use crate::intent::{Reading, Understanding};

/// Something that may have been said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hypothesis<'a> {
    /// The words.
    pub text: &'a str,
    /// Natural logarithm of its probability over the best one's: 0 for the best, negative for the others.
    pub weight: f32,
}

/// What is sure enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InterpretSettings {
    /// Least score of a reading that is accepted, 0 to 1.
    pub threshold: f32,
    /// Least distance in score between a tolerant reading and the next one that means something else.
    pub margin: f32,
}

impl Default for InterpretSettings {
    /// From the paraphrases in `fixtures/intents`: all that is to be rejected is, with room to spare.
    fn default() -> Self {
        Self { threshold: 0.75, margin: 0.05 }
    }
}

/// Share of a hypothesis's log probability that counts: decoders are surer of their order than they are right.
const TRUST: f32 = 0.2;
/// Most hypotheses that are looked at.
const MOST_HYPOTHESES: usize = 16;

/// Understands sentences of one grammar.
#[derive(Debug)]
pub struct Interpreter {
    matcher: Matcher,
    tolerant: Tolerant,
    settings: InterpretSettings,
}

impl Interpreter {
    /// An interpreter over a matcher that is ready.
    pub fn new(matcher: Matcher, settings: InterpretSettings) -> Self {
        let tolerant = Tolerant::new(matcher.graph(), matcher.language());
        Self { matcher, tolerant, settings }
    }

    /// An interpreter of commands files.
    ///
    /// # Errors
    /// What [`Matcher::new`] finds wrong.
    pub fn of(intents: &IntentSet, settings: InterpretSettings) -> Result<Self, IntentError> {
        Ok(Self::new(Matcher::new(intents)?, settings))
    }

    /// The exact matcher inside.
    pub const fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    /// What is sure enough.
    pub const fn settings(&self) -> InterpretSettings {
        self.settings
    }

    /// What was meant by the hypotheses, best first or in any order.
    ///
    /// `acoustic` is the ears' own confidence (0 to 1) that these words were said at all, where they have one; scores
    /// are multiplied with it. `context` is what is known without being said.
    pub fn understand(
        &self,
        hypotheses: &[Hypothesis<'_>],
        acoustic: Option<f32>,
        context: &BTreeMap<String, String>,
    ) -> Understanding {
        let heard = acoustic.filter(|sure| sure.is_finite()).map_or(1.0, |sure| sure.clamp(0.0, 1.0));
        let mut found = FoundReadings::default();
        let said = hypotheses.iter().filter(|hypothesis| hypothesis.text.chars().any(char::is_alphanumeric));
        let mut said: Vec<&Hypothesis<'_>> = said.take(MOST_HYPOTHESES).collect();
        said.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        let best_words = said.first().map(|best| text::words(best.text)).unwrap_or_default();
        for hypothesis in &said {
            // A less likely hypothesis may repair the best one, but not by losing its "don't" or its "he said".
            if lexicon::leaves_out(&best_words, &text::words(hypothesis.text)) {
                continue;
            }
            let trust = (hypothesis.weight.min(0.0) * TRUST).exp() * heard;
            let exact = self.matcher.exact(hypothesis.text, context);
            let is_best = found.readings.is_empty();
            if !exact.is_empty() {
                for reading in exact {
                    found.add(reading, trust, true);
                }
                // Word for word what the ears believe most: nothing can be better.
                if is_best && hypothesis.weight >= 0.0 {
                    break;
                }
                continue;
            }
            for candidate in self.tolerant.nearest(self.matcher.graph(), hypothesis.text).0 {
                if let Some(reading) = self.matcher.exact(&candidate.sentence, context).into_iter().next() {
                    found.add(Reading { score: candidate.score, ..reading }, trust, false);
                }
            }
        }
        self.judge(found, said.is_empty(), heard)
    }

    /// Accepts the best reading, or says why not.
    fn judge(&self, mut found: FoundReadings, silent: bool, heard: f32) -> Understanding {
        let InterpretSettings { threshold, margin } = self.settings;
        found.readings.sort_by(|a, b| b.reading.score.total_cmp(&a.reading.score));
        let mut readings = found.readings.into_iter();
        let (best, runner_up) = (readings.next(), readings.next());
        let distance = match (&best, &runner_up) {
            (Some(best), Some(next)) => best.reading.score - next.reading.score,
            _ => f32::INFINITY,
        };
        let (accepted, reason) = match &best {
            None if silent => (false, "nothing said".to_string()),
            None => (false, "no match: no sentence of the grammar is near".to_string()),
            Some(best) if best.reading.score < threshold => {
                let score = best.reading.score;
                let why = if best.exact && heard < 1.0 { "the ears are not sure" } else { "low score" };
                (false, format!("{why}: {score:.2} is below the threshold of {threshold:.2}"))
            }
            Some(best) if best.exact => (true, "exact".to_string()),
            Some(_) if distance < margin => {
                (false, format!("ambiguous: the runner-up is only {distance:.2} behind, the margin is {margin:.2}"))
            }
            Some(_) => (true, "tolerant".to_string()),
        };
        let (best, runner_up) = (best.map(|found| found.reading), runner_up.map(|found| found.reading));
        Understanding { best, runner_up, accepted, reason, guessed: false }
    }

    /// Whether a text is a sentence of the grammar, or a beginning of one, filler words and courtesies aside.
    pub fn progress(&self, text: &str) -> SentenceProgress {
        self.tolerant.progress(self.matcher.graph(), text)
    }

    /// Whether a text is a whole sentence of the grammar.
    pub fn complete(&self, text: &str) -> bool {
        self.progress(text).complete
    }

    /// Whether a text is a beginning of some sentence of the grammar, but not a whole one: an order in the making.
    pub fn unfinished(&self, text: &str) -> bool {
        let progress = self.progress(text);
        progress.unfinished && !progress.complete
    }
}

/// A reading and how it was found.
struct Scored {
    reading: Reading,
    exact: bool,
}

/// The readings of all hypotheses, each meaning once.
#[derive(Default)]
struct FoundReadings {
    readings: Vec<Scored>,
}

impl FoundReadings {
    /// Adds a reading; of those that mean the same the best score counts.
    fn add(&mut self, mut reading: Reading, trust: f32, exact: bool) {
        reading.score *= trust;
        let same = |known: &&mut Scored| known.reading.intent == reading.intent && known.reading.slots == reading.slots;
        match self.readings.iter_mut().find(same) {
            Some(known) if known.reading.score >= reading.score => known.exact |= exact,
            Some(known) => *known = Scored { exact: exact || known.exact, reading },
            None => self.readings.push(Scored { reading, exact }),
        }
    }
}
