//! The stock of a voice: which clause is made next, what is dropped, and the sound that goes to the loudspeaker.

use crate::dialog::text::clause::Clauses;
use crate::engine::Speech;
use crate::turn::{Ticket, TurnClock};

/// An order to the loudspeaker. Texts are counted from 1 on, as they are spoken.
#[derive(Debug)]
pub enum AloudSound {
    /// Another text begins: the one before falls silent.
    Begin(u64),
    /// Play the next clause of the text.
    Clause {
        /// Number of the text.
        turn: u64,
        /// Index of the clause.
        clause: usize,
        /// Its sound.
        speech: Speech,
    },
    /// No more sound of this text comes.
    End(u64),
}

/// A clause whose sound is to be made.
#[derive(Debug)]
pub struct ClauseJob {
    /// Number of its text in the stock.
    stocked: u64,
    /// Its words, without markup.
    pub words: String,
    /// Goes stale when the clause is wanted no more, or another one is more urgent.
    pub stop: Ticket,
}

/// The result of a job.
#[derive(Debug)]
pub enum ClauseOutcome {
    /// The sound of the whole clause.
    Made(Speech),
    /// The job's ticket went stale. If the clause is still wanted, it will be made later.
    GivenUp,
    /// The voice cannot speak it. The rest of its text is not made either.
    Failed,
}

/// A text whose sound is wanted. Dropping it stops the work on it.
#[derive(Debug)]
struct StockedText {
    number: u64,
    text: String,
    /// Its clauses, without markup.
    clauses: Vec<String>,
    /// Clauses that the loudspeaker has.
    sent: usize,
    /// The sound of the clauses after those.
    made: Vec<Speech>,
    /// The work on the next clause. One worker at a time has a text, so that its clauses come in order.
    work: Option<TurnClock>,
}

impl StockedText {
    fn new(number: u64, text: String) -> Self {
        let clauses = Clauses::spoken(&text);
        Self { number, text, clauses, sent: 0, made: Vec::new(), work: None }
    }

    /// Number of clauses whose sound was made.
    fn done(&self) -> usize {
        self.sent + self.made.len()
    }

    fn is_whole(&self) -> bool {
        self.done() >= self.clauses.len()
    }

    fn is_free(&self) -> bool {
        self.work.is_none() && !self.is_whole()
    }

    fn begin(&mut self) -> ClauseJob {
        let work = self.work.insert(TurnClock::new());
        let stop = work.ticket(0);
        ClauseJob { stocked: self.number, words: self.clauses[self.done()].clone(), stop }
    }

    fn stop(&self) {
        if let Some(work) = &self.work {
            work.raise(1);
        }
    }
}

impl Drop for StockedText {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The text that is spoken now, those that are wanted next, and the sound of theirs that was made.
#[derive(Debug, Default)]
pub struct SpeechStock {
    /// The text that is spoken now, or was spoken last.
    now: Option<StockedText>,
    /// The texts after it, in order.
    ahead: Vec<StockedText>,
    /// Number of texts that were spoken.
    turn: u64,
    /// Number of texts that were put into stock.
    stocked: u64,
    /// Whether no more texts come.
    closed: bool,
}

impl SpeechStock {
    /// Speaks `text` in place of the one before. Until its first clause is there, the work on later texts rests.
    /// Returns the sound of it that was made ahead.
    pub fn say(&mut self, text: String) -> Vec<AloudSound> {
        self.turn += 1;
        let at = self.ahead.iter().position(|stocked| stocked.text == text);
        let now = match at {
            Some(at) => self.ahead.remove(at),
            None => self.put(text),
        };
        self.now = Some(now);
        if self.is_silent() {
            self.ahead.iter().for_each(StockedText::stop);
        }
        let mut sounds = vec![AloudSound::Begin(self.turn)];
        sounds.extend(self.release());
        sounds
    }

    /// Sets the texts that are wanted next, in this order. Other texts and their sound are dropped.
    pub fn want(&mut self, texts: Vec<String>) {
        let mut before = std::mem::take(&mut self.ahead);
        for text in texts {
            let wanted = match before.iter().position(|stocked| stocked.text == text) {
                Some(at) => before.swap_remove(at),
                None => self.put(text),
            };
            self.ahead.push(wanted);
        }
    }

    /// The most urgent clause without sound, if a worker should make one now.
    pub fn take(&mut self) -> Option<ClauseJob> {
        let now = self.now.iter().find(|text| text.is_free());
        let number = now.or_else(|| self.later().next())?.number;
        self.find(number).map(StockedText::begin)
    }

    /// Whether a worker should make sound of a later text now.
    pub fn has_later(&self) -> bool {
        self.later().next().is_some()
    }

    /// Takes the result of `job`; returns the sound that can be played now.
    pub fn finish(&mut self, job: &ClauseJob, outcome: ClauseOutcome) -> Vec<AloudSound> {
        let Some(text) = self.find(job.stocked) else { return Vec::new() };
        text.work = None;
        match outcome {
            ClauseOutcome::Made(speech) => text.made.push(speech),
            ClauseOutcome::GivenUp => {}
            ClauseOutcome::Failed => text.clauses.truncate(text.done()),
        }
        if self.now.as_ref().is_some_and(|now| now.number == job.stocked) { self.release() } else { Vec::new() }
    }

    /// Number of texts that were spoken.
    pub fn turn(&self) -> u64 {
        self.turn
    }

    /// Drops all texts.
    pub fn clear(&mut self) {
        self.now = None;
        self.ahead.clear();
    }

    /// No more texts come: later ones are dropped, but the one that is spoken now is still made.
    pub fn close(&mut self) {
        self.ahead.clear();
        self.closed = true;
    }

    /// Whether no more texts come.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    fn put(&mut self, text: String) -> StockedText {
        self.stocked += 1;
        StockedText::new(self.stocked, text)
    }

    fn find(&mut self, number: u64) -> Option<&mut StockedText> {
        self.now.iter_mut().chain(&mut self.ahead).find(|text| text.number == number)
    }

    /// Whether the text that is spoken now has no sound yet.
    fn is_silent(&self) -> bool {
        self.now.as_ref().is_some_and(|now| now.done() == 0 && !now.is_whole())
    }

    /// Later texts that a worker may begin. None while the present text is silent: that work would slow its first
    /// clause.
    fn later(&self) -> impl Iterator<Item = &StockedText> {
        let silent = self.is_silent();
        self.ahead.iter().filter(move |text| !silent && text.is_free())
    }

    /// The sound of the present text that the loudspeaker has not got.
    fn release(&mut self) -> Vec<AloudSound> {
        let turn = self.turn;
        let Some(now) = &mut self.now else { return Vec::new() };
        let first = now.sent;
        now.sent = now.done();
        let made = std::mem::take(&mut now.made).into_iter().zip(first..);
        let mut sounds: Vec<_> = made.map(|(speech, clause)| AloudSound::Clause { turn, clause, speech }).collect();
        if now.is_whole() {
            sounds.push(AloudSound::End(turn));
        }
        sounds
    }
}

#[cfg(test)]
mod tests;
