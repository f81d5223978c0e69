//! Kokoro's alphabet: the numbers of its sounds, and the spelling of espeak-ng's phonemes in it.
//!
//! The numbers are the `vocab` of the model's published `config.json`. English is spelled like the phonemes of its
//! training (misaki): one letter for a diphthong or an affricate, no marks of length in American.

/// The model's number for a sound or mark; `None` for one that it does not know.
pub(super) fn token(c: char) -> Option<i64> {
    TOKENS.iter().find(|(known, _)| *known == c).map(|(_, number)| *number)
}

/// Sounds and marks by their numbers.
const TOKENS: [(char, i64); 114] = [
    (';', 1),
    (':', 2),
    (',', 3),
    ('.', 4),
    ('!', 5),
    ('?', 6),
    ('—', 9),
    ('…', 10),
    ('"', 11),
    ('(', 12),
    (')', 13),
    ('“', 14),
    ('”', 15),
    (' ', 16),
    ('\u{303}', 17),
    ('ʣ', 18),
    ('ʥ', 19),
    ('ʦ', 20),
    ('ʨ', 21),
    ('ᵝ', 22),
    ('\u{ab67}', 23),
    ('A', 24),
    ('I', 25),
    ('O', 31),
    ('Q', 33),
    ('S', 35),
    ('T', 36),
    ('W', 39),
    ('Y', 41),
    ('ᵊ', 42),
    ('a', 43),
    ('b', 44),
    ('c', 45),
    ('d', 46),
    ('e', 47),
    ('f', 48),
    ('h', 50),
    ('i', 51),
    ('j', 52),
    ('k', 53),
    ('l', 54),
    ('m', 55),
    ('n', 56),
    ('o', 57),
    ('p', 58),
    ('q', 59),
    ('r', 60),
    ('s', 61),
    ('t', 62),
    ('u', 63),
    ('v', 64),
    ('w', 65),
    ('x', 66),
    ('y', 67),
    ('z', 68),
    ('ɑ', 69),
    ('ɐ', 70),
    ('ɒ', 71),
    ('æ', 72),
    ('β', 75),
    ('ɔ', 76),
    ('ɕ', 77),
    ('ç', 78),
    ('ɖ', 80),
    ('ð', 81),
    ('ʤ', 82),
    ('ə', 83),
    ('ɚ', 85),
    ('ɛ', 86),
    ('ɜ', 87),
    ('ɟ', 90),
    ('ɡ', 92),
    ('ɥ', 99),
    ('ɨ', 101),
    ('ɪ', 102),
    ('ʝ', 103),
    ('ɯ', 110),
    ('ɰ', 111),
    ('ŋ', 112),
    ('ɳ', 113),
    ('ɲ', 114),
    ('ɴ', 115),
    ('ø', 116),
    ('ɸ', 118),
    ('θ', 119),
    ('œ', 120),
    ('ɹ', 123),
    ('ɾ', 125),
    ('ɻ', 126),
    ('ʁ', 128),
    ('ɽ', 129),
    ('ʂ', 130),
    ('ʃ', 131),
    ('ʈ', 132),
    ('ʧ', 133),
    ('ʊ', 135),
    ('ʋ', 136),
    ('ʌ', 138),
    ('ɣ', 139),
    ('ɤ', 140),
    ('χ', 142),
    ('ʎ', 143),
    ('ʒ', 147),
    ('ʔ', 148),
    ('ˈ', 156),
    ('ˌ', 157),
    ('ː', 158),
    ('ʰ', 162),
    ('ʲ', 164),
    ('↓', 169),
    ('→', 171),
    ('↗', 172),
    ('↘', 173),
    ('ᵻ', 177),
];

/// The convention of writing phonemes that a voice was trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Accent {
    /// American English.
    American,
    /// British English.
    British,
    /// Any other language.
    Other,
}

/// Diphthongs and affricates that are one letter in every language.
const COMMON: [(&str, &str); 7] =
    [("aɪ", "I"), ("aʊ", "W"), ("dʒ", "ʤ"), ("eɪ", "A"), ("tʃ", "ʧ"), ("əʊ", "Q"), ("oʊ", "O")];
/// Further spellings of English, which espeak-ng writes more finely than the voices were trained on. Longer ones come
/// first.
const ENGLISH: [(&str, &str); 13] = [
    ("ɔɪ", "Y"),
    ("ʔn\u{329}", "tᵊn"),
    ("n\u{329}", "ᵊn"),
    ("l\u{329}", "ᵊl"),
    ("ʔ", "t"),
    ("ʲ", ""),
    ("ɚ", "əɹ"),
    ("r", "ɹ"),
    ("x", "k"),
    ("ç", "k"),
    ("ɐ", "ə"),
    ("ɬ", "l"),
    ("\u{303}", ""),
];
const AMERICAN: [(&str, &str); 7] =
    [("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("oːɹ", "ɔɹ"), ("o", "ɔ"), ("ː", ""), ("ɾ", "T")];
const BRITISH: [(&str, &str); 3] = [("eə", "ɛː"), ("iə", "ɪə"), ("o", "ɔ")];
const OTHER: [(&str, &str); 5] = [("dz", "ʣ"), ("ts", "ʦ"), ("ss", "S"), ("ɔɪ", "Y"), ("-", "")];

/// espeak-ng's phonemes in Kokoro's spelling.
pub(super) fn spell(phonemes: &str, accent: Accent) -> String {
    let tables: [&[(&str, &str)]; 3] = match accent {
        Accent::American => [&COMMON, &ENGLISH, &AMERICAN],
        Accent::British => [&COMMON, &ENGLISH, &BRITISH],
        Accent::Other => [&COMMON, &OTHER, &[]],
    };
    let mut spelled = String::with_capacity(phonemes.len());
    let mut rest = phonemes;
    while let Some(c) = rest.chars().next() {
        let known = tables.iter().flat_map(|table| table.iter()).find(|(written, _)| rest.starts_with(written));
        let (length, letters) =
            known.map_or((c.len_utf8(), &rest[..c.len_utf8()]), |&(written, own)| (written.len(), own));
        // An English word such as `bottle` ends with a syllable without a vowel.
        if accent != Accent::Other && rest.starts_with("əl") && !rest[3..].starts_with(char::is_alphabetic) {
            spelled.push('ᵊ');
        } else {
            spelled.push_str(letters);
        }
        rest = &rest[length..];
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phonemes_are_written_as_the_voices_were_taught() {
        let us = |text| spell(text, Accent::American);
        assert_eq!(us("həlˈoʊ wˈɜːld"), "həlˈO wˈɜɹld");
        assert_eq!(us("bˈɑːɾəl"), "bˈɑTᵊl");
        assert_eq!(us("əlˈoʊn"), "əlˈOn");
        assert_eq!(us("dʒˈɔɪ tʃˈeɪndʒ mˈaɪ hˈaʊs"), "ʤˈY ʧˈAnʤ mˈI hˈWs");
        assert_eq!(us("fˈɔːɹ mˈɚ ɹˈɛd"), "fˈɔɹ mˈəɹ ɹˈɛd");
        assert_eq!(spell("ɡˌəʊ tə bˈɜːd", Accent::British), "ɡˌQ tə bˈɜːd");
        assert_eq!(spell("ɡɾˈaθjas", Accent::Other), "ɡɾˈaθjas");
    }

    #[test]
    fn every_sound_has_one_number_and_every_spelling_is_of_sounds() {
        let mut numbers: Vec<i64> = TOKENS.iter().map(|(_, number)| *number).collect();
        numbers.dedup();
        assert_eq!(numbers.len(), TOKENS.len());
        let spellings = COMMON.iter().chain(&ENGLISH).chain(&AMERICAN).chain(&BRITISH).chain(&OTHER);
        for (written, own) in spellings {
            assert!(own.chars().all(|c| token(c).is_some()), "{written} is written {own}");
        }
    }
}
