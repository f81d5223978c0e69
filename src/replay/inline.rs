//! The workers of a replay: stepped inline, their work timed on the virtual clock.

use crossbeam_channel::Receiver;

use super::audience::Audience;
use super::input::ReplayInput;
use super::latency::{Lane, Latency};
use super::schedule::{Due, Schedule};
use crate::message::{Event, Note, Time};
use crate::worker::asr::{self, AsrWorker};
use crate::worker::carry_out::Workers;
use crate::worker::commands::{self, CommandWorker};
use crate::worker::llm::{self, LlmWorker};
use crate::worker::playback::{self, PlaybackWorker};
use crate::worker::speaker::{SpeakerJob, SpeakerWorker};
use crate::worker::tts::{self, TtsWorker};
use crate::worker::turn::{TurnJob, TurnWorker};

/// The times at which the workers are free again.
#[derive(Debug, Default)]
pub struct Lanes {
    asr: Lane,
    turn: Lane,
    speaker: Lane,
    llm: Lane,
    tts: Lane,
    orders: Lane,
}

/// The workers, and the schedule of their results.
pub struct Inline {
    pub now: Time,
    pub asr: AsrWorker,
    pub turn: TurnWorker,
    pub speaker: SpeakerWorker,
    /// Golem's own sound, for the speaker check.
    pub own_sound: Receiver<SpeakerJob>,
    pub llm: Option<LlmWorker>,
    pub actor: CommandWorker,
    pub tts: TtsWorker,
    pub playback: PlaybackWorker,
    pub schedule: Schedule,
    pub latency: Latency,
    pub lanes: Lanes,
}

impl Inline {
    fn at(&mut self, done: Time, event: Option<Event>) {
        if let Some(event) = event {
            self.schedule.at(done, Due::Event(event));
        }
    }

    /// Makes the next piece of the reply, if a reply is being made.
    pub fn think_on(&mut self) {
        let Some(llm) = self.llm.as_mut().filter(|llm| llm.busy()) else { return };
        let (done, event) = self.lanes.llm.work(self.now, self.latency.llm, || llm.step());
        self.at(done, event);
        self.schedule.at(done, Due::Think);
    }

    /// Synthesises the next clause, or a piece of it.
    pub fn speak_on(&mut self) {
        if !self.tts.busy() {
            return;
        }
        let (done, spoken) = self.lanes.tts.work(self.now, self.latency.tts, || self.tts.step());
        if let Some(spoken) = spoken {
            self.schedule.at(done, Due::Spoken(Box::new(spoken)));
        }
        self.schedule.at(done, Due::Speak);
    }
}

/// The workers and their surroundings: the input, and the audience.
pub struct Scene<'a> {
    pub inline: &'a mut Inline,
    pub input: &'a mut ReplayInput,
    pub audience: &'a mut dyn Audience,
}

impl Workers for Scene<'_> {
    fn now(&self) -> Time {
        self.inline.now
    }

    fn asr(&mut self, job: asr::AsrJob) -> bool {
        let inline = &mut *self.inline;
        let decode = matches!(job, asr::AsrJob::Decode(..));
        let fixed = inline.latency.asr.map(|fixed| if decode { fixed } else { Time::ZERO });
        let (done, event) = inline.lanes.asr.work(inline.now, fixed, || inline.asr.step(job));
        inline.at(done, event);
        true
    }

    fn judge(&mut self, job: TurnJob) {
        let inline = &mut *self.inline;
        let (done, event) = inline.lanes.turn.work(inline.now, inline.latency.turn, || inline.turn.step(&job));
        inline.at(done, event);
    }

    fn identify(&mut self, job: SpeakerJob) {
        let inline = &mut *self.inline;
        let jobs = inline.own_sound.try_iter().chain([job]);
        let speaker = &mut inline.speaker;
        let compare = || jobs.filter_map(|job| speaker.step(job)).last();
        let (done, event) = inline.lanes.speaker.work(inline.now, inline.latency.speaker, compare);
        inline.at(done, event);
    }

    fn llm(&mut self, job: llm::LlmJob) -> bool {
        let inline = &mut *self.inline;
        // Ignore the job without a language model: golem only takes commands then.
        let Some(llm) = &mut inline.llm else { return true };
        let fixed = inline.latency.llm.map(|_| Time::ZERO);
        let (done, event) = inline.lanes.llm.work(inline.now, fixed, || llm.take(job));
        inline.at(done, event);
        inline.schedule.at(done, Due::Think);
        true
    }

    fn tts(&mut self, job: tts::TtsJob) -> bool {
        let inline = &mut *self.inline;
        let speak_at = match &job {
            tts::TtsJob::Release => Some(inline.now),
            tts::TtsJob::Speak { .. } => Some(inline.lanes.tts.free(inline.now)),
            _ => None,
        };
        let utter = matches!(job, tts::TtsJob::Utter(_));
        inline.tts.take(job);
        if utter {
            inline.tts.let_go().into_iter().for_each(|clip| inline.playback.queue(clip));
        }
        if let Some(at) = speak_at {
            inline.schedule.at(at, Due::Speak);
        }
        true
    }

    fn perform(&mut self, job: commands::CommandJob) -> bool {
        let inline = &mut *self.inline;
        let (done, event) = inline.lanes.orders.work(inline.now, inline.latency.act, || inline.actor.step(&job));
        inline.schedule.at(done, Due::Event(event));
        true
    }

    fn play(&mut self, job: playback::PlaybackJob) {
        self.inline.playback.take(job);
    }

    fn mute(&mut self, _: bool) {
        // Nothing to do: a muted dialogue ignores frames by itself.
    }

    fn keep_pauses(&mut self, _: Time) {
        // Nothing to do: a replay keeps nothing.
    }

    fn note(&mut self, note: Note) {
        if let Note::AudioStart { turn } = note {
            self.input.reply_started(turn, self.inline.now);
        }
        self.audience.note(self.inline.now, &note);
    }
}
