//! The spoken form of a program's output.

/// Longest output that is spoken, in characters; more would take over half a minute.
const LONGEST: usize = 400;

/// The text without colours, control characters and empty lines, its lines as sentences, cut between words.
pub fn spoken(output: &str) -> String {
    let plain = without_escapes(output);
    let lines = plain.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
    let ends_well = |line: &&String| line.ends_with(['.', '!', '?', ':', ',', ';']);
    let sentences: Vec<String> =
        lines.iter().map(|line| if ends_well(&line) { line.clone() } else { format!("{line}.") }).collect();
    let text = if lines.len() < 2 { lines.concat() } else { sentences.join(" ") };
    match text.char_indices().nth(LONGEST) {
        None => text,
        Some((end, _)) => text[..end].rsplit_once(' ').map_or(&text[..end], |(whole, _)| whole).to_string() + " …",
    }
}

/// `text` without terminal escapes and control characters, except line ends and tabs.
fn without_escapes(text: &str) -> String {
    let mut plain = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            if letters.next_if_eq(&'[').is_some() {
                // A control sequence ends with a letter.
                letters.by_ref().find(|end| ('@'..='~').contains(end));
            }
        } else if matches!(letter, '\n' | '\t') || !letter.is_control() {
            plain.push(letter);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_becomes_sentences() {
        assert_eq!(spoken("\u{1b}[31m5 GB\u{1b}[0m free\n"), "5 GB free");
        assert_eq!(spoken("On branch main\n\n  nothing   to commit.\n"), "On branch main. nothing to commit.");
        assert_eq!(spoken(""), "");
        assert!(spoken(&"word ".repeat(500)).chars().count() <= LONGEST + 2);
        assert_eq!(spoken("a\u{1b}"), "a");
    }
}
