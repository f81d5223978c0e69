//! Boundaries in running text: ends of sentences, clauses and words.

use super::markup::{is_ideograph, is_item_number};

/// The quality of a place to cut, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Between two words.
    Word,
    /// Before a conjunction.
    Conjunction,
    /// After a comma, colon, semicolon or dash.
    Comma,
    /// After a sentence.
    Sentence,
    /// After a line.
    Line,
}

/// A place where text may be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutPlace {
    /// Byte offset of the first character after the cut.
    pub at: usize,
    /// How good the place is.
    pub strength: Strength,
}

/// The meaning of a word's end for the gap after it.
enum WordEnd {
    /// The gap is a break of this strength.
    CutPlace(Strength),
    /// The gap belongs to an expression: `Dr. Who`, `1. First`.
    Joined,
    /// A sentence ends here if a capital follows, else the break is of the strength given, if any.
    IfCapital(Option<Strength>),
}

/// Characters that may stand between a sentence's last mark and the gap.
const CLOSERS: &[char] =
    &['"', '\'', '”', '’', '»', '“', ')', ']', '}', '*', '_', '~', '`', '」', '』', '）', '】', '》'];
const OPENERS: &[char] = &['"', '\'', '“', '‘', '«', '„', '(', '[', '{', '*', '_', '~', '`'];

/// Abbreviations that never end a sentence with their full stop.
const ABBREVIATIONS: &str = " mr mrs ms mx dr prof st gen rep sen gov capt cpt lt col sgt rev hon pres mt ft vs viz cf approx dept \
    fig figs vol pp ed eds al ca nr str bzw mme jan feb apr jun jul aug sept oct nov dec mon tue tues wed thu thurs fri \
    ул им стр проф акад гл рис напр обл просп пер кв тел ";
/// Abbreviations that end a sentence only if a capital follows.
const SOMETIMES: &str = " no nos etc inc ltd co corp jr sr usw a.m p.m др см руб коп тыс млн млрд мин сек т.д т.п ";
/// Words before which a long sentence may be cut.
const CONJUNCTIONS: &str = " and but or nor so yet because which who while when where although though if that then than as until unless \
    и но а или что чтобы потому который которая которые когда если хотя пока und aber oder weil dass et mais ou que y pero ";

/// All breaks of `text` that no later character can change, in order. `line_start` says whether `text` begins a line.
pub fn breaks(text: &str, line_start: bool) -> Vec<CutPlace> {
    let mut found = Vec::new();
    let mut span = WholeSpan::default();
    let mut last = None;
    for (at, c) in text.char_indices() {
        let free = span.is_closed();
        span.step(c, at);
        if let Some(last) = last.filter(|_| free || c == '\n') {
            found.extend(between(text, at, last, c, line_start));
        }
        last = Some(c);
    }
    found
}

/// The break that the character `c` decides; it stands at byte `at` and after the character `last`.
fn between(text: &str, at: usize, last: char, c: char, line_start: bool) -> Option<CutPlace> {
    let before = &text[..at];
    if c == '\n' {
        return Some(CutPlace { at: at + 1, strength: Strength::Line });
    }
    if c.is_whitespace() {
        let WordEnd::CutPlace(strength) = ending(before, line_start) else { return None };
        return (!last.is_whitespace()).then_some(CutPlace { at: at + c.len_utf8(), strength });
    }
    if last.is_whitespace() {
        let WordEnd::IfCapital(otherwise) = ending(before.trim_end(), line_start) else { return None };
        let capital = c.is_uppercase() || OPENERS.contains(&c) || is_ideograph(c);
        return if capital { Some(Strength::Sentence) } else { otherwise }.map(|strength| CutPlace { at, strength });
    }
    // In scripts without spaces the mark itself makes the gap.
    let wide = before.trim_end_matches(CLOSERS).chars().next_back().filter(|&m| "。！？｡，、；：".contains(m));
    if wide.is_some() && !CLOSERS.contains(&c) && !"。！？｡，、；：".contains(c) {
        let WordEnd::CutPlace(strength) = ending(before, line_start) else { return None };
        return Some(CutPlace { at, strength });
    }
    (is_ideograph(last) && is_ideograph(c)).then_some(CutPlace { at, strength: Strength::Word })
}

fn ending(before: &str, line_start: bool) -> WordEnd {
    let body = before.trim_end_matches(CLOSERS);
    match body.chars().next_back() {
        Some('.') => full_stop(body, line_start),
        Some('…') => WordEnd::IfCapital(Some(Strength::Comma)),
        Some('!' | '?' | '。' | '！' | '？' | '｡' | '।' | '؟') => WordEnd::CutPlace(Strength::Sentence),
        Some(',' | ';' | ':' | '—' | '–' | '，' | '、' | '；' | '：' | '،' | '؛') => {
            WordEnd::CutPlace(Strength::Comma)
        }
        _ => WordEnd::CutPlace(Strength::Word),
    }
}

fn full_stop(body: &str, line_start: bool) -> WordEnd {
    let token = body.rsplit(char::is_whitespace).next().unwrap_or(body);
    let line = &body[body.rfind('\n').map_or(0, |newline| newline + 1)..];
    let first = line.trim_start().len() == token.len() && (line_start || line.len() < body.len());
    let word = token.trim_start_matches(OPENERS).trim_end_matches('.');
    if token.ends_with("..") {
        return WordEnd::IfCapital(Some(Strength::Comma));
    }
    if first && is_item_number(token) {
        return WordEnd::Joined;
    }
    let word = word.to_lowercase();
    if listed(SOMETIMES, &word) {
        WordEnd::IfCapital(None)
    } else if listed(ABBREVIATIONS, &word) || is_initials(&word) {
        WordEnd::Joined
    } else {
        WordEnd::CutPlace(Strength::Sentence)
    }
}

/// Whether `word` (lower case, without its last full stop) is an initial or several: `j`, `u.s`, `т.е`.
fn is_initials(word: &str) -> bool {
    let short = |part: &str| {
        let letters = part.chars().count();
        (1..=2).contains(&letters) && part.chars().all(char::is_alphabetic) && !part.chars().any(is_ideograph)
    };
    let single = word.chars().count() == 1 && short(word) && !matches!(word, "i" | "я");
    single || (word.contains('.') && word.split('.').all(short))
}

/// Whether a listener expects more after `word`.
pub fn is_conjunction(word: &str) -> bool {
    listed(CONJUNCTIONS, &word.to_lowercase())
}

/// Whether `word` stands in `list`, whose words are separated and enclosed by spaces.
pub fn listed(list: &str, word: &str) -> bool {
    !word.is_empty() && list.split(' ').any(|entry| entry == word)
}

/// A span that must not be cut: a link, a code span or a tag, up to [`WholeSpan::LONGEST`] bytes.
#[derive(Default)]
struct WholeSpan {
    open: Option<(char, usize)>,
    last: char,
}

impl WholeSpan {
    const LONGEST: usize = 200;

    fn is_closed(&self) -> bool {
        self.open.is_none()
    }

    fn step(&mut self, c: char, at: usize) {
        self.open = match (self.open, c) {
            (_, '\n') => None,
            (Some((_, since)), _) if at - since > Self::LONGEST => None,
            (Some((close, _)), _) if close == c => None,
            (Some(open), _) => Some(open),
            (None, '`') => Some(('`', at)),
            (None, '[') => Some((']', at)),
            (None, '(') if self.last == ']' => Some((')', at)),
            (None, c) if self.last == '<' && (c.is_alphabetic() || c == '/') => Some(('>', at)),
            (None, _) => None,
        };
        self.last = c;
    }
}
