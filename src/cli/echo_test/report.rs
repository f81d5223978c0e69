//! The report of an echo test: lines, a table and pictures for people, JSON for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::acoustics::EchoAcoustics;
use super::advice::EchoAdvice;
use super::picture::{COLUMNS, PictureStyle, picture};
use super::trial::CancellerTrial;
use crate::config::echo::Canceller;
use crate::message::EchoState;
use crate::signal::frame::RATE;

/// Samples in a column of the picture of the response, 2.5 ms; and columns before the arrival.
const STEP: usize = RATE as usize / 400;
const BEFORE: usize = 4;
/// Band of the picture of the spectrum, in hertz.
const BAND: (f64, f64) = (100.0, 7_500.0);

/// The results of an echo test.
#[derive(Debug, Serialize)]
pub struct EchoReport {
    /// The devices; `None` for a file and for a simulation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub microphone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loudspeaker: Option<String>,
    #[serde(flatten)]
    pub acoustics: EchoAcoustics,
    /// Seconds in which golem speaks.
    pub speech_s: f64,
    /// The trial of each canceller; the last is of the microphone without one.
    pub cancellers: Vec<CancellerTrial>,
    pub advice: EchoAdvice,
}

impl EchoReport {
    /// The report for people, 80 columns wide.
    pub fn text(&self, style: PictureStyle) -> String {
        let mut text = String::new();
        for (name, value) in self.lines() {
            let _ = writeln!(text, "{name:<22}{value}");
        }
        let _ = writeln!(
            text,
            "\n{:<10}{:>10}{:>13}{:>13}{:>12}{:>13}",
            "canceller", "taken out", "15 dB after", "cuts itself", "voice kept", "voice heard"
        );
        for trial in &self.cancellers {
            let _ = writeln!(text, "{}", row(trial));
        }
        if let Some(trial) = self.cancellers.first() {
            let _ = writeln!(
                text,
                "(golem spoke for {:.0} s; a quiet voice was mixed in {} times afterwards)",
                self.speech_s, trial.voices
            );
        }
        text.push_str(&self.pictures(style));
        let _ = writeln!(text, "\n{}", wrapped(&self.advice.sentence));
        match self.advice.settings.as_slice() {
            [] => text.push_str("No setting is to be changed.\n"),
            settings => {
                let _ = writeln!(text, "\nAt the top of the config (golem config path):\n");
                for line in settings {
                    let _ = writeln!(text, "  {line}");
                }
            }
        }
        text
    }

    /// The measurements, by name.
    fn lines(&self) -> Vec<(&'static str, String)> {
        let found = &self.acoustics;
        let or = |value: Option<String>, other: &str| value.unwrap_or_else(|| other.into());
        let mut lines = Vec::new();
        lines.extend(self.microphone.clone().map(|name| ("microphone", name)));
        lines.extend(self.loudspeaker.clone().map(|name| ("loudspeaker", name)));
        let none = "no echo stands out of the noise";
        lines.push(("delay", or(found.delay_ms.map(|ms| format!("{ms:.1} ms")), none)));
        lines.push(("echo return loss", or(found.loss_db.map(|db| format!("{db:.1} dB")), none)));
        let unknown = "not measurable";
        lines.push(("reverberation (T60)", or(found.reverberation_s.map(|s| format!("{s:.2} s")), unknown)));
        lines.push(("clock drift", or(found.drift_ppm.map(|ppm| format!("{ppm:+.0} ppm")), unknown)));
        let distortion = found.distortion_percent.map(|percent| {
            let high = if percent > 3.0 { ", a loudspeaker that is driven too hard: lower the volume" } else { "" };
            format!("{percent:.1} %{high}")
        });
        lines.push(("distortion", or(distortion, unknown)));
        let clipping = match found.clipped_percent {
            percent if percent <= 0.0 => "none".into(),
            percent => format!("{percent:.3} % of the samples: lower the microphone, pavucontrol or alsamixer"),
        };
        lines.push(("clipping", clipping));
        lines.push(("room without echo", format!("{:.0} dB below full scale", -found.noise_db)));
        lines
    }

    /// The impulse response and the spectrum of the echo, where there is one.
    fn pictures(&self, style: PictureStyle) -> String {
        let found = &self.acoustics;
        let Some((response, arrival)) =
            found.response.as_ref().and_then(|response| Some((response, response.arrival()?)))
        else {
            return String::new();
        };
        let begin = arrival.saturating_sub(BEFORE * STEP);
        #[allow(clippy::cast_precision_loss)] // a second of samples
        let ms = |column: usize| format!("{:.0} ms", ((begin + column * STEP) * 1_000) as f64 / f64::from(RATE));
        let marks = [0, 20, 40, 60].map(|column| (column, ms(column)));
        let levels = response.envelope(begin, STEP, COLUMNS);
        let response_picture = picture(&levels, (-48.0, 0.0), &marks, style);
        let bands = response.bands(BAND.0, BAND.1, COLUMNS);
        let top = bands.iter().copied().fold(-90.0, f32::max).ceil();
        let column = |hertz: f64| {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
            // in the band
            let at = ((hertz / BAND.0).ln() / (BAND.1 / BAND.0).ln() * COLUMNS as f64) as usize;
            at
        };
        let marks = [(100.0, "100 Hz"), (300.0, "300"), (1_000.0, "1 kHz"), (3_000.0, "3"), (7_000.0, "7")];
        let marks: Vec<_> = marks.into_iter().map(|(hertz, name)| (column(hertz), name.to_string())).collect();
        let spectrum = picture(&bands, (top - 36.0, top), &marks, style);
        format!(
            "\nThe impulse response, from just before the echo arrives:\n{response_picture}\nWhat comes back of each \
             frequency:\n{spectrum}"
        )
    }
}

fn row(trial: &CancellerTrial) -> String {
    let db = |value: Option<f32>| value.map_or_else(|| "-".into(), |db| format!("{db:.1} dB"));
    let name = if trial.canceller == Canceller::Off { "none".into() } else { trial.canceller.to_string() };
    let seconds = trial.converged_s.map_or_else(|| "-".into(), |seconds| format!("{seconds:.1} s"));
    let leaks = if trial.state == EchoState::Leaking { "  leaks" } else { "" };
    format!(
        "{name:<10}{:>10}{seconds:>13}{:>13}{:>12}{:>13}{leaks}",
        db(trial.suppression_db),
        trial.own_cuts,
        db(trial.voice_db),
        format!("{} of {}", trial.voices_found, trial.voices),
    )
}

/// A text in lines of at most 80 columns.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= 80 {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.into());
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::echo_test::advice::EchoVerdict;
    use crate::cli::echo_test::pair::EchoPair;
    use crate::signal::sweep::sweep;

    #[test]
    fn a_report_fits_eighty_columns_and_says_what_to_paste() {
        let mut played = sweep();
        played.extend(vec![0.0; 30_000]);
        let acoustics = EchoAcoustics::of(&EchoPair::simulated(played, "office,-12dB,delay=90ms".parse().unwrap()));
        let trial = CancellerTrial {
            canceller: Canceller::Sonora,
            suppression_db: Some(31.25),
            converged_s: Some(0.5),
            state: EchoState::Leaking,
            own_ducks: 2,
            own_cuts: 1,
            voice_db: Some(-4.0),
            voices_found: 2,
            voices: 3,
            alone: Vec::new(),
            mixed: Vec::new(),
            spoken: Vec::new(),
        };
        let advice = EchoAdvice {
            verdict: EchoVerdict::Stricter,
            sentence: "A sentence that is long enough to be longer than one line of eighty columns, and then more."
                .into(),
            settings: vec!["barge_in.threshold = 0.8".into()],
        };
        let report = EchoReport {
            microphone: Some("Built-in Audio".into()),
            loudspeaker: None,
            acoustics,
            speech_s: 9.6,
            cancellers: vec![trial],
            advice,
        };
        for style in [PictureStyle::Blocks, PictureStyle::Plain] {
            let text = report.text(style);
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
            for part in ["91.", "12.", "31.2 dB", "2 of 3", "leaks", "  barge_in.threshold = 0.8", "1 kHz", "Built-in"]
            {
                assert!(text.contains(part), "{part} in {text}");
            }
        }
        let json = serde_json::to_value(&report).unwrap();
        assert!((json["delay_ms"].as_f64().unwrap() - 91.7).abs() < 1.0);
        assert_eq!(
            (&json["advice"]["verdict"], &json["cancellers"][0]["state"]),
            (&"stricter".into(), &"leaking".into())
        );
        assert!(json.get("loudspeaker").is_none() && json.get("response").is_none());
    }
}
