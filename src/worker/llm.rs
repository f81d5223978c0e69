//! The language model: a conversation becomes a reply, piece by piece.

use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use crate::engine::Chat;
use crate::message::{Event, Message, Part, Role};
use crate::turn::{Ticket, TurnClock};
use crate::worker::baton::{Baton, Holder};
use crate::worker::patience;
use crate::worker::takeover::{EngineReport, TakeoverReporter};

/// Rest after each piece of a reply until its first clause is spoken: the dialogue may find that the clause is whole.
const BREATH: Duration = Duration::from_millis(1);
/// How often a held reply is checked for its cancellation.
const HELD: Duration = Duration::from_millis(20);
/// Most rests while text to speech has the baton, in case its engine is slow.
const COURTESY: u32 = 300;

/// Work for the language model.
#[derive(Clone, Debug)]
pub enum LlmJob {
    /// Read a conversation that the next question will follow.
    Read {
        /// The utterance that is being spoken.
        turn: u64,
        /// The conversation so far.
        conversation: Vec<Message>,
    },
    /// Reply to a conversation.
    Think {
        /// The reply's turn.
        turn: u64,
        /// The conversation, newest message last.
        conversation: Vec<Message>,
    },
    /// Stop generating for now.
    Hold,
    /// Go on generating.
    Release,
}

/// Generates replies.
pub struct LlmWorker {
    engine: Box<dyn Chat>,
    turns: TurnClock,
    task: Option<Ticket>,
    held: bool,
    baton: Baton,
    /// Rests so far while text to speech has the baton.
    waited: u32,
    /// Whether the replies are spoken, so that a late one begins with a request for patience.
    asks_patience: bool,
    /// That request, until it is made.
    moment: Option<String>,
    reporter: TakeoverReporter,
}

impl LlmWorker {
    /// A worker with an engine. Its work goes stale with `turns`, and it shares the processor by `baton`.
    pub fn new(engine: Box<dyn Chat>, turns: TurnClock, baton: Baton) -> Self {
        let reporter = TakeoverReporter::new(engine.describe());
        Self { engine, turns, task: None, held: false, baton, waited: 0, asks_patience: false, moment: None, reporter }
    }

    /// Reports to `report` when another model takes over.
    #[must_use]
    pub fn reporting(self, report: EngineReport) -> Self {
        Self { reporter: self.reporter.to(report), ..self }
    }

    /// Begins a reply that is late with a request for patience: the replies are spoken, and a person waits.
    #[must_use]
    pub fn asking_patience(self) -> Self {
        Self { asks_patience: true, ..self }
    }

    /// Gives the engine back.
    pub fn into_engine(self) -> Box<dyn Chat> {
        self.engine
    }

    /// Whether [`LlmWorker::step`] has something to do.
    pub fn busy(&self) -> bool {
        self.task.is_some() && !self.held
    }

    /// Takes a job. Reading the conversation happens here.
    pub fn take(&mut self, job: LlmJob) -> Option<Event> {
        match job {
            LlmJob::Hold => self.held = true,
            LlmJob::Release => self.held = false,
            LlmJob::Read { turn, conversation } => {
                let ticket = self.turns.ticket(turn);
                let mut conversation = patience::without_moments(conversation);
                self.task = None;
                // Add a placeholder for the question: everything before it is what the question will share.
                if conversation.last().is_none_or(|last| last.role != Role::User) {
                    conversation.push(Message::new(Role::User, "…"));
                }
                // Ignore an error here: the question would meet it too, and `LlmJob::Think` reports it.
                if !ticket.stale()
                    && let Err(error) = self.engine.begin(&conversation, &ticket)
                {
                    tracing::debug!("{error}");
                }
            }
            LlmJob::Think { turn, conversation } => {
                let ticket = self.turns.ticket(turn);
                self.held = false;
                self.baton.give(Holder::Llm);
                if ticket.stale() {
                    return None;
                }
                let conversation = patience::without_moments(conversation);
                self.moment = self.asks_patience.then(|| patience::moment(&conversation));
                if let Err(error) = self.engine.begin(&conversation, &ticket) {
                    return Some(failed(turn, &error));
                }
                self.task = Some(ticket);
            }
        }
        None
    }

    /// Generates the next piece.
    pub fn step(&mut self) -> Option<Event> {
        let ticket = self.task.clone()?;
        if self.abandon() {
            return None;
        }
        let turn = ticket.turn();
        let next = self.engine.next(&ticket);
        self.reporter.look(|| self.engine.describe(), || self.engine.address());
        match next {
            Ok(Some(mut text)) => {
                if text.is_empty() && self.engine.is_late() {
                    text = self.moment.take().unwrap_or_default();
                }
                return Some(Event::Piece { turn, text });
            }
            Ok(None) => self.task = None,
            Err(error) => {
                self.task = None;
                return Some(failed(turn, &error));
            }
        }
        (!ticket.stale()).then_some(Event::ReplyEnd { turn })
    }

    /// Ends a reply whose turn is stale; true if there was one.
    fn abandon(&mut self) -> bool {
        let Some(ticket) = self.task.take_if(|ticket| ticket.stale()) else { return false };
        // Call the engine once more: with a stale ticket it makes nothing, and hangs up on a server.
        if let Err(error) = self.engine.next(&ticket) {
            tracing::debug!("{error}");
        }
        true
    }

    /// How long to wait for a job before the next piece.
    fn rest(&mut self) -> Duration {
        match self.baton.holder() {
            Holder::Nobody => Duration::ZERO,
            Holder::Llm => {
                self.waited = 0;
                BREATH
            }
            Holder::Tts => {
                self.waited += 1;
                if self.waited > COURTESY {
                    self.baton.lay_down(Holder::Tts);
                }
                BREATH
            }
        }
    }

    /// Works until the job channel closes. Jobs are looked at between any two pieces.
    pub fn run(mut self, jobs: &Receiver<LlmJob>, events: &Sender<Event>) {
        loop {
            let event = if self.busy() {
                match jobs.recv_timeout(self.rest()) {
                    Ok(job) => self.take(job),
                    Err(RecvTimeoutError::Timeout) if self.baton.holder() == Holder::Tts => None,
                    Err(RecvTimeoutError::Timeout) => self.step(),
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            } else if self.task.is_some() {
                // Do not wait for a job only: a held reply may be cancelled without one.
                match jobs.recv_timeout(HELD) {
                    Ok(job) => self.take(job),
                    Err(RecvTimeoutError::Timeout) => {
                        self.abandon();
                        None
                    }
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            } else {
                let Ok(job) = jobs.recv() else { return };
                self.take(job)
            };
            if let Some(event) = event
                && events.send(event).is_err()
            {
                return;
            }
        }
    }
}

fn failed(turn: u64, error: &crate::engine::EngineError) -> Event {
    Event::Failed { part: Part::Llm, number: turn, reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::unbounded;

    use super::*;
    use crate::engine::EngineError;

    /// A model that says so many pieces, and gives the baton to a voice that never frees it.
    struct Counting(u32, Baton);

    impl Chat for Counting {
        fn describe(&self) -> String {
            "counting".into()
        }

        fn begin(&mut self, _: &[Message], _: &Ticket) -> Result<(), EngineError> {
            Ok(())
        }

        fn next(&mut self, _: &Ticket) -> Result<Option<String>, EngineError> {
            self.1.give(Holder::Tts);
            self.0 = self.0.saturating_sub(1);
            Ok((self.0 > 0).then(|| "word ".into()))
        }
    }

    #[test]
    fn a_voice_that_keeps_the_baton_delays_a_reply_and_does_not_stop_it() {
        let (jobs_in, jobs) = unbounded();
        let (events_in, events) = unbounded();
        jobs_in.send(LlmJob::Think { turn: 1, conversation: Vec::new() }).unwrap();
        let thread = std::thread::spawn(move || {
            let baton = Baton::default();
            LlmWorker::new(Box::new(Counting(3, baton.clone())), TurnClock::new(), baton).run(&jobs, &events_in);
        });
        let pieces = events.iter().take_while(|event| matches!(event, Event::Piece { .. })).count();
        assert_eq!(pieces, 2);
        drop(jobs_in);
        thread.join().unwrap();
    }

    #[test]
    fn the_language_model_waits_while_the_voice_has_the_baton() {
        let baton = Baton::default();
        let mut llm = LlmWorker::new(Box::new(Counting(1, baton.clone())), TurnClock::new(), baton.clone());
        assert_eq!(llm.rest(), Duration::ZERO, "nobody waits");
        baton.give(Holder::Tts);
        assert_eq!(llm.rest(), BREATH);
        assert_eq!(baton.holder(), Holder::Tts, "patience has only begun");
        llm.take(LlmJob::Think { turn: 2, conversation: Vec::new() });
        assert_eq!(baton.holder(), Holder::Llm, "another reply is on its way");
        assert_eq!(llm.rest(), BREATH);
    }
}
