//! The precisions that weights are stored in.

/// The number format that weights are stored in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 4 bytes a weight, as trained.
    Float32,
    /// 2 bytes a weight, for graphics processors.
    Float16,
    /// 1 byte a weight, and the fastest on a processor; vectors stay as they are in the checkpoint.
    Int8,
}

impl Precision {
    /// The precision that a config's `asr.compute_type` calls `name`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "float32" => Some(Self::Float32),
            "float16" => Some(Self::Float16),
            "int8" => Some(Self::Int8),
            _ => None,
        }
    }
}
