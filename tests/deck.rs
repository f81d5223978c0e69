//! Promises of the deck, on a virtual clock: one millisecond a sample.

use golem::device::deck::{Clip, Deck, PlayedProgress, deck};
use golem::device::line::OutputLine;
use golem::message::Timing;
use proptest::prelude::*;

const RATE: u32 = 1_000;
const FADE: usize = 10;

/// A clip whose every sample shows its place: clause `c` counts up from `c / 10`.
fn clip(turn: u64, clause: usize, samples: u16) -> Clip {
    let base = f32::from(u16::try_from(clause).expect("few clauses")) / 10.0 + 0.05;
    let samples: Vec<f32> = (0..samples).map(|n| base + f32::from(n) / 1e5).collect();
    let timing = Timing { samples: samples.len() as u64, rate: RATE, words: Vec::new() };
    Clip::new(turn, clause, &samples, &timing, RATE)
}

/// Renders `samples`, pumping every 10 as the playback thread would, and gathers the reports.
fn play(deck: &mut Deck, line: &mut OutputLine, samples: usize) -> (Vec<f32>, Vec<PlayedProgress>) {
    let (mut output, mut told) = (vec![9.0; samples], Vec::new());
    for block in output.chunks_mut(10) {
        deck.pump();
        line.render(block);
        told.extend(deck.progress());
    }
    (output, told)
}

fn same(got: &[f32], wanted: &[f32]) -> bool {
    got.len() == wanted.len() && got.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-6)
}

#[test]
fn clips_play_one_after_the_other_and_are_told_of_to_the_sample() {
    let (mut deck, mut line) = deck(RATE, 10);
    assert!(deck.idle());
    deck.queue(clip(1, 0, 25));
    deck.queue(clip(1, 1, 500));
    let (output, told) = play(&mut deck, &mut line, 600);
    let wanted = [clip(1, 0, 25).samples, clip(1, 1, 500).samples].concat();
    assert!(same(&output[..525], &wanted));
    assert_eq!(told[0], PlayedProgress { turn: 1, clause: 0, samples: 10, done: false, started: true });
    assert_eq!(told[2], PlayedProgress { turn: 1, clause: 0, samples: 25, done: true, started: false });
    assert_eq!(told[3], PlayedProgress { turn: 1, clause: 1, samples: 5, done: false, started: true });
    let last = PlayedProgress { turn: 1, clause: 1, samples: 500, done: true, started: false };
    assert_eq!(told.last(), Some(&last));
    assert!(deck.idle() && deck.silent());
    assert_eq!(deck.underruns(), 0);
}

/// A clause of 100 samples in two pieces, the second of which comes later.
fn pieces() -> [Clip; 2] {
    let whole = clip(1, 0, 100);
    let (first, second) = whole.samples.split_at(40);
    [
        Clip { samples: first.to_vec(), length: 40, last: false, ..whole.clone() },
        Clip { samples: second.to_vec(), length: 60, begin: 40, ..whole.clone() },
    ]
}

#[test]
fn pieces_of_a_clause_are_told_of_as_one() {
    let (mut deck, mut line) = deck(RATE, 10);
    let [first, second] = pieces();
    deck.queue(first);
    let (_, told) = play(&mut deck, &mut line, 60);
    assert_eq!(told.last(), Some(&PlayedProgress { turn: 1, clause: 0, samples: 40, done: false, started: false }));
    deck.queue(second);
    let (_, told) = play(&mut deck, &mut line, 100);
    assert_eq!(told[0], PlayedProgress { turn: 1, clause: 0, samples: 50, done: false, started: false });
    assert_eq!(told.last(), Some(&PlayedProgress { turn: 1, clause: 0, samples: 100, done: true, started: false }));
    assert_eq!(told.iter().filter(|news| news.done).count(), 1);
}

#[test]
fn a_clause_cut_in_a_later_piece_begins_again_with_its_first() {
    let (mut deck, mut line) = deck(RATE, 10);
    for piece in pieces() {
        deck.queue(piece);
    }
    play(&mut deck, &mut line, 70);
    deck.cut();
    let (_, told) = play(&mut deck, &mut line, 30);
    assert!(told.last().is_some_and(|news| !news.done && (70..=80).contains(&news.samples)), "{told:?}");
    deck.resume(1, 0);
    let (output, told) = play(&mut deck, &mut line, 110);
    assert!(same(&output[6..100], &clip(1, 0, 100).samples[6..]), "after a fade-in of 5 ms");
    assert_eq!(told.last().map(|news| (news.samples, news.done)), Some((100, true)));
}

#[test]
fn a_clause_whose_last_piece_is_silent_ends() {
    let (mut deck, mut line) = deck(RATE, 10);
    let [first, second] = pieces();
    deck.queue(first);
    play(&mut deck, &mut line, 60);
    deck.queue(Clip { samples: Vec::new(), length: 0, ..second });
    let (_, told) = play(&mut deck, &mut line, 10);
    assert_eq!(told.last().map(|news| (news.samples, news.done)), Some((40, true)));
    assert!(deck.idle());
}

#[test]
fn progress_counts_in_the_clauses_own_rate() {
    let (mut deck, mut line) = deck(48_000, 10);
    let timing = Timing { samples: 22_050, rate: 22_050, words: Vec::new() };
    deck.queue(Clip::new(1, 0, &vec![0.1; 22_050], &timing, 48_000));
    let (_, told) = play(&mut deck, &mut line, 4_800);
    assert_eq!(told.last().map(|news| news.samples), Some(2_205));
    let (_, told) = play(&mut deck, &mut line, 48_000);
    assert_eq!(told.last().map(|news| (news.samples, news.done)), Some((22_050, true)));
}

#[test]
fn a_cut_tells_the_exact_place_and_a_resume_begins_the_clause_again() {
    let (mut deck, mut line) = deck(RATE, 10);
    (0..3).for_each(|clause| deck.queue(clip(1, clause, 100)));
    play(&mut deck, &mut line, 150);
    deck.cut();
    let (output, told) = play(&mut deck, &mut line, 50);
    assert!(output[FADE..].iter().all(|&sample| sample == 0.0), "{output:?}");
    assert_eq!(told.last(), Some(&PlayedProgress { turn: 1, clause: 1, samples: 60, done: false, started: false }));
    assert!(deck.held() && deck.idle());
    deck.queue(clip(1, 3, 100));
    assert!(play(&mut deck, &mut line, 50).0.iter().all(|&sample| sample == 0.0), "held means held");
    deck.resume(1, 1);
    let (output, told) = play(&mut deck, &mut line, 400);
    let wanted: Vec<f32> = (1..4).flat_map(|clause| clip(1, clause, 100).samples).collect();
    assert!(same(&output[6..300], &wanted[6..]), "from the clause's beginning, after a fade-in of 5 ms");
    assert!(told[0].started && told[0].clause == 1 && told[0].samples == 10);
    assert!(deck.idle());
}

#[test]
fn a_resume_while_the_fade_still_runs_waits_for_its_end() {
    let (mut deck, mut line) = deck(RATE, 10);
    deck.queue(clip(1, 0, 200));
    play(&mut deck, &mut line, 100);
    deck.cut();
    line.render(&mut [0.0; 3]);
    deck.resume(1, 0);
    let (output, told) = play(&mut deck, &mut line, 250);
    assert_eq!((told[0].samples, told[0].started), (110, false), "the cut is told exactly first: {told:?}");
    assert!(same(&output[20..205], &clip(1, 0, 200).samples[10..195]), "then the clause from its beginning");
}

#[test]
fn a_cancelled_turn_is_forgotten_and_the_next_one_plays_whole() {
    let (mut deck, mut line) = deck(RATE, 10);
    (0..4).for_each(|clause| deck.queue(clip(1, clause, 100)));
    play(&mut deck, &mut line, 130);
    deck.cancel(2);
    deck.queue(clip(1, 4, 100));
    deck.queue(clip(2, 0, 80));
    let (output, told) = play(&mut deck, &mut line, 200);
    let last = told.iter().rfind(|news| news.turn == 1);
    assert_eq!(last, Some(&PlayedProgress { turn: 1, clause: 1, samples: 40, done: false, started: false }));
    assert!(same(&output[26..100], &clip(2, 0, 80).samples[6..]), "{output:?}");
    assert!(output[102..].iter().all(|&sample| sample == 0.0) && deck.idle());
}

#[test]
fn a_cancel_after_a_cut_lets_the_next_turn_play_at_full_level() {
    let (mut deck, mut line) = deck(RATE, 10);
    deck.queue(clip(1, 0, 100));
    play(&mut deck, &mut line, 50);
    deck.duck(0.2);
    deck.cut();
    deck.cancel(2);
    deck.queue(clip(2, 0, 80));
    let (output, _) = play(&mut deck, &mut line, 200);
    assert!(same(&output[30..100], &clip(2, 0, 80).samples[10..]), "{output:?}");
}

#[test]
fn a_newer_turn_that_stood_behind_a_cut_plays_whole_after_the_cancel() {
    let (mut deck, mut line) = deck(RATE, 10);
    deck.queue(clip(1, 0, 50));
    deck.queue(clip(2, 0, 80));
    play(&mut deck, &mut line, 30);
    deck.cut();
    play(&mut deck, &mut line, 20);
    deck.cancel(2);
    let (output, told) = play(&mut deck, &mut line, 120);
    assert!(same(&output[6..80], &clip(2, 0, 80).samples[6..]), "{output:?}");
    assert_eq!(told.last().map(|news| (news.turn, news.done)), Some((2, true)));
}

#[test]
fn two_cuts_between_two_questions_are_both_told_exactly() {
    let (mut deck, mut line) = deck(RATE, 10);
    deck.queue(clip(1, 0, 200));
    line.render(&mut [0.0; 40]);
    deck.cut();
    line.render(&mut [0.0; 20]);
    deck.resume(1, 0);
    line.render(&mut [0.0; 100]);
    deck.cut();
    line.render(&mut [0.0; 20]);
    let places: Vec<_> = deck.progress().iter().map(|news| (news.samples, news.started)).collect();
    assert_eq!(places, [(50, true), (110, true)]);
}

#[test]
fn an_empty_clip_is_heard_at_once() {
    let (mut deck, mut line) = deck(RATE, 10);
    deck.queue(clip(1, 0, 0));
    deck.queue(clip(1, 1, 5));
    let (_, told) = play(&mut deck, &mut line, 20);
    assert_eq!(told[0], PlayedProgress { turn: 1, clause: 0, samples: 0, done: true, started: true });
    assert!(deck.idle());
}

/// The steps that a person or an engine can take on a deck.
#[derive(Clone, Debug)]
enum Step {
    Queue(u16),
    Duck(bool),
    Cut,
    Resume(usize),
    Cancel,
    Play(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0u16..700).prop_map(Step::Queue),
        1 => any::<bool>().prop_map(Step::Duck),
        1 => Just(Step::Cut),
        1 => (0usize..6).prop_map(Step::Resume),
        1 => Just(Step::Cancel),
        4 => (1usize..600).prop_map(Step::Play),
    ]
}

/// A clip of a constant: positive for odd turns, negative for even ones.
fn flat(turn: u64, clause: usize, samples: u16) -> Clip {
    let value = if turn % 2 == 1 { 0.5 } else { -0.5 };
    Clip {
        turn,
        clause,
        samples: vec![value; samples.into()],
        length: samples.into(),
        source_rate: RATE,
        begin: 0,
        last: true,
    }
}

/// A person, a deck and a line, with the reports of the live turn.
struct Scene {
    deck: Deck,
    line: OutputLine,
    turn: u64,
    lengths: Vec<u16>,
    held: bool,
    /// Samples rendered since the last cancel and the last cut.
    since_cancel: usize,
    since_cut: usize,
    last: Option<PlayedProgress>,
}

impl Scene {
    fn new() -> Self {
        let (deck, line) = deck(RATE, 10);
        let long_ago = usize::MAX / 2;
        let (since_cancel, since_cut) = (long_ago, long_ago);
        Self { deck, line, turn: 1, lengths: Vec::new(), held: false, since_cancel, since_cut, last: None }
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Queue(samples) => {
                self.deck.queue(flat(self.turn, self.lengths.len(), samples));
                self.lengths.push(samples);
            }
            Step::Duck(on) => self.deck.duck(if on { 0.2 } else { 1.0 }),
            Step::Cut => {
                self.deck.cut();
                self.since_cut = if self.held { self.since_cut } else { 0 };
                self.held = true;
            }
            Step::Resume(clause) => {
                self.deck.resume(self.turn, clause);
                self.held = false;
            }
            Step::Cancel => {
                self.turn += 1;
                self.deck.cancel(self.turn);
                self.lengths.clear();
                (self.held, self.since_cancel, self.last) = (false, 0, None);
            }
            Step::Play(samples) => self.play(samples),
        }
    }

    fn play(&mut self, samples: usize) {
        let (output, told) = play(&mut self.deck, &mut self.line, samples);
        let stale: f32 = if self.turn % 2 == 1 { -1.0 } else { 1.0 };
        for (n, sample) in output.iter().enumerate() {
            assert!(n + self.since_cancel < FADE || sample * stale <= 0.0, "stale at {n}");
            assert!(!self.held || n + self.since_cut < FADE || *sample == 0.0, "not held at {n}");
        }
        self.since_cancel += samples;
        self.since_cut += samples;
        let turn = self.turn;
        told.into_iter().filter(|news| news.turn == turn).for_each(|news| self.check(news));
    }

    fn check(&mut self, news: PlayedProgress) {
        let length = u64::from(self.lengths[news.clause]);
        assert!(news.samples <= length && (!news.done || news.samples == length), "{news:?} of {length}");
        if let Some(last) = self.last.filter(|_| !news.started) {
            assert_eq!(last.clause, news.clause, "a clause is announced by `started`");
            assert!(last.samples <= news.samples, "{last:?} then {news:?}");
        }
        self.last = Some(news);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_order_of_operations_plays_a_stale_sample_or_tells_a_wrong_place(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut scene = Scene::new();
        for step in &steps {
            scene.take(step);
        }
        // Whatever happened, the reply can be heard to its end.
        scene.deck.resume(scene.turn, 0);
        let all: usize = scene.lengths.iter().map(|&length| usize::from(length)).sum();
        let (output, told) = play(&mut scene.deck, &mut scene.line, all + 40);
        prop_assert!(output.ends_with(&[0.0]) && scene.deck.idle());
        let done = told.iter().filter(|news| news.done && news.turn == scene.turn);
        let heard: Vec<usize> = done.map(|news| news.clause).collect();
        prop_assert!(heard.ends_with(&(0..scene.lengths.len()).collect::<Vec<_>>()), "{:?}", heard);
    }

    #[test]
    fn ducking_loses_no_sample(
        clips in prop::collection::vec(0u16..400, 1..6),
        ducks in prop::collection::vec((any::<bool>(), 1usize..200), 0..20),
    ) {
        let (mut deck, mut line) = deck(RATE, 10);
        for (clause, &samples) in clips.iter().enumerate() {
            deck.queue(flat(1, clause, samples));
        }
        let all: usize = clips.iter().map(|&samples| usize::from(samples)).sum();
        let mut output = Vec::new();
        for (on, samples) in ducks {
            deck.duck(if on { 0.2 } else { 1.0 });
            output.extend(play(&mut deck, &mut line, samples).0);
        }
        output.extend(play(&mut deck, &mut line, all + 10).0);
        prop_assert!(output[..all].iter().all(|sample| *sample >= 0.099));
        prop_assert!(output[all + 2..].iter().all(|sample| *sample == 0.0));
        prop_assert_eq!(deck.underruns(), 0);
    }
}
