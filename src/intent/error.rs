//! Errors in commands files.

use thiserror::Error;

use crate::intent::template::FilePlace;

/// A mistake in a commands file; its message says where it is and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IntentError {
    /// The file is no YAML.
    #[error("{place}: this is not YAML: {reason}; check the indentation and the quotes around templates")]
    Yaml {
        /// Where reading stopped.
        place: FilePlace,
        /// The YAML parser's own words.
        reason: String,
    },
    /// The YAML says something else than the format has there.
    #[error("{place}: {reason}")]
    Format {
        /// Where the value stands.
        place: FilePlace,
        /// What is expected there.
        reason: String,
    },
    /// A sentence template that cannot be read.
    #[error("{place}: {reason}")]
    Template {
        /// Where in the template; in its file once the loader has seen it.
        place: FilePlace,
        /// What is wrong and how to write it instead.
        reason: String,
    },
    /// A rule that no file defines.
    #[error("{place}: no file defines the rule <{name}>; add it under `expansion_rules`{}", hint(.nearest.as_deref()))]
    UnknownRule {
        /// The sentence that uses it.
        place: FilePlace,
        /// Name of the rule.
        name: String,
        /// A known rule with a similar name.
        nearest: Option<String>,
    },
    /// Rules or lists that contain themselves.
    #[error("{place}: {cycle} never ends: take one of them out of another")]
    Recursion {
        /// The sentence that leads into the circle.
        place: FilePlace,
        /// The circle: `<a> → <b> → <a>`.
        cycle: String,
    },
    /// A template with more spellings than can be held.
    #[error("{place}: this template is too large ({what}); split it into several sentences or use a list")]
    TooLarge {
        /// The sentence.
        place: FilePlace,
        /// Which limit it breaks.
        what: String,
    },
}

impl IntentError {
    /// Where the mistake stands.
    pub const fn place(&self) -> &FilePlace {
        match self {
            Self::Yaml { place, .. }
            | Self::Format { place, .. }
            | Self::Template { place, .. }
            | Self::UnknownRule { place, .. }
            | Self::Recursion { place, .. }
            | Self::TooLarge { place, .. } => place,
        }
    }

    /// The same mistake in a template that starts at `start` in its file.
    #[must_use]
    pub fn within(mut self, start: &FilePlace) -> Self {
        if let Self::Template { place, .. } = &mut self {
            let column = match (start.column, place.column) {
                (0, _) => 0,
                (column, offset) => column + offset.saturating_sub(1),
            };
            *place = FilePlace { file: start.file.clone(), line: start.line, column };
        }
        self
    }
}

/// The nearest known name as the end of a message.
fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" or write <{name}>"))
}
