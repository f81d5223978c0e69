//! The workers of the live golem: threads behind queues, and the observers of the dialogue.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crossbeam_channel::Sender;

use super::exchange::Exchange;
use super::report::tell;
use crate::control::Update;
use crate::message::{Event, Note, Time};
use crate::turn::Ticket;
use crate::worker::baton::{Baton, Holder};
use crate::worker::carry_out::Workers;
use crate::worker::clerk::Clerk;
use crate::worker::historian::HistoryWriter;
use crate::worker::meter::MetricsMeter;
use crate::worker::pauses::PauseKeeper;
use crate::worker::speaker::{OwnSound, SpeakerJob};
use crate::worker::{Handle, asr, commands, llm, playback, tts, turn};

/// The ends of the queues. Fields drop in this order, from speech to text to playback.
pub struct Queues {
    pub asr: Handle<asr::AsrJob>,
    /// `None` if no turn model is installed.
    pub turn: Option<Handle<turn::TurnJob>>,
    /// `None` if golem only takes commands.
    pub llm: Option<Handle<llm::LlmJob>>,
    /// One queue for all threads that run commands: they end when it is gone, so it is dropped before them.
    pub orders: Sender<commands::CommandJob>,
    pub tts: Handle<tts::TtsJob>,
    pub playback: Handle<playback::PlaybackJob>,
    /// Dropped after `tts`, as `speaker` is: the speaker check's thread ends when text to speech can send it nothing
    /// more.
    pub own_sound: OwnSound,
    pub speaker: Handle<SpeakerJob>,
    /// Whether frames of the microphone are discarded.
    pub muted: Arc<AtomicBool>,
    /// Whether interim words are read.
    pub interim: bool,
    /// The priority on the processor.
    pub baton: Baton,
    pub exchange: Exchange,
    pub clerk: Option<Clerk>,
    pub pen: Option<HistoryWriter>,
    pub pauses: PauseKeeper,
    pub meter: MetricsMeter,
    pub updates: Sender<Update>,
    pub began: Instant,
}

impl Queues {
    /// Whether an event only concerns engines that are being exchanged, and not the dialogue.
    pub fn judge(&mut self, event: &Event) -> bool {
        self.exchange.judge(event, &mut self.asr, self.llm.as_mut())
    }

    /// Applies changed settings of the speaker check; other voices may have been enrolled as well.
    pub fn check_speakers(&self, checks: bool) {
        self.own_sound.want(checks);
        if checks {
            self.speaker.send(SpeakerJob::Open);
        }
    }

    /// Lets engines that are ready take over; called between two turns.
    pub fn change(&mut self) {
        self.exchange.change(&mut self.asr, self.llm.as_mut());
    }
}

impl Workers for Queues {
    fn now(&self) -> Time {
        self.began.elapsed()
    }

    fn asr(&mut self, job: asr::AsrJob) -> bool {
        self.exchange.heard(&job);
        self.asr.send(job) || self.exchange.asr_back(&mut self.asr, "it has stopped")
    }

    fn interim(&mut self, utterance: u64, stop: Ticket) {
        // Skip the reading while the language model or text to speech has the processor: a person waits for them.
        if self.interim && self.baton.holder() == Holder::Nobody {
            self.asr.send(asr::AsrJob::Interim(utterance, stop));
        }
    }

    fn judge(&mut self, job: turn::TurnJob) {
        if let Some(turn) = &self.turn {
            turn.send(job);
        }
    }

    fn identify(&mut self, job: SpeakerJob) {
        // Ignore a full queue: without an answer, the voice is unknown.
        self.speaker.send(job);
    }

    fn llm(&mut self, job: llm::LlmJob) -> bool {
        self.exchange.thought(&job);
        let Some(llm) = &mut self.llm else { return false };
        llm.send(job) || self.exchange.llm_back(llm, "it has stopped")
    }

    fn tts(&mut self, job: tts::TtsJob) -> bool {
        if matches!(job, tts::TtsJob::Speak { clause: 0, .. }) {
            self.baton.give(Holder::Tts);
        }
        self.tts.send(job)
    }

    fn perform(&mut self, job: commands::CommandJob) -> bool {
        self.orders.try_send(job).is_ok()
    }

    fn play(&mut self, job: playback::PlaybackJob) {
        // Ignore the result: a full queue holds jobs enough, and a missing one has ended with the process.
        self.playback.send(job);
    }

    fn mute(&mut self, on: bool) {
        self.muted.store(on, Ordering::Relaxed);
    }

    fn keep_pauses(&mut self, mean: Time) {
        self.pauses.keep(mean);
    }

    fn note(&mut self, note: Note) {
        if let Some(clerk) = &mut self.clerk {
            clerk.take(&note);
        }
        if let Some(pen) = &self.pen {
            pen.note(&note);
        }
        self.meter.note(&note);
        tell(&self.updates, Update::Note { time: self.now(), note });
    }
}
