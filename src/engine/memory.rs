//! The memory that the C library's allocator keeps, and its return to the system.
//!
//! A reading of Whisper allocates and frees some 100 MB in pieces. If they were returned at once, every reading would
//! begin with a page fault for each 4 KiB. So the allocator is set to keep freed memory, and golem returns it here when
//! idle.

#![cfg_attr(all(target_os = "linux", target_env = "gnu"), allow(unsafe_code))] // the allocator is C

/// Minor page faults of this process so far, which need no disk. Each costs about a microsecond, and a reading must not
/// have many thousands. `None` if the system does not report them.
pub fn faults() -> Option<u64> {
    // The tenth field of the line is the eighth after the name, which may hold blanks and ends with a bracket.
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(7)?.parse().ok()
}

/// Returns all free memory to the system. It takes up to some tens of milliseconds, in which threads that allocate must
/// wait: call it when none allocates.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn give_back() {
    // SAFETY: it touches nothing but the allocator's own free lists, under the allocator's own locks.
    unsafe { libc::malloc_trim(0) };
}

/// Does nothing: other allocators decide for themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn give_back() {}
