//! The part of a long conversation that fits a short context. Pure: the caller counts the tokens.

use crate::message::{Message, Role};

/// Chooses the exchanges that are left out, and remembers the choice. Dropping several at once keeps the beginning of
/// the prompt, and so the cache, unchanged for several turns.
#[derive(Debug, Default)]
pub struct Window {
    /// The first message after the instructions; another one means a new conversation.
    first: Option<Message>,
    /// Number of messages left out after the instructions.
    dropped: usize,
}

impl Window {
    /// The prompt of `conversation` in at most `budget` tokens; `prompt` makes it from messages. The oldest exchanges
    /// are dropped first, but never the instructions nor the newest user message. If these alone are too long, the
    /// longest of them loses its beginning. `None` when even that is not enough.
    ///
    /// # Errors
    /// The error of `prompt`.
    pub fn fit<T, E>(
        &mut self,
        conversation: &[Message],
        budget: usize,
        mut prompt: impl FnMut(&[Message]) -> Result<Vec<T>, E>,
    ) -> Result<Option<Vec<T>>, E> {
        let head = conversation.iter().take_while(|message| message.role == Role::System).count();
        let (head, body) = conversation.split_at(head);
        self.meet(body);
        let mut allowed = budget;
        loop {
            let messages = [head, &body[self.dropped..]].concat();
            let tokens = prompt(&messages)?;
            if tokens.len() <= allowed {
                return Ok(Some(tokens));
            }
            let Some(next) = next_exchange(body, self.dropped) else {
                return if tokens.len() <= budget { Ok(Some(tokens)) } else { shorten(messages, budget, prompt) };
            };
            self.dropped = next;
            // Free a quarter of the room at once.
            allowed = budget - budget / 4;
        }
    }

    /// Starts over when `body` is another conversation than last time.
    fn meet(&mut self, body: &[Message]) {
        if self.first.as_ref() != body.first() || self.dropped >= body.len() {
            *self = Self { first: body.first().cloned(), dropped: 0 };
        }
    }
}

/// The beginning of the exchange after the one at `from`.
fn next_exchange(body: &[Message], from: usize) -> Option<usize> {
    body.iter().skip(from + 1).position(|message| message.role == Role::User).map(|at| from + 1 + at)
}

/// Cuts the beginning of the longest message until the prompt fits.
fn shorten<T, E>(
    mut messages: Vec<Message>,
    budget: usize,
    mut prompt: impl FnMut(&[Message]) -> Result<Vec<T>, E>,
) -> Result<Option<Vec<T>>, E> {
    loop {
        let tokens = prompt(&messages)?;
        if tokens.len() <= budget {
            return Ok(Some(tokens));
        }
        let Some(longest) = messages.iter_mut().max_by_key(|message| message.text.len()) else { return Ok(None) };
        let chars = longest.text.chars().count();
        // Keep at least one character: an empty message would lose its place in the prompt.
        if chars <= 1 {
            return Ok(None);
        }
        let share = chars * (tokens.len() - budget) / tokens.len() + 1;
        let cut = share.min(chars - 1);
        tracing::warn!(role = ?longest.role, cut, chars, budget, "message too long for the context: its beginning is dropped");
        longest.text = longest.text.chars().skip(cut).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A prompt of one token for each byte and two for each message.
    #[expect(clippy::unnecessary_wraps, reason = "a real prompt can fail")]
    fn prompt(messages: &[Message]) -> Result<Vec<u8>, ()> {
        Ok(messages.iter().flat_map(|message| [b"<>", message.text.as_bytes()].concat()).collect())
    }

    fn text(tokens: Option<Vec<u8>>) -> String {
        String::from_utf8(tokens.expect("fits")).expect("ASCII")
    }

    fn talk(exchanges: usize) -> Vec<Message> {
        let mut talk = vec![Message::new(Role::System, "sys")];
        for number in 0..exchanges {
            talk.push(Message::new(Role::User, format!("u{number}")));
            talk.push(Message::new(Role::Assistant, format!("a{number}")));
        }
        talk.push(Message::new(Role::User, "new"));
        talk
    }

    #[test]
    fn a_short_conversation_stays_whole() {
        assert_eq!(text(Window::default().fit(&talk(1), 100, prompt).unwrap()), "<>sys<>u0<>a0<>new");
    }

    #[test]
    fn the_oldest_exchanges_go_first_and_in_pairs() {
        // 10 tokens of instructions and question, 8 an exchange: five exchanges make 50.
        let fitted = text(Window::default().fit(&talk(5), 40, prompt).unwrap());
        assert_eq!(fitted, "<>sys<>u3<>a3<>u4<>a4<>new", "26 of the 30 that three quarters leave");
    }

    #[test]
    fn the_beginning_stays_the_same_for_several_turns() {
        let mut window = Window::default();
        let starts: Vec<String> =
            (4..8).map(|turns| text(window.fit(&talk(turns), 40, prompt).unwrap())[5..9].to_owned()).collect();
        assert_eq!(starts, ["<>u2", "<>u2", "<>u4", "<>u4"]);
    }

    #[test]
    fn another_conversation_starts_whole_again() {
        let mut window = Window::default();
        window.fit(&talk(5), 40, prompt).unwrap();
        let other = [Message::new(Role::User, "x"), Message::new(Role::Assistant, "y"), Message::new(Role::User, "z")];
        assert_eq!(text(window.fit(&other, 40, prompt).unwrap()), "<>x<>y<>z");
        window.fit(&talk(5), 40, prompt).unwrap();
        assert_eq!(text(window.fit(&talk(0), 40, prompt).unwrap()), "<>sys<>new");
    }

    #[test]
    fn instructions_and_the_newest_question_are_never_dropped() {
        let fitted = text(Window::default().fit(&talk(3), 11, prompt).unwrap());
        assert_eq!(fitted, "<>sys<>new");
    }

    #[test]
    fn a_message_too_long_by_itself_loses_its_beginning() {
        let talk = [Message::new(Role::System, "sys"), Message::new(Role::User, "0123456789")];
        let fitted = text(Window::default().fit(&talk, 12, prompt).unwrap());
        assert!(fitted.starts_with("<>sys<>") && fitted.ends_with('9') && fitted.len() <= 12, "{fitted}");
    }

    #[test]
    fn a_hopeless_budget_is_told_rather_than_met() {
        assert!(Window::default().fit(&talk(2), 3, prompt).unwrap().is_none());
        assert!(Window::default().fit(&[], 0, |_| Ok::<_, ()>(vec![0; 4])).unwrap().is_none());
    }
}
