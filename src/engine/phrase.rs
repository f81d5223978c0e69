//! Corrections of espeak-ng's reports: the marks between a text's clauses and the ends of its words.

/// Appends a clause. Removes the marks `(en)` with which espeak-ng reports a switch of language, and adds the mark that
/// ends the clause's `source`, which espeak-ng leaves out.
pub(super) fn push_clause(all: &mut String, clause: &str, source: &str) {
    if clause.trim().is_empty() {
        return;
    }
    if !all.is_empty() {
        all.push(' ');
    }
    let mut inside = false;
    for c in clause.trim().chars() {
        match c {
            '(' => inside = true,
            ')' => inside = false,
            c if !inside => all.push(c),
            _ => {}
        }
    }
    all.extend(clause_mark(source));
}

/// The mark, in the alphabet of Piper's voices, that ends a clause read from `source`. espeak-ng has read up to the
/// first character of the next clause.
fn clause_mark(source: &str) -> Option<char> {
    let ahead = source.char_indices().next_back().filter(|&(at, c)| c.is_alphanumeric() && source[..at].ends_with(' '));
    let body = ahead.map_or(source, |(at, _)| &source[..at]);
    let body = body.trim_end_matches(|c: char| c.is_whitespace() || "\"'“”‘’«»()[]".contains(c));
    match body.chars().next_back()? {
        '.' if ahead.is_some() && is_abbreviation(body) => None,
        '.' | '…' | '。' | '।' => Some('.'),
        '!' | '！' => Some('!'),
        '?' | '？' | '؟' => Some('?'),
        ',' | '—' | '–' | '，' | '、' | '،' => Some(','),
        ';' | '；' | '؛' => Some(';'),
        ':' | '：' => Some(':'),
        _ => None,
    }
}

/// Whether `body` ends with an initial or a title such as `Dr.`: a capital alone or followed by consonants.
fn is_abbreviation(body: &str) -> bool {
    let word = body.trim_end_matches('.').rsplit(char::is_whitespace).next().unwrap_or_default();
    let rest = word.strip_prefix(char::is_uppercase).filter(|_| word != "I");
    rest.is_some_and(|rest| rest.len() <= 4 && !rest.contains(|c| !char::is_alphabetic(c) || "aeiouy".contains(c)))
}

/// The true end of the word that reaches up to byte `end` of `text`, without the marks after it. `None` if it consists
/// only of marks. Scripts without spaces keep espeak-ng's word end.
pub(super) fn token_end(text: &str, end: usize) -> Option<usize> {
    let begun = text[..end].trim_end();
    let from = begun.rfind(char::is_whitespace).unwrap_or(0);
    let to = text[begun.len()..].find(char::is_whitespace).map_or(text.len(), |length| begun.len() + length);
    let token = &text[from..to];
    let to = if token.contains(|c| c >= '\u{2e80}') { end } else { to };
    let word = text[from..to.max(from)].trim_end_matches(|c: char| !c.is_alphanumeric());
    (!word.is_empty()).then_some(from + word.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_with_the_last_of_their_letters() {
        let text = "\"Well-known,\" 1,250 — don't!";
        let whole = |end| token_end(text, end).map(|end| &text[..end]);
        assert_eq!(whole(5), Some("\"Well-known"));
        assert_eq!(whole(17), Some("\"Well-known,\" 1,250"));
        assert_eq!(whole(20), Some("\"Well-known,\" 1,250"), "the space after it was counted in");
        assert_eq!(whole(text.find('—').expect("it is there") + 3), None);
        assert_eq!(whole(text.len()), Some("\"Well-known,\" 1,250 — don't"));
        assert_eq!(token_end("", 0), None);
        assert_eq!(token_end("今日は", 3), Some(3));
    }

    #[test]
    fn a_clause_keeps_its_mark_and_loses_the_language_switch() {
        let mut all = String::new();
        push_clause(&mut all, "həlˈoʊ (ru)mˈir(en)", "Hello мир, t");
        push_clause(&mut all, "dˈɑːktɚ", "he Dr. S");
        push_clause(&mut all, "smˈɪθ", "mith (really?) ");
        push_clause(&mut all, " ", ".");
        assert_eq!(all, "həlˈoʊ mˈir, dˈɑːktɚ smˈɪθ?");
    }
}
