//! The languages that golem speaks.

/// The language in a tag: `en` of `en-us`, `en_GB` and `en+f5`, in the tag's own case.
pub fn primary(tag: &str) -> &str {
    tag.split(['-', '_', '+']).next().unwrap_or_default()
}

/// A language of golem's sentences and of verbalization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English, as in America.
    #[default]
    English,
    /// Russian.
    Russian,
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::English, Self::Russian];

    /// The language of a tag such as `en-us` or `ru_RU`; `None` for languages whose texts are not verbalized.
    pub fn of_tag(tag: &str) -> Option<Self> {
        match primary(tag).to_lowercase().as_str() {
            "en" => Some(Self::English),
            "ru" => Some(Self::Russian),
            _ => None,
        }
    }

    /// Whether a tag is of this language.
    pub fn has(self, tag: &str) -> bool {
        Self::of_tag(tag) == Some(self)
    }

    /// The language of golem's own sentences for the tag in the settings: English if golem has no sentences in it.
    pub fn or_english(tag: &str) -> Self {
        Self::of_tag(tag).unwrap_or(Self::English)
    }
}
