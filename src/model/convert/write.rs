//! The weights of a checkpoint, written as CTranslate2's `model.bin`.

use std::path::Path;

use super::bin::{BinModel, Type};
use super::error::ConvertError;
use super::float::Float;
use super::layout::{self, PROJECTION, TOKENS, VariableContent};
use super::precision::Precision;
use super::quantize::quantize;
use super::settings::Dims;
use super::values::Values;
use super::weights::Weights;

/// A variable to write, with its tensors found.
pub(super) enum WriteStep {
    /// A number of the layout.
    Scalar(String, Vec<u8>, Type),
    /// Weights; whether int8 is enough for them.
    Weights(String, Values, bool),
}

/// All variables in the order of the file, every tensor checked against `dims`.
///
/// # Errors
/// When a tensor is missing, of another shape or of another type.
pub(super) fn plan(weights: &Weights, dims: &Dims, dtype: Option<Float>) -> Result<Vec<WriteStep>, ConvertError> {
    // Most checkpoints store the token table once, and not all under the same name.
    let stored = |name: &'static str, other| if weights.find(name).is_some() { name } else { other };
    let (tokens, projection) = (stored(TOKENS, PROJECTION), stored(PROJECTION, TOKENS));
    let kind = weights.find(tokens).and_then(|tensor| tensor.float().ok());
    let float = dtype.or(kind).unwrap_or(Float::F32);
    let step = |variable: layout::Variable| {
        let name = variable.name;
        Ok(match variable.content {
            VariableContent::Byte(number) => WriteStep::Scalar(name, number.to_le_bytes().to_vec(), Type::Int8),
            VariableContent::Short(number) => WriteStep::Scalar(name, number.to_le_bytes().to_vec(), Type::Int16),
            VariableContent::Weights { parts, row, quantized } => {
                WriteStep::Weights(name, Values::new(weights, &parts, &row, float)?, quantized)
            }
        })
    };
    layout::variables(dims, tokens, projection).into_iter().map(step).collect()
}

/// Writes the file `path`; `progress` receives the bytes of weights written and their total.
///
/// # Errors
/// When a tensor cannot be read or the file cannot be written.
pub(super) fn model(
    path: &Path,
    weights: &Weights,
    plan: &[WriteStep],
    precision: Precision,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<(), ConvertError> {
    let total = total(plan, precision);
    let mut writer = ModelWriter { model: BinModel::create(path)?, weights, precision, progress, done: 0, total };
    let mut before = Vec::new();
    for step in plan {
        match step {
            WriteStep::Scalar(name, bytes, kind) => {
                writer.model.variable(name, &[], *kind)?;
                writer.model.data(bytes)?;
            }
            WriteStep::Weights(name, values, quantized) => {
                let this = Written { name, values, beginning: values.beginning(weights)? };
                if let Some(original) = this.twin(&before, weights)? {
                    writer.model.alias(name, original);
                    writer.advance(size(step, precision));
                } else {
                    before.push(this);
                    writer.weights(name, values, *quantized)?;
                }
            }
        }
    }
    writer.model.finish()
}

/// Bytes of all weights; those that are stored once for two variables count twice.
pub(super) fn total(plan: &[WriteStep], precision: Precision) -> u64 {
    plan.iter().map(|step| size(step, precision)).sum()
}

/// Bytes of weights that a variable takes.
fn size(step: &WriteStep, precision: Precision) -> u64 {
    match step {
        WriteStep::Scalar(..) => 0,
        WriteStep::Weights(_, values, quantized) => values.count() * kind(values, *quantized, precision).bytes(),
    }
}

/// A variable that was written, to find later ones with the same numbers.
struct Written<'a> {
    name: &'a str,
    values: &'a Values,
    beginning: Vec<f32>,
}

impl<'a> Written<'a> {
    /// The first of the variables written `before` that holds the same numbers.
    fn twin(&self, before: &[Written<'a>], weights: &Weights) -> Result<Option<&'a str>, ConvertError> {
        for other in before.iter().filter(|other| other.beginning == self.beginning) {
            if self.values.equal(other.values, weights)? {
                return Ok(Some(other.name));
            }
        }
        Ok(None)
    }
}

/// The type that a variable is stored as.
fn kind(values: &Values, quantized: bool, precision: Precision) -> Type {
    match precision {
        Precision::Float32 => Type::Float(Float::F32),
        Precision::Float16 => Type::Float(Float::F16),
        Precision::Int8 if quantized => Type::Int8,
        Precision::Int8 => Type::Float(values.float),
    }
}

struct ModelWriter<'a> {
    model: BinModel,
    weights: &'a Weights,
    precision: Precision,
    progress: &'a mut dyn FnMut(u64, u64),
    done: u64,
    total: u64,
}

impl ModelWriter<'_> {
    fn weights(&mut self, name: &str, values: &Values, quantized: bool) -> Result<(), ConvertError> {
        let kind = kind(values, quantized, self.precision);
        self.model.variable(name, &values.shape, kind)?;
        let (mut numbers, mut bytes, mut scales) = (Vec::new(), Vec::new(), Vec::new());
        for rows in values.pieces() {
            values.read(self.weights, &rows, &mut numbers)?;
            bytes.clear();
            match kind {
                Type::Float(float) => {
                    fits(float, &numbers, name, self.weights.dir())?;
                    float.encode(&numbers, &mut bytes);
                }
                _ => numbers.chunks(values.width()).for_each(|row| quantize(row, &mut bytes, &mut scales)),
            }
            self.model.data(&bytes)?;
            self.advance(bytes.len() as u64);
        }
        if kind == Type::Int8 {
            self.scales(name, &scales)?;
        }
        Ok(())
    }

    /// One scale for each row of the variable `name`.
    fn scales(&mut self, name: &str, scales: &[f32]) -> Result<(), ConvertError> {
        let mut bytes = Vec::new();
        Float::F32.encode(scales, &mut bytes);
        self.model.variable(&format!("{name}_scale"), &[scales.len() as u64], Type::Float(Float::F32))?;
        self.model.data(&bytes)
    }

    fn advance(&mut self, bytes: u64) {
        self.done += bytes;
        (self.progress)(self.done, self.total);
    }
}

/// Refuses numbers that are infinite in `float`.
fn fits(float: Float, numbers: &[f32], name: &str, dir: &Path) -> Result<(), ConvertError> {
    if float == Float::F16 && numbers.iter().any(|number| number.abs() >= OVERFLOW) {
        let reason = "it holds numbers too large for float16: convert to float32 or int8";
        return Err(ConvertError::tensor(name, dir, reason));
    }
    Ok(())
}

/// The smallest number that rounds to infinity in 16 bits.
const OVERFLOW: f32 = 65_520.0;
