//! The log-mel spectrogram that Whisper was trained on.
