//! Simulated rooms: the sound from a loudspeaker to a microphone between six walls.
//!
//! The image-source method of Allen and Berkley (1979): each reflection is a loudspeaker behind a wall. All walls
//! absorb alike, as the reverberation time requires.

use std::f64::consts::TAU;

use super::frame::RATE;

/// Speed of sound in metres a second.
const SOUND: f64 = 343.0;
/// Corner in hertz of the high pass that removes the pressure to which images of one sign add up.
const HIGH_PASS: f64 = 100.0;
/// Corrections of the walls that are enough for the reverberation time.
const CORRECTIONS: usize = 3;
/// Length of the microphone's way through the room, in metres.
const WAY: f64 = 0.4;

/// A box-shaped room with a loudspeaker and a microphone in it. Lengths are in metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    /// Its name.
    pub name: &'static str,
    /// Length, width and height.
    pub size: [f64; 3],
    /// Seconds in which sound falls by 60 dB.
    pub rt60: f64,
    /// Place of the loudspeaker.
    pub loudspeaker: [f64; 3],
    /// Place of the microphone.
    pub microphone: [f64; 3],
}

/// Typical rooms of conversations, from dead to lively.
pub const ROOMS: [Room; 5] = [
    room("booth", [2.0, 1.8, 2.2], 0.2, [0.7, 0.9, 1.1], [1.0, 0.8, 1.0]),
    room("bedroom", [4.2, 3.4, 2.5], 0.3, [1.2, 1.5, 0.9], [1.7, 1.3, 1.0]),
    room("office", [5.1, 4.3, 2.7], 0.45, [2.1, 1.9, 0.8], [2.4, 2.4, 0.9]),
    room("kitchen", [4.7, 3.1, 2.6], 0.6, [1.1, 0.8, 1.2], [2.0, 1.4, 1.1]),
    room("hall", [8.3, 6.1, 3.4], 0.8, [2.9, 2.7, 1.1], [3.6, 3.5, 1.0]),
];

const fn room(name: &'static str, size: [f64; 3], rt60: f64, loudspeaker: [f64; 3], microphone: [f64; 3]) -> Room {
    Room { name, size, rt60, loudspeaker, microphone }
}

impl Room {
    /// The room of this name in [`ROOMS`].
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        ROOMS.into_iter().find(|room| room.name == name)
    }

    /// The impulse response at [`RATE`], as long as the reverberation time; its energy is 1.
    #[must_use]
    pub fn response(&self) -> Vec<f32> {
        finished(&self.calibrated().0)
    }

    /// Impulse responses at `places` (at least one) along the microphone's way of 0.4 m. Walls and gain are those of
    /// the first place.
    #[must_use]
    pub fn way(&self, places: usize) -> Vec<Vec<f32>> {
        let (first, reflection) = self.calibrated();
        let scale = unit(&high_passed(&first));
        let along = |place: usize| {
            #[allow(clippy::cast_precision_loss)] // a handful of places
            let share = place as f64 / places.max(2).saturating_sub(1) as f64;
            let mut moved = *self;
            // Move towards the far corner, within the walls.
            for (axis, share) in [(0, share * 0.9), (1, share * 0.43)] {
                moved.microphone[axis] = (self.microphone[axis] + WAY * share).min(self.size[axis] - 0.1);
            }
            scaled(&high_passed(&moved.images(reflection)), scale)
        };
        (0..places.max(1)).map(along).collect()
    }

    /// The pulses of all images, and the share of the pressure that a wall reflects. Eyring's share is corrected until
    /// the decay has the reverberation time.
    fn calibrated(&self) -> (Vec<f64>, f64) {
        let [length, width, height] = self.size;
        let volume = length * width * height;
        let surface = 2.0 * (length * width + length * height + width * height);
        let mut reflection = (-0.161 * volume / (surface * self.rt60)).exp().sqrt();
        let mut pulses = self.images(reflection);
        for _ in 0..CORRECTIONS {
            let Some(measured) = decay_seconds(&high_passed(&pulses)) else { break };
            reflection = reflection.powf(measured / self.rt60).clamp(0.01, 0.999);
            pulses = self.images(reflection);
        }
        (pulses, reflection)
    }

    /// The pulses of all images that arrive within the reverberation time.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // a second of samples
    fn images(&self, reflection: f64) -> Vec<f64> {
        let rate = f64::from(RATE);
        let mut pulses = vec![0.0; (self.rt60 * rate).ceil() as usize];
        let axes = [0, 1, 2].map(|axis| self.images_on(axis, self.rt60 * SOUND));
        // Tabulate the powers: many images have equal numbers of reflections.
        let most = axes.iter().map(|axis| axis.iter().map(|image| image.1).max().unwrap_or(0)).sum::<u32>();
        let powers: Vec<f64> = (0..=most).map(|walls| reflection.powi(walls.cast_signed())).collect();
        let [along, across, up] = axes;
        for (x, walls_x) in &along {
            for (y, walls_y) in &across {
                for (z, walls_z) in &up {
                    let distance = (x * x + y * y + z * z).sqrt().max(0.05);
                    if let Some(pulse) = pulses.get_mut((distance / SOUND * rate).round() as usize) {
                        *pulse += powers[(walls_x + walls_y + walls_z) as usize] / distance;
                    }
                }
            }
        }
        pulses
    }

    /// Distances of the images from the microphone along one axis, up to `far`, and the number of walls of each.
    #[allow(clippy::cast_possible_truncation)] // some hundred rooms
    fn images_on(&self, axis: usize, far: f64) -> Vec<(f64, u32)> {
        let (size, source, ear) = (self.size[axis], self.loudspeaker[axis], self.microphone[axis]);
        let rooms = (far / (2.0 * size)).ceil() as i32 + 1;
        let pair = |n: i32| {
            let there = 2.0 * f64::from(n) * size;
            [(there + source - ear, (2 * n).unsigned_abs()), (there - source - ear, (2 * n - 1).unsigned_abs())]
        };
        (-rooms..=rooms).flat_map(pair).filter(|(distance, _)| distance.abs() <= far).collect()
    }
}

fn finished(pulses: &[f64]) -> Vec<f32> {
    let passed = high_passed(pulses);
    let scale = unit(&passed);
    scaled(&passed, scale)
}

/// The factor that makes the energy of a response 1.
fn unit(response: &[f64]) -> f64 {
    1.0 / response.iter().map(|x| x * x).sum::<f64>().sqrt().max(1e-12)
}

#[allow(clippy::cast_possible_truncation)] // samples
fn scaled(response: &[f64], scale: f64) -> Vec<f32> {
    response.iter().map(|x| (x * scale) as f32).collect()
}

/// Allen and Berkley's own high pass.
fn high_passed(pulses: &[f64]) -> Vec<f64> {
    let corner = TAU * HIGH_PASS / f64::from(RATE);
    let radius = (-corner).exp();
    let (back_one, back_two) = (2.0 * radius * corner.cos(), -radius * radius);
    let (mut one, mut two) = (0.0, 0.0);
    let step = |x: &f64| {
        let now = x + back_one * one + back_two * two;
        let out = now - (1.0 + radius) * one + radius * two;
        (one, two) = (now, one);
        out
    };
    pulses.iter().map(step).collect()
}

/// Seconds in which the energy of a response falls by 60 dB, from its fall between -5 and -25 dB (Schroeder 1965).
/// `None` if it does not fall that far.
#[must_use]
#[allow(clippy::cast_precision_loss)] // a second of samples
pub fn decay_seconds(response: &[f64]) -> Option<f64> {
    let mut left: f64 = response.iter().map(|x| x * x).sum();
    let whole = left;
    let below: Vec<f64> = response
        .iter()
        .map(|x| {
            left -= x * x;
            10.0 * (left.max(1e-30) / whole).log10()
        })
        .collect();
    let at = |level: f64| below.iter().position(|now| *now <= level);
    let (five, twenty_five) = (at(-5.0)?, at(-25.0)?);
    Some((twenty_five - five) as f64 / f64::from(RATE) * 3.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(response: &[f32]) -> Vec<f64> {
        response.iter().copied().map(f64::from).collect()
    }

    #[test]
    fn energy_decays_within_the_reverberation_time_that_was_asked_for() {
        for room in ROOMS {
            let seconds = decay_seconds(&wide(&room.response())).unwrap();
            assert!((seconds / room.rt60 - 1.0).abs() < 0.12, "{}: {seconds} s for {} s", room.name, room.rt60);
        }
    }

    #[test]
    fn the_direct_sound_comes_first_after_the_time_of_its_way_and_the_energy_is_one() {
        for room in ROOMS {
            let response = room.response();
            let [x, y, z] = [0, 1, 2].map(|axis| room.loudspeaker[axis] - room.microphone[axis]);
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let direct = ((x * x + y * y + z * z).sqrt() / SOUND * f64::from(RATE)).round() as usize;
            assert_eq!(response.iter().position(|sample| *sample != 0.0), Some(direct), "{}", room.name);
            let energy: f32 = response.iter().map(|x| x * x).sum();
            assert!((energy - 1.0).abs() < 1e-3, "{}: {energy}", room.name);
        }
    }

    #[test]
    fn a_way_begins_where_the_microphone_stands_and_changes_the_response() {
        let room = Room::named("bedroom").unwrap();
        let way = room.way(5);
        assert_eq!((way.len(), &way[0]), (5, &room.response()));
        let alike: f32 = way[0].iter().zip(&way[4]).map(|(a, b)| a * b).sum();
        assert!(alike.abs() < 0.7, "the last place hears what the first does: {alike}");
        assert!(Room::named("cellar").is_none());
    }
}
