//! The menu of the things that can be exchanged while golem runs: its mode, its devices, its voice.

use crate::control::{Mode, Offer, Part, Request};

/// An item of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuItem {
    /// The heading it stands under.
    pub heading: &'static str,
    /// Its name.
    pub name: String,
    /// A description; empty where the name says enough.
    pub what: String,
    /// Whether it is in use.
    pub current: bool,
    /// The request to golem that chooses it.
    pub command: Request,
}

/// The menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Menu {
    items: Vec<MenuItem>,
    cursor: usize,
    /// Whether golem has yet to send the list of devices and voices.
    waiting: bool,
}

impl Menu {
    /// A menu of a golem in `mode` that was asked what else it offers.
    pub fn new(mode: Mode) -> Self {
        let item = |own, name: &str| MenuItem {
            heading: "mode",
            name: name.into(),
            what: String::new(),
            current: own == mode,
            command: Request::Mode { mode: own },
        };
        let items = vec![item(Mode::Chat, "commands and conversation"), item(Mode::Intent, "commands only")];
        let cursor = usize::from(mode == Mode::Intent);
        Self { items, cursor, waiting: true }
    }

    /// Takes what golem offers in place of what it offered before.
    pub fn offer(&mut self, offers: &[Offer]) {
        self.waiting = false;
        self.items.retain(|item| item.heading == "mode");
        for part in Part::SWITCHABLE {
            self.items.extend(offers.iter().filter(|offer| offer.part == part).map(|offer| MenuItem {
                heading: part.name(),
                name: offer.name.clone(),
                what: offer.what.clone(),
                current: offer.current,
                command: Request::Switch { part, name: offer.name.clone() },
            }));
        }
        self.cursor = self.cursor.min(self.items.len() - 1);
    }

    /// The items, those of one heading together.
    pub fn items(&self) -> &[MenuItem] {
        &self.items
    }

    /// The item that the cursor is on.
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether more items are to come.
    pub fn waiting(&self) -> bool {
        self.waiting
    }

    /// Moves the cursor by so many items, round the ends.
    pub fn step(&mut self, by: isize) {
        let count = isize::try_from(self.items.len()).unwrap_or(isize::MAX);
        let cursor = isize::try_from(self.cursor).unwrap_or(0);
        self.cursor = (cursor + by).rem_euclid(count).unsigned_abs();
    }

    /// The request to golem that chooses an item.
    pub fn choose(&self, item: usize) -> Option<Request> {
        self.items.get(item).map(|item| item.command.clone())
    }
}
