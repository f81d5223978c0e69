//! The connection of a transcription session: the client's events in, the events of its items out.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::event::{self, ClientEvent, EventFault, EventNumbers};
use super::items::{ItemRule, RealtimeItems, empty};
use super::settings::{RealtimeSettings, TurnDetection};
use crate::serve::error::GIVEN_AWAY;
use crate::serve::live::event::{LiveEvent, LiveInput};
use crate::serve::live::figures::UtteranceFigures;
use crate::serve::live::session::LiveSession;
use crate::serve::live::socket::{LiveSocket, SocketGone, SocketMessage};
use crate::serve::openai::models;
use crate::serve::openai::state::HttpState;
use crate::serve::sessions::SessionPlace;

/// Least sound of a commit, in milliseconds: OpenAI's.
const LEAST_MS: u64 = 100;

/// A client and its session.
struct RealtimeSession<'a> {
    state: &'a HttpState,
    socket: LiveSocket,
    live: LiveSession,
    settings: RealtimeSettings,
    items: RealtimeItems,
    numbers: EventNumbers,
    /// Sound since the last commit, in milliseconds.
    buffered_ms: u64,
}

/// Serves a client until it leaves, until its place is given away, or until golem ends and the client's speech is
/// transcribed.
pub async fn serve(socket: LiveSocket, state: &HttpState, settings: RealtimeSettings, place: SessionPlace) {
    let services = &state.services;
    let live = services.live(settings.live(&services.config, services.pace), place);
    let items = RealtimeItems::new(rule(&settings));
    let mut session =
        RealtimeSession { state, socket, live, settings, items, numbers: EventNumbers::default(), buffered_ms: 0 };
    let mut figures = UtteranceFigures::new(&services.figures, &session.live.place);
    let (mut ends, mut ending) = (state.ends.clone(), false);
    let created = json!({"type": "session.created", "session": session.settings.shown()});
    if session.say(vec![created]).await.is_err() {
        return;
    }
    loop {
        let done = tokio::select! {
            biased;
            event = session.live.events.recv() => match event {
                Some(LiveEvent::Ended) => return session.socket.leave().await,
                Some(event) => {
                    figures.count(&event, Instant::now());
                    let said = session.items.take(event);
                    session.say(said).await
                }
                None => return session.socket.fail().await,
            },
            _ = ends.changed(), if !ending => {
                ending = true;
                session.live.give(LiveInput::End).await;
                Ok(())
            }
            () = session.live.place.given_away(), if !ending => return session.give_way().await,
            message = session.socket.next(), if !ending => match message {
                Some(SocketMessage::Text(text)) => session.take(text.as_bytes()).await,
                Some(SocketMessage::Bytes(bytes)) => session.take(&bytes).await,
                None => return session.socket.finish().await,
            },
        };
        if done.is_err() {
            return;
        }
    }
}

impl RealtimeSession<'_> {
    async fn say(&mut self, events: Vec<Value>) -> Result<(), SocketGone> {
        for event in events {
            let event = self.numbers.number(event);
            self.socket.send(&event).await?;
        }
        Ok(())
    }

    /// Ends the session, whose place is another client's.
    async fn give_way(self) {
        let Self { socket, live, mut numbers, .. } = self;
        // End the work first: the new client waits for its listener.
        drop(live);
        let fault = EventFault { message: GIVEN_AWAY.into(), param: None, code: Some("session_expired") };
        socket.dismiss(&numbers.number(fault.event(None)), GIVEN_AWAY).await;
    }

    /// Takes a client's event.
    async fn take(&mut self, text: &[u8]) -> Result<(), SocketGone> {
        let event = match event::read(text) {
            Ok(event) => event,
            Err(fault) => return self.say(vec![fault.event(None)]).await,
        };
        let said = match self.carry_out(&event).await {
            Ok(said) => said,
            Err(fault) => vec![fault.event(event.get("event_id"))],
        };
        self.say(said).await
    }

    async fn carry_out(&mut self, event: &Value) -> Result<Vec<Value>, EventFault> {
        let name = event["type"].as_str().unwrap_or_default();
        let kind = name.parse().map_err(|_| EventFault {
            message: format!(
                "golem writes down, and knows no event \"{name}\"; it takes session.update and input_audio_buffer.*"
            ),
            param: Some("type".into()),
            code: Some("unknown_event"),
        })?;
        match kind {
            ClientEvent::Update => self.update(&event["session"], false).await,
            ClientEvent::OlderUpdate => self.update(&event["session"], true).await,
            ClientEvent::Append => {
                let sound = event["audio"].as_str().and_then(|audio| STANDARD.decode(audio).ok());
                let sound = sound.ok_or_else(|| EventFault::field("audio", "audio is sound in Base64"))?;
                let (format, rate) = (self.settings.format, self.settings.format.rate());
                let samples = format.levels(&sound);
                self.buffered_ms += samples.len() as u64 * 1_000 / u64::from(rate);
                self.live.sound(&samples, rate).await;
                Ok(Vec::new())
            }
            ClientEvent::Commit => {
                if std::mem::take(&mut self.buffered_ms) < LEAST_MS {
                    return Err(empty());
                }
                let said = self.items.commit();
                self.live.give(LiveInput::Commit).await;
                Ok(said)
            }
            ClientEvent::Clear => {
                self.buffered_ms = 0;
                self.live.give(LiveInput::Clear).await;
                Ok(Vec::new())
            }
        }
    }

    async fn update(&mut self, session: &Value, older: bool) -> Result<Vec<Value>, EventFault> {
        let mut settings = self.settings.clone();
        settings.update(session, older)?;
        let services = &self.state.services;
        if !models::listens(settings.model(), &services.model) {
            let message =
                format!("there is no model \"{}\" here; GET /v1/models lists those there are", settings.model());
            return Err(EventFault { message, param: Some("session.model".into()), code: Some("model_not_found") });
        }
        self.items.set(rule(&settings), settings.older);
        self.live.give(LiveInput::Set(Box::new(settings.live(&services.config, services.pace)))).await;
        self.settings = settings;
        let kind = if older { "transcription_session.updated" } else { "session.updated" };
        Ok(vec![json!({"type": kind, "session": self.settings.shown()})])
    }
}

fn rule(settings: &RealtimeSettings) -> ItemRule {
    match settings.turns {
        TurnDetection::Manual => ItemRule::Commits,
        TurnDetection::Pause { padding_ms, silence_ms, .. } => ItemRule::Utterances { padding_ms, silence_ms },
    }
}
