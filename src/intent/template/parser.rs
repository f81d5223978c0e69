//! The parser of sentence templates: `(turn|switch) on [the] {name} light[s]`.
//!
//! Spaces count only as word boundaries, as in hassil; `\` makes the character after it literal.

use super::{Expr, FilePlace};
use crate::intent::error::IntentError;

/// Longest template, in characters.
pub const LENGTH_LIMIT: usize = 100_000;
/// Deepest nesting of brackets.
pub const DEPTH_LIMIT: usize = 64;
/// Most items of a permutation: `(a;b;c)` stands for all their orders.
pub const PERMUTATION_LIMIT: usize = 7;

/// Parses a template.
///
/// # Errors
/// [`IntentError::Template`] with line 1 and the column of the mistake, counted from 1 in characters of `text`.
pub fn parse(text: &str) -> Result<Expr, IntentError> {
    read(text, str::to_lowercase)
}

/// As [`parse`], but capitals are kept.
///
/// # Errors
/// Those of [`parse`].
pub fn parse_as_written(text: &str) -> Result<Expr, IntentError> {
    read(text, str::to_owned)
}

fn read(text: &str, fold: fn(&str) -> String) -> Result<Expr, IntentError> {
    let mut parser = Parser { chars: text.trim_end().chars().collect(), at: 0, depth: 0, fold };
    parser.at = parser.chars.iter().take_while(|c| c.is_whitespace()).count();
    if parser.chars.len() > LENGTH_LIMIT {
        return Err(parser.error(LENGTH_LIMIT, format!("a template has at most {LENGTH_LIMIT} characters; use a list")));
    }
    parser.group(None)
}

/// Whether a list's value is a template rather than plain text.
pub fn is_template(text: &str) -> bool {
    text.contains(['(', ')', '{', '}', '<', '>', '[', ']', '|'])
}

/// Plain text as an expression, without special characters.
pub fn literal(text: &str) -> Expr {
    Expr::Text(text.to_lowercase())
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    depth: usize,
    /// The normalisation of a text.
    fold: fn(&str) -> String,
}

/// The separator between the items of a group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Separator {
    Alternative,
    Permutation,
}

impl Parser {
    fn error(&self, at: usize, reason: impl Into<String>) -> IntentError {
        let column = at.min(self.chars.len()) + 1;
        IntentError::Template { place: FilePlace { line: 1, column, ..FilePlace::default() }, reason: reason.into() }
    }

    /// The expression up to `close`, which is consumed, or to the end of the text.
    fn group(&mut self, close: Option<char>) -> Result<Expr, IntentError> {
        let open = self.at.saturating_sub(1);
        let mut items = vec![Vec::new()];
        let mut separator = None;
        loop {
            let Some(&c) = self.chars.get(self.at) else {
                return match close {
                    None => Ok(assemble(items, separator)),
                    Some(close) => {
                        let opened = self.chars[open];
                        Err(self.error(open, format!("`{opened}` is never closed: add the missing `{close}`")))
                    }
                };
            };
            match c {
                '|' | ';' => {
                    separator = Some(self.separator(c, separator)?);
                    items.push(Vec::new());
                    self.at += 1;
                    if separator == Some(Separator::Permutation) && items.len() > PERMUTATION_LIMIT {
                        let reason = format!("at most {PERMUTATION_LIMIT} items may change places; write fewer `;`");
                        return Err(self.error(self.at - 1, reason));
                    }
                }
                ')' | ']' if Some(c) == close => {
                    self.at += 1;
                    return Ok(assemble(items, separator));
                }
                _ => {
                    let item = self.item(c)?;
                    items.last_mut().expect("a group begins with an item").push(item);
                }
            }
        }
    }

    fn separator(&self, c: char, before: Option<Separator>) -> Result<Separator, IntentError> {
        let this = if c == '|' { Separator::Alternative } else { Separator::Permutation };
        if before.is_some_and(|before| before != this) {
            return Err(self.error(self.at, "`|` and `;` in one group: say with parentheses what belongs together"));
        }
        Ok(this)
    }

    fn item(&mut self, c: char) -> Result<Expr, IntentError> {
        match c {
            '(' => self.nested(')'),
            '[' => Ok(optional(self.nested(']')?)),
            '{' => self.list(),
            '<' => {
                let name = self.name('>')?;
                Ok(Expr::Rule(name))
            }
            ')' | ']' | '}' | '>' => {
                let reason = format!("`{c}` closes nothing: remove it, or write `\\{c}` for the character itself");
                Err(self.error(self.at, reason))
            }
            _ => self.text(),
        }
    }

    fn nested(&mut self, close: char) -> Result<Expr, IntentError> {
        if self.depth == DEPTH_LIMIT {
            let reason = format!("brackets nest at most {DEPTH_LIMIT} deep; move the inner part into a rule");
            return Err(self.error(self.at, reason));
        }
        self.at += 1;
        self.depth += 1;
        let expr = self.group(Some(close))?;
        self.depth -= 1;
        Ok(expr)
    }

    fn list(&mut self) -> Result<Expr, IntentError> {
        let open = self.at;
        let name = self.name('}')?;
        let (list, slot) = name.split_once(':').unwrap_or((&name, &name));
        let list = list.trim_start_matches('@').trim();
        if list.is_empty() || slot.trim().is_empty() {
            return Err(self.error(open, "a list needs a name: write `{list}` or `{list:slot}`"));
        }
        Ok(Expr::List { list: list.to_owned(), slot: slot.trim().to_owned() })
    }

    /// The name up to `close`, which is consumed.
    fn name(&mut self, close: char) -> Result<String, IntentError> {
        let open = self.at;
        let opened = self.chars[open];
        let Some(length) = self.chars[open..].iter().position(|&c| c == close) else {
            return Err(self.error(open, format!("`{opened}` is never closed: add the missing `{close}`")));
        };
        let name: String = self.chars[open + 1..open + length].iter().filter(|&&c| c != '\\').collect();
        if name.trim().is_empty() || name.contains(['{', '<', '(', '[']) {
            let reason = format!("a name is missing between `{opened}` and `{close}`; names hold no brackets");
            return Err(self.error(open, reason));
        }
        self.at = open + length + 1;
        Ok(name.trim().to_owned())
    }

    fn text(&mut self) -> Result<Expr, IntentError> {
        let mut text = String::new();
        while let Some(&c) = self.chars.get(self.at) {
            match c {
                '\\' => {
                    self.at += 1;
                    let Some(&escaped) = self.chars.get(self.at) else {
                        return Err(self.error(self.at - 1, "`\\` needs a character after it; write `\\\\` for itself"));
                    };
                    text.push(escaped);
                }
                '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | '|' | ';' => break,
                c if c.is_whitespace() => text.push(' '),
                c => text.push(c),
            }
            self.at += 1;
        }
        Ok(Expr::Text((self.fold)(&text)))
    }
}

fn assemble(items: Vec<Vec<Expr>>, separator: Option<Separator>) -> Expr {
    let mut items: Vec<Expr> = items.into_iter().map(sequence).collect();
    match separator {
        Some(Separator::Alternative) => Expr::Alternative(items),
        Some(Separator::Permutation) => Expr::Permutation(items),
        None => items.pop().unwrap_or_else(|| Expr::Sequence(Vec::new())),
    }
}

fn sequence(mut items: Vec<Expr>) -> Expr {
    match items.len() {
        1 => items.pop().unwrap_or_else(|| Expr::Sequence(Vec::new())),
        _ => Expr::Sequence(items),
    }
}

/// Makes an expression optional: `[a|b]` is `(a|b|)`.
fn optional(expr: Expr) -> Expr {
    let nothing = Expr::Sequence(Vec::new());
    match expr {
        Expr::Alternative(mut items) => {
            items.push(nothing);
            Expr::Alternative(items)
        }
        expr => Expr::Alternative(vec![expr, nothing]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Expr {
        Expr::Text(text.to_owned())
    }

    #[test]
    fn words_groups_and_names() {
        let expr = parse("(Turn|switch) on [the] {area:room} <light>").unwrap();
        let the = Expr::Alternative(vec![text("the"), Expr::Sequence(Vec::new())]);
        let room = Expr::List { list: "area".into(), slot: "room".into() };
        let expected = vec![
            Expr::Alternative(vec![text("turn"), text("switch")]),
            text(" on "),
            the,
            text(" "),
            room,
            text(" "),
            Expr::Rule("light".into()),
        ];
        assert_eq!(expr, Expr::Sequence(expected));
    }

    #[test]
    fn escapes_take_the_meaning_away() {
        assert_eq!(parse(r"a\[b\]").unwrap(), text("a[b]"));
    }

    #[test]
    fn permutations_keep_their_items() {
        assert_eq!(parse("(a;b)").unwrap(), Expr::Permutation(vec![text("a"), text("b")]));
    }

    #[test]
    fn mistakes_are_placed() {
        for (template, column) in [("turn (on", 6), ("on]", 3), ("a {}", 3), ("a|b;c", 4), ("{x", 1), ("a\\", 2)] {
            let error = parse(template).unwrap_err();
            assert_eq!(error.place().column, column, "{template}: {error}");
        }
    }

    #[test]
    fn depth_is_limited() {
        let deep = |n: usize| format!("{}a{}", "[".repeat(n), "]".repeat(n));
        assert!(parse(&deep(DEPTH_LIMIT)).is_ok());
        assert!(parse(&deep(DEPTH_LIMIT + 1)).is_err());
        assert!(parse(&"(".repeat(10_000)).is_err());
    }
}
