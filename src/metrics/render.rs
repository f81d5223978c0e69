//! The metrics in Prometheus' format, and as JSON.

use serde_json::{Map, Value as Json, json};

use strum::VariantNames;

use super::Metrics;
use super::count::{AHEAD, FAILING, MOMENTS, RESULTS, STAGES};
use super::family::{self, MetricFamily, MetricKind, SampleValue, counter, counters, gauge, spreads};
use crate::message::{CancelReason, Consent, Part};

impl Metrics {
    fn families(&self) -> Vec<MetricFamily<'_>> {
        [self.times(), self.turns(), self.command_counts(), self.state()].into_iter().flatten().collect()
    }

    /// How long things took.
    fn times(&self) -> Vec<MetricFamily<'_>> {
        let factor = std::slice::from_ref(&self.factor);
        vec![
            spreads(
                "golem_latency_seconds",
                "Time from the end of speech (or of typing) to a moment of the turn.",
                "until",
                &MOMENTS,
                &self.moments,
            ),
            spreads("golem_stage_seconds", "Time of each stage of a turn by itself.", "stage", &STAGES, &self.stages),
            spreads(
                "golem_ahead_seconds",
                "What replies begun in a pause gave (work done before the end of the turn) and cost (work thrown away).",
                "what",
                &AHEAD,
                &self.ahead,
            ),
            spreads(
                "golem_asr_real_time_factor",
                "Time waited for the words after the end of the turn, per second of voice.",
                "",
                &[""],
                factor,
            ),
        ]
    }

    /// What became of voices, words and replies.
    fn turns(&self) -> Vec<MetricFamily<'_>> {
        vec![
            counter("golem_voices_total", "Voices confirmed.", self.voices),
            counter("golem_false_wakes_total", "Voices that came to nothing.", self.false_wakes),
            counter("golem_utterances_total", "Utterances that ended.", self.utterances),
            counters(
                "golem_transcripts_total",
                "Utterances in words, by what became of them; ghosts are noise that the ears took for words.",
                "result",
                &RESULTS,
                &self.results,
            ),
            counter("golem_typed_total", "Questions that were typed.", self.typed),
            counters(
                "golem_replies_total",
                "Replies, by how much of them was heard.",
                "heard",
                &["whole", "part", "nothing"],
                &self.replies,
            ),
            counter("golem_ducks_total", "Times a voice lowered playback.", self.ducks),
            counter("golem_cuts_total", "Times a voice silenced playback.", self.cuts),
            counters(
                "golem_barge_ins_total",
                "Cuts, by what became of the reply.",
                "outcome",
                &["resumed", "cancelled"],
                &self.barge_ins,
            ),
            counters(
                "golem_cancels_total",
                "Replies dropped for good, by reason.",
                "reason",
                CancelReason::VARIANTS,
                &self.cancels,
            ),
        ]
    }

    /// What became of commands.
    fn command_counts(&self) -> Vec<MetricFamily<'_>> {
        vec![
            counters(
                "golem_commands_total",
                "Utterances taken for commands, by decision.",
                "decision",
                &["accepted", "refused"],
                &self.decisions,
            ),
            counters(
                "golem_command_outcomes_total",
                "Commands carried out, by result.",
                "result",
                &["done", "failed"],
                &self.outcomes,
            ),
            counters(
                "golem_confirmations_total",
                "Answers to the question before a command.",
                "answer",
                Consent::VARIANTS,
                &self.answers,
            ),
        ]
    }

    /// Failures, and the state of the process.
    fn state(&self) -> Vec<MetricFamily<'_>> {
        vec![
            counters(
                "golem_errors_total",
                "Failures told, by stage.",
                "stage",
                &FAILING.map(Part::stage),
                &self.errors,
            ),
            counter("golem_dropped_samples_total", "Samples of the microphone that were dropped.", self.dropped),
            gauge("golem_muted", "1 while the microphone is muted.", u64::from(self.muted)),
            gauge("process_resident_memory_bytes", "Memory that the process holds.", self.process.memory),
            gauge("process_threads", "Threads of the process.", self.process.threads),
            gauge("process_open_fds", "Open files of the process.", self.process.files),
        ]
    }

    /// The figures in Prometheus' text format 0.0.4.
    pub fn prometheus(&self) -> String {
        family::prometheus(&self.families())
    }

    /// The figures as an object: each name with its type, its help and its samples. Histograms have their count, sum,
    /// estimated quantiles and buckets.
    pub fn json(&self) -> Json {
        let of = |family: &MetricFamily| {
            let samples: Vec<_> =
                family.samples.iter().map(|(value, sample)| in_json(family.label, value, sample)).collect();
            let object = json!({ "type": family.kind.name(), "help": family.help, "samples": samples });
            (family.name.to_string(), object)
        };
        Json::Object(self.families().iter().map(of).collect::<Map<_, _>>())
    }

    /// The names of all figures, as a query may use them.
    pub fn names() -> Vec<String> {
        let of = |family: &MetricFamily| match family.kind {
            MetricKind::Histogram => ["_bucket", "_sum", "_count"].map(|end| format!("{}{end}", family.name)).to_vec(),
            MetricKind::Counter | MetricKind::Gauge => vec![family.name.to_string()],
        };
        Self::default().families().iter().flat_map(of).collect()
    }
}

fn in_json(label: &str, value: &str, sample: &SampleValue) -> Json {
    let mut object = match sample {
        SampleValue::Number(number) => json!({ "value": number }),
        SampleValue::Spread(spread) => {
            let bounded = spread.cumulative().filter(|(bound, _)| bound.is_finite());
            json!({
                "count": spread.count(),
                "sum": spread.sum(),
                "p50": spread.quantile(0.5),
                "p95": spread.quantile(0.95),
                "buckets": bounded.map(|(bound, upto)| json!([bound, upto])).collect::<Vec<_>>(),
            })
        }
    };
    if !label.is_empty() {
        object[label] = value.into();
    }
    object
}
