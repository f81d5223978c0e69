//! The number of threads of a model.

use std::collections::HashSet;
use std::thread::available_parallelism;

/// Threads for a setting. 0 stands for the physical cores that this process may use, less one where the engine's
/// threads spin while they wait (`sleeps` is false).
pub fn threads(setting: usize, sleeps: bool) -> usize {
    if setting > 0 {
        return setting;
    }
    let allowed = available_parallelism().map_or(1, std::num::NonZero::get);
    let cores = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| physical_cores(&text));
    share(cores.unwrap_or(allowed).min(allowed), sleeps)
}

/// Whether OpenMP's threads are set to sleep while they wait.
pub fn openmp_sleeps() -> bool {
    std::env::var("OMP_WAIT_POLICY").is_ok_and(|policy| policy.eq_ignore_ascii_case("passive"))
}

/// Number of threads on so many `cores`. OpenMP's threads spin while they wait for the slowest one, unless OpenMP is
/// set to wait passively. If one of them shares its core with the synthesiser, all are slowed: an 85 M model on two
/// busy cores wrote a token in 39 ms with one thread, 330 ms with two and 51 ms with two that wait passively.
fn share(cores: usize, sleeps: bool) -> usize {
    if sleeps { cores } else { cores.saturating_sub(1) }.max(1)
}

/// Physical cores in the text of `/proc/cpuinfo`; `None` where it does not list them.
fn physical_cores(cpuinfo: &str) -> Option<usize> {
    let field = |block: &str, name: &str| {
        let line = block.lines().find(|line| line.starts_with(name))?;
        line.split_once(':')?.1.trim().parse::<u32>().ok()
    };
    let cores: HashSet<_> = cpuinfo
        .split("\n\n")
        .filter_map(|block| Some((field(block, "physical id")?, field(block, "core id")?)))
        .collect();
    (!cores.is_empty()).then_some(cores.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hyperthreads_share_a_core() {
        let block = |socket: u32, core: u32| format!("processor\t: 0\nphysical id\t: {socket}\ncore id\t\t: {core}\n");
        let blocks = [block(0, 0), block(0, 1), block(0, 0), block(1, 0)].join("\n");
        assert_eq!(physical_cores(&blocks), Some(3));
        assert_eq!(physical_cores("processor : 0\nmodel name : ARM\n"), None);
    }

    #[test]
    fn one_core_is_left_to_the_voice_where_threads_would_spin() {
        assert_eq!([1, 2, 8].map(|cores| share(cores, false)), [1, 1, 7]);
        assert_eq!([1, 2, 8].map(|cores| share(cores, true)), [1, 2, 8]);
    }

    #[test]
    fn a_setting_is_taken_and_zero_finds_at_least_one() {
        assert_eq!(threads(3, false), 3);
        assert!(threads(0, false) >= 1);
    }
}
