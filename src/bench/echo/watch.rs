//! The watch over a conversation of the closed loop: when golem lowered its voice and fell silent, and because of whom.

use std::ops::ControlFlow;

use crate::device::DeviceError;
use crate::message::{Note, Time};
use crate::replay::Audience;
use crate::signal::frame::RATE;

/// Seconds after a person's last sound in which that person may still be why golem falls silent.
pub const GRACE: f64 = 0.6;
/// Seconds before an onset in which it may already be that person: a breath, and the error of the onset itself.
const BREATH: f64 = 0.05;
/// Seconds after an onset: playback that was lowered before it counts for that person if it stays lowered for so long.
const STAYS: f64 = 0.1;
/// Longest wait for words after a person's last sound, in seconds.
const WORDS_AT_MOST: f64 = 10.0;

/// From when to when a person speaks, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpokenSpan {
    pub begin: f64,
    pub end: f64,
}

impl SpokenSpan {
    /// Whether this person is why golem did something at `at`.
    fn explains(&self, at: f64) -> bool {
        at >= self.begin - BREATH && at <= self.end + GRACE
    }
}

/// The log of a conversation, in seconds.
#[derive(Default)]
pub struct ClosedWatch {
    pub now: f64,
    samples: u64,
    /// When each reply began, by its turn.
    replies: Vec<(u64, f64)>,
    /// Begin and end of each duck; the newest may still last.
    ducks: Vec<(f64, f64)>,
    cuts: Vec<f64>,
    texts: Vec<(f64, String)>,
    /// Utterances whose words are not known yet.
    awaited: Vec<u64>,
    /// When each planned person begins and ends to speak, after the start of that person's reply.
    planned: Vec<SpokenSpan>,
    /// When the conversation ends at the latest.
    until: f64,
    /// Seconds to wait after a person's last sound.
    rest: f64,
}

impl ClosedWatch {
    /// A watch over a conversation that ends at `until` at the latest, and `rest` seconds after the last of the
    /// `planned`.
    pub fn new(planned: Vec<SpokenSpan>, until: f64, rest: f64) -> Self {
        Self { planned, until, rest, ..Self::default() }
    }

    /// The spans of the people whose replies have begun.
    pub fn people(&self) -> Vec<SpokenSpan> {
        let at = |((_, start), plan): (&(u64, f64), &SpokenSpan)| SpokenSpan {
            begin: start + plan.begin,
            end: start + plan.end,
        };
        self.replies.iter().zip(&self.planned).map(at).collect()
    }

    /// Whether golem fell silent by itself between the start of a person's reply and the person's onset.
    pub fn silent_before(&self, number: usize, person: SpokenSpan) -> bool {
        let start = self.replies.get(number).map_or(0.0, |(_, start)| *start);
        self.cuts.iter().any(|at| *at > start && *at < person.begin - BREATH)
    }

    /// Seconds after a person's onset at which golem fell silent.
    pub fn cut(&self, person: SpokenSpan) -> Option<f64> {
        self.cuts.iter().find(|at| person.explains(**at)).map(|at| (at - person.begin).max(0.0))
    }

    /// Seconds after a person's onset at which golem was quieter.
    pub fn ducked(&self, person: SpokenSpan) -> Option<f64> {
        let counts = |(from, to): &&(f64, f64)| *to > person.begin + STAYS && *from <= person.end + GRACE;
        let duck = self.ducks.iter().find(counts).map(|(from, _)| (from - person.begin).max(0.0));
        [duck, self.cut(person)].into_iter().flatten().reduce(f64::min)
    }

    /// The words that were heard between two moments.
    pub fn words(&self, from: f64, to: f64) -> String {
        let texts = self.texts.iter().filter(|(at, _)| *at > from && *at < to);
        texts.map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// How often golem was lowered, and when it fell silent, without a person who explains it.
    pub fn own(&self) -> (usize, Vec<f64>) {
        let people = self.people();
        let own = |at: &f64| !people.iter().any(|person| person.explains(*at));
        let ducks = self.ducks.iter().filter(|(from, _)| own(from)).count();
        (ducks, self.cuts.iter().copied().filter(own).collect())
    }

    /// Whether a person was not heard, or all have been.
    fn over(&self) -> bool {
        let people = self.people();
        let waited = |person: &SpokenSpan| self.now > person.end + self.rest;
        let missed = people.iter().enumerate().any(|(number, person)| {
            waited(person) && self.cut(*person).is_none() && !self.silent_before(number, *person)
        });
        let all = !people.is_empty() && people.len() == self.planned.len() && people.iter().all(waited);
        let late = people.last().is_some_and(|person| self.now > person.end + WORDS_AT_MOST);
        self.now > self.until || missed || all && (self.awaited.is_empty() || self.rest <= GRACE || late)
    }
}

impl Audience for ClosedWatch {
    fn note(&mut self, now: Time, note: &Note) {
        let now = now.as_secs_f64();
        let raised = |ducks: &mut Vec<(f64, f64)>| {
            ducks.last_mut().into_iter().for_each(|(_, to)| *to = to.min(now));
        };
        match note {
            Note::AudioStart { turn } if self.replies.last().is_none_or(|(last, _)| last != turn) => {
                self.replies.push((*turn, now));
            }
            Note::Duck { on: true } => self.ducks.push((now, f64::INFINITY)),
            Note::Duck { on: false } => raised(&mut self.ducks),
            Note::Cut { .. } => {
                raised(&mut self.ducks);
                self.cuts.push(now);
            }
            Note::SpeechStart { utterance } => self.awaited.push(*utterance),
            Note::Transcript { text, utterance, .. } => {
                self.awaited.retain(|awaited| awaited != utterance);
                self.texts.push((now, text.clone()));
            }
            _ => {}
        }
    }

    #[allow(clippy::cast_precision_loss)] // hours
    fn sound(&mut self, samples: &[f32]) -> Result<ControlFlow<()>, DeviceError> {
        self.samples += samples.len() as u64;
        self.now = self.samples as f64 / f64::from(RATE);
        Ok(if self.over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(planned: &[SpokenSpan], notes: &[(f64, Note)]) -> ClosedWatch {
        let mut watch = ClosedWatch::new(planned.to_vec(), 60.0, GRACE);
        for (at, note) in notes {
            watch.note(Time::from_secs_f64(*at), note);
        }
        watch
    }

    const PERSON: SpokenSpan = SpokenSpan { begin: 2.0, end: 3.0 };

    #[test]
    fn what_golem_does_while_nobody_speaks_is_its_own() {
        let (duck, back) = (Note::Duck { on: true }, Note::Duck { on: false });
        let notes = [
            (1.0, Note::AudioStart { turn: 1 }),
            (1.5, duck.clone()),
            (1.7, back.clone()),
            (3.1, duck.clone()),
            (3.2, Note::Cut { turn: 1 }),
            (9.0, Note::Cut { turn: 2 }),
        ];
        let watch = watch(&[PERSON], &notes);
        let person = watch.people()[0];
        assert_eq!(person, SpokenSpan { begin: 3.0, end: 4.0 });
        assert_eq!(
            (watch.ducked(person).map(|s| (s * 100.0).round()), watch.cut(person).is_some()),
            (Some(10.0), true)
        );
        assert_eq!(watch.own(), (1, vec![9.0]));
    }

    #[test]
    fn playback_that_is_low_already_counts_if_it_stays_low() {
        let at = |off: f64| {
            let notes =
                [(0.5, Note::AudioStart { turn: 1 }), (2.4, Note::Duck { on: true }), (off, Note::Duck { on: false })];
            let watch = watch(&[PERSON], &notes);
            watch.ducked(watch.people()[0])
        };
        assert_eq!((at(2.7), at(2.55)), (Some(0.0), None));
    }

    #[test]
    fn a_person_over_a_golem_that_has_silenced_itself_is_not_missed() {
        let notes = [(0.0, Note::AudioStart { turn: 1 }), (1.0, Note::Cut { turn: 1 })];
        let mut watch = watch(&[PERSON, PERSON], &notes);
        assert!(watch.silent_before(0, watch.people()[0]));
        watch.now = 4.0;
        assert!(!watch.over(), "the second person is still to come");
        watch.cuts.clear();
        assert!(watch.over(), "golem does not hear the first");
    }
}
