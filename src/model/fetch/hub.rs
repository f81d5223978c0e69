//! The model hub's layout: what files a repository has at a commit, and where they are.
//!
//! `ENDPOINT/api/models/REPO/revision/REV?blobs=true` returns the commit, sizes and digests;
//! `ENDPOINT/REPO/resolve/REV/PATH` is a file. Large files (LFS) are named by their sha256 and lie on another host,
//! small ones by git's blob digest.

use std::io::Read;

use serde::Deserialize;

use super::super::catalogue::{Entry, File, is_commit};
use super::super::digest::Expected;
use super::super::error::ModelError;
use super::super::record::is_inside;
use super::client::{Ask, FetchClient};
use super::fetcher::Fetcher;
use super::plan::{FetchPlan, PlannedFile};
use super::retry::{Failed, Patience};
use super::url::quote;

/// Longest description of a repository that is read; those with thousands of files have about 1 MB.
const LONGEST: u64 = 32 << 20;

/// The hub's description of a repository at a revision.
#[derive(Debug, Deserialize)]
struct Repository {
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    blob_id: Option<String>,
    lfs: Option<Lfs>,
}

#[derive(Debug, Deserialize)]
struct Lfs {
    sha256: String,
    size: u64,
}

/// The plan of a fetch from the hub. The hub is asked only for what the catalogue leaves open.
pub(super) fn plan(
    fetcher: &Fetcher,
    client: &FetchClient,
    entry: &Entry,
    repo: &str,
    revision: &str,
) -> Result<FetchPlan, ModelError> {
    let endpoint = &fetcher.options.endpoint;
    let known = |file: &File| file.bytes.is_some() && file.sha256.is_some() && !file.path.ends_with('/');
    if is_commit(revision) && entry.files.iter().all(known) {
        let wants = entry.files.iter().map(|file| want(endpoint, repo, revision, file, &file.path, None)).collect();
        return Ok(FetchPlan { revision: Some(revision.into()), wants });
    }
    let url = format!("{endpoint}/api/models/{repo}/revision/{}?blobs=true", quote(revision, false));
    let patience = Patience::new(fetcher, fetcher.stop);
    let repository = patience.persist(&url, || read(client, &url))?;
    let mut wants = Vec::new();
    for file in &entry.files {
        let before = wants.len();
        for sibling in repository.siblings.iter().filter(|sibling| names(&file.path, &sibling.rfilename)) {
            wants.push(want(endpoint, repo, &repository.sha, file, &sibling.rfilename, Some(sibling)));
        }
        if wants.len() == before {
            let next = "it is gone or renamed: look for another model with `golem models list`, or a newer golem";
            let (url, reason) = (format!("{endpoint}/{repo}"), format!(", {} is not among its files", file.path));
            return Err(ModelError::Refused { url, status: 404, reason, next });
        }
    }
    match wants.iter().find(|want| !is_inside(&want.place)) {
        Some(want) => Err(ModelError::Unsafe { path: want.place.clone() }),
        None => Ok(FetchPlan { revision: Some(repository.sha), wants }),
    }
}

/// Whether a path of the catalogue means a file of the repository: as its name, or as a folder above it.
fn names(path: &str, file: &str) -> bool {
    path == file || (path.ends_with('/') && file.starts_with(path))
}

fn want(endpoint: &str, repo: &str, commit: &str, file: &File, path: &str, sibling: Option<&Sibling>) -> PlannedFile {
    let lfs = sibling.and_then(|sibling| sibling.lfs.as_ref());
    let blob = sibling.and_then(|sibling| sibling.blob_id.clone());
    let bytes = file.bytes.or(lfs.map(|lfs| lfs.size)).or(sibling.and_then(|sibling| sibling.size));
    let expected = match (&file.sha256, lfs, blob) {
        (Some(sha256), _, _) => Expected::Sha256(sha256.clone()),
        (None, Some(lfs), _) => Expected::Sha256(lfs.sha256.clone()),
        (None, None, Some(blob)) => Expected::Blob(blob),
        (None, None, None) => Expected::Anything,
    };
    let place = match path.strip_prefix(&file.path) {
        Some(inside) if !inside.is_empty() => format!("{}/{inside}", file.place()),
        _ => file.place().to_owned(),
    };
    let url = format!("{endpoint}/{repo}/resolve/{}/{}", quote(commit, false), quote(path, true));
    PlannedFile { url, place, bytes, expected }
}

fn read(client: &FetchClient, url: &str) -> Result<Repository, Failed> {
    let answer = client.get(url, Ask::default())?;
    let mut text = String::new();
    let read = answer.body.into_reader().take(LONGEST).read_to_string(&mut text);
    read.map_err(|error| Failed::Again { reason: error.to_string(), after: None, moved: false })?;
    serde_json::from_str(&text)
        .map_err(|error| ModelError::Answer { url: url.into(), reason: error.to_string() }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_means_all_that_lies_in_it() {
        assert!(names("en/", "en/voice.onnx") && names("a.bin", "a.bin"));
        assert!(!names("en", "en/voice.onnx") && !names("en/", "english/x"));
        let file = File { path: "en/".into(), to: Some("voices".into()), bytes: None, sha256: None };
        assert_eq!(want("e", "r", "c", &file, "en/x/y.onnx", None).place, "voices/x/y.onnx");
    }
}
