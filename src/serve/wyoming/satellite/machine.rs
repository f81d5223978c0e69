//! The state machine of the satellite: the run of Home Assistant's pipeline, and its replies. Pure: events in, events
//! out.
//!
//! Wyoming numbers nothing: the order of events decides which run they belong to. A run's own events begin with
//! `transcribe`; until then, events of the run before may still come.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::super::frame::WyomingEvent;
use super::super::intake::PcmIntake;
use super::sent::{ClauseSound, SentReply, letters};
use super::server::{ServerState, ServerTimers};
use crate::phrases::{Language, Phrase};
use crate::signal::frame::RATE;
use crate::signal::pcm::pcm;

/// Samples of the microphone in an event, as in wyoming-satellite.
const PIECE: usize = 1_024;
/// Replies that are kept: the one that is heard, one that was cut and may go on, and one that no one asked for.
const REPLIES: usize = 3;
/// Name that people see in place of golem's own recogniser, language model and voice.
pub const NAME: &str = "Home Assistant";
/// Reason for dropping a question after which another was asked.
const OVER: &str = "Home Assistant was asked something else meanwhile";
/// Ticks that a reply may take to have words or more sound: half a minute, since a language model that calls tools takes
/// long. A reply without words by then is silent, and later sound does not belong to it.
const SILENT: u32 = 120;
/// Reason for giving up a reply that took longer.
const LATE: &str = "no reply came from Home Assistant for 30 s";
/// Home Assistant's code for an utterance without words.
const NO_WORDS: &str = "stt-no-text-recognized";

/// The state of an utterance.
#[derive(Clone, Debug, PartialEq, Eq)]
enum RunState {
    /// Its words are awaited.
    Words,
    /// Its words have come; `asked` is whether golem has fetched them.
    Answer { words: String, asked: bool },
    /// It failed, and why.
    Failed(String),
}

impl RunState {
    /// The state of an utterance without words.
    fn unheard() -> Self {
        Self::Answer { words: String::new(), asked: false }
    }
}

/// A run of Home Assistant's pipeline.
#[derive(Debug)]
struct PipelineRun {
    number: u64,
    state: RunState,
    /// Whether the coming events can only belong to this run.
    own: bool,
    /// Whether golem still sends what it hears.
    streams: bool,
    /// Ticks since sound was last sent.
    quiet: u32,
}

/// The action that an event requires.
#[derive(Debug, PartialEq, Eq)]
pub enum TakenEvent {
    /// Nothing.
    Nothing,
    /// Say this: an announcement, whose sound is coming, or that a timer is over.
    Say(String),
}

/// The state of the satellite.
#[derive(Default)]
pub struct SatelliteMachine {
    server: ServerState,
    /// Runs and announcements so far.
    numbers: u64,
    run: Option<PipelineRun>,
    replies: VecDeque<SentReply>,
    /// The reply that incoming sound belongs to, and the decoder of that sound.
    sink: Option<(u64, PcmIntake)>,
    /// Whether sound was played whose end was not reported to Home Assistant.
    sounded: bool,
    /// The language of golem's own sentences.
    language: Language,
    timers: ServerTimers,
}

impl SatelliteMachine {
    /// Golem's own sentences are in that language.
    pub fn speak(&mut self, language: Language) {
        self.language = language;
    }

    /// The state of Home Assistant.
    pub fn server(&self) -> ServerState {
        self.server
    }

    /// Home Assistant has connected (true) or hung up.
    pub fn connected(&mut self, on: bool) {
        if !on {
            let gone = "Home Assistant has hung up; it connects again by itself";
            self.fail(gone);
            self.replies.iter_mut().for_each(|reply| reply.lose(gone));
            (self.sink, self.sounded) = (None, false);
        }
        self.server = if on { ServerState::Paused } else { ServerState::Absent };
    }

    fn next_number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    fn fail(&mut self, reason: &str) {
        if let Some(run) = &mut self.run {
            (run.streams, run.state) = (false, RunState::Failed(reason.to_owned()));
        }
    }

    /// The wake phrase was said: what is sent. Home Assistant answers only one of several satellites that hear the same phrase.
    pub fn called(&self, phrase: &str) -> Option<WyomingEvent> {
        (self.server == ServerState::Ready).then(|| WyomingEvent::new("detection", json!({"name": phrase})))
    }

    /// A person begins to speak: the number of the run, and the events to send. `None` if Home Assistant does not
    /// listen.
    pub fn begin(&mut self) -> Option<(u64, Vec<WyomingEvent>)> {
        if self.server != ServerState::Ready {
            self.run = None;
            return None;
        }
        let own = self.run.as_ref().is_none_or(|run| self.is_settled(run));
        let number = self.next_number();
        self.run = Some(PipelineRun { number, state: RunState::Words, own, streams: true, quiet: 0 });
        let stages = json!({"start_stage": "asr", "end_stage": "tts", "restart_on_end": false});
        Some((number, vec![WyomingEvent::new("run-pipeline", stages)]))
    }

    /// Whether all events of a run have come.
    fn is_settled(&self, run: &PipelineRun) -> bool {
        match run.state {
            RunState::Words => false,
            RunState::Failed(_) => true,
            RunState::Answer { ref words, .. } => {
                words.is_empty() || self.reply(run.number).is_some_and(SentReply::is_whole)
            }
        }
    }

    fn reply(&self, number: u64) -> Option<&SentReply> {
        self.replies.iter().find(|reply| reply.number == number)
    }

    fn reply_mut(&mut self, number: u64) -> Option<&mut SentReply> {
        self.replies.iter_mut().find(|reply| reply.number == number)
    }

    fn expect(&mut self, number: u64) -> &mut SentReply {
        while self.replies.len() >= REPLIES {
            self.replies.pop_front();
        }
        self.replies.push_back(SentReply::new(number));
        let last = self.replies.len() - 1;
        &mut self.replies[last]
    }

    fn current(&mut self, number: u64) -> Option<&mut PipelineRun> {
        self.run.as_mut().filter(|run| run.number == number)
    }

    /// Takes more of the person's speech (16 kHz, -1..=1) for a run; gives the events to send.
    pub fn hear(&mut self, number: u64, samples: &[f32]) -> Vec<WyomingEvent> {
        let Some(run) = self.current(number).filter(|run| run.streams) else { return Vec::new() };
        run.quiet = 0;
        // Send no event without sound: it would end the utterance.
        let format = || json!({"rate": RATE, "width": 2, "channels": 1});
        samples.chunks(PIECE).map(|piece| WyomingEvent::new("audio-chunk", format()).carrying(pcm(piece))).collect()
    }

    /// The person has finished speaking: the event to send.
    pub fn end(&mut self, number: u64) -> Option<WyomingEvent> {
        let run = self.current(number).filter(|run| run.streams)?;
        run.streams = false;
        Some(WyomingEvent::new("audio-stop", Value::Null))
    }

    /// A quarter of a second passes. An utterance that got no sound for `most` ticks was dropped; it is ended, because
    /// Home Assistant waits for its end.
    pub fn tick(&mut self, most: u32) -> Option<WyomingEvent> {
        self.replies.iter_mut().for_each(|reply| reply.grow_older(SILENT, LATE));
        let run = self.run.as_mut().filter(|run| run.streams)?;
        run.quiet += 1;
        if run.quiet < most {
            return None;
        }
        let number = run.number;
        self.end(number)
    }

    /// The words of a run, once they have come, or why there are none.
    pub fn words(&mut self, number: u64) -> Option<Result<String, String>> {
        let Some(run) = self.current(number) else { return Some(Err(OVER.into())) };
        match &mut run.state {
            RunState::Words => None,
            RunState::Answer { words, asked } => {
                *asked = true;
                Some(Ok(words.clone()))
            }
            RunState::Failed(reason) => Some(Err(reason.clone())),
        }
    }

    /// The run whose words are `question`; `None` if the question was not asked by voice.
    pub fn answering(&self, question: &str) -> Option<u64> {
        let question = letters(question);
        let run = self.run.as_ref()?;
        let RunState::Answer { words, asked: true } = &run.state else { return None };
        let words = letters(words);
        (!question.is_empty() && (words.contains(&question) || question.contains(&words))).then_some(run.number)
    }

    /// The text of a reply, once it has come, or why there is none.
    pub fn text(&mut self, number: u64) -> Option<Result<String, String>> {
        let reply = self.reply(number);
        if let Some(text) = reply.and_then(SentReply::text).map(str::to_owned) {
            // Forget older replies: they are not spoken any more.
            self.replies.retain(|reply| reply.number >= number);
            return Some(Ok(text));
        }
        if let Some(reason) = reply.and_then(SentReply::loss) {
            return Some(Err(reason.to_owned()));
        }
        match &self.run {
            Some(PipelineRun { number: current, state: RunState::Failed(reason), .. }) if *current == number => {
                Some(Err(reason.clone()))
            }
            Some(run) if run.number == number => None,
            _ => Some(Err(OVER.into())),
        }
    }

    /// Whether a reply is to begin with the lead-in, because its sound has come before its text; true only once.
    pub fn leads_in(&mut self, number: u64) -> bool {
        self.reply_mut(number).is_some_and(SentReply::leads_in)
    }

    /// Replies that are kept.
    #[cfg(test)]
    pub fn replies(&self) -> usize {
        self.replies.len()
    }

    /// Whether `text` is a clause of what Home Assistant sends.
    pub fn expects(&self, text: &str) -> bool {
        self.replies.iter().any(|reply| reply.expects(text))
    }

    /// Takes a clause to be spoken: the number of its reply, and the letters up to its end.
    pub fn clause(&mut self, text: &str) -> Option<(u64, usize)> {
        let reply = self.replies.iter_mut().rev().find(|reply| reply.expects(text))?;
        Some((reply.number, reply.clause(text)))
    }

    /// The next sound of a clause.
    pub fn sound(&mut self, (number, letters): (u64, usize)) -> ClauseSound {
        let Some(reply) = self.reply_mut(number) else { return ClauseSound::Lost("it was dropped".into()) };
        let sound = reply.next(letters);
        self.sounded |= matches!(sound, ClauseSound::Piece(..));
        sound
    }

    /// Gives up the sound of a reply: golem's own voice speaks the rest.
    pub fn lose(&mut self, number: u64, reason: &str) {
        if let Some(reply) = self.reply_mut(number) {
            reply.lose(reason);
        }
    }

    /// A reply was heard, or cut by the person: the event to send.
    pub fn heard(&mut self) -> Option<WyomingEvent> {
        std::mem::take(&mut self.sounded).then(|| WyomingEvent::new("played", Value::Null))
    }

    /// Takes an event of Home Assistant's.
    pub fn take(&mut self, event: &WyomingEvent) -> TakenEvent {
        match event.kind.as_str() {
            "run-satellite" => self.server = ServerState::Ready,
            "pause-satellite" => {
                self.server = ServerState::Paused;
                if let Some(run) = &mut self.run {
                    (run.streams, run.state) = (false, RunState::unheard());
                }
            }
            "transcribe" => {
                if let Some(run) = &mut self.run {
                    run.own = true;
                }
            }
            "transcript" => self.transcribed(event.text("text")),
            "synthesize" => self.answered(event.text("text")),
            "audio-start" => return self.begin_sound(event),
            "audio-chunk" => self.more_sound(event),
            "audio-stop" => {
                if let Some((number, _)) = self.sink.take()
                    && let Some(reply) = self.reply_mut(number)
                {
                    reply.end();
                }
            }
            "error" => self.refused(event),
            "timer-started" | "timer-updated" => self.timers.run(event),
            "timer-cancelled" => drop(self.timers.end(event)),
            "timer-finished" => {
                let name = self.timers.end(event);
                return TakenEvent::Say(Phrase::TimeUp { name }.say(self.language));
            }
            // Ignore Home Assistant's voice detection: golem has its own.
            other => tracing::debug!("Home Assistant: {other}"),
        }
        TakenEvent::Nothing
    }

    fn transcribed(&mut self, words: &str) {
        let Some(run) = self.run.as_mut().filter(|run| run.own && run.state == RunState::Words) else { return };
        run.state = RunState::Answer { words: words.trim().to_owned(), asked: false };
        run.streams = false;
        let number = run.number;
        // A reply without text belongs to an earlier question: it was silent, or was dropped for this one.
        self.replies.iter_mut().filter(|reply| reply.awaits_text()).for_each(|reply| reply.lose(OVER));
        if !words.trim().is_empty() {
            self.expect(number);
        }
    }

    fn answered(&mut self, text: &str) {
        if let Some(reply) = self.replies.iter_mut().rev().find(|reply| reply.awaits_text()) {
            reply.say(text);
        }
    }

    fn begin_sound(&mut self, event: &WyomingEvent) -> TakenEvent {
        let (intake, rate) = match PcmIntake::as_it_is(event) {
            Ok(begun) => begun,
            Err(fault) => {
                tracing::warn!("Home Assistant's sound is not played: {fault}");
                self.sink = None;
                return TakenEvent::Nothing;
            }
        };
        if let Some(reply) = self.replies.iter_mut().rev().find(|reply| reply.awaits_sound()) {
            reply.sound(rate);
            self.sink = Some((reply.number, intake));
            return TakenEvent::Nothing;
        }
        let number = self.next_number();
        let text = Phrase::Announcement.say(self.language);
        let reply = self.expect(number);
        reply.say(&text);
        reply.sound(rate);
        self.sink = Some((number, intake));
        TakenEvent::Say(text)
    }

    fn more_sound(&mut self, event: &WyomingEvent) {
        let Some((number, intake)) = &mut self.sink else { return };
        let number = *number;
        let Ok(samples) = intake.take(&event.payload, false) else { return };
        if let Some(reply) = self.reply_mut(number) {
            reply.more(samples);
        }
    }

    /// Takes an error of the newest run.
    fn refused(&mut self, event: &WyomingEvent) {
        let reason = format!("Home Assistant: {}", event.text("text"));
        let Some(run) = self.run.as_mut().filter(|run| run.own) else { return };
        run.streams = false;
        let number = run.number;
        if run.state != RunState::Words {
            let unsaid = self.reply(number).is_some_and(SentReply::awaits_text);
            self.lose(number, &reason);
            if unsaid && let Some(run) = &mut self.run {
                run.state = RunState::Failed(reason);
            }
        } else if event.text("code") == NO_WORDS {
            run.state = RunState::unheard();
        } else {
            run.state = RunState::Failed(reason);
        }
    }
}
