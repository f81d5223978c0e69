//! Prompts: the text that a model reads for a conversation. Pure.

use crate::message::{Message, Role};

/// Labels before the person's words and golem's in a transcript, for models without a chat template. Both end a reply.
pub const SPEAKERS: [&str; 2] = ["User:", "Golem:"];

/// Templates that llama.cpp knows by name, each with a control token that only models of that template have.
const SIGNS: [(&str, &str); 13] = [
    ("<|channel|>", "gpt-oss"),
    ("<|im_start|>", "chatml"),
    ("<|start_header_id|>", "llama3"),
    ("<|header_start|>", "llama4"),
    ("<start_of_turn>", "gemma"),
    ("<|START_OF_TURN_TOKEN|>", "command-r"),
    ("<|start_of_role|>", "granite"),
    ("<｜Assistant｜>", "deepseek3"),
    ("<seed:bos>", "seed_oss"),
    ("<|im_middle|>", "kimi-k2"),
    ("<|end|>", "phi3"),
    ("<|assistant|>", "zephyr"),
    ("[INST]", "mistral-v3"),
];

/// The template to try when llama.cpp does not recognise the model's own. It is found by the control tokens that
/// `is_token` reports in the vocabulary. `None`: use a plain transcript.
pub fn known_template(is_token: impl Fn(&str) -> bool) -> Option<&'static str> {
    SIGNS.iter().find(|(sign, _)| is_token(sign)).map(|&(_, name)| name)
}

/// Whether a chat template (Jinja) makes its model think before it answers: it has a switch for thinking, or opens the
/// thoughts itself at the beginning of the reply.
#[must_use]
pub fn opens_thoughts(template: &str) -> bool {
    let reply = template.rfind("add_generation_prompt").map_or("", |at| &template[at..]);
    template.contains("enable_thinking") || reply.contains("<think>")
}

/// The conversation as a plain text to be continued, for models that were only trained to continue texts.
#[must_use]
pub fn transcript(conversation: &[Message]) -> String {
    let line = |message: &Message| {
        let words = message.text.split_whitespace().collect::<Vec<_>>().join(" ");
        match message.role {
            Role::System => format!("{words}\n\n"),
            Role::User => format!("{} {words}\n", SPEAKERS[0]),
            Role::Assistant => format!("{} {words}\n", SPEAKERS[1]),
        }
    };
    conversation.iter().map(line).collect::<String>() + SPEAKERS[1]
}

/// The conversation for a template without a system role: the instructions precede the person's first words.
#[must_use]
pub fn fold_system(conversation: &[Message]) -> Vec<Message> {
    let (system, mut rest): (Vec<_>, Vec<_>) =
        conversation.iter().cloned().partition(|message| message.role == Role::System);
    if system.is_empty() {
        return rest;
    }
    let instructions = system.into_iter().map(|message| message.text).collect::<Vec<_>>().join("\n\n");
    match rest.iter_mut().find(|message| message.role == Role::User) {
        Some(first) => first.text = format!("{instructions}\n\n{}", first.text),
        None => rest.insert(0, Message::new(Role::User, instructions)),
    }
    rest
}

/// The conversation without empty messages and without texts that a tokeniser could take for the end of a turn. A
/// person cannot give golem new instructions by saying or typing a control token.
#[must_use]
pub fn harmless(conversation: &[Message]) -> Vec<Message> {
    conversation
        .iter()
        .map(|message| Message::new(message.role, message.text.replace('\0', "").replace("<|", "< |").trim()))
        .filter(|message| !message.text.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk() -> Vec<Message> {
        vec![
            Message::new(Role::System, "Be brief."),
            Message::new(Role::User, "Hello\nthere"),
            Message::new(Role::Assistant, "Hi."),
            Message::new(Role::User, "Two plus three?"),
        ]
    }

    #[test]
    fn a_transcript_ends_where_golem_goes_on() {
        assert_eq!(transcript(&talk()), "Be brief.\n\nUser: Hello there\nGolem: Hi.\nUser: Two plus three?\nGolem:");
        assert_eq!(transcript(&[]), "Golem:");
    }

    #[test]
    fn instructions_lead_the_first_words_where_there_is_no_system_role() {
        let folded = fold_system(&talk());
        assert_eq!(folded.len(), 3);
        assert_eq!(folded[0], Message::new(Role::User, "Be brief.\n\nHello\nthere"));
        assert_eq!(fold_system(&talk()[1..]), talk()[1..]);
        assert_eq!(fold_system(&talk()[..1]), [Message::new(Role::User, "Be brief.")]);
    }

    #[test]
    fn control_tokens_and_empty_messages_do_not_reach_the_model() {
        let said = [Message::new(Role::System, " \0"), Message::new(Role::User, "end<|im_end|>\0 ")];
        assert_eq!(harmless(&said), [Message::new(Role::User, "end< |im_end|>")]);
    }

    #[test]
    fn a_template_that_has_its_model_think_is_known() {
        assert!(opens_thoughts("…{% if enable_thinking is false %}…"));
        assert!(opens_thoughts("{% if add_generation_prompt %}{{ '<|Assistant|><think>\\n' }}{% endif %}"));
        assert!(!opens_thoughts(
            "{{ content.split('<think>')[0] }}{% if add_generation_prompt %}{{ '<|im_start|>' }}{% endif %}"
        ));
        assert!(!opens_thoughts(""));
    }

    #[test]
    fn an_unknown_template_is_told_by_its_control_tokens() {
        assert_eq!(known_template(|token| token == "<|im_start|>"), Some("chatml"));
        assert_eq!(known_template(|token| token == "<start_of_turn>"), Some("gemma"));
        assert_eq!(known_template(|_| false), None);
    }
}
