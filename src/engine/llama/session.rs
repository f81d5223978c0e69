//! A loaded model with its context and the tokens in its cache.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::OnceLock;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::{LogOptions, send_logs_to_tracing};
use self_cell::self_cell;

use super::failure::failed;
use super::{check, thoughts};
use crate::config;
use crate::engine::{EngineError, cpu};

/// Most tokens evaluated at once. A stop waits for that many at most while a prompt is read, because the bindings
/// cannot abort a running evaluation.
pub const BATCH: usize = 32;
/// Largest default context, in tokens: models trained on more would claim gigabytes for their cache.
const DEFAULT_CONTEXT: u32 = 4096;
/// The only sequence in the cache.
const SEQUENCE: i32 = 0;

self_cell!(
    struct LoadedLlama {
        owner: LlamaModel,
        #[covariant]
        dependent: LlamaContext,
    }
);

/// A model, its context and the tokens in the cache.
pub struct Session {
    loaded: LoadedLlama,
    batch: LlamaBatch<'static>,
    /// Tokens in the cache, in order.
    cached: Vec<LlamaToken>,
    /// Most tokens the cache may hold.
    limit: usize,
}

impl Session {
    /// Loads the file at `path` and evaluates one token, so that the weights are in memory.
    ///
    /// # Errors
    /// `Missing` or `Unusable` for a file that is absent, broken or cannot chat.
    pub fn open(path: &Path, config: &config::LlmConfig) -> Result<Self, EngineError> {
        check::file(path)?;
        let backend = backend()?;
        let params = LlamaModelParams::default().with_n_gpu_layers(config.gpu_layers).with_use_mmap(true);
        let model = LlamaModel::load_from_file(backend, path, &params).map_err(|_| {
            check::unusable(path, "llama.cpp cannot load it; it may be cut short or of an unknown kind (the log tells)")
        })?;
        let value = |key: &str| model.meta_val_str(key).ok();
        if let Some(why) = check::refusal(value) {
            return Err(check::unusable(path, why));
        }
        let trained = check::context_length(value).ok_or_else(|| check::unusable(path, "its metadata is damaged"))?;
        let limit = context_size(config.context, trained);
        let params = context_params(limit, threads(config.threads, model.size()));
        let loaded = LoadedLlama::try_new(model, |model| model.new_context(backend, params))
            .map_err(|_| failed(format!("no memory for a context of {limit} tokens; set a smaller llm.context")))?;
        let batch = LlamaBatch::new(BATCH, 1);
        let mut session = Self { loaded, batch, cached: Vec::new(), limit: limit as usize };
        session.warm_up()?;
        Ok(session)
    }

    /// The model itself.
    pub fn model(&self) -> &LlamaModel {
        self.loaded.borrow_owner()
    }

    /// Tokens in the cache, in order.
    pub fn cached(&self) -> &[LlamaToken] {
        &self.cached
    }

    /// Most tokens of prompt and reply together.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// The tokens of a whole prompt, control tokens included.
    pub fn tokens(&self, prompt: &str) -> Vec<LlamaToken> {
        let vocab = self.model().vocab();
        let mut tokens = vocab.tokenize(prompt.as_bytes(), false, true);
        let begin = vocab.bos();
        if vocab.should_add_bos() && begin.0 >= 0 && tokens.first() != Some(&begin) {
            tokens.insert(0, begin);
        }
        tokens
    }

    /// Forgets all but the first `length` tokens. Returns how many remain: 0 if the model's memory cannot be cut, as
    /// for recurrent models.
    pub fn keep(&mut self, length: usize) -> usize {
        if length < self.cached.len() {
            let from = u32::try_from(length).ok();
            let cut = self.loaded.with_dependent_mut(|_, context| {
                context.kv_cache_seq_rm(SEQUENCE, from, None).inspect_err(|_| context.clear_kv_cache()).is_ok()
            });
            self.cached.truncate(if cut { length } else { 0 });
        }
        self.cached.len()
    }

    /// Evaluates `tokens` (at most [`BATCH`]) after those in the cache; then the next token can be sampled.
    ///
    /// # Errors
    /// When llama.cpp fails; the cache is empty then.
    pub fn feed(&mut self, tokens: &[LlamaToken]) -> Result<(), EngineError> {
        if let Err(error) = self.evaluate(tokens) {
            // A failed evaluation leaves the cache in an unknown state.
            self.loaded.with_dependent_mut(|_, context| context.clear_kv_cache());
            self.cached.clear();
            return Err(error);
        }
        self.cached.extend_from_slice(tokens);
        Ok(())
    }

    /// Draws the next token with `sampler`. Call [`Session::feed`] first.
    pub fn sample(&self, sampler: &mut LlamaSampler) -> LlamaToken {
        sampler.sample(self.loaded.borrow_dependent(), -1)
    }

    /// Whether `token` ends a reply.
    pub fn ends(&self, token: LlamaToken) -> bool {
        self.model().vocab().is_eog(token)
    }

    /// The bytes of `token`; empty for control tokens, except for those that separate thoughts from the reply.
    pub fn bytes(&self, token: LlamaToken) -> Vec<u8> {
        let vocab = self.model().vocab();
        let bytes = vocab.token_to_piece(token, false, None);
        if !bytes.is_empty() {
            return bytes;
        }
        let mark = vocab.token_to_piece(token, true, None);
        if std::str::from_utf8(&mark).is_ok_and(thoughts::is_mark) { mark } else { bytes }
    }

    fn evaluate(&mut self, tokens: &[LlamaToken]) -> Result<(), EngineError> {
        self.batch.clear();
        for (index, &token) in tokens.iter().enumerate() {
            let position = i32::try_from(self.cached.len() + index).map_err(|error| failed(error.to_string()))?;
            let last = index + 1 == tokens.len();
            self.batch.add(token, position, &[SEQUENCE], last).map_err(|error| failed(error.to_string()))?;
        }
        let batch = &mut self.batch;
        self.loaded.with_dependent_mut(|_, context| context.decode(batch)).map_err(|error| failed(error.to_string()))
    }

    fn warm_up(&mut self) -> Result<(), EngineError> {
        let begin = self.model().vocab().bos();
        self.feed(&[LlamaToken(begin.0.max(0))])?;
        self.keep(0);
        Ok(())
    }
}

/// llama.cpp's backend, set up once per process with its log sent to `tracing`.
fn backend() -> Result<&'static LlamaBackend, EngineError> {
    static BACKEND: OnceLock<Option<LlamaBackend>> = OnceLock::new();
    let backend = BACKEND.get_or_init(|| {
        send_logs_to_tracing(LogOptions::default());
        #[cfg(feature = "portable")]
        load_kernels();
        LlamaBackend::init().ok()
    });
    backend.as_ref().ok_or_else(|| failed("llama.cpp was already set up by something else in this process"))
}

/// Loads the kernels for this processor. A portable golem has them as libraries in `lib/ggml` beside it; before it is
/// packed they are where they were built.
#[cfg(feature = "portable")]
fn load_kernels() {
    use llama_cpp_2::llama_backend::{load_backends, load_backends_from_path};
    let program = std::env::current_exe().unwrap_or_default();
    // llama.cpp takes the path as text only.
    let beside = program.parent().map(|folder| folder.join("lib/ggml"));
    match beside.filter(|path| path.is_dir() && path.to_str().is_some()) {
        Some(folder) => load_backends_from_path(&folder),
        None => load_backends(),
    }
}

/// The context in tokens for a setting (0: the model's own, but at most [`DEFAULT_CONTEXT`]). It is never more than the
/// model was trained on: learned positions end there, and llama.cpp aborts beyond them.
fn context_size(setting: u32, trained: u32) -> u32 {
    let wanted = if setting == 0 { DEFAULT_CONTEXT } else { setting };
    if setting > trained {
        tracing::warn!(setting, trained, "llm.context is more than the model was trained on: using the latter");
    }
    wanted.min(trained)
}

/// Models with fewer bytes of weights than this run on one thread: sleeping threads would wait longer for each other
/// than they compute. The starter model writes 3,500 tokens a second on one thread and 250 on two.
const SMALL: u64 = 30_000_000;

/// Threads, as llama.cpp counts them, for a setting and a model of so many bytes.
fn threads(setting: i32, bytes: u64) -> i32 {
    let setting = match usize::try_from(setting) {
        Ok(0) if bytes < SMALL => 1,
        Ok(setting) => setting,
        Err(_) => 0,
    };
    i32::try_from(cpu::threads(setting, cpu::openmp_sleeps())).unwrap_or(1)
}

fn context_params(limit: u32, threads: i32) -> LlamaContextParams {
    let batch = u32::try_from(BATCH).expect("the batch size is a small constant");
    LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(limit))
        .with_n_batch(batch)
        .with_n_ubatch(batch)
        .with_n_threads(threads)
        .with_n_threads_batch(threads)
        // Keep all of a sliding window: a cut cache would lack what slid out.
        .with_swa_full(true)
}

#[cfg(test)]
mod tests {
    use super::context_size;

    #[test]
    fn the_context_is_the_models_own_within_reason() {
        assert_eq!(context_size(0, 1024), 1024);
        assert_eq!(context_size(0, 131_072), 4096);
        assert_eq!(context_size(8192, 131_072), 8192);
        assert_eq!(context_size(2048, 512), 512);
    }
}
