//! Loops of the decoder: a phrase that it repeats up to its limit although it was said once.

/// Fewest tokens of a loop; shorter repetitions are speech.
const SHORTEST: usize = 4;

/// Number of `tokens` to keep, after the decoder's limit has cut them off: all up to the end of the first round of the
/// loop at their end. `None` if they do not end in a loop.
pub(super) fn cut(tokens: &[usize]) -> Option<usize> {
    let loops = (1..=tokens.len() / 2).filter_map(|period| {
        let same = tokens.iter().rev().zip(tokens.iter().rev().skip(period)).take_while(|(a, b)| a == b).count();
        let length = same + period;
        (length >= SHORTEST.max(2 * period)).then_some((length, period))
    });
    // Take the longest loop; of equal ones, the one with the shortest phrase.
    let (length, period) = loops.max_by_key(|(length, period)| (*length, usize::MAX - period))?;
    Some(tokens.len() - length + period)
}

/// Number of `tokens` before the first phrase in them that was said already, if there is one.
pub(super) fn repeated(tokens: &[usize]) -> Option<usize> {
    let phrases = || tokens.windows(SHORTEST);
    let known =
        |at: usize, phrase: &[usize]| phrases().take((at + 1).saturating_sub(SHORTEST)).any(|one| one == phrase);
    phrases().enumerate().find(|(at, phrase)| known(*at, phrase)).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_that_was_said_already_is_found_wherever_it_stands() {
        assert_eq!(repeated(&[1, 2, 3, 4, 5, 9, 2, 3, 4, 5, 6]), Some(6));
        assert_eq!(repeated(&[1, 2, 3, 4, 1, 2, 3, 4]), Some(4));
        assert_eq!(repeated(&[7, 7, 7, 7, 7, 7, 7, 7]), Some(4));
        assert_eq!(repeated(&[1, 2, 3, 4, 5, 1, 2, 3]), None);
        assert_eq!(repeated(&[1, 2]), None);
    }

    #[test]
    fn a_loop_is_cut_behind_its_first_round() {
        assert_eq!(cut(&[9, 8, 1, 2, 3, 1, 2, 3, 1]), Some(5));
        assert_eq!(cut(&[7, 7, 7, 7, 7]), Some(1));
        assert_eq!(cut(&[4, 5, 4, 5, 4, 5, 4, 5]), Some(2));
        assert_eq!(cut(&[1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]), Some(6));
    }

    #[test]
    fn speech_is_no_loop() {
        assert_eq!(cut(&[1, 2, 3, 1, 2, 4]), None);
        assert_eq!(cut(&[5, 6, 6, 6]), None, "people say no, no, no");
        assert_eq!(cut(&[1]), None);
        assert_eq!(cut(&[]), None);
    }
}
