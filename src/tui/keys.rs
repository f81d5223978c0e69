//! The meaning of keys and the mouse. Letters are commands until Enter begins a question, so that one key, not a typed
//! `:stop`, stops a voice.

use ratatui::crossterm::event::{
    KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::layout::Position;

use super::app::{App, Focus, Hit, KeyEffect};
use super::menu::Menu;
use super::talk::position;
use crate::config::screen::Space;
use crate::control::Request;

/// Lines of a page, and of a turn of the mouse's wheel.
const PAGE: isize = 8;
const WHEEL: isize = 3;

impl App {
    /// Takes a key; gives what it asks for beyond the screen.
    pub fn key(&mut self, key: KeyEvent) -> Option<KeyEffect> {
        // AltGr arrives as Control with Alt on some systems, and types characters.
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL) && !key.modifiers.contains(KeyModifiers::ALT);
        if key.kind == KeyEventKind::Release {
            let held = self.talking && self.space == Space::Talk && key.code == KeyCode::Char(' ');
            return if held { self.talk(false) } else { None };
        }
        match key.code {
            KeyCode::Char('c' | 'q') if ctrl => return Some(KeyEffect::Quit),
            KeyCode::Char('l') if ctrl => return Some(KeyEffect::Redraw),
            KeyCode::Char('r') if ctrl => return Some(KeyEffect::Send(Request::Repeat)),
            KeyCode::Char('t') if ctrl => return self.talk(!self.talking),
            _ => {}
        }
        // Ignore a key that is held down, except where it types or scrolls.
        let again = key.kind == KeyEventKind::Repeat;
        match &mut self.focus {
            Focus::Help(offset) => {
                match key.code {
                    KeyCode::Down | KeyCode::Char('j') => *offset = offset.saturating_add(1),
                    KeyCode::Up | KeyCode::Char('k') => *offset = offset.saturating_sub(1),
                    _ => self.focus = Focus::Keys,
                }
                None
            }
            Focus::Leave if again => None,
            Focus::Leave if key.code == KeyCode::Char('q') => Some(KeyEffect::Quit),
            Focus::Leave => {
                self.focus = Focus::Keys;
                self.command_key(key.code)
            }
            Focus::Menu(_) => self.menu_key(key.code),
            Focus::Ask | Focus::Search | Focus::Save => self.text_key(key.code, ctrl),
            Focus::Keys if ctrl => None,
            Focus::Keys if again => {
                self.scroll_key(key.code);
                None
            }
            Focus::Keys => self.command_key(key.code),
        }
    }

    fn command_key(&mut self, code: KeyCode) -> Option<KeyEffect> {
        if self.fatal.is_some() && matches!(code, KeyCode::Char('q') | KeyCode::Esc | KeyCode::Enter) {
            return Some(KeyEffect::Quit);
        }
        match code {
            KeyCode::Char(c @ ('y' | 'n')) if self.asking => {
                return Some(KeyEffect::Send(Request::Answer { yes: c == 'y' }));
            }
            KeyCode::Esc if !self.needle.is_empty() => self.search_for(String::new()),
            KeyCode::Esc | KeyCode::Char('s') => return Some(KeyEffect::Send(Request::Stop)),
            KeyCode::Char(' ') if self.space == Space::Talk => return self.talk(!self.talking),
            KeyCode::Char(' ' | 'm') | KeyCode::Tab => return Some(self.toggle_mute()),
            KeyCode::Char('t') => return self.talk(!self.talking),
            KeyCode::Char('r') => return Some(KeyEffect::Send(Request::Repeat)),
            KeyCode::Enter | KeyCode::Char('i') => self.focus = Focus::Ask,
            KeyCode::Char('/') => self.focus = Focus::Search,
            KeyCode::Char('n') => self.find(true),
            KeyCode::Char('N') => self.find(false),
            KeyCode::Char('d') => {
                self.focus = Focus::Menu(Menu::new(self.mode));
                return Some(KeyEffect::Send(Request::Offers));
            }
            KeyCode::Char('w') => {
                self.focus = Focus::Save;
                self.input.insert("conversation.md");
            }
            KeyCode::Char('?') | KeyCode::F(1) => self.focus = Focus::Help(0),
            KeyCode::Char('q') => self.focus = Focus::Leave,
            KeyCode::Char('g') | KeyCode::Home => self.scroll.top(),
            KeyCode::Char('G') | KeyCode::End => self.scroll.bottom(),
            code => self.scroll_key(code),
        }
        None
    }

    fn scroll_key(&mut self, code: KeyCode) {
        match code {
            KeyCode::PageUp => self.scroll.by(PAGE),
            KeyCode::PageDown => self.scroll.by(-PAGE),
            KeyCode::Up | KeyCode::Char('k') => self.scroll.by(1),
            KeyCode::Down | KeyCode::Char('j') => self.scroll.by(-1),
            _ => {}
        }
    }

    fn toggle_mute(&mut self) -> KeyEffect {
        self.mute(!self.muted);
        KeyEffect::Send(Request::mute(self.muted))
    }

    fn talk(&mut self, on: bool) -> Option<KeyEffect> {
        if self.muted {
            self.notice("muted: m unmutes, then you can talk");
            return None;
        }
        self.talking = on;
        Some(KeyEffect::Send(Request::Talk { on }))
    }

    fn menu_key(&mut self, code: KeyCode) -> Option<KeyEffect> {
        let Focus::Menu(menu) = &mut self.focus else { return None };
        match code {
            KeyCode::Up | KeyCode::Char('k') => menu.step(-1),
            KeyCode::Down | KeyCode::Char('j') | KeyCode::Tab => menu.step(1),
            KeyCode::Enter | KeyCode::Char(' ') => {
                let cursor = menu.cursor();
                return self.choose(cursor);
            }
            KeyCode::Esc | KeyCode::Char('q' | 'd') => self.focus = Focus::Keys,
            _ => {}
        }
        None
    }

    fn choose(&mut self, item: usize) -> Option<KeyEffect> {
        let Focus::Menu(menu) = std::mem::take(&mut self.focus) else { return None };
        menu.choose(item).map(KeyEffect::Send)
    }

    fn text_key(&mut self, code: KeyCode, ctrl: bool) -> Option<KeyEffect> {
        match code {
            KeyCode::Enter => return self.entered(),
            KeyCode::Esc => {
                if self.focus == Focus::Search {
                    self.search_for(String::new());
                }
                self.input.take();
                self.focus = Focus::Keys;
                return None;
            }
            // On an empty line, leave it: there is nothing else to delete.
            KeyCode::Backspace if self.input.is_empty() => self.focus = Focus::Keys,
            KeyCode::Tab if self.focus == Focus::Ask => return Some(self.toggle_mute()),
            KeyCode::Char('u') if ctrl => self.input.delete_line(),
            KeyCode::Char('w') if ctrl => self.input.delete_word(),
            KeyCode::Char('a') if ctrl => self.input.home(),
            KeyCode::Char('e') if ctrl => self.input.end(),
            KeyCode::Char(_) if ctrl => {}
            KeyCode::Char(c) => self.input.insert(c.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace => self.input.backspace(),
            KeyCode::Delete => self.input.delete(),
            KeyCode::Left => self.input.left(),
            KeyCode::Right => self.input.right(),
            KeyCode::Home => self.input.home(),
            KeyCode::End => self.input.end(),
            code => self.scroll_key(code),
        }
        if self.focus == Focus::Search {
            self.search_for(self.input.text().to_lowercase());
        }
        None
    }

    fn entered(&mut self) -> Option<KeyEffect> {
        let text = self.input.take().trim().to_string();
        match std::mem::take(&mut self.focus) {
            Focus::Ask if !text.is_empty() => {
                self.scroll.bottom();
                Some(KeyEffect::Send(Request::Ask { text }))
            }
            Focus::Save if !text.is_empty() => Some(KeyEffect::Save(text)),
            _ => None,
        }
    }

    /// Looks for a text (in lower case) from the newest entry on; an empty one ends the search.
    fn search_for(&mut self, needle: String) {
        if needle != self.needle {
            self.needle = needle;
            self.found = None;
            self.find(true);
        }
    }

    /// Goes to the next entry with the searched text, an older or a newer one, and wraps around at the ends.
    fn find(&mut self, older: bool) {
        if self.needle.is_empty() {
            return;
        }
        let mut numbers: Vec<u64> = self
            .log
            .entries()
            .iter()
            .filter(|kept| position(&kept.entry.text(), &self.needle).is_some())
            .map(|kept| kept.number)
            .collect();
        if older {
            numbers.reverse();
        }
        let beyond = |number: &&u64| self.found.is_none_or(|at| if older { **number < at } else { **number > at });
        self.found = numbers.iter().find(beyond).or(numbers.first()).copied();
        if let Some(number) = self.found {
            self.scroll.to(number);
        }
    }

    /// Takes pasted text: it goes to a question, unless something else is being typed.
    pub fn paste(&mut self, text: &str) {
        if self.fatal.is_some() {
            return;
        }
        if !matches!(self.focus, Focus::Ask | Focus::Search | Focus::Save) {
            self.focus = Focus::Ask;
        }
        self.input.insert(text);
    }

    /// Takes what the mouse did; gives what it asks for beyond the screen.
    pub fn mouse(&mut self, event: MouseEvent) -> Option<KeyEffect> {
        match event.kind {
            MouseEventKind::ScrollUp => self.scroll.by(WHEEL),
            MouseEventKind::ScrollDown => self.scroll.by(-WHEEL),
            MouseEventKind::Down(MouseButton::Left) => {
                let at = Position::new(event.column, event.row);
                let (_, hit) = self.hits.iter().rev().find(|(area, _)| area.contains(at))?;
                return match hit.clone() {
                    Hit::Key(code) => self.key(KeyEvent::new(code, KeyModifiers::NONE)),
                    Hit::Command(code) => self.command_key(code),
                    Hit::Item(item) => self.choose(item),
                };
            }
            _ => {}
        }
        None
    }
}
