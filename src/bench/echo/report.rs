//! What was measured: tables, JSON and a picture.

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use super::closed::ClosedScore;
use super::open::OpenLevels;
use super::pairs::PairRow;
use super::rule::{BargeRule, RuleScore};
use crate::bench::asr::corpus;
use crate::bench::chart::{Axis, Chart, Curve};
use crate::config::echo::Canceller;

/// Levels in one condition.
#[derive(Clone, Debug, Serialize)]
pub struct OpenRow {
    pub canceller: Canceller,
    pub room: &'static str,
    pub kind: String,
    pub gain: f32,
    pub levels: OpenLevels,
    /// How often golem is taken for a person by the config's bars for ducking and for the cut.
    pub own_ducks: usize,
    pub own_cuts: usize,
}

/// How a rule did after a canceller, in all conditions.
#[derive(Clone, Debug, Serialize)]
pub struct RuleRow {
    pub canceller: Canceller,
    pub rule: BargeRule,
    pub score: RuleScore,
}

/// Words said over the reply and heard by way of one feed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct WordRow {
    pub feed: String,
    pub words: usize,
    pub errors: usize,
}

impl WordRow {
    /// Adds what was said and what was heard of it.
    pub fn add(&mut self, said: &[String], heard: &str) {
        self.words += said.len();
        self.errors += corpus::errors(said, &corpus::words(heard));
    }
}

/// All that was measured.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    pub people: usize,
    pub seed: u64,
    pub open: Vec<OpenRow>,
    pub rules: Vec<RuleRow>,
    pub pairs: Vec<PairRow>,
    pub closed: Vec<(String, ClosedScore)>,
    pub words: Vec<WordRow>,
}

impl Report {
    /// On standard output: tables, or JSON.
    pub fn print(&self, json: bool) -> Result<()> {
        if json {
            println!("{}", serde_json::to_string(self)?);
            return Ok(());
        }
        println!("{} recordings of people, seed {}", self.people, self.seed);
        self.print_levels();
        self.print_rules();
        self.print_pairs();
        self.print_closed();
        if !self.words.is_empty() {
            println!("\n| speech to text gets | words | wrong | WER |\n|---|---|---|---|");
        }
        for WordRow { feed, words, errors } in &self.words {
            println!("| {feed} | {words} | {errors} | {:.1} % |", 100.0 * share(*errors, *words));
        }
        Ok(())
    }

    fn print_levels(&self) {
        if self.open.is_empty() {
            return;
        }
        println!(
            "\n| canceller | condition | ERLE first 3 s | ERLE later (worst) | near end | 15 dB after | golem taken for a person: to duck, to cut |"
        );
        println!("|---|---|---|---|---|---|---|");
        let mut groups: Vec<(String, Vec<&OpenRow>)> = Vec::new();
        for row in &self.open {
            for kind in [row.kind.clone(), format!("{} dB", row.gain), row.room.to_string()] {
                let key = format!("{} | {kind}", row.canceller);
                match groups.iter_mut().find(|(name, _)| *name == key) {
                    Some((_, rows)) => rows.push(row),
                    None => groups.push((key, vec![row])),
                }
            }
        }
        for (name, rows) in groups {
            let of = |level: fn(&OpenLevels) -> f32| rows.iter().map(move |row| level(&row.levels)).collect::<Vec<_>>();
            let later = of(|levels| levels.erle_later);
            let worst = later.iter().copied().fold(f32::MAX, f32::min);
            let slowest = rows.iter().map(|row| row.levels.converged).collect::<Option<Vec<_>>>();
            let slowest = slowest.map(|all| all.into_iter().fold(0.0, f64::max));
            println!(
                "| {name} | {:.1} dB | {:.1} ({worst:.1}) dB | {:+.1} dB | {} | {}, {} |",
                mean(&of(|levels| levels.erle_first)),
                mean(&later),
                mean(&of(|levels| levels.near)),
                slowest.map_or("never".into(), |seconds| format!("{seconds:.1} s")),
                rows.iter().map(|row| row.own_ducks).sum::<usize>(),
                rows.iter().map(|row| row.own_cuts).sum::<usize>(),
            );
        }
    }

    fn print_rules(&self) {
        if self.rules.is_empty() {
            return;
        }
        println!(
            "\n| canceller | rule | found | within 200 ms | within 400 ms | golem itself an hour (in hours) | of these in the first 3 s |"
        );
        println!("|---|---|---|---|---|---|---|");
        for RuleRow { canceller, rule, score } in &self.rules {
            println!(
                "| {} | VAD > {} in {} frames | {:.1} % | {:.1} % | {:.1} % | {:.1} ({:.2}) | {} of {} |",
                canceller,
                rule.threshold,
                rule.frames,
                score.percent(score.found),
                score.percent(score.within_200),
                score.percent(score.within_400),
                score.own_per_hour(),
                score.seconds / 3_600.0,
                score.own_first,
                score.own,
            );
        }
    }

    fn print_pairs(&self) {
        if self.pairs.is_empty() {
            return;
        }
        println!(
            "\n| real pair | voice in the microphone | after the canceller | kept while the loudspeaker is silent | delay |"
        );
        println!("|---|---|---|---|---|");
        for row in &self.pairs {
            let near = row.near.map_or("-".into(), |near| format!("{near:.0} %"));
            let delay = row.delay.map_or("-".into(), |ms| format!("{ms} ms"));
            println!("| {} | {:.0} % | {:.0} % | {near} | {delay} |", row.name, row.raw, row.clean);
        }
    }

    fn print_closed(&self) {
        if self.closed.is_empty() {
            return;
        }
        println!(
            "\n| voice | hours | cut itself short | lowered itself an hour | people | ducked within 200 ms | cut within 400 ms | cut at all |"
        );
        println!("|---|---|---|---|---|---|---|---|");
        for (voice, score) in &self.closed {
            println!(
                "| {voice} | {:.2} | {} | {:.1} | {} | {:.1} % | {:.1} % | {:.1} % |",
                score.seconds / 3_600.0,
                score.own_cuts,
                score.per_hour(score.own_ducks),
                score.cut.len(),
                ClosedScore::percent(&score.ducked, 0.2),
                ClosedScore::percent(&score.cut, 0.4),
                ClosedScore::percent(&score.cut, f64::MAX),
            );
        }
    }

    /// Draws the rules: people found within 400 ms against golem taken for a person.
    pub fn draw(&self, path: &Path) -> Result<()> {
        let mut curves: Vec<Curve> = Vec::new();
        for RuleRow { canceller, score, .. } in &self.rules {
            let (name, point) = (canceller.to_string(), (score.own_per_hour(), score.percent(score.within_400)));
            match curves.iter_mut().find(|curve| curve.name == name) {
                Some(curve) => curve.points.push(point),
                None => curves.push(Curve { name, points: vec![point] }),
            }
        }
        for curve in &mut curves {
            curve.points.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        let rates: Vec<f64> = curves.iter().flat_map(|curve| &curve.points).map(|point| point.0).collect();
        let chart = Chart {
            title: "People found over golem's voice, and golem taken for one".into(),
            x: Axis::covering_log("golem taken for a person, times an hour", rates.into_iter()),
            y: Axis::linear("people found within 400 ms, in %", 0.0, 100.0),
            curves,
        };
        chart.write(path)
    }
}

#[allow(clippy::cast_precision_loss)] // a bench
fn mean(levels: &[f32]) -> f32 {
    levels.iter().sum::<f32>() / levels.len().max(1) as f32
}

#[allow(clippy::cast_precision_loss)] // a bench
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}
