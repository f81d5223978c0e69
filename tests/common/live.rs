//! Checks for the files that a golem needs to listen and speak.

#[path = "place.rs"]
pub mod place;

pub use place::root;

/// The file that golem needs and that is not here; the environment names the folders.
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
