//! The vote of two recognisers on one utterance: one wrote down whatever it heard, the other knows nothing but the
//! sentences of the commands. Neither is believed alone where it doubts; together they separate orders from what only
//! sounds like one.

use crate::intent::Understanding;
use crate::intent::language::text::words;
use crate::intent::language::{lexicon, phonetic};

/// Share of the sounds that must be alike where the ears for commands are as good as sure.
const ALIKE_IF_SURE: f32 = 0.45;
/// The same where they lean towards the sentence, and where they doubt it.
const ALIKE_IF_LIKELY: f32 = 0.6;
const ALIKE_IF_DOUBTED: f32 = 0.72;
/// From which confidence on they are sure, lean, and doubt; below nothing counts.
const SURE: f32 = 0.9;
const LIKELY: f32 = 0.4;
const DOUBTED: f32 = 0.05;

/// Mean natural-log probability of a token under which words written down are in doubt, and a second hearing is worth its
/// quarter of a second.
const SURE_OF_WORDS: f32 = -0.3;
/// A sentence this near to what was written down, 0..=1, may have been meant.
const NEAR: f32 = 0.35;
/// Most words that are worth a second hearing: orders are short.
const MOST_WORDS: usize = 14;
/// So few words are worth one whatever they are near to: the shorter, the more is misheard.
const FEW_WORDS: usize = 4;

/// What becomes of words that mean no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// The language model answers them, and the user waits for it.
    Answered,
    /// They are dropped: only commands are expected.
    Lost,
}

impl Otherwise {
    /// What it is where commands are all that is taken, or not.
    #[must_use]
    pub fn of(commands_only: bool) -> Self {
        if commands_only { Self::Lost } else { Self::Answered }
    }
}

/// Whether ears that know the commands' sentences and nothing else shall be asked about `text`, which means no command by
/// itself: where it may be one misheard, or always where it would be lost. `mean_logprob` is that of a token, in nats,
/// where the ears have one.
pub fn is_in_doubt(text: &str, mean_logprob: Option<f32>, understanding: &Understanding, otherwise: Otherwise) -> bool {
    if otherwise == Otherwise::Lost {
        return !understanding.accepted;
    }
    let count = text.split_whitespace().count();
    let near = understanding.best.as_ref().is_some_and(|best| best.score >= NEAR);
    let unsure = mean_logprob.is_none_or(|mean| mean < SURE_OF_WORDS);
    !understanding.accepted && unsure && count <= MOST_WORDS && (near || count <= FEW_WORDS)
}

/// What the ears for anything understood.
#[derive(Clone, Debug)]
pub struct Free<'a> {
    /// The words.
    pub text: &'a str,
    /// What they mean.
    pub understanding: Understanding,
}

/// What the ears for commands heard.
#[derive(Clone, Debug)]
pub struct GrammarHearing<'a> {
    /// The sentence.
    pub text: &'a str,
    /// How sure they are, 0..=1.
    pub confidence: f32,
    /// What it means, as if it were sure.
    pub understanding: Understanding,
}

/// What both together understood. A word-for-word match of the free ears counts alone.
pub fn vote(free: Free<'_>, bound: GrammarHearing<'_>) -> Understanding {
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

/// Whether what was written down may have been the sentence.
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
        let bound = GrammarHearing { text: bound, confidence, understanding: understood("Bound", true, "exact") };
        vote(Free { text, understanding }, bound)
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
        assert!(!is_in_doubt(words, clear, &nothing, Otherwise::of(false)), "somebody waits for an answer");
        assert!(is_in_doubt(words, clear, &nothing, Otherwise::of(true)));
        assert!(!is_in_doubt(words, clear, &understood("Free", true, "near"), Otherwise::of(true)));
    }

    #[test]
    fn word_for_word_is_not_voted_on() {
        let heard = voted(("mute", understood("Free", true, "exact")), "unmute", 1.0);
        assert_eq!(heard.best.map(|best| best.intent).as_deref(), Some("Free"));
    }
}
