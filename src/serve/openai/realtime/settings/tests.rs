//! Settings as clients write them, in both forms.

use super::*;

fn updated(session: &Value, older: bool) -> Result<RealtimeSettings, EventFault> {
    let mut settings = RealtimeSettings::new("whisper-1", "");
    settings.update(session, older).map(|()| settings)
}

#[test]
fn the_present_and_the_older_form_say_the_same() {
    let turns = json!({"type": "server_vad", "threshold": 0.9, "silence_duration_ms": 1000});
    let words = json!({"model": "gpt-4o-transcribe", "language": "de", "prompt": "Anna, Bert"});
    let present = json!({"type": "transcription", "audio": {"input": {
        "format": {"type": "audio/pcmu"}, "transcription": words, "turn_detection": turns,
    }}});
    let older = json!({"input_audio_format": "g711_ulaw", "input_audio_transcription": words, "turn_detection": turns});
    let (present, older) = (updated(&present, false).unwrap(), updated(&older, true).unwrap());
    assert!(!present.older && older.older);
    let config = Config::default();
    let live = present.live(&config, PauseLimit::Windows);
    assert_eq!(live, older.live(&config, PauseLimit::Windows));
    assert_eq!((live.pace, live.options.names), (PauseLimit::After(31), vec!["Anna".into(), "Bert".into()]));
    assert!((live.vad.threshold - 0.9).abs() < 1e-6);
    assert_eq!(present.format.levels(&[0xff, 0x80]).len(), 2);
    assert_eq!(present.shown()["audio"]["input"]["format"]["type"], "audio/pcmu");
    assert_eq!(older.shown()["input_audio_format"], "g711_ulaw");
}

#[test]
fn null_leaves_the_turns_to_the_client_and_what_is_left_out_stays() {
    let mut settings = RealtimeSettings::new("whisper-1", "ru");
    settings.update(&json!({"turn_detection": null}), false).unwrap();
    assert_eq!(settings.turns, TurnDetection::Manual);
    settings.update(&json!({"audio": {"input": {"format": {"type": "audio/pcm", "rate": 16000}}}}), false).unwrap();
    assert_eq!((settings.turns, settings.format), (TurnDetection::Manual, SampleFormat::Pcm(16_000)));
    let live = settings.live(&Config::default(), PauseLimit::Windows);
    assert_eq!((live.pace, live.options.language.as_deref()), (PauseLimit::Windows, Some("ru")));
}

#[test]
fn several_languages_are_detected_and_keywords_are_names() {
    let mut settings = RealtimeSettings::new("whisper-1", "");
    let mut update = |transcription: Value| {
        settings.update(&json!({"audio": {"input": {"transcription": transcription}}}), false).unwrap();
        (settings.live(&Config::default(), PauseLimit::Windows).options, settings.shown())
    };
    let (options, shown) = update(json!({"languages": ["en", "ru"], "keywords": ["nuki"], "prompt": "EcoBee"}));
    assert_eq!(
        (options.language.as_deref(), &options.languages[..]),
        (Some("auto"), &["en", "ru"].map(String::from)[..])
    );
    assert_eq!(options.names, ["nuki", "EcoBee"]);
    assert_eq!(shown["audio"]["input"]["transcription"]["languages"], json!(["en", "ru"]));
    let (options, _) = update(json!({"languages": ["ru"], "keywords": null}));
    assert_eq!((options.language.as_deref(), options.languages.len()), (Some("ru"), 0));
    assert_eq!(options.names, ["EcoBee"]);
}

#[test]
fn what_makes_no_sense_changes_nothing_and_names_its_field() {
    for (session, older, param) in [
        (json!(7), false, "session"),
        (json!({"type": "realtime"}), false, "session.type"),
        (json!({"audio": {"input": {"format": {"type": "audio/opus"}}}}), false, "session.audio.input.format"),
        (
            json!({"audio": {"input": {"format": {"type": "audio/pcm", "rate": 7}}}}),
            false,
            "session.audio.input.format",
        ),
        (json!({"input_audio_format": "mp3"}), true, "session.input_audio_format"),
        (json!({"turn_detection": {"type": "x"}}), true, "session.turn_detection"),
        (json!({"turn_detection": {"type": "server_vad", "threshold": 7}}), true, "session.turn_detection.threshold"),
        (json!({"input_audio_transcription": {"language": 7}}), true, "session.input_audio_transcription.language"),
        (
            json!({"input_audio_transcription": {"languages": "ru"}}),
            true,
            "session.input_audio_transcription.languages",
        ),
        (
            json!({"input_audio_transcription": {"keywords": ["EcoBee", 7]}}),
            true,
            "session.input_audio_transcription.keywords",
        ),
    ] {
        let fault = updated(&session, older).unwrap_err();
        assert_eq!(fault.param.as_deref(), Some(param), "{fault:?}");
    }
}
