//! What the screen shows, and what a key means: pure, without a terminal or a clock.

use std::collections::VecDeque;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::input::Input;
use super::log::{Entry, Log};
use super::theme::Theme;
use crate::control::{Command, Note, Ready, State, Update};
use crate::metrics::Ledger;

/// The parts of golem in the order of the sound's way through it.
pub const PARTS: [&str; 7] = ["microphone", "vad", "ears", "commands", "brain", "voice", "loudspeaker"];
/// Turns whose latency is kept.
const LEDGERS: usize = 3;
/// Steps of the level meter, each [`LEVEL_STEP`] decibels up to 0.
pub const LEVELS: u8 = 12;
/// Decibels of one step of the level meter.
pub const LEVEL_STEP: u8 = 5;
/// Steps of the meter of voice probability.
pub const VOICES: u8 = 6;

/// How much of the screen an update changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Nothing that shows.
    Nothing,
    /// Only the meters.
    Meter,
    /// More than the meters.
    Content,
}

/// What a key asks for beyond the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Tell golem.
    Send(Command),
    /// Leave.
    Quit,
    /// Draw everything anew, for something else wrote on the terminal.
    Redraw,
}

/// The state of the screen.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // lamps that light up independently
pub struct App {
    pub(super) theme: Theme,
    pub(super) log: Log,
    pub(super) input: Input,
    pub(super) state: State,
    pub(super) parts: Vec<Ready>,
    pub(super) ready: bool,
    pub(super) muted: bool,
    pub(super) talking: bool,
    pub(super) ducked: bool,
    pub(super) help: bool,
    /// A command waits for a yes.
    pub(super) asking: bool,
    pub(super) level: u8,
    pub(super) voice: u8,
    pub(super) dropped: u64,
    pub(super) fatal: Option<String>,
    /// Newest last.
    pub(super) ledgers: VecDeque<Ledger>,
    /// Lines scrolled back from the newest.
    pub(super) scroll: usize,
}

impl App {
    /// A screen on which nothing has happened, with colours or without.
    pub fn new(color: bool) -> Self {
        Self {
            theme: Theme::new(color),
            log: Log::default(),
            input: Input::default(),
            state: State::Idle,
            parts: Vec::new(),
            ready: false,
            muted: false,
            talking: false,
            ducked: false,
            help: false,
            asking: false,
            level: 0,
            voice: 0,
            dropped: 0,
            fatal: None,
            ledgers: VecDeque::new(),
            scroll: 0,
        }
    }

    /// Takes news; tells how much of the screen they change.
    pub fn update(&mut self, update: Update) -> Change {
        match update {
            Update::Level { decibels, probability } => return self.meter(decibels, probability),
            Update::Note(_, note) => return self.note(&note),
            Update::Ready(ready) => match self.parts.iter_mut().find(|known| known.part == ready.part) {
                Some(known) => *known = ready,
                None => self.parts.push(ready),
            },
            Update::Listening => self.ready = true,
            Update::Notice(text) => self.log.push(Entry::Notice(text)),
            Update::Dropped(samples) if samples == self.dropped => return Change::Nothing,
            Update::Dropped(samples) => self.dropped = samples,
            Update::Fatal(reason) => {
                self.log.push(Entry::Error(reason.clone()));
                self.fatal = Some(reason);
            }
        }
        Change::Content
    }

    fn note(&mut self, note: &Note) -> Change {
        let said = self.log.take(note);
        match note {
            Note::State { state } => self.state = *state,
            Note::Duck { on } => self.ducked = *on,
            Note::Cut { .. } | Note::Resume { .. } | Note::Cancel { .. } => self.ducked = false,
            Note::Muted { on } => self.muted = *on,
            Note::Confirm { .. } => self.asking = true,
            Note::Confirmed { .. } => self.asking = false,
            Note::Latency(ledger) => {
                self.ledgers.push_back(*ledger);
                if self.ledgers.len() > LEDGERS {
                    self.ledgers.pop_front();
                }
            }
            _ if !said => return Change::Nothing,
            _ => {}
        }
        Change::Content
    }

    /// The meters move in visible steps only, so that silence draws nothing.
    fn meter(&mut self, decibels: f32, probability: f32) -> Change {
        let steps = f32::from(LEVELS) + decibels / f32::from(LEVEL_STEP);
        let new =
            if self.muted { (0, 0) } else { (step(steps, LEVELS), step(probability * f32::from(VOICES), VOICES)) };
        if new == (self.level, self.voice) {
            return Change::Nothing;
        }
        (self.level, self.voice) = new;
        Change::Meter
    }

    /// Takes a key; gives what it asks for beyond the screen.
    pub fn key(&mut self, key: KeyEvent) -> Option<Reaction> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        // AltGr arrives as Control with Alt on some systems, and types characters.
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL) && !key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char('c' | 'q') if ctrl => Some(Reaction::Quit),
            KeyCode::Char('l') if ctrl => Some(Reaction::Redraw),
            KeyCode::Char('q') | KeyCode::Esc | KeyCode::Enter if self.fatal.is_some() => Some(Reaction::Quit),
            _ if self.help => {
                self.help = false;
                None
            }
            KeyCode::Char(c) if ctrl => self.chord(c),
            code => self.plain_key(code),
        }
    }

    fn chord(&mut self, c: char) -> Option<Reaction> {
        match c {
            'r' => return Some(Reaction::Send(Command::Repeat)),
            't' if self.muted => self.log.push(Entry::Notice("muted: Tab unmutes, then Ctrl-T talks".into())),
            't' => {
                self.talking = !self.talking;
                return Some(Reaction::Send(Command::Talk(self.talking)));
            }
            'u' => self.input.delete_line(),
            'w' => self.input.delete_word(),
            'a' => self.input.home(),
            'e' => self.input.end(),
            _ => {}
        }
        None
    }

    fn plain_key(&mut self, code: KeyCode) -> Option<Reaction> {
        match code {
            KeyCode::Char(c @ ('y' | 'n')) if self.asking && self.input.is_empty() => {
                return Some(Reaction::Send(Command::Answer(c == 'y')));
            }
            KeyCode::Esc => return Some(Reaction::Send(Command::Interrupt)),
            KeyCode::Tab => {
                self.muted = !self.muted;
                self.talking = false;
                (self.level, self.voice) = (0, 0);
                return Some(Reaction::Send(Command::Mute(self.muted)));
            }
            KeyCode::Enter => return self.ask(),
            KeyCode::F(1) => self.help = true,
            KeyCode::PageUp => self.scroll = self.scroll.saturating_add(5),
            KeyCode::PageDown => self.scroll = self.scroll.saturating_sub(5),
            KeyCode::Up => self.scroll = self.scroll.saturating_add(1),
            KeyCode::Down => self.scroll = self.scroll.saturating_sub(1),
            KeyCode::Backspace => self.input.backspace(),
            KeyCode::Delete => self.input.delete(),
            KeyCode::Left => self.input.left(),
            KeyCode::Right => self.input.right(),
            KeyCode::Home => self.input.home(),
            KeyCode::End => self.input.end(),
            KeyCode::Char(c) => self.input.insert(c.encode_utf8(&mut [0; 4])),
            _ => {}
        }
        None
    }

    fn ask(&mut self) -> Option<Reaction> {
        let text = self.input.take().trim().to_string();
        self.scroll = 0;
        if text.is_empty() {
            return None;
        }
        Some(Reaction::Send(Command::Ask(text)))
    }

    /// Takes pasted text onto the input line.
    pub fn paste(&mut self, text: &str) {
        self.input.insert(text);
    }

    /// Scrolls no further back than `most` lines.
    pub fn limit_scroll(&mut self, most: usize) {
        self.scroll = self.scroll.min(most);
    }

    /// Whether older lines are in view than the newest.
    pub fn scrolled(&self) -> bool {
        self.scroll > 0
    }

    /// Says something that only this screen knows.
    pub fn notice(&mut self, text: &str) {
        self.log.push(Entry::Notice(text.into()));
    }

    /// Why golem cannot go on, if it cannot.
    pub fn fatal(&self) -> Option<&str> {
        self.fatal.as_deref()
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn step(value: f32, most: u8) -> u8 {
    // The cast makes 0 of what is no number.
    (value.round() as u8).min(most)
}
