//! The conversation as both sides know it: the words of the person, and the words of golem that were heard.

use crate::message::{Message, Role};

/// Mark at the end of an interrupted reply.
pub const INTERRUPTED: &str = " —";

/// Messages kept. Older ones are dropped, and the engine drops more if its context is full.
const KEPT: usize = 64;

/// The conversation, the system message first.
#[derive(Clone, Debug)]
pub struct ChatHistory {
    system: Option<Message>,
    messages: Vec<Message>,
}

impl ChatHistory {
    /// An empty conversation under a system prompt (none when blank).
    pub fn new(system_prompt: &str) -> Self {
        let mut history = Self { system: None, messages: Vec::new() };
        history.instruct(system_prompt);
        history
    }

    /// Replaces the system prompt (none when blank).
    pub fn instruct(&mut self, system_prompt: &str) {
        let prompt = system_prompt.trim();
        self.system = (!prompt.is_empty()).then(|| Message::new(Role::System, prompt));
    }

    /// Continues an earlier conversation, before anything is said in this one.
    pub fn recall(&mut self, earlier: Vec<Message>) {
        self.messages = earlier;
    }

    /// Adds the person's words. If the last words were not answered, the new ones are appended to them.
    pub fn user(&mut self, text: &str) {
        match self.messages.last_mut() {
            Some(last) if last.role == Role::User => {
                last.text.push(' ');
                last.text.push_str(text);
            }
            _ => self.messages.push(Message::new(Role::User, text)),
        }
        if self.messages.len() > KEPT {
            let from = self.messages.len() - KEPT;
            let cut = (from..self.messages.len()).find(|i| self.messages[*i].role == Role::User).unwrap_or(from);
            self.messages.drain(..cut);
        }
    }

    /// Adds the heard part of a reply; nothing if nothing was heard.
    pub fn assistant(&mut self, heard: &str, interrupted: bool) {
        let heard = heard.trim();
        if heard.is_empty() {
            return;
        }
        let mark = if interrupted { INTERRUPTED } else { "" };
        self.messages.push(Message::new(Role::Assistant, format!("{heard}{mark}")));
    }

    /// Removes words that were not answered and never will be.
    pub fn retract(&mut self) {
        self.messages.pop_if(|last| last.role == Role::User);
    }

    /// The last reply as it was heard, without the mark of interruption.
    pub fn last_reply(&self) -> Option<&str> {
        let last = self.messages.iter().rev().find(|message| message.role == Role::Assistant)?;
        Some(last.text.strip_suffix(INTERRUPTED).unwrap_or(&last.text))
    }

    /// The conversation for the language model.
    pub fn conversation(&self) -> Vec<Message> {
        self.system.iter().chain(&self.messages).cloned().collect()
    }

    /// Only the person's last words, without the conversation before.
    pub fn question(&self) -> Vec<Message> {
        let last = self.messages.iter().rev().find(|message| message.role == Role::User);
        self.system.iter().chain(last).cloned().collect()
    }

    /// The conversation without the system message.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unanswered_words_are_continued_and_the_unheard_is_forgotten() {
        let mut history = ChatHistory::new(" ");
        history.user("tell me");
        history.assistant("  ", true);
        history.user("a joke");
        history.assistant("Why did", true);
        assert_eq!(
            history.conversation(),
            [Message::new(Role::User, "tell me a joke"), Message::new(Role::Assistant, "Why did —")]
        );
        assert_eq!(history.last_reply(), Some("Why did"));
    }

    #[test]
    fn only_unanswered_words_can_be_retracted() {
        let mut history = ChatHistory::new("");
        history.user("one");
        history.assistant("first", false);
        history.user("two");
        history.retract();
        history.retract();
        assert_eq!(history.messages(), [Message::new(Role::User, "one"), Message::new(Role::Assistant, "first")]);
    }

    #[test]
    fn an_earlier_conversation_goes_on_or_a_question_stands_for_itself() {
        let mut history = ChatHistory::new("be brief");
        history.recall(vec![Message::new(Role::User, "one"), Message::new(Role::Assistant, "first —")]);
        assert_eq!(history.last_reply(), Some("first"));
        history.user("two");
        assert_eq!(history.conversation().len(), 4);
        assert_eq!(history.question(), [Message::new(Role::System, "be brief"), Message::new(Role::User, "two")]);
    }

    #[test]
    fn a_long_conversation_starts_with_the_person() {
        let mut history = ChatHistory::new("be brief");
        for n in 0..100 {
            history.user(&format!("question {n}"));
            history.assistant("answer", false);
        }
        assert!(history.messages().len() <= KEPT + 1);
        assert_eq!(history.messages()[0].role, Role::User);
        assert_eq!(history.conversation()[0].role, Role::System);
    }
}
