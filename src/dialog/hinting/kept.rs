//! The kept hints: a cache that drops the hint used least recently.

use std::collections::VecDeque;

/// Hints by question.
#[derive(Clone, Debug)]
pub struct KeptHints {
    most: usize,
    /// Keys and hints, the last used at the end. There are a few dozen, so that a search costs less than an index.
    hints: VecDeque<(String, String)>,
}

impl KeptHints {
    /// A cache of at most this many hints; 0 keeps none.
    pub fn new(most: usize) -> Self {
        Self { most, hints: VecDeque::new() }
    }

    /// The kept hint for the question with this key ([`super::question::HeardQuestion::key`]).
    pub fn find(&mut self, key: &str) -> Option<&str> {
        let at = self.hints.iter().position(|(known, _)| known == key)?;
        let found = self.hints.remove(at)?;
        self.hints.push_back(found);
        self.hints.back().map(|(_, hint)| hint.as_str())
    }

    /// Keeps a hint, unless it is empty.
    pub fn keep(&mut self, key: String, hint: String) {
        if hint.trim().is_empty() {
            return;
        }
        self.hints.retain(|(known, _)| *known != key);
        self.hints.push_back((key, hint));
        while self.hints.len() > self.most {
            self.hints.pop_front();
        }
    }

    /// Number of kept hints.
    pub fn len(&self) -> usize {
        self.hints.len()
    }

    /// Whether no hint is kept.
    pub fn is_empty(&self) -> bool {
        self.hints.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(kept: &mut KeptHints, keys: &[&str]) -> Vec<Option<String>> {
        keys.iter().map(|key| kept.find(key).map(str::to_owned)).collect()
    }

    #[test]
    fn the_hint_used_least_recently_goes_first() {
        let mut kept = KeptHints::new(2);
        kept.keep("a".into(), "one".into());
        kept.keep("b".into(), "two".into());
        assert_eq!(kept.find("a"), Some("one"));
        kept.keep("c".into(), "three".into());
        assert_eq!((found(&mut kept, &["b"]), kept.len()), (vec![None], 2));
        kept.keep("a".into(), "four".into());
        kept.keep("d".into(), "  ".into());
        let known = [Some("four".to_owned()), Some("three".to_owned()), None];
        assert_eq!(found(&mut kept, &["a", "c", "d"]), known);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn never_more_are_kept_than_allowed_and_the_newest_is(
            most in 0_usize..6, keys in proptest::collection::vec("[a-f]", 0..40),
        ) {
            let mut kept = KeptHints::new(most);
            for (number, key) in keys.iter().enumerate() {
                kept.keep(key.clone(), number.to_string());
                prop_assert!(kept.len() <= most);
                let newest = number.to_string();
                prop_assert_eq!(kept.find(key), (most > 0).then_some(newest.as_str()));
            }
        }
    }
}
