//! Partial transcripts of a running utterance, decoded greedily and a few tokens at a time, so that a stop is prompt.

use super::model::Whisper;
use super::reading::precise;
use super::window::{self, LONGEST};
use super::{SHORTEST, loops, text};
use crate::config::AudioContext;
use crate::engine::EngineError;
use crate::message::Transcript;
use crate::turn::Ticket;

/// Tokens between two checks of the stop ticket: some 80 ms with Whisper base on two cores.
const TOKENS: usize = 8;

impl Whisper {
    /// The words of the audio so far, which begin with `beginning`. `None` if the audio is too short to hold a word or
    /// longer than a window, and when `stop` went stale on the way.
    pub(super) fn so_far(&mut self, beginning: &str, stop: &Ticket) -> Result<Option<Transcript>, EngineError> {
        let length = self.audio.len();
        if !(SHORTEST..=LONGEST).contains(&length) {
            return Ok(None);
        }
        let frames = match self.context {
            AudioContext::Auto => window::frames_so_far(length, self.shortest),
            AudioContext::Seconds(_) | AudioContext::Full => self.frames(length),
        };
        let Some(sound) = self.listen(0..length, frames, stop)? else { return Ok(None) };
        // The decoder takes the words that are given at once, where it finds others one by one.
        let given = if beginning.is_empty() { Vec::new() } else { self.vocabulary.encode(&format!(" {beginning}")) };
        let most = sound.likely.max(given.len() + TOKENS);
        let (mut prompt, mut limit, mut logprob, mut no_speech) = (sound.prompt.clone(), given.len(), 0.0, None);
        prompt.extend(self.vocabulary.names(&given));
        loop {
            limit = (limit + TOKENS).min(most);
            let Some(run) = self.run(&sound, &prompt, 1, limit)? else { return Ok(None) };
            if stop.stale() {
                return Ok(None);
            }
            // Given tokens count as certain, so the runs add up. Only the first run gives the probability of silence.
            logprob += run.logprob;
            let no_speech = *no_speech.get_or_insert(run.no_speech);
            // A decoder that does not find the end says the same again: do not wait for its last limit.
            let endless = run.ids.len() >= limit;
            let repeated = loops::repeated(&run.ids).filter(|at| endless && *at >= given.len());
            if repeated.is_none() && endless && limit < most {
                prompt.truncate(sound.prompt.len());
                prompt.extend(self.vocabulary.names(&run.ids));
                continue;
            }
            let looped = || loops::cut(&run.ids).filter(|_| endless);
            let kept = repeated.or_else(looped).unwrap_or(run.ids.len());
            let names: Vec<String> = self.vocabulary.names(&run.ids[..kept]).collect();
            return Ok(Some(Transcript {
                text: text::decode(&names),
                language: Some(sound.language),
                mean_logprob: Some(logprob / precise(kept + 1)),
                no_speech: Some(no_speech),
                ..Transcript::default()
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::engine::{Transcriber, recording};
    use crate::turn::TurnClock;

    #[test]
    fn a_reading_on_the_way_gives_words_and_changes_nothing() {
        let config = config::AsrConfig { language: "en".into(), threads: 1, ..config::AsrConfig::default() };
        let mut whisper = Whisper::open(&recording::fixture("models/whisper-micro"), &config).unwrap();
        let audio = recording::read(&recording::fixture("audio/whisper/01-flite-rms.flac"));
        let standing = Ticket::standing();
        assert_eq!(whisper.interim("", &standing).unwrap(), None, "nothing was heard");
        whisper.accept(&audio[..audio.len() / 2]).unwrap();
        assert!(whisper.interim("", &standing).unwrap().is_some());
        whisper.accept(&audio[audio.len() / 2..]).unwrap();
        let interim = whisper.interim("", &standing).unwrap().unwrap();
        let whole = whisper.finish(&standing).unwrap();
        assert_eq!((interim.text.as_str(), whole.text.as_str()), ("Lock the front door.", "Lock the front door."));
        let begun = whisper.interim("Lock the", &standing).unwrap().unwrap();
        assert_eq!(begun.text, "Lock the front door.", "the rest follows what is given");
        let other = whisper.interim("Open the", &standing).unwrap().unwrap();
        assert!(other.text.starts_with("Open the"), "what is given stays: {}", other.text);
        assert!(interim.mean_logprob.unwrap() > -1.0 && interim.no_speech.unwrap() < 0.5, "{interim:?}");
        assert!(whisper.score(&["Lock the front door".into()], &standing).unwrap().is_some());
        let clock = TurnClock::new();
        let ticket = clock.ticket(1);
        clock.raise(2);
        assert_eq!(whisper.interim("", &ticket).unwrap(), None, "nobody waits for it");
        whisper.accept(&vec![0.0; LONGEST]).unwrap();
        assert_eq!(whisper.interim("", &standing).unwrap(), None, "longer than a window");
    }
}
