//! piper
