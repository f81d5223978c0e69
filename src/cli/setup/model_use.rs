//! The use of a server's model, by its name: lists of models hold language models and all others, often without a word
//! on what they are for.

/// Parts of the names of models that are no language models. The first use that fits counts.
const USES: [(ModelUse, &[&str]); 3] = [
    (ModelUse::Ears, &["whisper", "parakeet", "moonshine", "wav2vec", "transcribe", "-asr"]),
    (ModelUse::Voice, &["kokoro", "piper", "tts", "chatterbox"]),
    (
        ModelUse::Other,
        &["embed", "bge-", "gte-", "minilm", "multilingual-e5", "rerank", "pyannote", "silero", "wespeaker"],
    ),
];

/// The use of a server's model, as far as its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelUse {
    /// It talks.
    Brain,
    /// It hears.
    Ears,
    /// It speaks.
    Voice,
    /// Nothing that golem needs, such as embeddings.
    Other,
}

impl ModelUse {
    /// The use of the model with this name.
    pub fn of(model: &str) -> Self {
        let model = model.to_lowercase();
        let known = USES.iter().find(|(_, parts)| parts.iter().any(|part| model.contains(*part)));
        known.map_or(Self::Brain, |(known, _)| *known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_use_of_a_model_is_in_its_name() {
        for (wanted, names) in [
            (ModelUse::Brain, &["qwen3:4b", "meta-llama/Llama-3.1-8B-Instruct", "gemma-3n-E4B-it", "gpt-oss:20b"][..]),
            (
                ModelUse::Ears,
                &["Systran/faster-whisper-small", "whisper-1", "nvidia/parakeet-tdt-0.6b-v3", "Qwen/Qwen3-ASR-1.7B"],
            ),
            (ModelUse::Voice, &["speaches-ai/Kokoro-82M-v1.0-ONNX", "speaches-ai/piper-en_US-amy-low", "tts-1"]),
            (ModelUse::Other, &["nomic-embed-text:latest", "BAAI/bge-m3", "text-embedding-3-small", "all-minilm"]),
        ] {
            for name in names {
                assert_eq!(ModelUse::of(name), wanted, "{name}");
            }
        }
    }
}
