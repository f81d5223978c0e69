//! Models are fetched whole or not at all, whatever the network, the server and the disk do.

#[path = "common/hub.rs"]
mod world;

use std::net::TcpListener;
use std::time::Duration;

use golem::bench::hub::{Fault, Hub, content};
use golem::model::catalogue::Source;
use golem::model::error::ModelError;
use golem::model::fetch::{Fetcher, Outcome};
use world::{CONFIG, LENGTH, MODEL, REPO, World};

#[test]
fn a_model_is_fetched_once_and_known_again() {
    let world = World::new();
    world.fetch_well();
    assert_eq!(world.hub.sent(), LENGTH + CONFIG.len());
    let requests = world.hub.seen().len();
    assert_eq!(world.fetch().unwrap(), Outcome::There(world.place()));
    assert_eq!(world.hub.seen().len(), requests, "what is there needs no network");
}

#[test]
fn a_cut_connection_goes_on_where_it_broke() {
    let world = World::new();
    world.hub.fail(MODEL, [Fault::Cut(100_000), Fault::Cut(50_000)]);
    world.fetch_well();
    assert_eq!(world.hub.sent(), LENGTH + CONFIG.len(), "no byte was sent twice");
    let ranges: Vec<_> = world.hub.seen().iter().filter_map(|seen| seen.headers.get("if-range").cloned()).collect();
    assert!(ranges.iter().any(|tag| tag.starts_with('"')), "{ranges:?}");
    assert_eq!(world.waits.0.lock().unwrap().len(), 2);
}

#[test]
fn a_fetch_that_failed_is_gone_on_with_by_the_next() {
    let mut world = World::new();
    world.options.tries = 1;
    world.hub.fail(MODEL, [Fault::Cut(100_000)]);
    let error = world.fetch_badly();
    assert!(matches!(error, ModelError::Unreachable { .. }), "{error}");
    assert_eq!(world.partial_bytes(), 100_000);
    world.fetch_well();
    assert_eq!(world.hub.sent(), LENGTH + CONFIG.len());
}

#[test]
fn a_file_that_changed_between_is_started_over() {
    let mut world = World::new();
    world.options.tries = 1;
    world.hub.fail(MODEL, [Fault::Cut(100_000)]);
    world.fetch_badly();
    world.hub.put(MODEL, &content(2, LENGTH));
    world.fetch().unwrap();
    assert_eq!(std::fs::read(world.place().join("model.bin")).unwrap(), content(2, LENGTH));
}

#[test]
fn a_server_without_ranges_starts_over() {
    let world = World::new();
    world.hub.fail(MODEL, [Fault::Cut(100_000), Fault::Whole]);
    world.fetch_well();
    assert!(world.text().contains("starting over"), "{}", world.text());
}

#[test]
fn a_server_that_never_gets_further_is_given_up() {
    let world = World::new();
    world.hub.fail(MODEL, (0..20).flat_map(|_| [Fault::Cut(1000), Fault::Whole]).take(1));
    world.hub.fail(MODEL, std::iter::repeat_n(Fault::Cut(0), 20));
    let error = world.fetch_badly();
    assert!(matches!(&error, ModelError::Unreachable { tries: 6, .. }), "{error}");
    let waits = world.waits.0.lock().unwrap();
    assert!(waits.windows(2).all(|pair| pair[1] > pair[0] / 2), "{waits:?}");
}

#[test]
fn damaged_bytes_from_an_earlier_fetch_are_thrown_away() {
    let mut world = World::new();
    world.options.tries = 1;
    world.hub.fail(MODEL, [Fault::Cut(100_000)]);
    world.fetch_badly();
    std::fs::write(world.partial(), vec![7; 100_000]).unwrap();
    world.fetch_well();
    assert!(world.text().contains("starting over"), "{}", world.text());
}

#[test]
fn wrong_bytes_are_thrown_away() {
    let world = World::new();
    world.hub.fail(MODEL, [Fault::Wrong]);
    let error = world.fetch_badly();
    assert!(matches!(error, ModelError::Digest { .. }), "{error}");
    assert_eq!(world.partial_bytes(), 0);
    world.fetch_well();
}

#[test]
fn wrong_bytes_of_a_small_file_are_told_by_git_s_digest() {
    let world = World::new();
    world.hub.fail(&format!("{REPO}/config.json"), [Fault::Wrong]);
    assert!(matches!(world.fetch_badly(), ModelError::Digest { .. }));
    world.fetch_well();
}

#[test]
fn another_digest_than_the_catalogue_s_is_told_before_a_byte_is_sent() {
    let mut world = World::new();
    world.entry.files[0].sha256 = Some("0".repeat(64));
    world.options.parallel = 1;
    assert!(matches!(world.fetch_badly(), ModelError::Digest { .. }));
    assert_eq!(world.hub.sent(), 0);
}

#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    let world = World::new();
    world.hub.fail(MODEL, [Fault::Status(503, None), Fault::Status(429, Some(7)), Fault::Status(500, None)]);
    world.hub.fail(REPO, [Fault::Status(502, None)]);
    world.fetch_well();
    assert!(world.waits.0.lock().unwrap().contains(&Duration::from_secs(7)));
}

#[test]
fn a_stalled_connection_is_given_up_and_gone_on_with() {
    let world = World::new();
    world.hub.fail(MODEL, [Fault::Stall(100_000)]);
    world.fetch_well();
    assert!(world.text().contains("nothing came for"), "{}", world.text());
    assert_eq!(world.hub.sent(), LENGTH + CONFIG.len());
}

#[test]
fn ctrl_c_ends_a_fetch_that_waits_for_the_network() {
    let mut world = World::new();
    world.options.stall = Duration::from_secs(600);
    world.hub.fail(MODEL, [Fault::Stall(100_000)]);
    std::thread::scope(|scope| {
        let fetch = scope.spawn(|| world.fetch_badly());
        // Description, redirect, file, and the small file.
        world.hub.wait_for(4);
        world.stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(matches!(fetch.join().unwrap(), ModelError::Stopped));
    });
    world.stop.store(false, std::sync::atomic::Ordering::Relaxed);
    let kept = usize::try_from(world.partial_bytes()).unwrap();
    world.fetch_well();
    assert_eq!(world.hub.sent(), LENGTH + CONFIG.len() + 100_000 - kept);
}

#[test]
fn too_little_space_is_told_before_anything_is_fetched() {
    let mut world = World::new();
    world.free = |_| Ok(200_000);
    let error = world.fetch_badly();
    assert!(
        matches!(error, ModelError::Space { needed, free: 200_000, .. } if needed == (LENGTH + CONFIG.len()) as u64)
    );
    assert_eq!(world.hub.sent(), 0);
}

#[test]
fn what_is_there_already_needs_no_space() {
    let mut world = World::new();
    world.options.tries = 1;
    world.hub.fail(MODEL, [Fault::Cut(150_000)]);
    world.fetch_badly();
    world.free = |_| Ok(200_000);
    world.fetch_well();
}

#[test]
fn a_disk_that_fills_up_is_told() {
    let world = World::new();
    let partial = world.partial();
    std::fs::create_dir_all(partial.parent().unwrap()).unwrap();
    // Whatever is written to it, there is no space left.
    std::os::unix::fs::symlink("/dev/full", &partial).unwrap();
    let error = world.fetch_badly();
    assert!(matches!(error, ModelError::Full { .. }), "{error}");
    std::fs::remove_file(&partial).unwrap();
    world.fetch_well();
}

#[test]
fn two_at_once_do_not_meet() {
    let mut world = World::new();
    world.options.stall = Duration::from_secs(600);
    world.options.wait = false;
    world.hub.fail(MODEL, [Fault::Stall(100_000)]);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| world.fetch());
        world.hub.wait_for(4);
        let error = world.fetch().unwrap_err();
        let pid = std::process::id().to_string();
        assert!(matches!(&error, ModelError::Busy { pid: holder, .. } if *holder == pid), "{error}");
        world.stop.store(true, std::sync::atomic::Ordering::Relaxed);
        first.join().unwrap().unwrap_err();
    });
}

#[test]
fn the_token_goes_to_the_hub_and_nowhere_else() {
    let mut world = World::new();
    world.options.token = Some("secret".into());
    world.fetch_well();
    let seen = world.hub.seen();
    assert!(seen.iter().any(|seen| seen.store));
    for seen in seen {
        assert_eq!(seen.headers.contains_key("authorization"), !seen.store, "{seen:?}");
    }
}

#[test]
fn offline_opens_no_connection() {
    let mut world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    world.options.endpoint = format!("http://{}", listener.local_addr().unwrap());
    world.options.offline = true;
    let error = world.fetch_badly();
    assert!(error.to_string().contains("--from DIR"), "{error}");
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn a_usb_stick_is_checked_like_the_network() {
    let mut world = World::new();
    world.fetch_well();
    let stick = tempfile::tempdir().unwrap();
    let there = stick.path().join("whisper");
    std::fs::create_dir_all(&there).unwrap();
    std::fs::rename(world.place(), there.join("small-ears")).unwrap();
    world.options.offline = true;
    world.options.from = Some(stick.path().into());
    let requests = world.hub.seen().len();
    world.fetch().unwrap();
    assert_eq!(world.hub.seen().len(), requests);
    std::fs::remove_dir_all(world.place()).unwrap();
    std::fs::write(there.join("small-ears/model.bin"), vec![0; LENGTH]).unwrap();
    assert!(matches!(world.fetch_badly(), ModelError::Digest { .. }));
    std::fs::remove_file(there.join("small-ears/model.bin")).unwrap();
    assert!(matches!(world.fetch_badly(), ModelError::NotThere { .. }));
    // The same, laid out like the hub.
    let repo = stick.path().join(REPO);
    std::fs::create_dir_all(&repo).unwrap();
    std::fs::write(repo.join("model.bin"), content(1, LENGTH)).unwrap();
    world.fetch().unwrap();
}

#[test]
fn a_repository_that_is_gone_says_so_at_once() {
    let mut world = World::new();
    world.entry.source = Source::Hub { hub: "someone/else".into(), revision: "main".into() };
    let error = world.fetch_badly();
    assert!(error.to_string().contains("RepoNotFound") && error.to_string().contains("HF_TOKEN"), "{error}");
    assert_eq!(world.hub.seen().len(), 1);
}

#[test]
fn a_plain_address_is_fetched_the_same_way() {
    let mut world = World::new();
    let server = Hub::start().unwrap();
    server.put(MODEL, &content(1, LENGTH));
    world.entry.source = Source::Url { url: format!("{}/{REPO}/resolve/main/", server.endpoint()) };
    world.entry.files.truncate(1);
    world.entry.files[0].sha256 = Some(golem::bench::hub::sha256(&content(1, LENGTH)));
    server.fail(MODEL, [Fault::Cut(1)]);
    world.fetch().unwrap();
    assert_eq!(server.sent(), LENGTH);
}

#[test]
fn a_damaged_model_is_fetched_again() {
    let world = World::new();
    world.fetch_well();
    std::fs::write(world.place().join("model.bin"), vec![0; LENGTH]).unwrap();
    world.fetch_well();
}

#[test]
fn the_fetcher_waits_for_real_where_nobody_tells_it_otherwise() {
    let world = World::new();
    let fetcher = Fetcher::new(world.options.clone(), world.models(), &world.stop, &());
    fetcher.pause.wait(Duration::from_millis(1), &world.stop);
    assert!(fetcher.fetch(&world.entry).is_ok());
}
