//! Whisper on real folders and real recordings.
