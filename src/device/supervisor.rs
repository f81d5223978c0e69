//! The supervision of a device: when its stream counts as lost, and when another one is to be opened.
//!
//! Pure: the caller counts the beats of its stream, passes the time since an origin of its own, and opens and closes
//! streams as advised.

use std::time::Duration;

/// Silence of the callback after which a device that should run counts as lost.
pub const STALL: Duration = Duration::from_secs(1);
/// Longest time until a device's first call.
const WARM_UP: Duration = Duration::from_secs(2);
/// Time between two tries to open a lost device.
const RETRY: Duration = Duration::from_millis(250);
/// Usual time between two searches for the device of choice.
const LOOK: Duration = Duration::from_secs(2);

/// The end of a stream's warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarmUp {
    /// At its first beat: a microphone that has given sound goes on to.
    FirstBeat,
    /// When its time is over: a loudspeaker fills its buffer at once and may then take a while to sound.
    Whole,
}

/// The signs of life of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// Calls of its callback so far.
    pub beats: u64,
    /// Whether the sound system has given it up.
    pub failed: bool,
    /// Whether it is at rest, so that no beats are expected.
    pub resting: bool,
}

/// The action that a device needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupervisorAction {
    /// Nothing now.
    Keep,
    /// Close the stream: its device is gone, though the sound system feeds the stream from another one.
    Close,
    /// Open the device of choice, or else the default.
    Reopen,
    /// Open the device of choice in place of the one that stands in for it.
    GoHome,
}

/// Supervises one device.
#[derive(Debug)]
pub struct Supervisor {
    warm_up: WarmUp,
    beats: u64,
    /// When the count of beats last rose, or when the warm-up ends.
    alive: Duration,
    /// When the signs were checked last.
    looked: Duration,
    /// Time of the next try.
    next_try: Duration,
    /// Time between two searches for the device of choice.
    look: Duration,
    /// Whether another device stands in for the one of choice.
    stand_in: bool,
}

impl Supervisor {
    /// Supervises a device whose stream has just been opened.
    pub fn new(warm_up: WarmUp, now: Duration) -> Self {
        Self { warm_up, beats: 0, alive: now + WARM_UP, looked: now, next_try: now + LOOK, look: LOOK, stand_in: false }
    }

    /// The same, but the device of choice is searched for every `look`.
    #[must_use]
    pub fn looking_every(self, look: Duration) -> Self {
        Self { next_try: self.next_try.saturating_sub(self.look) + look, look, ..self }
    }

    /// A stream was opened whose callback has been called `beats` times.
    pub fn opened(&mut self, now: Duration, beats: u64) {
        (self.beats, self.looked) = (beats, now);
        self.warm_up(now);
    }

    /// Warms the stream up again: it goes from rest to work or back.
    pub fn warm_up(&mut self, now: Duration) {
        self.alive = now + WARM_UP;
    }

    /// A person has chosen the device that is open.
    pub fn chosen(&mut self, now: Duration) {
        (self.stand_in, self.next_try) = (false, now + self.look);
    }

    /// Sets whether the device that is about to be opened stands in for the one of choice.
    pub fn stands_in(&mut self, stand_in: bool) {
        self.stand_in = stand_in;
    }

    /// Whether another device stands in for the one of choice.
    pub fn is_stand_in(&self) -> bool {
        self.stand_in
    }

    /// Whether the stream has failed or fallen silent. If so, another is to be opened at once.
    pub fn lost(&mut self, now: Duration, signs: Signs) -> bool {
        if signs.beats != self.beats {
            self.beats = signs.beats;
            self.alive = if self.warm_up == WarmUp::Whole { self.alive.max(now) } else { now };
        }
        // Excuse the silence before a late check: a stalled device and a busy machine look alike then.
        if signs.resting || now.saturating_sub(self.looked) > STALL / 2 {
            self.alive = self.alive.max(now);
        }
        self.looked = now;
        let lost = signs.failed || now.saturating_sub(self.alive) > STALL;
        if lost {
            self.next_try = now;
        }
        lost
    }

    /// The action that is due; `open` says whether there is a stream, `present` whether the device of choice is there.
    /// Pass the outcome of [`SupervisorAction::Reopen`] and [`SupervisorAction::GoHome`] to [`Supervisor::tried`].
    pub fn advise(&mut self, now: Duration, open: bool, present: impl FnOnce() -> bool) -> SupervisorAction {
        if now < self.next_try {
            return SupervisorAction::Keep;
        }
        match (open, self.stand_in) {
            (false, _) => SupervisorAction::Reopen,
            (true, true) => SupervisorAction::GoHome,
            (true, false) if present() => {
                self.next_try = now + self.look;
                SupervisorAction::Keep
            }
            (true, false) => {
                self.next_try = now;
                SupervisorAction::Close
            }
        }
    }

    /// Something was tried; `open` says whether there is a stream now.
    pub fn tried(&mut self, now: Duration, open: bool) {
        self.next_try = now + if open { self.look } else { RETRY };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Time between two checks of the device.
    const STEP: Duration = Duration::from_millis(50);
    const SECOND: Duration = Duration::from_secs(1);

    /// A device that beats once a step, from the beginning to a moment.
    fn beating(until: Duration) -> impl Fn(Duration) -> Signs {
        let steps = |time: Duration| u64::try_from(time.as_millis() / STEP.as_millis()).unwrap();
        move |now| Signs { beats: steps(now.min(until)), ..Signs::default() }
    }

    fn steps(from: Duration, to: Duration) -> impl Iterator<Item = Duration> {
        std::iter::successors(Some(from + STEP), |now| Some(*now + STEP)).take_while(move |now| *now <= to)
    }

    fn before(time: Duration) -> Duration {
        time.saturating_sub(STEP)
    }

    /// When the stream counts as lost, if it does within ten seconds.
    fn lost_at(supervisor: &mut Supervisor, signs: impl Fn(Duration) -> Signs) -> Option<Duration> {
        steps(Duration::ZERO, 10 * SECOND).find(|now| supervisor.lost(*now, signs(*now)))
    }

    #[test]
    fn a_stream_that_falls_silent_is_lost_a_second_later_and_one_that_fails_at_once() {
        let new = || Supervisor::new(WarmUp::FirstBeat, Duration::ZERO);
        assert_eq!(lost_at(&mut new(), beating(10 * SECOND)), None);
        assert_eq!(lost_at(&mut new(), beating(5 * SECOND)), Some(6 * SECOND + STEP));
        assert_eq!(lost_at(&mut new(), |_| Signs { failed: true, ..Signs::default() }), Some(STEP));
    }

    #[test]
    fn a_device_has_two_seconds_for_its_first_beat() {
        let mut supervisor = Supervisor::new(WarmUp::FirstBeat, Duration::ZERO);
        assert_eq!(lost_at(&mut supervisor, |_| Signs::default()), Some(WARM_UP + STALL + STEP));
    }

    #[test]
    fn a_beat_ends_the_warm_up_of_a_microphone_and_not_of_a_loudspeaker() {
        let lost = |warm_up| lost_at(&mut Supervisor::new(warm_up, Duration::ZERO), beating(SECOND / 2));
        assert_eq!(lost(WarmUp::FirstBeat), Some(SECOND / 2 + STALL + STEP));
        assert_eq!(lost(WarmUp::Whole), Some(WARM_UP + STALL + STEP));
    }

    #[test]
    fn a_stream_at_rest_is_not_lost_and_warms_up_when_it_is_woken() {
        let mut supervisor = Supervisor::new(WarmUp::Whole, Duration::ZERO);
        let resting = |_| Signs { resting: true, ..Signs::default() };
        assert_eq!(lost_at(&mut supervisor, resting), None);
        let woken = 10 * SECOND;
        supervisor.warm_up(woken);
        let lost = steps(woken, 20 * SECOND).find(|now| supervisor.lost(*now, Signs::default()));
        assert_eq!(lost, Some(woken + WARM_UP + STALL + STEP));
    }

    #[test]
    fn a_late_look_excuses_the_silence_before_it() {
        let mut supervisor = Supervisor::new(WarmUp::FirstBeat, Duration::ZERO);
        let signs = beating(SECOND);
        assert!(steps(Duration::ZERO, SECOND).all(|now| !supervisor.lost(now, signs(now))));
        let late = 5 * SECOND;
        assert!(!supervisor.lost(late, signs(late)));
        assert_eq!(steps(late, 10 * SECOND).find(|now| supervisor.lost(*now, signs(*now))), Some(late + STALL + STEP));
    }

    #[test]
    fn a_lost_device_is_tried_four_times_a_second_and_its_stand_in_gives_way_to_it() {
        let mut supervisor = Supervisor::new(WarmUp::FirstBeat, Duration::ZERO);
        assert!(supervisor.lost(SECOND, Signs { failed: true, ..Signs::default() }));
        let mut tries = Vec::new();
        for now in steps(before(SECOND), 2 * SECOND) {
            if supervisor.advise(now, false, || unreachable!("nothing is open")) == SupervisorAction::Reopen {
                tries.push(now);
                supervisor.tried(now, false);
            }
        }
        assert_eq!(tries, [0, 1, 2, 3, 4].map(|number| SECOND + number * RETRY));
        let found = 3 * SECOND;
        supervisor.stands_in(true);
        supervisor.opened(found, 0);
        supervisor.tried(found, true);
        let advice = |supervisor: &mut Supervisor, now| supervisor.advise(now, true, || unreachable!("a stand-in"));
        assert_eq!(advice(&mut supervisor, before(found + LOOK)), SupervisorAction::Keep);
        assert_eq!(advice(&mut supervisor, found + LOOK), SupervisorAction::GoHome);
        supervisor.tried(found + LOOK, true);
        assert_eq!(advice(&mut supervisor, before(found + 2 * LOOK)), SupervisorAction::Keep, "it was not there");
        assert_eq!(advice(&mut supervisor, found + 2 * LOOK), SupervisorAction::GoHome);
    }

    #[test]
    fn a_device_that_goes_away_under_its_stream_is_closed_and_replaced() {
        let mut supervisor = Supervisor::new(WarmUp::FirstBeat, Duration::ZERO);
        assert_eq!(
            supervisor.advise(before(LOOK), true, || false),
            SupervisorAction::Keep,
            "it is not looked for all the time"
        );
        assert_eq!(supervisor.advise(LOOK, true, || true), SupervisorAction::Keep);
        assert_eq!(supervisor.advise(before(2 * LOOK), true, || false), SupervisorAction::Keep);
        assert_eq!(supervisor.advise(2 * LOOK, true, || false), SupervisorAction::Close);
        assert_eq!(supervisor.advise(2 * LOOK, false, || false), SupervisorAction::Reopen);
    }

    #[test]
    fn a_device_can_be_searched_for_more_often() {
        let mut supervisor = Supervisor::new(WarmUp::FirstBeat, SECOND).looking_every(RETRY);
        let mut looks = Vec::new();
        for now in steps(SECOND, 2 * SECOND) {
            let looked = || {
                looks.push(now);
                true
            };
            assert_eq!(supervisor.advise(now, true, looked), SupervisorAction::Keep);
        }
        assert_eq!(looks, [1, 2, 3, 4].map(|number| SECOND + number * RETRY));
    }

    #[test]
    fn a_device_that_a_person_chooses_is_home() {
        let mut supervisor = Supervisor::new(WarmUp::FirstBeat, Duration::ZERO);
        supervisor.stands_in(true);
        supervisor.chosen(SECOND);
        assert!(!supervisor.is_stand_in());
        assert_eq!(supervisor.advise(SECOND + LOOK, true, || true), SupervisorAction::Keep);
    }
}
