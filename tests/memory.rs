//! The return of free memory to the system, tested alone in its process, so that nothing else takes memory meanwhile.

#![cfg(all(target_os = "linux", target_env = "gnu"))]

use golem::engine::memory;

/// Bytes of each piece: less than the allocator takes straight from the system.
const PIECE: usize = 64 << 10;

/// Megabytes of this process in memory.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    text.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() >> 8
}

#[test]
fn what_is_free_goes_back_and_faults_are_counted() {
    let before = memory::faults().unwrap();
    let pieces: Vec<Vec<u8>> = (0..2_000).map(|n| vec![u8::try_from(n % 251).unwrap() + 1; PIECE]).collect();
    assert!(memory::faults().unwrap() > before, "memory that is touched comes with faults");
    // Every other piece stays, so that the heap cannot simply end earlier.
    let kept: Vec<Vec<u8>> = pieces.into_iter().step_by(2).collect();
    let full = resident();
    memory::give_back();
    assert!(resident() + 40 < full, "{full} MB before, {} MB after", resident());
    assert!(kept.iter().all(|piece| piece.len() == PIECE));
}
