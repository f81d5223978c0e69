//! speakable
