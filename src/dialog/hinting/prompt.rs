//! The messages that ask the language model for a hint.

use crate::message::{Message, Role};

/// Number of earlier lines that accompany a question: enough for "and the second one?".
pub const EARLIER: usize = 4;
/// Theses that [`theses`] asks for.
pub const THESES: usize = 5;

/// The instruction, in the language of the question: small models answer in the language they are addressed in.
const HINT_ENGLISH: &str = "You help a person in a conversation. Somebody has asked them a question. Write what they could \
    answer: the facts, in one or two short sentences, at most 25 words. No greeting, no introduction, no markup. \
    If you do not know, say what to ask back.";
const HINT_RUSSIAN: &str = "Ты помогаешь человеку в разговоре. Ему задали вопрос. Напиши, что он может ответить: суть, одним \
    или двумя короткими предложениями, не больше 25 слов. Без приветствия, вступления и разметки. Если не знаешь, \
    напиши, о чём переспросить.";
const THESES_ENGLISH: &str = "You write prompts for a speaker. Write five theses that answer the question, each in a line of \
    its own that begins with a dash, each at most twelve words. Nothing else.";
const THESES_RUSSIAN: &str = "Ты пишешь подсказки для выступающего. Напиши пять тезисов с ответом на вопрос, каждый с новой \
    строки, в начале тире, не больше двенадцати слов. Ничего больше.";

/// The messages that ask for a hint. `earlier` are the lines before the question, oldest first; `about` is the owner's
/// description of the conversation, or empty.
pub fn hint(question: &str, earlier: &[String], about: &str) -> Vec<Message> {
    let russian = is_russian(question);
    let task = if russian { HINT_RUSSIAN } else { HINT_ENGLISH };
    let (subject, before, asked) = if russian {
        ("О чём разговор", "До этого", "Вопрос")
    } else {
        ("What it is about", "Before it", "Question")
    };
    let system = match about.trim() {
        "" => task.to_owned(),
        about => format!("{task}\n{subject}: {about}"),
    };
    let earlier = &earlier[earlier.len().saturating_sub(EARLIER)..];
    let lead = if earlier.is_empty() { String::new() } else { format!("{before}: {}\n", earlier.join(" ")) };
    let user = format!("{lead}{asked}: {question}");
    vec![Message::new(Role::System, system), Message::new(Role::User, user)]
}

/// The messages that ask for theses about `question`.
pub fn theses(question: &str) -> Vec<Message> {
    let task = if is_russian(question) { THESES_RUSSIAN } else { THESES_ENGLISH };
    vec![Message::new(Role::System, task), Message::new(Role::User, question.trim())]
}

/// Whether most letters are Cyrillic.
fn is_russian(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    2 * text.chars().filter(|c| ('\u{400}'..='\u{4ff}').contains(c)).count() > letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_lines_before_the_question_go_along_in_its_language() {
        let earlier: Vec<String> = (1..=6).map(|number| format!("Line {number}.")).collect();
        let messages = hint("And the second?", &earlier, "a quiz");
        assert!(messages[0].text.ends_with("What it is about: a quiz"));
        assert_eq!(messages[1].text, "Before it: Line 3. Line 4. Line 5. Line 6.\nQuestion: And the second?");
        let messages = hint("Сколько будет дважды два?", &[], " ");
        assert_eq!(messages[0].text, HINT_RUSSIAN);
        assert_eq!(messages[1].text, "Вопрос: Сколько будет дважды два?");
        assert_eq!(theses("Зачем нам тесты?")[0].text, THESES_RUSSIAN);
    }
}
