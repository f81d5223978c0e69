//! A Python with packages that others wrote.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::place::root;

/// Seconds that a script may take.
const PATIENCE: &str = "120";

/// A Python in the folder `name` with `packages`, and with `alone` without its dependencies; `None`, with a printed
/// reason, where they cannot be installed.
pub fn python(name: &str, packages: &[&str], alone: &[&str]) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let python = folder.join("bin/python");
    let complete = folder.join([packages, alone].concat().join(" "));
    if complete.exists() {
        return Some(python);
    }
    let run = |command: &mut Command| -> Result<(), String> {
        let output = command.output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(said.lines().last().unwrap_or_default().to_owned()) }
    };
    let made =
        run(Command::new("timeout").args(["120", "python3", "-m", "venv", "--clear"]).arg(&folder)).and_then(|()| {
            let pip = ["-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "20"];
            run(Command::new("timeout").arg("300").arg(&python).args(pip).args(packages))?;
            let more = |package: &&str| {
                run(Command::new("timeout").arg("120").arg(&python).args(pip).args(["--no-deps", package]))
            };
            alone.iter().try_for_each(more)
        });
    match made {
        Ok(()) => {
            fs::write(complete, "").unwrap();
            Some(python)
        }
        Err(reason) => {
            println!("skipped: pip cannot install {}: {reason}", packages.join(" and "));
            None
        }
    }
}

/// Runs a script, which must say "good" at its end; `command` is `timeout`, perhaps with an environment.
pub fn run(mut command: Command, python: &Path, script: &str, arguments: &[&str]) {
    command.arg(PATIENCE).arg(python).args(["-c", script]).args(arguments).current_dir(root());
    for name in
        ["OPENAI_API_KEY", "OPENAI_BASE_URL", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]
    {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, errors) = (said(&output.stdout), said(&output.stderr));
    assert!(output.status.success() && out.trim_end().ends_with("good"), "{}: {out}{errors}", output.status);
}
