//! The words of a JSGF grammar (Java Speech Grammar Format, <https://www.w3.org/TR/jsgf/>).

use std::collections::BTreeSet;

/// All words of the grammar `jsgf`, each once, in lower case as the dictionary has them.
pub fn words(jsgf: &str) -> BTreeSet<String> {
    statements(&bare(jsgf))
        .into_iter()
        .filter_map(|statement| statement.split_once('=').map(|(_, expansion)| tokens(expansion)))
        .flatten()
        .map(|word| word.to_lowercase())
        .collect()
}

/// The grammar without its first line, comments, tags `{…}` and weights `/…/`.
fn bare(jsgf: &str) -> String {
    let body = jsgf.trim_start_matches('\u{feff}');
    let body = if body.starts_with('#') { body.split_once(';').map_or("", |(_, rest)| rest) } else { body };
    let mut rest = body;
    let mut bare = String::with_capacity(body.len());
    while let Some(c) = rest.chars().next() {
        let end = match c {
            '/' if rest.starts_with("//") => Some("\n"),
            '/' if rest.starts_with("/*") => Some("*/"),
            '/' => Some("/"),
            '{' => Some("}"),
            _ => None,
        };
        rest = &rest[c.len_utf8()..];
        if let Some(end) = end {
            rest = rest.split_once(end).map_or("", |(_, rest)| rest);
            bare.push(' ');
        } else {
            bare.push(c);
        }
    }
    bare
}

fn statements(text: &str) -> Vec<&str> {
    text.split(';').collect()
}

/// The words of an expansion, without rules `<…>` and signs of the notation.
fn tokens(expansion: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut rule = false;
    for c in expansion.chars().chain([' ']) {
        let part = !rule && !c.is_whitespace() && !"<>()[]|*+\"".contains(c);
        if part {
            word.push(c);
        } else if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        match c {
            '<' => rule = true,
            '>' => rule = false,
            _ => {}
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_weights_tags_and_comments_are_no_words() {
        let jsgf = "#JSGF V1.0;\ngrammar lamp; // a comment; with words\n/* more */\n\
            public <order> = [please] /0.3/ turn (on | off) {tag here} the <Lamp>+ ;\n<lamp> = \"lamp\" | i'd* | <NULL>;";
        let words: Vec<String> = words(jsgf).into_iter().collect();
        assert_eq!(words, ["i'd", "lamp", "off", "on", "please", "the", "turn"]);
    }

    #[test]
    fn broken_grammars_give_what_words_they_have() {
        assert!(words("").is_empty());
        assert!(words("#JSGF").is_empty());
        assert_eq!(words("public <a> = Lamp { never closed").into_iter().collect::<Vec<_>>(), ["lamp"]);
    }
}
