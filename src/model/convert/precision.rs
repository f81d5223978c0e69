//! The precisions that weights are stored in.

/// What weights are stored as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// As trained: 4 bytes a weight.
    Float32,
    /// Half of it, for graphics processors.
    Float16,
    /// A quarter of it, and the fastest on a processor; vectors stay as they are in the checkpoint.
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
