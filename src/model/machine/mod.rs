//! The machine: cores, memory, graphics cards, free disk. Texts are parsed by pure functions.

mod graphics;

use std::fs::read_to_string;
use std::path::{Component, Path, PathBuf};
use std::thread::available_parallelism;

/// Where control groups are mounted, within the root.
const GROUPS: &str = "sys/fs/cgroup";
/// Limits from here on mean none: version 1 writes the largest multiple of a page.
const NO_LIMIT: u64 = 1 << 60;
/// Bytes of a GB in messages.
const GB: u64 = 1_000_000_000;

/// The machine that golem runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Cores that this process may use.
    pub cores: usize,
    /// Memory, where the system reports it.
    pub memory: Option<Memory>,
    /// Graphics cards by name. No engine of this build uses them.
    pub graphics: Vec<String>,
    /// Bytes free for models, where the system reports them.
    pub disk: Option<u64>,
}

/// Memory in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// What the machine has.
    pub physical: u64,
    /// What this process may use of it: less in a container or a service with a limit.
    pub usable: u64,
    /// What of that is free, or can be freed by dropping caches.
    pub available: u64,
}

impl Machine {
    /// This machine, with models in the folder `models`, which need not be there yet.
    pub fn read(models: &Path) -> Self {
        Self {
            cores: available_parallelism().map_or(1, std::num::NonZero::get),
            memory: memory(Path::new("/")),
            graphics: graphics::cards(Path::new("/")),
            disk: free(models),
        }
    }

    /// A description, one line for each part.
    pub fn describe(&self) -> Vec<String> {
        let cores = format!("{} {}", self.cores, if self.cores == 1 { "core" } else { "cores" });
        let memory = self.memory.map_or_else(|| "memory unknown".into(), |memory| memory.describe());
        let graphics = match self.graphics.as_slice() {
            [] => "no graphics card found; golem computes on the processor".into(),
            cards => format!("{}: not used, this build computes on the processor", cards.join(", ")),
        };
        let disk = self.disk.map_or_else(|| "free disk unknown".into(), |free| format!("{} free for models", gb(free)));
        vec![cores, memory, graphics, disk]
    }
}

impl Memory {
    fn describe(&self) -> String {
        let limit = if self.usable < self.physical {
            format!(", limited to {} for this process", gb(self.usable))
        } else {
            String::new()
        };
        format!("{} of memory{limit}, {} available", gb(self.physical), gb(self.available))
    }
}

/// Bytes as GB of 10^9, with one decimal.
pub fn gb(bytes: u64) -> String {
    let tenths = (bytes / (GB / 10)).saturating_add(u64::from(bytes % (GB / 10) >= GB / 20));
    format!("{}.{} GB", tenths / 10, tenths % 10)
}

/// Reads the memory from the files under `root`.
fn memory(root: &Path) -> Option<Memory> {
    let (physical, free) = meminfo(&read_to_string(root.join("proc/meminfo")).ok()?)?;
    let whole = Memory { physical, usable: physical, available: free };
    let groups = read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let limits = group_folders(&groups).into_iter().filter_map(|folder| limit(&root.join(GROUPS).join(folder)));
    Some(limits.fold(whole, |memory, (limit, room)| Memory {
        usable: memory.usable.min(limit),
        available: memory.available.min(room),
        ..memory
    }))
}

/// Total and available bytes of `/proc/meminfo`.
fn meminfo(text: &str) -> Option<(u64, u64)> {
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
    };
    let total = field("MemTotal")?;
    // Kernels before 3.14 do not estimate what is available.
    Some((total, field("MemAvailable").or_else(|| field("MemFree")).unwrap_or(total)))
}

/// The folders of the groups of a process that may limit its memory, innermost first, under the mount: from the text
/// of `/proc/self/cgroup`, of version 2 (`0::/user.slice`) and 1 (`4:memory:/docker/1f`).
fn group_folders(text: &str) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for line in text.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
        let mount = match controllers {
            "" => Path::new(""),
            list if list.split(',').any(|name| name == "memory") => Path::new("memory"),
            _ => continue,
        };
        let inner = Path::new(path).components().filter(|part| matches!(part, Component::Normal(_)));
        let inner: PathBuf = inner.collect();
        folders.extend(inner.ancestors().map(|part| mount.join(part)));
    }
    folders
}

/// The limit of a group in bytes, and what of it is left when its caches are dropped.
fn limit(group: &Path) -> Option<(u64, u64)> {
    let read = |names: [&str; 2]| names.iter().find_map(|name| read_to_string(group.join(name)).ok());
    let limit = bytes(&read(["memory.max", "memory.limit_in_bytes"])?)?;
    let used = read(["memory.current", "memory.usage_in_bytes"]).and_then(|text| bytes(&text)).unwrap_or_default();
    let caches = read(["memory.stat", "memory.stat"]).map_or(0, |text| caches(&text));
    Some((limit, limit.saturating_sub(used.saturating_sub(caches))))
}

/// A number of bytes; `None` for a text that means no limit.
fn bytes(text: &str) -> Option<u64> {
    text.trim().parse().ok().filter(|bytes| *bytes < NO_LIMIT)
}

/// Bytes of files that a group keeps in memory and does not need, from its `memory.stat`.
fn caches(stat: &str) -> u64 {
    let field = |name: &str| stat.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    field("total_inactive_file ").or_else(|| field("inactive_file ")).unwrap_or_default()
}

/// Bytes free to this user on the disk that holds `folder`, or will.
fn free(folder: &Path) -> Option<u64> {
    let there = folder.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    let disk = rustix::fs::statvfs(there).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMINFO: &str = "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    8000000 kB\n";

    pub(super) fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn memory_is_what_the_system_and_its_limits_leave() {
        assert_eq!(meminfo(MEMINFO), Some((16_384_000_000, 8_192_000_000)));
        assert_eq!(meminfo("MemTotal: 8 kB\nMemFree: 4 kB\n"), Some((8192, 4096)));
        assert_eq!(meminfo("MemTotal: 99999999999999999999 kB\n"), None);
        assert_eq!(meminfo("MemTotalX: 5 kB"), None);
        let plain = root(&[("proc/meminfo", MEMINFO)]);
        let whole = Memory { physical: 16_384_000_000, usable: 16_384_000_000, available: 8_192_000_000 };
        assert_eq!(memory(plain.path()), Some(whole));
        assert_eq!(memory(root(&[]).path()), None);
    }

    #[test]
    fn limits_of_every_outer_group_count() {
        let second = root(&[
            ("proc/meminfo", MEMINFO),
            ("proc/self/cgroup", "0::/a/b\n"),
            ("sys/fs/cgroup/a/b/memory.max", "max\n"),
            ("sys/fs/cgroup/a/memory.max", "4000000000\n"),
            ("sys/fs/cgroup/a/memory.current", "3000000000\n"),
            ("sys/fs/cgroup/a/memory.stat", "anon 5\ninactive_file 1000000000\n"),
            ("sys/fs/cgroup/memory.max", "9000000000\n"),
        ]);
        let memory_of = |root: &tempfile::TempDir| memory(root.path()).map(|memory| (memory.usable, memory.available));
        assert_eq!(memory_of(&second), Some((4_000_000_000, 2_000_000_000)));
        let first = root(&[
            ("proc/meminfo", MEMINFO),
            ("proc/self/cgroup", "11:cpu,cpuacct:/x\n4:memory:/../docker/1f\n"),
            ("sys/fs/cgroup/memory/docker/1f/memory.limit_in_bytes", "2000000000"),
            ("sys/fs/cgroup/memory/docker/1f/memory.usage_in_bytes", "500000000"),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712"),
        ]);
        assert_eq!(memory_of(&first), Some((2_000_000_000, 1_500_000_000)));
        assert_eq!(group_folders("nonsense\n::\n1:2"), [PathBuf::new()]);
    }

    #[test]
    fn this_machine_can_be_read_and_described() {
        let machine = Machine::read(Path::new("/not/there/yet"));
        assert!(machine.cores >= 1 && machine.disk.is_some());
        assert_eq!(machine.describe().len(), 4);
        let memory = Memory { physical: 16 * GB, usable: 4 * GB, available: 1_949_999_999 };
        let small = Machine { cores: 1, memory: Some(memory), graphics: Vec::new(), disk: None };
        assert_eq!(small.describe()[0], "1 core");
        let told = "16.0 GB of memory, limited to 4.0 GB for this process, 1.9 GB available";
        assert_eq!(small.describe()[1], told);
    }
}
