//! The tolerant search: the nearest sentences of the grammar, with the cost of the difference.
//!
//! Missing and doubled words without a meaning of their own, other endings, words that sound alike and words written
//! together or apart are cheap; a word with a meaning that is too many costs more than any acceptable sentence may;
//! one that is missing, and a negation that is too many or too few, are not forgiven at all. The search gives back
//! sentences of the grammar word for word, so that the exact matcher finds their slots.

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

/// The most that the difference may cost; beyond, there is no reading at all.
const LIMIT: f32 = 2.6;
/// What a beginning of a sentence may differ by, and still count as one.
const BEGINNING_LIMIT: f32 = 0.8;
/// In a sentence with a wildcard anything fits but its fixed words: those count this many times.
const WILD: f32 = 2.0;
/// Most steps for one utterance, over all templates: a few milliseconds.
const STEP_LIMIT: usize = 40_000;
/// What a sentence is worth whose particle stands elsewhere than it was said.
const MOVED: f32 = 0.95;
/// Slope of the score. With this one, nothing of the calibration sentences that is to be rejected scores above 0.6, and
/// nearly all that is to be accepted is above 0.75.
const SLOPE: f32 = 0.6;
/// Ways to write the numbers of an utterance otherwise that are looked at.
const FORMS: usize = 3;
/// Sentences that are given back at most.
const MOST: usize = 8;

/// A sentence of the grammar near what was heard.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Word for word.
    pub sentence: String,
    /// 0 to 1, see [`score`].
    pub score: f32,
}

/// Whether what was heard is a sentence, a beginning of one, or neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SentenceProgress {
    /// It is a whole sentence.
    pub complete: bool,
    /// More words could follow.
    pub unfinished: bool,
}

impl Tolerant {
    /// The nearest sentences, best first, and the steps that the search took.
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

    /// Whether what was heard is a sentence already.
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

    /// Sentences that could explain the words within `limit`, the likeliest first, with what is left at each place.
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

/// Cost to score: 1 for nothing, and longer sentences forgive a little more, but not in proportion, or a long one
/// would swallow a word that turns it into another.
pub fn score(cost: f32, words: usize) -> f32 {
    let words = f32::from(u16::try_from(words).unwrap_or(u16::MAX)).max(2.0);
    (-SLOPE * cost / (words / 2.0).sqrt()).exp()
}
