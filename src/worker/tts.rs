//! Text to speech: clauses become sound at the output's own rate.

use std::collections::VecDeque;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use crate::device::deck::Clip;
use crate::engine::Synthesizer;
use crate::engine::delivery::{Delivery, SoundPiece};
use crate::message::{Event, Part};
use crate::signal::resample::Resampler;
use crate::turn::TurnClock;
use crate::worker::baton::{Baton, Holder};
use crate::worker::held_clips::HeldClips;
use crate::worker::speaker::OwnSound;
use crate::worker::takeover::{EngineReport, TakeoverReporter};

/// How often a held clause is checked for its cancellation.
const HELD: Duration = Duration::from_millis(20);

/// Work for text to speech.
#[derive(Clone, Debug)]
pub enum TtsJob {
    /// Speak a clause.
    Speak {
        /// The reply's turn.
        turn: u64,
        /// Index of the clause.
        clause: usize,
        /// Its words.
        text: String,
    },
    /// Keep back the sound of this turn until [`TtsJob::Utter`].
    Keep(u64),
    /// Let the sound of this turn be heard.
    Utter(u64),
    /// Stop synthesising for now.
    Hold,
    /// Go on synthesising.
    Release,
    /// Another voice is wanted: look for it.
    Switch,
}

/// Returns the engine of the wanted voice, if one is wanted and opens. The change has been reported by then.
pub type ChangeVoice<'a> = &'a mut dyn FnMut() -> Option<Box<dyn Synthesizer>>;

/// The result of a clause, or of a piece of it.
#[derive(Debug)]
pub struct SynthesizedClip {
    /// Its sound, for playback; `None` if it has none.
    pub clip: Option<Clip>,
    /// The event that reports it to the dialogue.
    pub event: Event,
}

/// Synthesises clauses.
pub struct TtsWorker {
    engine: Box<dyn Synthesizer>,
    turns: TurnClock,
    rate: u32,
    waiting: VecDeque<(u64, usize, String)>,
    /// The clause that has more pieces to come.
    begun: Option<BegunClause>,
    held: bool,
    latch: HeldClips,
    baton: Baton,
    /// The channel for golem's own sound to the speaker check.
    own: Option<OwnSound>,
    reporter: TakeoverReporter,
}

/// A clause that is being spoken.
struct BegunClause {
    turn: u64,
    clause: usize,
    delivery: Delivery,
    /// Converts its pieces to the output's rate as one sound; `None` before the first piece.
    resampler: Option<Resampler>,
}

impl TtsWorker {
    /// A worker with an engine, for an output of `rate` hertz. Its work goes stale with `turns`, and it shares the
    /// processor by `baton`.
    pub fn new(engine: Box<dyn Synthesizer>, rate: u32, turns: TurnClock, baton: Baton) -> Self {
        let (latch, reporter) = (HeldClips::default(), TakeoverReporter::new(engine.describe()));
        let (waiting, begun, own) = (VecDeque::new(), None, None);
        Self { engine, turns, rate, waiting, begun, held: false, latch, baton, own, reporter }
    }

    /// Reports to `report` when another voice takes over.
    #[must_use]
    pub fn reporting(self, report: EngineReport) -> Self {
        Self { reporter: self.reporter.to(report), ..self }
    }

    /// Sends its sound to `own` as well.
    #[must_use]
    pub fn overheard(self, own: OwnSound) -> Self {
        Self { own: Some(own), ..self }
    }

    /// Gives the engine back.
    pub fn into_engine(self) -> Box<dyn Synthesizer> {
        self.engine
    }

    /// Takes a job.
    pub fn take(&mut self, job: TtsJob) {
        match job {
            TtsJob::Keep(turn) => self.latch.keep(turn),
            TtsJob::Utter(turn) => self.latch.utter(turn),
            TtsJob::Hold => self.held = true,
            TtsJob::Release => self.held = false,
            // No work: the job only wakes the thread, which then looks for a switch request.
            TtsJob::Switch => {}
            TtsJob::Speak { turn, clause, text } => self.waiting.push_back((turn, clause, text)),
        }
    }

    /// Passes a clip on to playback, or keeps it back if its turn may not be heard yet.
    pub fn pass(&mut self, clip: Clip) -> Option<Clip> {
        self.latch.pass(clip)
    }

    /// Takes the released clips, in order.
    pub fn let_go(&mut self) -> Vec<Clip> {
        self.latch.let_go()
    }

    /// Whether [`TtsWorker::step`] has something to do.
    pub fn busy(&self) -> bool {
        !self.held && (self.begun.is_some() || !self.waiting.is_empty())
    }

    /// Synthesises the next piece of the present clause, or the first piece of the next clause.
    pub fn step(&mut self) -> Option<SynthesizedClip> {
        let mut begun = if let Some(begun) = self.begun.take() {
            begun
        } else {
            let (turn, clause, text) = self.waiting.pop_front()?;
            BegunClause { turn, clause, delivery: Delivery::new(self.engine.as_ref(), &text), resampler: None }
        };
        let turn = begun.turn;
        let ticket = self.turns.ticket(turn);
        if ticket.stale() {
            return None;
        }
        let next = begun.delivery.next(self.engine.as_mut(), &ticket);
        self.reporter.look(|| self.engine.describe(), || self.engine.address());
        match next {
            Ok(Some(piece)) if !ticket.stale() => {
                let last = piece.last;
                let spoken = self.spoken(&mut begun, piece);
                if !last {
                    self.begun = Some(begun);
                }
                spoken
            }
            Ok(_) => None,
            Err(error) => {
                let event = Event::Failed { part: Part::Tts, number: turn, reason: error.to_string() };
                Some(SynthesizedClip { clip: None, event })
            }
        }
    }

    /// A piece for playback, and the report of its clause so far. The end of a clause is reported even if its last
    /// piece has no sound. A clause without sound so far is not reported, since a silent clause counts as over.
    fn spoken(&self, begun: &mut BegunClause, piece: SoundPiece) -> Option<SynthesizedClip> {
        let (turn, clause) = (begun.turn, begun.clause);
        let SoundPiece { samples, begin, timing, last } = piece;
        if timing.samples == 0 && !last {
            return None;
        }
        if let Some(own) = &self.own {
            own.say(|| self.engine.describe(), &samples, timing.rate);
        }
        let clip = (timing.samples > 0).then(|| {
            let resampler = begun.resampler.get_or_insert_with(|| Resampler::new(timing.rate, self.rate));
            let mut sound = Vec::new();
            resampler.process(&samples, &mut sound);
            if last {
                resampler.finish(&mut sound);
            }
            let (length, source_rate) = (samples.len() as u64, timing.rate);
            Clip { turn, clause, samples: sound, length, source_rate, begin, last }
        });
        Some(SynthesizedClip { clip, event: Event::Synthesised { turn, clause, timing } })
    }

    /// Exchanges the engine if another voice is wanted and opens.
    pub fn exchange(&mut self, change: ChangeVoice) {
        // Do not change the voice in the middle of a clause.
        if self.begun.is_some() {
            return;
        }
        if let Some(engine) = change() {
            self.reporter.exchanged(engine.describe(), engine.address().is_some());
            self.engine = engine;
        }
    }

    /// Works until the job channel closes. A clip reaches playback before the dialogue gets its event. Between two
    /// clauses `change` may exchange the engine.
    pub fn run(mut self, jobs: &Receiver<TtsJob>, clips: &Sender<Clip>, events: &Sender<Event>, change: ChangeVoice) {
        loop {
            while let Ok(job) = jobs.try_recv() {
                self.take(job);
            }
            if self.let_go().into_iter().any(|clip| clips.send(clip).is_err()) {
                return;
            }
            self.exchange(change);
            if !self.busy() {
                // Do not wait for a job only: a held clause may be cancelled without one, and its server is hung up on.
                let job = if self.begun.is_some() {
                    jobs.recv_timeout(HELD)
                } else {
                    jobs.recv().map_err(RecvTimeoutError::from)
                };
                match job {
                    Ok(job) => self.take(job),
                    Err(RecvTimeoutError::Timeout) => {
                        self.begun.take_if(|begun| self.turns.ticket(begun.turn).stale());
                    }
                    Err(RecvTimeoutError::Disconnected) => return,
                }
                continue;
            }
            let spoken = self.step();
            self.baton.lay_down(Holder::Tts);
            let Some(spoken) = spoken else { continue };
            let sent = spoken.clip.and_then(|clip| self.pass(clip)).is_none_or(|clip| clips.send(clip).is_ok());
            if !sent || events.send(spoken.event).is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::bounded;

    use super::*;
    use crate::engine::{EngineError, Speech};
    use crate::message::Timing;
    use crate::turn::Ticket;

    /// A voice that says everything in so many samples.
    struct Beep(usize);

    impl Synthesizer for Beep {
        fn describe(&self) -> String {
            "a beep".into()
        }

        fn speak(&mut self, _: &str, _: &Ticket) -> Result<Speech, EngineError> {
            let timing = Timing { samples: self.0 as u64, rate: 16_000, words: Vec::new() };
            Ok(Speech { samples: vec![0.1; self.0], timing })
        }
    }

    #[test]
    fn another_voice_speaks_the_next_clause_and_one_that_is_missing_changes_nothing() {
        let mut voice = TtsWorker::new(Box::new(Beep(1)), 16_000, TurnClock::new(), Baton::default());
        let mut spoken = |wanted: Option<&str>| {
            let mut change = || (wanted == Some("low")).then(|| Box::new(Beep(2)) as Box<dyn Synthesizer>);
            voice.take(TtsJob::Speak { turn: 1, clause: 0, text: "beep".into() });
            voice.exchange(&mut change);
            voice.step().and_then(|spoken| spoken.clip).map(|clip| clip.length)
        };
        assert_eq!(spoken(None), Some(1));
        assert_eq!(spoken(Some("harp")), Some(1));
        assert_eq!(spoken(Some("low")), Some(2));
        assert_eq!(spoken(None), Some(2));
    }

    /// A voice that speaks phrase by phrase; phrases that begin with a dash make no sound.
    struct Slow;

    impl Synthesizer for Slow {
        fn describe(&self) -> String {
            "slow".into()
        }

        fn takes_phrases(&self) -> bool {
            true
        }

        fn speak(&mut self, text: &str, _: &Ticket) -> Result<Speech, EngineError> {
            let length = if text.starts_with('—') { 0 } else { text.len() };
            Ok(Speech { samples: vec![0.1; length], timing: Timing { rate: 16_000, ..Timing::default() } })
        }
    }

    const LONG: &str = "When the water is hot, pour it over the leaves, wait for a while, and then drink it slowly.";

    fn steps(voice: &mut TtsWorker) -> Vec<SynthesizedClip> {
        std::iter::from_fn(|| voice.busy().then(|| voice.step())).flatten().collect()
    }

    fn told(spoken: &SynthesizedClip) -> (u64, u64) {
        let Event::Synthesised { timing, .. } = &spoken.event else { panic!("{spoken:?}") };
        (spoken.clip.as_ref().map_or(0, |clip| clip.begin + clip.length), timing.samples)
    }

    #[test]
    fn a_long_clause_is_heard_piece_by_piece_and_told_as_far_as_it_has_come() {
        let mut voice = TtsWorker::new(Box::new(Slow), 16_000, TurnClock::new(), Baton::default());
        voice.take(TtsJob::Speak { turn: 1, clause: 0, text: LONG.into() });
        let spoken = steps(&mut voice);
        assert!(spoken.len() > 1 && spoken.iter().map(told).all(|(queued, told)| queued == told));
        let ends: Vec<bool> = spoken.iter().filter_map(|spoken| spoken.clip.as_ref()).map(|clip| clip.last).collect();
        assert_eq!(ends.iter().position(|last| *last), Some(spoken.len() - 1), "only the last piece ends the clause");
        assert_eq!(told(spoken.last().unwrap()).1, LONG.len() as u64);
    }

    #[test]
    fn a_stale_clause_is_not_spoken_on_and_a_held_one_goes_on() {
        let turns = TurnClock::new();
        let mut voice = TtsWorker::new(Box::new(Slow), 16_000, turns.clone(), Baton::default());
        voice.take(TtsJob::Speak { turn: 1, clause: 0, text: LONG.into() });
        assert!(voice.step().is_some());
        voice.take(TtsJob::Hold);
        assert!(!voice.busy());
        voice.take(TtsJob::Release);
        assert!(voice.busy() && voice.step().is_some());
        turns.raise(2);
        assert!(voice.step().is_none());
        voice.take(TtsJob::Speak { turn: 2, clause: 0, text: "next".into() });
        assert_eq!(steps(&mut voice).iter().map(told).collect::<Vec<_>>(), [(4, 4)]);
    }

    #[test]
    fn a_clause_that_begins_or_ends_without_sound_ends_all_the_same() {
        let mut voice = TtsWorker::new(Box::new(Slow), 16_000, TurnClock::new(), Baton::default());
        let silent = "— — — — — — — — — — — — — — — — — — — — — — — —";
        voice.take(TtsJob::Speak { turn: 1, clause: 0, text: silent.into() });
        let spoken = steps(&mut voice);
        assert_eq!((spoken.len(), told(&spoken[0]), spoken[0].clip.is_none()), (1, (0, 0), true));
    }

    #[test]
    fn a_silent_voice_is_woken_to_be_exchanged() {
        let (jobs_in, jobs) = bounded(1);
        let (asked_in, asked) = bounded(1);
        let worker = std::thread::spawn(move || {
            let voice = TtsWorker::new(Box::new(Beep(1)), 16_000, TurnClock::new(), Baton::default());
            let mut change = || {
                asked_in.send(()).unwrap();
                None
            };
            voice.run(&jobs, &bounded(1).0, &bounded(1).0, &mut change);
        });
        asked.recv().unwrap();
        jobs_in.send(TtsJob::Switch).unwrap();
        asked.recv().unwrap();
        drop(jobs_in);
        worker.join().unwrap();
    }
}
