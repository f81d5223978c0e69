//! Latin letters with accents: their phones are those of the plain letters, or near them in most languages.

/// Letters and their phone.
const PHONES: [(&str, char); 18] = [
    ("àáâãāăą", 'a'),
    ("äæèéêëēėęě", 'e'),
    ("ìíîïīįıýÿ", 'i'),
    ("òóôõöōőøœå", 'o'),
    ("ùúûüūůűų", 'u'),
    ("ćč", 'C'),
    ("ďđð", 'd'),
    ("ğģ", 'g'),
    ("ķ", 'k'),
    ("ĺļľ", 'l'),
    ("ńņňñ", 'n'),
    ("ŕř", 'r'),
    ("çß", 's'),
    ("śşšș", 'S'),
    ("ť", 't'),
    ("ţț", 'c'),
    ("ł", 'w'),
    ("źżž", 'Z'),
];

/// The phone of a lower-case letter that is not ASCII; a letter without one here stands for itself.
pub fn phone(letter: char) -> char {
    PHONES.iter().find(|(letters, _)| letters.contains(letter)).map_or(letter, |(_, phone)| *phone)
}
