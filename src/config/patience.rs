//! The longest waits of the dialogue for its engines. The deadlines of servers come before those of golem's own
//! engines, and grow with what a server has to do.

use std::time::Duration;

use super::Config;

/// Letters that a voice says in a second: 150 words a minute. A length is estimated with it where the sound has not come.
pub const PACE: u64 = 15;

/// The time that a voice takes to say so many letters.
pub fn saying(letters: usize) -> Duration {
    Duration::from_millis((letters as u64).saturating_mul(1_000) / PACE)
}

impl Config {
    /// Longest wait for the words of an utterance of this length, in milliseconds: each server may use its deadlines
    /// up, and after all of them golem's own asr has `deadline.asr_ms`.
    pub fn asr_patience_ms(&self, spoken: Duration) -> u64 {
        let asr = &self.asr;
        let steps = [asr.connect_ms, asr.load_ms.max(asr.first_byte_ms), asr.whole_ms, millis(spoken)];
        after(asr.servers().len(), &steps, self.deadline.asr_ms)
    }

    /// Longest wait for the first sample of a text of so many letters, in milliseconds, likewise.
    pub fn first_audio_patience_ms(&self, letters: usize) -> u64 {
        let tts = &self.tts;
        let steps = [tts.connect_ms, tts.load_ms.max(tts.first_byte_ms), millis(saying(letters))];
        after(tts.servers().len(), &steps, self.deadline.first_audio_ms)
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The sum of the `steps` of so many servers, one after the other, and of golem's `own` deadline.
fn after(servers: usize, steps: &[u64], own: u64) -> u64 {
    let server = steps.iter().fold(0_u64, |sum, step| sum.saturating_add(*step));
    server.saturating_mul(servers as u64).saturating_add(own)
}

#[cfg(test)]
mod tests {
    use super::super::speech_engine::{AsrEngine, TtsEngine};
    use super::super::speech_server::SpeechServerConfig;
    use super::*;

    #[test]
    fn golems_own_engines_come_after_all_servers() {
        let mut config = Config::default();
        let (speech, letters) = (Duration::from_secs(30), 150);
        assert_eq!(config.asr_patience_ms(speech), config.deadline.asr_ms, "without servers");
        assert_eq!(config.first_audio_patience_ms(letters), config.deadline.first_audio_ms);
        (config.asr.engine, config.tts.engine) = (AsrEngine::OpenAi, TtsEngine::OpenAi);
        (config.asr.connect_ms, config.asr.load_ms, config.asr.whole_ms) = (1_000, 20_000, 7_000);
        assert_eq!(config.asr_patience_ms(speech), 58_000 + config.deadline.asr_ms);
        config.asr.fallback = vec![SpeechServerConfig::default()];
        assert_eq!(config.asr_patience_ms(speech), 2 * 58_000 + config.deadline.asr_ms);
        (config.tts.connect_ms, config.tts.load_ms) = (1_000, 20_000);
        assert_eq!(config.first_audio_patience_ms(letters), 31_000 + config.deadline.first_audio_ms);
        config.tts.load_ms = u64::MAX;
        assert_eq!(config.first_audio_patience_ms(letters), u64::MAX);
    }
}
