//! The requests to servers, as JSON. Pure.

use serde_json::{Map, Value, json};

use super::form::MultipartForm;
use super::thinker::Thinker;
use crate::config::LlmConfig;
use crate::config::llm_source::{LlmEngine, LlmSource};
use crate::message::{Message, Role};

/// The least level of thoughts.
const LEAST: &str = "low";
/// The level without thoughts, of models that can do without.
const NONE: &str = "none";

/// The extent of a request. A server that refuses one form is asked in the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// All fields that golem uses, including those that only some servers know.
    Full,
    /// Without arguments of the template: services do not know them.
    Effort,
    /// With them, and without a level of thoughts: older servers know the field, but not the level `none`.
    Template,
    /// With neither: OpenAI refuses both for models that do not think.
    Plain,
    /// Only fields that every server knows.
    Strict,
}

impl Form {
    /// The next form for a server of this interface; `None` after the simplest.
    pub fn simpler(self, engine: LlmEngine) -> Option<Self> {
        match (self, engine) {
            (Self::Strict, _) => None,
            // Of Ollama's own fields only `think` may be unknown.
            (_, LlmEngine::Ollama) | (Self::Plain, _) => Some(Self::Strict),
            (Self::Full, _) => Some(Self::Effort),
            (Self::Effort, _) => Some(Self::Template),
            (Self::Template, _) => Some(Self::Plain),
        }
    }
}

/// A request to a server.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerRequest {
    /// The address.
    pub url: String,
    /// The body.
    pub body: RequestBody,
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum RequestBody {
    /// No body: a GET request.
    Nothing,
    /// JSON.
    Json(Value),
    /// A form with a file.
    Form(MultipartForm),
}

/// A request for a reply to `messages` of at most `longest` tokens, thoughts included. Ollama loads the model with a
/// context of `context` tokens.
pub fn chat(
    server: &LlmSource,
    settings: &LlmConfig,
    (context, longest): (u32, usize),
    messages: &[Message],
    form: Form,
) -> ServerRequest {
    let base = server.base();
    let messages: Vec<Value> =
        messages.iter().map(|message| json!({ "role": role(message.role), "content": message.text })).collect();
    let mut body = json!({ "model": server.model, "messages": messages, "stream": true });
    if server.engine == LlmEngine::Ollama {
        let mut options = sampling(settings);
        options.insert("num_predict".into(), longest.into());
        options.insert("num_ctx".into(), context.into());
        options.insert("seed".into(), settings.seed.into());
        put(&mut body, "options", Value::Object(options));
        put(&mut body, "keep_alive", keep_alive(settings));
        if form == Form::Full {
            put(&mut body, "think", think(&server.model));
        }
        return ServerRequest { url: format!("{base}/api/chat"), body: RequestBody::Json(body) };
    }
    if form == Form::Strict {
        put(&mut body, "max_completion_tokens", longest.into());
    } else {
        for (key, value) in sampling(settings) {
            put(&mut body, &key, value);
        }
        put(&mut body, "max_tokens", longest.into());
        put(&mut body, "seed", settings.seed.into());
        put(&mut body, "stream_options", json!({ "include_usage": true }));
        suppress_thoughts(&mut body, Thinker::of(&server.model), form);
    }
    ServerRequest { url: format!("{base}/chat/completions"), body: RequestBody::Json(body) }
}

/// Adds the fields that keep a model from thinking, as far as it can be kept from it.
fn suppress_thoughts(body: &mut Value, thinker: Thinker, form: Form) {
    // Ollama and services know only this field. A model whose template opens its thoughts is asked for no level: it
    // thinks all the same, and in a reply without thoughts nothing would mark the beginning of what is to be said.
    let effort = match thinker {
        Thinker::Levelled => Some(LEAST),
        Thinker::Unknown => Some(NONE),
        Thinker::Opened => None,
    };
    if let Some(effort) = effort.filter(|_| matches!(form, Form::Full | Form::Effort)) {
        put(body, "reasoning_effort", effort.into());
    }
    if matches!(form, Form::Full | Form::Template) {
        // llama-server, vLLM and SGLang switch a model's thinking off by this field.
        let mut template = json!({ "enable_thinking": false });
        if thinker == Thinker::Levelled {
            // Earlier builds of llama-server know the level only as an argument of the template:
            // <https://github.com/ggml-org/llama.cpp/pull/26941>.
            put(&mut template, "reasoning_effort", LEAST.into());
        }
        put(body, "chat_template_kwargs", template);
    }
}

/// A request that loads the model if the server supports it, and otherwise one that the server only has to answer.
pub fn preload(server: &LlmSource, settings: &LlmConfig, context: u32) -> ServerRequest {
    if server.engine != LlmEngine::Ollama {
        return models(server);
    }
    // A request without a prompt loads the model, with this context size: another size reloads it.
    let body = json!({
        "model": server.model,
        "keep_alive": keep_alive(settings),
        "options": { "num_ctx": context },
        "stream": false,
    });
    ServerRequest { url: format!("{}/api/generate", server.base()), body: RequestBody::Json(body) }
}

/// A request for the list of models.
pub fn models(server: &LlmSource) -> ServerRequest {
    let path = if server.engine == LlmEngine::Ollama { "/api/tags" } else { "/models" };
    ServerRequest { url: format!("{}{path}", server.base()), body: RequestBody::Nothing }
}

/// The names of the models in an answer to [`models`]; `None` if it is another answer.
pub fn model_names(answer: &[u8]) -> Option<Vec<String>> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let (list, key) = match (answer.get("models"), answer.get("data")) {
        // llama-server answers with both lists.
        (_, Some(data)) => (data, "id"),
        (Some(models), None) => (models, "name"),
        (None, None) => return None,
    };
    Some(list.as_array()?.iter().filter_map(|model| model.get(key)?.as_str().map(str::to_owned)).collect())
}

/// Whether `names` include `model`. Ollama appends `:latest` to names without a tag.
pub fn has_model(names: &[String], model: &str) -> bool {
    names.iter().any(|name| name == model || name.strip_suffix(":latest") == Some(model))
}

fn role(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

/// The sampling settings; values that are left to the model's makers are left to the server.
fn sampling(settings: &LlmConfig) -> Map<String, Value> {
    let named = [("temperature", settings.temperature), ("top_p", settings.top_p)];
    named.into_iter().filter(|(_, value)| *value >= 0.0).map(|(key, value)| (key.into(), value.into())).collect()
}

/// The value of Ollama's `think`. Models that can think do so by default, and `false` switches that off. Models with
/// levels think all the same, at their medium level, and are asked for the least:
/// <https://docs.ollama.com/capabilities/thinking>.
fn think(model: &str) -> Value {
    match Thinker::of(model) {
        Thinker::Levelled => LEAST.into(),
        Thinker::Opened | Thinker::Unknown => false.into(),
    }
}

/// The value of `keep_alive`: seconds as a number, other lengths as a text.
fn keep_alive(settings: &LlmConfig) -> Value {
    let setting = settings.keep_alive.trim();
    setting.parse::<i64>().map_or_else(|_| if setting.is_empty() { "5m".into() } else { setting.into() }, Value::from)
}

fn put(body: &mut Value, key: &str, value: Value) {
    if let Some(body) = body.as_object_mut() {
        body.insert(key.into(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(engine: LlmEngine) -> LlmSource {
        LlmSource { engine, url: "http://box:1".into(), model: "m".into(), key_env: String::new() }
    }

    fn json_of(request: ServerRequest) -> Value {
        match request.body {
            RequestBody::Json(body) => body,
            other => panic!("no JSON: {other:?}"),
        }
    }

    fn asked() -> Vec<Message> {
        vec![Message::new(Role::System, "Be brief."), Message::new(Role::User, "Hi")]
    }

    #[test]
    fn ollama_is_asked_in_its_own_way_and_always_for_the_same_room() {
        let settings = LlmConfig { temperature: 0.0, keep_alive: "-1".into(), ..LlmConfig::default() };
        let chat = chat(&server(LlmEngine::Ollama), &settings, (4096, 9), &asked(), Form::Full);
        assert_eq!(chat.url, "http://box:1/api/chat");
        assert_eq!(
            json_of(chat),
            json!({
                "model": "m", "stream": true, "think": false, "keep_alive": -1,
                "messages": [{ "role": "system", "content": "Be brief." }, { "role": "user", "content": "Hi" }],
                "options": { "temperature": 0.0, "num_predict": 9, "num_ctx": 4096, "seed": 42 },
            })
        );
        let loading = preload(&server(LlmEngine::Ollama), &settings, 4096);
        assert_eq!(loading.url, "http://box:1/api/generate");
        let body = json_of(loading);
        assert_eq!(
            (&body["options"]["num_ctx"], &body["keep_alive"], body.get("prompt")),
            (&json!(4096), &json!(-1), None)
        );
    }

    #[test]
    fn a_model_that_cannot_stop_thinking_is_asked_to_think_little() {
        let thinks = |model: &str, form| {
            let server = LlmSource { model: model.into(), ..server(LlmEngine::Ollama) };
            json_of(chat(&server, &LlmConfig::default(), (4096, 9), &asked(), form)).get("think").cloned()
        };
        assert_eq!(thinks("gpt-oss:20b", Form::Full), Some(json!("low")));
        assert_eq!(thinks("deepseek-r1", Form::Full), Some(json!(false)));
        assert_eq!(thinks("gpt-oss:20b", Form::Strict), None);
        let effort = |model: &str, form| {
            let server = LlmSource { model: model.into(), ..server(LlmEngine::OpenAi) };
            let body = json_of(chat(&server, &LlmConfig::default(), (0, 180), &asked(), form));
            [&body["reasoning_effort"], &body["chat_template_kwargs"]["reasoning_effort"]].map(Value::clone)
        };
        assert_eq!(effort("openai/gpt-oss-20b", Form::Full), [json!("low"), json!("low")]);
        assert_eq!(effort("qwen3", Form::Full), [json!("none"), Value::Null]);
        assert_eq!(effort("deepseek-r1", Form::Full), [Value::Null, Value::Null]);
        assert_eq!(effort("openai/gpt-oss-20b", Form::Template), [Value::Null, json!("low")]);
        assert_eq!(effort("openai/gpt-oss-20b", Form::Strict), [Value::Null, Value::Null]);
    }

    #[test]
    fn each_simpler_form_leaves_out_what_a_server_may_not_know() {
        const ALWAYS: [&str; 3] = ["messages", "model", "stream"];
        const OFTEN: [&str; 4] = ["max_tokens", "seed", "stream_options", "temperature"];
        let settings = LlmConfig { temperature: 0.5, ..LlmConfig::default() };
        let body = |form| json_of(chat(&server(LlmEngine::OpenAi), &settings, (0, 180), &asked(), form));
        let keys = |form| {
            let mut keys: Vec<String> = body(form).as_object().unwrap().keys().cloned().collect();
            keys.sort_unstable();
            keys
        };
        for (form, more) in [
            (Form::Full, &["reasoning_effort", "chat_template_kwargs"][..]),
            (Form::Effort, &["reasoning_effort"]),
            (Form::Template, &["chat_template_kwargs"]),
            (Form::Plain, &[]),
        ] {
            let mut wanted = [&ALWAYS[..], &OFTEN, more].concat();
            wanted.sort_unstable();
            assert_eq!(keys(form), wanted, "{form:?}; top_p is left to the server");
        }
        assert_eq!(keys(Form::Strict), ["max_completion_tokens", "messages", "model", "stream"]);
        assert_eq!(body(Form::Full)["chat_template_kwargs"]["enable_thinking"], false);
        assert_eq!(body(Form::Full)["max_tokens"], 180);
        assert_eq!(
            chat(&server(LlmEngine::OpenAi), &settings, (0, 180), &[], Form::Full).url,
            "http://box:1/v1/chat/completions"
        );
    }

    #[test]
    fn models_are_named_in_both_ways() {
        assert_eq!(models(&server(LlmEngine::Ollama)).url, "http://box:1/api/tags");
        assert_eq!(
            models(&server(LlmEngine::OpenAi)),
            ServerRequest { url: "http://box:1/v1/models".into(), body: RequestBody::Nothing }
        );
        let ollama = model_names(br#"{"models":[{"name":"qwen3:latest"},{"odd":1}]}"#).unwrap();
        assert!(has_model(&ollama, "qwen3") && has_model(&ollama, "qwen3:latest") && !has_model(&ollama, "qwen"));
        assert_eq!(model_names(br#"{"models":[{"name":"a"}],"data":[{"id":"b"}]}"#).unwrap(), ["b"]);
        for odd in [&b"[]"[..], b"{}", b"{\"data\":1}", b"\xff"] {
            assert_eq!(model_names(odd), None);
        }
    }
}
