//! The arguments in which a spoken word may stand, and how it is put there. The check of a commands file and the
//! filling of an order use the same function, so that they cannot disagree.

use std::collections::BTreeSet;

use super::argv::{ArgumentFilling, Pattern};
use super::options::{ANY, OptionRow, ROWS, Use};
use super::{address, risk};

/// A placeholder where none is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MisplacedWord {
    /// Index of the argument.
    pub at: usize,
    /// Why it is not allowed, and what would be right.
    pub reason: String,
}

/// The filling of each argument of a command line.
///
/// `closed` are slots whose every value the owner wrote: numbers of a range and values of lists. They may choose what a
/// program does, but not which program runs.
///
/// # Errors
/// When a word would choose the program, an option or an address, or would be run, read as settings or written to.
pub fn fillings(line: &[Pattern], closed: &BTreeSet<String>) -> Result<Vec<ArgumentFilling>, MisplacedWord> {
    let program = risk::program(line);
    if let Some(at) = line.iter().take(program + 1).position(|word| word.literal().is_none()) {
        return Err(misuse(at, "a spoken word may not choose the program: no {slot} in its name"));
    }
    if let (Some(name), Some(at)) = (risk::interpreter(line), line.iter().position(|word| word.literal().is_none())) {
        let reason = format!(
            "{name} would read \"{}\" as a command: no {{slot}} there; write a program of your own that takes it as an argument",
            line[at]
        );
        return Err(misuse(at, reason));
    }
    let mut fillings = vec![ArgumentFilling::AsItIs; line.len()];
    let open = |slot: &str| !closed.contains(slot);
    let mut guarded = false;
    for (at, word) in line.iter().enumerate().skip(program + 1) {
        fillings[at] = by_form(line, at, guarded, &open).map_err(|reason| misuse(at, reason))?;
        guarded |= word.literal() == Some("--");
    }
    for start in risk::starts(line) {
        let name = risk::name(&line[start]);
        for (place, uses) in places(&name, &line[start + 1..]) {
            let at = start + 1 + place.argument;
            for used in uses {
                let judged = judge(used, &name, &line[at], place.offset, &open);
                let filling = judged.map_err(|reason| misuse(at, reason))?;
                if filling != ArgumentFilling::AsItIs {
                    fillings[at] = filling;
                }
            }
        }
    }
    Ok(fillings)
}

fn misuse(at: usize, reason: impl Into<String>) -> MisplacedWord {
    MisplacedWord { at, reason: reason.into() }
}

/// Checks the form of an argument, whatever the program is.
fn by_form(
    line: &[Pattern],
    at: usize,
    guarded: bool,
    open: &impl Fn(&str) -> bool,
) -> Result<ArgumentFilling, String> {
    let word = &line[at];
    let any = ANY.split_whitespace();
    let head = word.head();
    let named = head.split_once('=').map_or(head, |(name, _)| name);
    let before = line[at - 1].literal().unwrap_or_default();
    if word.literal().is_none() && !guarded && any.into_iter().any(|name| name == before || name == named) {
        return Err(told(Use::Runs, "the program", word));
    }
    let Some(text) = word.before(open) else { return Ok(ArgumentFilling::AsItIs) };
    if !guarded && (text == "-" || (text.starts_with("--") && !text.contains('='))) {
        return Err(format!("a spoken word may not choose an option: no {{slot}} in the name of \"{word}\""));
    }
    let value = if text.starts_with('-') { text.split_once('=').map_or("", |(_, value)| value) } else { &text };
    let whole = word.to_string();
    let scheme = whole.split_once("://").map_or("", |(scheme, _)| scheme);
    let scheme = scheme.rsplit_once('=').map_or(scheme, |(_, scheme)| scheme);
    if scheme.contains('{') && !scheme.contains(char::is_whitespace) && !text.contains("://") {
        return Err(told(Use::Address, "the program", word));
    }
    if address::has_scheme(value) {
        return address(value, word);
    }
    let path = value.starts_with(['/', '~', '.']) || (value.contains('/') && !value.contains(char::is_whitespace));
    Ok(if path && value.contains('/') { ArgumentFilling::Beneath } else { ArgumentFilling::AsItIs })
}

/// The place of a value in a command line: the argument, and the byte where the value begins.
#[derive(Clone, Copy)]
struct ValuePlace {
    argument: usize,
    offset: usize,
}

/// The rows for a program, if one of the row's words is among the arguments.
fn rows<'a>(program: &'a str, arguments: &'a [Pattern]) -> impl Iterator<Item = &'static OptionRow> + 'a {
    let among = |text: &str, word: &str| text.split_whitespace().any(|known| known == word);
    ROWS.iter().filter(move |(programs, verbs, ..)| {
        let verb = |word: &Pattern| word.literal().is_some_and(|word| among(verbs, word));
        among(programs, program) && (verbs.is_empty() || arguments.iter().any(verb))
    })
}

/// The places of a program's values, with the uses of each.
fn places(program: &str, arguments: &[Pattern]) -> Vec<(ValuePlace, Vec<Use>)> {
    let rows: Vec<&OptionRow> = rows(program, arguments).collect();
    if rows.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut bare = Vec::new();
    let mut pending: Option<Vec<Use>> = None;
    let mut guarded = false;
    for (argument, word) in arguments.iter().enumerate() {
        let head = word.head();
        if let Some(uses) = pending.take() {
            found.push((ValuePlace { argument, offset: 0 }, uses));
        } else if !guarded && word.literal() == Some("--") {
            guarded = true;
        } else if !guarded && head.len() > 1 && head.starts_with('-') {
            let Some((uses, offset)) = option(&rows, head) else { continue };
            if word.literal().is_some_and(|word| word.len() == offset) {
                pending = Some(uses);
            } else {
                found.push((ValuePlace { argument, offset }, uses));
            }
        } else {
            bare.push(argument);
        }
    }
    for (count, &argument) in bare.iter().enumerate() {
        let head = arguments[argument].head();
        let spoken = head.is_empty();
        let applies = |token: &str| match token {
            "every" => true,
            "first" => count == 0,
            "last" => count + 1 == bare.len(),
            "+" | "@" => spoken || head.starts_with(token),
            _ => token.ends_with('=') && (spoken || head.starts_with(token)),
        };
        let uses = rows.iter().filter(|(.., at)| at.split_whitespace().any(applies)).map(|(_, _, used, _)| *used);
        found.push((ValuePlace { argument, offset: 0 }, uses.collect()));
    }
    // `tar xIf`: options without a dash. If one of them runs something, any argument may be its value.
    let bundled = bare.first().and_then(|&first| arguments[first].literal()).unwrap_or_default();
    for (.., used, at) in rows.iter().filter(|(.., at)| at.split_whitespace().any(|token| token == "bundle")) {
        if at.split_whitespace().any(|token| token.len() == 2 && bundled.contains(&token[1..])) {
            found.extend((0..arguments.len()).map(|argument| (ValuePlace { argument, offset: 0 }, vec![*used])));
        }
    }
    found
}

/// The uses of an option's value, and where the value begins in its word; at the word's end if the next word is the
/// value.
fn option(rows: &[&OptionRow], head: &str) -> Option<(Vec<Use>, usize)> {
    let of = |is: &dyn Fn(&str) -> bool| {
        let uses = rows.iter().filter(|(.., at)| at.split_whitespace().any(is)).map(|(_, _, used, _)| *used);
        Some(uses.collect::<Vec<_>>()).filter(|uses| !uses.is_empty())
    };
    let (name, value) = head.split_once('=').map_or((head, head.len()), |(name, _)| (name, name.len() + 1));
    if let Some(uses) = of(&|token| token == name) {
        return Some((uses, value));
    }
    if head.starts_with("--") {
        // Most programs accept an abbreviated name.
        let begins = |token: &str| name.len() > 2 && token.starts_with(name);
        let dangerous = |uses: Vec<Use>| uses.into_iter().filter(|used| *used != Use::Plain).collect::<Vec<_>>();
        return of(&begins).map(dangerous).filter(|uses| !uses.is_empty()).map(|uses| (uses, value));
    }
    let mut glued = rows.iter().flat_map(|(.., at)| at.split_whitespace());
    let long = |token: &&str| token.len() > 2 && !token.starts_with("--") && token.starts_with('-');
    if let Some(token) = glued.find(|token| long(token) && head.starts_with(token)) {
        return Some((of(&|other| other == token)?, token.len()));
    }
    // A cluster: letters of options without values, then one whose value is the rest or the next word.
    head.char_indices().skip(1).find_map(|(at, letter)| {
        let uses =
            of(&|token| token.len() == 1 + letter.len_utf8() && token.starts_with('-') && token.ends_with(letter));
        Some((uses?, at + letter.len_utf8()))
    })
}

/// Decides whether a word with this use may stand in an argument, from byte `offset` on.
fn judge(
    used: Use,
    program: &str,
    word: &Pattern,
    offset: usize,
    open: &impl Fn(&str) -> bool,
) -> Result<ArgumentFilling, String> {
    if used == Use::Runs {
        return if word.literal().is_some() { Ok(ArgumentFilling::AsItIs) } else { Err(told(used, program, word)) };
    }
    let Some(text) = word.before(open) else { return Ok(ArgumentFilling::AsItIs) };
    let before = text.get(offset..).unwrap_or_default();
    match used {
        Use::Plain => Ok(ArgumentFilling::AsItIs),
        Use::Address => address(before, word),
        Use::Sends if !before.is_empty() => Ok(ArgumentFilling::AsItIs),
        _ => Err(told(used, program, word)),
    }
}

/// The filling of a spoken word that follows `before` in an address: part of a path, a query or a fragment.
fn address(before: &str, word: &Pattern) -> Result<ArgumentFilling, String> {
    if before.starts_with('/') || before.starts_with("./") || before.starts_with("~/") {
        return Ok(ArgumentFilling::Beneath);
    }
    // `ext::sh -c …` names a program in place of a scheme.
    let runs = before.contains("::") || before.contains(char::is_whitespace);
    if address::is_behind_host(before) && !runs {
        return Ok(ArgumentFilling::Encoded);
    }
    Err(told(Use::Address, "the program", word))
}

/// Why a word may not stand in an argument with this use.
fn told(used: Use, program: &str, word: &Pattern) -> String {
    match used {
        Use::Runs => format!("{program} would run what is said: no {{slot}} in \"{word}\""),
        Use::Settings => {
            format!("{program} would take settings or arguments from what is said: no {{slot}} in \"{word}\"")
        }
        Use::Writes => {
            format!("a spoken word may not choose the file that {program} writes to: no {{slot}} in \"{word}\"")
        }
        Use::Reads => format!("a spoken word may not choose the file that {program} reads: no {{slot}} in \"{word}\""),
        Use::Sends => format!(
            "{program} would read a file whose name is said after a sign such as @: put text of your own before the {{slot}} in \"{word}\""
        ),
        Use::Chooses => format!("a spoken word may not choose what {program} does: no {{slot}} in \"{word}\""),
        Use::Address | Use::Plain => format!(
            "a spoken word may be part of an address's path or query, never its scheme, its host or the whole: write https://host/ before the {{slot}} in \"{word}\""
        ),
    }
}
