//! The manual: pages of Markdown, which `golem help` shows and which are the chapters of the crate's documentation.

pub mod example;
pub mod passage;
pub mod search;

/// Declares the pages: the list that `golem help` shows, and a chapter of the documentation for each.
macro_rules! pages {
    ($($name:ident: $summary:literal,)*) => {
        /// All pages, in reading order.
        pub const PAGES: &[Page] = &[
            $(Page { name: stringify!($name), summary: $summary, text: include_str!(concat!(stringify!($name), ".md")) },)*
        ];
        $(
            #[doc = include_str!(concat!(stringify!($name), ".md"))]
            pub mod $name {}
        )*
    };
}

pages! {
    install: "what the first run does, and a tarball for another machine",
    models: "better ears, brain and voice: profiles, names, sources, fine-tuned Whispers",
    brains: "a brain on a server: Ollama, LM Studio, llama-server, vLLM and others",
    remote: "ears and voice on a server: golem serve on another machine, and others",
    conversation: "how golem listens, thinks and speaks",
    wake: "a phrase that golem waits for before it listens",
    commands: "the spoken commands, files of your own, and why golem can be trusted with a shell",
    speaker: "whose voice it is: enrolling voices, and what a few seconds of one can tell",
    screen: "what is shown, and the keys",
    settings: "the command line, the config, the log",
    recordings: "transcripts and subtitles; conversations replayed from files",
    hints: "short hints to the questions that others ask; a prompter for your talk",
    serve: "ears and voice for other programs: OpenAI's endpoints, and Wyoming",
    daemon: "listening without a screen; controlling a running golem",
    protocol: "the control socket, and the events as lines of JSON",
    history: "how conversations are kept, searched, exported and forgotten",
    metrics: "counts and latencies for Prometheus and Grafana",
    measurements: "the figures, and the commands that print them",
    troubleshooting: "common problems and what to do",
    architecture: "the layers of the source, the path of a frame and of a token, where to add things",
}

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// What it is called.
    pub name: &'static str,
    /// What it is about, in a line.
    pub summary: &'static str,
    /// Its text, in Markdown.
    pub text: &'static str,
}

/// The page of that name.
#[must_use]
pub fn page(name: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_found_by_its_name_and_begins_with_a_title() {
        for page in PAGES {
            assert_eq!(super::page(&page.name.to_uppercase()), Some(page));
            assert!(page.text.starts_with("# "), "{}", page.name);
        }
        assert_eq!(page("nothing"), None);
    }
}
