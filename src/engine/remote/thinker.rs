//! The manner of thought of a model, by its name. Pure.

/// Parts of the names of models that always think, and whose templates open the thoughts.
const OPENED: [&str; 4] = ["-r1", "qwq", "thinking", "reason"];
/// Part of the names of models that always think, as much as a level says.
const LEVELLED: &str = "gpt-oss";

/// How a model thinks, as far as its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thinker {
    /// The name says nothing: the model may not think, or may stop thinking when it is asked to.
    Unknown,
    /// It always thinks, and its template opens the thoughts.
    Opened,
    /// It always thinks, and a level says how much.
    Levelled,
}

impl Thinker {
    /// What the name `model` says.
    pub fn of(model: &str) -> Self {
        let model = model.to_lowercase();
        if model.contains(LEVELLED) {
            Self::Levelled
        } else if OPENED.iter().any(|part| model.contains(part)) {
            Self::Opened
        } else {
            Self::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_that_always_think_are_known_by_their_names() {
        assert_eq!(Thinker::of("hf.co/x/GPT-OSS-20b-GGUF:Q4_K_M"), Thinker::Levelled);
        for model in ["DeepSeek-R1-Distill", "qwq:32b", "Qwen3-4B-Thinking-2507"] {
            assert_eq!(Thinker::of(model), Thinker::Opened, "{model}");
        }
        for model in ["qwen3", "gpt-4o", "m", ""] {
            assert_eq!(Thinker::of(model), Thinker::Unknown, "{model}");
        }
    }
}
