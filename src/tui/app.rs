//! The state of the screen: pure, without a terminal or a clock. The meaning of keys is in `keys`.

use std::collections::VecDeque;

use ratatui::crossterm::event::KeyCode;
use ratatui::layout::Rect;

use super::input::LineEditor;
use super::log::{ConversationLog, ScreenEntry};
use super::menu::Menu;
use super::meters::Meters;
use super::plain::AWAY;
use super::scroll::Scroll;
use super::theme::Theme;
use crate::config::screen::Space;
use crate::control::{Levels, Mode, Note, Ready, Request, State, Update};
use crate::message::Ledger;

/// Turns whose latency is kept for the trend.
const LEDGERS: usize = 60;

/// How much of the screen an update changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Redraw {
    /// Nothing that shows.
    Nothing,
    /// Only the meters.
    Meter,
    /// More than the meters.
    Content,
}

/// The effect of a key beyond the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyEffect {
    /// Send golem a command.
    Send(Request),
    /// Write the conversation to a file of that name.
    Save(String),
    /// Leave.
    Quit,
    /// Draw everything anew: something else wrote on the terminal.
    Redraw,
}

/// The receiver of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    /// Each key is a command.
    #[default]
    Keys,
    /// They are the text of a question.
    Ask,
    /// They are the text to search for.
    Search,
    /// They are the name of a file for the conversation.
    Save,
    /// They choose from the menu.
    Menu(Menu),
    /// They scroll the help, by now so many lines down; any other key closes it.
    Help(u16),
    /// `q` once more leaves.
    Leave,
}

/// The meaning of a click on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hit {
    /// As this key.
    Key(KeyCode),
    /// As this key in the state in which keys are commands, whatever they are now.
    Command(KeyCode),
    /// As the choice of this item of the menu.
    Item(usize),
}

/// The state of the screen.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // lamps that light up independently
pub struct App {
    pub(super) theme: Theme,
    pub(super) space: Space,
    pub(super) log: ConversationLog,
    pub(super) input: LineEditor,
    pub(super) focus: Focus,
    pub(super) state: State,
    pub(super) mode: Mode,
    pub(super) parts: Vec<Ready>,
    pub(super) ready: bool,
    pub(super) muted: bool,
    /// Whether golem only listens after the wake phrase.
    pub(super) waiting: bool,
    pub(super) talking: bool,
    pub(super) ducked: bool,
    /// Whether a command waits for a yes.
    pub(super) asking: bool,
    pub(super) meters: Meters,
    pub(super) dropped: u64,
    /// Whether the session is recorded.
    pub(super) recording: bool,
    pub(super) fatal: Option<String>,
    /// Newest last.
    pub(super) ledgers: VecDeque<Ledger>,
    pub(super) scroll: Scroll,
    /// The text that is searched for, in lower case; empty without a search.
    pub(super) needle: String,
    /// Number of the entry in which it was found last.
    pub(super) found: Option<u64>,
    /// The places where a click means something, as drawn last; later ones lie above earlier ones.
    pub(super) hits: Vec<(Rect, Hit)>,
}

impl App {
    /// A screen on which nothing has happened.
    pub fn new(theme: Theme, space: Space, mode: Mode) -> Self {
        Self {
            theme,
            space,
            log: ConversationLog::default(),
            input: LineEditor::default(),
            focus: Focus::Keys,
            state: State::Idle,
            mode,
            parts: Vec::new(),
            ready: false,
            muted: false,
            waiting: false,
            talking: false,
            ducked: false,
            asking: false,
            meters: Meters::default(),
            dropped: 0,
            recording: false,
            fatal: None,
            ledgers: VecDeque::new(),
            scroll: Scroll::default(),
            needle: String::new(),
            found: None,
            hits: Vec::new(),
        }
    }

    /// Takes an update; returns how much of the screen it changes.
    pub fn update(&mut self, update: Update) -> Redraw {
        match update {
            Update::Level(levels) => return self.meter(&levels),
            Update::Note { time: now, note } => {
                let said = self.log.take(now, &note);
                return self.note(&note, said);
            }
            Update::Spoken { turn, text } => self.log.spoken(turn, &text),
            Update::Ready(ready) => match self.parts.iter_mut().find(|known| known.part == ready.part) {
                Some(known) => *known = ready,
                None => self.parts.push(ready),
            },
            Update::Listening => self.ready = true,
            // No change: a screen that follows a golem elsewhere gets a notice of it.
            Update::Lost { .. } => return Redraw::Nothing,
            Update::Notice { text, .. } => self.log.push(ScreenEntry::Notice(text)),
            Update::Offers { offers } => match &mut self.focus {
                Focus::Menu(menu) => menu.offer(&offers),
                _ => return Redraw::Nothing,
            },
            Update::Away => self.forget(),
            Update::Recording { .. } => self.recording = true,
            Update::Dropped { samples } if samples == self.dropped => return Redraw::Nothing,
            Update::Dropped { samples } => self.dropped = samples,
            Update::Fatal { reason } => {
                self.log.push(ScreenEntry::Error(reason.clone()));
                self.fatal = Some(reason);
                self.focus = Focus::Keys;
                self.input.take();
            }
        }
        Redraw::Content
    }

    /// Forgets the golem that was shown, which is gone; the conversation stays.
    fn forget(&mut self) {
        self.log.close();
        self.log.push(ScreenEntry::Notice(AWAY.into()));
        (self.state, self.mode) = (State::Idle, Mode::default());
        (self.ready, self.muted, self.talking, self.ducked, self.asking) = (false, false, false, false, false);
        self.waiting = false;
        (self.meters, self.dropped, self.recording) = (Meters::default(), 0, false);
        self.parts.clear();
    }

    fn note(&mut self, note: &Note, said: bool) -> Redraw {
        match note {
            Note::State { state } => self.state = *state,
            Note::Mode { mode } => self.mode = *mode,
            Note::Waiting { on } => self.waiting = *on,
            Note::Duck { on } => self.ducked = *on,
            Note::Cut { .. } | Note::Resume { .. } | Note::Cancel { .. } => self.ducked = false,
            Note::Muted { on } => self.mute(*on),
            Note::Confirm { .. } => self.asking = true,
            Note::Confirmed { .. } => self.asking = false,
            Note::Latency(ledger) => {
                self.ledgers.push_back(*ledger);
                if self.ledgers.len() > LEDGERS {
                    self.ledgers.pop_front();
                }
            }
            _ if !said => return Redraw::Nothing,
            _ => {}
        }
        Redraw::Content
    }

    pub(super) fn mute(&mut self, on: bool) {
        self.muted = on;
        self.talking &= !on;
        if on {
            (self.meters.microphone, self.meters.voice) = (0, 0);
        }
    }

    /// Takes levels; the meters move in visible steps only.
    fn meter(&mut self, levels: &Levels) -> Redraw {
        let mut new = Meters::new(levels);
        if self.muted {
            (new.microphone, new.voice) = (0, 0);
        }
        if new == self.meters {
            return Redraw::Nothing;
        }
        self.meters = new;
        Redraw::Meter
    }

    /// Adds a notice of this screen's own.
    pub fn notice(&mut self, text: impl Into<String>) {
        self.log.push(ScreenEntry::Notice(text.into()));
    }

    /// Why golem cannot go on, if it cannot.
    pub fn fatal(&self) -> Option<&str> {
        self.fatal.as_deref()
    }

    /// Whether the terminal should report key releases. Not while text is typed: with that on, some terminals send no
    /// composed characters.
    pub fn wants_releases(&self) -> bool {
        self.space == Space::Talk && !matches!(self.focus, Focus::Ask | Focus::Search | Focus::Save)
    }

    /// Scrolls so many lines back, or on where negative.
    pub fn scroll_by(&mut self, lines: isize) {
        self.scroll.by(lines);
    }

    /// Scrolls to the oldest entry.
    pub fn scroll_to_top(&mut self) {
        self.scroll.top();
    }

    /// Scrolls to the newest entry.
    pub fn scroll_to_bottom(&mut self) {
        self.scroll.bottom();
    }

    /// The conversation.
    pub fn log(&self) -> &ConversationLog {
        &self.log
    }
}
