//! Web and mail addresses, paths, file names and keys: their marks are read by name.

/// The names of marks and the words of numbers in one language.
pub(super) struct Marks {
    /// The name of each mark.
    pub names: &'static [(char, &'static str)],
    /// A whole number in words.
    pub cardinal: fn(i64) -> Option<String>,
}

/// Longest run of digits in an address that is read as a number; longer ones are read digit by digit.
const NUMBER: usize = 4;

impl Marks {
    /// `text` in words: marks by name, numbers in words.
    pub(super) fn spell(&self, text: &str) -> String {
        let mut words: Vec<String> = Vec::new();
        let mut run = String::new();
        for c in text.chars() {
            let same = run.chars().next_back().is_none_or(|last| last.is_ascii_digit() == c.is_ascii_digit());
            if c.is_alphanumeric() && same {
                run.push(c);
                continue;
            }
            words.extend(self.run(&std::mem::take(&mut run)));
            if c.is_alphanumeric() {
                run.push(c);
            } else if let Some((_, name)) = self.names.iter().find(|(mark, _)| *mark == c) {
                words.push((*name).to_owned());
            }
        }
        words.extend(self.run(&run));
        words.join(" ")
    }

    fn run(&self, run: &str) -> Option<String> {
        if run.is_empty() {
            return None;
        }
        if !run.bytes().all(|b| b.is_ascii_digit()) {
            return Some(if run == "www" { "w w w".into() } else { run.to_owned() });
        }
        let number = (run.len() <= NUMBER && !run.starts_with('0')).then(|| run.parse().ok()).flatten();
        number.and_then(self.cardinal).or_else(|| self.digits(run))
    }

    /// Digits, one after the other.
    pub(super) fn digits(&self, digits: &str) -> Option<String> {
        let each = digits.chars().filter_map(|c| c.to_digit(10));
        let words: Option<Vec<String>> = each.map(|digit| (self.cardinal)(i64::from(digit))).collect();
        words.map(|words| words.join(" "))
    }
}

/// A web address: with a scheme, or a name under a common domain.
pub(super) const WEB: &str = r#"(?:https?://|www\.)[^\s<>"»”]*[\w/]|(?:[A-Za-z0-9][A-Za-z0-9-]*\.)+(?:com|org|net|io|dev|edu|gov|app|info|co\.uk|de|fr|ru|рф|uk|eu)(?:/[^\s<>"»”]*[\w/])?"#;
/// A mail address.
pub(super) const MAIL: &str = r"[A-Za-z0-9][\w.+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}";
/// A path from the root or from home: of two parts, or a well-known folder of the root.
pub(super) const PATH: &str = r"~/[\w.-]+(?:/[\w.-]+)*/?|/[\w.-]+(?:/[\w.-]*\w)+/?|/(?:etc|usr|home|tmp|var|opt|dev|proc|bin|root|boot|mnt|srv)/?";
/// A file name.
pub(super) const FILE: &str = r"[A-Za-z0-9_][\w-]*(?:\.[\w-]+)*\.(?:toml|rs|py|txt|md|json|yaml|yml|html|css|js|ts|sh|c|h|cpp|exe|zip|tar|gz|pdf|png|jpg|jpeg|gif|svg|mp3|mp4|wav|flac|csv|log|conf|cfg|ini|xml|docx|xlsx)";
/// Keys that are pressed together.
pub(super) const KEYS: &str = r"(?P<first>Ctrl|Control|Alt|Shift|Cmd|Command|Super|Meta|Win|Option|Fn)(?P<rest>(?:\s?\+\s?(?:[A-Za-z]+\d{0,2}|\d|[/.,;=]))+|-[A-Z])";

/// The words of a web address, without the scheme and the marks of the sentence.
pub(super) fn web(text: &str, marks: &Marks) -> String {
    let bare = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    marks.spell(bare.trim_end_matches('/'))
}

/// The names of keys: `control` and `C`.
pub(super) fn keys(first: &str, rest: &str, marks: &Marks, names: &[(&str, &str)]) -> String {
    let full = |key: &str| {
        let known = names.iter().find(|(short, _)| short.eq_ignore_ascii_case(key));
        let single = key.chars().count() == 1;
        known.map_or_else(
            || if single && key.chars().all(char::is_alphabetic) { key.to_uppercase() } else { marks.spell(key) },
            |(_, name)| (*name).to_owned(),
        )
    };
    let pressed = rest.trim_start_matches(['+', '-', ' ']).split('+').map(str::trim);
    std::iter::once(first).chain(pressed).map(full).collect::<Vec<_>>().join(" ")
}
