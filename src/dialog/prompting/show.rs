//! The prompter: which thesis is shown, and what shows the next one.

use std::collections::VecDeque;

use super::cue::{PromptCue, PromptCues};
use super::said::{ContentWord, Thesis, content};
use crate::message::Time;

/// Share of a thesis's words after which it counts as said. At half of a paraphrase the speaker is still saying it.
const SAID: f32 = 0.6;
/// Share after which the next thesis counts as said, although it is not shown yet; more, because the speaker has not
/// seen it.
const AHEAD: f32 = 0.8;
/// A thesis with at most this many words must be said as a whole: two words occur in many sentences.
const FEW: usize = 2;
/// Shortest time that a thesis is shown: the words that end the thesis before it may belong to it too.
const LEAST: Time = Time::from_millis(800);
/// Time for which words count: a thesis may be said in several breaths, but not over minutes.
const MEMORY: Time = Time::from_secs(30);

/// The reason for showing a thesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, strum::Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum ShownBy {
    /// The prompter starts with it.
    Start,
    /// A key, or a line from another program.
    Key,
    /// A spoken cue.
    Voice,
    /// The thesis before was said.
    Said,
}

/// The change to another thesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageTurn {
    /// Index of the thesis; `None` after the last one.
    pub to: Option<usize>,
    /// The reason.
    pub by: ShownBy,
}

/// The theses of a talk and where the speaker is.
#[derive(Debug)]
pub struct Prompter {
    theses: Vec<Thesis>,
    cues: PromptCues,
    at: usize,
    /// When the current thesis was shown.
    shown: Time,
    /// Words of finished parts since the current thesis was shown.
    heard: VecDeque<(Time, ContentWord)>,
    /// Number of words in the current part that belong to earlier theses.
    spent: usize,
}

impl Prompter {
    /// Shows the first of `texts` at time zero.
    pub fn new(texts: Vec<String>) -> Self {
        let theses = Thesis::all(texts);
        Self { theses, cues: PromptCues::default(), at: 0, shown: Time::ZERO, heard: VecDeque::new(), spent: 0 }
    }

    /// Index of the current thesis; `None` after the last one.
    pub fn at(&self) -> Option<usize> {
        (self.at < self.theses.len()).then_some(self.at)
    }

    /// Number of theses.
    pub fn len(&self) -> usize {
        self.theses.len()
    }

    /// Whether there are no theses.
    pub fn is_empty(&self) -> bool {
        self.theses.is_empty()
    }

    /// The text of a thesis; empty if the index is out of range.
    pub fn text(&self, index: usize) -> &str {
        self.theses.get(index).map_or("", |thesis| &thesis.text)
    }

    /// The texts after the current one, at most `most`.
    pub fn next(&self, most: usize) -> Vec<String> {
        self.theses.iter().skip(self.at + 1).take(most).map(|thesis| thesis.text.clone()).collect()
    }

    /// A key was pressed at `now`.
    pub fn key(&mut self, cue: PromptCue, now: Time) -> Option<PageTurn> {
        self.obey(cue, ShownBy::Key, now)
    }

    /// The owner says `text` at `now`: the stable words of the current part so far; `whole` says that the part is over.
    pub fn hear(&mut self, text: &str, whole: bool, now: Time) -> Option<PageTurn> {
        if whole && let Some(cue) = self.cues.of(text) {
            self.spent = 0;
            return self.obey(cue, ShownBy::Voice, now);
        }
        let part = content(text);
        let turn = self.follow(&part, now);
        if whole {
            let rest = part.into_iter().skip(self.spent);
            self.heard.extend(rest.map(|word| (now, word)));
            self.spent = 0;
        }
        turn
    }

    fn follow(&mut self, part: &[ContentWord], now: Time) -> Option<PageTurn> {
        if now.saturating_sub(self.shown) < LEAST {
            return None;
        }
        while self.heard.front().is_some_and(|(at, _)| now.saturating_sub(*at) > MEMORY) {
            self.heard.pop_front();
        }
        let before = self.heard.iter().map(|(_, word)| word.clone());
        let heard: Vec<ContentWord> = before.chain(part.iter().skip(self.spent).cloned()).collect();
        let share = |at: usize| self.theses.get(at).map_or(0.0, |thesis| thesis.share(&heard));
        let enough = |at: usize, usual: f32| {
            let few = self.theses.get(at).is_some_and(|thesis| thesis.len() <= FEW);
            share(at) >= if few { 1.0 - f32::EPSILON } else { usual }
        };
        let said = if enough(self.at, SAID) {
            self.at
        } else if enough(self.at + 1, AHEAD) && share(self.at + 1) > share(self.at) {
            self.at + 1
        } else {
            return None;
        };
        let turn = self.turn(said + 1, ShownBy::Said, now);
        self.spent = part.len();
        turn
    }

    fn obey(&mut self, cue: PromptCue, by: ShownBy, now: Time) -> Option<PageTurn> {
        match cue {
            PromptCue::Next => self.turn(self.at + 1, by, now),
            PromptCue::Back => self.turn(self.at.checked_sub(1)?, by, now),
        }
    }

    fn turn(&mut self, to: usize, by: ShownBy, now: Time) -> Option<PageTurn> {
        if self.at >= self.theses.len() && to > self.at {
            return None; // the last thesis has been shown
        }
        self.at = to;
        self.shown = now;
        self.heard.clear();
        Some(PageTurn { to: self.at(), by })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The steps of a scenario.
    enum Step {
        /// The stable words of a part that goes on.
        Part(&'static str),
        /// A finished part.
        Whole(&'static str),
        Key(PromptCue),
    }
    use PromptCue::{Back, Next};
    use Step::{Key, Part, Whole};

    const TALK: [&str; 4] = [
        "Our turnover grew by 40 percent",
        "We hired twelve engineers in Berlin",
        "Мы открыли новый склад в Казани",
        "Questions and answers",
    ];

    /// The page turns of a scenario on a virtual clock: `ms index by`, the index `-` after the last thesis.
    fn shown(steps: &[(u64, Step)]) -> Vec<String> {
        let mut prompter = Prompter::new(TALK.map(str::to_owned).to_vec());
        let turns = steps.iter().filter_map(|(ms, step)| {
            let now = Time::from_millis(*ms);
            let turn = match step {
                Part(text) => prompter.hear(text, false, now),
                Whole(text) => prompter.hear(text, true, now),
                Key(cue) => prompter.key(*cue, now),
            }?;
            Some(format!("{ms} {} {}", turn.to.map_or("-".into(), |to| to.to_string()), turn.by))
        });
        turns.collect()
    }

    #[test]
    fn a_thesis_that_was_said_makes_room_while_the_sentence_goes_on() {
        let steps = [
            (2_000, Part("so our turnover")),
            (3_000, Part("so our turnover has been growing by 40")),
            (4_000, Part("so our turnover has been growing by 40 percent and we hired")),
            (
                5_000,
                Whole("So our turnover has been growing by 40 percent, and we hired twelve great engineers in Berlin."),
            ),
        ];
        assert_eq!(shown(&steps), ["3000 1 said", "5000 2 said"]);
    }

    #[test]
    fn a_paraphrase_in_several_breaths_and_misheard_words_count() {
        let steps = [
            (2_000, Whole("Well, Berlin is good.")),
            (4_000, Key(Next)),
            (8_000, Whole("In Berlin we have been hiring.")),
            (12_000, Whole("All of them enginears, twelve.")),
            (16_000, Whole("А склад в Казани у нас теперь новый, недавно открыли.")),
        ];
        assert_eq!(shown(&steps), ["4000 1 key", "12000 2 said", "16000 3 said"]);
    }

    #[test]
    fn other_talk_turns_no_page() {
        let steps = [
            (2_000, Whole("Good evening, I am glad to see so many of you.")),
            (5_000, Whole("Before we begin, a word about the next meeting in Berlin.")),
        ];
        assert_eq!(shown(&steps), [""; 0]);
    }

    #[test]
    fn words_are_forgotten_after_a_while() {
        let steps =
            [(2_000, Whole("our turnover")), (40_000, Whole("by 40 percent")), (50_000, Whole("turnover it is"))];
        assert_eq!(shown(&steps), ["50000 1 said"]);
        assert_eq!(shown(&steps[..2]), [""; 0]);
    }

    #[test]
    fn a_thesis_stays_for_a_moment_whatever_is_said() {
        let said = "We hired twelve engineers in Berlin.";
        assert_eq!(shown(&[(2_000, Key(Next)), (2_500, Part(said))]), ["2000 1 key"]);
        assert_eq!(
            shown(&[(2_000, Key(Next)), (2_500, Part(said)), (2_900, Whole(said))]),
            ["2000 1 key", "2900 2 said"]
        );
    }

    #[test]
    fn the_next_thesis_said_first_is_skipped_and_the_one_after_it_is_not() {
        assert_eq!(shown(&[(2_000, Whole("We hired twelve engineers in Berlin."))]), ["2000 2 said"]);
        assert_eq!(shown(&[(2_000, Whole("Мы открыли новый склад в Казани."))]), [""; 0]);
    }

    #[test]
    fn spoken_cues_turn_pages_and_a_cue_within_a_sentence_does_not() {
        let steps = [
            (2_000, Part("next")),
            (2_500, Whole("Next.")),
            (4_000, Whole("Дальше!")),
            (6_000, Whole("Назад.")),
            (8_000, Whole("The next one is hard.")),
        ];
        assert_eq!(shown(&steps), ["2500 1 voice", "4000 2 voice", "6000 1 voice"]);
    }

    #[test]
    fn a_short_thesis_must_be_said_as_a_whole_and_the_last_one_ends_the_talk() {
        let keys = || [(100, Key(Next)), (200, Key(Next)), (300, Key(Next))];
        let with = |more: Vec<(u64, Step)>| shown(&keys().into_iter().chain(more).collect::<Vec<_>>())[3..].to_vec();
        assert_eq!(with(vec![(5_000, Whole("Any questions?"))]), [""; 0]);
        assert_eq!(with(vec![(5_000, Whole("Questions, and then answers."))]), ["5000 - said"]);
        assert_eq!(with(vec![(400, Key(Next)), (500, Key(Next)), (600, Key(Back))]), ["400 - key", "600 3 key"]);
    }

    #[test]
    fn nothing_is_before_the_first_one() {
        assert_eq!(shown(&[(100, Key(Back)), (200, Whole("back"))]), [""; 0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_is_said_a_page_is_turned_by_two_at_most(
            texts in proptest::collection::vec("\\PC{0,20}", 0..4),
            said in proptest::collection::vec(("\\PC{0,30}", any::<bool>(), 0_u64..20_000), 0..12),
        ) {
            let mut prompter = Prompter::new(texts);
            let (mut now, mut at) = (0, 0);
            for (text, whole, wait) in said {
                now += wait;
                prompter.hear(&text, whole, Time::from_millis(now));
                let after = prompter.at().unwrap_or(prompter.len());
                prop_assert!(after <= at + 2 && after <= prompter.len());
                at = after;
            }
        }
    }
}
