//! The figures of endpointing: operating points, chosen on one half of the speakers and measured on the other.

use std::fmt;

use serde::Serialize;

use super::rules::{BenchDelays, EndRule, EndScore, KnownPause, PausePlace, TurnKind, fewest_cuts, frontier, soonest};
use crate::bench::chart::{Axis, Chart, Curve};
use crate::config::TurnConfig;
use crate::metrics::quantile;

/// Mean delays in milliseconds at which cut-offs are compared.
const MEANS: [f64; 2] = [300.0, 600.0];
/// Shares of cut-offs at which mean delays are compared.
const CUTS: [f64; 2] = [0.05, 0.1];
/// English figures that eot-bench published in 2026 on its own recordings of people who speak to assistants.
const PUBLISHED: &str = "\
| eot-bench, other recordings | cut-offs at 300 ms | at 600 ms | delay at 5 % cut-offs | at 10 % |
|---|---|---|---|---|
| silence alone | 55.6 % | 21.7 % | 1600 ms | 1000 ms |
| Smart Turn v3.2 | 35.2 % | 14.8 % | 1051 ms | 739 ms |
| LiveKit v1-mini | 27.8 % | 12.1 % | 1070 ms | 698 ms |
| Deepgram Flux (a service) | 12.9 % | 9.9 % | 1151 ms | 548 ms |
| LiveKit v1 (a service) | 9.9 % | 4.5 % | 543 ms | 295 ms |
";

/// A rule's operating points as measured on the other half.
#[derive(Debug, Serialize)]
struct RulePoints {
    rule: &'static str,
    /// At the mean delays [`MEANS`].
    at_delay: Vec<Option<EndScore>>,
    /// At the shares of cut-offs [`CUTS`].
    at_cuts: Vec<Option<EndScore>>,
    /// On all speakers, the points that no other beats.
    frontier: Vec<EndScore>,
}

/// What the settings of the config do for one kind of turn.
#[derive(Debug, Serialize)]
struct KindDelays {
    kind: TurnKind,
    ends: usize,
    median_ms: f64,
    mean_ms: f64,
    p95_ms: f64,
}

/// All figures.
#[derive(Debug, Serialize)]
pub struct EndReport {
    pauses: usize,
    ends: usize,
    ear_ms: u64,
    words_ms: u64,
    /// Medians of what the engines took here.
    measured_ear_ms: Option<f64>,
    measured_words_ms: Option<f64>,
    rules: Vec<RulePoints>,
    /// Pauses within sentences, and the points where only those count.
    within_sentences: usize,
    rules_within_sentences: Vec<RulePoints>,
    /// The settings of the config on all speakers, and on the half on which nothing was chosen.
    settings: EndScore,
    settings_on_the_other_half: EndScore,
    kinds: Vec<KindDelays>,
}

impl RulePoints {
    /// The points of `rule`, chosen on the first half of the speakers.
    fn new(rule: EndRule, turn: &TurnConfig, pauses: &[&KnownPause], delays: BenchDelays) -> Self {
        let first: Vec<&KnownPause> = of_half(pauses, 0).collect();
        let scores = rule.sweep(turn, &first, delays);
        let measured = |chosen: &EndScore| {
            let turn =
                TurnConfig { over: chosen.over, over_ms: chosen.over_ms, more_ms: chosen.more_ms, ..turn.clone() };
            rule.score(&turn, of_half(pauses, 1), delays)
        };
        Self {
            rule: rule.name(),
            at_delay: MEANS.iter().map(|mean| fewest_cuts(&scores, *mean).map(measured)).collect(),
            at_cuts: CUTS.iter().map(|cut| soonest(&scores, *cut).map(measured)).collect(),
            frontier: frontier(&rule.sweep(turn, pauses, delays)).into_iter().cloned().collect(),
        }
    }
}

/// The pauses of one half of the speakers.
fn of_half<'a>(pauses: &[&'a KnownPause], half: usize) -> impl Iterator<Item = &'a KnownPause> {
    pauses.iter().copied().filter(move |pause| pause.half == half)
}

/// The points of several rules.
fn table(f: &mut fmt::Formatter<'_>, rules: &[RulePoints]) -> fmt::Result {
    writeln!(f, "| rule | cut-offs at 300 ms | at 600 ms | delay at 5 % cut-offs | at 10 % |\n|---|---|---|---|---|")?;
    for rule in rules {
        write!(f, "| {} |", rule.rule)?;
        for score in rule.at_delay.iter().chain(&rule.at_cuts) {
            match score {
                Some(score) => write!(f, " {:.1} % at {:.0} ms |", score.cut * 100.0, score.mean)?,
                None => write!(f, " - |")?,
            }
        }
        writeln!(f)?;
    }
    Ok(())
}

impl EndReport {
    /// The figures of `pauses` under `turn`; `took` has the milliseconds of the turn model and of asr.
    pub fn new(turn: &TurnConfig, pauses: &[KnownPause], delays: BenchDelays, took: (Vec<f64>, Vec<f64>)) -> Self {
        let all: Vec<&KnownPause> = pauses.iter().collect();
        let in_sentences: Vec<&KnownPause> =
            pauses.iter().filter(|pause| pause.length.is_none() || pause.place == PausePlace::Within).collect();
        let points = |pauses: &[&KnownPause]| -> Vec<RulePoints> {
            EndRule::ALL.into_iter().map(|rule| RulePoints::new(rule, turn, pauses, delays)).collect()
        };
        let kind = |kind: TurnKind| {
            let of_kind = pauses.iter().filter(|pause| pause.kind == kind && pause.length.is_none());
            let score = EndRule::Golem.score(turn, of_kind, delays);
            let (median_ms, p95_ms) = (score.delay(0.5), score.delay(0.95));
            KindDelays { kind, ends: score.delays.len(), median_ms, mean_ms: score.mean, p95_ms }
        };
        let median = |mut times: Vec<f64>| {
            times.sort_by(f64::total_cmp);
            quantile(&times, 0.5)
        };
        let ends = pauses.iter().filter(|pause| pause.length.is_none()).count();
        Self {
            pauses: pauses.len() - ends,
            ends,
            ear_ms: delays.ear,
            words_ms: delays.words,
            measured_ear_ms: median(took.0),
            measured_words_ms: median(took.1),
            rules: points(&all),
            within_sentences: in_sentences.len() - ends,
            rules_within_sentences: points(&in_sentences),
            settings: EndRule::Golem.score(turn, pauses, delays),
            settings_on_the_other_half: EndRule::Golem.score(turn, of_half(&all, 1), delays),
            kinds: [TurnKind::Sentence, TurnKind::Command, TurnKind::Short].into_iter().map(kind).collect(),
        }
    }

    /// Cut-offs against mean delay, one curve for each rule.
    pub fn chart(&self) -> Chart {
        let curve = |rule: &RulePoints| Curve {
            name: rule.rule.into(),
            points: rule.frontier.iter().map(|score| (score.mean, score.cut * 100.0)).collect(),
        };
        Chart {
            title: "End of turn: who is cut off, and how long the others wait".into(),
            x: Axis::linear("mean delay after the end of a turn, ms", 100.0, 1500.0),
            y: Axis::linear("pauses within turns that were cut off, %", 0.0, 80.0),
            curves: self.rules.iter().map(curve).collect(),
        }
    }
}

impl fmt::Display for EndReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} pauses within turns and {} ends of turns; a judgement takes {} ms, the words {} ms.",
            self.pauses, self.ends, self.ear_ms, self.words_ms
        )?;
        for (what, ms) in [("a judgement", self.measured_ear_ms), ("the words", self.measured_words_ms)] {
            if let Some(ms) = ms {
                writeln!(f, "Here {what} took {ms:.0} ms (median).")?;
            }
        }
        writeln!(f, "Chosen on one half of the speakers, measured on the other:\n")?;
        table(f, &self.rules)?;
        // Where no words were heard, nothing is known of sentences.
        let left = self.within_sentences;
        if left < self.pauses {
            writeln!(f, "\nWithout the pauses after which another sentence begins ({left} are left):\n")?;
            table(f, &self.rules_within_sentences)?;
        }
        writeln!(f, "\nThe settings of those points: threshold, action delay, time-out.\n")?;
        for rule in &self.rules {
            let settings = |score: &Option<EndScore>| match score {
                Some(score) => format!("{}, {} ms, {} ms", score.over, score.over_ms, score.more_ms),
                None => "-".into(),
            };
            let all: Vec<String> = rule.at_delay.iter().chain(&rule.at_cuts).map(settings).collect();
            writeln!(f, "| {} | {} |", rule.rule, all.join(" | "))?;
        }
        let (all, other) = (&self.settings, &self.settings_on_the_other_half);
        writeln!(f, "\nThe settings of the config ({}, {} ms, {} ms):", all.over, all.over_ms, all.more_ms)?;
        writeln!(f, "{:.1} % cut-offs at {:.0} ms mean delay;", all.cut * 100.0, all.mean)?;
        writeln!(f, "on the half on which nothing was chosen {:.1} % at {:.0} ms.\n", other.cut * 100.0, other.mean)?;
        writeln!(f, "| ends of | count | median | mean | p95 |\n|---|---|---|---|---|")?;
        for kind in &self.kinds {
            let name = match kind.kind {
                TurnKind::Sentence => "sentences",
                TurnKind::Command => "whole commands",
                TurnKind::Short => "one or two words",
            };
            let KindDelays { ends, median_ms, mean_ms, p95_ms, .. } = kind;
            writeln!(f, "| {name} | {ends} | {median_ms:.0} ms | {mean_ms:.0} ms | {p95_ms:.0} ms |")?;
        }
        write!(f, "\n{PUBLISHED}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::endpoint::TurnWording;

    #[test]
    fn what_was_chosen_on_one_half_is_measured_on_the_other() {
        let pause = |half, length, over| KnownPause {
            session: half,
            half,
            kind: TurnKind::Sentence,
            length,
            place: PausePlace::Within,
            over: Some(over),
            wording: TurnWording::Open,
        };
        let pauses = [pause(0, Some(640), 0.1), pause(0, None, 0.9), pause(1, Some(640), 0.9), pause(1, None, 0.9)];
        let delays = BenchDelays { ear: 50, words: 300 };
        let report = EndReport::new(&TurnConfig::default(), &pauses, delays, (vec![1.0], Vec::new()));
        let ear = &report.rules[1].at_delay[0].as_ref().unwrap();
        assert!((ear.cut - 1.0).abs() < 1e-9 && ear.mean <= 300.0, "the model errs on the other half: {ear:?}");
        let text = report.to_string();
        assert!(text.contains("| Smart Turn alone | 100.0 % at"), "{text}");
        assert!(report.chart().svg().unwrap().contains("golem"));
    }

    #[test]
    fn pauses_after_which_another_sentence_begins_are_left_out_of_the_second_table() {
        let pause = |length, place| KnownPause {
            session: 1,
            half: 1,
            kind: TurnKind::Sentence,
            length,
            place,
            over: Some(0.9),
            wording: TurnWording::Open,
        };
        let mut pauses = vec![pause(Some(640), PausePlace::Between), pause(Some(128), PausePlace::Within)];
        pauses.push(pause(None, PausePlace::Within));
        pauses.push(KnownPause { half: 0, session: 0, ..pause(None, PausePlace::Within) });
        let delays = BenchDelays { ear: 50, words: 300 };
        let report = EndReport::new(&TurnConfig::default(), &pauses, delays, (Vec::new(), Vec::new()));
        let cut = |rules: &[RulePoints]| rules[0].at_delay[0].as_ref().unwrap().cut;
        assert_eq!((report.pauses, report.within_sentences, report.ends), (2, 1, 2));
        assert!((cut(&report.rules) - 0.5).abs() < 1e-9 && cut(&report.rules_within_sentences) < 1e-9);
    }
}
