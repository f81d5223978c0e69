//! The commands that pages show, and what they need to be run.
//!
//! A fence of commands begins with three backquotes and `sh`. Words after that say what its commands need beyond golem and its
//! starter pack; nothing shows them. `tests/manual.rs` runs the commands of fences without such a word.

/// What a command may need that a test does not have.
pub const NEEDS: [&str; 4] = ["device", "network", "terminal", "long"];

/// A line of a fence of commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example<'a> {
    /// The words after `sh`, each one of [`NEEDS`] on golem's own pages.
    pub needs: Vec<&'a str>,
    /// The line for a shell, without its comment.
    pub line: &'a str,
}

impl Example<'_> {
    /// Whether the line calls golem, by that name or through a path such as `scripts/golem`.
    #[must_use]
    pub fn is_golem(&self) -> bool {
        let program = self.line.split_whitespace().next().unwrap_or_default();
        program.rsplit('/').next() == Some("golem")
    }
}

/// The lines of all fences of commands in `markdown`, in order.
#[must_use]
pub fn examples(markdown: &str) -> Vec<Example<'_>> {
    let mut examples = Vec::new();
    // The needs of the open fence's commands; no list within a fence of anything else.
    let mut fence: Option<Option<Vec<&str>>> = None;
    for text in markdown.lines() {
        if let Some(info) = text.strip_prefix("```") {
            let mut words = info.split_whitespace();
            let commands = words.next() == Some("sh");
            fence = if fence.is_some() { None } else { Some(commands.then(|| words.collect())) };
        } else if let Some(Some(needs)) = &fence {
            let line = text.split(" #").next().unwrap_or_default().trim_end();
            if !line.is_empty() && !line.starts_with('#') {
                examples.push(Example { needs: needs.clone(), line });
            }
        }
    }
    examples
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manual::PAGES;

    #[test]
    fn commands_come_with_what_they_need_and_without_comments() {
        let page = "```sh\na b   # c\n# d\n```\n```sh device long\nscripts/golem\n```\n```toml\nx\n```\n";
        let found = examples(page);
        let shown: Vec<_> = found.iter().map(|example| (example.needs.join(" "), example.line)).collect();
        assert_eq!(shown, [(String::new(), "a b"), ("device long".into(), "scripts/golem")]);
        assert_eq!(found.iter().map(Example::is_golem).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn every_need_that_a_page_names_is_known() {
        for page in PAGES {
            for example in examples(page.text) {
                assert!(example.needs.iter().all(|need| NEEDS.contains(need)), "{}: {example:?}", page.name);
            }
        }
    }
}
