//! Misses and false alarms at every threshold, as a table and as a picture.

use serde::Serialize;

use super::hearing::{FLOOR, HeardRecording, HeardRounds, Moment};
use crate::bench::chart::{Axis, Chart, Curve};

/// Thresholds of the table; below the first one no moment is looked at.
const THRESHOLDS: [f32; 8] = [FLOOR, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/// False alarms an hour at which others publish their misses.
const PUBLISHED_RATE: f64 = 0.1;
/// Misses at that rate on other recordings of the same people, in noise of 10 dB, as Picovoice's benchmark has them.
const PUBLISHED: &str = "published for six such words, 10 dB, 0.1 an hour: PocketSphinx 52.0 %, Snowboy 31.9 %, \
                         Porcupine 2.7 % missed";

/// Misses and false alarms at one threshold.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct WakePoint {
    threshold: f32,
    /// Share of phrases that were missed, 0..=1, clean and in noise; `None` where none was said.
    missed: Option<f64>,
    missed_in_noise: Option<f64>,
    /// False alarms.
    alarms: usize,
    per_hour: f64,
}

/// The curve of one phrase.
#[derive(Clone, Debug, Serialize)]
pub struct PhraseFigures {
    phrase: String,
    /// How often it was said, clean.
    said: usize,
    /// Hours without the phrase.
    hours: f64,
    spotter: Vec<WakePoint>,
    /// Points with asr's confirmation; empty where asr was not asked.
    confirmed: Vec<WakePoint>,
}

impl PhraseFigures {
    /// The figures of phrase number `at`.
    pub fn of(phrase: &str, at: usize, rounds: &HeardRounds) -> Self {
        let heard = &rounds.by_phrase[at];
        let said = heard.iter().filter(|recording| recording.said && recording.round == 0).count();
        let hours =
            heard.iter().filter(|recording| !recording.said).map(|recording| recording.seconds).sum::<f64>() / 3600.0;
        let curve =
            |counts: fn(&Moment) -> bool| THRESHOLDS.iter().map(|bar| point(heard, *bar, hours, counts)).collect();
        let confirmed = if rounds.asked > 0 { curve(|moment| moment.confirmed == Some(true)) } else { Vec::new() };
        Self { phrase: phrase.into(), said, hours, spotter: curve(|_| true), confirmed }
    }
}

fn point(heard: &[HeardRecording], threshold: f32, hours: f64, counts: fn(&Moment) -> bool) -> WakePoint {
    let fires = |recording: &HeardRecording| {
        recording.moments.iter().filter(|moment| moment.score >= threshold && counts(moment)).count()
    };
    let missed = |round: usize| {
        let said: Vec<_> = heard.iter().filter(|recording| recording.said && recording.round == round).collect();
        let missed = said.iter().filter(|recording| fires(recording) == 0).count();
        (!said.is_empty()).then(|| real(missed) / real(said.len()))
    };
    let alarms = heard.iter().filter(|recording| !recording.said).map(fires).sum();
    WakePoint {
        threshold,
        missed: missed(0),
        missed_in_noise: missed(1),
        alarms,
        per_hour: real(alarms) / hours.max(1e-9),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand")]
fn real(count: usize) -> f64 {
    count as f64
}

/// The least misses at no more than `rate` false alarms an hour, clean and in noise.
fn at_rate(curve: &[WakePoint], rate: f64) -> Option<&WakePoint> {
    curve.iter().find(|point| point.per_hour <= rate)
}

/// Prints all figures.
pub fn print(figures: &[PhraseFigures], rounds: &HeardRounds, ears: &str) {
    let percent = |share: Option<f64>| share.map_or("-".into(), |share| format!("{:.1} %", 100.0 * share));
    for figures in figures {
        println!("\n{}: said {} times, not said in {:.2} hours", figures.phrase, figures.said, figures.hours);
        println!(
            "| threshold | missed, clean / 10 dB | false alarms (an hour) | with ears: missed | with ears: false alarms |"
        );
        println!("|---|---|---|---|---|");
        for (at, point) in figures.spotter.iter().enumerate() {
            let confirmed = figures.confirmed.get(at).map_or_else(
                || "- | -".to_owned(),
                |point| {
                    let (clean, noisy) = (percent(point.missed), percent(point.missed_in_noise));
                    format!("{clean} / {noisy} | {} ({:.1})", point.alarms, point.per_hour)
                },
            );
            let (clean, noisy) = (percent(point.missed), percent(point.missed_in_noise));
            println!(
                "| {:.1} | {clean} / {noisy} | {} ({:.1}) | {confirmed} |",
                point.threshold, point.alarms, point.per_hour
            );
        }
    }
    println!("\n| phrase | missed at {PUBLISHED_RATE} an hour, spotter: clean / 10 dB | with ears |");
    println!("|---|---|---|");
    for figures in figures {
        let cell = |curve: &[WakePoint]| {
            at_rate(curve, PUBLISHED_RATE).map_or_else(
                || "not reached".to_owned(),
                |point| {
                    format!("{} / {} at {:.1}", percent(point.missed), percent(point.missed_in_noise), point.threshold)
                },
            )
        };
        println!("| {} | {} | {} |", figures.phrase, cell(&figures.spotter), cell(&figures.confirmed));
    }
    println!("\n{PUBLISHED}");
    let hours = figures.iter().map(|figures| figures.hours).fold(0.0, f64::max);
    println!(
        "{hours:.1} hours of the same recordings again and again: no alarm in them bounds the rate below {:.1} an hour",
        3.0 / hours
    );
    println!(
        "voice detector and spotter of {} phrases: {:.1} ms for a second of sound; ears ({ears}): {:.0} ms a time, {} times",
        figures.len(),
        1e3 * rounds.spotting.as_secs_f64() / rounds.sound.max(1e-9),
        1e3 * rounds.hearing.as_secs_f64() / f64::from(rounds.asked.max(1)),
        rounds.asked
    );
}

/// The curves as a picture: phrases that are heard (clean) against false alarms an hour, with asr's confirmation where
/// it was asked.
pub fn chart(figures: &[PhraseFigures]) -> Chart {
    let curve = |name: String, points: &[WakePoint]| {
        let point = |point: &WakePoint| Some((point.per_hour, 100.0 * (1.0 - point.missed?)));
        Curve { name, points: points.iter().rev().filter_map(point).collect() }
    };
    let of = |figures: &PhraseFigures| {
        let confirmed = curve(format!("{}, confirmed", figures.phrase), &figures.confirmed);
        [curve(figures.phrase.clone(), &figures.spotter), confirmed]
    };
    let curves: Vec<Curve> = figures.iter().flat_map(of).filter(|curve| !curve.points.is_empty()).collect();
    let rates: Vec<f64> = curves.iter().flat_map(|curve| &curve.points).map(|point| point.0).collect();
    Chart {
        title: "The wake phrase heard, and what else is taken for it".into(),
        x: Axis::covering_log("false alarms an hour", rates.into_iter()),
        y: Axis::linear("phrases that are heard, in %", 0.0, 100.0),
        curves,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(round: usize, said: bool, moments: &[(f32, bool)]) -> HeardRecording {
        let moment = |(score, confirmed): &(f32, bool)| Moment { score: *score, confirmed: Some(*confirmed) };
        HeardRecording { round, seconds: 1800.0, said, moments: moments.iter().map(moment).collect() }
    }

    #[test]
    fn misses_and_alarms_are_counted_at_each_threshold() {
        let all = [
            heard(0, true, &[(0.9, true)]),
            heard(0, true, &[(0.45, false), (0.3, true)]),
            heard(0, false, &[(0.55, false), (0.95, true)]),
            heard(0, false, &[]),
        ];
        let alone = point(&all, 0.5, 1.0, |_| true);
        assert_eq!((alone.missed, alone.alarms), (Some(0.5), 2));
        assert_eq!(alone.missed_in_noise, None, "nothing was said in noise");
        let sure = point(&all, 0.3, 1.0, |moment| moment.confirmed == Some(true));
        assert_eq!((sure.missed, sure.alarms), (Some(0.0), 1));
    }
}
