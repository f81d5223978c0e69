//! Errors in commands files.

use thiserror::Error;

use crate::intent::template::FilePlace;

/// A mistake in a commands file; the message names the place and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IntentError {
    /// The file is not valid YAML.
    #[error("{place}: this is not YAML: {reason}; check the indentation and the quotes around templates")]
    Yaml {
        /// Where reading stopped.
        place: FilePlace,
        /// The YAML parser's message.
        reason: String,
    },
    /// The YAML does not have the kind of value that the format expects.
    #[error("{place}: {reason}")]
    Format {
        /// Where the value stands.
        place: FilePlace,
        /// What is expected.
        reason: String,
    },
    /// A sentence template cannot be parsed.
    #[error("{place}: {reason}")]
    Template {
        /// The place in the template, or in its file after the loader has moved it there.
        place: FilePlace,
        /// What is wrong and how to write it instead.
        reason: String,
    },
    /// A rule that is not defined.
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
    /// A template with too many spellings.
    #[error("{place}: this template is too large ({what}); split it into several sentences or use a list")]
    TooLarge {
        /// The sentence.
        place: FilePlace,
        /// The limit that it exceeds.
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

    /// Moves the mistake from its template, which starts at `start`, to its place in the file.
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

/// The nearest known name, as the end of a message.
fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" or write <{name}>"))
}
