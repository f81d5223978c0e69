//! Sentences as comparable words: case, punctuation, Ё, hyphens and apostrophes are normalised.

use std::ops::Range;

/// A word of a sentence with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The normalised word: lower case, Ё as Е; numbers with a dot (`21.5`, `-5`); `%`, `°` and similar signs stand
    /// alone.
    pub word: String,
    /// Its bytes in the sentence.
    pub span: Range<usize>,
}

/// A normalised character.
fn fold(c: char) -> char {
    match c {
        '’' | 'ʼ' | '`' => '\'',
        'ё' | 'Ё' => 'е',
        '−' => '-',
        c => c.to_lowercase().next().unwrap_or(c),
    }
}

/// The role of a character in a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CharKind {
    Letter,
    Digit,
    /// A separator between words.
    Gap,
    /// A word of its own.
    Symbol,
    /// A part of the character before it: the accent of a decomposed letter.
    Mark,
}

fn kind(c: char) -> CharKind {
    match c {
        '\'' => CharKind::Letter,
        '\u{300}'..='\u{36f}' => CharKind::Mark,
        '%' | '°' | '+' | '/' | '&' | '@' | '#' | '=' | '*' | '$' | '€' | '£' | '₽' | '№' | '½' => {
            CharKind::Symbol
        }
        c if c.is_ascii_digit() => CharKind::Digit,
        c if c.is_alphanumeric() => CharKind::Letter,
        _ => CharKind::Gap,
    }
}

/// Splits a sentence into words.
///
/// Letters are separated from digits (`5pm` is `5 pm`), hyphens and underscores are gaps, a minus before a number
/// belongs to it, and initials lose their dots (`A.C.` is `ac`).
pub fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<(usize, char)> = text.char_indices().map(|(at, c)| (at, fold(c))).collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&(_, c)) = chars.get(at) {
        let end = match kind(c) {
            CharKind::Letter => letters(&chars, at),
            CharKind::Digit => digits(&chars, at),
            CharKind::Symbol => at + 1,
            CharKind::Gap if is_minus(&chars, at) => digits(&chars, at + 1),
            CharKind::Gap if is_clock_colon(&chars, at) => at + 1,
            CharKind::Gap | CharKind::Mark => {
                at += 1;
                continue;
            }
        };
        if let Some(token) = token(text, &chars, at, end) {
            tokens.push(token);
        }
        at = end;
    }
    tokens
}

/// The normalised words of a text.
pub fn words(text: &str) -> Vec<String> {
    tokens(text).into_iter().map(|token| token.word).collect()
}

fn token(text: &str, chars: &[(usize, char)], from: usize, to: usize) -> Option<Token> {
    let span = chars[from].0..chars.get(to).map_or(text.len(), |next| next.0);
    let mut word = String::with_capacity(span.len());
    let number = chars[from..to].iter().any(|c| kind(c.1) == CharKind::Digit);
    for &(_, c) in &chars[from..to] {
        match (c, kind(c)) {
            (',', _) if is_thousands(&chars[from..to]) => {}
            (',' | '.', _) => word.extend(number.then_some('.')),
            // Composed here: the two letters that Russian text is often found decomposed with.
            ('\u{306}', _) if word.ends_with('и') => replace_last(&mut word, 'й'),
            (_, CharKind::Mark) => {}
            _ => word.push(c),
        }
    }
    // An apostrophe inside a word is kept, and around a word it is a quotation mark, except before an ending:
    // `{name}'s`.
    let bare = word.trim_matches('\'');
    let word = if word.starts_with('\'') && ENDINGS.contains(&bare) { format!("'{bare}") } else { bare.to_owned() };
    (!word.is_empty()).then_some(Token { word, span })
}

/// Endings after an apostrophe.
const ENDINGS: [&str; 6] = ["s", "d", "ll", "re", "ve", "m"];

/// Splits an ending off words that `knows` rejects: `lamp's` becomes `lamp` and `'s`.
pub fn part_endings(tokens: Vec<Token>, knows: impl Fn(&str) -> bool) -> Vec<Token> {
    let mut parted = Vec::with_capacity(tokens.len());
    for token in tokens {
        let at = token.word.rfind('\'').filter(|&at| at > 0 && ENDINGS.contains(&&token.word[at + 1..]));
        match at.filter(|_| !knows(&token.word)) {
            None => parted.push(token),
            Some(at) => {
                // The apostrophe may have several bytes, the letters after it have one byte each.
                let ending = token.word.len() - at - 1;
                let middle = token.span.end - ending;
                parted.push(Token { word: token.word[..at].to_owned(), span: token.span.start..middle });
                parted.push(Token { word: token.word[at..].to_owned(), span: middle..token.span.end });
            }
        }
    }
    parted
}

fn replace_last(word: &mut String, c: char) {
    word.pop();
    word.push(c);
}

fn kind_at(chars: &[(usize, char)], at: usize) -> Option<CharKind> {
    chars.get(at).map(|c| kind(c.1))
}

/// The end of the word that starts at `at`.
fn letters(chars: &[(usize, char)], mut at: usize) -> usize {
    let start = at;
    loop {
        match kind_at(chars, at) {
            Some(CharKind::Letter | CharKind::Mark) => at += 1,
            Some(CharKind::Gap) if chars[at].1 == '.' && is_initial(chars, start, at) => at += 1,
            _ => return at,
        }
    }
}

/// Whether the dot at `at` stands between single letters, as in `a.c`, or after the last of them.
fn is_initial(chars: &[(usize, char)], start: usize, at: usize) -> bool {
    let single_before = at == start + 1 || chars[at - 2].1 == '.';
    let letter_after = kind_at(chars, at + 1) == Some(CharKind::Letter);
    let single_after = kind_at(chars, at + 2) != Some(CharKind::Letter);
    let begun = at > start + 1 && chars[at - 2].1 == '.';
    single_before && ((letter_after && single_after) || (begun && !letter_after))
}

/// Whether a number has commas between its thousands: `1,000` and `12,000,000`. Three decimals are not spoken.
fn is_thousands(number: &[(usize, char)]) -> bool {
    let text: String = number.iter().map(|c| c.1).collect();
    let mut groups = text.trim_start_matches('-').split(',');
    let first = groups.next().unwrap_or_default();
    let mut rest = groups.peekable();
    let digits = |group: &str| group.bytes().all(|b| b.is_ascii_digit());
    rest.peek().is_some()
        && (1..=3).contains(&first.len())
        && digits(first)
        && !first.starts_with('0')
        && rest.all(|group| group.len() == 3 && digits(group))
}

/// The end of the number that starts at `at`, with its decimals.
fn digits(chars: &[(usize, char)], mut at: usize) -> usize {
    let mut decimals = false;
    loop {
        match kind_at(chars, at) {
            Some(CharKind::Digit) => at += 1,
            Some(CharKind::Gap)
                if (!decimals || is_group(chars, at))
                    && matches!(chars[at].1, '.' | ',')
                    && kind_at(chars, at + 1) == Some(CharKind::Digit) =>
            {
                decimals = true;
                at += 1;
            }
            _ => return at,
        }
    }
}

/// Whether the comma at `at` separates thousands: it has three digits on either side, and no more after them.
fn is_group(chars: &[(usize, char)], at: usize) -> bool {
    let digit = |at: usize| kind_at(chars, at) == Some(CharKind::Digit);
    let before = at >= 4 && (at - 3..at).all(digit) && chars[at - 4].1 == ',';
    chars[at].1 == ',' && before && (at + 1..at + 4).all(digit) && !digit(at + 4)
}

/// Whether a minus at `at` belongs to the number after it.
fn is_minus(chars: &[(usize, char)], at: usize) -> bool {
    let alone = at == 0 || chars[at - 1].1.is_whitespace();
    chars[at].1 == '-' && alone && kind_at(chars, at + 1) == Some(CharKind::Digit)
}

/// Whether `at` is the colon of `7:30`.
fn is_clock_colon(chars: &[(usize, char)], at: usize) -> bool {
    chars[at].1 == ':'
        && at > 0
        && kind_at(chars, at - 1) == Some(CharKind::Digit)
        && kind_at(chars, at + 1) == Some(CharKind::Digit)
}

/// A part of a sentence as a wildcard's value: as written, without the punctuation around its words.
pub fn tidy(text: &str) -> String {
    const MARKS: &[char] =
        &['.', '。', ',', '，', '?', '¿', '？', '؟', '!', '¡', '！', ';', '；', ':', '：', '…', '—', '–', '―'];
    let words = text.split_whitespace().map(|word| word.trim_matches(MARKS));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ").replace('’', "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_made_alike() {
        for (text, expected) in [
            ("Turn on the lights, please!", "turn on the lights please"),
            ("What’s up?", "what's up"),
            ("Зажги всё", "зажги все"),
            ("air-conditioner", "air conditioner"),
            ("21,5°", "21.5 °"),
            ("50%", "50 %"),
            ("1,000 or 2,5 or 0,125", "1000 or 2.5 or 0.125"),
            ("12,000,000", "12000000"),
            ("at -5 degrees", "at -5 degrees"),
            ("10-15", "10 15"),
            ("the A.C. unit", "the ac unit"),
            ("CO2 and PM2.5", "co 2 and pm 2.5"),
            ("7:30", "7 : 30"),
            ("note: done", "note done"),
            ("Хорошии\u{306}", "хороший"),
            ("е\u{308}ж", "еж"),
            ("'quoted' - word", "quoted word"),
            ("'s", "'s"),
            ("end. Next", "end next"),
            ("", ""),
        ] {
            assert_eq!(words(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn endings_part_from_unknown_words() {
        let text = "What’s Ada’s lamp";
        let parted = part_endings(tokens(text), |word| word == "what's");
        let words: Vec<&str> = parted.iter().map(|token| token.word.as_str()).collect();
        assert_eq!(words, ["what's", "ada", "'s", "lamp"]);
        assert_eq!(&text[parted[1].span.start..parted[2].span.end], "Ada’s");
        assert_eq!(&text[parted[2].span.clone()], "s");
    }

    #[test]
    fn spans_point_into_the_text() {
        let text = "Play «Ёлка», now";
        let spans: Vec<&str> = tokens(text).iter().map(|token| &text[token.span.clone()]).collect();
        assert_eq!(spans, ["Play", "Ёлка", "now"]);
    }
}
