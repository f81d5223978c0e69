//! Tests of the profiles: every one exists, speaks its languages, and is recommended where its rules hold.

use super::*;
use crate::model::catalogue::ModelSource;
use crate::model::machine::{Machine, Memory};

fn plans(catalogue: &Catalogue) -> Vec<ProfilePlan<'_>> {
    let all = Level::ALL.into_iter().flat_map(|level| SpokenLanguages::ALL.map(|speech| (level, speech)));
    all.map(|(level, speech)| plan(catalogue, level, speech).unwrap()).collect()
}

fn machine(cores: usize, memory_gb: u64, disk_gb: u64) -> Machine {
    let bytes = memory_gb * 1000 * MB;
    let memory = Some(Memory { physical: bytes, usable: bytes, available: bytes });
    Machine { cores, memory, graphics: Vec::new(), disk: Some(disk_gb * 1000 * MB) }
}

#[test]
fn every_profile_hears_thinks_and_speaks_its_languages() {
    let catalogue = Catalogue::built_in();
    for plan in plans(&catalogue) {
        let of = format!("{} {}", plan.level, plan.speech);
        for code in plan.speech.codes() {
            for kind in [ModelKind::Vad, ModelKind::Asr, ModelKind::Llm, ModelKind::Tts] {
                assert!(plan.of(kind, code).is_some(), "{of} has no {kind:?} for {code}");
            }
            let judge = plan.of(ModelKind::Nli, code).is_some();
            assert_eq!(judge, plan.level > Level::Tiny, "{of}: a judge for {code}");
        }
        let voices = plan.entries.iter().filter(|entry| entry.kind == ModelKind::Tts).count();
        assert_eq!(voices, plan.speech.codes().len(), "{of}");
        assert!(plan.entries.iter().all(|entry| FREE.contains(&entry.licence.as_str())), "{of} is not free");
        let moves = |source: &ModelSource| matches!(source, ModelSource::Hub { revision, .. } if revision.len() != 40);
        let pinned = |entry: &&Entry| !entry.sources.iter().any(moves);
        assert!(plan.entries.iter().all(pinned), "{of} holds a model that is not pinned");
    }
}

#[test]
fn more_asks_for_more() {
    let catalogue = Catalogue::built_in();
    for speech in SpokenLanguages::ALL {
        let plans = Level::ALL.map(|level| plan(&catalogue, level, speech).unwrap());
        for pair in plans.windows(2) {
            assert!(pair[0].size().bytes < pair[1].size().bytes);
            assert!(pair[0].memory_mb() < pair[1].memory_mb());
            assert!([1, 2, 4, 8].iter().all(|&cores| pair[0].wait_ms(cores) < pair[1].wait_ms(cores)));
        }
        assert!(plans.iter().all(|plan| plan.wait_ms(2) > plan.wait_ms(8) && plan.wait_ms(0) == plan.wait_ms(1)));
    }
    let asr = catalogue.get("whisper-base.en").unwrap();
    let measured = if cfg!(feature = "onednn") { 150 } else { 333 };
    assert_eq!(speed::hear_ms(asr, 2), measured, "the measurement itself is kept");
}

#[test]
fn recommendations_follow_from_the_rules() {
    let catalogue = Catalogue::built_in();
    let level = |machine: &Machine, speech| {
        let advice = recommend(machine, &catalogue, speech).unwrap();
        advice.plan.map(|plan| plan.level)
    };
    // The asr model of `quality` keeps up with oneDNN only.
    let best = if cfg!(feature = "onednn") { Level::Quality } else { Level::Balanced };
    for speech in SpokenLanguages::ALL {
        assert_eq!(level(&machine(16, 32, 100), speech), Some(best));
        assert_eq!(level(&machine(4, 8, 100), speech), Some(Level::Balanced));
        assert_eq!(level(&machine(2, 3, 100), speech), Some(Level::Tiny));
        assert_eq!(level(&machine(8, 1, 100), speech), None);
        assert_eq!(level(&machine(8, 32, 1), speech), None);
        assert_eq!(level(&machine(16, 32, 2), speech), Some(Level::Tiny));
    }
    let unknown = Machine { memory: None, disk: None, ..machine(16, 0, 0) };
    assert_eq!(level(&unknown, SpokenLanguages::En), Some(Level::Tiny));
    for cores in [1, 2, 3, 6, 64] {
        for memory in [1, 2, 4, 8, 16, 64] {
            let advice = recommend(&machine(cores, memory, 50), &catalogue, SpokenLanguages::Both).unwrap();
            let Some(plan) = advice.plan else { continue };
            assert!(plan.memory_mb() * 2 <= memory * 1000 && plan.wait_ms(cores) <= PATIENCE_MS);
        }
    }
}

#[test]
fn reasons_are_told() {
    let catalogue = Catalogue::built_in();
    let reasons = recommend(&machine(2, 4, 100), &catalogue, SpokenLanguages::Ru).unwrap().reasons;
    assert!(reasons[0].starts_with("not quality: it needs "), "{reasons:?}");
    assert!(reasons[0].contains("half of this machine's is 2.0 GB; its first words would take about "), "{reasons:?}");
    assert!(reasons.last().unwrap().starts_with("tiny: "), "{reasons:?}");
    assert!(reasons[0].ends_with(" on 2 cores, not 3.0 s"), "{reasons:?}");
    let reasons = recommend(&machine(2, 1, 100), &catalogue, SpokenLanguages::En).unwrap().reasons;
    assert_eq!(reasons.len(), 4);
    assert!(reasons[3].contains("starter pack"));
}

#[test]
fn a_plan_says_what_to_set() {
    let catalogue = Catalogue::built_in();
    let both = plan(&catalogue, Level::Balanced, SpokenLanguages::Both).unwrap();
    let settings = both.settings("ru");
    let value = |key: &str| settings.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_str());
    assert_eq!(value("asr.model"), Some("whisper-small"));
    assert_eq!(value("llm.model"), Some("Qwen3-1.7B-Q4_K_M"));
    assert_eq!(value("tts.voice"), Some("ru_RU-denis-medium"));
    assert_eq!(value("asr.language"), Some("ru"));
    assert_eq!(value("asr.compute_type"), Some("int8"));
    assert!(both.cost().starts_with("about "));
    assert!(both.feel(1)[1].contains("on 1 core,"));
}

#[test]
fn what_the_hub_alone_has_is_replaced_where_it_is_out_of_reach() {
    let catalogue = Catalogue::built_in();
    let within = |level, speech| {
        let (plan, told) = plan(&catalogue, level, speech).unwrap().within(Reach { hub: false }, &catalogue, |_| false);
        let names: Vec<_> = plan.entries.iter().map(|entry| entry.name.clone()).collect();
        (plan.settings(speech.codes()[0]), names, told)
    };
    for level in Level::ALL {
        let (settings, names, told) = within(level, SpokenLanguages::En);
        assert_eq!(names[..2], ["silero-vad", "whisper-base"], "{level}");
        let smollm = !WORSE_THAN_STARTER.contains(&"smollm2-135m-instruct");
        assert_eq!(names.contains(&"smollm2-135m-instruct".into()), smollm, "{level}: {names:?}");
        assert!(names.contains(&"piper-en_us-joe-medium".into()), "{level}: {names:?}");
        assert!(settings.contains(&("tts.engine", "auto".into())), "{level}: {settings:?}");
        assert!(told.iter().all(|line| line.contains(" is on the hub alone, which is out of reach: ")), "{told:?}");
    }
    let (settings, names, told) = within(Level::Tiny, SpokenLanguages::Ru);
    assert_eq!(names, ["silero-vad", "whisper-base"], "it is in reach and stays");
    assert!(told.iter().any(|line| line.contains("denis-medium") && line.contains("espeak-ng speaks")), "{told:?}");
    assert!(settings.contains(&("tts.engine", "espeak".into())), "{settings:?}");
    let (_, names, _) = within(Level::Tiny, SpokenLanguages::Both);
    assert!(names.contains(&"piper-en_us-joe-medium".into()), "{names:?}");
    // Installed models stay, and all models stay where the hub answers.
    for (hub, here) in [(true, false), (false, true)] {
        let whole = plan(&catalogue, Level::Balanced, SpokenLanguages::Both).unwrap();
        let (kept, told) = whole.clone().within(Reach { hub }, &catalogue, |_| here);
        assert!(told.is_empty() && kept.entries.len() == whole.entries.len());
    }
}

#[test]
fn names_are_read_as_they_are_shown() {
    assert!(Level::ALL.iter().all(|level| level.to_string().parse() == Ok(*level)));
    assert!(SpokenLanguages::ALL.iter().all(|speech| speech.to_string().parse() == Ok(*speech)));
    assert!("huge".parse::<Level>().unwrap_err().contains("tiny, balanced or quality"));
    assert!("de".parse::<SpokenLanguages>().unwrap_err().contains("en, ru or both"));
}

#[test]
fn a_catalogue_without_the_models_says_which_is_missing() {
    let error = plan(&Catalogue::default(), Level::Tiny, SpokenLanguages::En).unwrap_err().to_string();
    assert!(error.contains("silero-vad"), "{error}");
}
