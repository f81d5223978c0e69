//! The latency of engines on the virtual clock: as measured, or as fixed by `--latency`.

use std::str::FromStr;
use std::time::Instant;

use crate::message::Time;

/// Fixed times; a stage without one takes its measured time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// From the end of an utterance to its words.
    pub asr: Option<Time>,
    /// One judgement of a pause.
    pub turn: Option<Time>,
    /// One comparison of a voice with known ones.
    pub speaker: Option<Time>,
    /// One piece of a reply.
    pub llm: Option<Time>,
    /// One clause's synthesis.
    pub tts: Option<Time>,
    /// One command.
    pub act: Option<Time>,
}

impl FromStr for Latency {
    type Err = String;

    /// Reads `asr=200ms,turn=50ms,speaker=100ms,llm=20ms/token,tts=0,act=0`; stages may be left out. Commands, the
    /// judging of pauses and the speaker check take no time where all else is fixed.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut latency = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (stage, value) = part.split_once('=').ok_or_else(|| wrong(part))?;
            let time = duration(value.trim()).ok_or_else(|| wrong(part))?;
            match stage.trim() {
                "asr" => latency.asr = Some(time),
                "turn" => latency.turn = Some(time),
                "speaker" => latency.speaker = Some(time),
                "llm" => latency.llm = Some(time),
                "tts" => latency.tts = Some(time),
                "act" => latency.act = Some(time),
                _ => return Err(wrong(part)),
            }
        }
        if latency.asr.and(latency.llm).and(latency.tts).is_some() {
            latency.act.get_or_insert(Time::ZERO);
            latency.turn.get_or_insert(Time::ZERO);
            latency.speaker.get_or_insert(Time::ZERO);
        }
        Ok(latency)
    }
}

fn wrong(part: &str) -> String {
    format!("\"{part}\" is not a latency; write for example asr=200ms,llm=20ms/token,tts=0")
}

fn duration(text: &str) -> Option<Time> {
    let text = ["/token", "/piece", "/clause"].iter().find_map(|unit| text.strip_suffix(unit)).unwrap_or(text);
    let (number, scale) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(number), _) => (number, 1e-3),
        (None, Some(number)) => (number, 1.0),
        (None, None) => (text, if text == "0" { 1.0 } else { 1e-3 }),
    };
    let seconds = number.trim().parse::<f64>().ok()? * scale;
    Time::try_from_secs_f64(seconds).ok().filter(|time| *time < Time::from_hours(1))
}

/// The time of one engine: its next work begins when its present work is done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lane {
    free_at: Time,
}

impl Lane {
    /// The time at which the engine can begin work that is wanted at `now`.
    pub fn free(&self, now: Time) -> Time {
        self.free_at.max(now)
    }

    /// Does `work`, wanted at `now`, and returns when it is done: after `fixed`, or after the time it really took.
    pub fn work<T>(&mut self, now: Time, fixed: Option<Time>, work: impl FnOnce() -> T) -> (Time, T) {
        let began = Instant::now();
        let result = work();
        let took = fixed.unwrap_or_else(|| began.elapsed());
        self.free_at = self.free(now) + took;
        (self.free_at, result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_read_as_written() {
        let latency: Latency = "asr=200ms, llm=20ms/token,tts=0".parse().unwrap();
        assert_eq!(latency.asr, Some(Time::from_millis(200)));
        assert_eq!(latency.llm, Some(Time::from_millis(20)));
        assert_eq!(latency.tts, Some(Time::ZERO));
        assert_eq!("asr=1.5s".parse::<Latency>().unwrap().asr, Some(Time::from_millis(1500)));
        assert_eq!("".parse::<Latency>().unwrap(), Latency::default());
        for wrong in ["asr", "asr=", "ear=1ms", "llm=-1ms", "tts=NaNms", "asr=1e9s"] {
            assert!(wrong.parse::<Latency>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_engine_does_one_thing_at_a_time() {
        let mut lane = Lane::default();
        let ms = Time::from_millis;
        assert_eq!(lane.work(ms(10), Some(ms(100)), || 1).0, ms(110));
        assert_eq!(lane.work(ms(20), Some(ms(50)), || 2).0, ms(160));
        assert_eq!(lane.free(ms(500)), ms(500));
    }
}
