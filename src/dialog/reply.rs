//! The current reply: its text as generated, its clauses as spoken, and how much of them was heard.

use super::text::clause::{Clause, Clauses};
use super::words;
use crate::message::{Ledger, Time, Timing};

/// Most clauses that are sent to synthesis and not yet heard: the one that plays, and the next.
const LOOKAHEAD: usize = 2;

/// Time after the end of a question in which an answer to it may begin over the next clause.
const ANSWERED_WITHIN: Time = Time::from_secs(1);

/// One reply.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // independent facts, not a state in disguise
pub struct SpokenReply {
    /// Its turn.
    pub turn: u64,
    /// Text as generated so far.
    pub text: String,
    /// The language model has finished.
    pub complete: bool,
    /// The first sample was played.
    pub started: bool,
    /// The reply was cut, and waits for the words that decide about it.
    pub held: bool,
    /// How often it was cut and then resumed, without a person who spoke.
    pub false_cuts: u32,
    /// How many of these cut it while it sounded: golem's own voice may have.
    pub sounding_cuts: u32,
    /// While it was held, a person only showed that they listen: the cut is not a false one.
    pub acknowledged: bool,
    /// No voice interrupts the rest of it.
    pub half_duplex: bool,
    /// The next progress report is of the first sample after a start or a resumption.
    pub fresh: bool,
    /// It belongs to the conversation (apologies and repetitions do not).
    pub remembered: bool,
    /// Time allowed for the answer to a command; `None` for a reply of the language model.
    pub patience: Option<Time>,
    /// The times of its stages.
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
    /// A reply without text yet.
    pub fn new(turn: u64, ledger: Ledger) -> Self {
        Self {
            turn,
            text: String::new(),
            complete: false,
            started: false,
            held: false,
            false_cuts: 0,
            sounding_cuts: 0,
            acknowledged: false,
            half_duplex: false,
            fresh: true,
            remembered: true,
            patience: None,
            ledger,
            cutter: Clauses::new(),
            clauses: Vec::new(),
        }
    }

    /// A reply whose whole text is known, and which is not kept in the history.
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

    /// The first clause must not wait for a better end.
    pub fn hurry(&mut self) {
        if !self.complete
            && let Some(clause) = self.cutter.hurry()
        {
            self.add(clause);
        }
    }

    /// The clauses that were sent to synthesis, with their words.
    pub fn sent_clauses(&self) -> Vec<(usize, String)> {
        let sent = self
            .clauses
            .iter()
            .enumerate()
            .filter(|(_, spoken)| spoken.sent && !spoken.clause.spoken.text.trim().is_empty());
        sent.map(|(index, spoken)| (index, spoken.clause.spoken.text.clone())).collect()
    }

    fn add(&mut self, clause: Clause) {
        // A clause without words counts as sent and heard.
        let silent = clause.spoken.text.trim().is_empty();
        self.clauses.push(SpokenClause { clause, sent: silent, done: silent, heard: 0, timing: None });
    }

    /// Letters of the clauses that are synthesised and played next.
    pub fn letters_under_way(&self) -> usize {
        let next = self.clauses.iter().filter(|spoken| !spoken.done).take(LOOKAHEAD);
        next.map(|spoken| spoken.clause.spoken.text.chars().count()).sum()
    }

    /// The next clause to synthesise, if it should be sent now.
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

    /// A clause was synthesised.
    pub fn synthesised(&mut self, clause: usize, timing: Timing) {
        if let Some(spoken) = self.sent(clause) {
            spoken.done |= timing.samples == 0;
            spoken.timing = Some(timing);
        }
    }

    /// `samples` of a clause were heard, at its own sample rate.
    pub fn played(&mut self, clause: usize, samples: u64, done: bool) {
        if let Some(spoken) = self.sent(clause) {
            spoken.heard = spoken.heard.max(samples);
            spoken.done |= done;
        }
    }

    fn sent(&mut self, clause: usize) -> Option<&mut SpokenClause> {
        self.clauses.get_mut(clause).filter(|spoken| spoken.sent)
    }

    /// The clause at which a cut reply resumes: the first that was not heard to its end.
    pub fn resume_at(&self) -> usize {
        self.clauses.iter().position(|spoken| !spoken.done).unwrap_or(self.clauses.len())
    }

    /// Whether a clause is being synthesised or played.
    pub fn sounding(&self) -> bool {
        self.clauses.iter().any(|spoken| spoken.sent && !spoken.done)
    }

    /// Whether everything was generated and heard.
    pub fn over(&self) -> bool {
        self.complete && self.clauses.iter().all(|spoken| spoken.done)
    }

    /// Whether it asks the person something: the newest clause that was heard is a question, or has just followed one.
    pub fn asks(&self) -> bool {
        let mut heard = self.clauses.iter().rev().filter(|spoken| spoken.heard > 0);
        let Some(newest) = heard.next() else { return false };
        let begins = newest.heard_for() < ANSWERED_WITHIN;
        newest.is_question() || begins && heard.next().is_some_and(SpokenClause::is_question)
    }

    /// The text of the newest clauses that were heard, the one under way to its end, so many that `window` of sound is in
    /// them: as generated, and as spoken.
    pub fn recent(&self, window: Time) -> [String; 2] {
        let (mut recent, mut sound) = (Vec::new(), Time::ZERO);
        for spoken in self.clauses.iter().rev().filter(|spoken| spoken.heard > 0) {
            recent.push(&spoken.clause);
            sound = sound.saturating_add(spoken.heard_for());
            if sound >= window {
                break;
            }
        }
        recent.reverse();
        let generated: Vec<&str> = recent.iter().map(|clause| clause.text.as_str()).collect();
        let spoken: Vec<&str> = recent.iter().map(|clause| clause.spoken.text.as_str()).collect();
        [generated.join(" "), spoken.join(" ")]
    }

    /// The heard text, to the last whole word.
    pub fn heard(&self) -> String {
        let mut text = String::new();
        let mut silent = String::new();
        for spoken in &self.clauses {
            let silent_clause = spoken.timing.as_ref().is_none_or(|timing| timing.samples == 0);
            if spoken.done && spoken.heard == 0 && silent_clause {
                // Unspoken text counts as heard only if the reply went on after it.
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
    fn is_question(&self) -> bool {
        words::asks(&self.clause.spoken.text)
    }

    /// The length of its heard part.
    fn heard_for(&self) -> Time {
        let rate = self.timing.as_ref().map_or(0, |timing| timing.rate);
        Time::from_millis(self.heard.saturating_mul(1_000) / u64::from(rate.max(1)))
    }

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

    /// The byte where the heard text ends, if there are no word marks: time is divided evenly among the letters, and a
    /// word counts after its last letter.
    fn shared_out(&self, timing: &Timing) -> usize {
        let text = &self.clause.spoken.text;
        let reached = u128::from(self.heard) * text.len() as u128 / u128::from(timing.samples.max(1));
        let reached = usize::try_from(reached).unwrap_or(usize::MAX).min(text.len());
        let ends = text.char_indices().filter(|(_, c)| c.is_whitespace()).map(|(at, _)| at).chain([text.len()]);
        ends.take_while(|end| *end <= reached).last().unwrap_or(0)
    }
}
