//! A client's sentence as one of golem's commands.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::frame::WyomingEvent;
use crate::intent::Understanding;
use crate::phrases::{Failure, Language};
use crate::serve::commands::CommandAnswer;
use crate::serve::figures::Endpoint;
use crate::serve::pool::task::TaskGuard;
use crate::serve::services::Services;

/// Longest sentence in bytes.
const LONGEST: usize = 4_096;

/// The answer to `recognize`, which asks what a sentence means, or to `transcript`, which asks for its deed. Where clients may
/// not have commands carried out, `transcript` is answered with its meaning too: Home Assistant asks for both with it.
pub async fn answer(services: &Services, event: &WyomingEvent) -> WyomingEvent {
    let began = Instant::now();
    let deed = event.kind == "transcript";
    let text = event.text("text");
    let context = event.data.get("context");
    let Some(commands) = services.commands.clone() else {
        services.figures.answered(Endpoint::WyomingIntent, 403, Duration::ZERO);
        let language = Language::or_english(&services.config.tts.language);
        return refused(deed, &Failure::NotOffered, language, context);
    };
    let language = commands.spoken();
    if text.len() > LONGEST {
        services.figures.answered(Endpoint::WyomingIntent, 413, Duration::ZERO);
        return refused(deed, &Failure::LongSentence { most: LONGEST }, language, context);
    }
    let wanted = TaskGuard::default();
    let (stop, sentence, back) = (wanted.ticket(), text.to_owned(), context.cloned());
    let carries_out = deed && commands.runs();
    let work = tokio::task::spawn_blocking(move || {
        if !carries_out {
            return meaning(&commands.understand(&sentence), &sentence, back.as_ref());
        }
        match commands.carry_out(&sentence, &stop) {
            CommandAnswer::Done(text) => said("handled", &text, back.as_ref()),
            CommandAnswer::Refused(reason) => said("not-handled", &reason, back.as_ref()),
        }
    });
    let (status, answer) = match work.await {
        Ok(answer) => (200, answer),
        Err(_) => (500, refused(deed, &Failure::Broken, language, context)),
    };
    services.figures.answered(Endpoint::WyomingIntent, status, began.elapsed());
    answer
}

/// The refusal of a deed, or of a meaning, in the words that Home Assistant speaks.
fn refused(deed: bool, reason: &Failure, language: Language, context: Option<&Value>) -> WyomingEvent {
    said(if deed { "not-handled" } else { "not-recognized" }, &reason.say(language), context)
}

fn said(kind: &str, text: &str, context: Option<&Value>) -> WyomingEvent {
    with_context(WyomingEvent::new(kind, json!({"text": text})), context)
}

/// The command that `text` is, or that it is none.
fn meaning(understanding: &Understanding, text: &str, context: Option<&Value>) -> WyomingEvent {
    let Some(reading) = understanding.best.as_ref().filter(|_| understanding.accepted) else {
        return said("not-recognized", text, context);
    };
    let entities: Vec<Value> =
        reading.slots.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    with_context(WyomingEvent::new("intent", json!({"name": reading.intent, "entities": entities})), context)
}

/// The same with what the client wants back.
fn with_context(mut event: WyomingEvent, context: Option<&Value>) -> WyomingEvent {
    if let Some(context @ Value::Object(_)) = context {
        event.data.extend(Map::from_iter([("context".to_owned(), context.clone())]));
    }
    event
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::Reading;

    #[test]
    fn a_command_is_an_intent_with_its_slots_and_the_clients_context() {
        let reading = Reading {
            intent: "TurnOn".into(),
            slots: [("name".to_owned(), "lamp".to_owned())].into(),
            sentence: "turn on the lamp".into(),
            score: 1.0,
            response: None,
        };
        let sure = Understanding { best: Some(reading), accepted: true, ..Understanding::default() };
        let context = json!({"conversation_id": "7"});
        let intent = meaning(&sure, "turn on the lamp", Some(&context));
        assert_eq!((intent.kind.as_str(), intent.text("name")), ("intent", "TurnOn"));
        assert_eq!(intent.data["entities"], json!([{"name": "name", "value": "lamp"}]));
        assert_eq!(intent.data["context"], context);
        let unsure = Understanding { accepted: false, ..sure };
        let none = meaning(&unsure, "turn on the ramp", Some(&json!("no object")));
        assert_eq!((none.kind.as_str(), none.text("text")), ("not-recognized", "turn on the ramp"));
        assert!(!none.data.contains_key("context"));
    }
}
