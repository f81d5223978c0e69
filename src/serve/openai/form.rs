//! The fields of a transcription request.

use super::error::ApiError;

/// The form in which a client wants the words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResponseFormat {
    /// An object with the text.
    #[default]
    Json,
    /// The text alone.
    Text,
    /// SubRip.
    Srt,
    /// WebVTT.
    Vtt,
    /// An object with the text and its segments.
    VerboseJson,
}

impl ResponseFormat {
    const NAMES: [(&str, Self); 5] = [
        ("json", Self::Json),
        ("text", Self::Text),
        ("srt", Self::Srt),
        ("verbose_json", Self::VerboseJson),
        ("vtt", Self::Vtt),
    ];

    fn of(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }
}

/// The fields of a request. Unknown fields are ignored, as OpenAI does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormFields {
    /// Name of the model; empty where none was sent.
    pub model: String,
    /// Tag of the language; empty where none was sent.
    pub language: String,
    /// Tags of the languages that it may be; empty where none were sent.
    pub languages: Vec<String>,
    /// Names and manner of the text.
    pub prompt: String,
    /// Names that may be in it.
    pub keywords: Vec<String>,
    /// Form of the answer.
    pub format: ResponseFormat,
    /// Words are sent as they are heard.
    pub stream: bool,
    /// The answer has the time of each word.
    pub words: bool,
}

impl FormFields {
    /// Takes a field.
    ///
    /// # Errors
    /// When its value is not valid; the message says which values are.
    pub fn take(&mut self, name: &str, value: &str) -> Result<(), ApiError> {
        let trimmed = value.trim();
        match name {
            "model" => self.model = trimmed.into(),
            "language" => self.language = trimmed.into(),
            // OpenAI's library sends a list as a field for each of its entries.
            "languages[]" | "languages" => self.languages.push(trimmed.into()),
            "keywords[]" | "keywords" => self.keywords.push(trimmed.into()),
            "prompt" | "hotwords" => self.prompt.extend(["\n", value]),
            "response_format" => {
                self.format = ResponseFormat::of(trimmed).ok_or_else(|| {
                    let known = ResponseFormat::NAMES.map(|(name, _)| name).join(", ");
                    ApiError::bad("response_format", format!("\"{trimmed}\" is not served; write one of {known}"))
                })?;
            }
            "stream" => {
                self.stream = match trimmed.to_lowercase().as_str() {
                    "true" | "1" => true,
                    "false" | "0" | "" => false,
                    _ => return Err(ApiError::bad("stream", "write true or false")),
                };
            }
            // Only check the temperature: golem itself searches further where words are in doubt.
            "temperature" => {
                let number = trimmed.parse::<f32>().ok().filter(|number| (0.0..=1.0).contains(number));
                number.ok_or_else(|| ApiError::bad("temperature", "write a number from 0 to 1"))?;
            }
            "timestamp_granularities[]" | "timestamp_granularities" => match trimmed {
                "word" => self.words = true,
                "segment" | "" => {}
                _ => return Err(ApiError::bad("timestamp_granularities", "write word or segment")),
            },
            _ => {}
        }
        Ok(())
    }

    /// Checks fields that depend on each other.
    ///
    /// # Errors
    /// When they contradict each other.
    pub fn check(&self) -> Result<(), ApiError> {
        if self.stream && matches!(self.format, ResponseFormat::Srt | ResponseFormat::Vtt | ResponseFormat::VerboseJson)
        {
            return Err(ApiError::bad("response_format", "with stream=true write json or text"));
        }
        if self.words && self.format != ResponseFormat::VerboseJson {
            return Err(ApiError::bad("timestamp_granularities", "words have times in verbose_json alone"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, &str)]) -> Result<FormFields, ApiError> {
        let mut form = FormFields::default();
        fields.iter().try_for_each(|(name, value)| form.take(name, value))?;
        form.check().map(|()| form)
    }

    #[test]
    fn fields_are_read_as_clients_write_them() {
        let form = read(&[
            ("model", "whisper-1"),
            ("language", "ru "),
            ("response_format", "verbose_json"),
            ("temperature", "0.2"),
            ("timestamp_granularities[]", "segment"),
            ("timestamp_granularities[]", "word"),
            ("chunking_strategy", "auto"),
            ("prompt", "EcoBee"),
            ("languages", "ru"),
            ("languages[]", " en"),
            ("keywords[]", "Nuki"),
            ("keywords", "Home Assistant"),
            ("stream", "False"),
        ])
        .unwrap();
        assert_eq!(
            (form.languages.join(" "), form.keywords.join(", ")),
            ("ru en".into(), "Nuki, Home Assistant".into())
        );
        assert_eq!((form.model.as_str(), form.language.as_str(), form.prompt.trim()), ("whisper-1", "ru", "EcoBee"));
        assert_eq!((form.format, form.stream, form.words), (ResponseFormat::VerboseJson, false, true));
        assert_eq!(read(&[]), Ok(FormFields::default()));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_does() {
        let refusal = |fields| read(fields).unwrap_err();
        let format = refusal(&[("response_format", "docx")]);
        assert!(
            format.message.contains("json, text, srt, verbose_json, vtt") && format.param == Some("response_format")
        );
        assert_eq!(refusal(&[("temperature", "hot")]).param, Some("temperature"));
        assert_eq!(refusal(&[("temperature", "NaN")]).param, Some("temperature"));
        assert_eq!(refusal(&[("stream", "maybe")]).param, Some("stream"));
        assert_eq!(refusal(&[("stream", "true"), ("response_format", "srt")]).param, Some("response_format"));
        assert_eq!(refusal(&[("timestamp_granularities[]", "word")]).param, Some("timestamp_granularities"));
        assert_eq!(refusal(&[("timestamp_granularities[]", "letter")]).param, Some("timestamp_granularities"));
    }
}
