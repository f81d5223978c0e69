//! The reply in progress: text as it is generated, clauses as they are spoken, and how much of them was heard.

use super::text::clause::{Clause, Clauses};
use crate::message::{Ledger, Time, Timing};

/// Clauses that may be synthesised and not yet heard: the one that plays and the next.
const LOOKAHEAD: usize = 2;

/// One reply.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // independent facts, not a state in disguise
pub struct SpokenReply {
    /// Its turn.
    pub turn: u64,
    /// Text as generated so far.
    pub text: String,
    /// The language model is done.
    pub complete: bool,
    /// Its first sample has sounded.
    pub started: bool,
    /// Cut, and waiting for the words that decide.
    pub held: bool,
    /// How often it was cut and went on.
    pub false_cuts: u32,
    /// The next progress is the first sample after a start or a resumption.
    pub fresh: bool,
    /// Belongs to the conversation (apologies and repetitions do not).
    pub remembered: bool,
    /// For the answer to a command: how long it may take. A reply of the language model has none.
    pub patience: Option<Time>,
    /// When each stage was reached.
    pub ledger: Ledger,
    cutter: Clauses,
    clauses: Vec<SpokenClause>,
}

#[derive(Debug)]
struct SpokenClause {
    clause: Clause,
    sent: bool,
    done: bool,
    heard: u64,
    timing: Option<Timing>,
}

impl SpokenReply {
    /// A reply without any text yet.
    pub fn new(turn: u64, ledger: Ledger) -> Self {
        Self {
            turn,
            text: String::new(),
            complete: false,
            started: false,
            held: false,
            false_cuts: 0,
            fresh: true,
            remembered: true,
            patience: None,
            ledger,
            cutter: Clauses::new(),
            clauses: Vec::new(),
        }
    }

    /// A reply whose whole text is known and that history does not keep.
    pub fn scripted(turn: u64, text: &str, ledger: Ledger) -> Self {
        let mut reply = Self::new(turn, ledger);
        reply.remembered = false;
        reply.push(text);
        reply.finish();
        reply
    }

    /// Appends generated text.
    pub fn push(&mut self, piece: &str) {
        self.text.push_str(piece);
        for clause in self.cutter.push(piece) {
            self.add(clause);
        }
    }

    /// No more text will come.
    pub fn finish(&mut self) {
        self.complete = true;
        if let Some(clause) = self.cutter.finish() {
            self.add(clause);
        }
    }

    /// The first clause need not wait for a better end than it has.
    pub fn hurry(&mut self) {
        if !self.complete
            && let Some(clause) = self.cutter.hurry()
        {
            self.add(clause);
        }
    }

    /// The clauses that were sent to the voice, with their words.
    pub fn sent_clauses(&self) -> Vec<(usize, String)> {
        let sent = self
            .clauses
            .iter()
            .enumerate()
            .filter(|(_, spoken)| spoken.sent && !spoken.clause.spoken.text.trim().is_empty());
        sent.map(|(index, spoken)| (index, spoken.clause.spoken.text.clone())).collect()
    }

    fn add(&mut self, clause: Clause) {
        // What has nothing to say is heard the moment it is reached.
        let silent = clause.spoken.text.trim().is_empty();
        self.clauses.push(SpokenClause { clause, sent: silent, done: silent, heard: 0, timing: None });
    }

    /// The next clause to synthesise, if it is time for one.
    pub fn next_to_speak(&mut self) -> Option<(usize, String)> {
        let ahead = self.clauses.iter().filter(|spoken| spoken.sent && !spoken.done).count();
        if ahead >= LOOKAHEAD {
            return None;
        }
        let index = self.clauses.iter().position(|spoken| !spoken.sent)?;
        let spoken = &mut self.clauses[index];
        spoken.sent = true;
        Some((index, spoken.clause.spoken.text.clone()))
    }

    /// A clause has become sound.
    pub fn synthesised(&mut self, clause: usize, timing: Timing) {
        if let Some(spoken) = self.sent(clause) {
            spoken.done |= timing.samples == 0;
            spoken.timing = Some(timing);
        }
    }

    /// So many samples of a clause were heard, at its own rate.
    pub fn played(&mut self, clause: usize, samples: u64, done: bool) {
        if let Some(spoken) = self.sent(clause) {
            spoken.heard = spoken.heard.max(samples);
            spoken.done |= done;
        }
    }

    fn sent(&mut self, clause: usize) -> Option<&mut SpokenClause> {
        self.clauses.get_mut(clause).filter(|spoken| spoken.sent)
    }

    /// The clause at which a cut reply goes on: the first that was not heard to its end.
    pub fn resume_at(&self) -> usize {
        self.clauses.iter().position(|spoken| !spoken.done).unwrap_or(self.clauses.len())
    }

    /// Whether any clause is with the voice or the loudspeaker.
    pub fn sounding(&self) -> bool {
        self.clauses.iter().any(|spoken| spoken.sent && !spoken.done)
    }

    /// Whether everything was generated and heard.
    pub fn over(&self) -> bool {
        self.complete && self.clauses.iter().all(|spoken| spoken.done)
    }

    /// The text that was heard, to the last whole word.
    pub fn heard(&self) -> String {
        let mut text = String::new();
        let mut silent = String::new();
        for spoken in &self.clauses {
            let silent_clause = spoken.timing.as_ref().is_none_or(|timing| timing.samples == 0);
            if spoken.done && spoken.heard == 0 && silent_clause {
                // Unspoken text belongs to what was heard only when the reply went on behind it.
                silent.push_str(&spoken.clause.text);
                continue;
            }
            let part = if spoken.done { &spoken.clause.text[..] } else { spoken.heard_part() };
            if !part.is_empty() {
                text.push_str(&std::mem::take(&mut silent));
                text.push_str(part);
            }
            if !spoken.done {
                return text;
            }
        }
        if self.complete {
            text.push_str(&silent);
        }
        text
    }
}

impl SpokenClause {
    /// The words of a clause under way that have ended by now.
    fn heard_part(&self) -> &str {
        let Some(timing) = &self.timing else { return "" };
        let spoken = &self.clause.spoken;
        let end = if timing.words.is_empty() {
            self.shared_out(timing)
        } else {
            timing.words.iter().take_while(|mark| mark.sample_end <= self.heard).last().map_or(0, |mark| mark.text_end)
        };
        if end == 0 {
            return "";
        }
        self.clause.text.get(..spoken.source_end(end.min(spoken.text.len()))).unwrap_or("")
    }

    /// Without word marks, time is shared out by letters; a word counts when all its letters were heard.
    fn shared_out(&self, timing: &Timing) -> usize {
        let text = &self.clause.spoken.text;
        let reached = u128::from(self.heard) * text.len() as u128 / u128::from(timing.samples.max(1));
        let reached = usize::try_from(reached).unwrap_or(usize::MAX).min(text.len());
        let ends = text.char_indices().filter(|(_, c)| c.is_whitespace()).map(|(at, _)| at).chain([text.len()]);
        ends.take_while(|end| *end <= reached).last().unwrap_or(0)
    }
}
