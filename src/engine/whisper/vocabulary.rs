//! The tokenisation of a text: GPT-2's byte-level byte-pair encoding, from the vocabulary alone.
//!
//! Pairs are merged in the order of the ids of text tokens, as in OpenAI's own tokeniser.

use std::collections::HashMap;

use super::text;

/// The token that ends a transcript; all lower ids are text.
const END: &str = "<|endoftext|>";
/// Suffixes that GPT-2 splits off after an apostrophe.
const CONTRACTIONS: [&str; 7] = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

/// A model's tokens by their bytes.
pub(super) struct WhisperVocabulary {
    tokens: Vec<String>,
    ids: HashMap<Vec<u8>, usize>,
    special: HashMap<String, usize>,
}

impl WhisperVocabulary {
    /// The vocabulary of `tokens`, which are in order of their ids.
    pub(super) fn new(tokens: &[String]) -> Self {
        let end = tokens.iter().position(|token| token == END).unwrap_or(tokens.len());
        let said = tokens[..end].iter().enumerate().filter(|(_, token)| !token.is_empty());
        let special = tokens.iter().enumerate().skip(end).map(|(id, token)| (token.clone(), id));
        let ids = said.map(|(id, token)| (text::bytes(token), id)).collect();
        Self { ids, special: special.collect(), tokens: tokens[..end].to_vec() }
    }

    /// The text tokens with these ids.
    pub(super) fn names<'a>(&'a self, ids: &'a [usize]) -> impl Iterator<Item = String> + 'a {
        ids.iter().filter_map(|&id| self.tokens.get(id).cloned())
    }

    /// The ids of the text tokens `names`; other names are left out.
    pub(super) fn ids(&self, names: &[String]) -> Vec<usize> {
        names.iter().filter_map(|name| self.ids.get(&text::bytes(name)).copied()).collect()
    }

    /// The ids of special tokens such as `<|en|>`; `None` if the model lacks one of them.
    pub(super) fn special(&self, tokens: &[String]) -> Option<Vec<usize>> {
        tokens.iter().map(|token| self.special.get(token).copied()).collect()
    }

    /// The ids that spell `text`; bytes that the vocabulary lacks are left out.
    pub(super) fn encode(&self, text: &str) -> Vec<usize> {
        let mut ids = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at(piece(rest));
            self.merge(piece.as_bytes(), &mut ids);
            rest = behind;
        }
        ids
    }

    /// Merges the bytes of one piece: always the pair whose union has the lowest id, until no union is a token.
    fn merge(&self, piece: &[u8], ids: &mut Vec<usize>) {
        let mut cuts: Vec<usize> = (0..=piece.len()).collect();
        let id = |from: usize, to: usize| self.ids.get(&piece[from..to]).copied();
        loop {
            let unions = cuts.windows(3).enumerate().filter_map(|(n, cut)| Some((id(cut[0], cut[2])?, n + 1)));
            let Some((_, cut)) = unions.min() else { break };
            cuts.remove(cut);
        }
        ids.extend(cuts.windows(2).filter_map(|pair| id(pair[0], pair[1])));
    }
}

/// Bytes of the first piece of `text`, which must not be empty. A piece is a contraction, or a blank with a run of
/// letters, of digits, or of other signs.
fn piece(text: &str) -> usize {
    if let Some(contraction) = CONTRACTIONS.iter().find(|contraction| text.starts_with(**contraction)) {
        return contraction.len();
    }
    let blank = usize::from(text.starts_with(' '));
    let Some(first) = text[blank..].chars().next() else { return blank };
    let kind = kind(first);
    blank + text[blank..].find(|letter| self::kind(letter) != kind).unwrap_or(text.len() - blank)
}

/// The class of characters that form one piece: letters 0, digits 1, blanks 2, other signs 3.
fn kind(letter: char) -> u8 {
    match letter {
        _ if letter.is_alphabetic() => 0,
        _ if letter.is_numeric() => 1,
        _ if letter.is_whitespace() => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::recording::fixture;

    fn micro() -> (Vec<String>, WhisperVocabulary) {
        let json = std::fs::read_to_string(fixture("models/whisper-micro/vocabulary.json")).unwrap();
        let tokens: Vec<String> = serde_json::from_str(&json).unwrap();
        let vocabulary = WhisperVocabulary::new(&tokens);
        (tokens, vocabulary)
    }

    #[test]
    fn pieces_are_words_with_the_blank_before_them() {
        let pieces = |mut text: &str| {
            let mut pieces = Vec::new();
            while !text.is_empty() {
                let (first, rest) = text.split_at(piece(text));
                pieces.push(first.to_string());
                text = rest;
            }
            pieces
        };
        assert_eq!(pieces(" I don't, 24 h!"), [" I", " don", "'t", ",", " 24", " h", "!"]);
        assert_eq!(pieces("свет 'на'  "), ["свет", " '", "на", "'", "  "]);
    }

    #[test]
    fn text_comes_back_from_its_tokens() {
        let (_, vocabulary) = micro();
        for text in [" Turn on the light.", " Включи свет на кухне.", " naïve — 7 zebras?"] {
            let ids = vocabulary.encode(text);
            let spelled: Vec<String> = vocabulary.names(&ids).collect();
            assert_eq!(super::text::decode(&spelled), text.trim());
            assert_eq!(vocabulary.ids(&spelled), ids);
        }
        assert!(vocabulary.encode(" Turn on the light.").len() <= 6, "known words are whole tokens");
        assert!(vocabulary.encode("").is_empty());
    }

    #[test]
    fn special_tokens_have_ids_above_all_text() {
        let (tokens, vocabulary) = micro();
        let prompt = ["<|startoftranscript|>".to_string(), "<|en|>".into()];
        let ids = vocabulary.special(&prompt).unwrap();
        assert!(ids.iter().zip(&prompt).all(|(&id, name)| tokens[id] == *name), "{ids:?}");
        assert_eq!(vocabulary.special(&["<|xx|>".to_string()]), None);
    }
}
