//! The estimate of a plan's first words: reckoned from one measurement of Whisper and from what ordinary machines do
//! with llama.cpp. `golem doctor` measures instead.

use crate::model::catalogue::{Entry, MB};

/// Milliseconds in which [`MEASURED_M`] million parameters of Whisper hear 5 s of speech on [`MEASURED_CORES`] cores,
/// its weights as `int8`. Measured with base.en, encoder and 12 tokens: 36 + 114 with oneDNN, 96 + 237 with ruy.
const HEAR_MS: u64 = if cfg!(feature = "onednn") { 150 } else { 333 };
/// Parameters of base.en, in millions. Time is taken to grow with them.
const MEASURED_M: u64 = 74;
/// Cores of that measurement.
const MEASURED_CORES: u64 = 2;
/// Most cores that make Whisper quicker.
const ASR_CORES: u64 = 4;

/// New tokens of a turn that the language model reads before it writes, a sentence and its frame; the rest is in its
/// cache.
const READ_TOKENS: u64 = 30;
/// Tokens of a first clause.
const CLAUSE_TOKENS: u64 = 10;
/// Billions of operations a second of one core that reads, two for each parameter and token. Assumed, for AVX2.
const CORE_GFLOPS: u64 = 40;
/// GB of weights a second of one core that writes, one pass for each token. Assumed.
const CORE_GBPS: u64 = 5;
/// GB of weights a second of all cores together that write: two channels of ordinary memory. Assumed.
const MEMORY_GBPS: u64 = 20;

/// Milliseconds to understand 5 s of speech on `cores` cores.
pub(super) fn hear_ms(asr: &Entry, cores: usize) -> u64 {
    let cores = wide(cores).min(ASR_CORES);
    HEAR_MS.saturating_mul(parameters_m(asr)).saturating_mul(MEASURED_CORES) / (MEASURED_M * cores)
}

/// Milliseconds from the words heard to the first clause of the reply on `cores` cores.
pub(super) fn think_ms(llm: &Entry, cores: usize) -> u64 {
    let cores = wide(cores);
    let read = (2 * READ_TOKENS).saturating_mul(parameters_m(llm)) / cores.saturating_mul(CORE_GFLOPS);
    let bandwidth = cores.saturating_mul(CORE_GBPS).min(MEMORY_GBPS);
    // A GB a second is a MB a millisecond.
    let write = CLAUSE_TOKENS.saturating_mul(llm.size().bytes) / (bandwidth * MB);
    read.saturating_add(write)
}

/// Millions of parameters; where the entry has none, its size in MB, which is about right at 8 bits.
fn parameters_m(entry: &Entry) -> u64 {
    entry.parameters_m.unwrap_or(entry.size().bytes / MB)
}

fn wide(cores: usize) -> u64 {
    u64::try_from(cores.max(1)).unwrap_or(u64::MAX)
}
