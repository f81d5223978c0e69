//! The progress of a fetch or a check, as it is reported to its caller.

/// Receives the progress of a fetch. Called from several threads.
pub trait Progress: Sync {
    /// `done` of `total` bytes of a model are there or checked; `file` is what was worked on last.
    fn at(&self, file: &str, done: u64, total: u64);
    /// Something that a person should know: a retry, a wait.
    fn say(&self, line: &str);
}

/// Reports nothing.
impl Progress for () {
    fn at(&self, _: &str, _: u64, _: u64) {}
    fn say(&self, _: &str) {}
}
