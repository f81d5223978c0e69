//! A reply as the screen knows it: generated, heard so far, and cut off.

/// Most characters shown of what a person cut off: enough to see what it was, short enough not to bury the answer.
const CUT_SHOWN: usize = 160;
/// Characters ahead in the reply's text in which a spoken word is looked for: markup lies between the words.
const LOOK_AHEAD: usize = 80;

/// The state of a stretch of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Heard, of a reply that is over.
    Spoken,
    /// Heard, of a reply that goes on.
    Lit,
    /// Still to come.
    Ahead,
    /// Cut off, never to be heard.
    Cut,
}

/// A reply as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownReply {
    turn: u64,
    /// Clauses sent to the voice, in order.
    clauses: Vec<String>,
    /// The text as generated, once it is whole.
    text: Option<String>,
    /// What has been heard of it so far.
    heard: String,
    /// Whether it is over.
    done: bool,
    /// The words that were heard of it, if it was cut.
    cut: Option<String>,
}

impl ShownReply {
    /// A reply of which nothing is known yet.
    pub fn new(turn: u64) -> Self {
        Self { turn, ..Self::default() }
    }

    /// Its turn.
    pub fn turn(&self) -> u64 {
        self.turn
    }

    /// Takes the text as generated.
    pub fn generated(&mut self, text: &str) {
        self.text = Some(text.into());
    }

    /// Takes a clause that was sent to the voice.
    pub fn clause(&mut self, text: &str) {
        self.clauses.push(text.into());
    }

    /// Takes what has been heard of it so far.
    pub fn heard(&mut self, text: &str) {
        self.heard = text.into();
    }

    /// Takes its end: what was heard of it, and whether it was cut short.
    pub fn end(&mut self, heard: &str, interrupted: bool) {
        self.done = true;
        self.cut = interrupted.then(|| heard.to_string());
    }

    /// Ends it when no report of how much was heard will come: keeps what is known so far.
    pub fn abandon(&mut self) {
        let heard = std::mem::take(&mut self.heard);
        self.end(&heard, true);
    }

    /// Whether it is over.
    pub fn over(&self) -> bool {
        self.done
    }

    /// Its text as far as it is known.
    pub fn whole(&self) -> String {
        self.text.clone().unwrap_or_else(|| self.clauses.join(" "))
    }

    /// The reply in stretches, in order.
    pub fn stretches(&self) -> Vec<(Tone, String)> {
        let whole = self.whole();
        let (said, end, rest) = match &self.cut {
            Some(heard) => (Tone::Spoken, heard_end(&whole, heard), Tone::Cut),
            None if self.done => (Tone::Spoken, whole.len(), Tone::Ahead),
            None => (Tone::Lit, heard_end(&whole, &self.heard), Tone::Ahead),
        };
        let (heard, unheard) = whole.split_at(end);
        let unheard = if rest == Tone::Cut { shortened(unheard) } else { unheard.to_string() };
        vec![(said, heard.to_string()), (rest, unheard)]
    }

    /// What was heard of it, and whether it was cut short; `None` while it goes on.
    pub fn outcome(&self) -> Option<(String, bool)> {
        self.done.then(|| (self.cut.clone().unwrap_or_else(|| self.whole()), self.cut.is_some()))
    }

    /// Whether it has no words.
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty() && self.text.as_ref().is_none_or(|text| text.trim().is_empty())
    }
}

/// Where the heard words end in the whole reply.
fn heard_end(whole: &str, heard: &str) -> usize {
    let start = whole.len() - whole.trim_start().len();
    if whole[start..].starts_with(heard) { start + heard.len() } else { reach(whole, [heard].into_iter()) }
}

/// The end of spoken words in the text that they were cut from, which has unspoken markup between them.
fn reach<'a>(text: &str, spoken: impl Iterator<Item = &'a str>) -> usize {
    spoken.flat_map(str::split_whitespace).fold(0, |at, word| {
        let rest = &text[at..];
        let near = rest.char_indices().nth(LOOK_AHEAD).map_or(rest, |(end, _)| &rest[..end]);
        near.find(word).map_or(at, |found| at + found + word.len())
    })
}

fn shortened(text: &str) -> String {
    let text = text.trim_end();
    match text.char_indices().nth(CUT_SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}
