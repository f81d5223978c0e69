//! Reports of a takeover by another engine while its thread works: a server has failed, or is back.

/// Takes the description of an engine, and the address of its server if it has one.
pub type EngineReport = Box<dyn FnMut(&str, Option<String>)>;

/// Reports each change of an engine's description.
pub struct TakeoverReporter {
    /// The description that was reported last.
    known: String,
    report: Option<EngineReport>,
}

impl TakeoverReporter {
    /// A reporter for an engine of this description; it reports nothing before [`TakeoverReporter::to`].
    pub fn new(known: String) -> Self {
        Self { known, report: None }
    }

    /// Reports to `report`.
    #[must_use]
    pub fn to(self, report: EngineReport) -> Self {
        Self { report: Some(report), ..self }
    }

    /// The engine was exchanged, and reported elsewhere without an address. One `on_server` is reported here once more.
    pub fn exchanged(&mut self, what: String, on_server: bool) {
        self.known = if on_server { String::new() } else { what };
    }

    /// Reports the engine if its description, `what()`, has changed; `at()` is the address of its server.
    pub fn look(&mut self, what: impl FnOnce() -> String, at: impl FnOnce() -> Option<String>) {
        let Some(report) = &mut self.report else { return };
        let what = what();
        if what != self.known {
            report(&what, at());
            self.known = what;
        }
    }
}
