//! silero
