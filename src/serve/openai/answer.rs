//! The words of a recording in the form that a client asked for.

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::{Value, json};

use super::form::ResponseFormat;
use crate::engine::options::{AsrOptions, AsrTask, WordTiming};
use crate::message::{Time, TimedWord};
use crate::phrases::primary;
use crate::serve::language::with_language;
use crate::transcribe::listen::{TranscriptPart, text};
use crate::transcribe::subtitles::{SubtitleFormat, subtitles};

/// The language of an answer that needs one, where neither the client nor the words say which it is.
const USUAL: &str = "en";

/// The content type and the body of an answer to a client that asked for `asked`.
pub fn body(
    format: ResponseFormat,
    asked: &AsrOptions,
    parts: &[TranscriptPart],
    length: Duration,
) -> (&'static str, String) {
    match format {
        ResponseFormat::Json => {
            let answer = json!({"text": text(parts), "usage": usage(length)});
            ("application/json", with_language(answer, language(parts, asked.task)).to_string())
        }
        ResponseFormat::Text => ("text/plain; charset=utf-8", text(parts) + "\n"),
        ResponseFormat::Srt => ("application/x-subrip; charset=utf-8", subtitles(parts, SubtitleFormat::Srt)),
        ResponseFormat::Vtt => ("text/vtt; charset=utf-8", subtitles(parts, SubtitleFormat::Vtt)),
        ResponseFormat::VerboseJson => ("application/json", verbose(asked, parts, length).to_string()),
    }
}

/// The event of a stream with the words of a part. `first` says that nothing came before it.
pub fn delta(part: &TranscriptPart, first: bool) -> Value {
    let blank = if first { "" } else { " " };
    json!({"type": "transcript.text.delta", "delta": format!("{blank}{}", part.transcript.text.trim())})
}

/// The last event of a stream, with the language that was heard, where it is known.
pub fn done(text: &str, language: Option<&str>, length: Duration) -> Value {
    with_language(json!({"type": "transcript.text.done", "text": text, "usage": usage(length)}), language)
}

/// The language of the first words, where it is known; none of a translation, whose words are English.
pub fn language(parts: &[TranscriptPart], task: AsrTask) -> Option<&str> {
    match task {
        AsrTask::Transcribe => parts.iter().find_map(|part| part.transcript.language.as_deref()),
        AsrTask::Translate => None,
    }
}

fn usage(length: Duration) -> Value {
    json!({"type": "duration", "seconds": length.as_secs_f64().ceil()})
}

/// The language that a client expects: the one that it names, or the first of several.
fn expected(asked: &AsrOptions) -> Option<String> {
    let first = || asked.languages.first().map(|tag| primary(tag).to_lowercase());
    asked.tag().filter(|tag| tag != "auto").or_else(first)
}

fn verbose(asked: &AsrOptions, parts: &[TranscriptPart], length: Duration) -> Value {
    let (task, language) = match asked.task {
        AsrTask::Transcribe => {
            let heard = language(parts, asked.task).map(str::to_owned);
            ("transcribe", heard.or_else(|| expected(asked)).unwrap_or_else(|| USUAL.into()))
        }
        AsrTask::Translate => ("translate", "english".into()),
    };
    let segments: Vec<Value> = (0..).zip(parts).map(|(id, part)| segment(id, part)).collect();
    let mut answer = json!({
        "task": task, "language": language, "duration": seconds(length), "text": text(parts), "segments": segments,
        "usage": usage(length),
    });
    if asked.words == WordTiming::Required {
        answer["words"] = parts.iter().flat_map(|part| &part.transcript.words).map(word).collect();
    }
    answer
}

fn word(word: &TimedWord) -> Value {
    json!({
        "word": word.text.trim(), "start": seconds(word.start), "end": seconds(word.end),
        "probability": (f64::from(word.probability) * 1e3).round() / 1e3,
    })
}

fn segment(id: usize, part: &TranscriptPart) -> Value {
    let said = part.transcript.text.trim();
    json!({
        "id": id,
        // The beginning of the part in frames of 10 ms, as Whisper counts them.
        "seek": part.start.as_millis() / 10,
        "start": seconds(part.start),
        "end": seconds(part.end),
        "text": said,
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": part.transcript.mean_logprob.unwrap_or(0.0),
        "compression_ratio": compression(said),
        "no_speech_prob": part.transcript.no_speech.unwrap_or(0.0),
    })
}

fn seconds(time: Time) -> f64 {
    (time.as_secs_f64() * 1e3).round() / 1e3
}

/// The compression ratio of a text: high where words repeat themselves.
#[expect(clippy::cast_precision_loss, reason = "a few hundred bytes")]
fn compression(text: &str) -> f64 {
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing into a vector cannot fail.
    let packed = zlib.write_all(text.as_bytes()).and_then(|()| zlib.finish()).map_or(1, |bytes| bytes.len());
    (text.len() as f64 / packed.max(1) as f64 * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Transcript;

    fn parts() -> Vec<TranscriptPart> {
        let part = |said: &str, from, to| {
            let (start, end) = (Time::from_millis(from), Time::from_millis(to));
            let transcript = Transcript {
                text: said.into(),
                language: Some("ru".into()),
                mean_logprob: Some(-0.25),
                no_speech: Some(0.5),
                ..Transcript::default()
            };
            TranscriptPart { start, end, voices: vec![[start, end]], transcript }
        };
        vec![part(" One.", 1_230, 2_000), part("Two.", 5_000, 6_000)]
    }

    #[test]
    fn every_form_has_its_type_and_its_words() {
        let answer = |format| body(format, &AsrOptions::default(), &parts(), Duration::from_millis(7_500));
        let (kind, text) = answer(ResponseFormat::Text);
        assert_eq!((kind, text.as_str()), ("text/plain; charset=utf-8", "One. Two.\n"));
        let json: Value = serde_json::from_str(&answer(ResponseFormat::Json).1).unwrap();
        let usage = json!({"type": "duration", "seconds": 8.0});
        assert_eq!(json, json!({"text": "One. Two.", "usage": usage, "language": "ru"}));
        assert!(answer(ResponseFormat::Srt).1.starts_with("1\n00:00:01,230 --> 00:00:02,000\nOne.\n"));
        assert!(answer(ResponseFormat::Vtt).1.starts_with("WEBVTT\n"));
        let verbose: Value = serde_json::from_str(&answer(ResponseFormat::VerboseJson).1).unwrap();
        assert_eq!((&verbose["language"], &verbose["duration"]), (&json!("ru"), &json!(7.5)));
        let segment = &verbose["segments"][1];
        assert_eq!((&segment["id"], &segment["seek"], &segment["start"]), (&json!(1), &json!(500), &json!(5.0)));
        assert_eq!(segment["avg_logprob"], -0.25);
        assert!(verbose.get("words").is_none(), "nobody asked for them");
        let mut timed = parts();
        let [start, end] = [1_230, 1_650].map(Time::from_millis);
        timed[0].transcript.words = vec![TimedWord { text: " One.".into(), start, end, probability: 0.75 }];
        let asked = AsrOptions { words: WordTiming::Required, ..AsrOptions::default() };
        let (_, verbose) = body(ResponseFormat::VerboseJson, &asked, &timed, Duration::from_secs(8));
        let verbose: Value = serde_json::from_str(&verbose).unwrap();
        let words = json!([{"word": "One.", "start": 1.23, "end": 1.65, "probability": 0.75}]);
        assert_eq!(verbose["words"], words);
        for (parts, task) in [(&parts()[..], AsrTask::Translate), (&[], AsrTask::Transcribe)] {
            let asked = AsrOptions { task, ..AsrOptions::default() };
            let (_, plain) = body(ResponseFormat::Json, &asked, parts, Duration::ZERO);
            assert!(!plain.contains("language"), "{plain}");
        }
    }

    #[test]
    fn silence_has_no_words_and_the_language_that_was_asked_for() {
        let silence = |asked: &AsrOptions| verbose(asked, &[], Duration::from_secs(3));
        for (language, languages, answered) in
            [("auto", &["DE-at", "fr"][..], "de"), ("auto", &[], "en"), ("ru", &[], "ru"), ("pt-BR", &[], "pt")]
        {
            let languages = languages.iter().map(ToString::to_string).collect();
            let asked = AsrOptions { language: Some(language.into()), languages, ..AsrOptions::default() };
            let answer = silence(&asked);
            assert_eq!((&answer["language"], &answer["segments"]), (&json!(answered), &json!([])));
            assert!(answer.get("words").is_none(), "{answer}");
        }
        let timed = silence(&AsrOptions { words: WordTiming::Required, ..AsrOptions::default() });
        assert_eq!(timed["words"], json!([]));
        let english = silence(&AsrOptions { task: AsrTask::Translate, ..AsrOptions::default() });
        assert_eq!((&english["language"], &english["task"]), (&json!("english"), &json!("translate")));
    }

    #[test]
    fn a_stream_says_each_part_and_at_the_end_all() {
        let parts = parts();
        assert_eq!(delta(&parts[0], true)["delta"], "One.");
        assert_eq!(delta(&parts[1], false)["delta"], " Two.");
        let last = done("One. Two.", language(&parts, AsrTask::Transcribe), Duration::from_secs(3));
        assert_eq!((&last["text"], &last["language"]), (&json!("One. Two."), &json!("ru")));
        assert!(done("", None, Duration::ZERO).get("language").is_none());
        assert!(compression(&"again and ".repeat(30)) > 5.0 && compression("") == 0.0);
    }
}
