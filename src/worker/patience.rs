//! The request for patience that is spoken while a language model loads or thinks. It is no part of the reply. Pure.

use crate::message::{Message, Role};
use crate::phrases::{Language, Phrase};
use crate::verbalize::cyrillic;

/// The request, in the language of the newest question.
pub fn moment(conversation: &[Message]) -> String {
    let asked = conversation.iter().rfind(|message| message.role == Role::User);
    let russian = asked.is_some_and(|message| cyrillic(&message.text) == Some(true));
    let language = if russian { Language::Russian } else { Language::English };
    format!("{} ", Phrase::OneMoment.say(language))
}

/// The conversation without the requests that replies begin with: the model has not said them. A question whose reply
/// was nothing else is continued by the next one, because many templates want a reply between two questions.
pub fn without_moments(conversation: Vec<Message>) -> Vec<Message> {
    let mut known: Vec<Message> = Vec::with_capacity(conversation.len());
    for mut message in conversation {
        if message.role == Role::Assistant
            && let Some(rest) = after_moment(&message.text).map(str::to_owned)
        {
            if rest.is_empty() {
                continue;
            }
            message.text = rest;
        }
        match known.last_mut() {
            Some(last) if last.role == Role::User && message.role == Role::User => {
                last.text.push(' ');
                last.text.push_str(&message.text);
            }
            _ => known.push(message),
        }
    }
    known
}

/// The text after the request that it begins with; `None` if it does not begin with one.
fn after_moment(text: &str) -> Option<&str> {
    let moments = Language::ALL.map(|language| Phrase::OneMoment.say(language));
    moments.iter().find_map(|moment| text.strip_prefix(moment.as_str())).map(str::trim_start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Message {
        Message::new(Role::User, text)
    }

    fn said(text: &str) -> Message {
        Message::new(Role::Assistant, text)
    }

    #[test]
    fn patience_is_asked_for_in_the_language_of_the_newest_question() {
        assert_eq!(moment(&[asked("Который час?"), said("Пять."), asked("And now?")]), "One moment. ");
        assert_eq!(moment(&[asked("What time is it?"), said("Five."), asked("А теперь?")]), "Одну минуту. ");
        assert_eq!(moment(&[]), "One moment. ");
    }

    #[test]
    fn what_golem_said_while_it_waited_is_no_part_of_the_conversation() {
        let known = |text: &str| without_moments(vec![said(text)]).pop().map(|message| message.text);
        assert_eq!(known("One moment. It is five.").as_deref(), Some("It is five."));
        assert_eq!(known("Одну минуту."), None);
        assert_eq!(known("It is five.").as_deref(), Some("It is five."));
        assert_eq!(without_moments(vec![asked("One moment.")]), [asked("One moment.")]);
    }

    #[test]
    fn a_question_without_a_reply_is_continued_by_the_next() {
        let talk = vec![Message::new(Role::System, "Be brief."), asked("Who?"), said("One moment."), asked("And why?")];
        assert_eq!(without_moments(talk), [Message::new(Role::System, "Be brief."), asked("Who? And why?")]);
    }
}
