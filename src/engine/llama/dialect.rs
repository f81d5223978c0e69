//! The prompt format of a model: its own chat template, or a plain transcript.

use llama_cpp_2::model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel};

use super::prompt::{SPEAKERS, fold_system, known_template, opens_thoughts, transcript};
use super::thoughts;
use crate::message::{Message, Role};

/// Instructions with which a template is tried out.
const PROBE: &str = "instructions";
/// Empty thoughts, as the templates of reasoning models write them when thinking is off.
const NO_THOUGHTS: &str = "<think>\n\n</think>\n\n";

/// The prompt format of one model.
#[derive(Debug)]
pub enum Dialect {
    /// A chat template that llama.cpp can apply.
    Template {
        /// The template, or its name in llama.cpp.
        template: LlamaChatTemplate,
        /// Whether it accepts a system message.
        system: bool,
        /// Whether the model thinks aloud by default.
        thinks: bool,
        /// Name of the template, if it stands in for the model's own, which llama.cpp does not know.
        guessed: Option<&'static str>,
    },
    /// A text to be continued.
    Transcript,
}

impl Dialect {
    /// Tries the model's own template, then the one that its control tokens suggest, then a transcript.
    pub fn of(model: &LlamaModel) -> Self {
        let own = model.chat_template(None).ok();
        let thinks = own.as_ref().is_some_and(|own| own.to_str().is_ok_and(opens_thoughts));
        let is_token = |text: &str| model.vocab().tokenize(text.as_bytes(), false, true).len() == 1;
        let sign = || known_template(is_token);
        let known = || LlamaChatTemplate::new(sign()?).ok();
        let works = |template: &LlamaChatTemplate| apply(model, template, &[Message::new(Role::User, PROBE)]).is_some();
        let own = own.filter(works);
        let guessed = if own.is_none() { sign() } else { None };
        let Some(template) = own.or_else(|| known().filter(works)) else { return Self::Transcript };
        let probe = [Message::new(Role::System, PROBE), Message::new(Role::User, "hello")];
        let system = apply(model, &template, &probe).is_some_and(|text| text.contains(PROBE));
        Self::Template { template, system, thinks, guessed }
    }

    /// The prompt for golem's next words; `None` when the template cannot take the conversation.
    pub fn prompt(&self, model: &LlamaModel, conversation: &[Message]) -> Option<String> {
        let Self::Template { template, system, thinks, .. } = self else { return Some(transcript(conversation)) };
        let prompt = if *system {
            apply(model, template, conversation)?
        } else {
            apply(model, template, &fold_system(conversation))?
        };
        // Close thoughts that the template itself has opened.
        Some(match thoughts::opened_by(&prompt) {
            Some(close) => format!("{}\n\n{close}\n\n", prompt.trim_end()),
            None if *thinks => prompt + NO_THOUGHTS,
            None => prompt,
        })
    }

    /// A doubt about the format, in a few words for people; `None` when the model's own template is used.
    pub fn doubt(&self) -> Option<String> {
        match self {
            Self::Template { guessed: None, .. } => None,
            Self::Template { guessed: Some(name), .. } => Some(format!("unknown chat template, spoken to as {name}")),
            Self::Transcript => Some("no chat template it could use, so it may not answer".into()),
        }
    }

    /// Words that end a reply when they begin a line.
    pub fn stops(&self) -> &'static [&'static str] {
        if matches!(self, Self::Transcript) { &SPEAKERS } else { &[] }
    }
}

fn apply(model: &LlamaModel, template: &LlamaChatTemplate, conversation: &[Message]) -> Option<String> {
    let messages: Result<Vec<_>, _> = conversation
        .iter()
        .map(|message| LlamaChatMessage::new(role(message.role).to_owned(), message.text.clone()))
        .collect();
    model.apply_chat_template(template, &messages.ok()?, true).ok()
}

fn role(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}
