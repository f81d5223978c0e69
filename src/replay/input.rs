//! The input of a replay: files one after the other, and interruptions laid over the replies.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::device::{AudioSource, DeviceError, MicFrame};
use crate::message::Time;
use crate::signal::frame::{FRAME, RATE};

/// Silence between the end of golem's answer and the next file, unless a fixed gap is asked for.
const POLITE: Time = Time::from_millis(700);

/// `FILE@SECONDS` or `FILE@SECONDS#REPLY`: a voice that speaks over a reply.
#[derive(Clone, Debug, PartialEq)]
pub struct InterruptSpec {
    /// The recording.
    pub file: PathBuf,
    /// Time from the start of the reply.
    pub after: Time,
    /// Number of the reply, from 1; by default the first interruption meets the first reply, and so on.
    pub reply: Option<usize>,
}

impl FromStr for InterruptSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is not FILE@SECONDS; write for example stop.wav@1.5 or stop.wav@1.5#2");
        let (file, when) = text.rsplit_once('@').ok_or_else(wrong)?;
        let (seconds, reply) = when.split_once('#').map_or((when, None), |(s, n)| (s, Some(n)));
        let seconds = seconds.parse::<f64>().map_err(|_| wrong())?;
        let after = Time::try_from_secs_f64(seconds).map_err(|_| wrong())?;
        let reply = reply.map(|n| n.parse::<usize>().ok().filter(|n| *n > 0).ok_or_else(wrong)).transpose()?;
        if file.is_empty() {
            return Err(wrong());
        }
        Ok(Self { file: file.into(), after, reply })
    }
}

/// A voice laid over the input.
struct Overlay {
    samples: Vec<f32>,
    after: Time,
    reply: usize,
    /// Sample of the input at which it begins, once its reply has started.
    start: Option<u64>,
}

/// Everything that is heard, frame by frame.
pub struct ReplayInput {
    files: VecDeque<Box<dyn AudioSource>>,
    gap: Option<Time>,
    /// Only silence is heard before this moment.
    silent_until: Time,
    waiting: bool,
    overlays: Vec<Overlay>,
    replies: usize,
    turn: Option<u64>,
    heard: u64,
    notices: Vec<String>,
}

impl ReplayInput {
    /// Files to be heard in order, with `gap` of silence between them; without a gap each waits until golem
    /// has finished answering.
    pub fn new(files: impl IntoIterator<Item = Box<dyn AudioSource>>, gap: Option<Time>) -> Self {
        Self {
            files: files.into_iter().collect(),
            gap,
            silent_until: Time::ZERO,
            waiting: false,
            overlays: Vec::new(),
            replies: 0,
            turn: None,
            heard: 0,
            notices: Vec::new(),
        }
    }

    /// Lays `samples` (16 kHz) over reply number `reply`, counted from 1, `after` its start.
    pub fn interrupt(&mut self, samples: Vec<f32>, after: Time, reply: usize) {
        self.overlays.push(Overlay { samples, after, reply, start: None });
    }

    /// Golem began to speak at `now`; going on with the same turn is no new reply.
    pub fn reply_started(&mut self, turn: u64, now: Time) {
        if self.turn.replace(turn) == Some(turn) {
            return;
        }
        self.replies += 1;
        let replies = self.replies;
        for overlay in self.overlays.iter_mut().filter(|overlay| overlay.reply == replies && overlay.start.is_none()) {
            overlay.start = Some(samples(now + overlay.after));
        }
    }

    /// Takes the notices about the files that a person should see.
    pub fn notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// The next frame, which ends at `now`; `None` when nothing more will come. `idle` says that golem has finished its
    /// answer.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn next(&mut self, now: Time, idle: bool) -> Result<Option<Box<[f32; FRAME]>>, DeviceError> {
        let mut frame = self.file_frame(now, idle)?;
        let begin = self.heard;
        self.heard += FRAME as u64;
        for overlay in &self.overlays {
            let Some(start) = overlay.start else { continue };
            let end = start + overlay.samples.len() as u64;
            if end > begin && start < self.heard {
                let frame = frame.get_or_insert_with(|| Box::new([0.0; FRAME]));
                for (at, sample) in (begin..).zip(frame.iter_mut()) {
                    if let Some(over) =
                        at.checked_sub(start).and_then(|n| overlay.samples.get(usize::try_from(n).ok()?))
                    {
                        *sample = (*sample + over).clamp(-1.0, 1.0);
                    }
                }
            }
        }
        let pending = self.overlays.iter().any(|o| o.start.is_some_and(|s| s + o.samples.len() as u64 > self.heard));
        Ok(frame.or_else(|| pending.then(|| Box::new([0.0; FRAME]))))
    }

    fn file_frame(&mut self, now: Time, idle: bool) -> Result<Option<Box<[f32; FRAME]>>, DeviceError> {
        let silence = || Some(Box::new([0.0; FRAME]));
        loop {
            if self.waiting {
                if !idle {
                    return Ok(silence());
                }
                self.waiting = false;
                self.silent_until = now + POLITE;
            }
            if now < self.silent_until {
                return Ok(silence());
            }
            let Some(file) = self.files.front_mut() else { return Ok(None) };
            match file.next(Duration::ZERO)? {
                MicFrame::Frame(frame) => return Ok(Some(frame)),
                MicFrame::Notice(notice) => self.notices.push(notice),
                MicFrame::Nothing => return Ok(silence()),
                MicFrame::End => {
                    self.files.pop_front();
                    if !self.files.is_empty() {
                        match self.gap {
                            Some(gap) => self.silent_until = now + gap,
                            None => self.waiting = true,
                        }
                    }
                }
            }
        }
    }
}

fn samples(time: Time) -> u64 {
    u64::try_from(time.as_nanos() * u128::from(RATE) / 1_000_000_000).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interruptions_are_read_as_written() {
        let spec: InterruptSpec = "a@b.wav@1.5#2".parse().unwrap();
        assert_eq!((spec.file, spec.after, spec.reply), ("a@b.wav".into(), Time::from_millis(1500), Some(2)));
        for wrong in ["a.wav", "a.wav@", "@1", "a.wav@-1", "a.wav@1#0", "a.wav@1#x"] {
            assert!(wrong.parse::<InterruptSpec>().is_err(), "{wrong}");
        }
    }
}
