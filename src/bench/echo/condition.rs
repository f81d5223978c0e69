//! The conditions of the loops: rooms, levels of the echo, and what devices do to it.

use serde::Serialize;

use super::people::ROOM_NOISE;
use crate::signal::echo::EchoSpec;
use crate::signal::room::{ROOMS, Room};

/// Levels of the echo in decibels: relative to people in the open loop, to what is played in the closed one.
pub const GAINS: [f32; 3] = [-6.0, -12.0, -20.0];
/// Delays of the sound system, in milliseconds, one for each room.
const DELAYS: [u32; 5] = [40, 90, 150, 200, 250];

/// One room at one level of the echo, with its disturbance.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct EchoCondition {
    pub room: &'static str,
    pub kind: &'static str,
    pub gain: f32,
    #[serde(skip)]
    pub spec: EchoSpec,
    /// Amplitude of the room's own noise, from peak to peak.
    #[serde(skip)]
    pub noise: f32,
}

impl EchoCondition {
    /// A condition like no other: a room from a closet to a hall, any delay of a sound system, seven levels, and half of
    /// the time clocks that differ, a loudspeaker that is driven too hard, a microphone that moves or a busy machine.
    pub fn drawn(random: &mut fastrand::Rng) -> Self {
        let mut between = |least: f64, most: f64| least + (most - least) * random.f64();
        let size = [between(1.8, 8.0), between(1.6, 6.0), between(2.1, 3.4)];
        let loudspeaker = size.map(|length| between(0.3, length - 0.3));
        let mut near = |axis: usize| (loudspeaker[axis] + between(-0.8, 0.8)).clamp(0.2, size[axis] - 0.2);
        let microphone = [near(0), near(1), near(2)];
        // A small room does not ring for long.
        let rt60 = between(0.15, 0.2 + 0.08 * size[0]);
        let room = Room { name: "drawn", size, rt60, loudspeaker, microphone };
        let gain = random.choice([-24.0, -20.0, -16.0, -12.0, -9.0, -6.0, -3.0]).unwrap_or(-12.0);
        let spec = EchoSpec { gain, delay_ms: random.u32(10..300), ..EchoSpec::new(room) };
        let (kind, spec) = match random.u32(0..8) {
            0 => ("drift", EchoSpec { drift_ppm: 300.0 * random.f64() - 150.0, ..spec }),
            1 => ("clip", EchoSpec { clips: true, ..spec }),
            2 => ("moving", EchoSpec { moves: true, ..spec }),
            3 => ("slips", EchoSpec { slips: true, ..spec }),
            _ => ("plain", spec),
        };
        #[allow(clippy::cast_possible_truncation)] // -70 to -50 dB
        let noise = ROOM_NOISE * 10.0_f64.powf(random.f64()) as f32;
        Self { room: room.name, kind, gain, spec, noise }
    }
}

/// The rooms with all levels and disturbances: 60.
pub fn conditions() -> Vec<EchoCondition> {
    let mut all = Vec::new();
    for (room, delay_ms) in ROOMS.into_iter().zip(DELAYS) {
        for gain in GAINS {
            let plain = EchoSpec { gain, delay_ms, ..EchoSpec::new(room) };
            let kinds = [
                ("plain", plain),
                ("100 ppm", EchoSpec { drift_ppm: 100.0, ..plain }),
                ("clip", EchoSpec { clips: true, ..plain }),
                ("moving", EchoSpec { moves: true, ..plain }),
            ];
            all.extend(kinds.map(|(kind, spec)| EchoCondition {
                room: room.name,
                kind,
                gain,
                spec,
                noise: ROOM_NOISE,
            }));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_rooms_hold_both_ends_of_the_echo_and_differ() {
        let mut random = fastrand::Rng::with_seed(1);
        let drawn: Vec<EchoCondition> = (0..200).map(|_| EchoCondition::drawn(&mut random)).collect();
        for EchoCondition { gain, spec, noise, .. } in &drawn {
            let Room { size, rt60, loudspeaker, microphone, .. } = spec.room;
            let inside = |place: [f64; 3]| place.iter().zip(size).all(|(at, length)| *at > 0.1 && *at < length - 0.1);
            assert!(inside(loudspeaker) && inside(microphone) && (0.15..0.85).contains(&rt60), "{spec:?}");
            assert!((-24.0..=-3.0).contains(gain) && (ROOM_NOISE..=10.0 * ROOM_NOISE).contains(noise));
        }
        for kind in ["plain", "drift", "clip", "moving", "slips"] {
            assert!(drawn.iter().any(|condition| condition.kind == kind), "{kind}");
        }
        assert!(drawn.windows(2).all(|two| two[0].spec != two[1].spec));
    }
}
