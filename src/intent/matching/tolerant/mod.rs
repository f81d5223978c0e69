//! The tolerant search: the nearest sentences of the grammar, with the cost of the difference.
//!
//! Some differences are cheap: missing and doubled words without a meaning of their own, other endings, words that
//! sound alike, and words written together or separately. An additional content word costs more than an acceptable
//! sentence may. A missing content word, and an additional or missing negation, are not forgiven at all. The search
//! returns sentences of the grammar word for word, so that the exact matcher finds their slots.

mod guess;
mod index;
mod particle;
mod profile;
mod sounds;
mod utterance;
mod walk;

use super::heard::WORD_LIMIT;
use crate::intent::graph::Graph;
use crate::intent::language::forms;
use crate::intent::language::text::{tokens, words};
pub use index::Tolerant;
use utterance::HeardWords;
use walk::Walker;

/// Largest cost of a reading.
const LIMIT: f32 = 2.6;
/// Largest cost of a beginning of a sentence.
const BEGINNING_LIMIT: f32 = 0.8;
/// Factor on the costs of a sentence with a wildcard: the wildcard fits anything, so that the fixed words count more.
const WILD: f32 = 2.0;
/// Most steps for an utterance over all templates: a few milliseconds.
const STEP_LIMIT: usize = 40_000;
/// Factor on the score of a sentence whose particle stands in another place than it was said.
const MOVED: f32 = 0.95;
/// Slope of the score. With this slope, all calibration sentences that must be rejected score below 0.6, and nearly all
/// that must be accepted score above 0.75.
const SLOPE: f32 = 0.6;
/// Most variants of an utterance's numbers that are tried.
const FORMS: usize = 3;
/// Most sentences that are returned.
const MOST: usize = 8;

/// A sentence of the grammar near the heard text.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The sentence, word for word.
    pub sentence: String,
    /// 0 to 1, see [`score`].
    pub score: f32,
}

/// Whether the heard text is a sentence, the beginning of one, or neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SentenceProgress {
    /// It is a whole sentence.
    pub complete: bool,
    /// More words could follow.
    pub unfinished: bool,
}

impl Tolerant {
    /// The nearest sentences, best first, and the number of steps of the search.
    pub fn nearest(&self, graph: &Graph, text: &str) -> (Vec<Candidate>, usize) {
        let (mut found, mut steps) = self.search(graph, text);
        let near = |found: &[Candidate]| found.iter().any(|candidate| candidate.score > MOVED);
        if !near(&found) {
            for other in forms::variants(text, &self.language, |word| graph.word(word).is_some()).iter().take(FORMS) {
                let (others, more) = self.search(graph, other);
                steps += more;
                for candidate in others {
                    keep(&mut found, candidate);
                }
            }
        }
        if !near(&found)
            && let Some(moved) = particle::moved(&words(text))
        {
            let (others, more) = self.search(graph, &moved);
            steps += more;
            for other in others {
                keep(&mut found, Candidate { score: other.score * MOVED, ..other });
            }
        }
        found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.sentence.cmp(&b.sentence)));
        found.truncate(MOST);
        (found, steps)
    }

    fn search(&self, graph: &Graph, text: &str) -> (Vec<Candidate>, usize) {
        let Some(utterance) = self.utterance(graph, text) else { return (Vec::new(), 0) };
        let mut walker = Walker::new(graph, self, &utterance, STEP_LIMIT);
        let mut found: Vec<Candidate> = Vec::new();
        for (sentence, rest) in self.promising(graph, &utterance, LIMIT) {
            let wild = self.profiles.sentences[sentence].wild;
            let factor = if wild { WILD } else { 1.0 };
            let ways = walker.sentence(graph.sentences[sentence].start, &rest, LIMIT / factor);
            for (_, way) in ways.ends.iter().filter(|(end, _)| *end == utterance.len()) {
                let cost = way.cost * factor;
                keep(&mut found, Candidate { sentence: way.sentence(), score: score(cost, way.words) });
            }
        }
        (found, walker.steps)
    }

    /// Whether the heard text is a whole sentence, and whether it is the beginning of one.
    pub fn progress(&self, graph: &Graph, text: &str) -> SentenceProgress {
        let mut progress = self.progress_of(graph, text);
        if !progress.complete {
            for other in forms::variants(text, &self.language, |word| graph.word(word).is_some()).iter().take(FORMS) {
                let of_other = self.progress_of(graph, other);
                progress.complete |= of_other.complete;
                progress.unfinished |= of_other.unfinished;
            }
        }
        progress
    }

    fn progress_of(&self, graph: &Graph, text: &str) -> SentenceProgress {
        let Some(utterance) = self.utterance(graph, text) else { return SentenceProgress::default() };
        let mut walker = Walker::new(graph, self, &utterance, STEP_LIMIT);
        let mut progress = SentenceProgress::default();
        for (sentence, rest) in self.promising(graph, &utterance, BEGINNING_LIMIT) {
            let ways = walker.sentence(graph.sentences[sentence].start, &rest, BEGINNING_LIMIT);
            progress.complete |= ways.ends.iter().any(|(end, _)| *end == utterance.len());
            progress.unfinished |= ways.unfinished.is_some();
        }
        progress
    }

    fn utterance(&self, graph: &Graph, text: &str) -> Option<HeardWords> {
        let all = tokens(text);
        if all.is_empty() || all.len() > WORD_LIMIT {
            return None;
        }
        let utterance = HeardWords::new(graph, &self.sounds, &self.language, text, &all);
        (utterance.len() > 0).then_some(utterance)
    }

    /// Sentences that may explain the words within `limit`, the likeliest first, with the lowest cost of the rest at
    /// each word.
    fn promising(&self, graph: &Graph, utterance: &HeardWords, limit: f32) -> Vec<(usize, Vec<f32>)> {
        let mut promising: Vec<(usize, usize, Vec<f32>)> = Vec::new();
        for sentence in 0..graph.sentences.len() {
            let profile = &self.profiles.sentences[sentence];
            let shared = utterance.shared(profile);
            if shared == 0 && !profile.wild && !profile.numbers {
                continue;
            }
            let rest = utterance.rest(profile);
            if rest[0] <= limit {
                promising.push((sentence, shared, rest));
            }
        }
        promising.sort_by(|a, b| a.2[0].total_cmp(&b.2[0]).then(b.1.cmp(&a.1)));
        promising.into_iter().map(|(sentence, _, rest)| (sentence, rest)).collect()
    }
}

/// Keeps the best candidate of each sentence.
fn keep(found: &mut Vec<Candidate>, candidate: Candidate) {
    match found.iter_mut().find(|known| known.sentence == candidate.sentence) {
        Some(known) if known.score < candidate.score => *known = candidate,
        Some(_) => {}
        None => found.push(candidate),
    }
}

/// Turns cost into score: 1 for no cost. Longer sentences forgive a little more, but not in proportion: otherwise a
/// long one would swallow a word that changes its meaning.
pub fn score(cost: f32, words: usize) -> f32 {
    let words = f32::from(u16::try_from(words).unwrap_or(u16::MAX)).max(2.0);
    (-SLOPE * cost / (words / 2.0).sqrt()).exp()
}
