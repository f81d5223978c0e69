//! The beginning of a reply, from which role names and a repeated question are dropped. Pure.

/// Names by which models announce golem's words.
const OWN: [&str; 11] =
    ["assistant", "golem", "ai", "ai assistant", "bot", "chatbot", "model", "answer", "response", "голем", "ассистент"];
/// Names by which models announce the person's words, before they repeat them.
const OTHERS: [&str; 6] = ["user", "human", "person", "question", "вопрос", "пользователь"];
/// Characters that may surround such a name.
const MARKUP: [char; 7] = ['*', '_', '[', ']', '#', '<', '>'];
/// Fewest words of a question whose repetition counts: a shorter one is chance, as "Hello" answers "Hello".
const ECHO_WORDS: usize = 4;

/// The verdict on the beginning of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// It belongs to the reply.
    Reply,
    /// It may have to be dropped: more text is needed.
    Perhaps,
    /// So many bytes have to be dropped.
    Drop(usize),
}

/// Judges whether `text`, the beginning of a reply, names a role. `done`: no more text comes. Roles in `stops` are not
/// dropped, since they end the reply.
pub fn role(text: &str, stops: &[&str], done: bool) -> Opening {
    let name_at = text.len() - text.trim_start_matches(MARKUP).len();
    let rest = &text[name_at..];
    let names = OWN.iter().chain(OTHERS.iter().filter(|name| !stops.iter().any(|stop| is_name(stop, name))));
    let mut perhaps = rest.is_empty();
    for name in names {
        let Some(length) = shared(rest, name) else {
            perhaps |= shared(name, rest).is_some();
            continue;
        };
        let after = rest[length..].trim_start_matches(MARKUP);
        match after.chars().next() {
            Some(':' | '：') => {
                let body = after[after.chars().next().map_or(0, char::len_utf8)..].trim_start_matches(MARKUP);
                if !body.is_empty() || done {
                    return Opening::Drop(text.len() - body.len());
                }
                perhaps = true;
            }
            // This is the rest of a template's header.
            Some('\n') if name_at == 0 && matches!(*name, "assistant" | "model") => return Opening::Drop(length + 1),
            Some(_) => {}
            None => perhaps = true,
        }
    }
    if perhaps && !done { Opening::Perhaps } else { Opening::Reply }
}

/// Judges whether `text`, the beginning of a reply, repeats `asked`. `done`: no more text comes.
pub fn echo(text: &str, asked: &str, done: bool) -> Opening {
    let wanted: Vec<&str> = words(asked).map(|(_, word)| word).collect();
    if wanted.len() < ECHO_WORDS {
        return Opening::Reply;
    }
    let mut said = words(text);
    let mut end = 0;
    for wanted in wanted {
        let more = if done { Opening::Reply } else { Opening::Perhaps };
        let Some((at, word)) = said.next() else { return more };
        end = at;
        // The newest word may still grow.
        if end == text.len() && !done && shared(wanted, word).is_some() {
            return Opening::Perhaps;
        }
        if shared(word, wanted) != Some(word.len()) {
            return Opening::Reply;
        }
    }
    let rest = text[end..].trim_start_matches(|c: char| !c.is_alphanumeric() && !MARKUP.contains(&c));
    let between = &text[end..text.len() - rest.len()];
    // The question's words are an answer if the sentence goes on after them.
    if !rest.is_empty() && !between.contains(['.', '?', '!', ':', '\n', '…', '。', '？', '！']) {
        return Opening::Reply;
    }
    if rest.is_empty() && !done { Opening::Perhaps } else { Opening::Drop(text.len() - rest.len()) }
}

/// The words of `text` with the byte at which each ends.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    parts.map(move |word| (word.as_ptr() as usize - text.as_ptr() as usize + word.len(), word))
}

/// Bytes of `text` that match `start`, ignoring case; `None` if `text` does not begin with it.
fn shared(text: &str, start: &str) -> Option<usize> {
    let mut own = text.char_indices();
    for wanted in start.chars() {
        let (_, c) = own.next()?;
        if !c.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    Some(own.next().map_or(text.len(), |(at, _)| at))
}

/// Whether `stop`, such as `User:`, is the name of a role.
fn is_name(stop: &str, name: &str) -> bool {
    stop.strip_suffix(':').is_some_and(|stop| stop.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_roles_are_told_from_words() {
        use Opening::{Drop, Perhaps, Reply};
        for (text, wanted) in [
            ("Assistant: Hi", Drop(10)),
            ("**Golem:** Hi", Drop(10)),
            ("[AI]: Hi", Drop(5)),
            ("AI：你", Drop(5)),
            ("Голем: да", Drop("Голем:".len())),
            ("assistant\nHi", Drop(10)),
            ("Answer: 5", Drop(7)),
            ("User: Hi", Drop(5)),
            ("Assistant:", Perhaps),
            ("**Golem:*", Perhaps),
            ("Ass", Perhaps),
            ("assistant", Perhaps),
            ("**", Perhaps),
            ("", Perhaps),
            ("AI is a field", Reply),
            ("Assistants: many", Reply),
            ("Golem here.", Reply),
            ("Ж", Reply),
            ("Assistant\tHi", Reply),
        ] {
            assert_eq!(role(text, &[], false), wanted, "{text}");
        }
        assert_eq!((role("AI", &[], true), role("AI:", &[], true)), (Reply, Drop(3)));
        assert_eq!(role("User: Hi", &["User:", "Golem:"], false), Reply, "left to the stop word");
        assert_eq!(role("Golem: Hi", &["User:", "Golem:"], false), Drop(6), "one's own name ends nothing");
    }

    #[test]
    fn a_question_said_again_is_told_from_an_answer() {
        use Opening::{Drop, Perhaps, Reply};
        let asked = "What is the capital of France?";
        for (text, wanted) in [
            ("What is the capital of France? Paris.", Drop(31)),
            ("\"what is the capital of France\"\n\nParis.", Drop(33)),
            ("What is the cap", Perhaps),
            ("What is the capital of France", Perhaps),
            ("", Perhaps),
            ("What is the capital of France depends on the year.", Reply),
            ("What is it", Reply),
            ("What is the capital of Francesca? x", Reply),
            ("Paris is the capital.", Reply),
        ] {
            assert_eq!(echo(text, asked, false), wanted, "{text}");
        }
        assert_eq!(echo("Hello there! How are you", "Hello there!", false), Reply, "too short to be told");
        assert_eq!(
            echo("Сколько будет два плюс два? Че", "сколько будет два плюс два", false),
            Drop("Сколько будет два плюс два? ".len())
        );
    }
}
