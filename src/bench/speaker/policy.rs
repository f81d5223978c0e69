//! The decisions of the speaker policy: owners and strangers let in, turn by turn and over several turns.

use serde::Serialize;

use super::prints::{HalfPrints, LENGTHS};
use crate::dialog::speaker::{SpeakerPool, SpeakerVerdict};
use crate::engine::speaker::VoicePrint;
use crate::message::{Time, VoiceLikeness};

/// Turns that are judged together.
const TOGETHER: [usize; 2] = [1, 3];
/// How many of [`LENGTHS`] are lengths of a turn.
const TURNS: usize = 3;
/// Time from one turn of a conversation to the next.
const TURN_TIME: Time = Time::from_secs(5);

/// How often each verdict came.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct VerdictCounts {
    /// Taken for the enrolled person.
    owner: usize,
    /// Not decided.
    unsure: usize,
    /// Taken for somebody else.
    stranger: usize,
}

impl VerdictCounts {
    fn add(&mut self, verdict: SpeakerVerdict) {
        match verdict {
            SpeakerVerdict::Owner => self.owner += 1,
            SpeakerVerdict::Unsure => self.unsure += 1,
            SpeakerVerdict::Stranger | SpeakerVerdict::Golem => self.stranger += 1,
        }
    }

    /// Percentages: owner, unsure, stranger.
    #[allow(clippy::cast_precision_loss)]
    fn shares(&self) -> [f64; 3] {
        let all = (self.owner + self.unsure + self.stranger).max(1) as f64;
        [self.owner, self.unsure, self.stranger].map(|count| 100.0 * count as f64 / all)
    }
}

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyRow {
    /// Whether the constants of the rule were chosen on these people.
    chosen_on: bool,
    /// Seconds of voice of a turn.
    seconds: usize,
    /// Turns that are judged together.
    turns: usize,
    /// Verdicts on the enrolled person.
    own: VerdictCounts,
    /// Verdicts on others.
    others: VerdictCounts,
}

/// All lines: first every second person, on whom the constants of the rule were chosen, then the people between them.
/// `threshold` is that of the config.
pub fn rows(people: &[&Vec<HalfPrints>], threshold: f32) -> Vec<PolicyRow> {
    let mut rows = Vec::new();
    for chosen_on in [true, false] {
        let every_second = people.iter().skip(usize::from(!chosen_on)).step_by(2);
        let people: Vec<&Vec<HalfPrints>> = every_second.copied().collect();
        for (length, seconds) in LENGTHS.into_iter().enumerate().take(TURNS) {
            for turns in TOGETHER {
                let mut row = PolicyRow {
                    chosen_on,
                    seconds,
                    turns,
                    own: VerdictCounts::default(),
                    others: VerdictCounts::default(),
                };
                row.judge(&people, length, threshold);
                rows.push(row);
            }
        }
    }
    rows
}

impl PolicyRow {
    /// Enrols each half once: the person's other half is the owner, all other people are strangers.
    fn judge(&mut self, people: &[&Vec<HalfPrints>], length: usize, threshold: f32) {
        for (at, person) in people.iter().enumerate() {
            let [first, second] = &person[..] else { continue };
            for (enrolled, own) in [(first, second), (second, first)] {
                let verdicts = |half: &HalfPrints| self.verdicts(&enrolled.whole, &half.windows[length], threshold);
                let others =
                    people.iter().enumerate().filter(|(other, _)| *other != at).flat_map(|(_, halves)| *halves);
                let (own, others) = (verdicts(own), others.flat_map(verdicts).collect::<Vec<_>>());
                for verdict in own {
                    self.own.add(verdict);
                }
                for verdict in others {
                    self.others.add(verdict);
                }
            }
        }
    }

    /// The verdict on the last turn of each conversation of `turns` turns.
    #[allow(clippy::cast_precision_loss)] // a few seconds
    fn verdicts(&self, enrolled: &VoicePrint, turns: &[VoicePrint], threshold: f32) -> Vec<SpeakerVerdict> {
        let conversation = |turns: &[VoicePrint]| {
            let (mut pool, mut now) = (SpeakerPool::default(), Time::ZERO);
            let mut verdict = SpeakerVerdict::Unsure;
            for turn in turns {
                let voice =
                    VoiceLikeness { enrolled: enrolled.similarity(turn), own: None, seconds: self.seconds as f32 };
                verdict = pool.judge(&voice, threshold, false, now);
                now += TURN_TIME;
            }
            verdict
        };
        turns.chunks_exact(self.turns).map(conversation).collect()
    }
}

/// Prints the table.
pub fn print(rows: &[PolicyRow]) {
    println!("\n| people | seconds | turns | own | let in | unsure | refused | others | let in | unsure | refused |");
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for row in rows {
        let people = if row.chosen_on { "the rule was chosen on them" } else { "others" };
        let count = |counts: &VerdictCounts| counts.owner + counts.unsure + counts.stranger;
        let shares = |counts: &VerdictCounts| counts.shares().map(|share| format!("{share:.1} %")).join(" | ");
        let (own, others) = (shares(&row.own), shares(&row.others));
        let (owns, strangers) = (count(&row.own), count(&row.others));
        println!("| {people} | {} | {} | {owns} | {own} | {strangers} | {others} |", row.seconds, row.turns);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(direction: [f32; 2]) -> Vec<HalfPrints> {
        let print = VoicePrint::new(direction.to_vec()).unwrap();
        let windows = LENGTHS.map(|_| vec![print.clone(); 6]);
        vec![HalfPrints { whole: print, windows }; 2]
    }

    #[test]
    fn people_unlike_one_another_are_let_in_for_themselves_only() {
        let people = [person([1.0, 0.0]), person([0.0, 1.0]), person([0.3, 1.0]), person([1.0, 0.2])];
        let rows = rows(&people.iter().collect::<Vec<_>>(), 0.7);
        assert_eq!(rows.len(), 2 * TURNS * TOGETHER.len());
        for row in rows {
            let each = 6 / row.turns;
            assert_eq!(row.own.owner, 4 * each, "{row:?}");
            // Each of two people has four prints of another judged: two halves against two.
            assert_eq!((row.others.owner, row.others.stranger), (0, 8 * each), "{row:?}");
        }
    }
}
