//! The interpretation of a recogniser's hypotheses: first exact, then tolerant, over all of them.

use std::collections::BTreeMap;

use super::matcher::Matcher;
use super::tolerant::{SentenceProgress, Tolerant};
use crate::intent::error::IntentError;
use crate::intent::language::{lexicon, text};
use crate::intent::template::IntentSet;
use crate::intent::{Reading, Understanding};

/// A hypothesis of what was said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hypothesis<'a> {
    /// The words.
    pub text: &'a str,
    /// Natural logarithm of its probability relative to the best one: 0 for the best, negative for the others.
    pub weight: f32,
}

/// The limits for accepting a reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InterpretSettings {
    /// Lowest score of an accepted reading, 0 to 1.
    pub threshold: f32,
    /// Smallest distance in score between a tolerant reading and the next one with another meaning.
    pub margin: f32,
}

impl Default for InterpretSettings {
    /// Chosen on the paraphrases in `fixtures/intents`: everything that must be rejected is, with room to spare.
    fn default() -> Self {
        Self { threshold: 0.75, margin: 0.05 }
    }
}

/// Share of a hypothesis's log probability that counts: decoders are too sure of their order.
const TRUST: f32 = 0.2;
/// Most hypotheses that are considered.
const MOST_HYPOTHESES: usize = 16;

/// The interpreter of sentences of one grammar.
#[derive(Debug)]
pub struct Interpreter {
    matcher: Matcher,
    tolerant: Tolerant,
    settings: InterpretSettings,
}

impl Interpreter {
    /// An interpreter with a compiled matcher.
    pub fn new(matcher: Matcher, settings: InterpretSettings) -> Self {
        let tolerant = Tolerant::new(matcher.graph(), matcher.language());
        Self { matcher, tolerant, settings }
    }

    /// An interpreter of commands files.
    ///
    /// # Errors
    /// The errors of [`Matcher::new`].
    pub fn of(intents: &IntentSet, settings: InterpretSettings) -> Result<Self, IntentError> {
        Ok(Self::new(Matcher::new(intents)?, settings))
    }

    /// The exact matcher.
    pub const fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    /// The limits for accepting a reading.
    pub const fn settings(&self) -> InterpretSettings {
        self.settings
    }

    /// Understands the hypotheses, in any order.
    ///
    /// `acoustic` is the recogniser's confidence (0 to 1) that these words were said, if it has one; it multiplies the
    /// scores. `context` is the context from outside the sentence.
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
            // A less likely hypothesis may repair the best one, but must not lose its "don't" or its "he said".
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
                // Stop at an exact match of the best hypothesis: no other reading can be better.
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

    /// Accepts the best reading, or says why it is not accepted.
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

    /// Whether a text is a sentence of the grammar or the beginning of one, apart from filler words and courtesies.
    pub fn progress(&self, text: &str) -> SentenceProgress {
        self.tolerant.progress(self.matcher.graph(), text)
    }

    /// Whether a text is a whole sentence of the grammar.
    pub fn complete(&self, text: &str) -> bool {
        self.progress(text).complete
    }

    /// Whether a text is the beginning of a sentence of the grammar, but not a whole one.
    pub fn unfinished(&self, text: &str) -> bool {
        let progress = self.progress(text);
        progress.unfinished && !progress.complete
    }
}

/// A reading with its origin.
struct Scored {
    reading: Reading,
    exact: bool,
}

/// The readings of all hypotheses, one for each meaning.
#[derive(Default)]
struct FoundReadings {
    readings: Vec<Scored>,
}

impl FoundReadings {
    /// Adds a reading; of equal meanings the best score counts.
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
