//! Golem's counts and times of itself: figures, never words. Their size is fixed, whatever happens.

use strum::VariantNames;

use super::histogram::{FACTORS, Histogram, SECONDS};
use crate::message::{Ignored, Ledger, Note, Part, State};

/// Utterances whose voiced time is remembered until their words are timed.
const OPEN: usize = 8;

/// Moments of a turn, as labels.
pub const MOMENTS: [&str; 5] = ["endpoint", "words", "first_token", "first_clause", "first_sound"];
/// The stages between these moments, as labels.
pub const STAGES: [&str; 5] = ["endpoint", "asr", "llm", "clause", "tts"];
/// The gain and the cost of replies begun in a pause, as labels.
pub const AHEAD: [&str; 2] = ["saved", "wasted"];
/// The results of utterances, as in [`Note::Transcript`].
pub const RESULTS: [&str; 10] = {
    let [empty, ghost, backchannel, stop, uncalled, stranger, enrolled, echo, other] = *Ignored::VARIANTS else {
        unreachable!()
    };
    ["words", empty, ghost, backchannel, stop, uncalled, stranger, enrolled, echo, other]
};
/// The parts in the order in which their failures are reported, each labelled with its stage.
pub const FAILING: [Part; 7] =
    [Part::Capture, Part::Vad, Part::Asr, Part::Llm, Part::Commands, Part::Tts, Part::Playback];

/// The system's figures of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Process {
    /// Memory that it holds, in bytes.
    pub memory: u64,
    /// Its threads.
    pub threads: u64,
    /// Its open files.
    pub files: u64,
}

/// Everything that is counted and timed since golem started.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// Times from the end of speech to each of [`MOMENTS`].
    pub(super) moments: [Histogram; 5],
    /// Times of each of [`STAGES`] by itself.
    pub(super) stages: [Histogram; 5],
    /// Time waited for the words after the end of the turn, per second of voice.
    pub(super) factor: Histogram,
    /// Seconds that replies begun in a pause gave and cost, as [`AHEAD`] names them.
    pub(super) ahead: [Histogram; 2],
    pub(super) voices: u64,
    /// Voices that came to nothing.
    pub(super) false_wakes: u64,
    pub(super) utterances: u64,
    pub(super) results: [u64; RESULTS.len()],
    pub(super) typed: u64,
    /// Replies heard to their end, in part, not at all.
    pub(super) replies: [u64; 3],
    pub(super) ducks: u64,
    pub(super) cuts: u64,
    /// Cuts after which the reply went on, and after which it was dropped.
    pub(super) barge_ins: [u64; 2],
    pub(super) cancels: [u64; 6],
    /// Decisions that were accepted and refused.
    pub(super) decisions: [u64; 2],
    /// Commands that were carried out and failed.
    pub(super) outcomes: [u64; 2],
    pub(super) answers: [u64; 4],
    pub(super) errors: [u64; 7],
    pub(super) dropped: u64,
    pub(super) muted: bool,
    pub(super) process: Process,
    /// Number and voiced seconds of the newest utterances.
    open: [(u64, f64); OPEN],
    /// Voices whose result is not known yet.
    unsettled: u64,
    /// The turn of the last cut, until it is judged.
    cut: Option<u64>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            moments: [Histogram::new(&SECONDS); 5],
            stages: [Histogram::new(&SECONDS); 5],
            factor: Histogram::new(&FACTORS),
            ahead: [Histogram::new(&SECONDS); 2],
            voices: 0,
            false_wakes: 0,
            utterances: 0,
            results: [0; RESULTS.len()],
            typed: 0,
            replies: [0; 3],
            ducks: 0,
            cuts: 0,
            barge_ins: [0; 2],
            cancels: [0; 6],
            decisions: [0; 2],
            outcomes: [0; 2],
            answers: [0; 4],
            errors: [0; 7],
            dropped: 0,
            muted: false,
            process: Process::default(),
            open: [(0, 0.0); OPEN],
            unsettled: 0,
            cut: None,
        }
    }
}

impl Metrics {
    /// Records a note from the dialogue.
    pub fn note(&mut self, note: &Note) {
        match note {
            Note::SpeechStart { .. } => {
                self.voices += 1;
                self.unsettled += 1;
            }
            // Count the open voices as false wakes when golem is idle: they were too short for words, or dropped before
            // they had any.
            Note::State { state: State::Idle } => self.false_wakes += std::mem::take(&mut self.unsettled),
            Note::SpeechEnd { utterance, voiced } => {
                self.open[usize::try_from(self.utterances).unwrap_or(0) % OPEN] = (*utterance, *voiced);
                self.utterances += 1;
            }
            Note::Transcript { ignored, .. } => {
                self.results[ignored.map_or(0, |ignored| 1 + ignored as usize)] += 1;
                let nothing = [Ignored::Empty, Ignored::Ghost, Ignored::Uncalled, Ignored::Echo];
                self.false_wakes += u64::from(ignored.is_some_and(|ignored| nothing.contains(&ignored)));
                self.unsettled = self.unsettled.saturating_sub(1);
            }
            Note::Typed { .. } => self.typed += 1,
            Note::Duck { on } => self.ducks += u64::from(*on),
            Note::Cut { turn } => {
                self.cuts += 1;
                self.cut = Some(*turn);
            }
            Note::Resume { turn, .. } => self.barge_ins[0] += u64::from(self.cut.take_if(|cut| cut == turn).is_some()),
            Note::Cancel { turn, reason } => {
                self.cancels[*reason as usize] += 1;
                self.barge_ins[1] += u64::from(self.cut.take_if(|cut| cut == turn).is_some());
            }
            Note::Heard { text, interrupted, .. } => {
                self.replies[if text.is_empty() { 2 } else { usize::from(*interrupted) }] += 1;
            }
            Note::Latency(ledger) => self.time(ledger),
            Note::Decision(decision) => self.decisions[usize::from(!decision.accepted)] += 1,
            Note::Outcome { outcome, .. } => self.outcomes[usize::from(outcome.error.is_some())] += 1,
            Note::Confirmed { answer, .. } => self.answers[*answer as usize] += 1,
            Note::Muted { on } => self.muted = *on,
            Note::Error { part, .. } => self.errors[failing(*part)] += 1,
            _ => {}
        }
    }

    /// Samples of the microphone that were dropped, in all.
    pub fn dropped(&mut self, samples: u64) {
        self.dropped = self.dropped.max(samples);
    }

    /// Sets the system's figures of the process.
    pub fn process(&mut self, process: Process) {
        self.process = process;
    }

    /// Times a turn. What golem says on its own (an alarm, an apology) is no answer and is not timed.
    fn time(&mut self, ledger: &Ledger) {
        if ledger.first_token.is_none() {
            return;
        }
        let moments =
            [ledger.endpoint, ledger.transcript, ledger.first_token, ledger.first_clause, ledger.first_sample];
        let mut last = None;
        for (place, moment) in moments.into_iter().enumerate() {
            let Some(moment) = moment else { continue };
            self.moments[place].record(moment);
            // Time a stage from the moment before it, and the first one from the end of speech (or of typing).
            self.stages[place].record(moment - last.unwrap_or(0.0));
            // Keep the later moment: work that was done before the turn was over took no time of the person's.
            last = Some(last.map_or(moment, |last: f64| last.max(moment)));
        }
        for (histogram, seconds) in self.ahead.iter_mut().zip([ledger.saved, ledger.wasted]) {
            if let Some(seconds) = seconds {
                histogram.record(seconds);
            }
        }
        let voiced = self.open.iter().find(|(number, voiced)| *number == ledger.turn && *voiced > 0.0);
        if let (Some((_, voiced)), Some(endpoint), Some(words)) = (voiced, ledger.endpoint, ledger.transcript) {
            self.factor.record((words - endpoint) / voiced);
        }
    }
}

/// The place of `part` among [`FAILING`], where its failures are counted.
fn failing(part: Part) -> usize {
    FAILING.iter().position(|known| *known == part).unwrap_or(0)
}
