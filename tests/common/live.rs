//! What a golem that listens and speaks needs.

#[path = "place.rs"]
pub mod place;

pub use place::root;

/// What it needs that is not here, as the environment of its process names it.
pub fn missing() -> Option<String> {
    let data = place::data();
    let files = [
        data.join("runtime/libonnxruntime.so"),
        data.join("runtime/libpocketsphinx.so"),
        data.join("models/silero/silero_vad.onnx"),
        data.join("models/pocketsphinx/en-us/en-us"),
        root().join("models/starter/brain.gguf"),
    ];
    files.iter().find(|file| !file.exists()).map(|file| format!("{} is not installed", file.display()))
}
