//! The environment of programs: their variables, and the folders in which they are searched.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Names of variables that programs get.
const PASSED: &[&str] = &[
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TERM",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "DBUS_SESSION_BUS_ADDRESS",
    "PULSE_SERVER",
    "PULSE_RUNTIME_PATH",
    "PIPEWIRE_REMOTE",
    "SWAYSOCK",
    "I3SOCK",
    "HYPRLAND_INSTANCE_SIGNATURE",
    "NIRI_SOCKET",
    "DESKTOP_SESSION",
    "GDK_BACKEND",
    "QT_QPA_PLATFORM",
    "TMPDIR",
];
/// Prefixes of further variables that programs get.
const PASSED_FAMILIES: &[&str] = &["LC_", "XDG_"];
/// Default of `$PATH`.
const USUAL_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The environment of a program: golem's own, without variables that it does not need, such as keys and preloaded
/// libraries.
pub fn clean(own: impl Iterator<Item = (OsString, OsString)>) -> Vec<(OsString, OsString)> {
    let passed = |name: &OsString| {
        let name = name.to_string_lossy();
        PASSED.contains(&name.as_ref()) || PASSED_FAMILIES.iter().any(|family| name.starts_with(family))
    };
    let mut kept: Vec<_> = own.filter(|(name, _)| passed(name)).collect();
    let folders = std::env::join_paths(folders()).unwrap_or_else(|_| USUAL_PATH.into());
    kept.push(("PATH".into(), folders));
    kept
}

/// Whether a program can be started: by its path, or by its name from a folder of `$PATH`.
pub fn on_path(program: &str) -> bool {
    find(program).is_some()
}

/// The path of a program.
pub fn find(program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|path| is_program(path));
    }
    let named = |folder: PathBuf| Some(folder.join(program)).filter(|path| is_program(path));
    if program.is_empty() { None } else { folders().find_map(named) }
}

/// The absolute folders of `$PATH`: a program of the working folder is never meant.
fn folders() -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("PATH").filter(|path| !path.is_empty()).unwrap_or_else(|| USUAL_PATH.into());
    std::env::split_paths(&path).filter(|folder| folder.is_absolute()).collect::<Vec<_>>().into_iter()
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_preloads_are_kept_from_programs() {
        let own = [
            ("HOME", "/h"),
            ("LC_ALL", "C"),
            ("XDG_RUNTIME_DIR", "/r"),
            ("LD_PRELOAD", "x.so"),
            ("API_KEY", "k"),
            ("BASH_ENV", "x"),
        ];
        let clean = clean(own.into_iter().map(|(name, value)| (name.into(), value.into())));
        let names: Vec<String> = clean.iter().map(|(name, _)| name.to_string_lossy().into_owned()).collect();
        assert_eq!(names, ["HOME", "LC_ALL", "XDG_RUNTIME_DIR", "PATH"]);
    }

    #[test]
    fn programs_are_found_by_name_and_path() {
        assert!(on_path("sh") && on_path("/bin/sh"));
        assert!(!on_path("no-such-program") && !on_path("/etc/passwd") && !on_path("") && !on_path("/"));
    }
}
