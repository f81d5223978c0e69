//! The stock of a voice: order, jumps and failures.

use super::*;

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

/// A stock that speaks `now` and wants the others next.
fn stock(now: &str, ahead: &[&str]) -> SpeechStock {
    let mut stock = SpeechStock::default();
    assert_eq!(names(&stock.say(now.into())), ["begin 1"]);
    stock.want(texts(ahead));
    stock
}

fn names(sounds: &[AloudSound]) -> Vec<String> {
    let name = |sound: &AloudSound| match sound {
        AloudSound::Begin(turn) => format!("begin {turn}"),
        AloudSound::Clause { turn, clause, .. } => format!("clause {turn}.{clause}"),
        AloudSound::End(turn) => format!("end {turn}"),
    };
    sounds.iter().map(name).collect()
}

fn job(stock: &mut SpeechStock, words: &str) -> ClauseJob {
    let job = stock.take().unwrap();
    assert_eq!(job.words.trim(), words);
    job
}

fn made(stock: &mut SpeechStock, job: &ClauseJob) -> Vec<String> {
    names(&stock.finish(job, ClauseOutcome::Made(Speech::default())))
}

#[test]
fn nothing_is_begun_before_the_present_text_has_its_first_clause() {
    let mut stock = stock("One two three. Four five six.", &["two", "three"]);
    let first = job(&mut stock, "One two three.");
    assert!(stock.take().is_none() && !stock.has_later());
    assert_eq!(made(&mut stock, &first), ["clause 1.0"]);
    let (second, two) = (job(&mut stock, "Four five six."), job(&mut stock, "two"));
    assert!(stock.has_later());
    let three = job(&mut stock, "three");
    assert!(stock.take().is_none() && !stock.has_later());
    assert_eq!(made(&mut stock, &three), [""; 0]);
    assert_eq!(made(&mut stock, &second), ["clause 1.1", "end 1"]);
    assert!(!two.stop.stale() && stock.take().is_none());
}

#[test]
fn what_was_made_ahead_sounds_at_once_and_the_work_on_the_rest_goes_on() {
    let mut stock = stock("one", &["two", "three"]);
    let one = job(&mut stock, "one");
    made(&mut stock, &one);
    let (two, three) = (job(&mut stock, "two"), job(&mut stock, "three"));
    made(&mut stock, &two);
    assert_eq!(names(&stock.say("two".into())), ["begin 2", "clause 2.0", "end 2"]);
    stock.want(texts(&["three", "four"]));
    assert!(!three.stop.stale());
    job(&mut stock, "four");
    made(&mut stock, &three);
    assert_eq!(names(&stock.say("three".into())), ["begin 3", "clause 3.0", "end 3"]);
}

#[test]
fn a_jump_drops_what_is_wanted_no_more_and_stops_what_can_wait() {
    let mut stock = stock("one", &["two", "three"]);
    let one = job(&mut stock, "one");
    made(&mut stock, &one);
    let (two, three) = (job(&mut stock, "two"), job(&mut stock, "three"));
    assert_eq!(names(&stock.say("zero".into())), ["begin 2"]);
    stock.want(texts(&["one", "two"]));
    assert!(two.stop.stale() && three.stop.stale());
    let zero = job(&mut stock, "zero");
    assert_eq!(names(&stock.finish(&two, ClauseOutcome::GivenUp)), [""; 0]);
    assert_eq!(made(&mut stock, &three), [""; 0], "it is in stock no more");
    assert!(stock.take().is_none());
    assert_eq!(made(&mut stock, &zero), ["clause 2.0", "end 2"]);
    job(&mut stock, "one");
    assert!(!job(&mut stock, "two").stop.stale(), "it is made anew");
    assert!(stock.take().is_none());
}

#[test]
fn the_text_that_is_replaced_is_stopped() {
    let mut stock = stock("one", &[]);
    let one = job(&mut stock, "one");
    assert_eq!(names(&stock.say("two".into())), ["begin 2"]);
    assert!(one.stop.stale() && made(&mut stock, &one).is_empty());
    job(&mut stock, "two");
}

#[test]
fn a_text_whose_turn_comes_while_it_is_made_keeps_its_worker() {
    let mut stock = stock("one", &["two"]);
    let one = job(&mut stock, "one");
    made(&mut stock, &one);
    let two = job(&mut stock, "two");
    assert_eq!(names(&stock.say("two".into())), ["begin 2"]);
    assert!(!two.stop.stale() && stock.take().is_none());
    assert_eq!(made(&mut stock, &two), ["clause 2.0", "end 2"]);
}

#[test]
fn a_text_that_cannot_be_spoken_ends_and_holds_up_no_other() {
    let mut stock = stock("One two three. Four five six.", &["two", "three"]);
    let first = job(&mut stock, "One two three.");
    assert_eq!(names(&stock.finish(&first, ClauseOutcome::Failed)), ["end 1"]);
    let two = job(&mut stock, "two");
    assert_eq!(names(&stock.finish(&two, ClauseOutcome::Failed)), [""; 0]);
    job(&mut stock, "three");
    assert_eq!(names(&stock.say("two".into())), ["begin 2", "end 2"]);
}

#[test]
fn a_text_of_markup_alone_ends_at_once_and_equal_texts_are_each_made() {
    let mut stock = SpeechStock::default();
    assert_eq!(names(&stock.say("---".into())), ["begin 1", "end 1"]);
    stock.want(texts(&["two", "two"]));
    let (first, second) = (job(&mut stock, "two"), job(&mut stock, "two"));
    made(&mut stock, &first);
    assert_eq!(names(&stock.say("two".into())), ["begin 2", "clause 2.0", "end 2"]);
    stock.want(texts(&["two"]));
    made(&mut stock, &second);
    assert_eq!(names(&stock.say("two".into())), ["begin 3", "clause 3.0", "end 3"]);
}

#[test]
fn the_present_text_is_made_to_its_end_unless_all_are_dropped() {
    let mut stock = stock("one", &["two"]);
    stock.close();
    let one = job(&mut stock, "one");
    assert!(stock.is_closed() && stock.take().is_none() && !one.stop.stale());
    assert_eq!(made(&mut stock, &one), ["clause 1.0", "end 1"]);
    assert!(stock.take().is_none());
    let mut stock = self::stock("one", &[]);
    let one = job(&mut stock, "one");
    stock.clear();
    assert!(one.stop.stale() && stock.take().is_none() && made(&mut stock, &one).is_empty());
}
