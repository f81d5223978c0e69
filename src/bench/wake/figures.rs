//! Misses and false alarms at every threshold, as a table and as a picture.

use std::fmt::Write as _;

use serde::Serialize;

use super::hearing::{FLOOR, HeardRecording, HeardRounds, Moment};

/// Thresholds of the table, the first of them the one from which moments are looked at.
const THRESHOLDS: [f32; 8] = [FLOOR, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/// False alarms an hour at which others publish their misses.
const PUBLISHED_RATE: f64 = 0.1;
/// Misses at that rate on other recordings of the same people, in noise of 10 dB, as Picovoice's benchmark has them.
const PUBLISHED: &str = "published for six such words, 10 dB, 0.1 an hour: PocketSphinx 52.0 %, Snowboy 31.9 %, \
                         Porcupine 2.7 % missed";

/// What a threshold gives.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct WakePoint {
    threshold: f32,
    /// Share of phrases that were missed, 0..=1: of clean ones, and of those in noise.
    missed: f64,
    missed_in_noise: f64,
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
    /// Hours in which it was not.
    hours: f64,
    spotter: Vec<WakePoint>,
    /// With the ears' confirmation; empty where they were not asked.
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
        real(missed) / real(said.len().max(1))
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
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
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

/// The curves as a picture: misses (clean) against false alarms an hour, with the ears' confirmation where they were asked.
pub fn svg(figures: &[PhraseFigures]) -> String {
    const COLOURS: [&str; 6] = ["#c0392b", "#2980b9", "#27ae60", "#8e44ad", "#d35400", "#7f8c8d"];
    let x = |rate: f64| 60.0 + 120.0 * (rate.max(0.03).log10() - 0.03_f64.log10());
    let y = |share: f64| 320.0 - 290.0 * share;
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 380\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"640\" height=\"380\" fill=\"#fff\"/>\n<path d=\"M60 30V320H560\" fill=\"none\" stroke=\"#000\"/>\n",
    );
    for rate in [0.1, 1.0, 10.0, 100.0] {
        let _ = writeln!(svg, "<text x=\"{:.0}\" y=\"338\">{rate}</text>", x(rate));
    }
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let _ = writeln!(svg, "<text x=\"20\" y=\"{:.0}\">{:.0} %</text>", y(share) + 4.0, share * 100.0);
    }
    svg.push_str("<text x=\"250\" y=\"365\">false alarms an hour</text>\n<text x=\"20\" y=\"20\">missed</text>\n");
    for (at, figures) in figures.iter().enumerate() {
        let colour = COLOURS[at % COLOURS.len()];
        for (curve, dash) in [(&figures.spotter, " stroke-dasharray=\"4\""), (&figures.confirmed, "")] {
            let line: String = curve.iter().fold(String::new(), |mut line, point| {
                let _ = write!(line, "{:.0},{:.0} ", x(point.per_hour), y(point.missed));
                line
            });
            let _ = writeln!(svg, "<polyline points=\"{line}\" fill=\"none\" stroke=\"{colour}\"{dash}/>");
        }
        let _ = writeln!(svg, "<text x=\"480\" y=\"{}\" fill=\"{colour}\">{}</text>", 40 + 16 * at, figures.phrase);
    }
    svg.push_str("<text x=\"480\" y=\"150\">dashed: spotter alone</text>\n</svg>\n");
    svg
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
        assert_eq!((alone.missed, alone.alarms), (0.5, 2));
        let sure = point(&all, 0.3, 1.0, |moment| moment.confirmed == Some(true));
        assert_eq!((sure.missed, sure.alarms), (0.0, 1));
    }
}
