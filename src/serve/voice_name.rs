//! The names that clients send for voices.

/// Voices of OpenAI's, which stand for the voice of the settings.
const USUAL: [&str; 15] = [
    "", "default", "alloy", "ash", "ballad", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer", "verse",
    "marin", "cedar",
];

/// The voice to speak with where `name` was asked for; empty for that of the settings.
pub fn voice(name: &str) -> &str {
    if USUAL.contains(&name) { "" } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_of_openai_is_the_usual_one() {
        assert_eq!((voice("alloy"), voice(""), voice("en_US-joe-medium")), ("", "", "en_US-joe-medium"));
    }
}
