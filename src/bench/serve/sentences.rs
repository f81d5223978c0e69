//! The assignment of a server's sentences to the utterances of a client. Pure.

use std::ops::Range;

use crate::bench::asr::corpus::errors;

/// The sentences of each utterance: usually one; none where its words were lost or are late; several where a server
/// ends an utterance at a pause within it. Every sentence is assigned, in order, such that as few words as possible are
/// wrong.
pub fn assign(said: &[&[String]], heard: &[Vec<String>]) -> Vec<Range<usize>> {
    let width = heard.len() + 1;
    // For each number of utterances (row) and of sentences (column): the fewest wrong words, and the column at which
    // the last utterance's sentences begin.
    let mut best = vec![(usize::MAX, 0); (said.len() + 1) * width];
    best[0].0 = 0;
    for (row, words) in said.iter().enumerate() {
        for from in 0..width {
            let before = best[row * width + from].0;
            if before == usize::MAX {
                continue;
            }
            for to in from..width {
                let wrong = before + errors(words, &heard[from..to].concat());
                let place = &mut best[(row + 1) * width + to];
                if wrong < place.0 {
                    *place = (wrong, from);
                }
            }
        }
    }
    let mut groups = Vec::with_capacity(said.len());
    let mut to = heard.len();
    for row in (1..=said.len()).rev() {
        let from = best[row * width + to].1;
        groups.push(from..to);
        to = from;
    }
    groups.reverse();
    groups
}

#[cfg(test)]
mod tests {
    use proptest::prelude::prop;
    use proptest::{prop_assert, prop_assert_eq, proptest};

    use super::*;
    use crate::bench::asr::corpus::words;

    fn groups(said: &[&str], heard: &[&str]) -> Vec<Range<usize>> {
        let said: Vec<Vec<String>> = said.iter().map(|text| words(text)).collect();
        let said: Vec<&[String]> = said.iter().map(Vec::as_slice).collect();
        assign(&said, &heard.iter().map(|text| words(text)).collect::<Vec<_>>())
    }

    #[test]
    fn sentences_belong_to_the_utterances_that_they_are_of() {
        assert_eq!(groups(&["one two", "three"], &["One two.", "Tree."]), [0..1, 1..2]);
        assert_eq!(groups(&["one two three", "four"], &["One two.", "Three.", "Four."]), [0..2, 2..3]);
        assert_eq!(groups(&["one two", "three four", "five"], &["One two.", "Five."]), [0..1, 1..1, 1..2]);
        assert_eq!(groups(&["one two", "three"], &["one two"]), [0..1, 1..1]);
        assert_eq!(groups(&["one", "two"], &[]), [0..0, 0..0]);
    }

    proptest! {
        #[test]
        fn every_sentence_belongs_to_one_utterance(
            said in prop::collection::vec("[ab ]{0,8}", 1..5), heard in prop::collection::vec("[ab ]{0,8}", 0..6)
        ) {
            let (said, heard): (Vec<&str>, Vec<&str>) =
                (said.iter().map(String::as_str).collect(), heard.iter().map(String::as_str).collect());
            let groups = groups(&said, &heard);
            prop_assert_eq!(groups.len(), said.len());
            let mut next = 0;
            for group in groups {
                prop_assert!(group.start == next && group.end >= next);
                next = group.end;
            }
            prop_assert_eq!(next, heard.len());
        }
    }
}
