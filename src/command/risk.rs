//! The risk of a command line: whether golem should ask before it runs, judged from the line as written.
//!
//! A list can only know names. It catches a slip of the pen, not malice: the owner of the file may run anything.

use super::argv::Pattern;
use super::programs::{DANGEROUS, INTERPRETERS, POWERFUL_PLACES, VALUED, WITH_WORD, WRAPPERS};
use crate::order::Deed;

/// Index of the program in a command line, after `env`, `nice`, `sudo` and the like.
pub fn program(arguments: &[Pattern]) -> usize {
    let mut at = 0;
    while arguments.get(at).is_some_and(|word| among(WRAPPERS, &name(word))) {
        let mut next = at + 1;
        while arguments.get(next).is_some_and(belongs_to_wrapper) {
            next += if among(VALUED, arguments[next].head()) { 2 } else { 1 };
        }
        if next >= arguments.len() {
            break;
        }
        at = next;
    }
    at
}

/// Whether a word is an option, assignment, niceness or duration between a wrapper and its program.
fn belongs_to_wrapper(word: &Pattern) -> bool {
    let head = word.head();
    head.starts_with('-') || head.contains('=') || head.starts_with(|first: char| first.is_ascii_digit())
}

/// Names in a command line that may be a program's. After a wrapper every word counts, because not all of its options
/// are known.
fn names(arguments: &[Pattern]) -> Vec<String> {
    let wrapped = arguments.first().is_some_and(|word| among(WRAPPERS, &name(word)));
    arguments.iter().take(if wrapped { usize::MAX } else { 1 }).map(name).collect()
}

/// Indices in a command line at which a program may be named: the first, and after a wrapper every word without a
/// placeholder.
pub fn starts(arguments: &[Pattern]) -> Vec<usize> {
    let wrapped = arguments.first().is_some_and(|word| among(WRAPPERS, &name(word)));
    let last = if wrapped { arguments.len() } else { arguments.len().min(1) };
    (0..last).filter(|&at| arguments[at].literal().is_some()).collect()
}

/// The interpreter in a command line, if there is one: its arguments may not have slots.
pub fn interpreter(arguments: &[Pattern]) -> Option<String> {
    let is = |program: &String| {
        // `python3.12` is `python`, `vim.basic` is `vim`.
        let plain = program.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.' || letter == '-');
        let family = program.split('.').next().unwrap_or(program);
        [plain, program, family].iter().any(|name| among(INTERPRETERS, name))
    };
    let names = names(arguments);
    // `env -S` splits its argument into a command, like a shell.
    let splits = names.first().is_some_and(|first| first == "env")
        && arguments.iter().any(|word| word.head().starts_with("-S") || word.head().starts_with("--split"));
    names.into_iter().find(is).or_else(|| splits.then(|| "env -S".into()))
}

/// Why a command line needs a confirmation, if it does.
pub fn danger(arguments: &[Pattern]) -> Option<&'static str> {
    let real = program(arguments);
    let of_name = |name: String| {
        let always = DANGEROUS.iter().find(|(_, programs)| among(programs, &name)).map(|(what, _)| *what);
        always.or_else(|| name.starts_with("mkfs").then_some("deletes"))
    };
    if let Some(what) = names(arguments).into_iter().find_map(of_name) {
        return Some(what);
    }
    let program = name(arguments.get(real)?);
    let rest = &arguments[real + 1..];
    let known = WITH_WORD.iter().filter(|(name, ..)| *name == program);
    let with_word = known
        .filter(|(.., words)| words.is_empty() || words.split_whitespace().any(|wanted| has(rest, wanted)))
        .map(|(_, what, _)| *what)
        .next();
    let shell = || interpreter(arguments).is_some() && rest.iter().any(shell_danger);
    with_word.or_else(|| shell().then_some("runs a dangerous program in a shell"))
}

/// Whether a word or option is among the arguments; `-XPOST` and `--data=x` count as `-X` and `--data`.
fn has(arguments: &[Pattern], wanted: &str) -> bool {
    let short = wanted.starts_with('-') && !wanted.starts_with("--");
    let is = |head: &str| {
        let glued = short && head.starts_with(wanted) && !head.starts_with("--");
        head == wanted || head.split('=').next() == Some(wanted) || glued
    };
    arguments.iter().any(|word| is(word.head()))
}

/// Whether a word is one of the words in `text`.
fn among(text: &str, word: &str) -> bool {
    text.split_whitespace().any(|known| known == word)
}

/// Whether the text of a shell's argument names a dangerous program.
fn shell_danger(word: &Pattern) -> bool {
    let text = word.to_string();
    let mut words = text.split(|letter: char| letter.is_whitespace() || ";|&()`$'\"".contains(letter));
    words.any(|word| {
        let patterns = [Pattern::new(word)];
        let name = name(&patterns[0]);
        DANGEROUS.iter().any(|(_, programs)| among(programs, &name))
    })
}

/// Why a deed other than a program needs a confirmation, if it does. `remote` says whether a request leaves the owner's
/// network.
pub fn danger_of(deed: &Deed, remote: bool) -> Option<&'static str> {
    match deed {
        Deed::Write { path, .. } => {
            let powerful = path
                .components()
                .any(|part| part.as_os_str().to_str().is_some_and(|part| among(POWERFUL_PLACES, part)));
            powerful.then_some("writes where settings and programs are read from")
        }
        Deed::Http { .. } if remote => Some("sends"),
        Deed::Http { method, .. } if method == "DELETE" => Some("deletes"),
        _ => None,
    }
}

/// The program's name without its folder.
pub fn name(word: &Pattern) -> String {
    let head = word.head();
    head.rsplit('/').next().unwrap_or(head).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Vec<Pattern> {
        text.split(' ').map(Pattern::new).collect()
    }

    #[test]
    fn what_deletes_installs_sends_or_powers_off_is_dangerous() {
        for text in [
            "rm x",
            "/bin/rm -r x",
            "sudo ls",
            "env A=1 rm x",
            "nice -n 5 shred x",
            "systemctl poweroff",
            "systemctl --user stop x",
            "git push",
            "git -C /x push",
            "curl -XPOST http://x",
            "curl --data=x http://x",
            "apt upgrade",
            "mkfs.ext4 x",
            "gio trash --empty",
            "kill 1",
            "mail x",
            "timeout 10 shutdown now",
            "sh -c ls;rm",
            "find . -delete",
            "xdotool type x",
        ] {
            assert!(danger(&line(text)).is_some(), "{text}");
        }
        for text in [
            "ls",
            "git status",
            "curl http://x",
            "systemctl status x",
            "wpctl set-volume x 5%",
            "xdg-open rm",
            "playerctl play-pause",
            "df -h",
            "notify-send kill",
            "sh -c ls",
        ] {
            assert_eq!(danger(&line(text)), None, "{text}");
        }
    }

    #[test]
    fn interpreters_are_known_behind_what_starts_them() {
        for text in [
            "sh -c {a}",
            "/usr/bin/python3.12 x {a}",
            "env -S {a}",
            "nice -n 5 bash {a}",
            "sudo -u me perl {a}",
            "awk {a}",
        ] {
            assert!(interpreter(&line(text)).is_some(), "{text}");
        }
        for text in ["notify-send {a}", "env A=1 notify-send {a}", "shotwell", "pythonic"] {
            assert_eq!(interpreter(&line(text)), None, "{text}");
        }
        assert_eq!(program(&line("env A=1 nice -n 5 ls -- x")), 5);
        assert_eq!(program(&line("ls env")), 0);
    }

    #[test]
    fn a_line_into_a_start_up_file_is_dangerous() {
        let write = |path: &str| Deed::Write { path: path.into(), line: String::new() };
        assert!(danger_of(&write("/home/me/.bashrc"), false).is_some());
        assert!(danger_of(&write("/home/me/notes.txt"), false).is_none());
    }
}
