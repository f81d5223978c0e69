//! Texts that may stand in a path, in an address or for a digest.

/// Characters of a SHA-256 digest in hex.
const DIGEST: usize = 64;
/// Longest name and longest part of a path, in bytes: file systems allow 255.
const LONGEST: usize = 200;

/// Whether `text` is a SHA-256 digest in hex, in lower case.
pub(super) fn is_digest(text: &str) -> bool {
    text.len() == DIGEST && text.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
}

/// Whether `path` is a relative path with slashes that stays in the folder it is appended to.
pub(super) fn is_path(path: &str) -> bool {
    path.split('/').all(is_part)
}

/// Whether `part` is one part of such a path.
pub(super) fn is_part(part: &str) -> bool {
    let clean = !part.contains(|c: char| c.is_control() || "/\\".contains(c));
    clean && !matches!(part, "" | "." | "..") && part.len() <= LONGEST
}

/// Whether `text` has no special meaning in an address or on a command line.
pub(super) fn is_plain(text: &str) -> bool {
    !text.starts_with('-') && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-+/".contains(c))
}
