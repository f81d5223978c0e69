//! Replies whose texts and sounds come in every order.

use proptest::prelude::{any, prop};
use proptest::{prop_assert, prop_assert_eq, proptest};

use super::*;

const TEXT: &str = "The lights are on. It is warm in the kitchen, and the door is shut.";

fn sounding(samples: usize, whole: bool) -> SentReply {
    let mut reply = SentReply::new(1);
    reply.say(TEXT);
    reply.sound(22_050);
    reply.more(vec![0.1; samples]);
    if whole {
        reply.end();
    }
    reply
}

/// The samples of a clause, and the first result that is not a piece.
fn all(reply: &mut SentReply, upto: usize) -> (usize, ClauseSound) {
    let mut samples = 0;
    loop {
        match reply.next(upto) {
            ClauseSound::Piece(piece, 22_050) if !piece.is_empty() => samples += piece.len(),
            other => return (samples, other),
        }
    }
}

#[test]
fn a_whole_sound_is_shared_out_by_letters_and_nothing_is_left() {
    let mut reply = sounding(50_000, true);
    let clauses = Clauses::spoken(TEXT);
    assert!(clauses.len() > 1);
    let mut sum = 0;
    for (place, clause) in clauses.iter().enumerate() {
        assert!(reply.expects(clause), "{clause}");
        let upto = reply.clause(clause);
        let (samples, end) = all(&mut reply, upto);
        assert_eq!(end, ClauseSound::End, "clause {place}");
        sum += samples;
    }
    assert_eq!(sum, 50_000);
    assert!(!reply.expects("The lights are on."), "it was spoken");
}

#[test]
fn a_clause_does_not_wait_for_sound_that_belongs_to_the_next() {
    let mut reply = sounding(100_000, false);
    let first = reply.clause("The lights are on.");
    let (samples, end) = all(&mut reply, first);
    assert!(end == ClauseSound::End && samples < 40_000, "{samples}");
    let last = reply.clause("It is warm in the kitchen, and the door is shut.");
    assert_eq!(all(&mut reply, last), (100_000 - samples, ClauseSound::Wait));
    reply.end();
    assert_eq!(all(&mut reply, last), (0, ClauseSound::End));
}

#[test]
fn a_clause_is_known_however_it_was_cut_and_another_text_is_not() {
    let mut silent = SentReply::new(1);
    silent.say(TEXT);
    let first = silent.clause("The lights");
    assert_eq!(silent.next(first), ClauseSound::Wait, "none has come yet");
    let mut reply = sounding(10_000, true);
    assert!(reply.expects("The lights") && reply.expects(" the lights are on. It is") && !reply.expects("Sorry."));
    assert_eq!(reply.clause("The lights"), 9);
    assert!(reply.expects("are on."));
}

#[test]
fn a_lead_in_is_played_until_the_text_comes_which_then_goes_on_where_the_sound_is() {
    const RATE: usize = 22_050;
    let mut reply = SentReply::new(1);
    reply.sound(22_050);
    assert!(!reply.leads_in(), "there is nothing to play");
    reply.more(vec![0.1; 5 * RATE]);
    assert!(!reply.expects(LEAD_IN));
    assert!(reply.leads_in() && !reply.leads_in() && reply.expects(LEAD_IN.trim()));
    let lead = reply.clause(LEAD_IN.trim());
    assert_eq!(all(&mut reply, lead), (RATE * 3 / 2, ClauseSound::Wait), "no more than will be heard soon");
    (0..4).for_each(|_| reply.grow_older(100, "late"));
    assert_eq!(all(&mut reply, lead), (RATE, ClauseSound::Wait), "a second later");
    reply.end();
    reply.say(TEXT);
    assert_eq!(all(&mut reply, lead), (0, ClauseSound::End));
    let clauses = Clauses::spoken(TEXT);
    let shares: Vec<usize> = clauses
        .iter()
        .map(|clause| {
            assert!(reply.expects(clause), "{clause}");
            let upto = reply.clause(clause);
            all(&mut reply, upto).0
        })
        .collect();
    assert_eq!(shares[0], 0, "it was heard with the lead-in");
    assert_eq!(shares.iter().sum::<usize>(), 5 * RATE - RATE * 5 / 2);
}

#[test]
fn a_lead_in_without_a_text_ends_with_what_came_and_is_given_up_only_when_no_sound_comes() {
    let mut reply = SentReply::new(1);
    reply.sound(22_050);
    for _ in 0..3 {
        reply.more(vec![0.1; 22_050]);
        (0..9).for_each(|_| reply.grow_older(10, "late"));
        assert!(reply.awaits_text(), "sound comes");
    }
    assert!(reply.leads_in());
    let lead = reply.clause(LEAD_IN);
    let first = all(&mut reply, lead).0;
    reply.grow_older(10, "late");
    assert_eq!((reply.awaits_text(), reply.loss()), (false, Some("late")));
    assert_eq!(all(&mut reply, lead), (3 * 22_050 - first, ClauseSound::End));
}

#[test]
fn a_text_that_begins_like_the_lead_in_is_not_taken_for_it() {
    let mut reply = sounding(0, false);
    assert!(!reply.leads_in(), "the text is known");
    reply.say("Home Assistant: it is on.");
    assert_eq!(reply.clause("Home Assistant:"), 13);
    assert!(reply.expects("it is on."));
}

#[test]
fn sound_without_an_end_is_cut_and_what_was_lost_is_told_after_what_came() {
    let mut reply = sounding(0, false);
    (0..400).for_each(|_| reply.more(vec![0.0; 22_050]));
    assert!(reply.is_whole() && reply.samples.len() <= 301 * 22_050);
    let mut broken = sounding(500, false);
    broken.lose("gone");
    let upto = broken.clause(TEXT);
    assert_eq!(all(&mut broken, upto), (500, ClauseSound::Lost("gone".into())));
}

proptest! {
    #[test]
    fn every_sample_is_given_once_in_order(
        lengths in prop::collection::vec(0_usize..9_000, 1..6),
        cuts in prop::collection::vec(any::<bool>(), 60),
    ) {
        let mut reply = SentReply::new(1);
        reply.say(TEXT);
        reply.sound(22_050);
        let (mut sent, mut got) = (0_u16, Vec::new());
        let mut words: VecDeque<&str> = TEXT.split_inclusive(' ').collect();
        let mut pieces = lengths.iter();
        let mut cuts = cuts.into_iter();
        while !words.is_empty() {
            let mut clause = words.pop_front().unwrap_or_default().to_owned();
            while cuts.next() == Some(false) && let Some(word) = words.pop_front() {
                clause.push_str(word);
            }
            prop_assert!(reply.expects(&clause));
            let upto = reply.clause(&clause);
            loop {
                match reply.next(upto) {
                    ClauseSound::Piece(piece, _) => got.extend(piece),
                    ClauseSound::Wait => match pieces.next() {
                        Some(length) => {
                            reply.more((0..*length).map(|_| { sent += 1; f32::from(sent) }).collect());
                        }
                        None => reply.end(),
                    },
                    _ => break,
                }
            }
        }
        let wanted: Vec<f32> = (1..=sent).map(f32::from).collect();
        prop_assert_eq!(got, wanted);
    }
}
