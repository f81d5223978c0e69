//! The options of the next utterances: language, task, names and word times.

use super::detect;
use super::model::Whisper;
use super::prompt::ExpectedLanguage;
use crate::engine::EngineError;
use crate::engine::options::AsrOptions;

impl Whisper {
    /// Applies `options`; values that they leave open come from the settings.
    ///
    /// # Errors
    /// [`EngineError::Refused`] when the model does not know a language, or cannot translate.
    pub(super) fn take_options(&mut self, options: &AsrOptions) -> Result<(), EngineError> {
        let multilingual = self.model.is_multilingual();
        if !multilingual {
            options.english_only(&format!("Whisper {}", self.name)).map_err(EngineError::Refused)?;
        }
        let unknown = |tag: &str| {
            let known = self.known.join(", ");
            EngineError::Refused(format!("the model does not know the language \"{tag}\"; it knows {known}"))
        };
        let asked = match options.tag() {
            None => None,
            Some(tag) => Some(ExpectedLanguage::choose(&tag, multilingual, &self.known).map_err(|_| unknown(&tag))?),
        };
        let among: &[String] = if multilingual { &options.languages } else { &[] };
        let among = detect::tags(among, &self.known).map_err(|tag| unknown(&tag))?;
        let (usual_language, usual_names) =
            self.usual.get_or_insert_with(|| (self.language.clone(), self.names.clone())).clone();
        self.language = asked.unwrap_or(usual_language);
        self.allowed = match self.language {
            // The settings' languages were checked at loading if they were to be detected; otherwise allow all.
            ExpectedLanguage::Detect if among.is_empty() => {
                detect::allowed(&self.languages, &self.known).unwrap_or_default()
            }
            ExpectedLanguage::Detect => among,
            _ => Vec::new(),
        };
        self.task = options.task;
        self.words = options.words;
        self.names = usual_names;
        self.names.add(options.names.iter().map(String::as_str), false);
        Ok(())
    }
}
