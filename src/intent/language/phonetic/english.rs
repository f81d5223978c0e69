//! English spelling to phones. The rules are tried in order at each letter; `^` and `$` are the word's ends.

/// Frequent words in commands that no rule gets right.
const IRREGULAR: &[(&str, &str)] = &[
    ("one", "wan"),
    ("once", "wans"),
    ("two", "tu"),
    ("to", "tu"),
    ("do", "du"),
    ("who", "hu"),
    ("you", "ju"),
    ("your", "jor"),
    ("are", "ar"),
    ("the", "T@"),
    ("a", "@"),
    ("i", "ai"),
    ("eye", "ai"),
    ("of", "ov"),
    ("hour", "aur"),
    ("our", "aur"),
    ("hours", "aurz"),
    ("there", "Ter"),
    ("their", "Ter"),
    ("where", "wer"),
    ("were", "w@r"),
    ("was", "woz"),
    ("said", "sed"),
    ("some", "sam"),
    ("come", "kam"),
    ("done", "dan"),
    ("none", "nan"),
    ("won", "wan"),
    ("give", "giv"),
    ("live", "liv"),
    ("have", "hav"),
    ("move", "muv"),
    ("know", "nou"),
    ("no", "nou"),
    ("go", "gou"),
    ("so", "sou"),
    ("phial", "fail"),
    ("blue", "blu"),
    ("clothes", "klouz"),
];

/// Letters and their phones; the first rule that fits wins.
const RULES: &[(&str, &str)] = &[
    ("^kn", "n"),
    ("^gn", "n"),
    ("^wr", "r"),
    ("^wh", "w"),
    ("^ps", "s"),
    ("^x", "z"),
    ("^y", "j"),
    ("eight", "eit"),
    ("ight", "ait"),
    ("aught", "ot"),
    ("ought", "ot"),
    ("augh", "af"),
    ("ough", "ou"),
    ("eigh", "ei"),
    ("igh", "ai"),
    ("tion", "S@n"),
    ("sion", "Z@n"),
    ("ture$", "C@r"),
    ("tch", "C"),
    ("sch", "sk"),
    ("dge", "J"),
    ("ing$", "iN"),
    ("sh", "S"),
    ("ch", "C"),
    ("ph", "f"),
    ("th", "T"),
    ("ck", "k"),
    ("qu", "kw"),
    ("gh", "g"),
    ("mb$", "m"),
    ("ng$", "N"),
    ("nk", "Nk"),
    ("oor", "or"),
    ("our", "or"),
    ("oar", "or"),
    ("ore$", "or"),
    ("ear", "ir"),
    ("eer", "ir"),
    ("ere$", "ir"),
    ("air", "er"),
    ("are$", "er"),
    ("ee", "i"),
    ("ea", "i"),
    ("oo", "u"),
    ("oa", "ou"),
    ("ou", "au"),
    ("ow", "au"),
    ("ai", "ei"),
    ("ay", "ei"),
    ("ey$", "i"),
    ("au", "o"),
    ("aw", "o"),
    ("oi", "oi"),
    ("oy", "oi"),
    ("ie", "i"),
    ("ew", "ju"),
    ("ui", "i"),
    ("uy", "ai"),
    ("ye$", "ai"),
    ("ue$", "u"),
    ("ar", "ar"),
    ("er", "@r"),
    ("ir", "@r"),
    ("ur", "@r"),
    ("ce", "s"),
    ("ci", "si"),
    ("cy", "si"),
    ("ge$", "J"),
    ("gi", "Ji"),
    ("o$", "ou"),
    ("c", "k"),
    ("j", "J"),
    ("q", "k"),
    ("x", "ks"),
    ("u", "a"),
    ("'", ""),
    ("-", ""),
];

/// The phones of a lower-case word.
pub fn phones(word: &str) -> String {
    if let Some((_, phones)) = IRREGULAR.iter().find(|(irregular, _)| *irregular == word) {
        return (*phones).to_string();
    }
    let mut phones = String::new();
    let mut rest = word;
    while let Some(letter) = rest.chars().next() {
        let start = rest.len() == word.len();
        let (length, sound) = one(rest, letter, start, phones.chars().any(super::vowel::is_vowel));
        phones.push_str(&sound);
        rest = &rest[length..];
    }
    phones
}

/// The number of bytes of `rest` that are read, and their phones; `vowel` says whether the word has had a vowel.
fn one(rest: &str, letter: char, start: bool, vowel: bool) -> (usize, String) {
    if let Some(long) = long_vowel(rest) {
        return (1, long.into());
    }
    if vowel && matches!(rest, "e" | "es" | "e's") {
        return (rest.len(), if rest == "e" { String::new() } else { "s".into() });
    }
    if rest == "y" {
        return (1, if vowel { "i" } else { "ai" }.into());
    }
    for (letters, sound) in RULES {
        let (at_start, letters) = letters.strip_prefix('^').map_or((false, *letters), |l| (true, l));
        let (at_end, letters) = letters.strip_suffix('$').map_or((false, letters), |l| (true, l));
        let fits = if at_end { rest == letters } else { rest.starts_with(letters) };
        if fits && (!at_start || start) {
            return (letters.len(), (*sound).into());
        }
    }
    let phone = match letter {
        'y' => 'i',
        letter if letter.is_ascii() => letter,
        letter => super::accent::phone(letter),
    };
    (letter.len_utf8(), phone.into())
}

/// The long vowel before one consonant and a silent e: `write` and `lakes`.
fn long_vowel(rest: &str) -> Option<&'static str> {
    let word = rest.strip_suffix('s').unwrap_or(rest);
    let letters = word.as_bytes();
    let [vowel, consonant, b'e'] = letters else { return None };
    if b"aeiouyrw".contains(consonant) || !consonant.is_ascii_lowercase() {
        return None;
    }
    match vowel {
        b'a' => Some("ei"),
        b'e' => Some("i"),
        b'i' | b'y' => Some("ai"),
        b'o' => Some("ou"),
        b'u' => Some("u"),
        _ => None,
    }
}
