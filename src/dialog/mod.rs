//! The dialogue: pure decisions about events at given times.
//!
//! [`Dialog::handle`] takes what happened, [`Dialog::poll_action`] gives what to do, [`Dialog::poll_timeout`] says when
//! to come back. The dialogue uses no thread, channel, clock, file or engine.

mod ahead;
pub mod barge;
pub mod call;
mod commanding;
mod echoing;
pub mod endpoint;
pub mod ghost;
mod hearing;
pub mod hinting;
pub mod history;
mod identity;
mod judging;
pub mod own;
mod pending;
mod prepared;
pub mod prompting;
pub mod reply;
mod settings;
pub mod speaker;
mod speaking;
mod state;
pub mod tape;
pub mod text;
pub mod timer;
mod turn_end;
pub mod vad;
mod wake;
mod wake_gate;
pub mod wording;
pub mod words;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::command::Commands;
use crate::command::repeat::Repeats;
use crate::config::Config;
use crate::message::{Action, CancelReason, EchoState, Event, Message, Note, Part, Request, State, Time};
use history::ChatHistory;
use own::alarm::Alarms;
pub use state::Dialog;
use tape::TapeEntry;
use timer::{Timer, Timers};
use wake_gate::WakeGate;
use words::Phrases;

impl Dialog {
    /// A new dialogue. `speculates` says whether decoding ahead of time pays off with this recogniser; `commands` are
    /// the commands, if any.
    pub fn new(config: &Config, speculates: bool, commands: Option<Arc<Commands>>) -> Self {
        Self {
            now: Time::ZERO,
            state: State::Idle,
            gate: vad::Gate::new(config.vad.clone()),
            detector: barge::Detector::new(&config.barge_in, config.vad.threshold),
            backchannel: Phrases::new(&config.turn.backchannels),
            turn_lists: wording::TurnLists::new(&config.turn),
            history: ChatHistory::new(&config.llm.system_prompt),
            timers: Timers::default(),
            actions: VecDeque::new(),
            numbers: 0,
            speculates,
            muted: false,
            talking: false,
            echo: EchoState::default(),
            open: None,
            awaited: None,
            overtaken: Vec::new(),
            unidentified: Vec::new(),
            unanswered: false,
            reply: None,
            lowered: false,
            commands,
            pending: None,
            ahead: None,
            spent: 0,
            wasted: Time::ZERO,
            repeats: Repeats::default(),
            alarms: Alarms::default(),
            deeds: own::undo::Deeds::default(),
            endpointer: endpoint::Endpointer::default(),
            ended: None,
            voices: speaker::SpeakerPool::default(),
            sounds_until: Time::ZERO,
            wake: WakeGate::new(&config.wake.phrase),
            tape: tape::Tape::default(),
            config: config.clone(),
        }
    }

    /// Continues an earlier conversation, before anything is said in this one.
    pub fn recall(&mut self, earlier: Vec<Message>) {
        self.tape.keep(|| TapeEntry::Recall { messages: earlier.clone() });
        self.history.recall(earlier);
    }

    /// Sets whether decoding ahead of time pays off with this recogniser.
    pub fn speculate(&mut self, gains: bool) {
        if gains != self.speculates {
            self.tape.keep(|| TapeEntry::Speculates { gains });
        }
        self.speculates = gains;
    }

    /// Records all input and all notes from now on, for [`Dialog::poll_tape`].
    pub fn record(&mut self) {
        self.tape.start();
    }

    /// The next entry of the tape, in order; `None` if nothing is recorded.
    pub fn poll_tape(&mut self) -> Option<TapeEntry> {
        self.tape.take()
    }

    /// Repeats the input of a tape's entry. Notes are output and change nothing.
    pub fn repeat_entry(&mut self, entry: TapeEntry) {
        match entry {
            TapeEntry::Event { at, event } => self.handle(at, event),
            TapeEntry::Tick { at } => self.tick(at),
            TapeEntry::Wall { at, wall } => self.tell_time(at, wall),
            TapeEntry::Speculates { gains } => self.speculate(gains),
            TapeEntry::Settings { config } => self.configure(&config),
            TapeEntry::Recall { messages } => self.recall(messages),
            TapeEntry::Pauses { mean } => self.know_pauses(mean),
            TapeEntry::Note { .. } => {}
        }
    }

    /// Takes one event at `now`, after the deadlines that passed before it. A frame is an exception, because it holds
    /// sound from before `now`: its voice comes before the end of a silence, also if the machine was late to hear it.
    pub fn handle(&mut self, now: Time, event: Event) {
        self.tape.keep(|| TapeEntry::Event { at: now, event: event.clone() });
        if let Event::Frame { probability } = event {
            self.now = self.now.max(now);
            self.frame(probability);
            self.settle();
            return self.pass_time(now);
        }
        if let Event::Echo { state } = event {
            // Apply the echo state before the deadlines, because it belongs to the next frame.
            self.echo = state;
            return;
        }
        self.pass_time(now);
        match event {
            Event::Frame { .. } | Event::Echo { .. } => {}
            Event::Called => self.called(),
            Event::Partial { utterance, text } => self.partial(utterance, text),
            Event::Interim { utterance, text } => self.interim(utterance, text),
            Event::Judged { utterance, pause, probability } => self.judged(utterance, pause, probability),
            Event::Speaker { utterance, pause, voice } => self.identified(utterance, pause, voice),
            Event::Transcript { utterance, transcript } => self.transcript(utterance, transcript),
            Event::Piece { turn, text } => self.piece(turn, &text),
            Event::ReplyEnd { turn } => self.reply_end(turn),
            Event::Synthesised { turn, clause, timing } => self.synthesised(turn, clause, timing),
            Event::Played { turn, clause, samples, done } => self.played(turn, clause, samples, done),
            Event::Performed { turn, decision, outcome } => self.performed(turn, decision, outcome),
            Event::Failed { part, number, reason } => self.failed(part, number, &reason),
            Event::Request(request) => self.request(request),
        }
        self.settle();
    }

    /// Lets time pass: expires every deadline up to `now`.
    pub fn tick(&mut self, now: Time) {
        self.tape.keep(|| TapeEntry::Tick { at: now });
        self.pass_time(now);
    }

    fn pass_time(&mut self, now: Time) {
        self.now = self.now.max(now);
        while let Some(timer) = self.timers.expired(self.now) {
            self.expire(timer);
            self.settle();
        }
    }

    /// The next action, in order.
    pub fn poll_action(&mut self) -> Option<Action> {
        let action = self.actions.pop_front();
        if let Some(Action::Note(note)) = &action {
            self.tape.keep(|| TapeEntry::Note { at: self.now, note: note.clone() });
        }
        action
    }

    /// The probability above which a frame counts as voiced now, 0..=1.
    pub fn threshold(&self) -> f32 {
        self.gate.bar()
    }

    /// The heard part of the current reply: its turn and the words. `None` while it is silenced.
    pub fn heard(&self) -> Option<(u64, String)> {
        let reply = self.reply.as_ref().filter(|reply| reply.started && !reply.held)?;
        Some((reply.turn, reply.heard().trim().to_string()))
    }

    /// The latest time for the next call of [`Dialog::tick`].
    pub fn poll_timeout(&self) -> Option<Time> {
        self.timers.next()
    }

    /// The time of the newest event or tick.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The present state.
    pub fn state(&self) -> State {
        self.state
    }

    /// The conversation as it was heard.
    pub fn history(&self) -> &ChatHistory {
        &self.history
    }

    /// Whether nothing is under way: no speech, and no result awaited.
    pub fn idle(&self) -> bool {
        self.state == State::Idle
    }

    /// Whether nothing is under way and no question waits for its answer.
    pub fn settled(&self) -> bool {
        self.idle() && self.pending.is_none()
    }

    /// Derives the state from what is under way; no other code sets it.
    fn settle(&mut self) {
        let state = match (&self.open, &self.awaited, &self.reply) {
            (Some(utterance), _, _) if utterance.paused => State::Pause,
            (Some(_), _, _) => State::Listening,
            (None, None, Some(reply)) if reply.started && !reply.held => State::Speaking,
            (None, None, None) if !self.expecting() => State::Idle,
            _ => State::Processing,
        };
        if state != self.state {
            self.state = state;
            self.note(Note::State { state });
            if state == State::Idle {
                self.keep_pauses();
            }
        }
        self.watch_attention();
    }

    fn expire(&mut self, timer: Timer) {
        match timer {
            Timer::Speculate => self.pause(),
            Timer::Judge => self.judge(),
            Timer::EndTurn | Timer::MaxUtterance => self.end_turn(),
            Timer::Asr | Timer::Overtaken => self.no_words(timer),
            Timer::Speaker => self.speaker_unknown(),
            Timer::FirstToken => self.no_reply("the language model did not begin in time; a smaller model is faster"),
            Timer::Clause => self.hurry(),
            Timer::Confirm => self.unanswered_question(),
            Timer::Alarm => self.alarm(),
            // Do nothing here: `settle` checks the attention after every timer.
            Timer::Attention => {}
            Timer::FirstAudio => self.no_sound(Part::Tts, "no sound came in time"),
            Timer::Progress => self.no_sound(Part::Playback, "the reply stood still"),
        }
    }

    fn failed(&mut self, part: Part, number: u64, reason: &str) {
        let reply = self.reply.as_ref().is_some_and(|reply| reply.turn == number);
        match part {
            Part::Asr => self.not_decoded(number, reason),
            // Report nothing: the reply is requested again in its turn, and a failure is reported then.
            Part::Llm | Part::Tts if self.prepared(number).is_some() => self.drop_ahead(),
            Part::Llm | Part::Commands if reply => self.no_reply(reason),
            Part::Tts if reply => self.no_sound(part, reason),
            Part::Llm | Part::Commands | Part::Tts => {}
            Part::Capture | Part::Vad | Part::Playback => self.note(Note::Error { part, reason: reason.into() }),
        }
    }

    fn request(&mut self, request: Request) {
        match request {
            Request::Stop if self.pending.is_some() => self.answer_key(false),
            Request::Stop => self.interrupt(CancelReason::Key),
            Request::Mute => self.mute(true),
            Request::Unmute => self.mute(false),
            Request::Talk { on } => self.talk(on),
            Request::Ask { text } => self.ask(text.trim()),
            Request::Repeat => self.repeat(),
            Request::Answer { yes } => self.answer_key(yes),
            Request::Listen => self.listen(),
            Request::Say { text } => self.announce(text.trim()),
            Request::Mode { mode } => self.mode(mode),
            // Ignore these. The runtime answers the first two, because the conversation goes on with any device and
            // engine; the prompter takes the next two, and the process answers the others.
            Request::Offers
            | Request::Switch { .. }
            | Request::Next
            | Request::Back
            | Request::Status
            | Request::Metrics
            | Request::Reload
            | Request::Quit
            | Request::Subscribe { .. } => {}
        }
    }
}
