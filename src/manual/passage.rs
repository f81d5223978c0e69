//! The passages of a page: what a search finds as a whole.

use super::Page;

/// A paragraph, an item of a list, a row of a table, or the lines between two fences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// The page that it stands on.
    pub page: &'static Page,
    /// The heading that it stands under.
    pub heading: String,
    /// The head of its table with the rule below it, in Markdown; empty where it is no row of a table.
    pub head: String,
    /// Its text, in Markdown.
    pub text: String,
}

/// What a line of Markdown is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Empty,
    Heading,
    Fence,
    Row,
    Item,
    Text,
}

fn kind(line: &str) -> Kind {
    let numbered = line.split_once(". ").is_some_and(|(number, _)| number.parse::<u8>().is_ok());
    match line {
        "" => Kind::Empty,
        _ if line.starts_with('#') => Kind::Heading,
        _ if line.starts_with("```") => Kind::Fence,
        _ if line.starts_with('|') => Kind::Row,
        _ if line.starts_with("- ") || numbered => Kind::Item,
        _ => Kind::Text,
    }
}

/// The passages of `page`, in order.
#[must_use]
pub fn passages(page: &'static Page) -> Vec<Passage> {
    let mut passages: Vec<Passage> = Vec::new();
    let (mut heading, mut head) = (String::new(), Vec::new());
    // How the next line may go on.
    let mut open = Kind::Empty;
    for line in page.text.lines() {
        let this = if open == Kind::Fence { Kind::Fence } else { kind(line) };
        if this != Kind::Row {
            head.clear();
        }
        let passage = |head: &[&str], text: &str| Passage {
            page,
            heading: heading.clone(),
            head: head.join("\n"),
            text: text.into(),
        };
        match (this, open) {
            (Kind::Heading, _) => line.trim_start_matches('#').trim().clone_into(&mut heading),
            (Kind::Row, _) if head.len() < 2 => head.push(line),
            (Kind::Fence, Kind::Fence) | (Kind::Text, Kind::Text | Kind::Item) => {
                if let Some(last) = passages.last_mut() {
                    last.text.push('\n');
                    last.text.push_str(line);
                }
            }
            (Kind::Empty, _) => {}
            // Leave out the fence's kind and its commands' needs: they are not for readers.
            (Kind::Fence, _) => passages.push(passage(&head, "```")),
            _ => passages.push(passage(&head, line)),
        }
        // The second fence closes.
        open = if this == Kind::Fence && open == Kind::Fence && line.starts_with("```") { Kind::Empty } else { this };
    }
    passages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_items_rows_and_fences_are_passages_under_their_headings() {
        static PAGE: Page = Page {
            name: "page",
            summary: "",
            text: "# A\n\none\ntwo\n\n- item\n  more\n- other\n\n## B\n\n```sh\n# x\n\ny\n```\n| h |\n|---|\n| 1 |\n| 2 |\n",
        };
        let passages = passages(&PAGE);
        let shown: Vec<_> = passages.iter().map(|p| (p.heading.as_str(), p.head.as_str(), p.text.as_str())).collect();
        assert_eq!(
            shown,
            [
                ("A", "", "one\ntwo"),
                ("A", "", "- item\n  more"),
                ("A", "", "- other"),
                ("B", "", "```\n# x\n\ny\n```"),
                ("B", "| h |\n|---|", "| 1 |"),
                ("B", "| h |\n|---|", "| 2 |"),
            ]
        );
    }
}
