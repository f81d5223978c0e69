//! Findings of checks, and their lines.

use serde::Serialize;

use crate::cli::colour::coloured;

/// The health of something that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// As it should be.
    Ok,
    /// Golem runs, and could run better.
    Hint,
    /// Golem cannot do something until this is mended.
    Problem,
}

/// One line of the doctor's report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The thing that was looked at, in a word or two.
    pub subject: &'static str,
    /// Its health.
    pub verdict: Health,
    /// The observation.
    pub seen: String,
    /// The next thing to type or do, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Finding {
    /// A finding that all is well.
    pub fn ok(subject: &'static str, seen: impl Into<String>) -> Self {
        Self { subject, verdict: Health::Ok, seen: seen.into(), next: None }
    }

    /// A finding that something could be better; `next` says how.
    pub fn hint(subject: &'static str, seen: impl Into<String>, next: impl Into<String>) -> Self {
        Self { subject, verdict: Health::Hint, seen: seen.into(), next: Some(next.into()) }
    }

    /// A finding that something is broken; `next` says how to mend it.
    pub fn problem(subject: &'static str, seen: impl Into<String>, next: impl Into<String>) -> Self {
        Self { subject, verdict: Health::Problem, seen: seen.into(), next: Some(next.into()) }
    }

    /// An error as a problem. The error itself says after a colon or semicolon what to do.
    pub fn broken(subject: &'static str, error: &dyn ToString) -> Self {
        Self { subject, verdict: Health::Problem, seen: error.to_string(), next: None }
    }

    /// A line for people, or two; `colour` marks the verdict.
    pub fn text(&self, colour: bool) -> String {
        let (mark, code) = match self.verdict {
            Health::Ok => ("ok", "32"),
            Health::Hint => ("hint", "33"),
            Health::Problem => ("bad", "31"),
        };
        let mark = if colour { format!("\x1b[{code}m{mark:<5}\x1b[0m") } else { format!("{mark:<5}") };
        let next = self.next.as_ref().map_or_else(String::new, |next| format!("\n{:22}-> {next}", ""));
        format!("{mark} {:<15} {}{next}", self.subject, self.seen)
    }
}

/// The report: a line for each finding as it comes, or all of it as JSON at the end.
#[derive(Debug)]
pub struct DoctorReport {
    json: bool,
    colour: bool,
    findings: Vec<Finding>,
}

impl DoctorReport {
    /// A report for people, or as JSON.
    pub fn new(json: bool) -> Self {
        Self { json, colour: coloured(), findings: Vec::new() }
    }

    /// Adds a line and shows it.
    pub fn add(&mut self, finding: Finding) {
        if !self.json {
            println!("{}", finding.text(self.colour));
        }
        self.findings.push(finding);
    }

    /// Ends the report; how many problems it has.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn end(self) -> serde_json::Result<usize> {
        if self.json {
            println!("{}", serde_json::to_string_pretty(&self.findings)?);
        }
        Ok(self.findings.iter().filter(|finding| finding.verdict == Health::Problem).count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_says_ok_or_what_to_type() {
        assert_eq!(Finding::ok("brain", "four").text(false), "ok    brain           four");
        let problem = Finding::problem("ears", "none", "golem setup");
        assert_eq!(problem.text(false), "bad   ears            none\n                      -> golem setup");
        assert!(problem.text(true).starts_with("\x1b[31mbad"));
    }
}
