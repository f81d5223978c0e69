//! The network that tells a person over golem from golem's echo: a gated recurrent unit of few cells.
//!
//! `scripts/fit-near-end` fits it to what `golem bench echo --signs` writes. Its numbers lie in `network.f32`, as 32-bit
//! floats, little-endian, row by row in the order of [`NearEndWeights`].

use std::sync::LazyLock;

use crate::signal::odds::sigmoid;
use crate::worker::near_end::BANDS;

/// Signs of a frame.
pub const SIGNS: usize = 12 + 4 * BANDS;
/// Cells of the unit.
const CELLS: usize = 32;
/// Numbers that go in: the voice in the full output, and the signs.
const INPUTS: usize = 1 + SIGNS;
/// Bytes of the numbers of [`NearEndWeights`].
const SIZE: usize = 4 * (3 * CELLS * (INPUTS + CELLS + 1) + CELLS + 1);
/// The numbers of the network.
static NUMBERS: &[u8; SIZE] = include_bytes!("network.f32");

/// The signs of a frame by which the network judges it, each about -3..=3: the voice in the linear output; both outputs
/// against the microphone, and their levels; the excess; the echo's state; whether the delay changes; then four numbers
/// of each band.
pub type NearEndSigns = [f32; SIGNS];

/// A number for each cell.
type Cells = [f32; CELLS];
/// A row of numbers for each of the unit's gates: update, reset and candidate (Cho et al., 2014).
type Gates = [Cells; 3];

/// The fitted numbers.
struct NearEndWeights {
    /// From each input to the gates.
    input: [Gates; INPUTS],
    /// From each cell to the gates.
    hidden: [Gates; CELLS],
    bias: Gates,
    /// From the cells to the logarithm of the odds.
    output: Cells,
    output_bias: f32,
}

static WEIGHTS: LazyLock<NearEndWeights> = LazyLock::new(|| {
    let (numbers, _) = NUMBERS.as_chunks::<4>();
    let mut numbers = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes));
    // None is missing: the file has its length by type.
    let mut number = || numbers.next().unwrap_or_default();
    let mut cells = || -> Cells { std::array::from_fn(|_| number()) };
    let mut gates = || -> Gates { std::array::from_fn(|_| cells()) };
    let (input, hidden, bias) = (std::array::from_fn(|_| gates()), std::array::from_fn(|_| gates()), gates());
    NearEndWeights { input, hidden, bias, output: cells(), output_bias: number() }
});

/// The state of the network.
#[derive(Clone, Copy, Default)]
pub struct NearEndNetwork {
    cells: Cells,
}

impl NearEndNetwork {
    /// Takes the signs of the next frame, and the voice in its full output. Returns the probability of a person,
    /// 0..=1; `None`, with all forgotten, if a number is not finite.
    pub fn probability(&mut self, voice: f32, signs: &NearEndSigns) -> Option<f32> {
        let weights = &*WEIGHTS;
        let mut from_input = weights.bias;
        for (value, gates) in std::iter::once(&voice).chain(signs).zip(&weights.input) {
            add(&mut from_input, *value, gates);
        }
        let mut from_hidden = Gates::default();
        for (value, gates) in self.cells.iter().zip(&weights.hidden) {
            add(&mut from_hidden, *value, gates);
        }
        let mut odds = weights.output_bias;
        for (cell, value) in self.cells.iter_mut().enumerate() {
            let sum = |gate: usize| from_input[gate][cell] + from_hidden[gate][cell];
            let (update, reset) = (sigmoid(sum(0)), sigmoid(sum(1)));
            let candidate = (from_input[2][cell] + reset * from_hidden[2][cell]).tanh();
            *value = (1.0 - update) * candidate + update * *value;
            odds += *value * weights.output[cell];
        }
        let probability = sigmoid(odds);
        if !probability.is_finite() {
            self.reset();
            return None;
        }
        Some(probability)
    }

    /// Forgets all frames.
    pub fn reset(&mut self) {
        self.cells = Cells::default();
    }
}

/// Adds `value` times the weights to the gates.
fn add(gates: &mut Gates, value: f32, weights: &Gates) {
    for (gate, weights) in gates.iter_mut().zip(weights) {
        gate.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += value * weight);
    }
}
