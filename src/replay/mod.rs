//! The replay: golem on a virtual clock, from recordings to the conversation as it would have been heard.
//!
//! Workers are stepped inline. Their work takes its measured time, or a fixed one, and the results are scheduled on the
//! clock. Between two moments the loudspeaker's line is rendered sample by sample.

mod audience;
mod echo;
mod inline;
pub mod input;
pub mod latency;
mod schedule;

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::command::Commands;
use crate::config::Config;
use crate::device::DeviceError;
use crate::device::deck::deck;
use crate::device::line::OutputLine;
use crate::dialog::Dialog;
use crate::engine::speaker::KnownVoices;
use crate::engine::{Chat, EngineError, Synthesizer, Transcriber, TurnModel, Vad};
use crate::executor::Performer;
use crate::message::{Event, Request, Time};
use crate::session::SessionRecorder;
use crate::signal::echo::EchoSpec;
use crate::signal::frame::{FRAME, FRAME_TIME};
use crate::worker::JOBS;
use crate::worker::asr::AsrWorker;
use crate::worker::baton::Baton;
use crate::worker::carry_out::{ActionRunner, Generations};
use crate::worker::commands::CommandWorker;
use crate::worker::echo::EchoStage;
use crate::worker::llm::LlmWorker;
use crate::worker::playback::{self, PlaybackWorker};
use crate::worker::speaker::{OwnSound, SpeakerWorker};
use crate::worker::tts::TtsWorker;
use crate::worker::turn::TurnWorker;
use crate::worker::understander::Understander;
use crate::worker::vad::{PhraseListener, VadWorker};
pub use audience::Audience;
use echo::EchoLoop;
use inline::{Inline, Lanes, Scene};
use input::ReplayInput;
use latency::Latency;
use schedule::{Due, Schedule};

/// The engines of one golem.
pub struct Engines {
    /// Voice activity detection.
    pub vad: Box<dyn Vad>,
    /// Judges from audio whether a turn is over, if there is a model for it.
    pub turn: Option<Box<dyn TurnModel>>,
    /// The voices that people are known by, if the speaker check is on.
    pub speaker: Option<KnownVoices>,
    /// The wake phrase, if golem waits for one.
    pub wake: Option<PhraseListener>,
    /// Speech to text.
    pub asr: Box<dyn Transcriber>,
    /// Understands commands before the dialogue does; the dialogue interprets the rest itself.
    pub understander: Option<Understander>,
    /// The language model; `None` if golem only takes commands.
    pub llm: Option<Box<dyn Chat>>,
    /// Text to speech.
    pub tts: Box<dyn Synthesizer>,
}

/// Errors of a replay.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// An input or output file.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The voice-activity engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// A conversation on a virtual clock.
pub struct Replay {
    rate: u32,
    rendered: u64,
    dialog: Dialog,
    vad: VadWorker,
    actions: ActionRunner,
    inline: Inline,
    line: OutputLine,
    /// The path of the echo, if the microphone hears the loudspeaker.
    echo: Option<EchoLoop>,
    next_round: Time,
    session: Option<SessionRecorder>,
}

/// Longest silence after the end of the input, in which golem may finish what it says.
const PATIENCE: Time = Time::from_mins(5);

impl Replay {
    /// A replay that writes sound at `rate` hertz; `commands` are the commands, if there are any.
    pub fn new(
        config: &Config,
        engines: Engines,
        commands: Option<Arc<Commands>>,
        latency: Latency,
        rate: u32,
    ) -> Self {
        let generations = Generations::default();
        let mut dialog = Dialog::new(config, !engines.asr.streams(), commands);
        dialog.tell_time(Time::ZERO, jiff::Zoned::now());
        let (own_in, own_sound) = crossbeam_channel::bounded(JOBS);
        let own = OwnSound::new(own_in, config.speaker.checks());
        let (deck, line) = deck(rate, u32::try_from(config.barge_in.fade_ms).unwrap_or(10));
        Self {
            rate,
            rendered: 0,
            dialog,
            vad: VadWorker::new(engines.vad).listening_for(engines.wake),
            inline: Inline {
                now: Time::ZERO,
                asr: AsrWorker::new(engines.asr, generations.utterances.clone(), engines.understander),
                turn: TurnWorker::new(engines.turn.filter(|_| config.turn.model)),
                speaker: SpeakerWorker::new(engines.speaker),
                own_sound,
                llm: engines
                    .llm
                    .map(|llm| LlmWorker::new(llm, generations.turns.clone(), Baton::default()).asking_patience()),
                actor: CommandWorker::new(Performer::new(), generations.orders.clone()),
                tts: TtsWorker::new(engines.tts, rate, generations.turns.clone(), Baton::default()).overheard(own),
                playback: PlaybackWorker::new(deck, config.barge_in.duck_level),
                schedule: Schedule::default(),
                latency,
                lanes: Lanes::default(),
            },
            actions: ActionRunner::new(config.vad.pre_roll_ms, generations),
            line,
            echo: None,
            next_round: Time::ZERO,
            session: None,
        }
    }

    /// Puts the replay into a room where the microphone hears the loudspeaker. `stage` cancels the echo, if it is
    /// given.
    #[must_use]
    pub fn in_room(self, room: EchoSpec, stage: Option<EchoStage>) -> Self {
        Self { echo: Some(EchoLoop::new(room, self.rate)), vad: self.vad.with_echo(stage), ..self }
    }

    /// Records the session, which has not begun, from now on.
    pub fn record(&mut self, session: SessionRecorder) {
        self.dialog.record();
        self.dialog.tell_time(Time::ZERO, jiff::Zoned::now());
        self.session = Some(session);
    }

    /// Gives the engines back, as fresh as they came.
    pub fn into_engines(self) -> Engines {
        let (asr, understander) = self.inline.asr.into_parts();
        let (vad, wake) = self.vad.into_engines();
        Engines {
            vad,
            wake,
            asr,
            turn: self.inline.turn.into_model(),
            speaker: self.inline.speaker.into_known(),
            understander,
            llm: self.inline.llm.map(LlmWorker::into_engine),
            tts: self.inline.tts.into_engine(),
        }
    }

    /// The dialogue, for a look at its history.
    pub fn dialog(&self) -> &Dialog {
        &self.dialog
    }

    /// A request of a person, before or between inputs.
    pub fn request(&mut self, request: Request) {
        self.dialog.handle(self.inline.now, Event::Request(request));
    }

    /// Hears `input` to its end and lets the conversation finish.
    ///
    /// # Errors
    /// When a file cannot be read or written, or the voice-activity engine fails.
    pub fn run(&mut self, input: &mut ReplayInput, audience: &mut dyn Audience) -> Result<(), ReplayError> {
        let mut frame_at = FRAME_TIME;
        let mut ended = None;
        while ended.is_none_or(|since: Time| !self.finished() && self.inline.now < since + PATIENCE) {
            let due = [self.inline.schedule.next(), self.dialog.poll_timeout(), self.round_due()];
            let next = due.into_iter().flatten().min().filter(|at| *at < frame_at).unwrap_or(frame_at);
            if self.advance(next, audience)?.is_break() {
                return Ok(());
            }
            if next == frame_at {
                frame_at += FRAME_TIME;
                let frame = input.next(self.inline.now, self.dialog.idle() && self.inline.playback.idle())?;
                if frame.is_none() {
                    ended.get_or_insert(self.inline.now);
                }
                let mut frame = frame.unwrap_or_else(|| Box::new([0.0; FRAME]));
                if let Some(echo) = &mut self.echo {
                    self.vad.played(&echo.mix(&mut frame));
                }
                let heard = self.vad.step(frame)?;
                self.vad.notice().into_iter().for_each(|notice| tracing::warn!("{notice}"));
                if let Some(session) = &mut self.session {
                    session.frame(&heard.frame);
                    if let Some(sides) = &heard.sides {
                        session.echo(&sides.heard, &sides.played);
                    }
                }
                let mut scene = Scene { inline: &mut self.inline, input, audience };
                self.actions.hear(&heard, &mut self.dialog, &mut scene);
                self.act(input, audience);
            }
            self.due(input, audience);
        }
        Ok(())
    }

    fn finished(&self) -> bool {
        self.dialog.settled() && self.inline.playback.idle() && self.inline.schedule.next().is_none()
    }

    fn round_due(&self) -> Option<Time> {
        (!self.inline.playback.idle()).then_some(self.next_round.max(self.inline.now))
    }

    /// Renders the loudspeaker up to `at`, which becomes now.
    fn advance(&mut self, at: Time, audience: &mut dyn Audience) -> Result<ControlFlow<()>, DeviceError> {
        let at = at.max(self.inline.now);
        let until = u64::try_from(at.as_nanos() * u128::from(self.rate) / 1_000_000_000).unwrap_or(u64::MAX);
        let mut sound = vec![0.0; usize::try_from(until - self.rendered).unwrap_or(0)];
        self.line.render(&mut sound);
        if let Some(echo) = &mut self.echo {
            echo.play(&sound);
        }
        self.rendered = until;
        self.inline.now = at;
        audience.sound(&sound)
    }

    /// Does all that is due now: deadlines, scheduled events, reports of the loudspeaker.
    fn due(&mut self, input: &mut ReplayInput, audience: &mut dyn Audience) {
        self.dialog.tick(self.inline.now);
        self.act(input, audience);
        while let Some(due) = self.inline.schedule.pop(self.inline.now) {
            match due {
                Due::Event(event) => self.dialog.handle(self.inline.now, event),
                Due::Spoken(spoken) => {
                    if let Some(clip) = spoken.clip.and_then(|clip| self.inline.tts.pass(clip)) {
                        self.inline.playback.queue(clip);
                    }
                    self.dialog.handle(self.inline.now, spoken.event);
                }
                Due::Think => self.inline.think_on(),
                Due::Speak => self.inline.speak_on(),
            }
            self.act(input, audience);
        }
        if self.round_due().is_some_and(|at| at <= self.inline.now) {
            for event in self.inline.playback.round() {
                self.dialog.handle(self.inline.now, event);
                self.act(input, audience);
            }
            self.next_round = self.inline.now + playback::ROUND;
        }
    }

    /// Carries out what the dialogue wants.
    fn act(&mut self, input: &mut ReplayInput, audience: &mut dyn Audience) {
        let mut scene = Scene { inline: &mut self.inline, input, audience };
        self.actions.carry_out(&mut self.dialog, &mut scene);
        if let Some(session) = &mut self.session {
            session.take(&mut self.dialog);
        }
    }
}
