//! The faults: each is played once and followed by the command that its message asks for.

use std::fs;
use std::net::TcpListener;

use anyhow::{Context, Result, ensure};

use super::hub::{HubFault, content, sha256};
use super::parts::wheel;
use super::rig::{LENGTH, PART, Rig, file};
use super::seen::{FaultSeen, again, told};
use crate::model::catalogue::{Archive, ModelSource, Package};
use crate::model::fetch::FetchOutcome;

/// Plays a fault.
pub type Play = fn(&mut Rig) -> Result<FaultSeen>;

/// Faults of a model in files on a hub that a model in archives cannot have, or not in this form.
pub const OF_FILES: [&str; 2] = [CHANGED, "private or gated"];
/// The name of a fault that becomes another one where the catalogue has a digest.
const CHANGED: &str = "connection cut, and the file changed until the next command";

/// Faults that only a model with several sources can have.
pub const OF_SOURCES: &[(&str, Play)] = &[
    ("the hub is out of reach, the index is not", |rig| {
        rig.entry.sources.insert(0, ModelSource::Hub { hub: "someone/small-ears".into(), revision: "main".into() });
        // No server listens at this address.
        rig.options.endpoint = "http://127.0.0.1:1".into();
        passes(rig, [])
    }),
    ("the index lacks a part, the hub has all", |rig| {
        rig.entry.sources.push(ModelSource::Hub { hub: "someone/small-ears".into(), revision: "main".into() });
        rig.hub.lose(&rig.key);
        passes(rig, [])
    }),
];

/// All faults, in the order of the table.
pub const FAULTS: &[(&str, Play)] = &[
    ("none", |rig| passes(rig, [])),
    ("connection cut after 100 kB, and again after 50", |rig| {
        passes(rig, [HubFault::Cut(PART), HubFault::Cut(50_000)])
    }),
    ("connection cut at every try", |rig| {
        rig.hub.fail(&rig.key, [HubFault::Cut(PART)]);
        rig.hub.fail(&rig.key, std::iter::repeat_n(HubFault::Cut(0), 5));
        fails(rig, Rig::fetch)
    }),
    ("connection stalls after 100 kB", |rig| passes(rig, [HubFault::Stall(PART)])),
    ("slow connection, 0.7 MB a second in small pieces", |rig| passes(rig, [HubFault::Slow])),
    ("connection cut, and the server knows no ranges", |rig| passes(rig, [HubFault::Cut(PART), HubFault::Whole])),
    (CHANGED, changed),
    ("503, 502, 500, then fine", |rig| {
        passes(rig, [HubFault::Status(503, None), HubFault::Status(502, None), HubFault::Status(500, None)])
    }),
    ("429 with Retry-After: 7", |rig| passes(rig, [HubFault::Status(429, Some(7))])),
    ("404", |rig| {
        rig.hub.lose(&rig.key);
        refused(rig)
    }),
    ("private or gated", |rig| {
        rig.entry.sources = vec![ModelSource::Hub { hub: "someone/secret".into(), revision: "main".into() }];
        refused(rig)
    }),
    ("wrong bytes", |rig| {
        rig.hub.fail(&rig.key, [HubFault::Wrong]);
        fails(rig, Rig::fetch)
    }),
    ("another digest than the catalogue's", |rig| {
        rig.entry.files[0].sha256 = Some(sha256(b"another"));
        refused(rig)
    }),
    ("kept part damaged on disk", damaged),
    ("too little space", |rig| {
        rig.free = |_| Ok(200_000);
        let seen = FaultSeen::failed(rig, &rig.fetch().err().context("it fitted")?);
        ensure!(rig.hub.sent() == 0, "bytes were sent to a disk that is too small");
        rig.free = crate::model::fetch::free;
        finish(rig, seen)
    }),
    ("disk full on the way", full),
    ("Ctrl-C in the middle", |rig| {
        rig.options.stall = std::time::Duration::from_mins(10);
        rig.hub.fail(&rig.key, [HubFault::Stall(PART)]);
        fails(rig, Rig::fetch_and_interrupt)
    }),
    ("two fetches at once", twice),
    ("--offline", offline),
    ("archive with a ../ member", archive),
];

/// Plays faults that the fetch survives by itself.
fn passes<const N: usize>(rig: &Rig, faults: [HubFault; N]) -> Result<FaultSeen> {
    rig.hub.fail(&rig.key, faults);
    rig.fetch()?;
    whole(rig, 1)?;
    Ok(FaultSeen::passed(rig))
}

/// Plays a fault that ends the command; the same command then brings the model.
fn fails(rig: &Rig, fetch: fn(&Rig) -> Result<FetchOutcome, crate::model::error::ModelError>) -> Result<FaultSeen> {
    let error = fetch(rig).err().context("the fault was not met")?;
    finish(rig, FaultSeen::failed(rig, &error))
}

/// Types the same command again.
fn finish(rig: &Rig, mut seen: FaultSeen) -> Result<FaultSeen> {
    rig.fetch()?;
    whole(rig, 1)?;
    seen.again = again(rig);
    Ok(seen)
}

/// Plays a fault that stays.
fn refused(rig: &Rig) -> Result<FaultSeen> {
    Ok(FaultSeen::failed(rig, &rig.fetch().err().context("the fault was not met")?))
}

fn whole(rig: &Rig, seed: u64) -> Result<()> {
    ensure!(fs::read(rig.place().join("model.bin"))? == content(seed, LENGTH), "the model is not whole");
    Ok(())
}

fn changed(rig: &mut Rig) -> Result<FaultSeen> {
    rig.options.tries = 1;
    rig.hub.fail(&rig.key, [HubFault::Cut(PART)]);
    let seen = FaultSeen::failed(rig, &rig.fetch().err().context("the fault was not met")?);
    rig.hub.put(&rig.key, &content(2, LENGTH));
    rig.fetch()?;
    whole(rig, 2)?;
    Ok(FaultSeen { again: again(rig), ..seen })
}

fn damaged(rig: &mut Rig) -> Result<FaultSeen> {
    rig.options.tries = 1;
    rig.hub.fail(&rig.key, [HubFault::Cut(PART)]);
    rig.fetch().err().context("the fault was not met")?;
    fs::write(rig.partial(), vec![0; PART])?;
    rig.told = super::rig::RecordedMessages::default();
    rig.fetch()?;
    whole(rig, 1)?;
    Ok(FaultSeen::passed(rig))
}

fn full(rig: &mut Rig) -> Result<FaultSeen> {
    let partial = rig.partial();
    fs::create_dir_all(partial.parent().context("it has a folder")?)?;
    // Every write to `/dev/full` fails for lack of space.
    std::os::unix::fs::symlink("/dev/full", &partial)?;
    let seen = FaultSeen::failed(rig, &rig.fetch().err().context("the disk was not full")?);
    fs::remove_file(&partial)?;
    // The bytes that were on their way when the disk was full are sent again.
    finish(rig, seen)
}

fn twice(rig: &mut Rig) -> Result<FaultSeen> {
    rig.options.stall = std::time::Duration::from_mins(10);
    rig.options.wait = false;
    rig.hub.fail(&rig.key, [HubFault::Stall(PART)]);
    let second = std::thread::scope(|scope| {
        let first = scope.spawn(|| rig.fetch());
        rig.told.wait_until(PART);
        let second = rig.fetch();
        rig.stop.store(true, std::sync::atomic::Ordering::Relaxed);
        drop(first.join());
        second
    });
    rig.stop.store(false, std::sync::atomic::Ordering::Relaxed);
    let (outcome, next) = told(rig, &second.err().context("two were at it at once")?);
    let seen = FaultSeen {
        outcome: format!("{outcome} (without --no-wait the second waits)"),
        next,
        ..FaultSeen::passed(rig)
    };
    finish(rig, seen)
}

fn offline(rig: &mut Rig) -> Result<FaultSeen> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let endpoint = std::mem::replace(&mut rig.options.endpoint, format!("http://{}", listener.local_addr()?));
    rig.options.offline = true;
    let seen = FaultSeen::failed(rig, &rig.fetch().err().context("it was fetched without a network")?);
    ensure!(listener.accept().is_err(), "a connection was opened");
    (rig.options.endpoint, rig.options.offline) = (endpoint, false);
    finish(rig, seen)
}

fn archive(rig: &mut Rig) -> Result<FaultSeen> {
    let name = "ears-1.0-py3-none-any.whl";
    let path = rig.folder.path().join(name);
    let bytes = wheel(&[("ears/../../../../evil", b"evil")])?;
    fs::write(&path, &bytes)?;
    let archive = Archive {
        package: Package::Pypi("ears==1.0".into()),
        archive: name.into(),
        sha256: Some(sha256(&bytes)),
        bytes: None,
        take: std::collections::BTreeMap::new(),
    };
    rig.entry.sources = vec![ModelSource::Archives { archives: vec![archive] }];
    rig.entry.files = vec![file("ears/")];
    rig.options.from = Some(rig.folder.path().into());
    let seen = refused(rig)?;
    ensure!(!rig.folder.path().join("evil").exists() && !rig.models().join("evil").exists(), "it got out");
    Ok(seen)
}
