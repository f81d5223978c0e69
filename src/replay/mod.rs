//! The same golem on a virtual clock: recordings in, the conversation as it would have been heard out.
//!
//! Workers are stepped inline. Their work takes the time it was measured to take, or a fixed one, and what comes
//! of it is scheduled on the clock; between two moments the loudspeaker's line is rendered sample by sample.

pub mod input;
pub mod latency;
mod schedule;

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::action::Performer;
use crate::command::Commands;
use crate::config::Config;
use crate::device::DeviceError;
use crate::device::deck::deck;
use crate::device::line::Line;
use crate::dialog::Dialog;
use crate::dialog::vad::FRAME_TIME;
use crate::engine::{Chat, EngineError, Synthesizer, Transcriber, Vad};
use crate::message::{Action, Command, Event, Note, Time};
use crate::turn::TurnClock;
use crate::worker::actor::{self, Actor};
use crate::worker::baton::Baton;
use crate::worker::ear::Ear;
use crate::worker::player::{self, Player};
use crate::worker::recorder::Recorder;
use crate::worker::scribe::{self, Scribe};
use crate::worker::thinker::{self, Thinker};
use crate::worker::understander::Understander;
use crate::worker::voice::{self, Voice};
use input::Input;
use latency::{Lane, Latency};
use schedule::{Due, Schedule};

/// The engines of one golem.
pub struct Engines {
    /// Voice activity.
    pub vad: Box<dyn Vad>,
    /// Ears.
    pub ears: Box<dyn Transcriber>,
    /// Understands commands before the dialogue, which itself interprets what is not yet understood.
    pub understander: Option<Understander>,
    /// Brain; none where golem only takes commands.
    pub brain: Option<Box<dyn Chat>>,
    /// Voice.
    pub voice: Box<dyn Synthesizer>,
}

/// What goes wrong in a replay.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// An input or output file.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The voice-activity engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Where a replay reports events and sends the sound it plays.
pub trait Audience {
    /// Something happened at `now` of audio time.
    fn note(&mut self, now: Time, note: &Note);

    /// The loudspeaker's next samples, -1..=1, at the replay's rate. `Break` ends the replay.
    ///
    /// # Errors
    /// When they cannot be kept.
    fn sound(&mut self, samples: &[f32]) -> Result<ControlFlow<()>, DeviceError>;
}

/// A conversation on a virtual clock.
pub struct Replay {
    now: Time,
    rate: u32,
    rendered: u64,
    dialog: Dialog,
    ear: Ear,
    recorder: Recorder,
    scribe: Scribe,
    thinker: Option<Thinker>,
    actor: Actor,
    hands: Lane,
    voice: Voice,
    player: Player,
    line: Line,
    clock: TurnClock,
    wanted: TurnClock,
    allowed: TurnClock,
    schedule: Schedule,
    latency: Latency,
    ears: Lane,
    brain: Lane,
    mouth: Lane,
    next_round: Time,
}

/// After the input has ended, silence is heard until all is said, but no longer than this.
const PATIENCE: Time = Time::from_secs(300);

impl Replay {
    /// A replay that writes sound at `rate` hertz. `commands` is what can be commanded, if anything.
    pub fn new(
        config: &Config,
        engines: Engines,
        commands: Option<Arc<Commands>>,
        latency: Latency,
        rate: u32,
    ) -> Self {
        let (clock, wanted, allowed) = (TurnClock::new(), TurnClock::new(), TurnClock::new());
        let mut dialog = Dialog::new(config, !engines.ears.streams(), commands);
        dialog.tell_time(Time::ZERO, jiff::Zoned::now());
        let (deck, line) = deck(rate, u32::try_from(config.barge_in.fade_ms).unwrap_or(10));
        Self {
            now: Time::ZERO,
            rate,
            rendered: 0,
            dialog,
            ear: Ear::new(engines.vad),
            recorder: Recorder::new(config.vad.pre_roll_ms),
            scribe: Scribe::new(engines.ears, wanted.clone(), engines.understander),
            thinker: engines.brain.map(|brain| Thinker::new(brain, clock.clone(), Baton::default())),
            actor: Actor::new(Performer::new(), allowed.clone()),
            hands: Lane::default(),
            voice: Voice::new(engines.voice, rate, clock.clone(), Baton::default()),
            player: Player::new(deck, config.barge_in.duck_level),
            line,
            clock,
            wanted,
            allowed,
            schedule: Schedule::default(),
            latency,
            ears: Lane::default(),
            brain: Lane::default(),
            mouth: Lane::default(),
            next_round: Time::ZERO,
        }
    }

    /// Gives the engines back, as fresh as they came.
    pub fn into_engines(self) -> Engines {
        let (ears, understander) = self.scribe.into_parts();
        Engines {
            vad: self.ear.into_engine(),
            ears,
            understander,
            brain: self.thinker.map(Thinker::into_engine),
            voice: self.voice.into_engine(),
        }
    }

    /// The dialogue, for a look at its history.
    pub fn dialog(&self) -> &Dialog {
        &self.dialog
    }

    /// A person's command, before or between inputs.
    pub fn command(&mut self, command: Command) {
        self.dialog.handle(self.now, Event::Command(command));
    }

    /// Hears `input` to its end and lets the conversation finish.
    ///
    /// # Errors
    /// When a file cannot be read or written, or the voice-activity engine fails.
    pub fn run(&mut self, input: &mut Input, audience: &mut dyn Audience) -> Result<(), ReplayError> {
        let mut frame_at = FRAME_TIME;
        let mut ended = None;
        while ended.is_none_or(|since: Time| !self.finished() && self.now < since + PATIENCE) {
            let due = [self.schedule.next(), self.dialog.poll_timeout(), self.round_due()];
            let next = due.into_iter().flatten().min().filter(|at| *at < frame_at).unwrap_or(frame_at);
            if self.advance(next, audience)?.is_break() {
                return Ok(());
            }
            if next == frame_at {
                frame_at += FRAME_TIME;
                let frame = input.next(self.now, self.dialog.idle() && self.player.idle())?;
                if frame.is_none() {
                    ended.get_or_insert(self.now);
                }
                let heard = self.ear.step(frame.unwrap_or_else(|| Box::new([0.0; crate::engine::FRAME])))?;
                if let Some(job) = self.recorder.push(&heard.frame) {
                    self.scribe(job);
                }
                self.dialog.handle(self.now, Event::Frame { probability: heard.probability });
                self.act(input, audience);
            }
            self.due(input, audience);
        }
        Ok(())
    }

    fn finished(&self) -> bool {
        self.dialog.settled() && self.player.idle() && self.schedule.next().is_none()
    }

    fn round_due(&self) -> Option<Time> {
        (!self.player.idle()).then_some(self.next_round.max(self.now))
    }

    /// Renders the loudspeaker up to `at`, which becomes now.
    fn advance(&mut self, at: Time, audience: &mut dyn Audience) -> Result<ControlFlow<()>, DeviceError> {
        let at = at.max(self.now);
        let until = u64::try_from(at.as_nanos() * u128::from(self.rate) / 1_000_000_000).unwrap_or(u64::MAX);
        let mut sound = vec![0.0; usize::try_from(until - self.rendered).unwrap_or(0)];
        self.line.render(&mut sound);
        self.rendered = until;
        self.now = at;
        audience.sound(&sound)
    }

    /// Everything that is due now: deadlines, scheduled events, news from the loudspeaker.
    fn due(&mut self, input: &mut Input, audience: &mut dyn Audience) {
        self.dialog.tick(self.now);
        self.act(input, audience);
        while let Some(due) = self.schedule.pop(self.now) {
            match due {
                Due::Event(event) => self.dialog.handle(self.now, event),
                Due::Spoken(spoken) => {
                    if let Some(clip) = spoken.clip.and_then(|clip| self.voice.pass(clip)) {
                        self.player.queue(clip);
                    }
                    self.dialog.handle(self.now, spoken.event);
                }
                Due::Think => self.think_on(),
                Due::Speak => self.speak_on(),
            }
            self.act(input, audience);
        }
        if self.round_due().is_some_and(|at| at <= self.now) {
            for event in self.player.round() {
                self.dialog.handle(self.now, event);
                self.act(input, audience);
            }
            self.next_round = self.now + player::ROUND;
        }
    }

    /// Carries out what the dialogue wants.
    fn act(&mut self, input: &mut Input, audience: &mut dyn Audience) {
        while let Some(action) = self.dialog.poll_action() {
            match action {
                Action::Listen(utterance) => {
                    self.recorder.listen(utterance).into_iter().for_each(|job| self.scribe(job));
                }
                Action::Transcribe { utterance, mode } => self.scribe(scribe::Job::Decode(utterance, mode)),
                Action::Close(utterance) => self.recorder.close(utterance),
                Action::Discard(utterance) => {
                    self.recorder.close(utterance);
                    self.wanted.raise(utterance + 1);
                }
                Action::Think { turn, conversation } => self.think(thinker::Job::Think { turn, conversation }),
                Action::Read { turn, conversation } => self.think(thinker::Job::Read { turn, conversation }),
                Action::Prepare { turn, conversation } => {
                    self.voice.take(voice::Job::Keep(turn));
                    self.think(thinker::Job::Think { turn, conversation });
                }
                Action::Utter(turn) => {
                    self.voice.take(voice::Job::Utter(turn));
                    self.voice.let_go().into_iter().for_each(|clip| self.player.queue(clip));
                }
                Action::Perform { turn, decision, order } => self.perform(&actor::Job { turn, decision, order }),
                Action::Abort(turn) => self.allowed.raise(turn),
                // The dialogue hears nothing by itself when it is muted.
                Action::Mute(_) => {}
                Action::Hold => {
                    self.think(thinker::Job::Hold);
                    self.voice.take(voice::Job::Hold);
                }
                Action::Release => {
                    self.think(thinker::Job::Release);
                    self.voice.take(voice::Job::Release);
                    self.schedule.at(self.now, Due::Speak);
                }
                Action::Speak { turn, clause, text } => {
                    self.voice.take(voice::Job::Speak { turn, clause, text });
                    self.schedule.at(self.mouth.free(self.now), Due::Speak);
                }
                Action::Duck(on) => self.player.take(player::Job::Duck(on)),
                Action::Cut => self.player.take(player::Job::Cut),
                Action::Resume { turn, clause } => self.player.take(player::Job::Resume { turn, clause }),
                Action::Cancel(turn) => {
                    self.clock.raise(turn);
                    self.player.take(player::Job::Cancel(turn));
                }
                Action::Note(note) => {
                    if let Note::AudioStart { turn } = note {
                        input.reply_started(turn, self.now);
                    }
                    audience.note(self.now, &note);
                }
            }
        }
    }

    fn scribe(&mut self, job: scribe::Job) {
        let decode = matches!(job, scribe::Job::Decode(..));
        let fixed = self.latency.asr.map(|fixed| if decode { fixed } else { Time::ZERO });
        let (done, event) = self.ears.work(self.now, fixed, || self.scribe.step(job));
        if let Some(event) = event {
            self.schedule.at(done, Due::Event(event));
        }
    }

    fn perform(&mut self, job: &actor::Job) {
        let (done, event) = self.hands.work(self.now, self.latency.act, || self.actor.step(job));
        self.schedule.at(done, Due::Event(event));
    }

    fn think(&mut self, job: thinker::Job) {
        let Some(thinker) = &mut self.thinker else { return };
        let fixed = self.latency.llm.map(|_| Time::ZERO);
        let (done, event) = self.brain.work(self.now, fixed, || thinker.take(job));
        if let Some(event) = event {
            self.schedule.at(done, Due::Event(event));
        }
        self.schedule.at(done, Due::Think);
    }

    fn think_on(&mut self) {
        let Some(thinker) = self.thinker.as_mut().filter(|thinker| thinker.busy()) else { return };
        let (done, event) = self.brain.work(self.now, self.latency.llm, || thinker.step());
        if let Some(event) = event {
            self.schedule.at(done, Due::Event(event));
        }
        self.schedule.at(done, Due::Think);
    }

    fn speak_on(&mut self) {
        if !self.voice.busy() {
            return;
        }
        let (done, spoken) = self.mouth.work(self.now, self.latency.tts, || self.voice.step());
        if let Some(spoken) = spoken {
            self.schedule.at(done, Due::Spoken(Box::new(spoken)));
        }
        self.schedule.at(done, Due::Speak);
    }
}
