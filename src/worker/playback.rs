//! Playback: clips become sound, and sound becomes reports of what was heard.

use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, select_biased};

use crate::device::deck::{Clip, Deck};
use crate::message::Event;

/// Interval at which a sounding deck is fed and asked for its position.
pub const ROUND: Duration = Duration::from_millis(10);
/// Interval at which a silent loudspeaker is checked: a lost one has to come back within two seconds.
const CARE: Duration = Duration::from_millis(250);
/// Rounds of a sounding deck between two checks of the loudspeaker.
const CARE_ROUNDS: u32 = 25;
/// Checks of a silent loudspeaker without any job after which it may rest: 5 s, longer than the pauses of a
/// conversation.
const REST_LOOKS: u32 = 20;

/// The need for the loudspeaker at a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// There is sound, or soon will be.
    Sound,
    /// Nothing has sounded for a while.
    Rest,
}

/// Decides whether the loudspeaker is needed.
#[derive(Debug)]
struct LoudspeakerNeed {
    /// Checks in a row that found nothing to do.
    quiet: u32,
}

impl LoudspeakerNeed {
    /// Nothing sounds yet.
    const fn new() -> Self {
        Self { quiet: REST_LOOKS }
    }

    /// Something is to be played, or will be soon. True if the loudspeaker rests until then.
    fn stir(&mut self) -> bool {
        std::mem::take(&mut self.quiet) >= REST_LOOKS
    }

    /// Nothing has come since the last check.
    fn look(&mut self) -> Need {
        self.quiet = self.quiet.saturating_add(1);
        self.need()
    }

    fn need(&self) -> Need {
        if self.quiet < REST_LOOKS { Need::Sound } else { Need::Rest }
    }
}

/// Work for playback. Jobs are taken before any clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaybackJob {
    /// A person speaks, or a reply is on its way: the loudspeaker should be ready.
    Wake,
    /// Lower playback, or bring it back.
    Duck(bool),
    /// Fade out and hold.
    Cut,
    /// Play on from the beginning of a clause.
    Resume {
        /// The reply's turn.
        turn: u64,
        /// Index of the clause.
        clause: usize,
    },
    /// Fade out and forget every turn below.
    Cancel(u64),
}

/// Plays clips.
pub struct PlaybackWorker {
    deck: Deck,
    ducked: f32,
}

impl PlaybackWorker {
    /// A player on a deck; `ducked` is the level (0..=1) of lowered playback.
    pub fn new(deck: Deck, ducked: f32) -> Self {
        Self { deck, ducked }
    }

    /// Does one job.
    pub fn take(&mut self, job: PlaybackJob) {
        match job {
            // No work: the job only wakes the thread, so that the loudspeaker is opened.
            PlaybackJob::Wake => {}
            PlaybackJob::Duck(on) => self.deck.duck(if on { self.ducked } else { 1.0 }),
            PlaybackJob::Cut => self.deck.cut(),
            PlaybackJob::Resume { turn, clause } => self.deck.resume(turn, clause),
            PlaybackJob::Cancel(turn) => self.deck.cancel(turn),
        }
    }

    /// Queues a clip.
    pub fn queue(&mut self, clip: Clip) {
        self.deck.queue(clip);
    }

    /// Feeds the line and returns what was heard since the last round.
    pub fn round(&mut self) -> Vec<Event> {
        self.deck.pump();
        let heard = self.deck.progress().into_iter();
        heard.map(|p| Event::Played { turn: p.turn, clause: p.clause, samples: p.samples, done: p.done }).collect()
    }

    /// Whether nothing sounds or will sound without a further job or clip.
    pub fn idle(&self) -> bool {
        self.deck.idle()
    }

    /// Times the line ran dry within a reply.
    pub fn underruns(&self) -> u64 {
        self.deck.underruns()
    }

    /// Works until the job channel closes. `tend` checks the loudspeaker: it is called a few times a second, and at
    /// once when a resting loudspeaker is needed.
    pub fn run(
        mut self,
        jobs: &Receiver<PlaybackJob>,
        clips: &Receiver<Clip>,
        events: &Sender<Event>,
        tend: &mut dyn FnMut(Need),
    ) {
        let (mut rounds, mut watch) = (0, LoudspeakerNeed::new());
        loop {
            let idle = self.idle();
            let stirred = select_biased! {
                recv(jobs) -> job => match job {
                    Ok(job) => {
                        self.take(job);
                        watch.stir()
                    }
                    Err(_) => return,
                },
                recv(clips) -> clip => match clip {
                    Ok(clip) => {
                        self.queue(clip);
                        watch.stir()
                    }
                    Err(_) => return,
                },
                default(if idle { CARE } else { ROUND }) => {
                    rounds += if idle { CARE_ROUNDS } else { 1 };
                    if idle {
                        watch.look();
                    } else {
                        watch.stir();
                    }
                    false
                }
            };
            if stirred || rounds >= CARE_ROUNDS {
                rounds = 0;
                tend(watch.need());
            }
            for event in self.round() {
                if events.send(event).is_err() {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loudspeaker_rests_after_a_while_and_is_woken_by_the_first_sign_of_sound() {
        let mut watch = LoudspeakerNeed::new();
        assert_eq!(watch.need(), Need::Rest, "nothing has been said yet");
        assert!(watch.stir(), "it is to be woken at once");
        assert_eq!(watch.need(), Need::Sound);
        for _ in 1..REST_LOOKS {
            assert_eq!(watch.look(), Need::Sound);
        }
        assert!(!watch.stir(), "it is awake still");
        let needs: Vec<Need> = (0..=REST_LOOKS).map(|_| watch.look()).collect();
        assert_eq!(needs.iter().filter(|need| **need == Need::Rest).count(), 2);
        assert!(watch.stir());
    }
}
