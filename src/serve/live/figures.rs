//! The figures of a live session: each utterance counts as a request, from its end to its words.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::event::LiveEvent;
use crate::serve::figures::{Endpoint, ServeFigures};
use crate::transcribe::segment::time;

/// Counts the utterances of a session.
pub struct UtteranceFigures {
    figures: ServeFigures,
    endpoint: Endpoint,
    /// Utterances that are over and wait for their words: when they ended, and their lengths.
    waiting: VecDeque<(Instant, Duration)>,
}

impl UtteranceFigures {
    /// Counts in `figures` as requests to `endpoint`.
    pub fn new(figures: &ServeFigures, endpoint: Endpoint) -> Self {
        Self { figures: figures.clone(), endpoint, waiting: VecDeque::new() }
    }

    /// Counts an event at the time `now`.
    pub fn count(&mut self, event: &LiveEvent, now: Instant) {
        let status = match event {
            LiveEvent::Over(_, audio) => {
                let length = time(audio.len() as u64);
                self.waiting.push_back((now, length));
                return;
            }
            LiveEvent::Final(_) => 200,
            LiveEvent::Failed(_) => 500,
            _ => return,
        };
        let Some((over, length)) = self.waiting.pop_front() else { return };
        let wait = now.saturating_duration_since(over);
        self.figures.answered(self.endpoint, status, wait);
        self.figures.heard(length, wait);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::message::Time;

    #[test]
    fn an_utterance_is_counted_with_its_length_and_the_wait_for_its_words() {
        let figures = ServeFigures::default();
        let mut session = UtteranceFigures::new(&figures, Endpoint::RealtimeStt);
        let now = Instant::now();
        session.count(&LiveEvent::Over(Time::ZERO, Arc::new(vec![0.0; 32_000])), now);
        session.count(&LiveEvent::Over(Time::ZERO, Arc::default()), now);
        session.count(&LiveEvent::Final(None), now + Duration::from_millis(400));
        session.count(&LiveEvent::Failed("x".into()), now);
        session.count(&LiveEvent::Final(None), now);
        let text = figures.render(0, 0);
        for line in [
            "golem_serve_requests_total{endpoint=\"realtimestt\"} 2",
            "golem_serve_errors_total{status=\"500\"} 1",
            "golem_serve_heard_milliseconds_total 2000",
        ] {
            assert!(text.lines().any(|other| other == line), "{line}\n{text}");
        }
    }
}
