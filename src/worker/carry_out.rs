//! The execution of the dialogue's actions: one match for the live golem and the replay.

use super::recorder::Recorder;
use super::vad::VadFrame;
use super::{asr, commands, llm, playback, speaker, tts, turn};
use crate::dialog::Dialog;
use crate::message::{Action, EchoState, Event, Note, Part, Time};
use crate::turn::{Ticket, TurnClock};

/// The clocks of wanted work: work below the live number of its clock is stale.
#[derive(Clone, Debug, Default)]
pub struct Generations {
    /// Turns: work of the language model, text to speech and the loudspeaker.
    pub turns: TurnClock,
    /// Utterances: work of speech to text.
    pub utterances: TurnClock,
    /// Turns whose commands may still be carried out.
    pub orders: TurnClock,
    /// Interim readings, by their number.
    pub interims: TurnClock,
}

impl Generations {
    /// Makes all work stale, so that every thread ends soon.
    pub fn end(&self) {
        for clock in [&self.turns, &self.utterances, &self.orders, &self.interims] {
            clock.raise(u64::MAX);
        }
    }
}

/// The workers as actions reach them: threads behind queues in the live golem, stepped inline in the replay.
pub trait Workers {
    /// Time since golem started.
    fn now(&self) -> Time;

    /// A job for speech to text; false when it cannot take it.
    fn asr(&mut self, job: asr::AsrJob) -> bool;

    /// Reads the words so far of an utterance, to show them, until `stop` goes stale. A worker may skip it.
    fn interim(&mut self, utterance: u64, stop: Ticket) {
        drop((utterance, stop));
    }

    /// Judges at a pause, from the utterance's audio, whether the turn has ended. Skipped without a model, or if the
    /// worker lags behind.
    fn judge(&mut self, job: turn::TurnJob);

    /// Compares the voice of an utterance with known voices. Skipped if the worker lags behind.
    fn identify(&mut self, job: speaker::SpeakerJob);

    /// A job for the language model; false when there is none.
    fn llm(&mut self, job: llm::LlmJob) -> bool;

    /// A job for text to speech; false when it has stopped.
    fn tts(&mut self, job: tts::TtsJob) -> bool;

    /// A command to run; false when none can be run any more.
    fn perform(&mut self, job: commands::CommandJob) -> bool;

    /// A job for playback.
    fn play(&mut self, job: playback::PlaybackJob);

    /// Stops listening (true) or listens again.
    fn mute(&mut self, on: bool);

    /// Keeps the mean of the person's own pauses for the next start.
    fn keep_pauses(&mut self, mean: Time);

    /// Sends a note to all observers.
    fn note(&mut self, note: Note);
}

/// Carries out what the dialogue wants. It owns the recorder and the generations, which belong to no worker alone.
pub struct ActionRunner {
    recorder: Recorder,
    generations: Generations,
    /// The newest echo state that the dialogue was given.
    echo: EchoState,
    /// Number of the newest interim reading.
    interim: u64,
    /// Whether recordings leave out the wake phrase that opened them.
    without_call: bool,
}

impl ActionRunner {
    /// A runner whose recorder remembers `pre_roll_ms` milliseconds.
    pub fn new(pre_roll_ms: u64, generations: Generations) -> Self {
        let (recorder, echo) = (Recorder::new(pre_roll_ms), EchoState::default());
        Self { recorder, generations, echo, interim: 0, without_call: false }
    }

    /// If `on`, leaves out of each utterance the wake phrase that opened it: its listeners do not know golem's phrase.
    #[must_use]
    pub fn leaving_out_calls(self, on: bool) -> Self {
        Self { without_call: on, ..self }
    }

    /// Makes all work stale, so that every thread ends soon.
    pub fn end(&self) {
        self.generations.end();
    }

    /// The microphone was muted or unmuted: forget the pre-roll, so that no utterance contains earlier sound.
    pub fn mute(&mut self) {
        self.recorder.forget();
    }

    /// Passes a frame of the microphone on: its sound to speech to text while an utterance is recorded; its voice
    /// probability, echo state and wake phrase to the dialogue.
    pub fn hear(&mut self, heard: &VadFrame, dialog: &mut Dialog, workers: &mut impl Workers) {
        if let Some(job) = self.recorder.push(&heard.frame, heard.probability) {
            asr(job, dialog, workers);
        }
        if let Some(utterance) = self.recorder.interim() {
            self.interim += 1;
            workers.interim(utterance, self.generations.interims.ticket(self.interim));
        }
        if heard.echo != self.echo {
            self.echo = heard.echo;
            dialog.handle(workers.now(), Event::Echo { state: heard.echo });
        }
        if heard.called {
            dialog.handle(workers.now(), Event::Called);
            // Open the recording before the next frame, so that the phrase is in its pre-roll.
            self.carry_out(dialog, workers);
        }
        dialog.handle(workers.now(), Event::Frame { probability: heard.probability });
    }

    /// Carries out all that the dialogue wants now. If a worker takes no more jobs, the dialogue gets a failure, which
    /// may make it want something else.
    pub fn carry_out(&mut self, dialog: &mut Dialog, workers: &mut impl Workers) {
        while let Some(action) = dialog.poll_action() {
            let failed = self.one(action, dialog, workers);
            if let Some((part, number)) = failed {
                let reason = "the engine has stopped; start golem again".into();
                dialog.handle(workers.now(), Event::Failed { part, number, reason });
            }
        }
    }

    /// Ends all interim readings: the next job of speech to text goes first.
    fn end_interims(&self) {
        self.generations.interims.raise(self.interim + 1);
    }

    /// Carries out one action. Returns the part and the turn if that part could not take it.
    fn one(&mut self, action: Action, dialog: &mut Dialog, workers: &mut impl Workers) -> Option<(Part, u64)> {
        let unless = |sent: bool, part, turn| (!sent).then_some((part, turn));
        match action {
            Action::Listen(utterance) => listen(self.recorder.listen(utterance), dialog, workers),
            Action::ListenBack(utterance) if self.without_call => {
                listen(self.recorder.listen_on(utterance), dialog, workers);
            }
            Action::ListenBack(utterance) => listen(self.recorder.listen_back(utterance), dialog, workers),
            Action::Transcribe { utterance, mode } => {
                workers.play(playback::PlaybackJob::Wake);
                self.end_interims();
                asr(asr::AsrJob::Decode(utterance, mode), dialog, workers);
            }
            Action::Judge { utterance, pause } => {
                if let Some(audio) = self.recorder.turn(utterance) {
                    workers.judge(turn::TurnJob { utterance, pause, audio });
                }
            }
            Action::Identify { utterance, pause } => {
                if let Some(audio) = self.recorder.voice(utterance) {
                    workers.identify(speaker::SpeakerJob::Identify { utterance, pause, audio });
                }
            }
            Action::Close(utterance) => self.recorder.close(utterance),
            Action::Discard(utterance) => {
                self.end_interims();
                self.recorder.close(utterance);
                self.generations.utterances.raise(utterance + 1);
            }
            Action::Think { turn, conversation } => {
                return unless(workers.llm(llm::LlmJob::Think { turn, conversation }), Part::Llm, turn);
            }
            // Ignore a failure: reading ahead only saves time, without it the next reply comes later.
            Action::Read { turn, conversation } => drop(workers.llm(llm::LlmJob::Read { turn, conversation })),
            Action::Prepare { turn, conversation } => {
                workers.tts(tts::TtsJob::Keep(turn));
                return unless(workers.llm(llm::LlmJob::Think { turn, conversation }), Part::Llm, turn);
            }
            Action::Utter(turn) => return unless(workers.tts(tts::TtsJob::Utter(turn)), Part::Tts, turn),
            Action::Perform { turn, decision, order } => {
                return unless(workers.perform(commands::CommandJob { turn, decision, order }), Part::Commands, turn);
            }
            Action::Abort(turn) => self.generations.orders.raise(turn),
            Action::Mute(on) => {
                self.mute();
                workers.mute(on);
            }
            Action::Hold => {
                workers.llm(llm::LlmJob::Hold);
                workers.tts(tts::TtsJob::Hold);
            }
            Action::Release => {
                workers.llm(llm::LlmJob::Release);
                workers.tts(tts::TtsJob::Release);
            }
            Action::Speak { turn, clause, text } => {
                workers.play(playback::PlaybackJob::Wake);
                return unless(workers.tts(tts::TtsJob::Speak { turn, clause, text }), Part::Tts, turn);
            }
            Action::Duck(on) => workers.play(playback::PlaybackJob::Duck(on)),
            Action::Cut => workers.play(playback::PlaybackJob::Cut),
            Action::Resume { turn, clause } => workers.play(playback::PlaybackJob::Resume { turn, clause }),
            Action::Cancel(turn) => {
                self.generations.turns.raise(turn);
                workers.play(playback::PlaybackJob::Cancel(turn));
            }
            Action::KeepPauses(mean) => workers.keep_pauses(mean),
            Action::Note(note) => workers.note(note),
        }
        None
    }
}

/// Begins an utterance with the first `jobs` of it, and wakes the loudspeaker: a reply will follow.
fn listen(jobs: [asr::AsrJob; 2], dialog: &mut Dialog, workers: &mut impl Workers) {
    workers.play(playback::PlaybackJob::Wake);
    for job in jobs {
        asr(job, dialog, workers);
    }
}

/// Hands a job to speech to text. If that cannot take it, the dialogue gets a failure.
fn asr(job: asr::AsrJob, dialog: &mut Dialog, workers: &mut impl Workers) {
    let number = if let asr::AsrJob::Decode(number, _) = job { number } else { 0 };
    if !workers.asr(job) {
        let reason = "the ears cannot keep up; a smaller model is faster".into();
        dialog.handle(workers.now(), Event::Failed { part: Part::Asr, number, reason });
    }
}
