//! The summary of metrics that a running golem returns on request: few enough to read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use strum::VariantNames;

use super::Metrics;
use super::count::{AHEAD, FAILING, MOMENTS, RESULTS, STAGES};
use super::histogram::Histogram;
use crate::message::{CancelReason, Part};

/// Golem's counts and times since it started.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// Seconds since it started.
    pub uptime: u64,
    /// Memory that the process holds, in bytes.
    pub memory: u64,
    /// Its threads.
    pub threads: u64,
    /// Its open files.
    pub files: u64,
    /// Voices confirmed.
    pub voices: u64,
    /// Voices that came to nothing: too short, without words, or ghosts.
    pub false_wakes: u64,
    /// Utterances by result: `words`, `empty`, `ghost`, `backchannel`, `stop`, `other`.
    pub transcripts: BTreeMap<String, u64>,
    /// Questions that were typed.
    pub typed: u64,
    /// Replies by how much of them was heard: `whole`, `part`, `nothing`.
    pub replies: BTreeMap<String, u64>,
    /// Voices over a reply, and their outcomes.
    pub barge_ins: BargeIns,
    /// Replies dropped for good, by reason: `words`, `stop`, `key`, `deadline`, `instant`, `other`.
    pub cancels: BTreeMap<String, u64>,
    /// Commands `accepted`, `refused`, and of the accepted ones `done` and `failed`.
    pub commands: BTreeMap<String, u64>,
    /// Failures reported, by stage.
    pub errors: BTreeMap<String, u64>,
    /// Samples of the microphone that were dropped.
    pub dropped: u64,
    /// Events not sent to slow readers.
    pub lost: u64,
    /// Seconds from the end of speech (or of typing) to each of [`MOMENTS`], where it was ever reached.
    pub latency: BTreeMap<String, Spread>,
    /// Seconds of each of [`STAGES`] by itself.
    pub stages: BTreeMap<String, Spread>,
    /// Seconds that replies begun in a pause gave (`saved`) and cost (`wasted`), where there were any.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ahead: BTreeMap<String, Spread>,
    /// Seconds waited for the words after the end of the turn, per second of voice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub real_time_factor: Option<Spread>,
}

/// Voices over a reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BargeIns {
    /// Times that playback was lowered.
    pub lowered: u64,
    /// Times that it was silenced.
    pub cut: u64,
    /// Times that the reply went on after a cut.
    pub resumed: u64,
    /// Times that the reply was dropped after a cut.
    pub cancelled: u64,
}

/// The distribution of a figure. Quantiles are estimated from a histogram: true within its buckets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Number of measurements.
    pub count: u64,
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// Largest, exactly.
    pub max: f64,
}

impl Spread {
    /// The distribution of the values in `histogram`; `None` if there are none.
    fn of(histogram: &Histogram) -> Option<Self> {
        let tenth = |value: f64| (value * 1e4).round() / 1e4;
        Some(Self {
            count: histogram.count(),
            p50: tenth(histogram.quantile(0.5)?),
            p95: tenth(histogram.quantile(0.95)?),
            max: tenth(histogram.max()),
        })
    }
}

fn counts(labels: &[&str], values: &[u64]) -> BTreeMap<String, u64> {
    labels.iter().zip(values).map(|(label, value)| ((*label).to_string(), *value)).collect()
}

fn spreads(labels: &[&str], values: &[Histogram]) -> BTreeMap<String, Spread> {
    let known = labels.iter().zip(values);
    known.filter_map(|(label, values)| Some(((*label).to_string(), Spread::of(values)?))).collect()
}

impl Metrics {
    /// The summary of these figures. The caller sets `uptime` and `lost`.
    pub fn summary(&self) -> Summary {
        let [accepted, refused] = self.decisions;
        let [done, failed] = self.outcomes;
        let [resumed, cancelled] = self.barge_ins;
        Summary {
            uptime: 0,
            memory: self.process.memory,
            threads: self.process.threads,
            files: self.process.files,
            voices: self.voices,
            false_wakes: self.false_wakes,
            transcripts: counts(&RESULTS, &self.results),
            typed: self.typed,
            replies: counts(&["whole", "part", "nothing"], &self.replies),
            barge_ins: BargeIns { lowered: self.ducks, cut: self.cuts, resumed, cancelled },
            cancels: counts(CancelReason::VARIANTS, &self.cancels),
            commands: counts(&["accepted", "refused", "done", "failed"], &[accepted, refused, done, failed]),
            errors: counts(&FAILING.map(Part::stage), &self.errors),
            dropped: self.dropped,
            lost: 0,
            latency: spreads(&MOMENTS, &self.moments),
            stages: spreads(&STAGES, &self.stages),
            ahead: spreads(&AHEAD, &self.ahead),
            real_time_factor: Spread::of(&self.factor),
        }
    }
}
