//! The lines of captions, and the fitting of text into the columns of a terminal.

use crate::cli::hear::write::short;
use crate::runtime::captions::event::CaptionEvent;

/// `0:03.2  microphone: Good morning.`; nothing for a part that is not over. The source is `named` if there are several.
pub fn line(event: &CaptionEvent, named: bool) -> Option<String> {
    let CaptionEvent::Final { source, part, .. } = event else { return None };
    let name = if named { format!("{source}: ") } else { String::new() };
    Some(format!("{}  {name}{}\n", short(part.start), part.transcript.text.trim()))
}

/// The end of `text` that fits into so many columns: whole words, but for a single word that does not fit.
pub fn newest(text: &str, columns: usize) -> &str {
    let letters = text.chars().count();
    if letters <= columns {
        return text;
    }
    let cut = text.char_indices().nth(letters - columns).map_or(text.len(), |(place, _)| place);
    let rest = &text[cut..];
    if text[..cut].ends_with(' ') {
        return rest;
    }
    match rest.find(' ') {
        Some(blank) => &rest[blank + 1..],
        None if text.contains(' ') => "",
        None => rest,
    }
}

/// `text` in lines of at most `columns` characters; words stay whole unless one alone is longer.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines: Vec<String> = Vec::new();
    let mut width = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        match lines.last_mut() {
            Some(line) if width + 1 + length <= columns => {
                line.push(' ');
                line.push_str(word);
                width += 1 + length;
            }
            _ => {
                let letters: Vec<char> = word.chars().collect();
                lines.extend(letters.chunks(columns).map(|piece| piece.iter().collect::<String>()));
                width = lines.last().map_or(0, |line| line.chars().count());
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_words_fit_into_a_line() {
        assert_eq!(newest("one two three", 9), "two three");
        assert_eq!(newest("слово за словом", 8), "словом");
        assert_eq!((newest("", 0), newest("endless", 3)), ("", "ess"));
    }

    #[test]
    fn a_word_that_fits_into_no_line_is_cut() {
        assert_eq!(wrapped("a longest word", 4), ["a", "long", "est", "word"]);
        assert!(wrapped("  ", 4).is_empty());
    }
}
