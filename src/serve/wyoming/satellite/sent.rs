//! A reply that Home Assistant sends: its text, its sound, and the share of each clause in the sound.
//!
//! Home Assistant sends one sound for the whole text. Golem speaks clause by clause, to know what was heard, so it
//! divides the sound among the clauses in proportion to their letters.
//!
//! Where a language model streams its answer, the sound begins before the text is known. It is then played under a
//! lead-in, a clause of golem's own, until the text comes. What was played by then counts for the first clauses.

use std::collections::VecDeque;

use crate::dialog::text::clause::Clauses;

/// Letters that a voice speaks in a second, where the whole sound has not come yet: 150 words a minute.
const PACE: u64 = 13;
/// Fewest samples of a piece that is worth playing, as a part of a second.
const PIECE: u64 = 25;
/// The text that is shown while the text of the sound is unknown. It is a line of its own, so that it is a clause of its
/// own.
pub const LEAD_IN: &str = "Home Assistant:\n";
/// Ticks in a second.
const TICKS: u64 = 4;
/// Ticks of sound that a lead-in is given ahead of time. What has come beyond that is left for the clauses of the text:
/// how much of them was heard is known, and a reply that goes on after a false alarm goes on at its clause.
const AHEAD: u64 = 6;
/// Most seconds of sound that are kept for a reply: 26 MB at Home Assistant's rate.
const LONGEST: u64 = 300;

/// The state of a reply's sound.
#[derive(Clone, Debug, PartialEq, Eq)]
enum SoundState {
    /// None has come.
    Awaited,
    /// Some may follow.
    Coming,
    /// All has come.
    Whole,
    /// No more comes, and why.
    Lost(String),
}

/// The state of a reply's lead-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LeadIn {
    /// The text was known in time, or no sound has come.
    Unneeded,
    /// It is the next clause.
    Due,
    /// It has been spoken for so many ticks.
    Spoken(u64),
}

/// The next sound of a clause.
#[derive(Clone, Debug, PartialEq)]
pub enum ClauseSound {
    /// None has come yet.
    Wait,
    /// Samples and their rate.
    Piece(Vec<f32>, u32),
    /// The clause is over.
    End,
    /// There is no more of it, and why.
    Lost(String),
}

/// A reply, or an announcement.
#[derive(Debug)]
pub struct SentReply {
    /// Number of the run that it answers, or of the announcement.
    pub number: u64,
    text: Option<String>,
    lead_in: LeadIn,
    /// Ticks since it was expected, or since its sound last came.
    age: u32,
    /// Number of letters of all clauses, and the letters of the clauses that were not asked for yet.
    letters: usize,
    rest: String,
    state: SoundState,
    rate: u32,
    samples: VecDeque<f32>,
    /// Samples received, and samples given.
    came: u64,
    given: u64,
}

impl SentReply {
    /// A reply of which nothing is known.
    pub fn new(number: u64) -> Self {
        Self {
            number,
            text: None,
            lead_in: LeadIn::Unneeded,
            age: 0,
            letters: 0,
            rest: String::new(),
            state: SoundState::Awaited,
            rate: 0,
            samples: VecDeque::new(),
            came: 0,
            given: 0,
        }
    }

    /// Its text.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Takes its text.
    pub fn say(&mut self, text: &str) {
        self.rest = letters(&Clauses::spoken(text).concat());
        self.letters = self.rest.chars().count();
        self.text = Some(text.to_owned());
    }

    /// Whether its text may still come.
    pub fn awaits_text(&self) -> bool {
        self.text.is_none() && self.loss().is_none()
    }

    /// Why no more of it comes, if it was given up.
    pub fn loss(&self) -> Option<&str> {
        if let SoundState::Lost(reason) = &self.state { Some(reason) } else { None }
    }

    /// Takes a tick. After `most` ticks without sound, a reply without text is lost for `reason`.
    pub fn grow_older(&mut self, most: u32, reason: &str) {
        self.age = self.age.saturating_add(1);
        if let LeadIn::Spoken(ticks) = &mut self.lead_in {
            *ticks += 1;
        }
        if self.age >= most && self.awaits_text() {
            self.lose(reason);
        }
    }

    /// Whether it is to begin with [`LEAD_IN`], because its sound has come before its text; true only once.
    pub fn leads_in(&mut self) -> bool {
        let leads = self.awaits_text() && self.came > 0 && self.lead_in == LeadIn::Unneeded;
        if leads {
            self.lead_in = LeadIn::Due;
        }
        leads
    }

    /// Whether sound may still begin.
    pub fn awaits_sound(&self) -> bool {
        self.state == SoundState::Awaited
    }

    /// Whether nothing more comes.
    pub fn is_whole(&self) -> bool {
        !self.awaits_text() && matches!(self.state, SoundState::Whole | SoundState::Lost(_))
    }

    /// Takes the beginning of its sound, at `rate` hertz.
    pub fn sound(&mut self, rate: u32) {
        (self.state, self.rate) = (SoundState::Coming, rate);
    }

    /// Takes more of its sound.
    pub fn more(&mut self, samples: Vec<f32>) {
        if self.state != SoundState::Coming {
            return;
        }
        self.age = 0;
        self.came += samples.len() as u64;
        self.samples.extend(samples);
        if self.came >= LONGEST * u64::from(self.rate) {
            tracing::warn!("Home Assistant's sound is longer than {LONGEST} s: the rest is not played");
            self.state = SoundState::Whole;
        }
    }

    /// Takes the end of its sound.
    pub fn end(&mut self) {
        if self.state == SoundState::Coming {
            self.state = SoundState::Whole;
        }
    }

    /// Gives up what has not come of it, for `reason`.
    pub fn lose(&mut self, reason: &str) {
        if !self.is_whole() {
            self.state = SoundState::Lost(reason.to_owned());
        }
    }

    /// Whether `text` is the lead-in that is due.
    fn is_lead_in(&self, text: &str) -> bool {
        self.lead_in == LeadIn::Due && letters(text) == letters(LEAD_IN)
    }

    /// Whether `text` is the clause that follows.
    pub fn expects(&self, text: &str) -> bool {
        self.is_lead_in(text) || (!self.rest.is_empty() && self.rest.starts_with(&letters(text)))
    }

    /// Takes the clause `text` as the next to be spoken; gives the letters of the reply up to its end, for
    /// [`SentReply::next`]: none for the lead-in.
    pub fn clause(&mut self, text: &str) -> usize {
        if self.is_lead_in(text) {
            self.lead_in = LeadIn::Spoken(0);
            return 0;
        }
        let clause = letters(text);
        if let Some(rest) = self.rest.strip_prefix(&clause) {
            self.rest = rest.to_owned();
        }
        self.letters - self.rest.chars().count()
    }

    /// The sample at which a clause ends whose last letter has this number; the last clause ends with the sound. While the
    /// text is awaited, the sample up to which the lead-in may be played now.
    fn limit(&self, letters: usize) -> u64 {
        if let LeadIn::Spoken(ticks) = self.lead_in
            && self.awaits_text()
        {
            return (ticks + AHEAD) * u64::from(self.rate) / TICKS;
        }
        let (letters, all) = (letters as u64, self.letters as u64);
        match self.state {
            _ if letters >= all || self.rate == 0 => u64::MAX,
            SoundState::Whole => self.came * letters / all.max(1),
            _ => letters * u64::from(self.rate) / PACE,
        }
    }

    /// The next piece of the clause that ends after so many letters of the reply.
    pub fn next(&mut self, letters: usize) -> ClauseSound {
        let limit = self.limit(letters);
        let there = self.samples.len() as u64;
        let wanted = limit.saturating_sub(self.given);
        if wanted == 0 {
            return if self.awaits_text() { ClauseSound::Wait } else { ClauseSound::End };
        }
        let piece = u64::from(self.rate) / PIECE;
        if there > 0 && (there >= piece || there >= wanted || self.state != SoundState::Coming) {
            let count = there.min(wanted).min(piece.max(1) * 4);
            self.given += count;
            let samples = self.samples.drain(..usize::try_from(count).unwrap_or(0)).collect();
            return ClauseSound::Piece(samples, self.rate);
        }
        match &self.state {
            SoundState::Whole => ClauseSound::End,
            // Golem's own voice has nothing to say in place of a lead-in.
            SoundState::Lost(_) if self.text.is_none() => ClauseSound::End,
            SoundState::Lost(reason) => ClauseSound::Lost(reason.clone()),
            SoundState::Awaited | SoundState::Coming => ClauseSound::Wait,
        }
    }
}

/// The letters and digits of a text, in lower case: they are the same however the text is cut and punctuated.
pub fn letters(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests;
