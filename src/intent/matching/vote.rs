//! The vote of two recognisers on one utterance: one takes dictation, the other (the grammar decoder) knows only the
//! sentences of the commands. Neither is believed alone if it doubts; together they separate orders from words that
//! only sound like one.

use crate::intent::Understanding;
use crate::intent::language::text::words;
use crate::intent::language::{lexicon, phonetic};

/// Smallest share of sounds in common if the grammar decoder is sure.
const ALIKE_IF_SURE: f32 = 0.45;
/// Smallest shares of sounds in common if it finds the sentence likely, and if it doubts it.
const ALIKE_IF_LIKELY: f32 = 0.6;
const ALIKE_IF_DOUBTED: f32 = 0.72;
/// Confidences from which it is sure, finds the sentence likely, and doubts it; below, its sentence does not count.
const SURE: f32 = 0.9;
const LIKELY: f32 = 0.4;
const DOUBTED: f32 = 0.05;

/// Mean natural-log probability of a token below which dictated words are in doubt: the grammar decoder is then worth
/// its quarter of a second.
const SURE_OF_WORDS: f32 = -0.3;
/// Score of the nearest sentence, 0..=1, from which it may have been meant.
const NEAR: f32 = 0.35;
/// Most words for which the grammar decoder is asked: orders are short.
const MOST_WORDS: usize = 14;
/// Most words for which it is asked even without a near sentence: short utterances are often misheard.
const FEW_WORDS: usize = 4;

/// The fate of words that are not a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCommandReason {
    /// The language model answers them, and the person waits for it.
    Answered,
    /// They are ignored: only commands are expected.
    Lost,
}

impl NoCommandReason {
    /// The fate by the mode: whether only commands are expected.
    #[must_use]
    pub fn of(commands_only: bool) -> Self {
        if commands_only { Self::Lost } else { Self::Answered }
    }
}

/// Whether to ask the grammar decoder about `text`, which is not a command by itself. It is asked if `text` may be a
/// misheard command, and always if `text` would be ignored. `mean_logprob` is that of a token in nats, if the
/// recogniser has one.
pub fn is_in_doubt(
    text: &str,
    mean_logprob: Option<f32>,
    understanding: &Understanding,
    otherwise: NoCommandReason,
) -> bool {
    if otherwise == NoCommandReason::Lost {
        return !understanding.accepted;
    }
    let count = text.split_whitespace().count();
    let near = understanding.best.as_ref().is_some_and(|best| best.score >= NEAR);
    let unsure = mean_logprob.is_none_or(|mean| mean < SURE_OF_WORDS);
    !understanding.accepted && unsure && count <= MOST_WORDS && (near || count <= FEW_WORDS)
}

/// The result of dictation.
#[derive(Clone, Debug)]
pub struct DictationReading<'a> {
    /// The words.
    pub text: &'a str,
    /// The meaning of the words.
    pub understanding: Understanding,
}

/// The result of the grammar decoder.
#[derive(Clone, Debug)]
pub struct GrammarReading<'a> {
    /// The sentence.
    pub text: &'a str,
    /// Its confidence, 0..=1.
    pub confidence: f32,
    /// The meaning of the sentence, as if it were sure.
    pub understanding: Understanding,
}

/// The meaning of both results together. An exact match of the dictated words counts alone.
pub fn vote(free: DictationReading<'_>, bound: GrammarReading<'_>) -> Understanding {
    let exact = free.understanding.accepted && free.understanding.reason == "exact";
    if exact || !bound.understanding.accepted || !agree(free.text, bound.text, bound.confidence) {
        return free.understanding;
    }
    let mut understanding = bound.understanding;
    understanding.reason = format!("both ears ({:.2})", bound.confidence);
    understanding.runner_up = free.understanding.best.filter(|other| {
        understanding.best.as_ref().is_none_or(|best| other.intent != best.intent || other.slots != best.slots)
    });
    understanding
}

/// Whether the dictated words may have been the sentence.
fn agree(free: &str, bound: &str, confidence: f32) -> bool {
    if lexicon::leaves_out(&words(free), &words(bound)) && likeness(free, bound) < ALIKE_IF_DOUBTED {
        return false;
    }
    let wanted = match confidence {
        sure if sure >= SURE => ALIKE_IF_SURE,
        likely if likely >= LIKELY => ALIKE_IF_LIKELY,
        doubted if doubted >= DOUBTED => ALIKE_IF_DOUBTED,
        _ => return false,
    };
    likeness(free, bound) >= wanted
}

/// Share of the sounds that two texts have in common, 0..=1.
pub fn likeness(a: &str, b: &str) -> f32 {
    let phones = |text: &str| words(text).iter().map(|word| phonetic::phones(word)).collect::<String>();
    #[allow(clippy::cast_possible_truncation)] // a share
    let alike = strsim::normalized_levenshtein(&phones(a), &phones(b)) as f32;
    alike
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::intent::Reading;

    fn understood(intent: &str, accepted: bool, reason: &str) -> Understanding {
        let best = Reading {
            intent: intent.into(),
            slots: BTreeMap::new(),
            sentence: String::new(),
            score: 1.0,
            response: None,
        };
        Understanding { best: Some(best), accepted, reason: reason.into(), ..Understanding::default() }
    }

    fn voted(free: (&str, Understanding), bound: &str, confidence: f32) -> Understanding {
        let (text, understanding) = free;
        let bound = GrammarReading { text: bound, confidence, understanding: understood("Bound", true, "exact") };
        vote(DictationReading { text, understanding }, bound)
    }

    #[test]
    fn near_words_and_a_sure_recogniser_make_an_order() {
        let nothing = || understood("Free", false, "low score");
        let intent = |understanding: Understanding| understanding.best.map(|best| best.intent);
        let heard = voted(("pose the timer", nothing()), "pause the timer", 0.6);
        assert!(heard.accepted && intent(heard.clone()).as_deref() == Some("Bound"), "{heard:?}");
        assert!(!voted(("pause timer", nothing()), "what time is it", 0.999).accepted);
        assert!(!voted(("tell me a long story", nothing()), "tell me the time", 0.3).accepted);
        assert!(!voted(("pose the timer", nothing()), "pause the timer", 0.01).accepted);
    }

    #[test]
    fn what_would_be_lost_is_always_heard_twice() {
        let nothing = understood("Free", false, "low score");
        let clear = Some(-0.05);
        let words = "a large latte with no foam please";
        assert!(!is_in_doubt(words, clear, &nothing, NoCommandReason::of(false)), "somebody waits for an answer");
        assert!(is_in_doubt(words, clear, &nothing, NoCommandReason::of(true)));
        assert!(!is_in_doubt(words, clear, &understood("Free", true, "near"), NoCommandReason::of(true)));
    }

    #[test]
    fn word_for_word_is_not_voted_on() {
        let heard = voted(("mute", understood("Free", true, "exact")), "unmute", 1.0);
        assert_eq!(heard.best.map(|best| best.intent).as_deref(), Some("Free"));
    }
}
