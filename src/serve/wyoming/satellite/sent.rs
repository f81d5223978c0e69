//! A reply that Home Assistant sends: its text, its sound, and the share of each clause in the sound.
//!
//! Home Assistant sends one sound for the whole text. Golem speaks clause by clause, to know what was heard, so it
//! divides the sound among the clauses in proportion to their letters.

use std::collections::VecDeque;

use crate::dialog::text::clause::Clauses;

/// Letters that a voice speaks in a second, where the whole sound has not come yet: 150 words a minute.
const PACE: u64 = 13;
/// Fewest samples of a piece that is worth playing, as a part of a second.
const PIECE: u64 = 25;
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
    /// Ticks since it was expected.
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
        self.text.is_none() && !self.is_whole()
    }

    /// Takes a tick. After `most` ticks, a reply without text and sound is lost.
    pub fn grow_older(&mut self, most: u32) {
        self.age = self.age.saturating_add(1);
        if self.age >= most && self.awaits_text() && self.state == SoundState::Awaited {
            self.lose("it came too late");
        }
    }

    /// Whether sound may still begin.
    pub fn awaits_sound(&self) -> bool {
        self.state == SoundState::Awaited
    }

    /// Whether nothing more comes.
    pub fn is_whole(&self) -> bool {
        matches!(self.state, SoundState::Whole | SoundState::Lost(_))
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

    /// Gives up the rest of its sound, for `reason`.
    pub fn lose(&mut self, reason: &str) {
        if !self.is_whole() {
            self.state = SoundState::Lost(reason.to_owned());
        }
    }

    /// Whether `text` is the clause that follows.
    pub fn expects(&self, text: &str) -> bool {
        !self.rest.is_empty() && self.rest.starts_with(&letters(text))
    }

    /// Takes the clause `text` as the next to be spoken; gives the letters of the reply up to its end, for
    /// [`SentReply::next`].
    pub fn clause(&mut self, text: &str) -> usize {
        let clause = letters(text);
        if let Some(rest) = self.rest.strip_prefix(&clause) {
            self.rest = rest.to_owned();
        }
        self.letters - self.rest.chars().count()
    }

    /// The sample at which a clause ends whose last letter has this number; the last clause ends with the sound.
    fn limit(&self, letters: usize) -> u64 {
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
            return ClauseSound::End;
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
mod tests {
    use proptest::prelude::{any, prop};
    use proptest::{prop_assert, prop_assert_eq, proptest};

    use super::*;

    const TEXT: &str = "The lights are on. It is warm in the kitchen, and the door is shut.";

    fn sounding(samples: usize, whole: bool) -> SentReply {
        let mut reply = SentReply::new(1);
        reply.say(TEXT);
        reply.sound(22_050);
        reply.more(vec![0.1; samples]);
        if whole {
            reply.end();
        }
        reply
    }

    /// The samples of a clause, and the first result that is not a piece.
    fn all(reply: &mut SentReply, upto: usize) -> (usize, ClauseSound) {
        let mut samples = 0;
        loop {
            match reply.next(upto) {
                ClauseSound::Piece(piece, 22_050) if !piece.is_empty() => samples += piece.len(),
                other => return (samples, other),
            }
        }
    }

    #[test]
    fn a_whole_sound_is_shared_out_by_letters_and_nothing_is_left() {
        let mut reply = sounding(50_000, true);
        let clauses = Clauses::spoken(TEXT);
        assert!(clauses.len() > 1);
        let mut sum = 0;
        for (place, clause) in clauses.iter().enumerate() {
            assert!(reply.expects(clause), "{clause}");
            let upto = reply.clause(clause);
            let (samples, end) = all(&mut reply, upto);
            assert_eq!(end, ClauseSound::End, "clause {place}");
            sum += samples;
        }
        assert_eq!(sum, 50_000);
        assert!(!reply.expects("The lights are on."), "it was spoken");
    }

    #[test]
    fn a_clause_does_not_wait_for_sound_that_belongs_to_the_next() {
        let mut reply = sounding(100_000, false);
        let first = reply.clause("The lights are on.");
        let (samples, end) = all(&mut reply, first);
        assert!(end == ClauseSound::End && samples < 40_000, "{samples}");
        let last = reply.clause("It is warm in the kitchen, and the door is shut.");
        assert_eq!(all(&mut reply, last), (100_000 - samples, ClauseSound::Wait));
        reply.end();
        assert_eq!(all(&mut reply, last), (0, ClauseSound::End));
    }

    #[test]
    fn a_clause_is_known_however_it_was_cut_and_another_text_is_not() {
        let mut silent = SentReply::new(1);
        silent.say(TEXT);
        let first = silent.clause("The lights");
        assert_eq!(silent.next(first), ClauseSound::Wait, "none has come yet");
        let mut reply = sounding(10_000, true);
        assert!(reply.expects("The lights") && reply.expects(" the lights are on. It is") && !reply.expects("Sorry."));
        assert_eq!(reply.clause("The lights"), 9);
        assert!(reply.expects("are on."));
    }

    #[test]
    fn sound_without_an_end_is_cut_and_what_was_lost_is_told_after_what_came() {
        let mut reply = sounding(0, false);
        (0..400).for_each(|_| reply.more(vec![0.0; 22_050]));
        assert!(reply.is_whole() && reply.samples.len() <= 301 * 22_050);
        let mut broken = sounding(500, false);
        broken.lose("gone");
        let upto = broken.clause(TEXT);
        assert_eq!(all(&mut broken, upto), (500, ClauseSound::Lost("gone".into())));
    }

    proptest! {
        #[test]
        fn every_sample_is_given_once_in_order(
            lengths in prop::collection::vec(0_usize..9_000, 1..6),
            cuts in prop::collection::vec(any::<bool>(), 60),
        ) {
            let mut reply = SentReply::new(1);
            reply.say(TEXT);
            reply.sound(22_050);
            let (mut sent, mut got) = (0_u16, Vec::new());
            let mut words: VecDeque<&str> = TEXT.split_inclusive(' ').collect();
            let mut pieces = lengths.iter();
            let mut cuts = cuts.into_iter();
            while !words.is_empty() {
                let mut clause = words.pop_front().unwrap_or_default().to_owned();
                while cuts.next() == Some(false) && let Some(word) = words.pop_front() {
                    clause.push_str(word);
                }
                prop_assert!(reply.expects(&clause));
                let upto = reply.clause(&clause);
                loop {
                    match reply.next(upto) {
                        ClauseSound::Piece(piece, _) => got.extend(piece),
                        ClauseSound::Wait => match pieces.next() {
                            Some(length) => {
                                reply.more((0..*length).map(|_| { sent += 1; f32::from(sent) }).collect());
                            }
                            None => reply.end(),
                        },
                        _ => break,
                    }
                }
            }
            let wanted: Vec<f32> = (1..=sent).map(f32::from).collect();
            prop_assert_eq!(got, wanted);
        }
    }
}
