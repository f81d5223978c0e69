//! The fit of a conversation into a server's context, with tokens estimated from characters. Pure.

use std::convert::Infallible;

use crate::engine::llama::window::Window;
use crate::message::Message;

/// Characters of a token before the server has counted any. English has about four, Russian about three; fewer is
/// safer.
const CHARACTERS: f64 = 2.5;
/// Range of believable characters of a token: no tokeniser makes fewer, and more is a miscount.
const PLAUSIBLE: (f64, f64) = (0.5, 6.0);
/// Tokens around each message: its role and the marks of the template.
const AROUND: usize = 6;

/// Keeps conversations within a context.
#[derive(Debug)]
pub struct ContextFit {
    window: Window,
    /// Tokens that fit into the context.
    context: usize,
    /// Characters of a token, as this server counts.
    characters: f64,
    /// Characters of the last conversation that was sent.
    asked: usize,
}

impl ContextFit {
    /// A fit for a context of so many tokens.
    pub fn new(context: u32) -> Self {
        Self { window: Window::default(), context: context.max(1) as usize, characters: CHARACTERS, asked: 0 }
    }

    /// The part of the conversation that leaves room for `reply` tokens: the oldest exchanges are dropped first. `None`
    /// if not even the newest question fits.
    pub fn fit(&mut self, conversation: &[Message], reply: usize) -> Option<Vec<Message>> {
        let budget = self.context - reply.clamp(1, self.context.div_ceil(2)).min(self.context);
        let (mut fitting, per) = (Vec::new(), self.characters);
        let fitted = self.window.fit(conversation, budget, |messages| {
            fitting = messages.to_vec();
            Ok::<_, Infallible>(vec![(); tokens(messages, per)])
        });
        let Ok(Some(_)) = fitted else { return None };
        self.asked = characters(&fitting);
        Some(fitting)
    }

    /// Estimated tokens of these messages.
    pub fn estimate(&self, messages: &[Message]) -> usize {
        tokens(messages, self.characters)
    }

    /// Takes the server's count of the tokens of the last conversation.
    pub fn counted(&mut self, tokens: u64) {
        #[allow(clippy::cast_precision_loss)] // a context has thousands
        let characters = self.asked as f64 / (tokens as f64).max(1.0);
        // Ignore small counts: they are mostly the template.
        if tokens >= 32 && self.asked > 0 {
            self.characters = characters.clamp(PLAUSIBLE.0, PLAUSIBLE.1);
        }
    }
}

fn characters(messages: &[Message]) -> usize {
    messages.iter().map(|message| message.text.chars().count()).sum()
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)] // lengths of texts
fn tokens(messages: &[Message], per: f64) -> usize {
    (characters(messages) as f64 / per).ceil() as usize + AROUND * messages.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Role;

    fn talk(exchanges: usize) -> Vec<Message> {
        let mut talk = vec![Message::new(Role::System, "Be brief.")];
        for number in 0..exchanges {
            talk.push(Message::new(Role::User, format!("question {number} {}", "a".repeat(40))));
            talk.push(Message::new(Role::Assistant, format!("answer {number} {}", "b".repeat(40))));
        }
        talk.push(Message::new(Role::User, "the newest"));
        talk
    }

    #[test]
    fn a_long_talk_loses_its_oldest_exchanges() {
        let mut fit = ContextFit::new(256);
        let whole = fit.fit(&talk(1), 64).unwrap();
        assert_eq!(whole, talk(1));
        let fitting = fit.fit(&talk(20), 64).unwrap();
        assert!(fitting.len() < talk(20).len() && tokens(&fitting, CHARACTERS) <= 192);
        assert_eq!((&fitting[0], fitting.last()), (&talk(20)[0], talk(20).last()));
        assert_eq!(fitting[1].role, Role::User);
        assert_eq!(ContextFit::new(0).fit(&talk(0), 1), None);
    }

    #[test]
    fn what_the_server_counts_is_believed_within_reason() {
        let mut fit = ContextFit::new(4096);
        fit.fit(&talk(2), 64).unwrap();
        let asked = fit.asked as u64;
        let before = fit.estimate(&talk(2));
        fit.counted(asked / 4);
        assert!((fit.characters - 4.0).abs() < 0.2, "{}", fit.characters);
        assert!(fit.estimate(&talk(2)) < before);
        fit.counted(1_000_000);
        assert!((fit.characters - PLAUSIBLE.0).abs() < 1e-9);
        fit.counted(3);
        assert!((fit.characters - PLAUSIBLE.0).abs() < 1e-9, "too few to learn from");
    }
}
