//! The conditions of the loops: rooms, levels of the echo, and what devices do to it.

use serde::Serialize;

use crate::signal::echo::EchoSpec;
use crate::signal::room::ROOMS;

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
            all.extend(kinds.map(|(kind, spec)| EchoCondition { room: room.name, kind, gain, spec }));
        }
    }
    all
}
