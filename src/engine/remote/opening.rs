//! What a server's template writes before a reply: some open the model's thoughts there, and then only their end is in the
//! reply. Pure.

use serde_json::{Value, json};

use super::request::{RequestBody, ServerRequest};
use crate::config::brain::BrainConfig;
use crate::engine::llama::thoughts::opened_by;

/// How the tokens of a text are written that are no letters: <https://huggingface.co/docs/tokenizers/api/pre-tokenizers>,
/// `ByteLevel` and `Metaspace`.
const WRITTEN: [(&str, &str); 3] = [("Ċ", "\n"), ("Ġ", " "), ("▁", " ")];
/// Tokens and characters at the end of a prompt that may hold the mark.
const TAIL: [usize; 2] = [16, 48];

/// Asks for the prompt that a question becomes: llama-server's way, and vLLM's. Other servers know neither, and nothing is
/// generated for either.
pub fn prompts(server: &BrainConfig) -> [ServerRequest; 2] {
    let base = server.base();
    let root = base.strip_suffix("/v1").unwrap_or(&base);
    let mut body = json!({
        "model": server.model,
        "messages": [{ "role": "user", "content": "Hello" }],
        // As the questions themselves are asked.
        "chat_template_kwargs": { "enable_thinking": false },
    });
    let template = ServerRequest { url: format!("{root}/apply-template"), body: RequestBody::Json(body.clone()) };
    if let Some(body) = body.as_object_mut() {
        body.insert("add_generation_prompt".into(), true.into());
        body.insert("return_token_strs".into(), true.into());
    }
    [template, ServerRequest { url: format!("{root}/tokenize"), body: RequestBody::Json(body) }]
}

/// The end of the prompt in an answer to one of [`prompts`], where it opens thoughts; `None` where it does not, and where
/// there is no such answer.
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
    use crate::config::brain::BrainEngine;

    #[test]
    fn the_prompt_is_asked_for_beside_the_interface_for_chats() {
        let server = BrainConfig { engine: BrainEngine::OpenAi, url: "http://box:1".into(), ..BrainConfig::default() };
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
