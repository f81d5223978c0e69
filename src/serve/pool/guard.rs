//! The guard of the engines' threads: a panic ends the job that it comes from, and not the thread.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What clients learn of an engine that panicked.
pub const ENGINE_BROKEN: &str = "the engine broke; golem's log says why";

/// The result of `job`; `None` if it panicked, which was logged then. An engine in its hands may be in any state: it is
/// to be discarded.
pub fn guarded<T>(job: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(job)).ok()
}

/// Drops what may be in any state. Ignores a panic of the drop.
pub fn discard<T>(broken: T) {
    let _ = guarded(move || drop(broken));
}

#[cfg(test)]
mod tests {
    use std::panic::resume_unwind;

    use super::*;

    /// An engine that cannot even be dropped.
    struct Undroppable;

    impl Drop for Undroppable {
        fn drop(&mut self) {
            resume_unwind(Box::new("it hangs on"));
        }
    }

    #[test]
    fn a_panic_in_a_job_or_in_a_drop_ends_nothing_else() {
        assert_eq!(guarded(|| 7), Some(7));
        assert_eq!(guarded(|| -> u8 { resume_unwind(Box::new("it broke")) }), None);
        discard(Undroppable);
    }
}
