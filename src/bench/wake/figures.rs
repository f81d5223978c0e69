//! Misses and false alarms at every threshold, as a table and as a picture.

use serde::Serialize;

use super::hearing::{FLOOR, HeardRecording, HeardRounds, Moment};
use crate::bench::chart::{Axis, Chart, Curve};
use crate::config::wake::WakeConfig;

/// Thresholds of the table; below the first one no moment is looked at.
const THRESHOLDS: [f32; 8] = [FLOOR, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/// False alarms an hour at which others publish their misses.
const PUBLISHED_RATE: f64 = 0.1;
/// Percent missed at that rate on other recordings of the same people, in noise of 10 dB, as Picovoice's benchmark has
/// them.
const PUBLISHED: [(&str, f64); 3] = [("PocketSphinx", 52.0), ("Snowboy", 31.9), ("Porcupine", 2.7)];

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
    /// At the config's `wake.threshold_alone`, without the confirmation.
    alone_as_set: WakePoint,
    /// At the config's `wake.threshold`, with it; `None` where asr was not asked.
    confirmed_as_set: Option<WakePoint>,
}

impl PhraseFigures {
    /// The figures of phrase number `at`, among them those at the thresholds of `wake`.
    pub fn of(phrase: &str, at: usize, rounds: &HeardRounds, wake: &WakeConfig) -> Self {
        let heard = &rounds.by_phrase[at];
        let said = heard.iter().filter(|recording| recording.said && recording.round == 0).count();
        let hours =
            heard.iter().filter(|recording| !recording.said).map(|recording| recording.seconds).sum::<f64>() / 3600.0;
        let any: Counted = |_| true;
        let sure: Counted = |moment| moment.confirmed == Some(true);
        // No moment below the floor was looked at.
        let above = |threshold: f32, counts: Counted| point(heard, threshold.max(FLOOR), hours, counts);
        let curve = |counts: Counted| THRESHOLDS.map(|threshold| above(threshold, counts)).to_vec();
        let asked = rounds.asked > 0;
        Self {
            phrase: phrase.into(),
            said,
            hours,
            spotter: curve(any),
            confirmed: if asked { curve(sure) } else { Vec::new() },
            alone_as_set: above(wake.threshold_alone, any),
            confirmed_as_set: asked.then(|| above(wake.threshold, sure)),
        }
    }
}

/// Whether a moment counts as the phrase, if its score does.
type Counted = fn(&Moment) -> bool;

fn point(heard: &[HeardRecording], threshold: f32, hours: f64, counts: Counted) -> WakePoint {
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
    figures.iter().for_each(print_curves);
    println!("\n| phrase | missed at {PUBLISHED_RATE} an hour, spotter: clean / 10 dB | with ears |");
    println!("|---|---|---|");
    for figures in figures {
        let cell = |curve: &[WakePoint]| {
            at_rate(curve, PUBLISHED_RATE).map_or_else(
                || "not reached".to_owned(),
                |point| format!("{} at {:.1}", missed(point), point.threshold),
            )
        };
        println!("| {} | {} | {} |", figures.phrase, cell(&figures.spotter), cell(&figures.confirmed));
    }
    print_as_set(figures);
    let published = PUBLISHED.map(|(name, missed)| format!("{name} {missed:.1} %")).join(", ");
    println!("\npublished for six such words, 10 dB, {PUBLISHED_RATE} an hour: {published} missed");
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

/// Prints one phrase at all thresholds.
fn print_curves(figures: &PhraseFigures) {
    println!("\n{}: said {} times, not said in {:.2} hours", figures.phrase, figures.said, figures.hours);
    println!(
        "| threshold | missed, clean / 10 dB | false alarms (an hour) | with ears: missed | with ears: false alarms |"
    );
    println!("|---|---|---|---|---|");
    for (at, point) in figures.spotter.iter().enumerate() {
        let confirmed = figures.confirmed.get(at).map_or_else(|| "- | -".to_owned(), cells);
        println!("| {:.1} | {} | {confirmed} |", point.threshold, cells(point));
    }
}

/// Prints all phrases at the thresholds of the config: what a person gets.
fn print_as_set(figures: &[PhraseFigures]) {
    println!(
        "\n| phrase | wake.threshold_alone | missed, clean / 10 dB | false alarms (an hour) | wake.threshold | with ears: missed | with ears: false alarms |"
    );
    println!("|---|---|---|---|---|---|---|");
    let row = |point: &WakePoint| format!("{} | {}", point.threshold, cells(point));
    for PhraseFigures { phrase, alone_as_set, confirmed_as_set, .. } in figures {
        let confirmed = confirmed_as_set.as_ref().map_or_else(|| "- | - | -".to_owned(), row);
        println!("| {phrase} | {} | {confirmed} |", row(alone_as_set));
    }
}

/// Misses of a point, clean and in noise.
fn missed(point: &WakePoint) -> String {
    let percent = |share: Option<f64>| share.map_or("-".into(), |share| format!("{:.1} %", 100.0 * share));
    format!("{} / {}", percent(point.missed), percent(point.missed_in_noise))
}

/// Misses and false alarms of a point: two cells of a table.
fn cells(point: &WakePoint) -> String {
    format!("{} | {} ({:.1})", missed(point), point.alarms, point.per_hour)
}

/// The curves as a picture: phrases that are heard against false alarms an hour, with asr's confirmation where it was
/// asked, and as single points what others published. Those were measured in noise of 10 dB, and so are the curves
/// where all was heard in noise too.
pub fn chart(figures: &[PhraseFigures]) -> Chart {
    let in_noise = figures.iter().flat_map(|figures| &figures.spotter).any(|point| point.missed_in_noise.is_some());
    let curve = |name: String, points: &[WakePoint]| {
        let missed = |point: &WakePoint| if in_noise { point.missed_in_noise } else { point.missed };
        let point = |point: &WakePoint| Some((point.per_hour, 100.0 * (1.0 - missed(point)?)));
        Curve { name, points: points.iter().rev().filter_map(point).collect() }
    };
    let of = |figures: &PhraseFigures| {
        let confirmed = curve(format!("{}, confirmed", figures.phrase), &figures.confirmed);
        [curve(figures.phrase.clone(), &figures.spotter), confirmed]
    };
    let published = PUBLISHED.map(|(name, missed)| Curve {
        name: format!("{name}, published, 10 dB"),
        points: vec![(PUBLISHED_RATE, 100.0 - missed)],
    });
    let curves: Vec<Curve> =
        figures.iter().flat_map(of).filter(|curve| !curve.points.is_empty()).chain(published).collect();
    let rates: Vec<f64> = curves.iter().flat_map(|curve| &curve.points).map(|point| point.0).collect();
    let heard =
        if in_noise { "phrases that are heard in noise of 10 dB, in %" } else { "phrases that are heard, in %" };
    Chart {
        title: "The wake phrase heard, and what else is taken for it".into(),
        x: Axis::covering_log("false alarms an hour", rates.into_iter()),
        y: Axis::linear(heard, 0.0, 100.0),
        curves,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// What was heard of one phrase, said clean and in noise, and of other sound.
    fn rounds(asked: u32) -> HeardRounds {
        let (missed, found) = (heard(1, true, &[(0.25, true)]), heard(0, true, &[(0.7, true)]));
        HeardRounds {
            by_phrase: vec![vec![found, missed, heard(0, false, &[(0.4, true), (0.65, false)])]],
            sound: 5_400.0,
            spotting: Duration::ZERO,
            hearing: Duration::ZERO,
            asked,
        }
    }

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

    #[test]
    fn figures_as_set_are_those_at_the_thresholds_of_the_config() {
        let wake = WakeConfig { threshold: 0.35, threshold_alone: 0.62, ..WakeConfig::default() };
        let figures = PhraseFigures::of("jarvis", 0, &rounds(3), &wake);
        let alone = figures.alone_as_set;
        assert_eq!((alone.missed, alone.missed_in_noise, alone.alarms), (Some(0.0), Some(1.0), 1));
        let confirmed = figures.confirmed_as_set.map(|point| (point.missed, point.missed_in_noise, point.alarms));
        assert_eq!(confirmed, Some((Some(0.0), Some(1.0), 1)), "the alarm at 0.65 is not confirmed, that at 0.4 is");
        let deaf = PhraseFigures::of("jarvis", 0, &rounds(0), &wake);
        assert!(deaf.confirmed_as_set.is_none() && deaf.confirmed.is_empty());
        let low = WakeConfig { threshold: 0.1, ..wake };
        let confirmed = PhraseFigures::of("jarvis", 0, &rounds(3), &low).confirmed_as_set;
        assert_eq!(confirmed.map(|point| point.threshold), Some(FLOOR), "below it nothing is known");
    }

    #[test]
    fn others_stand_in_the_picture_as_points_beside_curves_in_the_same_noise() {
        let chart = chart(&[PhraseFigures::of("jarvis", 0, &rounds(3), &WakeConfig::default())]);
        let names: Vec<&str> = chart.curves.iter().map(|curve| curve.name.as_str()).collect();
        assert_eq!(names[..3], ["jarvis", "jarvis, confirmed", "PocketSphinx, published, 10 dB"]);
        assert_eq!((names.len(), chart.curves[2].points.as_slice()), (5, &[(0.1, 48.0)][..]));
        assert!(chart.y.name.contains("10 dB") && chart.x.from <= 0.1);
        let least = chart.curves[0].points.first().map(|(_, heard)| *heard);
        assert_eq!(least, Some(0.0), "missed in noise at the highest threshold");
    }
}
