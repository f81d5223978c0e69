//! `golem echo-test`: the echo of golem's own voice in its microphone, and the settings that suit it.
//!
//! The loudspeaker plays a sweep, two sentences and the sweep again while the microphone records. The sweeps give the
//! acoustics. The sentences are heard as a live golem would hear them, with each canceller in turn.

mod acoustics;
mod advice;
mod pair;
mod picture;
mod play;
mod report;
mod trial;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, bail, ensure};
use clap::Args;

use self::acoustics::{EchoAcoustics, REVERBERATES};
use self::pair::EchoPair;
use self::picture::PictureStyle;
use self::play::EchoRecording;
use self::report::EchoReport;
use self::trial::TrialListener;
use crate::config::echo::Canceller;
use crate::config::speech_engine::TtsEngine;
use crate::config::{Config, TtsConfig};
use crate::engine::registry::{self, Files};
use crate::engine::{Synthesizer, delivery};
use crate::phrases::{Language, Phrase};
use crate::runtime::assembly::files;
use crate::signal::echo::EchoSpec;
use crate::signal::frame::{FRAME, RATE};
use crate::signal::resample::resample;
use crate::signal::sweep::sweep;
use crate::turn::Ticket;

/// The sentences that golem says: as long as a reply, with many different sounds.
const SENTENCES: [Phrase; 2] = [Phrase::EchoTestVoice, Phrase::EchoTestPatience];
/// The words that a person says over them, in another voice.
const OVER_IT: &str = "Wait, please stop.";
const OTHER_VOICE: &str = "en-gb-scotland";
/// Silence before the first sweep, for the room's noise, in samples: 1 s.
const BEFORE: usize = RATE as usize;
/// Silence between two sentences, in samples.
const BETWEEN: usize = RATE as usize / 4;
/// Level in decibels below full scale. A microphone that never gets louder is off or muted.
const DEAD: f32 = -90.0;
/// Least length of a recording, in samples: 2 s.
const SHORTEST: usize = 2 * RATE as usize;

const EXAMPLES: &str = "\
Examples:
  golem echo-test                             plays for half a minute; Ctrl-C ends it
  golem echo-test --output room.wav           also keeps what was heard
  golem echo-test --input room.wav            the same recording again, with other settings
  golem --set audio.output=USB echo-test      another loudspeaker
  golem echo-test --echo office,-12dB,drift=100ppm
                                              a simulated room, without devices";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct EchoTestArgs {
    /// Analyse a WAV file of two channels, the microphone and what was played, instead of playing
    #[arg(long, value_name = "FILE", conflicts_with = "room")]
    input: Option<PathBuf>,
    /// Keep what was heard and played as such a file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Simulate a room instead of playing, such as office,-12dB,drift=100ppm,clip,move,slip,delay=90ms; there are booth, bedroom,
    /// office, kitchen and hall
    #[arg(long = "echo", value_name = "ROOM[,-12dB…]")]
    room: Option<EchoSpec>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Tests and prints.
///
/// # Errors
/// When a device, a file or an engine cannot be used, or the microphone heard nothing.
pub fn run(args: &EchoTestArgs, config: &Config) -> Result<()> {
    let files = files(config);
    let stop = super::interrupted();
    let Some(EchoRecording { pair, microphone, loudspeaker }) = recording(args, config, &files, &stop)? else {
        eprintln!("golem: the test was ended before it was over");
        return Ok(());
    };
    if let Some(path) = &args.output {
        pair.write(path)?;
    }
    let Some((acoustics, cancellers, speech_s)) = hear(&pair, config, &files, &stop)? else { return Ok(()) };
    let named = |name: String| Some(name).filter(|name| !name.is_empty());
    let advice = advice::advise(&acoustics, &cancellers, config, speech_s);
    let (microphone, loudspeaker) = (named(microphone), named(loudspeaker));
    let report = EchoReport { microphone, loudspeaker, acoustics, speech_s, cancellers, advice };
    if args.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print!("{}", report.text(PictureStyle::of(|name| std::env::var(name).ok())));
    }
    Ok(())
}

/// The recording to analyse: from a file, from a simulated room, or from the devices.
fn recording(args: &EchoTestArgs, config: &Config, files: &Files, stop: &AtomicBool) -> Result<Option<EchoRecording>> {
    let without_devices =
        |pair| Ok(Some(EchoRecording { pair, microphone: String::new(), loudspeaker: String::new() }));
    if let Some(path) = &args.input {
        return without_devices(EchoPair::read(path)?);
    }
    let language = Language::or_english(&config.tts.language);
    let programme = programme(registry::voice(&config.tts, files)?.engine.as_mut(), language)?;
    if let Some(room) = args.room {
        return without_devices(EchoPair::simulated(programme, room));
    }
    eprintln!("golem plays and listens for {} s: please be quiet meanwhile", programme.len() / RATE as usize);
    play::record(&programme, config, stop)
}

/// The acoustics and the trials of a recording, and the seconds for which golem speaks in it; `None` where `stop` ended
/// it.
fn hear(
    pair: &EchoPair,
    config: &Config,
    files: &Files,
    stop: &AtomicBool,
) -> Result<Option<(EchoAcoustics, Vec<trial::CancellerTrial>, f64)>> {
    ensure!(pair.heard.len() >= SHORTEST, "the recording is too short: two seconds are needed, twenty are better");
    let acoustics = EchoAcoustics::of(pair);
    if acoustics.loudest_db < DEAD {
        bail!(
            "the microphone heard nothing: it is muted or not connected; unmute it: pactl set-source-mute @DEFAULT_SOURCE@ 0, \
             or alsamixer"
        );
    }
    let spoken = |samples: &[f32]| samples[acoustics.speech.clone()].to_vec();
    let speech = EchoPair { heard: spoken(&pair.heard), played: spoken(&pair.played) };
    let vad = || registry::vad(files);
    let ear = TrialListener::new(config, &vad, &voice_over_it(files)?);
    let mut trials = Vec::new();
    for canceller in [Canceller::Sonora, Canceller::Aec3, Canceller::Off] {
        if stop.load(Ordering::SeqCst) {
            return Ok(None);
        }
        trials.push(ear.hear(&speech, canceller, acoustics.noise_db)?);
    }
    #[allow(clippy::cast_precision_loss)] // minutes
    let seconds = (speech.heard.len() / FRAME * FRAME) as f64 / f64::from(RATE);
    Ok(Some((acoustics, trials, seconds)))
}

/// The programme, at 16 kHz: silence, a sweep, golem's sentences, a sweep, each with time to die away.
fn programme(voice: &mut dyn Synthesizer, language: Language) -> Result<Vec<f32>> {
    let mut sound = vec![0.0; BEFORE];
    sound.extend(sweep());
    sound.extend(std::iter::repeat_n(0.0, REVERBERATES));
    for sentence in SENTENCES {
        sound.extend(spoken(voice, &sentence.say(language))?);
        sound.extend(std::iter::repeat_n(0.0, BETWEEN));
    }
    sound.extend(std::iter::repeat_n(0.0, BETWEEN));
    sound.extend(sweep());
    sound.extend(std::iter::repeat_n(0.0, REVERBERATES));
    Ok(sound)
}

/// The voice of a person who speaks over golem: espeak-ng, which is always there.
fn voice_over_it(files: &Files) -> Result<Vec<f32>> {
    let config = TtsConfig { engine: TtsEngine::Espeak, voice: OTHER_VOICE.into(), ..TtsConfig::default() };
    spoken(registry::voice(&config, files)?.engine.as_mut(), OVER_IT)
}

fn spoken(voice: &mut dyn Synthesizer, text: &str) -> Result<Vec<f32>> {
    let speech = delivery::speak(voice, text, &Ticket::standing())?;
    Ok(resample(&speech.samples, speech.timing.rate, RATE))
}
