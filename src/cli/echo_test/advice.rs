//! The advice about an echo, from its measurements.

use serde::Serialize;

use super::acoustics::EchoAcoustics;
use super::trial::{CancellerTrial, heard_voices};
use crate::config::echo::Canceller;
use crate::config::{BargeInConfig, BargeMode, Config};

/// Echo return loss in decibels from which on there is no echo, as in `worker/convergence.rs`.
const NO_ECHO: f32 = 35.0;
/// Settings of barge-in that are tried, each stricter than the one before: probability and milliseconds.
const BARS: [(f32, u64); 4] = [(0.7, 96), (0.8, 96), (0.8, 160), (0.9, 224)];

/// The verdict on an echo, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EchoVerdict {
    /// Nothing of golem's voice comes back that could interrupt it.
    NoEcho,
    /// The canceller removes it.
    Cancelled,
    /// The canceller removes it if barge-in asks for more voice.
    Stricter,
    /// Golem does not interrupt itself, and hardly hears others over its voice.
    Deaf,
    /// It cannot be distinguished from people.
    HalfDuplex,
}

/// The advice.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EchoAdvice {
    /// The verdict.
    pub verdict: EchoVerdict,
    /// The advice in a sentence or two.
    pub sentence: String,
    /// Lines of config; empty where nothing is to be changed.
    pub settings: Vec<String>,
}

/// The advice from `trials`, one of them without a canceller, with the settings of `config`. `seconds` is how long
/// golem spoke. Where no voice may interrupt golem, it is about what would happen if one could.
pub fn advise(acoustics: &EchoAcoustics, trials: &[CancellerTrial], config: &Config, seconds: f64) -> EchoAdvice {
    if config.barge_in.mode != BargeMode::Off {
        return judged(acoustics, trials, config, seconds);
    }
    let barge_in = BargeInConfig { mode: BargeMode::Judge, ..config.barge_in.clone() };
    let open = judged(acoustics, trials, &Config { barge_in, ..config.clone() }, seconds);
    if !matches!(open.verdict, EchoVerdict::Cancelled | EchoVerdict::Stricter) {
        return EchoAdvice { settings: Vec::new(), ..open };
    }
    EchoAdvice {
        sentence:
            "Golem finishes its replies, because barge_in.mode is off. Its own voice would not interrupt it here, so \
                   that people could: with this setting their voices would."
                .into(),
        settings: std::iter::once("barge_in.mode = \"judge\"".to_owned()).chain(open.settings).collect(),
        ..open
    }
}

/// The advice with the settings of `config`, under which voices may interrupt golem.
fn judged(acoustics: &EchoAcoustics, trials: &[CancellerTrial], config: &Config, seconds: f64) -> EchoAdvice {
    let used = config.echo.canceller.resolved();
    let of = |canceller: Canceller| trials.iter().find(|trial| trial.canceller == canceller);
    let silent = of(Canceller::Off).is_some_and(|bare| cuts(bare, config) == 0);
    let faint = acoustics.loss_db.is_none_or(|loss| loss >= NO_ECHO);
    if silent && (faint || used == Canceller::Off) {
        let sentence = no_echo(faint, used).into();
        return EchoAdvice { verdict: EchoVerdict::NoEcho, sentence, settings: Vec::new() };
    }
    // Try the canceller in use first, and another canceller before stricter barge-in.
    let mut order: Vec<&CancellerTrial> =
        [used, Canceller::Sonora, Canceller::Aec3].into_iter().filter_map(of).collect();
    order.retain(|trial| trial.canceller != Canceller::Off);
    order.dedup_by_key(|trial| trial.canceller);
    let own = of(used).map_or(0, |trial| cuts(trial, config));
    let chosen = bars(&config.barge_in).into_iter().find_map(|bar| {
        let config = Config { barge_in: bar.clone(), ..config.clone() };
        order
            .iter()
            .find(|trial| cuts(trial, &config) == 0)
            .map(|trial| (trial.canceller, bar, trial.found(&config), trial.voices))
    });
    match chosen {
        Some((canceller, bar, found, voices)) if voices == 0 || 2 * found >= voices => {
            let same = bar == config.barge_in;
            let settings = changed(config, canceller, &bar);
            let sentence = if own == 0 && settings.is_empty() {
                "The echo canceller takes golem's voice out of what the microphone hears: golem did not interrupt itself, and \
                 can be interrupted."
                    .into()
            } else {
                format!(
                    "With its present settings golem would have interrupted itself {} in {seconds:.0} s; with these it would not \
                     have.",
                    times(own)
                )
            };
            let verdict = if same { EchoVerdict::Cancelled } else { EchoVerdict::Stricter };
            EchoAdvice { verdict, sentence, settings }
        }
        Some((canceller, bar, found, voices)) => EchoAdvice {
            verdict: EchoVerdict::Deaf,
            sentence: format!(
                "Golem does not interrupt itself, and would hardly hear a quiet voice over its own ({found} of {voices} here): \
                 speak up to interrupt it, use headphones, or lower the volume and type golem echo-test again."
            ),
            settings: changed(config, canceller, &bar),
        },
        None => EchoAdvice {
            verdict: EchoVerdict::HalfDuplex,
            sentence: "The echo cannot be distinguished from a person here: use headphones, or lower the volume and type golem \
                       echo-test again. With this setting golem finishes its replies until a key interrupts it (half duplex)."
                .into(),
            settings: changed(config, used, &BargeInConfig { mode: BargeMode::Off, ..config.barge_in.clone() }),
        },
    }
}

/// The sentence where nothing interrupts golem without the canceller; `faint` says that no echo, or hardly any, came
/// back. It recommends no setting: a muted loudspeaker gives the same result as headphones, and headphones are taken
/// off.
fn no_echo(faint: bool, used: Canceller) -> &'static str {
    match (faint, used) {
        (false, _) => {
            "Golem's voice came back to the microphone and did not interrupt golem, although its echo canceller is off."
        }
        (true, Canceller::Off) => {
            "Nothing of golem's voice came back to the microphone that could interrupt it, as with headphones. If you \
             use loudspeakers, check that they sound; golem then needs its echo canceller, unless the sound system has \
             one: echo.canceller = \"auto\"."
        }
        (true, _) => {
            "Nothing of golem's voice came back to the microphone that could interrupt it, as with headphones. The \
             echo canceller can stay on: it works only while golem speaks. If you use loudspeakers, check that they \
             sound."
        }
    }
}

/// How often golem would have silenced itself.
fn cuts(trial: &CancellerTrial, config: &Config) -> usize {
    heard_voices(&trial.alone, config, &[]).cuts.len()
}

/// The settings of barge-in, and stricter ones.
fn bars(config: &BargeInConfig) -> Vec<BargeInConfig> {
    let higher = BARS.into_iter().filter(|(threshold, ms)| {
        *threshold >= config.threshold
            && *ms >= config.clean_cut_ms
            && (*threshold, *ms) != (config.threshold, config.clean_cut_ms)
    });
    let higher = higher.map(|(threshold, clean_cut_ms)| BargeInConfig { threshold, clean_cut_ms, ..config.clone() });
    std::iter::once(config.clone()).chain(higher).collect()
}

/// The lines by which the config changes.
fn changed(config: &Config, canceller: Canceller, bar: &BargeInConfig) -> Vec<String> {
    let mut lines = Vec::new();
    if canceller != config.echo.canceller.resolved() {
        lines.push(format!("echo.canceller = \"{canceller}\""));
    }
    let own = &config.barge_in;
    if bar.mode != own.mode && bar.mode == BargeMode::Off {
        lines.push("barge_in.mode = \"off\"".into());
    }
    if (bar.threshold - own.threshold).abs() > 1e-6 {
        lines.push(format!("barge_in.threshold = {}", bar.threshold));
    }
    if bar.clean_cut_ms != own.clean_cut_ms {
        lines.push(format!("barge_in.clean_cut_ms = {}", bar.clean_cut_ms));
    }
    lines
}

fn times(count: usize) -> String {
    match count {
        1 => "once".into(),
        2 => "twice".into(),
        _ => format!("{count} times"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::echo::EchoConfig;
    use crate::message::EchoState;
    use crate::signal::frame::FRAME;
    use crate::worker::vad::VadFrame;

    /// A trial in which frames of golem alone have the probabilities `own`, and frames with the person's voice `voice`.
    fn trial(canceller: Canceller, own: &[f32], voice: f32) -> CancellerTrial {
        let frame = |probability: &f32| VadFrame {
            frame: Box::new([0.0; FRAME]),
            probability: *probability,
            level: -40.0,
            echo: if canceller == Canceller::Off { EchoState::Absent } else { EchoState::Cancelled },
            called: false,
            sides: None,
        };
        let mut mixed = vec![0.0; 60];
        mixed[30..50].fill(voice);
        CancellerTrial {
            canceller,
            suppression_db: None,
            converged_s: None,
            state: EchoState::Cancelled,
            own_ducks: 0,
            own_cuts: 0,
            voice_db: None,
            voices_found: 0,
            voices: 1,
            alone: own.iter().map(frame).collect(),
            mixed: mixed.iter().map(frame).collect(),
            spoken: std::iter::once(30..50).collect(),
        }
    }

    fn advice(off: &[f32], auto: &[f32], other: &[f32], voice: f32) -> EchoAdvice {
        let trials = [
            trial(Canceller::Sonora, other, voice),
            trial(Canceller::Aec3, auto, voice),
            trial(Canceller::Off, off, voice),
        ];
        let acoustics = EchoAcoustics { loss_db: Some(12.0), ..EchoAcoustics::default() };
        advise(&acoustics, &trials, &Config::default(), 10.0)
    }

    #[test]
    fn a_good_canceller_needs_nothing() {
        let advice = advice(&[0.9; 60], &[0.0; 60], &[0.0; 60], 0.95);
        assert_eq!((advice.verdict, advice.settings.len()), (EchoVerdict::Cancelled, 0));
    }

    #[test]
    fn the_other_canceller_is_tried_before_a_higher_bar() {
        let other = advice(&[0.9; 60], &[0.9; 60], &[0.0; 60], 0.95);
        assert_eq!(
            (other.verdict, other.settings),
            (EchoVerdict::Cancelled, vec!["echo.canceller = \"sonora\"".to_string()])
        );
        assert!(other.sentence.contains("would have interrupted itself"), "{}", other.sentence);
        let higher = advice(&[0.9; 60], &[0.65; 60], &[0.65; 60], 0.95);
        assert_eq!(higher.verdict, EchoVerdict::Stricter);
        assert_eq!(higher.settings, ["barge_in.threshold = 0.7", "barge_in.clean_cut_ms = 96"]);
    }

    #[test]
    fn an_echo_like_a_person_asks_for_headphones_and_one_that_hides_people_says_so() {
        let half = advice(&[0.95; 60], &[0.95; 60], &[0.95; 60], 0.95);
        assert_eq!(
            (half.verdict, half.settings),
            (EchoVerdict::HalfDuplex, vec!["barge_in.mode = \"off\"".to_string()])
        );
        assert!(half.sentence.contains("headphones"), "{}", half.sentence);
        let deaf = advice(&[0.95; 60], &[0.0; 60], &[0.0; 60], 0.2);
        assert_eq!((deaf.verdict, deaf.settings.len()), (EchoVerdict::Deaf, 0));
    }

    #[test]
    fn where_voices_may_not_interrupt_golem_it_is_said_whether_they_could() {
        let barge_in = BargeInConfig { mode: BargeMode::Off, ..BargeInConfig::default() };
        let config = Config { barge_in, ..Config::default() };
        let acoustics = EchoAcoustics { loss_db: Some(12.0), ..EchoAcoustics::default() };
        let advice = |own: f32| {
            let trials = [trial(Canceller::Aec3, &[own; 60], 0.95), trial(Canceller::Off, &[0.95; 60], 0.95)];
            advise(&acoustics, &trials, &config, 10.0)
        };
        let (clean, echo) = (advice(0.0), advice(0.95));
        assert_eq!(
            (clean.verdict, clean.settings.join("\n")),
            (EchoVerdict::Cancelled, "barge_in.mode = \"judge\"".into())
        );
        assert_eq!((echo.verdict, echo.settings.len()), (EchoVerdict::HalfDuplex, 0), "it is set already");
    }

    #[test]
    fn without_an_echo_no_setting_changes_since_a_muted_loudspeaker_looks_like_headphones() {
        let trials = [trial(Canceller::Aec3, &[0.0; 60], 0.95), trial(Canceller::Off, &[0.0; 60], 0.95)];
        let advice = |canceller, loss_db| {
            let echo = EchoConfig { canceller, ..EchoConfig::default() };
            let acoustics = EchoAcoustics { loss_db, ..EchoAcoustics::default() };
            advise(&acoustics, &trials, &Config { echo, ..Config::default() }, 10.0)
        };
        for canceller in [Canceller::Auto, Canceller::Off] {
            for loss in [None, Some(NO_ECHO)] {
                let faint = advice(canceller, loss);
                assert_eq!((faint.verdict, faint.settings.len()), (EchoVerdict::NoEcho, 0), "{canceller}, {loss:?}");
                assert!(faint.sentence.contains("check that they sound"), "{}", faint.sentence);
            }
        }
        let harmless = advice(Canceller::Off, Some(12.0));
        assert_eq!((harmless.verdict, harmless.settings.len()), (EchoVerdict::NoEcho, 0));
        assert!(harmless.sentence.starts_with("Golem's voice came back"), "{}", harmless.sentence);
    }

    #[test]
    fn the_lines_are_config_as_golem_reads_it() {
        let bar = BargeInConfig { threshold: 0.8, clean_cut_ms: 160, mode: BargeMode::Off, ..BargeInConfig::default() };
        let lines = changed(&Config::default(), Canceller::Sonora, &bar).join("\n");
        let config: Config = toml::from_str(&lines).unwrap();
        assert_eq!((config.echo.canceller, config.barge_in), (Canceller::Sonora, bar));
    }
}
