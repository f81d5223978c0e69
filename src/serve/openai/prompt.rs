//! The names that a client wants spelled as it writes them: its keywords, and those in its prompt.
//!
//! OpenAI's Whisper continues in the manner of its prompt, and hears words of it that were not said. Golem takes only
//! the names from a prompt, for which prompts are written. A name replaces words that sound like it, where the model
//! finds the name likelier.

/// Most keywords that are taken.
pub const MOST_KEYWORDS: usize = 500;
/// Most names that are taken from a prompt.
const MOST: usize = 100;
/// Most words between two commas that are a list's entry; a longer stretch is a sentence.
const ENTRY: usize = 3;

/// The first of `keywords`, and the names in `prompt`.
pub fn expected(keywords: &[String], prompt: &str) -> Vec<String> {
    let keywords = keywords.iter().filter(|keyword| !keyword.trim().is_empty()).take(MOST_KEYWORDS).cloned();
    keywords.chain(names(prompt)).collect()
}

/// The first names in `prompt`, in order: runs of words with a capital, but not a sentence's first word.
fn names(prompt: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for stretch in prompt.split([',', ';', '.', '!', '?', ':', '\n', '(', ')', '"']) {
        let words: Vec<&str> = stretch.split_whitespace().collect();
        let is_entry = words.len() <= ENTRY;
        let is_name = |(place, word): (usize, &&str)| {
            let capital = word.chars().any(char::is_uppercase);
            capital && (is_entry || place > 0 || word.chars().skip(1).any(char::is_uppercase))
        };
        let marks: Vec<bool> = words.iter().enumerate().map(is_name).collect();
        let mut from = 0;
        while from < words.len() {
            let run = marks[from..].iter().take_while(|mark| **mark).count();
            let name = words[from..from + run].join(" ");
            if run > 0 && !names.contains(&name) {
                names.push(name);
            }
            if names.len() == MOST {
                return names;
            }
            from += run.max(1);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_lists_and_in_sentences() {
        assert_eq!(names("ZyntriQix, Digique Plus, CynapseFive"), ["ZyntriQix", "Digique Plus", "CynapseFive"]);
        assert_eq!(names("The talk is about Home Assistant and EcoBee."), ["Home Assistant", "EcoBee"]);
        assert_eq!(names("umm, let me think like, hmm"), [""; 0]);
        assert_eq!(names("Roborock\nRoborock"), ["Roborock"]);
        assert_eq!(names(""), [""; 0]);
        let many: Vec<String> = (0..1_000).map(|number| format!("Aa{number}")).collect();
        assert_eq!(names(&many.join(", ")), many[..MOST]);
    }

    #[test]
    fn keywords_are_taken_as_they_are_and_come_first() {
        let keywords = ["eco bee, the second".to_owned(), " ".to_owned(), "nuki".to_owned()];
        assert_eq!(expected(&keywords, "Roborock"), ["eco bee, the second", "nuki", "Roborock"]);
        assert_eq!(expected(&vec!["nuki".to_owned(); 1_000], "").len(), MOST_KEYWORDS);
    }
}
