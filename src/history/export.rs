//! The export of conversations: Markdown for people, JSON for programs.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::{Conversation, Stored};
use crate::message::Role;

/// Characters that Markdown would take for marks.
const MARKS: &[char] = &['\\', '`', '*', '_', '[', ']', '<', '>', '#', '|', '~', '&', '!'];

/// A conversation with its messages, as JSON has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportedConversation {
    /// Its number.
    pub id: i64,
    /// When it began, in universal time: `2026-11-21T00:30:00.123Z`.
    pub began: String,
    /// When its last message was said.
    pub ended: String,
    /// Its messages.
    pub messages: Vec<ExportedMessage>,
}

/// A message as JSON has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportedMessage {
    /// The conversation's number.
    pub conversation: i64,
    /// When it was said, in universal time.
    pub time: String,
    /// The turn, counted from the start of that golem.
    pub turn: u64,
    /// `user` or `assistant`.
    pub role: Role,
    /// What was understood of the person, or heard of golem.
    pub text: String,
    /// Whether the person cut golem short.
    pub interrupted: bool,
}

impl ExportedConversation {
    /// A conversation and its messages, ready to be written.
    pub fn new(conversation: &Conversation, messages: &[Stored]) -> Self {
        Self {
            id: conversation.id,
            began: universal(conversation.began),
            ended: universal(conversation.ended),
            messages: messages.iter().map(ExportedMessage::from).collect(),
        }
    }
}

impl From<&Stored> for ExportedMessage {
    fn from(stored: &Stored) -> Self {
        Self {
            conversation: stored.conversation,
            time: universal(stored.at),
            turn: stored.turn,
            role: stored.role,
            text: stored.text.clone(),
            interrupted: stored.interrupted,
        }
    }
}

fn moment(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or_default()
}

/// Universal time, such as `2026-11-21T00:30:00.123Z`.
pub fn universal(millis: i64) -> String {
    format!("{:.3}", moment(millis))
}

/// Date and time on the clock of `zone`, such as `2026-11-21 01:30`.
pub fn local(millis: i64, zone: &TimeZone) -> String {
    moment(millis).to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// Time on the clock of `zone`, such as `01:30:12`.
pub fn clock(millis: i64, zone: &TimeZone) -> String {
    moment(millis).to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

/// A conversation as Markdown, with times on the clock of `zone`.
pub fn markdown(conversation: &Conversation, messages: &[Stored], zone: &TimeZone) -> String {
    let mut text = format!("# Conversation {}, {}\n", conversation.id, local(conversation.began, zone));
    for message in messages {
        text += &paragraph(message.role, &clock(message.at, zone), &message.text, message.interrupted);
    }
    text
}

/// What one side said at a time, as a paragraph of Markdown.
pub fn paragraph(role: Role, time: &str, said: &str, interrupted: bool) -> String {
    let who = if role == Role::User { "You" } else { "Golem" };
    let cut = match interrupted {
        true if said.is_empty() => "*(not heard)*",
        true => " — *(interrupted)*",
        false => "",
    };
    format!("\n**{who}** ({time}): {}{cut}\n", escaped(said))
}

/// Text escaped so that Markdown shows it as it is.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => safe.push_str("  \n"),
            letter if letter.is_control() => safe.push(' '),
            letter => {
                safe.extend(MARKS.contains(&letter).then_some('\\'));
                safe.push(letter);
            }
        }
    }
    safe
}
