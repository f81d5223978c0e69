//! The thinker: a conversation becomes a reply, piece by piece.

use crossbeam_channel::{Receiver, Sender};

use crate::engine::Chat;
use crate::message::{Event, Message, Role, Stage};
use crate::turn::{Ticket, TurnClock};

/// Work for the thinker.
#[derive(Clone, Debug)]
pub enum Job {
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
pub struct Thinker {
    engine: Box<dyn Chat>,
    clock: TurnClock,
    task: Option<Ticket>,
    held: bool,
}

impl Thinker {
    /// A thinker with an engine, whose work goes stale with `clock`.
    pub fn new(engine: Box<dyn Chat>, clock: TurnClock) -> Self {
        Self { engine, clock, task: None, held: false }
    }

    /// Gives the engine back.
    pub fn into_engine(self) -> Box<dyn Chat> {
        self.engine
    }

    /// Whether [`Thinker::step`] has something to do.
    pub fn busy(&self) -> bool {
        self.task.is_some() && !self.held
    }

    /// Takes a job. Reading the conversation happens here.
    pub fn take(&mut self, job: Job) -> Option<Event> {
        match job {
            Job::Hold => self.held = true,
            Job::Release => self.held = false,
            Job::Read { turn, mut conversation } => {
                let ticket = self.clock.ticket(turn);
                self.task = None;
                // Words stand in for the question: all before them is what it will have in common with them.
                if conversation.last().is_none_or(|last| last.role != Role::User) {
                    conversation.push(Message::new(Role::User, "…"));
                }
                // What cannot be read now cannot be read with the question either, and is told then.
                if !ticket.stale()
                    && let Err(error) = self.engine.begin(&conversation, &ticket)
                {
                    tracing::debug!("{error}");
                }
            }
            Job::Think { turn, conversation } => {
                let ticket = self.clock.ticket(turn);
                self.held = false;
                if ticket.stale() {
                    return None;
                }
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
        let ticket = self.task.clone().filter(|ticket| !ticket.stale());
        let Some(ticket) = ticket else {
            self.task = None;
            return None;
        };
        let turn = ticket.turn();
        match self.engine.next(&ticket) {
            Ok(Some(text)) => return Some(Event::Piece { turn, text }),
            Ok(None) => self.task = None,
            Err(error) => {
                self.task = None;
                return Some(failed(turn, &error));
            }
        }
        (!ticket.stale()).then_some(Event::ReplyEnd { turn })
    }

    /// Works until the job channel closes. Jobs are looked at between any two pieces.
    pub fn run(mut self, jobs: &Receiver<Job>, events: &Sender<Event>) {
        loop {
            let event = if self.busy() {
                match jobs.try_recv() {
                    Ok(job) => self.take(job),
                    Err(crossbeam_channel::TryRecvError::Empty) => self.step(),
                    Err(crossbeam_channel::TryRecvError::Disconnected) => return,
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
    Event::Failed { stage: Stage::Llm, number: turn, reason: error.to_string() }
}
