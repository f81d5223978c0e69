//! Installed applications: their desktop entries and their spoken names. Pure; the entries are read elsewhere.
//!
//! The format is that of <https://specifications.freedesktop.org/desktop-entry-spec/latest/>.

use std::collections::BTreeMap;

use crate::intent::template::parser;
use crate::intent::template::{IntentSet, List, TemplateValue};
use crate::phrases::{Language, primary};

/// Name of the list in a commands file that gets the names of applications.
pub const LIST: &str = "app";
/// Most applications that golem listens for; a full desktop has 300.
const MOST: usize = 1_000;
/// Longest spoken name in words.
const LONGEST: usize = 5;

/// An application that a person can open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstalledApp {
    /// Name of its entry, such as `org.gnome.Calculator`.
    pub id: String,
    /// Its names as written: in the user's language first, then the English name, then the program's name.
    pub names: Vec<String>,
    /// The command line, without the field codes for files.
    pub argv: Vec<String>,
    /// Another program that has to be installed (`TryExec`), if the entry names one.
    pub needs: Option<String>,
}

impl InstalledApp {
    /// Reads the text of a desktop entry; `language` is a tag such as `ru`. `None` for entries that no person opens by
    /// name: other kinds, hidden ones, and programs that need a terminal.
    pub fn parse(id: &str, text: &str, language: &str) -> Option<Self> {
        let mut keys: BTreeMap<&str, &str> = BTreeMap::new();
        let mut inside = false;
        for line in text.lines().map(str::trim) {
            if line.starts_with('[') {
                inside = line == "[Desktop Entry]";
            } else if let (true, Some((key, value))) = (inside && !line.starts_with('#'), line.split_once('=')) {
                keys.entry(key.trim_end()).or_insert(value.trim_start());
            }
        }
        let is = |key: &str| keys.get(key) == Some(&"true");
        let application = keys.get("Type") == Some(&"Application");
        if !application || is("Hidden") || is("NoDisplay") || is("Terminal") {
            return None;
        }
        let argv = command_line(keys.get("Exec")?)?;
        let language = primary(language);
        let local = keys.get(format!("Name[{language}]").as_str());
        let program = argv.first().and_then(|program| program.rsplit('/').next()).unwrap_or_default();
        let names = local.into_iter().chain(keys.get("Name")).map(|name| (*name).to_string());
        let mut names: Vec<String> = names.collect();
        let shown = names.first()?.clone();
        names.push(id.rsplit('.').next().unwrap_or(id).to_string());
        if !STARTERS.contains(&program) {
            names.push(program.to_string());
        }
        names.extend(plain_names(&shown));
        let needs = keys.get("TryExec").map(|program| (*program).to_string());
        Some(Self { id: id.into(), names, argv, needs })
    }

    /// The name that golem says.
    pub fn name(&self) -> &str {
        self.names.first().map_or(&self.id, String::as_str)
    }

    /// All its spoken names in lower case, each once.
    fn spoken(&self, language: Language) -> Vec<String> {
        let mut spoken: Vec<String> = Vec::new();
        for name in &self.names {
            let words: Vec<String> = name
                .to_lowercase()
                .split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '+'))
                .filter(|word| !word.is_empty())
                .map(str::to_string)
                .collect();
            let name = words.join(" ");
            let sayable = name.chars().filter(|c| c.is_alphabetic()).count() > 1 && words.len() <= LONGEST;
            if sayable && !spoken.contains(&name) {
                spoken.push(name);
            }
        }
        if language == Language::Russian {
            let known = RUSSIAN.iter().filter(|(english, _)| spoken.iter().any(|name| name == english));
            let more: Vec<String> = known.flat_map(|(_, said)| said.split(", ")).map(str::to_string).collect();
            spoken.extend(more);
        }
        spoken
    }
}

/// Programs that only start others: no one calls an application by their names.
const STARTERS: &[&str] =
    &["sh", "bash", "env", "flatpak", "snap", "python", "python3", "java", "perl", "wine", "gapplication"];
/// Makers and kinds that people leave out of a name: `Mozilla Firefox`, `Firefox Web Browser`.
const MAKERS: &[&str] = &["mozilla ", "google ", "gnome ", "microsoft ", "adobe ", "gnu ", "kde "];
const KINDS: &[&str] = &[
    " web browser",
    " browser",
    " media player",
    " music player",
    " desktop",
    " image editor",
    " messenger",
    " esr",
    " stable",
    " studio",
    " mail",
];
/// Russian names of well-known applications whose entries have Latin names only.
const RUSSIAN: &[(&str, &str)] = &[
    ("firefox", "файрфокс, фаерфокс, файерфокс, огнелис"),
    ("chrome", "хром, гугл хром"),
    ("chromium", "хромиум"),
    ("telegram", "телеграм, телеграмм, телега"),
    ("gimp", "гимп"),
    ("spotify", "спотифай"),
    ("steam", "стим"),
    ("discord", "дискорд"),
    ("thunderbird", "тандерберд, сандерберд"),
    ("vlc", "влц"),
    ("libreoffice writer", "либре офис райтер, райтер"),
    ("libreoffice calc", "либре офис калк"),
    ("libreoffice", "либре офис, либреофис"),
    ("blender", "блендер"),
    ("inkscape", "инкскейп"),
    ("audacity", "аудасити"),
    ("skype", "скайп"),
    ("zoom", "зум"),
    ("slack", "слак"),
    ("whatsapp", "ватсап, вацап"),
    ("viber", "вайбер"),
    ("obsidian", "обсидиан"),
    ("code", "вс код, код"),
    ("visual studio code", "вижуал студио код"),
    ("opera", "опера, оперу"),
    ("yandex", "яндекс, яндекс браузер"),
    ("brave", "брейв"),
    ("kate", "кейт"),
    ("krita", "крита, криту"),
];

/// A name without its maker and its kind; `LibreOffice` is said in two words too.
fn plain_names(name: &str) -> Vec<String> {
    let lower = name.to_lowercase();
    let bare = MAKERS.iter().find_map(|maker| lower.strip_prefix(maker)).unwrap_or(&lower);
    let bare = KINDS.iter().find_map(|kind| bare.strip_suffix(kind)).unwrap_or(bare);
    let mut names = vec![bare.to_string()];
    if lower.contains("libreoffice") {
        names.push(lower.replace("libreoffice", "libre office"));
    }
    names.retain(|name| *name != lower);
    names
}

/// The words of an `Exec` key: quotes and escapes resolved, field codes for files left out. No shell reads it.
fn command_line(exec: &str) -> Option<Vec<String>> {
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    // Every text of an entry escapes backslashes once, quoted text escapes them once more.
    let exec = exec.replace("\\\\", "\\");
    let mut chars = exec.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            '\\' if quoted => word.get_or_insert_default().push(chars.next()?),
            // Any other letter is a field code for a file, an address or an icon: leave it out, golem has none to give.
            '%' => {
                if chars.next()? == '%' {
                    word.get_or_insert_default().push('%');
                }
            }
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    let whole = !quoted && words.first().is_some_and(|program| !program.is_empty() && !program.contains('='));
    whole.then_some(words)
}

/// Adds the applications to the list [`LIST`] of the sentences; its slot gets the entry's name. Names that the commands
/// file already lists keep their meaning.
pub fn offer(intents: &mut IntentSet, apps: &[InstalledApp]) {
    let language = Language::or_english(&intents.language);
    let Some(List::Values(values)) = intents.lists.get_mut(LIST) else { return };
    let mut known: Vec<String> = Vec::new();
    for app in apps.iter().take(MOST) {
        for said in app.spoken(language) {
            if !known.contains(&said) {
                values.push(TemplateValue {
                    said: parser::literal(&said),
                    out: app.id.clone(),
                    context: BTreeMap::new(),
                });
                known.push(said);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIREFOX: &str = "# comment\n[Desktop Entry]\nType=Application\nName=Firefox Web Browser\nName[ru]=Веб-браузер Firefox\n\
        Exec=/usr/lib/firefox/firefox %u\nTryExec=firefox\n[Desktop Action new]\nName=New Window\nExec=other\n";

    #[test]
    fn an_entry_is_read_with_its_names() {
        let app = InstalledApp::parse("firefox-esr", FIREFOX, "en-US").unwrap();
        assert_eq!(app.name(), "Firefox Web Browser");
        assert_eq!(app.argv, ["/usr/lib/firefox/firefox"]);
        assert_eq!(app.needs.as_deref(), Some("firefox"));
        assert_eq!(app.spoken(Language::English), ["firefox web browser", "firefox esr", "firefox"]);
        let russian = InstalledApp::parse("firefox-esr", FIREFOX, "ru").unwrap();
        assert!(russian.spoken(Language::Russian).contains(&"веб браузер firefox".to_string()));
        assert!(russian.spoken(Language::Russian).contains(&"фаерфокс".to_string()));
    }

    #[test]
    fn what_nobody_opens_is_left_out() {
        for line in ["NoDisplay=true", "Hidden=true", "Terminal=true", "Type=Link", "Exec=A=1 x", "Exec=\"open"] {
            let text = format!("[Desktop Entry]\n{line}\nType=Application\nName=X\nExec=x\n");
            assert_eq!(InstalledApp::parse("x", &text, "en"), None, "{line}");
        }
        assert_eq!(InstalledApp::parse("x", "", "en"), None);
    }

    #[test]
    fn command_lines_are_split_as_the_specification_says() {
        for (exec, argv) in [
            ("gimp-2.10 %U", &["gimp-2.10"][..]),
            ("\"/opt/My App/run\" --new-window %f", &["/opt/My App/run", "--new-window"]),
            ("x --name=%c --rate 100%%", &["x", "--name=", "--rate", "100%"]),
            ("x \"a \\\\\"b\\\\\" \\\\$c\"", &["x", "a \"b\" $c"]),
        ] {
            assert_eq!(
                command_line(exec).as_deref(),
                Some(&argv.iter().map(ToString::to_string).collect::<Vec<_>>()[..])
            );
        }
    }
}
