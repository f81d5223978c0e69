//! The mapping of the International Phonetic Alphabet, as espeak-ng writes American English, to the acoustic model's
//! phones: the 39 of the CMU pronouncing dictionary (ARPAbet without stress).

/// IPA spellings and their phones; a longer spelling precedes its own beginning. Sounds that English lacks become their
/// nearest English neighbours, as a speaker of English would say them.
const SOUNDS: &[(&str, &str)] = &[
    // Diphthongs and vowels before r.
    ("aɪɚ", "AY ER"),
    ("aɪə", "AY AH"),
    ("aʊɚ", "AW ER"),
    ("ɔɪ", "OY"),
    ("oɪ", "OY"),
    ("aɪ", "AY"),
    ("aʊ", "AW"),
    ("eɪ", "EY"),
    ("oʊ", "OW"),
    ("əʊ", "OW"),
    ("ɑːɹ", "AA R"),
    ("ɔːɹ", "AO R"),
    ("oːɹ", "AO R"),
    ("ɛɹ", "EH R"),
    ("ɪɹ", "IH R"),
    ("ʊɹ", "UH R"),
    ("ɜːɹ", "ER"),
    ("ɜː", "ER"),
    ("ɝ", "ER"),
    ("ɚ", "ER"),
    ("əɹ", "ER"),
    // Vowels.
    ("iə", "IY AH"),
    ("iː", "IY"),
    ("i", "IY"),
    ("ɪ", "IH"),
    ("ᵻ", "IH"),
    ("ɨ", "IH"),
    ("e", "EH"),
    ("ɛ", "EH"),
    ("æ", "AE"),
    ("a", "AA"),
    ("ɑ", "AA"),
    ("ɒ", "AA"),
    ("ɐ", "AH"),
    ("ʌ", "AH"),
    ("ə", "AH"),
    ("ɔ", "AO"),
    ("o", "OW"),
    ("ɵ", "UH"),
    ("uː", "UW"),
    ("u", "UW"),
    ("ʉ", "UW"),
    ("y", "UW"),
    ("ʊ", "UH"),
    ("ɜ", "ER"),
    ("ø", "ER"),
    ("œ", "ER"),
    ("ɯ", "UH"),
    ("ɤ", "AH"),
    // Consonants.
    ("tʃ", "CH"),
    ("dʒ", "JH"),
    ("ts", "T S"),
    ("t͡ʃ", "CH"),
    ("d͡ʒ", "JH"),
    ("n̩", "AH N"),
    ("l̩", "AH L"),
    ("m̩", "AH M"),
    ("əl", "AH L"),
    ("p", "P"),
    ("b", "B"),
    ("t", "T"),
    ("d", "D"),
    ("k", "K"),
    ("ɡ", "G"),
    ("g", "G"),
    ("f", "F"),
    ("v", "V"),
    ("θ", "TH"),
    ("ð", "DH"),
    ("s", "S"),
    ("z", "Z"),
    ("ʃ", "SH"),
    ("ɕ", "SH"),
    ("ʂ", "SH"),
    ("ʒ", "ZH"),
    ("ʑ", "ZH"),
    ("ʐ", "ZH"),
    ("h", "HH"),
    ("ɦ", "HH"),
    ("x", "K"),
    ("χ", "K"),
    ("ç", "HH"),
    ("m", "M"),
    ("n", "N"),
    ("ŋ", "NG"),
    ("ɲ", "N Y"),
    ("l", "L"),
    ("ɫ", "L"),
    ("ɬ", "L"),
    ("ʎ", "L Y"),
    ("ɹ", "R"),
    ("r", "R"),
    ("ʁ", "R"),
    ("ɾ", "T"),
    ("ʔ", "T"),
    ("j", "Y"),
    ("w", "W"),
    ("ʍ", "W"),
    ("β", "V"),
    ("ɣ", "G"),
    ("c", "K"),
    ("q", "K"),
];

/// Marks that change no phone: stress, length, syllable breaks, ties and espeak-ng's separators.
const MARKS: &[char] =
    &['ˈ', 'ˌ', 'ː', 'ˑ', '.', '_', '-', '\u{200d}', '\u{361}', '\u{303}', '\u{329}', '\u{32a}', 'ʲ', 'ʰ', ' '];

/// The phones of `ipa`, separated by spaces. `None` if it has a sign that is not in the table, or no sound.
pub fn arpabet(ipa: &str) -> Option<String> {
    // Remove stress marks: they may stand inside one sound, ˈɑːɹ and ɑːˈɹ alike.
    let plain: String = ipa.chars().filter(|c| !matches!(c, 'ˈ' | 'ˌ' | '\u{200d}') && !c.is_whitespace()).collect();
    let mut rest = plain.as_str();
    let mut phones: Vec<&str> = Vec::new();
    while let Some(first) = rest.chars().next() {
        if let Some((spelling, sounds)) = longest(rest) {
            phones.extend(sounds.split(' '));
            rest = &rest[spelling.len()..];
        } else if MARKS.contains(&first) {
            rest = &rest[first.len_utf8()..];
        } else {
            return None;
        }
    }
    phones.dedup();
    (!phones.is_empty()).then(|| phones.join(" "))
}

fn longest(rest: &str) -> Option<&'static (&'static str, &'static str)> {
    SOUNDS.iter().filter(|(spelling, _)| rest.starts_with(spelling)).max_by_key(|(spelling, _)| spelling.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn espeak_words_become_what_the_dictionary_has() {
        let words = [
            ("hˈaʊs", "HH AW S"),
            ("wˈɔːɾɚ", "W AO T ER"),
            ("bˈɜːd", "B ER D"),
            ("nˈɜːs", "N ER S"),
            ("bˈɛɾɚ", "B EH T ER"),
            ("bˈʌʔn̩", "B AH T AH N"),
            ("lˈɪɾəl", "L IH T AH L"),
            ("lˈɔɪn", "L OY N"),
            ("nˈɪɹ", "N IH R"),
            ("fˈɛɹ", "F EH R"),
            ("tˈʊɹ", "T UH R"),
            ("dʒˈɑːɹ", "JH AA R"),
            ("fˈaɪɚ", "F AY ER"),
            ("vˈɪʒən", "V IH ZH AH N"),
            ("tʃˈɜːtʃ", "CH ER CH"),
            ("dʒˈʌdʒ", "JH AH JH"),
            ("θˈɪŋ", "TH IH NG"),
            ("ðˈɪs", "DH IH S"),
            ("ɡˈoʊləm", "G OW L AH M"),
            ("jˈuːʒuːəl", "Y UW ZH UW AH L"),
        ];
        for (ipa, phones) in words {
            assert_eq!(arpabet(ipa).as_deref(), Some(phones), "{ipa}");
        }
    }

    #[test]
    fn what_is_no_sound_has_no_phones() {
        assert_eq!(arpabet(""), None);
        assert_eq!(arpabet(" ˈ_"), None);
        assert_eq!(arpabet("hello 5"), None);
    }

    #[test]
    fn every_sound_is_made_of_the_models_phones() {
        let phones =
            "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH";
        let known: Vec<&str> = phones.split(' ').collect();
        assert_eq!(known.len(), 39);
        for (spelling, sounds) in SOUNDS {
            assert!(sounds.split(' ').all(|phone| known.contains(&phone)), "{spelling} is {sounds}");
        }
    }
}
