//! The figures of a live session: each utterance counts as a request, from its end to its words.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::event::LiveEvent;
use crate::serve::figures::ServeFigures;
use crate::serve::sessions::SessionPlace;
use crate::transcribe::segment::time;

/// Counts the utterances of a session.
pub struct UtteranceFigures {
    figures: ServeFigures,
    place: Arc<SessionPlace>,
    /// Utterances that are over and wait for their words: when they ended, and their lengths.
    waiting: VecDeque<(Instant, Duration)>,
}

impl UtteranceFigures {
    /// Counts in `figures` and in those of the session that has `place`.
    pub fn new(figures: &ServeFigures, place: &Arc<SessionPlace>) -> Self {
        Self { figures: figures.clone(), place: Arc::clone(place), waiting: VecDeque::new() }
    }

    /// Counts an event at the time `now`.
    pub fn count(&mut self, event: &LiveEvent, now: Instant) {
        let (status, words) = match event {
            LiveEvent::Over(_, audio) => {
                let length = time(audio.len() as u64);
                self.waiting.push_back((now, length));
                return;
            }
            LiveEvent::Final(part) => (200, part.as_deref()),
            LiveEvent::Failed(_) => (500, None),
            _ => return,
        };
        let Some((over, length)) = self.waiting.pop_front() else { return };
        let wait = now.saturating_duration_since(over);
        self.figures.answered(self.place.endpoint(), status, wait);
        self.figures.heard(length, wait);
        if let Some(part) = words {
            self.place.understood(part.transcript.language.as_deref(), Some(wait));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::message::{Time, Transcript};
    use crate::serve::figures::Endpoint;
    use crate::serve::sessions::Sessions;
    use crate::transcribe::listen::TranscriptPart;

    #[test]
    fn an_utterance_is_counted_with_its_length_and_the_wait_for_its_words() {
        let figures = ServeFigures::default();
        let sessions = Sessions::new(1, Duration::MAX);
        let place = Arc::new(sessions.admit(Endpoint::RealtimeStt).unwrap());
        let mut session = UtteranceFigures::new(&figures, &place);
        let transcript = Transcript { text: "Да.".into(), language: Some("ru".into()), ..Transcript::default() };
        let words = TranscriptPart { start: Time::ZERO, end: Time::ZERO, voices: Vec::new(), transcript };
        let now = Instant::now();
        session.count(&LiveEvent::Over(Time::ZERO, Arc::new(vec![0.0; 32_000])), now);
        session.count(&LiveEvent::Over(Time::ZERO, Arc::default()), now);
        session.count(&LiveEvent::Final(Some(Box::new(words))), now + Duration::from_millis(400));
        session.count(&LiveEvent::Failed("x".into()), now);
        session.count(&LiveEvent::Final(None), now);
        let text = figures.render(0);
        for line in [
            "golem_serve_requests_total{endpoint=\"realtimestt\"} 2",
            "golem_serve_errors_total{status=\"500\"} 1",
            "golem_serve_heard_milliseconds_total 2000",
        ] {
            assert!(text.lines().any(|other| other == line), "{line}\n{text}");
        }
        let status = sessions.status();
        assert_eq!((&status[0]["language"], &status[0]["delay_ms"]), (&json!("ru"), &json!(400)));
    }
}
