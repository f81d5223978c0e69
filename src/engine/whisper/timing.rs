//! Word times, by alignment of the decoder's attention with its tokens.
//!
//! CTranslate2 computes the alignment as OpenAI published it (`whisper/timing.py`). It takes the cross-attention of the
//! heads that `alignment_heads` of the model's `config.json` names. The attention is normalised over tokens, smoothed
//! by a median filter, averaged, and warped to the tokens (dynamic time warping).

use std::ops::Range;

use super::decode::EncodedWindow;
use super::model::{Whisper, failed};
use super::scored::LAST;
use super::window::FULL;
use super::words;
use crate::engine::EngineError;
use crate::engine::options::{AsrTask, WordTiming};
use crate::message::{Time, TimedWord};
use crate::signal::frame::RATE;
use crate::signal::mel::HOP;

/// Width of the median filter over the attention, in frames of the encoder's output: OpenAI's and faster-whisper's.
const MEDIAN: i64 = 7;
/// Fewest frames of the spectrogram, for the filter.
const FEWEST: usize = 16;
/// Time of one frame of the encoder's output.
const STEP: Time = Time::from_millis(20);
/// Most tokens in the decoder's context beside the prompt and the end.
const MOST_TOKENS: usize = 440;

impl Whisper {
    /// The words of the text tokens `names`, with their times from the start of the utterance. `window` is the encoded
    /// part of the utterance, in samples. Empty if no times are requested.
    ///
    /// # Errors
    /// When times are required and CTranslate2 refuses, e.g. for a lack of `alignment_heads` in the model's config.
    pub(super) fn times(
        &self,
        sound: &EncodedWindow,
        names: &[String],
        window: Range<usize>,
    ) -> Result<Vec<TimedWord>, EngineError> {
        // A translation's words have another order than the spoken ones.
        if self.words == WordTiming::Off || self.task == AsrTask::Translate {
            return Ok(Vec::new());
        }
        match self.align(sound, names, window) {
            Err(error) if self.words == WordTiming::WhereKnown => {
                tracing::debug!("words have no times: {error}");
                Ok(Vec::new())
            }
            aligned => aligned,
        }
    }

    fn align(
        &self,
        sound: &EncodedWindow,
        names: &[String],
        window: Range<usize>,
    ) -> Result<Vec<TimedWord>, EngineError> {
        let ids = self.vocabulary.ids(names);
        let Some(prompt) = self.vocabulary.special(&sound.prompt[..sound.prompt.len() - LAST]) else {
            return Ok(Vec::new());
        };
        if ids.is_empty() || ids.len() > MOST_TOKENS {
            return Ok(Vec::new());
        }
        let names: Vec<String> = self.vocabulary.names(&ids).collect();
        let frames = window.len().div_ceil(HOP).next_multiple_of(2).clamp(FEWEST, FULL);
        let results = self.model.align(&sound.encoded, &prompt, &[ids], &[frames], MEDIAN);
        let Some(result) = results.map_err(|error| failed(&error))?.into_iter().next() else { return Ok(Vec::new()) };
        let path = result.alignments.iter().map(|step| (step.token_x, step.frame_x));
        let starts: Vec<Time> = starts(path, names.len() + 1).into_iter().map(|frame| STEP * frame).collect();
        let language = sound.language.as_str();
        let mut words = words::timed(words::split(&names, language), &starts, &result.text_token_probs, language);
        for word in &mut words {
            word.start += seconds(window.start);
            word.end += seconds(window.start);
        }
        Ok(words)
    }
}

/// The duration of `samples`.
fn seconds(samples: usize) -> Time {
    Time::from_micros(samples as u64 * 1_000_000 / u64::from(RATE))
}

/// The first frame of each of `count` tokens on the alignment's path of (token, frame). A token that is not on the path
/// gets the frame of the token before. The frames never fall.
fn starts(path: impl Iterator<Item = (i64, i64)>, count: usize) -> Vec<u32> {
    let mut starts = vec![None::<u32>; count];
    for (token, frame) in path {
        let place = usize::try_from(token).ok().and_then(|token| starts.get_mut(token));
        if let (Some(place), Ok(frame)) = (place, u32::try_from(frame)) {
            *place = Some(place.map_or(frame, |first| first.min(frame)));
        }
    }
    let mut last = 0;
    let rising = |start: Option<u32>| {
        last = start.unwrap_or(last).max(last);
        last
    };
    starts.into_iter().map(rising).collect()
}

#[cfg(test)]
mod tests {
    use ct2rs::sys::{Device, StorageView};

    use super::*;
    use crate::config::{self, AudioContext};
    use crate::engine::options::AsrOptions;
    use crate::engine::{Transcriber, recording};
    use crate::message::Transcript;
    use crate::turn::Ticket;

    #[test]
    fn a_token_begins_where_the_path_first_meets_it() {
        let path = [(0, 0), (0, 1), (1, 1), (1, 2), (2, 5), (2, 6)];
        assert_eq!(starts(path.into_iter(), 4), [0, 1, 5, 5]);
        assert_eq!(starts(path.into_iter().rev(), 3), [0, 1, 5]);
        assert_eq!(starts([(-1, 3), (9, 9)].into_iter(), 2), [0, 0]);
    }

    fn hear(words: WordTiming, task: AsrTask, audio: &[f32]) -> Transcript {
        let config = config::AsrConfig {
            language: "en".into(),
            threads: 1,
            audio_context: AudioContext::Auto,
            ..config::AsrConfig::default()
        };
        let mut whisper = Whisper::open(&recording::fixture("models/whisper-micro"), &config).unwrap();
        whisper.follow(&AsrOptions { task, words, ..AsrOptions::default() }).unwrap();
        whisper.accept(audio).unwrap();
        whisper.finish(&Ticket::standing()).unwrap()
    }

    #[test]
    fn words_have_times_in_order_within_the_sound_where_they_are_asked_for() {
        let audio = recording::read(&recording::fixture("audio/whisper/01-flite-rms.flac"));
        let length = seconds(audio.len());
        let heard = hear(WordTiming::Required, AsrTask::Transcribe, &audio);
        let row: String = heard.words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!((row.trim(), heard.words.len()), (heard.text.as_str(), 4));
        for word in &heard.words {
            assert!(word.start <= word.end && word.end <= length + STEP, "{word:?} of {length:?}");
            assert!((0.0..=1.0).contains(&word.probability), "{word:?}");
        }
        assert!(heard.words.windows(2).all(|pair| pair[0].end <= pair[1].start), "{:?}", heard.words);
        for (words, task) in [(WordTiming::Off, AsrTask::Transcribe), (WordTiming::WhereKnown, AsrTask::Translate)] {
            assert!(hear(words, task, &audio).words.is_empty());
        }
    }

    /// faster-whisper's reading of a recording.
    #[derive(serde::Deserialize)]
    struct Reference {
        recording: String,
        tokens: Vec<usize>,
        /// Each word with its beginning and end in seconds.
        words: Vec<(String, f64, f64)>,
    }

    #[test]
    fn the_same_words_in_the_same_window_have_the_times_of_faster_whisper() {
        let models = std::env::var_os("GOLEM_TEST_MODELS").map(std::path::PathBuf::from);
        let folder = models.map(|models| models.join("whisper/whisper-base")).filter(|folder| folder.is_dir());
        let people = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/speech");
        let (Some(folder), true) = (folder, people.is_dir()) else {
            return println!("skipped: Whisper base or the recordings of people are not here");
        };
        let config = config::AsrConfig { language: "en".into(), ..config::AsrConfig::default() };
        let mut whisper = Whisper::open(&folder, &config).unwrap();
        let reference = std::fs::read_to_string(recording::fixture("parity/words.json")).unwrap();
        let reference: Vec<Reference> = serde_json::from_str(&reference).unwrap();
        let (mut near, mut count) = (0, 0);
        for Reference { recording, tokens, words } in reference {
            let audio = recording::read(&people.join(&recording));
            whisper.start().unwrap();
            whisper.accept(&audio).unwrap();
            let mut sound = whisper.listen(0..audio.len(), FULL, &Ticket::standing()).unwrap().unwrap();
            // Its window goes on with zeros where golem's goes on with silence.
            let mut mel = whisper.mel.compute(&audio, FULL);
            mel.chunks_mut(FULL).for_each(|row| row[audio.len() / HOP + 1..].fill(0.0));
            let features = StorageView::new(&[1, whisper.mel.mels(), FULL], &mut mel, Device::CPU).unwrap();
            sound.encoded = whisper.model.encode(&features, false).unwrap();
            let names: Vec<String> = whisper.vocabulary.names(&tokens).collect();
            let found = whisper.align(&sound, &names, 0..audio.len()).unwrap();
            assert_eq!(found.len(), words.len(), "{recording}");
            for (own, (text, start, end)) in found.iter().zip(&words) {
                assert_eq!(&own.text, text, "{recording}");
                let apart = |time: Time, other: &f64| (time.as_secs_f64() - other).abs();
                let far = apart(own.start, start).max(apart(own.end, end));
                println!("{recording} {text}: {far:.2} s apart");
                near += usize::from(far < 0.05 + 1e-6);
                count += 1;
            }
        }
        println!("{near} of {count} words within 50 ms");
        // The encoder's whole numbers are rounded otherwise by another library.
        assert!(100 * near >= 97 * count, "{near} of {count} words");
    }

    #[test]
    fn the_second_window_counts_from_the_start_of_the_utterance() {
        let speech = recording::read(&recording::fixture("audio/whisper/01-flite-rms.flac"));
        let mut audio = speech.clone();
        audio.resize(59 * RATE as usize / 2, 0.001);
        audio.resize(30 * RATE as usize, 0.0);
        audio.extend(&speech);
        let words = hear(WordTiming::Required, AsrTask::Transcribe, &audio).words;
        let late = words.iter().filter(|word| word.start >= Time::from_secs(29)).count();
        assert_eq!((words.len(), late), (8, 4), "{words:?}");
        assert_eq!(hear(WordTiming::Required, AsrTask::Transcribe, &[]).words, []);
    }
}
