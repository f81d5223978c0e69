//! How sure PocketSphinx is that a sentence was said at all.
//!
//! The sentence is weighed against bare phones in any order over the same sound, and only where its words are: what is
//! quiet, noisy or somebody else's before and after them says nothing about them. Weighed over the whole utterance, one
//! word with half a second of kitchen around it was as doubtful as another language.

/// A stretch of what was decoded: words or phones, silence and noise.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// First frame of 10 ms.
    pub first: i32,
    /// Last frame.
    pub last: i32,
    /// Acoustic score in the library's own units.
    pub score: i32,
    /// Whether it is a word, and no silence or noise.
    pub word: bool,
}

/// What speaks for a sentence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// Nats a frame by which the words beat bare phones between the first word and the last.
    pub within: f32,
    /// Nats a frame by which bare phones fall behind the best sound of each frame there: how strange the voice is to the
    /// acoustic model, -1.5 for people who read, -1.9 for synthesised speech.
    pub strange: f32,
    /// Frames from the first word to the last, for each word.
    pub pace: f32,
    /// Frames before the first word and after the last.
    pub outside: f32,
}

/// Nats a frame by which phones beat words where a sentence is as likely meant as not, how much more a strange voice is
/// forgiven, and how fast doubt grows there: fitted by logistic regression, each domain and side weighing the same, on
/// wake words and read sentences by people and on everyday commands by four synthetic voices, half of the labels a
/// grammar and the other half none, clean and with kitchen noise at 12 dB.
const EVEN: f32 = 0.92;
const STRANGENESS: f32 = 1.86;
const STEEP: f32 = 1.62;
/// How strange voices were there; beyond, the fit says nothing.
const STRANGE: std::ops::RangeInclusive<f32> = -2.2..=-1.3;
/// Nats that each frame costs by which a word lasts longer than [`DRAWN_OUT`], at most [`MOST_DRAWN`]: the fit takes next
/// to nothing, for people draw single words out.
const DRAWL: f32 = 0.02;
const MOST_DRAWN: f32 = 1.0;
/// Frames that people draw a word out to.
const DRAWN_OUT: f32 = 60.0;
/// Frames around the words that a pre-roll and an endpoint leave; more is speech that the sentence does not explain.
const AROUND: f32 = 250.0;
/// Nats that each frame beyond costs, and the most.
const UNEXPLAINED: f32 = 0.01;
const MOST_UNEXPLAINED: f32 = 3.0;

impl Evidence {
    /// Weighs the segments of a sentence against those of bare phones over the same `frames`; nothing without words.
    #[allow(clippy::cast_precision_loss)] // frames and scores stay below 2^24
    pub fn of(sentence: &[Segment], phones: &[Segment], frames: usize) -> Option<Self> {
        let mut words = sentence.iter().filter(|segment| segment.word);
        let first = words.clone().next()?.first;
        let last = words.clone().next_back()?.last;
        let count = words.by_ref().count().max(1) as f32;
        let span = (last - first + 1).max(1) as f32;
        let inside =
            |segments: &[Segment]| -> f32 { segments.iter().map(|segment| segment.between(first, last)).sum() };
        Some(Self {
            within: super::nats(inside(sentence) - inside(phones)) / span,
            strange: super::nats(inside(phones)) / span,
            pace: span / count,
            outside: frames as f32 - span,
        })
    }

    /// How likely it is that the sentence was said at all, 0..=1.
    pub fn confidence(self) -> f32 {
        let drawl = (DRAWL * (self.pace - DRAWN_OUT)).clamp(0.0, MOST_DRAWN);
        let unexplained = (UNEXPLAINED * (self.outside - AROUND)).clamp(0.0, MOST_UNEXPLAINED);
        1.0 / (1.0 + (STEEP * (self.even() - self.within + drawl + unexplained)).exp())
    }

    /// Where the sentence is as likely meant as not, for this voice.
    fn even(self) -> f32 {
        EVEN + STRANGENESS * self.strange.clamp(*STRANGE.start(), *STRANGE.end())
    }
}

impl Segment {
    /// The part of its score that falls between two frames.
    #[allow(clippy::cast_precision_loss)] // as above
    fn between(&self, first: i32, last: i32) -> f32 {
        let all = self.last - self.first + 1;
        let shared = (self.last.min(last) - self.first.max(first) + 1).max(0);
        if all <= 0 { 0.0 } else { self.score as f32 * shared as f32 / all as f32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(first: i32, last: i32, score: i32, word: bool) -> Segment {
        Segment { first, last, score, word }
    }

    #[test]
    fn only_what_is_between_the_words_counts() {
        let sentence = [segment(0, 99, -9_000, false), segment(100, 149, -700, true), segment(150, 199, -9_000, false)];
        let phones = [segment(0, 99, -10, false), segment(100, 149, -500, false), segment(150, 199, -10, false)];
        let evidence = Evidence::of(&sentence, &phones, 200).unwrap();
        let noisy = [segment(0, 149, -1_500, false), segment(150, 199, -10, false)];
        let same = Evidence::of(&sentence, &noisy, 200).unwrap();
        assert!((evidence.within - same.within).abs() < 1e-4, "{evidence:?} {same:?}");
        assert!((evidence.outside - 150.0).abs() < 1e-4 && (evidence.pace - 50.0).abs() < 1e-4);
        assert_eq!(Evidence::of(&phones, &phones, 200), None);
        assert!(Evidence::of(&[segment(5, 4, 0, true)], &[], 0).unwrap().confidence().is_finite());
    }

    #[test]
    fn confidence_falls_with_doubt_and_with_speech_that_is_not_explained() {
        let said = Evidence { within: -0.3, strange: -1.5, pace: 35.0, outside: 120.0 };
        assert!(said.confidence() > 0.9);
        assert!((Evidence { within: said.even(), ..said }.confidence() - 0.5).abs() < 1e-6);
        assert!(Evidence { within: -3.5, ..said }.confidence() < 0.1);
        let doubtful = Evidence { within: -2.3, ..said };
        assert!(
            Evidence { strange: -1.9, ..doubtful }.confidence() > doubtful.confidence(),
            "a strange voice is forgiven"
        );
        assert!(Evidence { outside: 800.0, ..said }.confidence() < 0.1, "a long sentence is no short order");
        assert!(Evidence { pace: 80.0, ..said }.confidence() > 0.75, "one word may be drawn out");
    }
}
