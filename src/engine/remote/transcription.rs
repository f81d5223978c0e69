//! The requests for transcriptions from servers, and their answers. Pure.

use std::io::Cursor;

use hound::{SampleFormat, WavSpec, WavWriter};
use serde_json::Value;

use super::form::MultipartForm;
use super::request::{RequestBody, ServerRequest};
use super::stream::{reported, short};
use crate::config::AsrConfig;
use crate::config::speech_server::SpeechServerConfig;
use crate::engine::options::{AsrOptions, AsrTask};
use crate::message::Transcript;
use crate::signal::frame::RATE;
use crate::signal::pcm::quantised;

/// Most characters of the names in a request: Whisper's prompt holds 224 tokens.
const PROMPT: usize = 600;
/// Languages that some servers report by English names.
const LANGUAGES: [(&str, &str); 12] = [
    ("english", "en"),
    ("russian", "ru"),
    ("german", "de"),
    ("french", "fr"),
    ("spanish", "es"),
    ("italian", "it"),
    ("portuguese", "pt"),
    ("polish", "pl"),
    ("ukrainian", "uk"),
    ("dutch", "nl"),
    ("chinese", "zh"),
    ("japanese", "ja"),
];

/// The requested form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerForm {
    /// With probabilities of the words, as servers of Whisper support it.
    Verbose,
    /// Only the words, for a server that refused the other form.
    Plain,
}

/// A request for the words of `audio` (16 kHz, -1..=1).
///
/// # Errors
/// When the audio cannot be written as WAV.
pub fn transcription(
    server: &SpeechServerConfig,
    settings: &AsrConfig,
    options: &AsrOptions,
    form: AnswerForm,
    audio: &[f32],
) -> Result<ServerRequest, String> {
    let translates = options.task == AsrTask::Translate;
    let path = if translates { "translations" } else { "transcriptions" };
    let format = if form == AnswerForm::Verbose { "verbose_json" } else { "json" };
    let mut fields = vec![("model", server.model.clone()), ("response_format", format.into())];
    let language = options.tag().or_else(|| {
        let settings = AsrOptions { language: Some(settings.language.clone()), ..AsrOptions::default() };
        settings.tag()
    });
    fields.extend(language.filter(|tag| tag != "auto" && !translates).map(|tag| ("language", tag)));
    fields.extend(options.languages.iter().map(|tag| ("languages[]", tag.clone())));
    let mut prompt = String::new();
    for name in settings.vocabulary.iter().chain(&options.names) {
        if prompt.chars().count() + name.chars().count() > PROMPT {
            break;
        }
        prompt.push_str(if prompt.is_empty() { "" } else { ", " });
        prompt.push_str(name);
    }
    if !prompt.is_empty() {
        fields.push(("prompt", prompt));
    }
    let wav = wav(audio).map_err(|error| format!("the utterance cannot be sent: {error}"))?;
    let url = format!("{}/audio/{path}", server.base());
    Ok(ServerRequest { url, body: RequestBody::Form(MultipartForm::new(&fields, &wav)) })
}

fn wav(audio: &[f32]) -> Result<Vec<u8>, hound::Error> {
    let spec = WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut file = Cursor::new(Vec::with_capacity(audio.len() * 2 + 64));
    let mut writer = WavWriter::new(&mut file, spec)?;
    for sample in audio {
        writer.write_sample(quantised(*sample))?;
    }
    writer.finalize()?;
    Ok(file.into_inner())
}

/// The transcript in an answer.
///
/// # Errors
/// When the answer is not a transcription; the message quotes it.
pub fn transcript(answer: &[u8]) -> Result<Transcript, String> {
    let unknown =
        || format!("the server answers with what is no transcription: {}", short(&String::from_utf8_lossy(answer)));
    let answer: Value = serde_json::from_slice(answer).map_err(|_| unknown())?;
    if let Some(reason) = reported(&answer) {
        return Err(reason);
    }
    let text = answer.get("text").and_then(Value::as_str).ok_or_else(unknown)?;
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let segments = answer.get("segments").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let language = answer.get("language").and_then(Value::as_str).and_then(tag);
    Ok(Transcript {
        text: text.trim().to_owned(),
        language,
        mean_logprob: mean_logprob(segments),
        no_speech: no_speech(segments),
        ..Transcript::default()
    })
}

fn tag(language: &str) -> Option<String> {
    let language = language.trim().to_lowercase();
    let named = LANGUAGES.iter().find(|(name, _)| *name == language).map(|(_, tag)| (*tag).to_owned());
    named.or_else(|| (2..=3).contains(&language.len()).then_some(language))
}

#[expect(clippy::cast_possible_truncation, reason = "a figure for people's ears needs no double")]
fn figure(segment: &Value, key: &str) -> Option<f32> {
    segment.get(key).and_then(Value::as_f64).map(|value| value as f32).filter(|value| value.is_finite())
}

/// The mean over the segments, weighted by length. Zeros are skipped: a server reports 0 for an unknown value, and 0
/// would mean certainty.
#[expect(clippy::cast_precision_loss, reason = "a segment has some hundreds of letters")]
fn mean_logprob(segments: &[Value]) -> Option<f32> {
    let (mut sum, mut all) = (0.0, 0.0);
    for segment in segments {
        let Some(logprob) = figure(segment, "avg_logprob").filter(|logprob| *logprob < 0.0) else { continue };
        let letters = segment.get("text").and_then(Value::as_str).map_or(1, |text| text.chars().count().max(1)) as f32;
        (sum, all) = (sum + logprob * letters, all + letters);
    }
    (all > 0.0).then(|| sum / all)
}

/// The least value of the segments: if one holds speech, the utterance does.
fn no_speech(segments: &[Value]) -> Option<f32> {
    let all = segments.iter().filter_map(|segment| figure(segment, "no_speech_prob"));
    all.map(|probability| probability.clamp(0.0, 1.0)).min_by(f32::total_cmp)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asked(settings: &AsrConfig, options: &AsrOptions, form: AnswerForm) -> (String, String) {
        let server = SpeechServerConfig {
            url: "http://box:1".into(),
            model: "whisper-1".into(),
            ..SpeechServerConfig::default()
        };
        let request = transcription(&server, settings, options, form, &[0.5, -1.0, 2.0]).unwrap();
        let RequestBody::Form(form) = request.body else { panic!("no form") };
        (request.url, String::from_utf8_lossy(form.bytes()).into_owned())
    }

    #[test]
    fn a_server_gets_the_language_and_the_names_of_the_settings() {
        let settings =
            AsrConfig { language: "ru-RU".into(), vocabulary: vec!["EcoBee".into()], ..AsrConfig::default() };
        let options = AsrOptions { names: vec!["Siobhan".into()], ..AsrOptions::default() };
        let (url, form) = asked(&settings, &options, AnswerForm::Verbose);
        assert_eq!(url, "http://box:1/v1/audio/transcriptions");
        for field in [
            "\"model\"\r\n\r\nwhisper-1\r",
            "\"language\"\r\n\r\nru\r",
            "verbose_json",
            "\r\n\r\nEcoBee, Siobhan\r",
            "RIFF",
        ] {
            assert!(form.contains(field), "{field}: {form}");
        }
        let plain = AsrConfig { language: "auto".into(), ..AsrConfig::default() };
        let (_, form) = asked(&plain, &AsrOptions::default(), AnswerForm::Plain);
        assert!(!form.contains("\"language\"") && !form.contains("\"prompt\"") && !form.contains("verbose"), "{form}");
        let options = AsrOptions { task: AsrTask::Translate, language: Some("ru".into()), ..AsrOptions::default() };
        let (url, form) = asked(&plain, &options, AnswerForm::Plain);
        assert!(url.ends_with("/audio/translations") && !form.contains("\"language\""));
        let many = AsrConfig { vocabulary: vec!["Abcdefghi".into(); 1_000], ..AsrConfig::default() };
        assert!(asked(&many, &AsrOptions::default(), AnswerForm::Plain).1.matches("Abcdefghi").count() < 61);
    }

    #[test]
    fn an_answer_says_the_words_and_how_sure_the_server_is() {
        let heard = transcript(
            br#"{"text":" One.\nTwo. ","language":"russian","segments":[
                {"text":"One.","avg_logprob":-0.5,"no_speech_prob":0.9},{"text":"Two.","avg_logprob":-0.25,"no_speech_prob":0.1}]}"#,
        )
        .unwrap();
        assert_eq!((heard.text.as_str(), heard.language.as_deref()), ("One. Two.", Some("ru")));
        assert_eq!((heard.mean_logprob, heard.no_speech), (Some(-0.375), Some(0.1)));
        let plain = transcript(br#"{"text":"One.","usage":{"seconds":1},"segments":[{"avg_logprob":0.0}]}"#).unwrap();
        assert_eq!((plain.mean_logprob, plain.no_speech, plain.language), (None, None, None));
    }

    #[test]
    fn what_is_no_answer_is_an_error_that_shows_it() {
        for (answer, wanted) in [
            (&b"<html>login</html>"[..], "<html>login"),
            (br#"{"error":{"message":"overloaded"}}"#, "overloaded"),
            (br#"{"text":7}"#, "no transcription"),
            (b"[]", "no transcription"),
            (b"\xff", "no transcription"),
        ] {
            assert!(transcript(answer).unwrap_err().contains(wanted));
        }
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(answer in prop::collection::vec(any::<u8>(), 0..200), logprob in any::<f64>()) {
            let _ = transcript(&answer);
            let answer = serde_json::json!({"text": "a", "segments": [{"avg_logprob": logprob, "no_speech_prob": logprob}]});
            let heard = transcript(answer.to_string().as_bytes()).unwrap();
            prop_assert!(heard.mean_logprob.is_none_or(|mean| mean <= 0.0 && mean.is_finite()));
            prop_assert!(heard.no_speech.is_none_or(|probability| (0.0..=1.0).contains(&probability)));
        }
    }
}
