//! The report of what was measured: tables, JSON and a picture.

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use super::args::OnsetRange;
use super::open::OpenLevels;
use super::pairs::PairReport;
use super::rule::{BargeRule, RuleScore};
use super::tally::{self, PersonRow, TalkRow};
use super::words::{self, WordRow};
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
    /// How often the config's thresholds for ducking and for the cut take golem for a person.
    pub own_ducks: usize,
    pub own_cuts: usize,
}

/// The score of a rule behind a canceller, in all conditions.
#[derive(Clone, Debug, Serialize)]
pub struct RuleRow {
    pub canceller: Canceller,
    pub rule: BargeRule,
    pub score: RuleScore,
}

/// All that was measured.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Recordings of people, and those left out because no voice is at their onset.
    pub people: usize,
    pub left_out: usize,
    pub seed: u64,
    /// When people began to speak over a reply, in the closed loop and with words.
    pub after: OnsetRange,
    pub open: Vec<OpenRow>,
    pub rules: Vec<RuleRow>,
    pub pairs: PairReport,
    /// Conversations in which golem talked alone, and those with people.
    pub alone: Vec<TalkRow>,
    pub interrupted: Vec<TalkRow>,
    pub words: Vec<WordRow>,
}

impl Report {
    /// Prints tables, or JSON, on standard output.
    pub fn print(&self, json: bool) -> Result<()> {
        if json {
            println!("{}", serde_json::to_string(self)?);
            return Ok(());
        }
        if let Some(head) = self.head() {
            println!("{head}");
        }
        self.print_levels();
        self.print_rules();
        self.pairs.print();
        tally::print_alone(&self.alone);
        tally::print_people(&self.interrupted);
        words::print(&self.words);
        Ok(())
    }

    /// The line above all tables: who spoke over golem, and when; `None` where no one did.
    fn head(&self) -> Option<String> {
        let mut parts = Vec::new();
        if self.people > 0 {
            parts.push(format!(
                "{} recordings of people, {} more left out for no voice within 300 ms of their onset",
                self.people, self.left_out
            ));
        }
        if !(self.interrupted.is_empty() && self.words.is_empty()) {
            parts.push(format!("people begin {} s after the beginning of a reply", self.after));
        }
        (!parts.is_empty()).then(|| format!("{}; seed {}", parts.join("; "), self.seed))
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

    /// Draws how soon people were heard in the closed loop, or else what the rules of the open one do.
    pub fn draw(&self, path: &Path) -> Result<()> {
        let people: Vec<&PersonRow> = self.interrupted.iter().flat_map(|row| &row.people).collect();
        if people.is_empty() { self.rule_chart() } else { time_chart(&people) }.write(path)
    }

    /// People found within 400 ms against golem taken for a person.
    fn rule_chart(&self) -> Chart {
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
        Chart {
            title: "People found over golem's voice, and golem taken for one".into(),
            x: Axis::covering_log("golem taken for a person, times an hour", rates.into_iter()),
            y: Axis::linear("people found within 400 ms, in %", 0.0, 100.0),
            curves,
        }
    }
}

/// The share of people for whom golem was quieter, and silent, by a time after their onset, beside what it would be
/// without an echo.
fn time_chart(people: &[&PersonRow]) -> Chart {
    type ChartMoment = fn(&PersonRow) -> Option<f64>;
    let moments: [(&str, ChartMoment); 4] = [
        ("quieter", |person| person.ducked),
        ("silent", |person| person.cut),
        ("quieter, without an echo", |person| person.ducked_unhindered),
        ("silent, without an echo", |person| person.cut_unhindered),
    ];
    let curve = |(name, moment): (&str, ChartMoment)| {
        let times: Vec<_> = people.iter().map(|person| moment(person)).collect();
        let point = |step: u32| (f64::from(step) * 20.0, tally::percent(&times, f64::from(step) * 0.02));
        Curve { name: name.into(), points: (0..=40).map(point).collect() }
    };
    Chart {
        title: "People over golem's voice".into(),
        x: Axis::linear("milliseconds after the onset of the voice", 0.0, 800.0),
        y: Axis::linear("people for whom golem is quieter or silent, in %", 0.0, 100.0),
        curves: moments.into_iter().map(curve).collect(),
    }
}

#[allow(clippy::cast_precision_loss)] // a bench
fn mean(levels: &[f32]) -> f32 {
    levels.iter().sum::<f32>() / levels.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_says_when_people_begin_only_where_they_speak_over_replies() {
        let open = Report { people: 3, left_out: 1, seed: 2, ..Report::default() };
        let head = "3 recordings of people, 1 more left out for no voice within 300 ms of their onset";
        assert_eq!(open.head(), Some(format!("{head}; seed 2")));
        let closed = Report { interrupted: vec![TalkRow::default()], ..open };
        assert_eq!(closed.head(), Some(format!("{head}; people begin 1..6 s after the beginning of a reply; seed 2")));
        assert_eq!(Report::default().head(), None, "pairs have no people over replies");
    }
}
