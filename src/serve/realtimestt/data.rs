//! A client's data socket: sound in, messages about its utterances out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::link::{RecorderCommand, RecorderLink};
use super::packet::SoundPacket;
use super::status::now;
use super::wire::RecorderWire;
use crate::serve::error::GIVEN_AWAY;
use crate::serve::live::event::{LiveEvent, LiveInput};
use crate::serve::live::figures::UtteranceFigures;
use crate::serve::live::session::LiveSession;
use crate::serve::live::socket::{CloseReason, LiveSocket, SocketMessage};
use crate::serve::openai::state::HttpState;
use crate::serve::sessions::SessionPlace;

/// Time for a client to take up its last words: RealtimeSTT's looks for them every 20 ms, and returns none if one of its
/// sockets has closed by then.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Serves a data socket until the client leaves, until its place is given away, or until golem ends and the client's
/// speech is transcribed.
pub async fn serve(mut socket: LiveSocket, state: &HttpState, link: Arc<RecorderLink>, place: SessionPlace) {
    let Some(mut commands) = link.commands() else { return };
    let (config, mut ends) = (&state.services.config, state.ends.clone());
    let mut parameters = link.parameters.subscribe();
    let settings = parameters.borrow_and_update().live(config);
    let mut session = state.services.live(settings, place);
    link.hold(&session.place);
    let mut figures = UtteranceFigures::new(&state.services.figures, &session.place);
    let mut wire = RecorderWire::default();
    let (mut ending, mut hears) = (false, true);
    link.status().listen_start = now();
    if socket.send(&RecorderWire::begin()).await.is_err() {
        return;
    }
    loop {
        tokio::select! {
            biased;
            event = session.events.recv() => match event {
                Some(LiveEvent::Ended) => {
                    tokio::time::sleep(LAST_WORDS).await;
                    socket.leave().await;
                    // Dropping the receiver has the control socket close. Keep the place until it has closed: golem ends
                    // when none is held.
                    drop(commands);
                    return link.control_ended().await;
                }
                Some(event) => {
                    figures.count(&event, Instant::now());
                    link.status().note(&event, now());
                    if let LiveEvent::Failed(reason) = &event {
                        link.notice(reason.clone());
                    }
                    if socket.send_all(&wire.take(event)).await.is_err() {
                        return;
                    }
                }
                None => return socket.fail().await,
            },
            _ = ends.changed(), if !ending => {
                ending = true;
                session.give(LiveInput::End).await;
            }
            Ok(()) = parameters.changed(), if !ending => {
                let settings = parameters.borrow_and_update().live(config);
                session.give(LiveInput::Set(Box::new(settings))).await;
            }
            Some(command) = commands.recv(), if !ending => match command {
                RecorderCommand::Stop => session.give(LiveInput::Commit).await,
                RecorderCommand::Abort => session.give(LiveInput::Clear).await,
                RecorderCommand::Microphone(on) => hears = on,
                RecorderCommand::Shutdown => return socket.close(CloseReason::Normal, "as you asked").await,
            },
            () = session.place.given_away(), if !ending => {
                // End the work first: the new client waits for its listener.
                drop(session);
                return socket.close(CloseReason::Busy, GIVEN_AWAY).await;
            }
            message = socket.next(), if !ending => match message {
                Some(SocketMessage::Bytes(bytes)) if hears => take(&bytes, &session, &link).await,
                Some(_) => session.touch(),
                None => return socket.finish().await,
            },
        }
    }
}

async fn take(bytes: &[u8], session: &LiveSession, link: &RecorderLink) {
    match SoundPacket::read(bytes) {
        Ok(packet) => session.sound(&packet.samples, packet.rate).await,
        // Report the fault on the control socket: the data socket has no message for it.
        Err(fault) => link.notice(fault.to_string()),
    }
}
