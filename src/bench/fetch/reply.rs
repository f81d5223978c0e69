//! The replies of the local hub: descriptions, redirects to large files, and content with its faults.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

use serde_json::json;

use super::state::{COMMIT, HubFault, HubState, LARGE, blob, lock, sha256};

/// An answer before it is sent.
#[derive(Default)]
pub(super) struct FakeReply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// Where the body breaks off.
    pub end: Option<usize>,
    /// Whether the connection then hangs.
    pub stalls: bool,
    /// Whether it comes slowly.
    pub slow: bool,
}

impl FakeReply {
    fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }
}

/// The first host: descriptions, small files, and the way to large ones.
pub(super) fn hub(state: &HubState, path: &str, headers: &HashMap<String, String>, store: SocketAddr) -> FakeReply {
    let path = path.split('?').next().unwrap_or(path);
    if let Some((repo, _)) = path.strip_prefix("/api/models/").and_then(|rest| rest.split_once("/revision/")) {
        return describe(state, repo);
    }
    let Some((repo, file_path)) = path.trim_start_matches('/').split_once("/resolve/") else {
        return FakeReply::status(404);
    };
    let key = format!("{repo}/{}", file_path.split_once('/').map_or("", |(_, path)| path));
    let Some((large, digest)) = lock(&state.files).get(&key).map(|bytes| (bytes.len() >= LARGE, sha256(bytes))) else {
        return FakeReply { headers: vec![("X-Error-Code", "EntryNotFound".into())], ..FakeReply::status(404) };
    };
    let mut reply = if large {
        FakeReply {
            headers: vec![("Location", format!("http://localhost:{}/{key}", store.port()))],
            ..FakeReply::status(302)
        }
    } else {
        file(state, &key, headers)
    };
    if large {
        reply.headers.push(("X-Linked-Etag", format!("\"{digest}\"")));
    }
    reply.headers.push(("X-Repo-Commit", COMMIT.into()));
    reply
}

/// The description of a repository, as with `?blobs=true`.
fn describe(state: &HubState, repo: &str) -> FakeReply {
    let fault = lock(&state.faults).get_mut(repo).and_then(VecDeque::pop_front);
    if let Some(HubFault::Status(status, _)) = fault {
        return FakeReply::status(status);
    }
    let prefix = format!("{repo}/");
    let siblings: Vec<_> = lock(&state.files)
        .iter()
        .filter_map(|(key, bytes)| {
            let mut sibling = json!({
                "rfilename": key.strip_prefix(&prefix)?, "size": bytes.len(), "blobId": blob(bytes),
            });
            if bytes.len() >= LARGE {
                sibling["lfs"] = json!({ "sha256": sha256(bytes), "size": bytes.len(), "pointerSize": 134 });
            }
            Some(sibling)
        })
        .collect();
    if siblings.is_empty() {
        return FakeReply { headers: vec![("X-Error-Code", "RepoNotFound".into())], ..FakeReply::status(401) };
    }
    let body = json!({ "id": repo, "sha": COMMIT, "siblings": siblings }).to_string().into_bytes();
    FakeReply { body, headers: vec![("Content-Type", "application/json".into())], ..FakeReply::status(200) }
}

fn invert(content: &mut [u8]) {
    for byte in content {
        *byte = !*byte;
    }
}

/// The content of a file, or a part of it, or what its next fault makes of it.
pub(super) fn file(state: &HubState, key: &str, headers: &HashMap<String, String>) -> FakeReply {
    let Some(mut content) = lock(&state.files).get(key).cloned() else { return FakeReply::status(404) };
    let fault = lock(&state.faults).get_mut(key).and_then(VecDeque::pop_front);
    let mut tag = format!("\"{}\"", if content.len() >= LARGE { sha256(&content) } else { blob(&content) });
    match &fault {
        Some(HubFault::Status(status, after)) => {
            let headers = after.iter().map(|after| ("Retry-After", after.to_string())).collect();
            return FakeReply { headers, ..FakeReply::status(*status) };
        }
        Some(HubFault::Wrong) => invert(&mut content),
        Some(HubFault::Changed) => {
            invert(&mut content);
            tag = "\"another\"".into();
        }
        _ => {}
    }
    let mut reply = FakeReply { headers: vec![("ETag", tag.clone())], ..FakeReply::status(200) };
    let start = headers.get("range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let same = headers.get("if-range").is_none_or(|wanted| *wanted == tag);
    match start.filter(|_| same && fault != Some(HubFault::Whole)) {
        Some(start) if start >= content.len() => return FakeReply { body: Vec::new(), ..FakeReply::status(416) },
        Some(start) => {
            let range = format!("bytes {start}-{}/{}", content.len() - 1, content.len());
            reply.headers.push(("Content-Range", range));
            reply.status = 206;
            reply.body = content.split_off(start);
        }
        None => reply.body = content,
    }
    reply.slow = fault == Some(HubFault::Slow);
    (reply.end, reply.stalls) = match fault {
        Some(HubFault::Cut(end)) => (Some(end), false),
        Some(HubFault::Stall(end)) => (Some(end), true),
        _ => (None, false),
    };
    reply
}
