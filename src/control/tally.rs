//! What is known of a golem from its news alone: how it is, what it has counted, what happened lately.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::{Mode, Note, Ready, State, Update};
use crate::metrics::{Ledger, quantile};

/// Turns whose latency is kept.
const LEDGERS: usize = 512;

/// How golem is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// Version of the program.
    pub golem: String,
    /// Process number.
    pub pid: u32,
    /// Seconds since it started.
    pub uptime: u64,
    /// Whether everything is ready and golem listens.
    pub ready: bool,
    /// State of the dialogue.
    pub state: State,
    /// Whether the microphone is muted.
    pub muted: bool,
    /// What golem takes words for.
    pub mode: Mode,
    /// Its parts.
    pub parts: Vec<Ready>,
    /// Samples of the microphone that were dropped.
    pub dropped: u64,
    /// Programs that follow the events.
    pub subscribers: usize,
    /// Why it cannot go on, when it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fatal: Option<String>,
}

/// What golem has counted and timed since it started.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metrics {
    /// Seconds since it started.
    pub uptime: u64,
    /// Replies of which something was heard.
    pub turns: u64,
    /// Voices confirmed.
    pub voices: u64,
    /// Replies silenced by a voice …
    pub cut: u64,
    /// … that went on afterwards …
    pub resumed: u64,
    /// … and replies dropped for good, for whatever reason.
    pub cancelled: u64,
    /// Utterances ignored, by reason: `empty`, `ghost`, `backchannel`, `stop`.
    pub ignored: BTreeMap<String, u64>,
    /// Commands accepted.
    pub commands: u64,
    /// Failures told.
    pub errors: u64,
    /// Samples of the microphone that were dropped.
    pub dropped: u64,
    /// Events not sent to slow readers.
    pub lost: u64,
    /// Seconds from the end of speech to each stage, over the last 512 turns.
    pub latency: BTreeMap<String, Spread>,
    /// Memory that the process holds, in bytes.
    pub memory: u64,
    /// Its threads.
    pub threads: u64,
}

/// How a figure is spread, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// How often it was measured.
    pub count: usize,
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// Largest.
    pub max: f64,
}

/// A moment of a turn.
type Stage = fn(&Ledger) -> Option<f64>;

/// Follows the news and keeps what can be asked for.
#[derive(Debug, Default)]
pub struct Tally {
    status: Status,
    metrics: Metrics,
    ledgers: VecDeque<Ledger>,
}

impl Tally {
    /// Of a golem that starts in `mode`.
    pub fn new(mode: Mode) -> Self {
        Self { status: Status { mode, ..Status::default() }, ..Self::default() }
    }

    /// Takes news.
    pub fn take(&mut self, update: &Update) {
        match update {
            Update::Ready(ready) => match self.status.parts.iter_mut().find(|known| known.part == ready.part) {
                Some(known) => *known = ready.clone(),
                None => self.status.parts.push(ready.clone()),
            },
            Update::Listening => self.status.ready = true,
            Update::Dropped(samples) => self.status.dropped = *samples,
            Update::Fatal(reason) => self.status.fatal = Some(reason.clone()),
            Update::Note(_, note) => self.note(note),
            Update::Spoken { .. } | Update::Level(_) | Update::Notice(_) | Update::Offers(_) => {}
        }
    }

    fn note(&mut self, note: &Note) {
        let metrics = &mut self.metrics;
        match note {
            Note::State { state } => self.status.state = *state,
            Note::Muted { on } => self.status.muted = *on,
            Note::Mode { mode } => self.status.mode = *mode,
            Note::SpeechStart { .. } => metrics.voices += 1,
            Note::Transcript { ignored: Some(why), .. } => *metrics.ignored.entry((*why).into()).or_default() += 1,
            Note::Heard { .. } => metrics.turns += 1,
            Note::Cut { .. } => metrics.cut += 1,
            Note::Resume { .. } => metrics.resumed += 1,
            Note::Cancel { .. } => metrics.cancelled += 1,
            Note::Decision(decision) => metrics.commands += u64::from(decision.accepted),
            Note::Error { .. } => metrics.errors += 1,
            Note::Latency(ledger) => {
                if self.ledgers.len() == LEDGERS {
                    self.ledgers.pop_front();
                }
                self.ledgers.push_back(*ledger);
            }
            _ => {}
        }
    }

    /// How golem is, as far as its news tell.
    pub fn status(&self) -> Status {
        self.status.clone()
    }

    /// What it has counted, as far as its news tell.
    pub fn metrics(&self) -> Metrics {
        let stages: [(&str, Stage); 5] = [
            ("endpoint", |ledger| ledger.endpoint),
            ("transcript", |ledger| ledger.transcript),
            ("first_token", |ledger| ledger.first_token),
            ("first_clause", |ledger| ledger.first_clause),
            ("first_sample", |ledger| ledger.first_sample),
        ];
        let spread = |of: Stage| spread(self.ledgers.iter().filter_map(of).collect());
        let latency = stages.iter().filter_map(|(name, of)| Some(((*name).to_string(), spread(*of)?))).collect();
        Metrics { dropped: self.status.dropped, latency, ..self.metrics.clone() }
    }

    /// Whether a part is there at all: not where the config leaves it out.
    pub fn has(&self, part: &str) -> bool {
        self.status.parts.iter().any(|ready| ready.part == part && ready.what != "none")
    }
}

fn spread(mut values: Vec<f64>) -> Option<Spread> {
    values.sort_by(f64::total_cmp);
    Some(Spread {
        count: values.len(),
        p50: quantile(&values, 0.5)?,
        p95: quantile(&values, 0.95)?,
        max: quantile(&values, 1.0)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Time;

    #[test]
    fn news_are_counted_and_timed() {
        let mut tally = Tally::default();
        let ready = |what: &str| Update::Ready(Ready { part: "brain", what: what.into(), why: String::new() });
        tally.take(&ready("none"));
        assert!(!tally.has("brain"));
        tally.take(&ready("starter"));
        assert!(tally.has("brain") && tally.status().parts.len() == 1);
        let notes = [
            Note::State { state: State::Speaking },
            Note::Muted { on: true },
            Note::Transcript { utterance: 1, text: "hm".into(), ignored: Some("ghost") },
            Note::Latency(Ledger { first_sample: Some(0.5), ..Ledger::default() }),
            Note::Latency(Ledger { first_sample: Some(1.5), ..Ledger::default() }),
            Note::Cut { turn: 1 },
        ];
        for note in notes {
            tally.take(&Update::Note(Time::ZERO, note));
        }
        tally.take(&Update::Dropped(32));
        let (status, metrics) = (tally.status(), tally.metrics());
        assert!(status.muted && !status.ready && status.state == State::Speaking);
        assert_eq!((metrics.cut, metrics.dropped, metrics.ignored["ghost"]), (1, 32, 1));
        assert_eq!(metrics.latency.len(), 1);
        assert_eq!(metrics.latency["first_sample"], Spread { count: 2, p50: 0.5, p95: 1.5, max: 1.5 });
    }
}
