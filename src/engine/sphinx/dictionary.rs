//! The pronunciations of a grammar's words, from the dictionary or else from IPA phonemes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::super::EngineError;
use super::arpabet;
use super::ffi::SphinxDecoder;

/// Pronunciations of common words that the CMU dictionary lacks.
const ALSO: &[(&str, &str)] = &[
    ("americano", "AH M EH R IH K AE N OW"),
    ("almond", "AA L M AH N D"),
    ("cappuccino", "K AE P AH CH IY N OW"),
    ("latte", "L AE T EY"),
    ("mocha", "M AA K AH"),
    ("mocha", "M AO K AH"),
];

/// The pronunciations of those `words` that the dictionary at `path` holds, in its order.
///
/// # Errors
/// When the dictionary cannot be read.
pub fn pronunciations(path: &Path, words: &BTreeSet<String>) -> Result<BTreeMap<String, Vec<String>>, EngineError> {
    let unusable = |error: std::io::Error| EngineError::Unusable {
        what: "a pronunciation dictionary".into(),
        path: path.into(),
        reason: error.to_string(),
    };
    let mut reader = BufReader::new(File::open(path).map_err(unusable)?);
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).map_err(unusable)? > 0 {
        let text = String::from_utf8_lossy(&line);
        if let Some((head, phones)) = text.trim().split_once(char::is_whitespace) {
            let word = head.split_once('(').map_or(head, |(word, _)| word);
            if words.contains(word) {
                found.entry(word.to_owned()).or_default().push(phones.trim().to_owned());
            }
        }
        line.clear();
    }
    for (word, phones) in ALSO {
        if let Some(ways) = found.get_mut(*word) {
            ways.push((*phones).to_owned());
        }
    }
    Ok(found)
}

/// Adds a grammar's words to `decoder`, whose dictionary is empty. Pronunciations come from the dictionary at `path`,
/// else in IPA from `pronounce`. Returns the number of pronunciations of each word; all but the first are named with a
/// number, `the(2)`.
///
/// # Errors
/// When the dictionary cannot be read or a word cannot be pronounced.
pub fn teach(
    decoder: &SphinxDecoder,
    path: &Path,
    words: &BTreeSet<String>,
    pronounce: &dyn Fn(&str) -> Option<String>,
) -> Result<Pronunciations, EngineError> {
    let known = pronunciations(path, words)?;
    let mut taught = Pronunciations::new();
    for word in words {
        let mut ways = known.get(word).map_or(&[][..], Vec::as_slice).iter();
        if !ways.next().is_some_and(|phones| decoder.add(word, phones, false)) {
            learn(decoder, word, pronounce, false)?;
        }
        let mut count = 1;
        for phones in ways {
            count += usize::from(decoder.add(&format!("{word}({})", count + 1), phones, false));
        }
        taught.insert(word.clone(), count);
    }
    Ok(taught)
}

/// Number of pronunciations of each word.
pub type Pronunciations = BTreeMap<String, usize>;

/// Adds a word that the dictionary lacks; with `now`, also to the running search.
///
/// # Errors
/// When the word cannot be pronounced.
pub fn learn(
    decoder: &SphinxDecoder,
    word: &str,
    pronounce: &dyn Fn(&str) -> Option<String>,
    now: bool,
) -> Result<(), EngineError> {
    let phones = pronounce(word).as_deref().and_then(arpabet);
    let added = phones.is_some_and(|phones| decoder.knows(word) || decoder.add(word, &phones, now));
    if added { Ok(()) } else { Err(EngineError::Unpronounceable(word.into())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_words_asked_for_are_read_with_all_their_ways() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.dict");
        std::fs::write(&path, "a AH\na(2) EY\nlamp L AE M P\nlamps L AE M P S\n").unwrap();
        let words = ["a".to_owned(), "lamp".into(), "golem".into()].into();
        let found = pronunciations(&path, &words).unwrap();
        assert_eq!(found["a"], ["AH", "EY"]);
        assert_eq!(found["lamp"], ["L AE M P"]);
        assert_eq!(found.len(), 2);
    }
}
