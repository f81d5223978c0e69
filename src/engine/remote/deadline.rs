//! The deadline for the beginning of a server's answer, which depends on whether the server may have to load its model.
//! Pure: the caller gives the time.

use std::time::Duration;

use crate::config::llm_source::KeepAlive;

/// How long a server counts as one that still has its model after an answer, where golem does not set that time. Ollama
/// unloads a model after five minutes (<https://docs.ollama.com/faq>) and LM Studio after an hour
/// (<https://lmstudio.ai/docs/api/ttl-and-auto-evict>), llama-swap and llama-server when their owners say so, who may
/// say less. Too short a time costs little: only a server that hangs is given up later.
pub const KEPT: KeepAlive = KeepAlive::For(Duration::from_mins(2));

/// Whether a server has its model in memory, as far as its answers show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Warmth {
    /// The model may have to be loaded.
    #[default]
    Cold,
    /// The model is loaded, until this time.
    Warm(Duration),
    /// The model should be loaded: the server has been silent for as long as that may take.
    Overdue,
}

impl Warmth {
    /// After an answer at `now` of a server that keeps its model for `kept`.
    pub fn answered(now: Duration, kept: KeepAlive) -> Self {
        Self::Warm(match kept {
            KeepAlive::For(time) => now.saturating_add(time),
            KeepAlive::Always => Duration::MAX,
            KeepAlive::Unknown => now,
        })
    }

    /// Whether the model may have to be loaded at `now`.
    pub fn is_cold(self, now: Duration) -> bool {
        match self {
            Self::Cold => true,
            Self::Warm(until) => until < now,
            Self::Overdue => false,
        }
    }

    /// After a failure at `now`: an answer was only `late`, or the server may be a restarted one when it answers next.
    #[must_use]
    pub fn failed(self, late: bool, now: Duration) -> Self {
        if late { self.missed(now) } else { Self::default() }
    }

    /// After an answer that did not come by its deadline, at `now`. A server that was thought to be warm may have to
    /// load its model after all. One that had the time for loading does not get it twice: it may hang, and each
    /// question would wait that long.
    #[must_use]
    fn missed(self, now: Duration) -> Self {
        match self {
            Self::Warm(until) if now <= until => Self::Cold,
            _ => Self::Overdue,
        }
    }
}

/// Deadlines for the beginning of an answer.
#[derive(Clone, Copy, Debug)]
pub struct FirstDeadlines {
    /// From a server that may have to load its model.
    pub load: Duration,
    /// From any other server.
    pub warm: Duration,
    /// The time that the request itself takes, which is added to either: a long one takes longer.
    pub work: Duration,
}

impl FirstDeadlines {
    /// The deadline for a server that is cold or not.
    pub fn limit(self, cold: bool) -> Duration {
        let begin = if cold { self.load.max(self.warm) } else { self.warm };
        begin.saturating_add(self.work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_server_is_cold_before_its_first_answer_and_after_an_idle_while() {
        assert!(Warmth::default().is_cold(at(0)));
        let warm = Warmth::answered(at(5), KEPT);
        assert!(!warm.is_cold(at(5)) && !warm.is_cold(at(125)) && warm.is_cold(at(126)));
        assert!(!Warmth::answered(at(5), KeepAlive::Always).is_cold(Duration::MAX));
        assert!(Warmth::answered(at(5), KeepAlive::Unknown).is_cold(at(6)));
    }

    #[test]
    fn the_time_for_loading_is_given_once() {
        let warm = Warmth::answered(at(5), KEPT);
        assert_eq!(warm.missed(at(10)), Warmth::Cold, "it has dropped its model sooner than others do");
        assert_eq!(warm.missed(at(1_000)), Warmth::Overdue);
        let overdue = Warmth::Cold.missed(at(1));
        assert!(overdue == Warmth::Overdue && !overdue.is_cold(at(2)) && overdue.missed(at(3)) == Warmth::Overdue);
    }

    #[test]
    fn a_long_request_gets_more_time_and_a_cold_server_never_less() {
        let deadlines = FirstDeadlines { load: at(20), warm: at(5), work: at(15) };
        assert_eq!([true, false].map(|cold| deadlines.limit(cold)), [at(35), at(20)]);
        let patient = FirstDeadlines { load: at(20), warm: at(60), work: at(1) };
        assert_eq!([true, false].map(|cold| patient.limit(cold)), [at(61), at(61)]);
        assert_eq!(FirstDeadlines { work: Duration::MAX, ..patient }.limit(true), Duration::MAX);
    }
}
