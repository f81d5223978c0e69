//! Reports of another engine that has taken over while its thread works: a server has failed, or is back.

/// Takes what an engine is, and the address of its server where it has one.
pub type EngineReport = Box<dyn FnMut(&str, Option<String>)>;

/// Reports each change of what an engine says that it is.
pub struct TakeoverReporter {
    /// What it was when that was reported last.
    known: String,
    report: Option<EngineReport>,
}

impl TakeoverReporter {
    /// A reporter that knows the engine as this; it reports once it has where to.
    pub fn new(known: String) -> Self {
        Self { known, report: None }
    }

    /// The same, which reports to `report`.
    #[must_use]
    pub fn to(self, report: EngineReport) -> Self {
        Self { report: Some(report), ..self }
    }

    /// Another engine is used from now on, and reported elsewhere without an address: one `on_server` is reported again.
    pub fn exchanged(&mut self, what: String, on_server: bool) {
        self.known = if on_server { String::new() } else { what };
    }

    /// The engine says now that it is `what()`; `at()` is the address of its server.
    pub fn look(&mut self, what: impl FnOnce() -> String, at: impl FnOnce() -> Option<String>) {
        let Some(report) = &mut self.report else { return };
        let what = what();
        if what != self.known {
            report(&what, at());
            self.known = what;
        }
    }
}
