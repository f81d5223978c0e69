//! The delivery of a clause by any voice: verbalised, cut into phrases, and with word marks in the clause's own text.
//!
//! All speech goes through this module. It verbalises the text once ([`crate::verbalize`]) and gives a slow voice a
//! long clause phrase by phrase. The word marks refer to the text as it was written.

use std::collections::VecDeque;
use std::ops::Range;

use super::{ComingSpeech, EngineError, Speech, Synthesizer};
use crate::config::patience::PACE;
use crate::dialog::text::boundary::{Strength, breaks};
use crate::message::{Mark, Timing};
use crate::phrases::Language;
use crate::signal::resample::resample;
use crate::turn::Ticket;
use crate::verbalize::Verbalized;

/// A text of at most so many characters is spoken in one piece: its first sample comes early enough.
const SHORT: usize = 40;
/// Fewest characters of the first phrase, of the second, and of later ones. The first is short so that its sound comes
/// at once. While it sounds there is time for longer phrases, which sound more like one sentence.
const FEWEST: [usize; 3] = [10, 40, 80];
/// A phrase of so many characters without any mark ends before a conjunction.
const BREATH: usize = 40;
/// Fewest characters of the last phrase.
const REST: usize = 10;

/// A piece of a clause's sound.
#[derive(Clone, Debug)]
pub struct SoundPiece {
    /// Mono samples, -1..=1, at `timing.rate`. Empty if nothing sounds.
    pub samples: Vec<f32>,
    /// Samples of the clause that precede this piece.
    pub begin: u64,
    /// Timing of the clause up to the end of this piece.
    pub timing: Timing,
    /// Whether this is the clause's last piece.
    pub last: bool,
}

/// A clause that is being spoken.
#[derive(Debug)]
pub struct Delivery {
    said: Verbalized,
    /// Byte ranges of the phrases in the verbalised text.
    phrases: VecDeque<Range<usize>>,
    /// The phrase whose sound is streaming in.
    coming: Option<ComingPhrase>,
    told: Timing,
}

/// A phrase whose sound streams in while the voice makes it.
#[derive(Debug)]
struct ComingPhrase {
    /// Its byte range in the verbalised text.
    text: Range<usize>,
    stream: Box<dyn ComingSpeech>,
    /// Samples of the clause before this phrase (`begin`), and word marks before it (`marks`).
    begin: u64,
    marks: usize,
    /// Samples that have come (`came`), and samples up to the last one that is not silent (`sounding`).
    came: u64,
    sounding: u64,
}

impl Delivery {
    /// The delivery of `text` by `engine`.
    pub fn new(engine: &dyn Synthesizer, text: &str) -> Self {
        let language = Language::of_tag(engine.language(text));
        let said = language.map_or_else(|| Verbalized::as_written(text), |language| Verbalized::new(text, language));
        let phrases = phrases(&said.text, if engine.takes_phrases() { SHORT } else { usize::MAX });
        Self { said, phrases, coming: None, told: Timing::default() }
    }

    /// Speaks the next piece; `None` after the last. Ends early, with the sound made so far, when `stop` goes stale.
    ///
    /// # Errors
    /// When the voice cannot speak it.
    pub fn next(&mut self, engine: &mut dyn Synthesizer, stop: &Ticket) -> Result<Option<SoundPiece>, EngineError> {
        if let Some(coming) = self.coming.take() {
            return self.go_on(coming, engine, stop).map(Some);
        }
        let Some(phrase) = self.phrases.pop_front() else { return Ok(None) };
        let text = &self.said.text[phrase.clone()];
        if let Some(stream) = engine.stream(text, stop)? {
            let (begin, marks) = (self.told.samples, self.told.words.len());
            let coming = ComingPhrase { text: phrase, stream, begin, marks, came: 0, sounding: 0 };
            return self.go_on(coming, engine, stop).map(Some);
        }
        let speech = engine.speak(text, stop)?;
        let marks = if speech.timing.words.is_empty() {
            shared_out(text, sounding(&speech.samples))
        } else {
            speech.timing.words.clone()
        };
        let (begin, spoken_at) = (self.told.samples, speech.timing.rate);
        let samples = self.fitting(speech);
        let at_own_rate = |end: u64| match spoken_at {
            same if same == self.told.rate => end,
            other => end * u64::from(self.told.rate) / u64::from(other.max(1)),
        };
        let marks: Vec<Mark> =
            marks.into_iter().map(|mark| Mark { sample_end: at_own_rate(mark.sample_end), ..mark }).collect();
        self.mark(phrase.start, begin, marks);
        self.told.samples += samples.len() as u64;
        Ok(Some(SoundPiece { samples, begin, timing: self.told.clone(), last: self.phrases.is_empty() }))
    }

    /// Takes the next piece of a streaming phrase. A piece without sound ends the phrase.
    fn go_on(
        &mut self,
        mut coming: ComingPhrase,
        engine: &mut dyn Synthesizer,
        stop: &Ticket,
    ) -> Result<SoundPiece, EngineError> {
        let (speech, whole) = match coming.stream.next(stop) {
            Ok(Some(speech)) => (speech, false),
            Ok(None) => (Speech::default(), true),
            Err(fault) => {
                let from = coming.marks(&self.said.text, self.told.rate, false).last().map_or(0, |mark| mark.text_end);
                let rest = &self.said.text[coming.text.start + from..coming.text.end];
                (engine.take_over(rest, fault, stop)?, true)
            }
        };
        let samples = self.fitting(speech);
        coming.take(&samples);
        // Replace the phrase's marks: each piece makes the guess of its length better.
        self.told.words.truncate(coming.marks);
        let marks = coming.marks(&self.said.text, self.told.rate, whole);
        self.mark(coming.text.start, coming.begin, marks);
        let begin = self.told.samples;
        self.told.samples += samples.len() as u64;
        if !whole {
            self.coming = Some(coming);
        }
        let last = whole && self.phrases.is_empty();
        Ok(SoundPiece { samples, begin, timing: self.told.clone(), last })
    }

    /// The samples of a phrase, resampled to the clause's rate. The clause takes the rate of its first sound; a voice
    /// of another language may have another rate.
    fn fitting(&mut self, speech: Speech) -> Vec<f32> {
        let Speech { samples, timing } = speech;
        if self.told.rate == 0 {
            self.told.rate = timing.rate;
        }
        let same = timing.rate == self.told.rate || samples.is_empty();
        if same { samples } else { resample(&samples, timing.rate, self.told.rate) }
    }

    /// Adds the word marks of the phrase that begins at byte `text` of the verbalised text and sounds from sample
    /// `begin` on.
    fn mark(&mut self, text: usize, begin: u64, marks: Vec<Mark>) {
        for mark in marks {
            let Some(text_end) = self.said.written_end(text + mark.text_end) else { continue };
            let sample_end = begin + mark.sample_end;
            match self.told.words.last_mut().filter(|word| word.text_end >= text_end) {
                Some(word) => word.sample_end = word.sample_end.max(sample_end),
                None => self.told.words.push(Mark { text_end, sample_end }),
            }
        }
    }
}

impl ComingPhrase {
    fn take(&mut self, samples: &[f32]) {
        let sounding = sounding(samples);
        if sounding > 0 {
            self.sounding = self.came + sounding;
        }
        self.came += samples.len() as u64;
    }

    /// Marks of the words of `said` that have come, at `rate`. Until the phrase is `whole`, its length is a guess.
    fn marks(&self, said: &str, rate: u32, whole: bool) -> Vec<Mark> {
        let text = &said[self.text.clone()];
        if whole {
            return shared_out(text, self.sounding);
        }
        let guess = text.trim().chars().count() as u64 * u64::from(rate) / PACE;
        let mut marks = shared_out(text, guess.max(self.sounding));
        marks.retain(|mark| mark.sample_end <= self.came);
        marks
    }
}

/// Speaks all of `text` at once.
///
/// # Errors
/// When the voice cannot speak it.
pub fn speak(engine: &mut dyn Synthesizer, text: &str, stop: &Ticket) -> Result<Speech, EngineError> {
    let mut delivery = Delivery::new(engine, text);
    let mut speech = Speech::default();
    while let Some(piece) = delivery.next(engine, stop)? {
        speech.samples.extend(piece.samples);
        speech.timing = piece.timing;
    }
    Ok(speech)
}

/// The phrases of a text of more than `most` characters. They end after marks, and before conjunctions where no mark
/// comes for long.
fn phrases(text: &str, most: usize) -> VecDeque<Range<usize>> {
    let length = |range: Range<usize>| text.get(range).map_or(0, |part| part.trim().chars().count());
    let mut parts = VecDeque::new();
    let mut begin = 0;
    if length(0..text.len()) > most {
        for place in breaks(text, false) {
            let so_far = length(begin..place.at);
            let fewest = FEWEST[parts.len().min(FEWEST.len() - 1)];
            let word = || {
                text[place.at..].split_whitespace().next().is_some_and(crate::dialog::text::boundary::is_conjunction)
            };
            let good = place.strength >= Strength::Comma || (so_far >= BREATH && word());
            if good && so_far >= fewest && length(place.at..text.len()) >= REST {
                parts.push_back(begin..place.at);
                begin = place.at;
            }
        }
    }
    parts.push_back(begin..text.len());
    parts
}

/// Number of `samples` up to the last one that is not silent. The pause at the end belongs to no word.
fn sounding(samples: &[f32]) -> u64 {
    samples.iter().rposition(|sample| *sample != 0.0).map_or(0, |last| last as u64 + 1)
}

/// Word marks of `text` for a voice that reports none: the samples are shared out by letters.
fn shared_out(text: &str, sounding: u64) -> Vec<Mark> {
    let all = text.trim().chars().count().max(1) as u64;
    let mut marks = Vec::new();
    let (mut letters, mut inside) = (0_u64, false);
    for (at, c) in text.char_indices() {
        let word = !c.is_whitespace();
        if inside && !word {
            marks.push(Mark { text_end: at, sample_end: sounding * letters.min(all) / all });
        }
        letters += u64::from(word || letters > 0);
        inside = word;
    }
    if inside {
        marks.push(Mark { text_end: text.len(), sample_end: sounding });
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fake::ToneVoice;

    /// A humming voice that speaks English, phrase by phrase if it is slow, and each phrase at its own rate.
    struct Reader {
        slow: bool,
        rates: Vec<u32>,
        heard: Vec<String>,
    }

    impl Reader {
        fn new(slow: bool) -> Self {
            Self { slow, rates: Vec::new(), heard: Vec::new() }
        }
    }

    impl Synthesizer for Reader {
        fn describe(&self) -> String {
            "a reader".into()
        }

        #[allow(clippy::unnecessary_literal_bound)] // other voices answer with a tag of their own
        fn language(&self, _: &str) -> &str {
            "en-us"
        }

        fn takes_phrases(&self) -> bool {
            self.slow
        }

        fn speak(&mut self, text: &str, stop: &Ticket) -> Result<Speech, EngineError> {
            self.heard.push(text.into());
            let mut speech = ToneVoice.speak(text, stop)?;
            speech.timing.rate = self.rates.pop().unwrap_or(speech.timing.rate);
            Ok(speech)
        }
    }

    fn deliver(reader: &mut Reader, text: &str) -> Vec<SoundPiece> {
        let mut delivery = Delivery::new(reader, text);
        std::iter::from_fn(|| delivery.next(reader, &Ticket::standing()).unwrap()).collect()
    }

    const LONG: &str =
        "It costs $49.95, which is a lot of money, and it comes on Nov 28, 2026, if you believe what they say.";

    #[test]
    fn what_is_said_ends_in_what_was_written() {
        let mut reader = Reader::new(false);
        let pieces = deliver(&mut reader, "It costs $49.95 now.");
        assert_eq!(reader.heard, ["It costs forty nine dollars and ninety five cents now."]);
        assert!(pieces.len() == 1 && pieces[0].last);
        let ends: Vec<&str> =
            pieces[0].timing.words.iter().map(|word| &"It costs $49.95 now."[..word.text_end]).collect();
        assert_eq!(ends, ["It", "It costs", "It costs $49.95", "It costs $49.95 now."]);
        assert_eq!(pieces[0].timing.words[2].sample_end, 9 * 3_200, "the sum was said when its last word was");
    }

    #[test]
    fn a_long_clause_comes_in_pieces_that_make_the_whole() {
        let mut reader = Reader::new(true);
        let pieces = deliver(&mut reader, LONG);
        assert!(pieces.len() >= 3, "{:?}", reader.heard);
        assert!(reader.heard[0].len() < 60, "{:?}", reader.heard);
        let whole = deliver(&mut Reader::new(false), LONG).pop().unwrap();
        assert_eq!(reader.heard.concat(), deliver_text(LONG));
        let last = pieces.last().unwrap();
        assert_eq!(last.timing, whole.timing);
        let mut begin = 0;
        for (n, piece) in pieces.iter().enumerate() {
            assert_eq!(piece.begin, begin);
            begin += piece.samples.len() as u64;
            assert_eq!(piece.timing.samples, begin, "what is told is as long as what has come");
            assert_eq!(piece.last, n + 1 == pieces.len());
        }
    }

    fn deliver_text(text: &str) -> String {
        let mut reader = Reader::new(false);
        deliver(&mut reader, text);
        reader.heard.concat()
    }

    #[test]
    fn a_short_clause_and_a_quick_voice_need_no_pieces() {
        for (slow, text) in
            [(true, "Well, that is it, I think."), (false, LONG), (true, ""), (true, "x, y, z, a, b, c, d")]
        {
            assert_eq!(deliver(&mut Reader::new(slow), text).len(), 1, "{text}");
        }
    }

    #[test]
    fn a_piece_at_another_rate_is_brought_to_the_first_ones() {
        let mut reader = Reader::new(true);
        reader.rates = vec![32_000, 16_000];
        let pieces =
            deliver(&mut reader, "The Russian word for a kettle is this: a very long and strange word for it.");
        assert_eq!(pieces.len(), 2, "{:?}", reader.heard);
        assert_eq!(pieces[1].timing.rate, 16_000);
        let words = reader.heard[1].split_whitespace().count() as u64;
        let second = pieces[1].timing.samples - pieces[1].begin;
        assert!(second.abs_diff(words * 1_600) < 100, "{second}");
        assert_eq!(pieces[1].timing.words.last().unwrap().sample_end, pieces[1].begin + words * 1_600);
    }

    #[test]
    fn a_voice_without_marks_shares_its_time_out() {
        let mut samples = vec![0.5; 1_000];
        samples.extend([0.0; 500]);
        let marks: Vec<_> =
            shared_out("one seven. ", sounding(&samples)).iter().map(|mark| (mark.text_end, mark.sample_end)).collect();
        assert_eq!(marks, [(3, 300), (10, 1_000)]);
        assert!(shared_out(" ", sounding(&samples)).is_empty());
    }
}
