//! A long short-term memory in plain Rust, with its products laid out for the compiler's vectorisation.

use crate::signal::odds::sigmoid;

/// Rows summed at once: as many as the registers of the smallest machines hold.
const TILE: usize = 32;

/// A matrix in tiles of [`TILE`] rows; within a tile, column after column.
#[derive(Clone, Debug)]
pub(super) struct TiledMatrix {
    columns: usize,
    tiles: Vec<f32>,
}

impl TiledMatrix {
    /// A matrix from `rows`, which holds one row of `columns` numbers after the other. Their count must be a multiple
    /// of [`TILE`].
    pub(super) fn new(rows: &[f32], columns: usize) -> Self {
        let mut tiles = Vec::with_capacity(rows.len());
        for tile in rows.chunks_exact(TILE * columns) {
            for column in 0..columns {
                tiles.extend(tile.iter().skip(column).step_by(columns));
            }
        }
        Self { columns, tiles }
    }

    /// Adds the product with each vector of `inputs` to its vector of `sums`. Both hold one vector after the other.
    pub(super) fn add_products(&self, inputs: &[f32], sums: &mut [f32]) {
        let rows = self.tiles.len() / self.columns;
        for (number, tile) in self.tiles.chunks_exact(TILE * self.columns).enumerate() {
            for (input, sum) in inputs.chunks_exact(self.columns).zip(sums.chunks_exact_mut(rows)) {
                let mut held = [0.0; TILE];
                let sum = &mut sum[number * TILE..][..TILE];
                held.copy_from_slice(sum);
                for (value, column) in input.iter().zip(tile.chunks_exact(TILE)) {
                    for (held, weight) in held.iter_mut().zip(column) {
                        *held += value * weight;
                    }
                }
                sum.copy_from_slice(&held);
            }
        }
    }
}

/// One layer of the LSTM.
#[derive(Clone, Debug)]
pub(super) struct LstmLayer {
    /// Weights from the input to the four gates: input, forget, cell, output.
    input: TiledMatrix,
    /// Weights from the previous state to the four gates.
    state: TiledMatrix,
    /// Sum of the biases of input and state.
    bias: Vec<f32>,
}

impl LstmLayer {
    /// A layer from torch's matrices; each holds four gates of as many rows as the layer has cells.
    pub(super) fn new(input: &[f32], state: &[f32], bias: Vec<f32>) -> Self {
        let gates = bias.len();
        let input = TiledMatrix::new(input, input.len() / gates);
        Self { input, state: TiledMatrix::new(state, gates / 4), bias }
    }

    /// The states after each vector of `inputs`, from a state of zeros.
    pub(super) fn run(&self, inputs: &[f32]) -> Vec<f32> {
        let gates = self.bias.len();
        let cells = gates / 4;
        let mut projected = self.bias.repeat(inputs.len() / self.input.columns);
        self.input.add_products(inputs, &mut projected);
        let mut states = Vec::with_capacity(projected.len() / 4);
        let (mut state, mut memory) = (vec![0.0; cells], vec![0.0; cells]);
        for sums in projected.chunks_exact_mut(gates) {
            self.state.add_products(&state, sums);
            let (first, second) = sums.split_at(2 * cells);
            let ((enter, keep), (new, leave)) = (first.split_at(cells), second.split_at(cells));
            for cell in 0..cells {
                memory[cell] = sigmoid(keep[cell]) * memory[cell] + sigmoid(enter[cell]) * new[cell].tanh();
                state[cell] = sigmoid(leave[cell]) * memory[cell].tanh();
            }
            states.extend_from_slice(&state);
        }
        states
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    fn products_are_those_of_the_textbook() {
        let rows: Vec<f32> = (0..64 * 3).map(|n| (n % 7) as f32 - 3.0).collect();
        let inputs = [1.0, 2.0, -1.0, 0.5, 0.0, 4.0];
        let mut sums = vec![1.0; 2 * 64];
        TiledMatrix::new(&rows, 3).add_products(&inputs, &mut sums);
        for (at, sum) in sums.iter().enumerate() {
            let (input, row) = (&inputs[at / 64 * 3..][..3], &rows[at % 64 * 3..][..3]);
            let product: f32 = input.iter().zip(row).map(|(a, b)| a * b).sum();
            assert!((sum - 1.0 - product).abs() < 1e-5);
        }
    }

    #[test]
    fn a_layer_remembers_what_came_before() {
        let layer = LstmLayer::new(&[0.5; 4 * 8], &[0.1; 4 * 8 * 8], vec![0.0; 4 * 8]);
        let states = layer.run(&[1.0, 0.0]);
        // sigmoid(0.5) * tanh(0.5) = 0.287647; tanh(0.287647) * sigmoid(0.5) = 0.174270.
        assert!(states[..8].iter().all(|state| (state - 0.174_27).abs() < 1e-5), "{states:?}");
        assert!(states[8..].iter().all(|state| *state > 0.0));
    }
}
