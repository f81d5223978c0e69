//! A client's control socket: commands, each with one answer that carries the command's `request_id`, if it has one.

use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::link::{RecorderCommand, RecorderLink};
use super::parameters::RecorderParameter;
use crate::serve::live::socket::{LiveSocket, SocketMessage};

/// A command as the client sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ControlCommand {
    command: String,
    parameter: String,
    value: Value,
    method: String,
    args: Vec<Value>,
    kwargs: Map<String, Value>,
}

/// The names of commands.
#[derive(Clone, Copy, Debug, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
enum ControlVerb {
    SetParameter,
    GetParameter,
    CallMethod,
}

/// The methods of a recorder that clients may call.
#[derive(Clone, Copy, Debug, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
enum RecorderMethod {
    SetMicrophone,
    Abort,
    Stop,
    ClearAudioQueue,
    Wakeup,
    Shutdown,
    Text,
}

/// Serves a control socket until the client closes it, or until golem ends and the client has had its last words.
pub async fn serve(mut socket: LiveSocket, link: Arc<RecorderLink>, mut ends: watch::Receiver<bool>) {
    let Some(mut notices) = link.notices() else { return };
    {
        // RealtimeSTT's client gives up the words that it waits for as soon as either of its sockets closes.
        let mut ended = pin!(async {
            // An error is an end too: golem is gone.
            let _ = ends.changed().await;
            link.data_ended().await;
        });
        loop {
            let message = tokio::select! {
                message = socket.next() => message,
                Some(words) = notices.recv() => {
                    if socket.send(&fault(&words)).await.is_err() {
                        return;
                    }
                    continue;
                }
                () = &mut ended => return socket.leave().await,
            };
            link.touch(Instant::now());
            let answer = match message {
                Some(SocketMessage::Text(text)) => answer(text.as_bytes(), &link),
                Some(SocketMessage::Bytes(bytes)) => answer(&bytes, &link),
                None => break,
            };
            if socket.send(&answer).await.is_err() {
                return;
            }
        }
    }
    // Drop the link before closing: a client may only look whether there is a server, and the data socket that it opens
    // next must not be paired with this socket.
    drop(link);
    socket.finish().await;
}

/// Does a command and answers it.
fn answer(text: &[u8], link: &RecorderLink) -> Value {
    const NONE: &str = "Invalid JSON command";
    let Ok(mut fields) = serde_json::from_slice::<Map<String, Value>>(text) else { return fault(NONE) };
    // Read `request_id` first, so that the error of a malformed command quotes it.
    let id = fields.remove("request_id");
    let command = serde_json::from_value::<ControlCommand>(Value::Object(fields)).map_err(|_| NONE.to_owned());
    with_id(command.and_then(|command| carry_out(&command, link)).unwrap_or_else(|words| fault(&words)), id)
}

fn carry_out(command: &ControlCommand, link: &RecorderLink) -> Result<Value, String> {
    let verb = command.command.parse().map_err(|_| format!("Unknown command {}", command.command))?;
    let parameter = |verb: &str| {
        let name = &command.parameter;
        name.parse::<RecorderParameter>().map_err(|_| format!("Parameter {name} is not allowed ({verb})"))
    };
    match verb {
        ControlVerb::SetParameter => {
            let (parameter, mut done) = (parameter("set_parameter")?, Ok(()));
            link.parameters.send_if_modified(|parameters| {
                let before = parameters.clone();
                done = parameters.set(parameter, &command.value);
                *parameters != before
            });
            done?;
            let value = command.value.as_str().map_or_else(|| command.value.to_string(), str::to_owned);
            Ok(json!({"status": "success", "message": format!("Parameter {parameter} set to {value}")}))
        }
        ControlVerb::GetParameter => {
            let parameter = parameter("get_parameter")?;
            let value = link.parameters.borrow().get(parameter, &link.status())?;
            Ok(json!({"status": "success", "parameter": parameter.to_string(), "value": value}))
        }
        ControlVerb::CallMethod => {
            let name = &command.method;
            let method = name.parse().map_err(|_| format!("Method {name} is not allowed"))?;
            let wanted = match method {
                RecorderMethod::SetMicrophone => {
                    let on = command.kwargs.get("microphone_on").or(command.args.first());
                    Some(RecorderCommand::Microphone(on.and_then(Value::as_bool).unwrap_or(true)))
                }
                RecorderMethod::Abort | RecorderMethod::ClearAudioQueue => Some(RecorderCommand::Abort),
                RecorderMethod::Stop => Some(RecorderCommand::Stop),
                RecorderMethod::Shutdown => Some(RecorderCommand::Shutdown),
                // No work: there are no wake words, and texts are sent unasked.
                RecorderMethod::Wakeup | RecorderMethod::Text => None,
            };
            if wanted.is_some_and(|wanted| !link.command(wanted)) {
                return Err(format!("Method {name} waits for the data socket, which takes no more; open it first"));
            }
            Ok(json!({"status": "success", "message": format!("Method {name} called")}))
        }
    }
}

fn fault(words: &str) -> Value {
    json!({"status": "error", "message": words})
}

fn with_id(mut answer: Value, id: Option<Value>) -> Value {
    if let Some(id) = id {
        answer["request_id"] = id;
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::serve::realtimestt::link::{LinkKey, LinkSide, RecorderLinks};

    fn link() -> Arc<RecorderLink> {
        let key = LinkKey { peer: [127, 0, 0, 1].into(), program: None, session: None };
        RecorderLinks::default().join(LinkSide::Control, &key, std::time::Instant::now(), &Config::default())
    }

    fn ask(link: &RecorderLink, command: &Value) -> Value {
        answer(command.to_string().as_bytes(), link)
    }

    #[test]
    fn parameters_are_set_and_read_with_the_number_of_the_request() {
        let link = link();
        let mut changes = link.parameters.subscribe();
        let set = ask(&link, &json!({"command": "set_parameter", "parameter": "language", "value": "en"}));
        assert_eq!(set, json!({"status": "success", "message": "Parameter language set to en"}));
        assert!(changes.has_changed().unwrap());
        changes.mark_unchanged();
        let get = ask(&link, &json!({"command": "get_parameter", "parameter": "language", "request_id": 0}));
        assert_eq!(get, json!({"status": "success", "parameter": "language", "value": "en", "request_id": 0}));
        ask(&link, &json!({"command": "set_parameter", "parameter": "language", "value": "en"}));
        assert!(!changes.has_changed().unwrap(), "what is the same changes nothing");
    }

    #[test]
    fn every_error_carries_the_number_of_its_request() {
        let link = link();
        for (command, words) in [
            (
                json!({"command": "get_parameter", "parameter": "model", "request_id": 3}),
                "Parameter model is not allowed (get_parameter)",
            ),
            (
                json!({"command": "set_parameter", "parameter": "is_recording", "value": 1, "request_id": 3}),
                "Parameter is_recording is not allowed (set_parameter)",
            ),
            (json!({"command": "set_parameter", "parameter": "language", "request_id": 3}), "language is a text"),
            (
                json!({"command": "call_method", "method": "perform_final_transcription", "request_id": 3}),
                "Method perform_final_transcription is not allowed",
            ),
            (json!({"command": "sing", "request_id": 3}), "Unknown command sing"),
            (json!({"command": 7, "request_id": 3}), "Invalid JSON command"),
        ] {
            let said = ask(&link, &command);
            assert_eq!((&said["status"], &said["request_id"]), (&json!("error"), &json!(3)), "{said}");
            assert!(said["message"].as_str().unwrap().contains(words), "{said}");
        }
        assert_eq!(answer(b"\xff{", &link), fault("Invalid JSON command"));
        assert_eq!(answer(b"[]", &link), fault("Invalid JSON command"));
    }

    #[test]
    fn methods_reach_the_data_socket() {
        let link = link();
        let call =
            |method: &str, args: Value| ask(&link, &json!({"command": "call_method", "method": method, "args": args}));
        assert_eq!(call("stop", json!([]))["message"], "Method stop called");
        call("set_microphone", json!([false]));
        call("clear_audio_queue", json!([]));
        call("text", json!([]));
        let mut commands = link.commands().unwrap();
        let taken: Vec<_> = std::iter::from_fn(|| commands.try_recv().ok()).collect();
        assert_eq!(taken, [RecorderCommand::Stop, RecorderCommand::Microphone(false), RecorderCommand::Abort]);
    }
}
