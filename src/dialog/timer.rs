//! The deadlines of the dialogue: a table by enum, so that every wait has a deadline and none is forgotten.

use crate::message::Time;

/// The deadlines of the dialogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Enough silence to decode ahead of time.
    Speculate,
    /// Enough silence for the turn model to judge.
    Judge,
    /// Enough silence to end the turn.
    EndTurn,
    /// The longest utterance.
    MaxUtterance,
    /// The words of an utterance.
    Asr,
    /// The words of utterances that a newer one has overtaken.
    Overtaken,
    /// The answer whose voice the words are in.
    Speaker,
    /// The first piece of a reply.
    FirstToken,
    /// The first sample of a reply.
    FirstAudio,
    /// The end of the first clause.
    Clause,
    /// Any progress of a reply under way.
    Progress,
    /// The confirmation of a command.
    Confirm,
    /// The next alarm that the person set.
    Alarm,
    /// The end of attention: words then need the wake phrase again.
    Attention,
}

impl Timer {
    const ALL: [Self; 14] = [
        Self::Speculate,
        Self::Judge,
        Self::EndTurn,
        Self::MaxUtterance,
        Self::Asr,
        Self::Overtaken,
        Self::Speaker,
        Self::FirstToken,
        Self::FirstAudio,
        Self::Clause,
        Self::Progress,
        Self::Confirm,
        Self::Alarm,
        Self::Attention,
    ];
}

/// The deadline of each timer, if it is set.
#[derive(Clone, Debug, Default)]
pub struct Timers([Option<Time>; Timer::ALL.len()]);

impl Timers {
    /// Sets (or moves) a deadline.
    pub fn set(&mut self, timer: Timer, at: Time) {
        self.0[timer as usize] = Some(at);
    }

    /// Sets a deadline, or moves it to a later time.
    pub fn prolong(&mut self, timer: Timer, at: Time) {
        let deadline = &mut self.0[timer as usize];
        *deadline = (*deadline).max(Some(at));
    }

    /// Whether a deadline is set.
    pub fn is_set(&self, timer: Timer) -> bool {
        self.0[timer as usize].is_some()
    }

    /// Clears a deadline.
    pub fn clear(&mut self, timer: Timer) {
        self.0[timer as usize] = None;
    }

    /// Clears several deadlines.
    pub fn clear_all(&mut self, timers: &[Timer]) {
        for timer in timers {
            self.clear(*timer);
        }
    }

    /// The next deadline, if any is set.
    pub fn next(&self) -> Option<Time> {
        self.0.iter().flatten().min().copied()
    }

    /// Takes the earliest deadline that has passed at `now`.
    pub fn expired(&mut self, now: Time) -> Option<Timer> {
        let timer = Timer::ALL
            .into_iter()
            .filter(|timer| self.0[*timer as usize].is_some_and(|at| at <= now))
            .min_by_key(|timer| self.0[*timer as usize])?;
        self.clear(timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_expire_in_order_and_once() {
        let mut timers = Timers::default();
        timers.set(Timer::EndTurn, Time::from_millis(500));
        timers.set(Timer::Speculate, Time::from_millis(200));
        assert_eq!(timers.next(), Some(Time::from_millis(200)));
        let late = Time::from_secs(1);
        assert_eq!(timers.expired(late), Some(Timer::Speculate));
        assert_eq!(timers.expired(late), Some(Timer::EndTurn));
        assert_eq!(timers.expired(late), None);
    }
}
