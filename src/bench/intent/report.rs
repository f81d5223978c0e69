//! The report of the measurements: counts, rates and tables.

use serde::Serialize;
use serde_json::{Value, json};

use super::args::CLEAN;
use super::curve::{self, Point, curve};
use super::run::{BenchJob, RunResult, resident};
use crate::intent::Slots;
use crate::metrics::quantile;

/// Commands in one condition.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Condition {
    /// `clean`, `12 dB`.
    pub name: String,
    /// Commands.
    pub count: usize,
    /// Accepted with the intent and every labelled slot right.
    pub right: usize,
    /// Of these, those with no unlabelled slot.
    pub strictly: usize,
    /// Accepted, but wrong.
    pub wrong: usize,
    /// Refused though right.
    pub refused: usize,
}

/// The recordings of one folder that are no commands.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Others {
    /// Its name.
    pub name: String,
    /// Recordings.
    pub count: usize,
    /// Recordings with a voice, as voice activity detection finds it.
    pub voices: usize,
    /// Accepted as commands.
    pub accepted: usize,
}

/// All figures.
#[derive(Clone, Debug, Default)]
pub struct IntentReport {
    conditions: Vec<Condition>,
    others: Vec<Others>,
    /// False accepts against false rejects.
    pub curve: Vec<Point>,
    threshold: f32,
    ms: Vec<f64>,
    cpu_per_second: f64,
    asr_mib: f64,
    resident_mib: f64,
}

impl IntentReport {
    /// Counts the results.
    pub fn new(jobs: &[BenchJob], heard: &[RunResult], threshold: f32, asr_mib: f64) -> Self {
        let mut report = Self { threshold, asr_mib, resident_mib: resident(), ..Self::default() };
        for (job, heard) in jobs.iter().zip(heard) {
            report.count(job, heard);
        }
        let all: Vec<(&BenchJob, &RunResult)> = jobs.iter().zip(heard).collect();
        let scores = |keep: &dyn Fn(&BenchJob) -> bool| -> Vec<Option<f32>> {
            all.iter().filter(|(job, _)| keep(job)).map(|(job, heard)| score(job, heard)).collect()
        };
        report.curve = curve(
            &scores(&|job| job.recording.meaning.is_none()),
            &scores(&|job| job.group == CLEAN),
            &scores(&|job| job.recording.meaning.is_some()),
        );
        report.ms = heard.iter().filter(|heard| heard.voice).map(|heard| heard.ms).collect();
        report.ms.sort_by(f64::total_cmp);
        let (cpu, speech) = heard.iter().fold((0.0, 0.0), |sum, heard| (sum.0 + heard.cpu, sum.1 + heard.speech));
        report.cpu_per_second = cpu / f64::max(speech, 1e-9);
        report
    }

    fn count(&mut self, job: &BenchJob, heard: &RunResult) {
        let accepted = heard.understanding.accepted;
        if job.recording.meaning.is_none() {
            let others = find(&mut self.others, |others| others.name == job.group);
            others.name.clone_from(&job.group);
            others.count += 1;
            others.voices += usize::from(heard.voice);
            others.accepted += usize::from(accepted);
            return;
        }
        let (right, strictly) = rightly(job, heard);
        let condition = find(&mut self.conditions, |condition| condition.name == job.group);
        condition.name.clone_from(&job.group);
        condition.count += 1;
        condition.right += usize::from(accepted && right);
        condition.strictly += usize::from(accepted && strictly);
        condition.wrong += usize::from(accepted && !right);
        condition.refused += usize::from(!accepted && right);
    }

    /// Mean of the conditions' shares.
    #[allow(clippy::cast_precision_loss)]
    fn average(&self, of: fn(&Condition) -> usize, keep: &dyn Fn(&Condition) -> bool) -> f64 {
        let kept: Vec<f64> =
            self.conditions.iter().filter(|c| keep(c)).map(|c| 100.0 * of(c) as f64 / c.count.max(1) as f64).collect();
        kept.iter().sum::<f64>() / kept.len().max(1) as f64
    }

    /// Tables for people.
    pub fn print(&self) {
        println!(
            "| commands | recordings | intent and every slot right | and no slot more | accepted wrong | refused though right |"
        );
        println!("|---|---|---|---|---|---|");
        for Condition { name, count, right, strictly, wrong, refused } in &self.conditions {
            let [right, strictly, wrong, refused] = [right, strictly, wrong, refused].map(|n| percent(*n, *count));
            println!("| {name} | {count} | {right} | {strictly} | {wrong} | {refused} |");
        }
        for (name, keep) in AVERAGES {
            let [right, strictly] =
                [|c: &Condition| c.right, |c: &Condition| c.strictly].map(|of| self.average(of, &keep));
            println!("| {name} | | {right:.1} % | {strictly:.1} % | | |");
        }
        println!("\n| not commands | recordings | with a voice | accepted | share |");
        println!("|---|---|---|---|---|");
        for Others { name, count, voices, accepted } in self.others.iter().chain([&self.all_others()]) {
            println!("| {name} | {count} | {voices} | {accepted} | {} |", percent(*accepted, *count));
        }
        curve::print(&self.curve);
        let at = |q| quantile(&self.ms, q).unwrap_or(0.0);
        println!("\nthreshold: {:.2}", self.threshold);
        println!("end of speech to decision: p50 {:.0} ms, p95 {:.0} ms", at(0.5), at(0.95));
        println!("processor time: {:.3} s per second of speech", self.cpu_per_second);
        println!("memory: {:.0} MiB for the ears, {:.0} MiB resident in all", self.asr_mib, self.resident_mib);
    }

    /// The tables as one JSON object.
    pub fn json(&self) -> Value {
        let at = |q| quantile(&self.ms, q);
        let averages: serde_json::Map<String, Value> =
            AVERAGES.iter().map(|(name, keep)| ((*name).to_owned(), json!(self.average(|c| c.right, keep)))).collect();
        json!({
            "commands": self.conditions, "averages": averages, "others": self.others, "all_others": self.all_others(),
            "curve": self.curve, "threshold": self.threshold, "ms": {"p50": at(0.5), "p95": at(0.95)},
            "cpu_per_second": self.cpu_per_second, "ears_mib": self.asr_mib, "resident_mib": self.resident_mib,
        })
    }

    fn all_others(&self) -> Others {
        let sum = |of: fn(&Others) -> usize| self.others.iter().map(of).sum();
        Others { name: "all".into(), count: sum(|o| o.count), voices: sum(|o| o.voices), accepted: sum(|o| o.accepted) }
    }
}

/// An average: its name, and the conditions over which it is taken.
type Average = (&'static str, fn(&Condition) -> bool);
const AVERAGES: [Average; 2] =
    [("average over noise", |condition| condition.name != CLEAN), ("average of all", |_| true)];

/// Prints every command that was not understood.
pub fn errors(jobs: &[BenchJob], heard: &[RunResult]) {
    for (job, heard) in jobs.iter().zip(heard) {
        let accepted = heard.understanding.accepted;
        let Some((_, wanted)) = &job.recording.meaning else {
            if accepted {
                println!("{}: {} ({:.2})", job.recording.path.display(), heard.text, heard.confidence);
            }
            continue;
        };
        if accepted && rightly(job, heard).1 {
            continue;
        }
        let empty = Slots::new();
        let got = heard.understanding.best.as_ref().map_or(&empty, |best| &best.slots);
        let differences: Vec<String> = wanted
            .iter()
            .filter(|(name, value)| got.get(*name) != Some(value))
            .map(|(name, value)| format!("{name}: {value} -> {}", got.get(name).map_or("-", String::as_str)))
            .chain(
                got.iter()
                    .filter(|(name, _)| !wanted.contains_key(*name))
                    .map(|(name, value)| format!("{name}: - -> {value}")),
            )
            .collect();
        let file = job.recording.path.file_stem().unwrap_or_default().to_string_lossy();
        let reason = &heard.understanding.reason;
        println!(
            "{} {file}: {} | {} ({:.2}; {reason})",
            job.group,
            differences.join(", "),
            heard.text,
            heard.confidence
        );
    }
}

/// Whether intent and every labelled slot are right, and whether nothing else was heard besides.
fn rightly(job: &BenchJob, heard: &RunResult) -> (bool, bool) {
    let (Some((intent, slots)), Some(best)) = (&job.recording.meaning, &heard.understanding.best) else {
        return (false, false);
    };
    let right = best.intent == *intent && slots.iter().all(|(name, value)| best.slots.get(name) == Some(value));
    (right, right && best.slots.len() == slots.len())
}

/// The score that a threshold is compared with: of other speech any score, of commands the score of a right reading.
fn score(job: &BenchJob, heard: &RunResult) -> Option<f32> {
    let best = heard.understanding.best.as_ref()?;
    (job.recording.meaning.is_none() || rightly(job, heard).0).then_some(best.score)
}

/// The element that `is` finds, or a new one at the end.
fn find<T: Default>(all: &mut Vec<T>, is: impl Fn(&T) -> bool) -> &mut T {
    let at = all.iter().position(is).unwrap_or_else(|| {
        all.push(T::default());
        all.len() - 1
    });
    &mut all[at]
}

#[allow(clippy::cast_precision_loss)]
fn percent(part: usize, whole: usize) -> String {
    format!("{:.1} %", 100.0 * part as f64 / whole.max(1) as f64)
}
