//! The memory that the C library keeps for golem, and its return to the system.
//!
//! A reading of Whisper takes and frees some 100 MB in pieces. Were they given back at once, every reading would begin
//! with a page fault for each 4 KiB of them; so the allocator is set to keep what is freed, and gives it back here
//! when golem is idle.

#![cfg_attr(all(target_os = "linux", target_env = "gnu"), allow(unsafe_code))] // the allocator is C

/// Page faults of this process so far that needed no disk: each costs about a microsecond, of which a reading must not
/// have many thousands. `None` where the system does not report them.
pub fn faults() -> Option<u64> {
    // The tenth field of the line, the eighth behind the name, which may hold blanks and ends with a bracket.
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(7)?.parse().ok()
}

/// Gives all free memory back to the system. Takes up to some tens of milliseconds, during which threads that
/// allocate must wait: call it when none does.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn give_back() {
    // SAFETY: it touches nothing but the allocator's own free lists, under the allocator's own locks.
    unsafe { libc::malloc_trim(0) };
}

/// Other allocators decide for themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn give_back() {}
