//! The theses of a text: the items of its lists, or its lines.

/// The theses in `text`: each list item with the lines that belong to it, or each line if there are no list items.
/// Headings, rules, fences and blank lines are left out.
pub fn theses(text: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    let (mut fenced, mut open) = (false, false);
    for line in text.lines() {
        let bare = line.trim();
        if bare.starts_with("```") {
            (fenced, open) = (!fenced, false);
        } else if fenced || bare.is_empty() || bare.starts_with('#') || is_rule(bare) {
            open = false;
        } else if let Some(item) = item(bare) {
            open = true;
            items.push(plain(item));
        } else if let (true, true, Some(item)) = (open, line.starts_with([' ', '\t']), items.last_mut()) {
            item.push(' ');
            item.push_str(&plain(bare));
        } else {
            open = false;
            lines.push(plain(bare));
        }
    }
    let mut theses = if items.is_empty() { lines } else { items };
    theses.retain(|thesis| thesis.chars().any(char::is_alphanumeric));
    theses
}

/// The text after the mark of a list item: `-`, `*`, `+`, `•`, `–`, `—`, `1.` or `1)`, and a box such as `[x]`.
fn item(line: &str) -> Option<&str> {
    let numbered = || {
        let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
        rest.strip_prefix(['.', ')']).filter(|_| (1..=3).contains(&(line.len() - rest.len())))
    };
    let rest = line.strip_prefix(['-', '*', '+', '•', '–', '—']).or_else(numbered)?;
    let text = rest.strip_prefix([' ', '\t'])?.trim_start();
    let boxed = ["[ ] ", "[x] ", "[X] "].iter().find_map(|mark| text.strip_prefix(mark));
    Some(boxed.unwrap_or(text))
}

fn is_rule(line: &str) -> bool {
    line.len() >= 3
        && ["-", "*", "_", "="].iter().any(|mark| line.replace([' ', '\t'], "").replace(mark, "").is_empty())
}

/// The text without the stars of emphasis.
fn plain(text: &str) -> String {
    text.replace("**", "").replace("__", "").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_text_has_a_thesis_in_each_line() {
        assert_eq!(theses("Who we are\n\n  What we want  \n---\n"), ["Who we are", "What we want"]);
        assert_eq!(theses("2024 was good\n1.5 million people"), ["2024 was good", "1.5 million people"]);
    }

    #[test]
    fn a_list_has_a_thesis_in_each_item() {
        let text = "# Talk\nSome words.\n\n- **Who** we are\n  and why\n* [x] What we want\n3) How\n\n```\n- code\n```\n• Конец\n";
        assert_eq!(theses(text), ["Who we are and why", "What we want", "How", "Конец"]);
        assert_eq!(theses("- \n-\n- ..."), Vec::<String>::new());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_read_and_no_thesis_is_empty(text in "([-*#0-9.` a-zж\\n]|\\PC){0,120}") {
            prop_assert!(theses(&text).iter().all(|thesis| !thesis.trim().is_empty() && !thesis.contains('\n')));
        }
    }
}
