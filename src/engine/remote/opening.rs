//! The end of a server's prompt template. Some templates open the model's thoughts there, and then the reply holds only
//! their closing mark. Pure.

use serde_json::{Value, json};

use super::request::{RequestBody, ServerRequest};
use crate::config::llm_source::LlmSource;
use crate::engine::llama::thoughts::opened_by;

/// How tokenisers write line ends and blanks: `ByteLevel` and `Metaspace` of
/// <https://huggingface.co/docs/tokenizers/api/pre-tokenizers>.
const WRITTEN: [(&str, &str); 3] = [("Ċ", "\n"), ("Ġ", " "), ("▁", " ")];
/// Tokens, and characters, at the end of a prompt that may hold the mark.
const TAIL: [usize; 2] = [16, 48];

/// Requests for the prompt that a question becomes, for llama-server and for vLLM. Other servers know neither request.
/// Neither generates text.
pub fn prompts(server: &LlmSource) -> [ServerRequest; 2] {
    let base = server.base();
    let root = base.strip_suffix("/v1").unwrap_or(&base);
    let mut body = json!({
        "model": server.model,
        "messages": [{ "role": "user", "content": "Hello" }],
        // Real questions set this flag too, and it may change the prompt.
        "chat_template_kwargs": { "enable_thinking": false },
    });
    let template = ServerRequest { url: format!("{root}/apply-template"), body: RequestBody::Json(body.clone()) };
    if let Some(body) = body.as_object_mut() {
        body.insert("add_generation_prompt".into(), true.into());
        body.insert("return_token_strs".into(), true.into());
    }
    [template, ServerRequest { url: format!("{root}/tokenize"), body: RequestBody::Json(body) }]
}

/// The end of the prompt in the answer to one of [`prompts`], if it opens thoughts; `None` if it does not, or if the
/// answer holds no prompt.
pub fn opening(answer: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let whole = answer.get("prompt").and_then(Value::as_str).map(str::to_owned);
    let prompt = whole.or_else(|| {
        let tokens = answer.get("token_strs")?.as_array()?;
        let tail = tokens.iter().skip(tokens.len().saturating_sub(TAIL[0])).filter_map(Value::as_str);
        let text: String = tail.collect();
        Some(WRITTEN.iter().fold(text, |text, (written, meant)| text.replace(written, meant)))
    })?;
    opened_by(&prompt)?;
    let end = prompt.trim_end();
    let from = end.char_indices().rev().nth(TAIL[1] - 1).map_or(0, |(at, _)| at);
    Some(end[from..].to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::llm_source::LlmEngine;

    #[test]
    fn the_prompt_is_asked_for_beside_the_interface_for_chats() {
        let server = LlmSource { engine: LlmEngine::OpenAi, url: "http://box:1".into(), ..LlmSource::default() };
        assert_eq!(
            prompts(&server).map(|request| request.url),
            ["http://box:1/apply-template", "http://box:1/tokenize"]
        );
    }

    #[test]
    fn a_prompt_that_ends_with_a_mark_opens_thoughts() {
        let whole = |prompt: &str| opening(json!({ "prompt": prompt }).to_string().as_bytes());
        assert_eq!(whole("<|user|>Hello<|assistant|><think>\n").as_deref(), Some("<|user|>Hello<|assistant|><think>"));
        assert!(whole("<|user|>Hello<|assistant|>\n[THINK]").is_some());
        assert_eq!(whole("<|assistant|><think>\n\n</think>\n\n"), None, "they are closed again");
        assert_eq!(whole("<|user|>Hello<|assistant|>"), None);
        let tokens = |tokens: &[&str]| opening(json!({ "tokens": [1], "token_strs": tokens }).to_string().as_bytes());
        assert!(tokens(&["ĠHello", "<|Assistant|>", "<think>", "Ċ"]).is_some());
        assert!(tokens(&["<|Assistant|>", "<", "think", ">", "Ċ"]).is_some());
        assert_eq!(tokens(&["<think>", "ĊĊ", "</think>", "ĊĊ"]), None);
        for other in [&b"{}"[..], b"[]", b"<html>", b"{\"tokens\":[1,2]}", b"{\"token_strs\":7}", b"\xff"] {
            assert_eq!(opening(other), None);
        }
    }

    proptest! {
        #[test]
        fn the_end_of_a_prompt_says_the_same_as_the_whole(prompt in "\\PC{0,80}", mark in prop_oneof![Just("<think>"), Just("")]) {
            let prompt = format!("{prompt}{mark}\n");
            let end = opening(json!({ "prompt": prompt }).to_string().as_bytes());
            prop_assert_eq!(end.as_deref().and_then(opened_by), opened_by(&prompt));
        }
    }
}
