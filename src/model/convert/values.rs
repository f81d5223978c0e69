//! The numbers of a variable, a megabyte at a time, whichever tensors of the checkpoint they come from.

use std::ops::Range;

use super::error::ConvertError;
use super::float::Float;
use super::layout::RowPart;
use super::weights::{Tensor, Weights};

/// Most numbers that are held at a time, unless one row has more.
const CHUNK: u64 = 1 << 18;
/// Numbers of a vector that are compared first.
const BEGINNING: u64 = 64;

/// Rows of one variable.
#[derive(Clone, Debug)]
pub(super) struct Values {
    parts: Vec<(u64, Option<(Tensor, Float)>)>,
    /// Dimensions, outermost first.
    pub(super) shape: Vec<u64>,
    /// The number format that the checkpoint is meant to be loaded as; stored numbers are rounded to it.
    pub(super) float: Float,
}

impl Values {
    /// Finds the tensors of `parts`, each of rows of the dimensions `row`.
    ///
    /// # Errors
    /// When a tensor is missing, of another shape or of another type.
    pub(super) fn new(weights: &Weights, parts: &[RowPart], row: &[u64], float: Float) -> Result<Self, ConvertError> {
        let parts: Vec<_> = parts.iter().map(|part| resolve(weights, part, row)).collect::<Result<_, _>>()?;
        let rows = parts.iter().map(|(rows, _)| rows).sum();
        let shape = [rows].iter().chain(row).copied().collect();
        Ok(Self { parts, shape, float })
    }

    /// Numbers in all.
    pub(super) fn count(&self) -> u64 {
        self.shape.iter().product()
    }

    /// Rows; for a vector its length.
    pub(super) fn rows(&self) -> u64 {
        self.shape[0]
    }

    /// Numbers of one row.
    pub(super) fn width(&self) -> usize {
        usize::try_from(self.shape[1..].iter().product::<u64>()).expect("checked against the stored tensor")
    }

    /// The rows in pieces of about a megabyte, in order.
    pub(super) fn pieces(&self) -> impl Iterator<Item = Range<u64>> + use<> {
        let (rows, step) = (self.rows(), (CHUNK / self.width() as u64).max(1));
        (0..rows.div_ceil(step)).map(move |piece| piece * step..((piece + 1) * step).min(rows))
    }

    /// The numbers of the rows `rows`.
    ///
    /// # Errors
    /// When they cannot be read, or one is infinite or not a number.
    pub(super) fn read(&self, weights: &Weights, rows: &Range<u64>, into: &mut Vec<f32>) -> Result<(), ConvertError> {
        into.clear();
        let width = self.width() as u64;
        let mut first = 0;
        for (count, stored) in &self.parts {
            let own = rows.start.max(first)..rows.end.min(first + count);
            let numbers = usize::try_from(own.end.saturating_sub(own.start) * width).expect("a piece fits in memory");
            match stored {
                _ if numbers == 0 => (),
                None => into.resize(into.len() + numbers, 0.0),
                Some((tensor, float)) => {
                    let before = into.len();
                    weights.read(tensor, *float, (own.start - first) * width, numbers, into)?;
                    if *float != self.float {
                        self.float.round(&mut into[before..]);
                    }
                    if into[before..].iter().any(|value| !value.is_finite()) {
                        let reason = "it holds infinite values or values that are no numbers: training has failed";
                        return Err(ConvertError::tensor(&tensor.name, weights.path(tensor), reason));
                    }
                }
            }
            first += count;
        }
        Ok(())
    }

    /// Whether both are the same numbers in the same shape.
    ///
    /// # Errors
    /// When one cannot be read.
    pub(super) fn equal(&self, other: &Self, weights: &Weights) -> Result<bool, ConvertError> {
        if self.shape != other.shape {
            return Ok(false);
        }
        let (mut one, mut two) = (Vec::new(), Vec::new());
        for rows in self.pieces() {
            self.read(weights, &rows, &mut one)?;
            other.read(weights, &rows, &mut two)?;
            if one != two {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The first few numbers, which differ between most variables.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn beginning(&self, weights: &Weights) -> Result<Vec<f32>, ConvertError> {
        let mut numbers = Vec::new();
        let rows = if self.width() > 1 { 1 } else { self.rows().min(BEGINNING) };
        self.read(weights, &(0..rows), &mut numbers)?;
        Ok(numbers)
    }
}

/// The tensor of `part`, of the shape it must have.
fn resolve(weights: &Weights, part: &RowPart, row: &[u64]) -> Result<(u64, Option<(Tensor, Float)>), ConvertError> {
    let Some(name) = &part.tensor else { return Ok((part.rows, None)) };
    let Some(tensor) = weights.find(name) else {
        let reason = "it is missing; fetch the whole checkpoint again";
        return Err(ConvertError::tensor(name, weights.dir(), reason));
    };
    let fail = |reason: String| ConvertError::tensor(&tensor.name, weights.path(tensor), reason);
    let expected: Vec<u64> = [part.rows].iter().chain(row).copied().collect();
    if tensor.shape != expected {
        let reason = format!(
            "its shape is {:?}, and config.json asks for {expected:?}; fetch both files of the same revision",
            tensor.shape
        );
        return Err(fail(reason));
    }
    let float = tensor.float().map_err(fail)?;
    Ok((part.rows, Some((tensor.clone(), float))))
}
