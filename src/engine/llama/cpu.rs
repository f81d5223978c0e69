//! How many threads a model should run on.

use std::collections::HashSet;
use std::thread::available_parallelism;

/// Threads for a setting: itself, or when it is 0 (or less) one per physical core that this process may use.
/// Two threads on one core fight over its arithmetic units and decode more slowly than one.
pub fn threads(setting: i32) -> i32 {
    if setting > 0 {
        return setting;
    }
    let allowed = available_parallelism().map_or(1, std::num::NonZero::get);
    let cores = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| physical_cores(&text));
    i32::try_from(cores.unwrap_or(allowed).min(allowed)).unwrap_or(1)
}

/// Physical cores in the text of `/proc/cpuinfo`; `None` where it does not tell.
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
    fn a_setting_is_taken_and_zero_finds_at_least_one() {
        assert_eq!(threads(3), 3);
        assert!(threads(0) >= 1);
        assert!(threads(-1) >= 1);
    }
}
