//! A client's connection in the single-socket protocol: commands and sound in, segments out.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::sleep;

use super::packet::{LONGEST_COMMAND, LONGEST_METADATA, SoundPacket};
use super::parameters::{RecorderParameter, RecorderParameters};
use super::segments::SegmentWire;
use super::status::{RecorderStatus, now};
use crate::serve::error::{BUSY, GIVEN_AWAY};
use crate::serve::live::event::{LiveEvent, LiveInput};
use crate::serve::live::figures::UtteranceFigures;
use crate::serve::live::session::LiveSession;
use crate::serve::live::socket::{LiveSocket, SocketMessage};
use crate::serve::openai::state::HttpState;
use crate::serve::services::Services;
use crate::serve::sessions::SessionPlace;

/// Longest packet in bytes.
const LONGEST_PACKET: usize = 512 * 1024;
/// Time between two looks at whether the models are loaded.
const LOOK: Duration = Duration::from_millis(100);

/// The commands of a client.
#[derive(Clone, Copy, Debug, strum::EnumString)]
#[strum(serialize_all = "lowercase")]
enum SingleCommand {
    Start,
    Stop,
    Clear,
    Ping,
    Metrics,
}

fn limits(services: &Services) -> Value {
    json!({"maxSessions": services.config.serve.sessions, "maxAudioPacketBytes": LONGEST_PACKET, "maxMetadataBytes": LONGEST_METADATA})
}

/// What every client is shown of the server.
pub fn shown(services: &Services) -> Value {
    json!({"limits": limits(services), "settings": settings(services)})
}

/// The settings: those of RealtimeSTT's own that golem has too.
fn settings(services: &Services) -> Value {
    let (config, status) = (&services.config, RecorderStatus::default());
    let parameters = RecorderParameters::new(config);
    let value = |parameter| parameters.get(parameter, &status).unwrap_or_default();
    json!({
        "model": services.model, "realtime_model": services.model, "use_main_model_for_realtime": true,
        "language": config.serve.language, "wake_word_enabled": false,
        "silero_sensitivity": value(RecorderParameter::SileroSensitivity),
        "post_speech_silence_duration": value(RecorderParameter::PostSpeechSilenceDuration),
        "max_sessions": config.serve.sessions, "max_audio_packet_bytes": LONGEST_PACKET,
    })
}

/// Refuses a client in the terms of this protocol: all places are taken.
pub async fn refuse(socket: LiveSocket, services: &Services) {
    let message = "Server is at the configured session limit.";
    let fault = json!({"type": "error", "where": "admission", "message": message, "limits": limits(services)});
    socket.dismiss(&fault, BUSY).await;
}

/// Serves a client, whose session is called `name`, until it leaves, until its place is given away, or until golem ends
/// and the client's speech is transcribed.
pub async fn serve(mut socket: LiveSocket, state: &HttpState, name: &str, place: SessionPlace) {
    let services = &state.services;
    let parameters = RecorderParameters::new(&services.config);
    let mut session = services.live(parameters.live(&services.config), place);
    let mut figures = UtteranceFigures::new(&services.figures, &session.place);
    let mut wire = SegmentWire::new(name);
    let (mut ends, mut ending, mut loading) = (state.ends.clone(), false, true);
    let mut hello = wire.message("hello", shown(services));
    hello["clientId"] = name.into();
    if socket.send(&hello).await.is_err() {
        return;
    }
    loop {
        let said = tokio::select! {
            biased;
            event = session.events.recv() => match event {
                Some(LiveEvent::Ended) => return socket.leave().await,
                Some(event) => {
                    figures.count(&event, Instant::now());
                    wire.take(event, now())
                }
                None => return socket.fail().await,
            },
            _ = ends.changed(), if !ending => {
                ending = true;
                session.give(LiveInput::End).await;
                Vec::new()
            }
            () = loaded(services), if loading => {
                loading = false;
                let mut ready = wire.message("ready", shown(services));
                ready["ok"] = true.into();
                vec![ready]
            }
            () = session.place.given_away(), if !ending => {
                // End the work first: the new client waits for its listener.
                drop(session);
                return socket.dismiss(&wire.fault("admission", GIVEN_AWAY), GIVEN_AWAY).await;
            }
            message = socket.next(), if !ending => match message {
                Some(SocketMessage::Bytes(bytes)) => sound(&bytes, &session, &mut wire).await,
                Some(SocketMessage::Text(text)) => command(&text, &session, &mut wire).await,
                None => return socket.finish().await,
            },
        };
        if socket.send_all(&said).await.is_err() {
            return;
        }
    }
}

/// Waits until the models are loaded.
async fn loaded(services: &Services) {
    while !services.ready() {
        sleep(LOOK).await;
    }
}

async fn sound(bytes: &[u8], session: &LiveSession, wire: &mut SegmentWire) -> Vec<Value> {
    let fault = if bytes.len() > LONGEST_PACKET {
        format!("the packet is longer than {LONGEST_PACKET} bytes")
    } else {
        match SoundPacket::read(bytes) {
            Ok(packet) => {
                let refusal = wire.refusal();
                if refusal.is_none() {
                    session.sound(&packet.samples, packet.rate).await;
                }
                return refusal.into_iter().collect();
            }
            Err(fault) => fault.to_string(),
        }
    };
    vec![wire.fault("audio_packet", &fault)]
}

async fn command(text: &str, session: &LiveSession, wire: &mut SegmentWire) -> Vec<Value> {
    if text.len() > LONGEST_COMMAND {
        return vec![wire.fault("command", "a command has at most 128 KiB")];
    }
    let Ok(Value::Object(fields)) = serde_json::from_str(text) else {
        return vec![wire.fault("command", "a command is a JSON object, such as {\"type\": \"start\"}")];
    };
    let name = fields.get("type").and_then(Value::as_str).unwrap_or_default();
    match name.parse() {
        Ok(SingleCommand::Start) => {
            session.touch();
            vec![wire.stream(true, now())]
        }
        Ok(SingleCommand::Stop) => {
            session.give(LiveInput::Commit).await;
            vec![wire.stream(false, now())]
        }
        Ok(SingleCommand::Clear) => {
            session.give(LiveInput::Clear).await;
            Vec::new()
        }
        Ok(SingleCommand::Ping) => vec![wire.message("pong", json!({"serverTime": now()}))],
        Ok(SingleCommand::Metrics) => vec![wire.metrics()],
        Err(_) => vec![wire.fault("command", &format!("Unknown command: {name}"))],
    }
}
