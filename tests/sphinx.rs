//! PocketSphinx, where its library and models are installed.

use std::fs;
use std::path::{Path, PathBuf};

use golem::device::wav::read_all;
use golem::engine::sphinx::{Sphinx, SphinxFiles, SphinxGrammar};
use golem::engine::{EngineError, Transcriber};
use golem::message::Transcript;
use golem::turn::{Ticket, TurnClock};

const LAMP: &str =
    "#JSGF V1.0; grammar lamp; public <order> = [please] (turn (on | off) the [kitchen] lamp | stop) [please];";

/// The stock files, or nothing where they are not installed.
fn files() -> Option<SphinxFiles> {
    let home = PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".local/share/golem");
    let model = home.join("models/pocketsphinx/en-us");
    let files = SphinxFiles {
        library: home.join("runtime/libpocketsphinx.so"),
        acoustic: model.join("en-us"),
        dictionary: model.join("cmudict-en-us.dict"),
        language_model: Some(model.join("en-us.lm.bin")),
    };
    let there = files.library.is_file() && files.dictionary.is_file();
    if !there {
        println!("skipped: PocketSphinx is not installed under {}", home.display());
    }
    there.then_some(files)
}

fn mute(_: &str) -> Option<String> {
    None
}

fn open(files: &SphinxFiles, mode: SphinxGrammar) -> Sphinx {
    Sphinx::open(files, mode, &mute).expect("the ears open")
}

fn recording(name: &str) -> Vec<f32> {
    read_all(&Path::new("fixtures/audio/ears").join(name)).expect("the fixture is sound")
}

/// The words that `ears` hear in `audio` as it comes from a microphone, and the partial words on the way.
fn hear(ears: &mut Sphinx, audio: &[f32]) -> (Transcript, Vec<String>) {
    ears.start().expect("it starts");
    let partials = audio.chunks(512).filter_map(|frame| ears.accept(frame).expect("it listens")).collect();
    (ears.finish(&Ticket::standing()).expect("it understands"), partials)
}

#[test]
fn a_grammar_hears_its_orders_again_and_again() {
    let Some(files) = files() else { return };
    let mut ears = open(&files, SphinxGrammar::Jsgf(LAMP.into()));
    assert!(!ears.streams(), "it is decoded when the person pauses");
    for _ in 0..2 {
        let (transcript, _) = hear(&mut ears, &recording("lamp.flac"));
        assert_eq!(transcript.text, "turn on the kitchen lamp");
        assert!(transcript.mean_logprob.is_some_and(|score| (-1.0..=0.0).contains(&score)), "{transcript:?}");
        assert_eq!(hear(&mut ears, &recording("stop.flac")).0.text, "please stop");
    }
}

#[test]
fn dictation_hears_what_no_grammar_foresaw() {
    let Some(files) = files() else { return };
    let mut ears = open(&files, SphinxGrammar::Dictation);
    let (transcript, partials) = hear(&mut ears, &recording("weather.flac"));
    assert!(transcript.text.contains("weather"), "{transcript:?}");
    assert!(!partials.is_empty());
    assert!(!transcript.alternatives.contains(&transcript.text));
}

#[test]
fn a_person_who_goes_on_after_the_words_were_asked_for_is_heard_whole() {
    let Some(files) = files() else { return };
    let mut ears = open(&files, SphinxGrammar::Jsgf(LAMP.into()));
    let audio = recording("lamp.flac");
    ears.start().expect("it starts");
    let half = audio.len() / 2;
    ears.accept(&audio[..half]).expect("it listens");
    ears.finish(&Ticket::standing()).expect("it understands half");
    ears.accept(&audio[half..]).expect("it listens on");
    for _ in 0..2 {
        assert_eq!(ears.finish(&Ticket::standing()).expect("it understands").text, "turn on the kitchen lamp");
    }
}

#[test]
fn silence_and_nothing_are_no_words() {
    let Some(files) = files() else { return };
    let mut ears = open(&files, SphinxGrammar::Jsgf(LAMP.into()));
    for audio in [vec![], vec![0.5], vec![0.0; 32_000]] {
        let (transcript, _) = hear(&mut ears, &audio);
        assert!(transcript.text.is_empty(), "{transcript:?}");
    }
    assert_eq!(hear(&mut ears, &recording("lamp.flac")).0.text, "turn on the kitchen lamp");
}

#[test]
fn speech_about_something_else_is_doubted() {
    let Some(files) = files() else { return };
    let mut ears = open(&files, SphinxGrammar::Jsgf(LAMP.into()));
    let mut sure = |name| hear(&mut ears, &recording(name)).0.mean_logprob.unwrap_or(f32::NEG_INFINITY);
    assert!(sure("lamp.flac") > -1.0);
    assert!(sure("stop.flac") > -1.0);
    assert!(sure("weather.flac") < -1.0);
    assert!(sure("coffee.flac") < -1.0);
}

#[test]
fn a_stale_ticket_ends_the_decoding() {
    let Some(files) = files() else { return };
    let mut ears = open(&files, SphinxGrammar::Jsgf(LAMP.into()));
    let clock = TurnClock::new();
    let stop = clock.ticket(1);
    clock.raise(2);
    ears.start().expect("it starts");
    ears.accept(&recording("lamp.flac")).expect("it listens");
    assert!(ears.finish(&stop).expect("it stops").text.is_empty());
}

#[test]
fn words_that_the_dictionary_lacks_are_pronounced_or_named() {
    let Some(files) = files() else { return };
    let jsgf = "#JSGF V1.0; grammar g; public <g> = please stoppp;";
    let pronounce = |word: &str| (word == "stoppp").then(|| "stˈɑːp".to_owned());
    let mut ears = Sphinx::open(&files, SphinxGrammar::Jsgf(jsgf.into()), &pronounce).expect("the word is learnt");
    assert_eq!(hear(&mut ears, &recording("stop.flac")).0.text, "please stoppp");
    match Sphinx::open(&files, SphinxGrammar::Jsgf(jsgf.into()), &mute) {
        Err(EngineError::Unpronounceable(word)) => assert_eq!(word, "stoppp"),
        other => panic!("{:?}", other.err()),
    }
}

#[test]
fn a_grammar_that_is_none_is_refused() {
    let Some(files) = files() else { return };
    for jsgf in
        ["", "turn on the lamp", "#JSGF V1.0; grammar g; public <g> = turn (on;", "#JSGF V1.0; grammar g; <g> = on;"]
    {
        assert!(Sphinx::open(&files, SphinxGrammar::Jsgf(jsgf.into()), &mute).is_err(), "{jsgf} passes for a grammar");
    }
}

#[test]
fn files_that_are_missing_or_cut_short_are_named() {
    let Some(files) = files() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = |length: &dyn Fn(&str, usize) -> usize| {
        for entry in fs::read_dir(&files.acoustic).expect("the model is there").flatten() {
            let name = entry.file_name();
            let bytes = fs::read(entry.path()).expect("it reads");
            let end = length(&name.to_string_lossy(), bytes.len());
            fs::write(folder.path().join(&name), &bytes[..end]).expect("it writes");
        }
        SphinxFiles { acoustic: folder.path().into(), ..files.clone() }
    };
    let grammar = || SphinxGrammar::Jsgf(LAMP.into());
    open(&copy(&|_, whole| whole), grammar());
    for broken in ["feat.params", "mdef", "means", "variances", "transition_matrices", "sendump"] {
        for share in [0, 1, 2, 3] {
            let files =
                copy(&|name, whole| if name == broken { whole * share / 4 + usize::from(share > 0) } else { whole });
            match Sphinx::open(&files, grammar(), &mute) {
                Err(EngineError::Unusable { path, .. }) => assert!(path.ends_with(broken)),
                other => panic!("{broken}: {:?}", other.err()),
            }
        }
        fs::remove_file(folder.path().join(broken)).expect("it goes");
        let files = SphinxFiles { acoustic: folder.path().into(), ..files.clone() };
        assert!(matches!(Sphinx::open(&files, grammar(), &mute), Err(EngineError::Missing { .. })), "{broken}");
    }
}

#[test]
fn language_models_cut_short_are_refused() {
    let Some(files) = files() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let whole = fs::read(files.language_model.as_ref().expect("it is named")).expect("it reads");
    for length in [0, 10, 100, 1000, whole.len() / 2] {
        let path = folder.path().join("cut.lm.bin");
        fs::write(&path, &whole[..length]).expect("it writes");
        let files = SphinxFiles { language_model: Some(path), ..files.clone() };
        assert!(
            matches!(Sphinx::open(&files, SphinxGrammar::Dictation, &mute), Err(EngineError::Unusable { .. })),
            "{length} bytes pass"
        );
    }
    let files = SphinxFiles { language_model: None, ..files };
    assert!(Sphinx::open(&files, SphinxGrammar::Dictation, &mute).is_err());
}
