//! The voices, where their data and models are installed.

use std::path::{Path, PathBuf};
use std::time::Instant;

use golem::config::TtsConfig;
use golem::engine::delivery::{self, Delivery};
use golem::engine::espeak::{self, Espeak};
use golem::engine::kokoro::{self, Kokoro};
use golem::engine::piper::Piper;
use golem::engine::registry::{self, Files};
use golem::engine::{EngineError, Speech, Synthesizer};
use golem::turn::{Ticket, TurnClock};

fn runtime() -> PathBuf {
    PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".local/share/golem/runtime")
}

/// The voice `voice`, or nothing where espeak-ng's data is not installed.
fn espeak(voice: &str) -> Option<Espeak> {
    let Some(data) = espeak::find_data(&[runtime()]) else {
        println!("skipped: no espeak-ng-data installed");
        return None;
    };
    Some(Espeak::open(&data, &TtsConfig { voice: voice.into(), ..TtsConfig::default() }).expect("the voice opens"))
}

fn say(voice: &mut impl Synthesizer, text: &str) -> Speech {
    voice.speak(text, &Ticket::standing()).expect("it speaks")
}

fn seconds(speech: &Speech) -> f64 {
    f64::from(u32::try_from(speech.samples.len()).expect("a clause is short")) / f64::from(speech.timing.rate)
}

fn ends(speech: &Speech, text: &str) -> Vec<String> {
    speech.timing.words.iter().map(|word| text[..word.text_end].to_string()).collect()
}

#[test]
fn espeak_speaks_and_tells_where_words_end() {
    let Some(mut voice) = espeak("en-us") else { return };
    let text = "Hello there, the kettle is on.";
    let speech = say(&mut voice, text);
    assert_eq!(speech.timing.rate, 22_050);
    assert_eq!(speech.timing.samples, speech.samples.len() as u64);
    assert_eq!(
        ends(&speech, text),
        [
            "Hello",
            "Hello there",
            "Hello there, the",
            "Hello there, the kettle",
            "Hello there, the kettle is",
            &text[..29]
        ]
    );
    let rising = speech.timing.words.windows(2).all(|pair| pair[0].sample_end < pair[1].sample_end);
    assert!(rising && speech.timing.words[5].sample_end < speech.timing.samples, "{:?}", speech.timing);
    let seconds = seconds(&speech);
    assert!((1.0..4.0).contains(&seconds), "{seconds} s");
    let first = speech.samples.iter().position(|sample| sample.abs() > 0.003).expect("it sounds");
    assert!(first <= 22_050 * 50 / 1000, "{first} samples of silence before the voice");
    assert!(speech.samples.iter().all(|sample| sample.abs() <= 1.0));
}

#[test]
fn words_of_other_scripts_end_on_their_bytes() {
    let Some(mut voice) = espeak("en") else { return };
    let text = "Привет, чайник кипит.";
    assert_eq!(ends(&say(&mut voice, text), text), ["Привет", "Привет, чайник", "Привет, чайник кипит"]);
    let text = "About 1,250.5 euros — naïve, don't you think?";
    let speech = say(&mut voice, text);
    let last = |end: String| end.rsplit(' ').next().map(str::to_string);
    let words: Vec<String> = ends(&speech, text).into_iter().filter_map(last).collect();
    assert_eq!(words, ["About", "1,250.5", "euros", "naïve", "don't", "you", "think"]);
}

#[test]
fn speed_changes_the_length() {
    let Some(mut slow) = espeak("en") else { return };
    let data = espeak::find_data(&[runtime()]).expect("it was there");
    let mut fast = Espeak::open(&data, &TtsConfig { speed: 2.0, ..TtsConfig::default() }).expect("the voice opens");
    let text = "The quick brown fox jumps over the lazy dog.";
    let (slow, fast) = (say(&mut slow, text).samples.len(), say(&mut fast, text).samples.len());
    assert!(fast * 3 < slow * 2, "{fast} against {slow}");
}

#[test]
fn a_stale_ticket_ends_speech_early() {
    let Some(mut voice) = espeak("en") else { return };
    let text = "A very long sentence that goes on and on. ".repeat(20);
    let clock = TurnClock::new();
    let ticket = clock.ticket(1);
    clock.raise(2);
    let cut = voice.speak(&text, &ticket).expect("it stops");
    assert!(cut.samples.len() < 22_050, "{} samples after the stop", cut.samples.len());
    assert!(say(&mut voice, "And on.").samples.len() > 5_000, "it speaks again after a stop");
}

#[test]
fn odd_texts_are_spoken_without_harm() {
    let Some(mut voice) = espeak("en") else { return };
    for text in
        ["", " ", "…", "\0", "a\0b", "<speak>", "[[hello]]", "(((", "今日は", "😀", &"x".repeat(5000), "ок and ok"]
    {
        let speech = say(&mut voice, text);
        assert!(speech.timing.words.iter().all(|word| text.is_char_boundary(word.text_end)), "{text:?}");
    }
}

#[test]
fn phonemes_and_speech_alternate_in_one_process() {
    let Some(mut voice) = espeak("en-us") else { return };
    let before = say(&mut voice, "one two three").samples.len();
    for _ in 0..3 {
        let golem = espeak::phonemes("golem", "en-us").expect("phonemes");
        assert!(golem.contains(['ɡ', 'm']), "{golem}");
        let russian = espeak::phonemes("чайник", "ru").expect("phonemes");
        assert!(russian.contains("nʲ"), "{russian}");
        let after = say(&mut voice, "one two three").samples.len();
        assert!(before.abs_diff(after) < before / 20, "{before} then {after}");
    }
    let sentence = espeak::phonemes("Well, is it on? It is: ask Dr. Smith (\"now\"). Yes", "en-us").expect("phonemes");
    let marks: String = sentence.chars().filter(char::is_ascii_punctuation).collect();
    assert_eq!(marks, ",?:.", "{sentence}");
    let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(|| espeak::phonemes("a test", "en-us"))).collect();
    for thread in threads {
        assert!(thread.join().expect("no panic").expect("phonemes").contains("tˈɛst"));
    }
}

#[test]
fn british_voices_have_their_variants() {
    let (Some(mut plain), Some(mut variant)) = (espeak("en-gb"), espeak("en-gb+f2")) else { return };
    let text = "Good morning.";
    assert_ne!(say(&mut plain, text).samples, say(&mut variant, text).samples);
}

#[test]
fn a_missing_voice_says_so() {
    let Some(mut voice) = espeak("en") else { return };
    let data = espeak::find_data(&[runtime()]).expect("it was there");
    let error = Espeak::open(&data, &TtsConfig { voice: "klingonese".into(), ..TtsConfig::default() })
        .expect_err("no such voice");
    assert!(error.to_string().contains("klingonese"), "{error}");
    assert!(!say(&mut voice, "Still here.").samples.is_empty());
    assert!(espeak("en_GB").is_some());
}

#[test]
fn three_seconds_of_espeak_are_quick() {
    let Some(mut voice) = espeak("en-us") else { return };
    let text = "The kettle is on, and the tea will be ready in about five minutes.";
    say(&mut voice, text);
    let start = Instant::now();
    let speech = say(&mut voice, text);
    let seconds = seconds(&speech);
    println!("espeak-ng: {seconds:.2} s of speech in {:.1} ms", start.elapsed().as_secs_f64() * 1000.0);
    assert!(start.elapsed().as_secs_f64() < seconds, "slower than speech");
}

/// The runtime library and a small Piper voice, where both are there.
fn piper_files() -> Option<(PathBuf, PathBuf)> {
    let library = runtime().join("libonnxruntime.so");
    let voice = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/models/piper-micro/voice.onnx");
    if let Some(absent) = [&library, &voice].into_iter().find(|path| !path.is_file()) {
        println!("skipped: no {}", absent.display());
        return None;
    }
    Some((library, voice))
}

fn open(library: &Path, voice: &Path) -> Result<Piper, EngineError> {
    Piper::open(library, voice, &runtime(), &TtsConfig::default())
}

#[test]
fn piper_speaks_alternately_with_espeak() {
    let Some((library, model)) = piper_files() else { return };
    let Some(mut robot) = espeak("en-us") else { return };
    let mut voice = open(&library, &model).expect("the voice opens");
    let text = "The kettle is on, and the tea will be ready in about five minutes.";
    for _ in 0..2 {
        let start = Instant::now();
        let speech = say(&mut voice, text);
        let seconds = seconds(&speech);
        println!("{}: {seconds:.2} s of speech in {:.1} ms", voice.describe(), start.elapsed().as_secs_f64() * 1000.0);
        assert!((0.5..20.0).contains(&seconds), "{seconds} s");
        assert!(speech.samples.iter().all(|sample| sample.abs() <= 1.0));
        assert_eq!(speech.timing.samples, speech.samples.len() as u64);
        assert!(!say(&mut robot, text).samples.is_empty());
    }
    assert!(say(&mut voice, "…").samples.is_empty());
    let fast = TtsConfig { speed: 2.0, ..TtsConfig::default() };
    let mut fast = Piper::open(&library, &model, &runtime(), &fast).expect("the voice opens");
    assert!(say(&mut fast, text).samples.len() < say(&mut voice, text).samples.len());
    for nobody in [
        TtsConfig { speaker: 99_999, ..TtsConfig::default() },
        TtsConfig { voice: "voice#p225".into(), ..TtsConfig::default() },
    ] {
        let refused = Piper::open(&library, &model, &runtime(), &nobody).err().expect("no such speaker");
        assert!(refused.to_string().contains("speaker"), "{refused}");
    }
}

#[test]
fn each_speaker_of_a_piper_voice_speaks_when_asked_for() {
    let Some((library, model)) = piper_files() else { return };
    let mut voice = open(&library, &model).expect("the voice opens");
    let mut of = |speaker: Option<&str>| {
        voice.set_speaker(speaker).expect("it has such a speaker");
        mean_crossings(&say(&mut voice, "The kettle is on.").samples)
    };
    let (usual, low, high) = (of(None), of(Some("low")), of(Some("1")));
    assert!(usual < high && low < high, "speaker 0 is the usual one and lower: {usual} {low} {high}");
    let refused = voice.set_speaker(Some("p225")).expect_err("no such speaker");
    assert!(refused.to_string().contains("has no speaker \"p225\"; write a name such as \"low\""), "{refused}");
}

/// Zero crossings for a sample: higher voices have more.
fn mean_crossings(samples: &[f32]) -> f64 {
    let crossings = samples.windows(2).filter(|pair| pair[0].signum() != pair[1].signum()).count();
    f64::from(u32::try_from(crossings).expect("a clause is short"))
        / f64::from(u32::try_from(samples.len()).expect("short"))
}

#[test]
fn a_speaker_of_a_voice_that_has_one_is_refused_by_every_engine() {
    if espeak("en-us").is_none() {
        return;
    }
    let files = Files { espeak: vec![runtime()], ..Files::default() };
    let named = |voice: &str| registry::voice(&TtsConfig { voice: voice.into(), ..TtsConfig::default() }, &files);
    let refused = named("en-us#p225").err().expect("it has one speaker");
    assert!(refused.to_string().contains("espeak-ng en-us has one speaker"), "{refused}");
    assert_eq!(named("en-us").expect("a voice").engine.describe(), "espeak-ng en-us");
}

#[test]
fn broken_voices_are_refused_with_a_reason() {
    let Some((library, model)) = piper_files() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.onnx");
    let settings = folder.path().join("voice.onnx.json");
    let model_bytes = std::fs::read(&model).expect("the model");
    let settings_bytes = std::fs::read(model.with_extension("onnx.json")).expect("its settings");
    let refused = |what: &str| {
        let error = open(&library, &voice).err().unwrap_or_else(|| panic!("{what} was taken"));
        assert!(error.to_string().len() > 20, "{error}");
        error
    };
    assert!(matches!(refused("nothing"), EngineError::Missing { .. }));
    std::fs::write(&voice, &model_bytes).expect("written");
    assert!(matches!(refused("a voice without settings"), EngineError::Missing { .. }));
    for wrong in [&b"{"[..], b"{}", b"[]", b"\xff\xfe"] {
        std::fs::write(&settings, wrong).expect("written");
        assert!(matches!(refused("wrong settings"), EngineError::Unusable { .. }));
    }
    std::fs::write(&settings, &settings_bytes).expect("written");
    assert!(open(&library, &voice).is_ok());
    for length in [0, 100, model_bytes.len() / 2] {
        std::fs::write(&voice, &model_bytes[..length]).expect("written");
        assert!(matches!(refused("a truncated voice"), EngineError::Unusable { .. }));
    }
    std::fs::write(&voice, &settings_bytes).expect("written");
    assert!(matches!(refused("a text"), EngineError::Unusable { .. }));
}

const LONG: &str = "When the water has boiled, pour it slowly over the leaves, wait until they have sunk to the bottom, \
                    and then drink it while it is hot, for nothing is worse than cold tea.";

/// Samples of the first piece, and of all pieces.
fn pieces(voice: &mut dyn Synthesizer, text: &str) -> (usize, usize) {
    let mut delivery = Delivery::new(voice, text);
    let mut lengths = Vec::new();
    while let Some(piece) = delivery.next(voice, &Ticket::standing()).expect("it speaks") {
        lengths.push(piece.samples.len());
        assert_eq!(piece.timing.samples, lengths.iter().sum::<usize>() as u64);
    }
    (lengths[0], lengths.iter().sum())
}

#[test]
fn the_first_piece_of_a_long_clause_is_as_short_as_a_short_clause() {
    let Some((library, model)) = piper_files() else { return };
    if espeak("en-us").is_none() {
        return;
    }
    let mut voice = open(&library, &model).expect("the voice opens");
    let (first, all) = pieces(&mut voice, LONG);
    let (short, _) = pieces(&mut voice, "When the water has boiled,");
    assert!(first < short * 3 / 2 && first * 3 < all, "{first} of {all}, {short} for a short clause");
}

/// Whether the same was said: espeak-ng carries a little of its filters' state from one clause to the next, so that the
/// samples differ where the words do not.
fn alike(one: &Speech, other: &Speech) -> bool {
    one.samples.len().abs_diff(other.samples.len()) < one.samples.len() / 50
}

#[test]
fn sums_and_times_are_spoken_and_told_in_the_text_as_it_was_written() {
    let Some(mut voice) = espeak("en-us") else { return };
    let text = "It costs $49.95 at 8:00.";
    let speech = delivery::speak(&mut voice, text, &Ticket::standing()).expect("it speaks");
    assert_eq!(
        ends(&speech, text),
        ["It", "It costs", "It costs $49.95", "It costs $49.95 at", "It costs $49.95 at 8:00"]
    );
    let words = "It costs forty nine dollars and ninety five cents at eight o'clock.";
    assert!(alike(&say(&mut voice, words), &speech));
}

#[test]
fn a_clause_in_another_script_has_another_voice() {
    let Some((library, model)) = piper_files() else { return };
    let Some(mut russian) = espeak("ru") else { return };
    let files = Files { onnxruntime: library, piper: Some(model), espeak: vec![runtime()], ..Files::default() };
    let mut voice = registry::voice(&TtsConfig::default(), &files).expect("a voice").engine;
    let text = "Чайник вскипел.";
    assert_eq!((voice.language("Hello"), voice.language(text)), ("en-us", "ru"));
    let speech = voice.speak(text, &Ticket::standing()).expect("it speaks");
    assert!(alike(&say(&mut russian, text), &speech), "espeak-ng's Russian");
    let spelled = say(&mut espeak("de").expect("it was there"), text);
    assert!(!alike(&spelled, &speech), "a voice that knows no Cyrillic is told apart");
}

/// Kokoro's folder: the one that `GOLEM_KOKORO` names, or an installed one.
fn kokoro_folder() -> Option<PathBuf> {
    let named = std::env::var_os("GOLEM_KOKORO").map(PathBuf::from);
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".local/share/golem/models/kokoro");
    let installed = || std::fs::read_dir(&home).into_iter().flatten().flatten().map(|entry| entry.path());
    let folder = named.into_iter().chain(installed()).find(|path| kokoro::is_kokoro(path));
    if folder.is_none() {
        println!("skipped: no Kokoro installed, and GOLEM_KOKORO names none");
    }
    folder
}

#[test]
fn kokoro_speaks_with_the_voices_it_has() {
    let Some(folder) = kokoro_folder() else { return };
    let library = runtime().join("libonnxruntime.so");
    if espeak("en-us").is_none() || !library.is_file() {
        return println!("skipped: no runtime installed");
    }
    for name in ["af_heart", "bm_george"] {
        let config = TtsConfig { voice: name.into(), ..TtsConfig::default() };
        let mut voice = Kokoro::open(&library, &folder, &runtime(), &config).expect("the voice opens");
        let start = Instant::now();
        let speech = say(&mut voice, kokoro::SENTENCE);
        let seconds = seconds(&speech);
        println!("{}: {seconds:.2} s of speech in {:.2} s", voice.describe(), start.elapsed().as_secs_f64());
        assert!((2.0..8.0).contains(&seconds) && speech.timing.rate == 24_000, "{seconds} s");
        assert!(say(&mut voice, "…").samples.is_empty());
    }
    let nobody = TtsConfig { voice: "af_nobody".into(), ..TtsConfig::default() };
    let refused = Kokoro::open(&library, &folder, &runtime(), &nobody).err().expect("no such voice");
    assert!(refused.to_string().contains("af_heart"), "{refused}");
}

#[test]
fn auto_takes_kokoro_only_where_it_was_measured_to_be_quick() {
    let Some(folder) = kokoro_folder() else { return };
    let Some((library, model)) = piper_files() else { return };
    let files = |factor: Option<f32>| Files {
        onnxruntime: library.clone(),
        piper: Some(model.clone()),
        kokoro: Some(folder.clone()),
        kokoro_factor: factor,
        espeak: vec![runtime()],
        ..Files::default()
    };
    let chosen =
        |config: &TtsConfig, factor| registry::voice(config, &files(factor)).expect("a voice").engine.describe();
    assert!(chosen(&TtsConfig::default(), None).starts_with("Piper"));
    assert!(chosen(&TtsConfig::default(), Some(1.5)).starts_with("Piper"));
    assert_eq!(chosen(&TtsConfig::default(), Some(0.2)), "Kokoro af_heart");
    assert!(chosen(&TtsConfig { language: "ru".into(), ..TtsConfig::default() }, Some(0.2)).starts_with("Piper"));
    assert_eq!(chosen(&TtsConfig { voice: "bf_emma".into(), ..TtsConfig::default() }, Some(1.5)), "Kokoro bf_emma");
}
