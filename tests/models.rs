//! Fetches of models: whole or not at all, whatever the network, the server and the disk do.

#[path = "common/hub.rs"]
mod common;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::{fetch_badly, fetch_well, rig};
use golem::bench::fetch::hub::{COMMIT, FakeHub, HubFault, content, sha256};
use golem::bench::fetch::rig::{CONFIG, LENGTH, MODEL, PART, REPO};
use golem::model::catalogue::ModelSource;
use golem::model::error::ModelError;
use golem::model::fetch::{FetchOutcome, Fetcher, Options, Pause};
use golem::model::record::ModelRecord;

#[test]
fn a_model_is_fetched_once_and_known_again() {
    let rig = rig();
    fetch_well(&rig);
    assert_eq!(rig.hub.sent(), LENGTH + CONFIG.len());
    let requests = rig.hub.seen().len();
    assert_eq!(rig.fetch().unwrap(), FetchOutcome::There(rig.place()));
    assert_eq!(rig.hub.seen().len(), requests, "what is there needs no network");
}

#[test]
fn a_cut_connection_goes_on_where_it_broke() {
    let rig = rig();
    rig.hub.fail(MODEL, [HubFault::Cut(PART), HubFault::Cut(50_000)]);
    fetch_well(&rig);
    assert_eq!(rig.hub.sent(), LENGTH + CONFIG.len(), "no byte was sent twice");
    let ranges: Vec<_> = rig.hub.seen().iter().filter_map(|seen| seen.headers.get("if-range").cloned()).collect();
    assert!(ranges.iter().any(|tag| tag.starts_with('"')), "{ranges:?}");
    assert_eq!(rig.waits.all().len(), 2);
}

#[test]
fn a_fetch_that_failed_is_gone_on_with_by_the_next() {
    let mut rig = rig();
    rig.options.tries = 1;
    rig.hub.fail(MODEL, [HubFault::Cut(PART)]);
    let error = fetch_badly(&rig);
    assert!(matches!(error, ModelError::Unreachable { .. }), "{error}");
    assert_eq!(rig.partial_bytes(), PART as u64);
    fetch_well(&rig);
    // The failure may have ended the small file on its way.
    assert!(rig.hub.sent() <= LENGTH + 2 * CONFIG.len());
}

#[test]
fn a_file_that_changed_between_is_started_over() {
    let mut rig = rig();
    rig.options.tries = 1;
    rig.hub.fail(MODEL, [HubFault::Cut(PART)]);
    fetch_badly(&rig);
    rig.hub.put(MODEL, &content(2, LENGTH));
    rig.fetch().unwrap();
    assert_eq!(std::fs::read(rig.place().join("model.bin")).unwrap(), content(2, LENGTH));
}

#[test]
fn a_server_without_ranges_starts_over() {
    let rig = rig();
    rig.hub.fail(MODEL, [HubFault::Cut(PART), HubFault::Whole]);
    fetch_well(&rig);
    assert!(rig.told.text().contains("starting over"), "{}", rig.told.text());
}

#[test]
fn a_server_that_never_gets_further_is_given_up() {
    let rig = rig();
    rig.hub.fail(MODEL, (0..20).flat_map(|_| [HubFault::Cut(1000), HubFault::Whole]).take(1));
    rig.hub.fail(MODEL, std::iter::repeat_n(HubFault::Cut(0), 20));
    let error = fetch_badly(&rig);
    assert!(matches!(&error, ModelError::Unreachable { tries: 6, .. }), "{error}");
    let waits = rig.waits.all();
    assert!(waits.windows(2).all(|pair| pair[1] > pair[0] / 2), "{waits:?}");
}

#[test]
fn damaged_bytes_from_an_earlier_fetch_are_thrown_away() {
    let mut rig = rig();
    rig.options.tries = 1;
    rig.hub.fail(MODEL, [HubFault::Cut(PART)]);
    fetch_badly(&rig);
    std::fs::write(rig.partial(), vec![7; PART]).unwrap();
    fetch_well(&rig);
    assert!(rig.told.text().contains("starting over"), "{}", rig.told.text());
}

#[test]
fn wrong_bytes_are_thrown_away() {
    let rig = rig();
    rig.hub.fail(MODEL, [HubFault::Wrong]);
    let error = fetch_badly(&rig);
    assert!(matches!(error, ModelError::Digest { .. }), "{error}");
    assert_eq!(rig.partial_bytes(), 0);
    fetch_well(&rig);
}

#[test]
fn wrong_bytes_of_a_small_file_are_told_by_git_s_digest() {
    let rig = rig();
    rig.hub.fail(&format!("{REPO}/config.json"), [HubFault::Wrong]);
    assert!(matches!(fetch_badly(&rig), ModelError::Digest { .. }));
    fetch_well(&rig);
}

#[test]
fn another_digest_than_the_catalogue_s_is_told_before_a_byte_is_sent() {
    let mut rig = rig();
    rig.entry.files[0].sha256 = Some("0".repeat(64));
    rig.options.parallel = 1;
    assert!(matches!(fetch_badly(&rig), ModelError::Digest { .. }));
    assert_eq!(rig.hub.sent(), 0);
}

#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    let rig = rig();
    rig.hub.fail(MODEL, [HubFault::Status(503, None), HubFault::Status(429, Some(7)), HubFault::Status(500, None)]);
    rig.hub.fail(REPO, [HubFault::Status(502, None)]);
    fetch_well(&rig);
    assert!(rig.waits.all().contains(&Duration::from_secs(7)));
}

#[test]
fn a_stalled_connection_is_given_up_and_gone_on_with() {
    let rig = rig();
    rig.hub.fail(MODEL, [HubFault::Stall(PART)]);
    fetch_well(&rig);
    assert!(rig.told.text().contains("nothing came for"), "{}", rig.told.text());
    assert_eq!(rig.hub.sent(), LENGTH + CONFIG.len());
}

#[test]
fn ctrl_c_ends_a_fetch_that_waits_for_the_network() {
    let mut rig = rig();
    rig.options.stall = Duration::from_mins(10);
    rig.hub.fail(MODEL, [HubFault::Stall(PART)]);
    assert!(matches!(rig.fetch_and_interrupt(), Err(ModelError::Stopped)));
    assert!(!rig.place().exists());
    let kept = usize::try_from(rig.partial_bytes()).unwrap();
    fetch_well(&rig);
    assert!(rig.hub.sent() <= LENGTH + 2 * CONFIG.len() + PART - kept);
}

#[test]
fn too_little_space_is_told_before_anything_is_fetched() {
    let mut rig = rig();
    rig.free = |_| Ok(200_000);
    let error = fetch_badly(&rig);
    assert!(
        matches!(error, ModelError::Space { needed, free: 200_000, .. } if needed == (LENGTH + CONFIG.len()) as u64)
    );
    assert_eq!(rig.hub.sent(), 0);
}

#[test]
fn what_is_there_already_needs_no_space() {
    let mut rig = rig();
    rig.options.tries = 1;
    rig.hub.fail(MODEL, [HubFault::Cut(150_000)]);
    fetch_badly(&rig);
    rig.free = |_| Ok(200_000);
    fetch_well(&rig);
}

#[test]
fn a_disk_that_fills_up_is_told() {
    let rig = rig();
    let partial = rig.partial();
    std::fs::create_dir_all(partial.parent().unwrap()).unwrap();
    // Every write to `/dev/full` fails for lack of space.
    std::os::unix::fs::symlink("/dev/full", &partial).unwrap();
    let error = fetch_badly(&rig);
    assert!(matches!(error, ModelError::Full { .. }), "{error}");
    std::fs::remove_file(&partial).unwrap();
    fetch_well(&rig);
}

#[test]
fn two_at_once_do_not_meet() {
    let mut rig = rig();
    rig.options.stall = Duration::from_mins(10);
    rig.options.wait = false;
    rig.hub.fail(MODEL, [HubFault::Stall(PART)]);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| rig.fetch());
        rig.told.wait_until(PART);
        let error = rig.fetch().unwrap_err();
        let pid = std::process::id().to_string();
        assert!(matches!(&error, ModelError::Busy { pid: holder, .. } if *holder == pid), "{error}");
        rig.stop.store(true, Ordering::Relaxed);
        first.join().unwrap().unwrap_err();
    });
}

#[test]
fn the_token_goes_to_the_hub_and_nowhere_else() {
    let mut rig = rig();
    rig.options.token = Some("secret".into());
    fetch_well(&rig);
    let seen = rig.hub.seen();
    assert!(seen.iter().any(|seen| seen.store));
    for seen in seen {
        assert_eq!(seen.headers.contains_key("authorization"), !seen.store, "{seen:?}");
    }
}

#[test]
fn offline_opens_no_connection() {
    let mut rig = rig();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    rig.options.endpoint = format!("http://{}", listener.local_addr().unwrap());
    rig.options.offline = true;
    let error = fetch_badly(&rig);
    assert!(error.to_string().contains("--from DIR"), "{error}");
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn a_usb_stick_is_checked_like_the_network() {
    let mut rig = rig();
    fetch_well(&rig);
    let stick = tempfile::tempdir().unwrap();
    let there = stick.path().join("whisper");
    std::fs::create_dir_all(&there).unwrap();
    std::fs::rename(rig.place(), there.join("small-ears")).unwrap();
    rig.options.offline = true;
    rig.options.from = Some(stick.path().into());
    let requests = rig.hub.seen().len();
    rig.fetch().unwrap();
    assert_eq!(rig.hub.seen().len(), requests);
    std::fs::remove_dir_all(rig.place()).unwrap();
    std::fs::write(there.join("small-ears/model.bin"), vec![0; LENGTH]).unwrap();
    assert!(matches!(fetch_badly(&rig), ModelError::Digest { .. }));
    std::fs::remove_file(there.join("small-ears/model.bin")).unwrap();
    assert!(matches!(fetch_badly(&rig), ModelError::NotThere { .. }));
    // Lay the folder out like the hub.
    let repo = stick.path().join(REPO);
    std::fs::create_dir_all(&repo).unwrap();
    std::fs::write(repo.join("model.bin"), content(1, LENGTH)).unwrap();
    rig.fetch().unwrap();
}

#[test]
fn a_slow_connection_is_not_a_stalled_one() {
    let rig = rig();
    rig.hub.fail(MODEL, [HubFault::Slow]);
    fetch_well(&rig);
    assert_eq!(rig.told.text(), "");
}

#[test]
fn who_waits_for_another_goes_on_where_that_one_stopped() {
    /// Ends the first fetch as soon as the second waits for it.
    struct Ends<'a>(&'a AtomicBool);
    impl Pause for Ends<'_> {
        fn wait(&self, _: Duration, _: &AtomicBool) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let mut rig = rig();
    rig.options.stall = Duration::from_mins(10);
    rig.hub.fail(MODEL, [HubFault::Stall(PART)]);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| rig.fetch());
        rig.told.wait_until(PART);
        let (stop, pause) = (AtomicBool::new(false), Ends(&rig.stop));
        let mut second = Fetcher::new(rig.options.clone(), rig.models(), &stop, &rig.told);
        second.pause = &pause;
        assert_eq!(second.fetch(&rig.entry).unwrap(), FetchOutcome::Fetched(rig.place()));
        assert!(matches!(first.join().unwrap(), Err(ModelError::Stopped)));
    });
    assert!(rig.told.text().contains("waiting for it"), "{}", rig.told.text());
}

#[test]
fn proxies_are_asked_and_left_out_as_the_environment_says() {
    let mut rig = rig();
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let named = |none: &'static str| {
        let address = address.clone();
        Options::from_env(move |name| match name {
            "HTTP_PROXY" => Some(address.clone()),
            "NO_PROXY" => Some(none.into()),
            _ => None,
        })
        .proxies
    };
    (rig.options.proxies, rig.options.tries) = (named("example.org"), 1);
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = proxy.accept().unwrap();
        let mut line = String::new();
        BufReader::new(stream.try_clone().unwrap()).read_line(&mut line).unwrap();
        stream.write_all(b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n").unwrap();
        line
    });
    fetch_badly(&rig);
    let line = asked.join().unwrap();
    assert!(line.starts_with("CONNECT 127.0.0.1:"), "{line}");
    assert_eq!(rig.hub.seen().len(), 0);
    rig.options.proxies = named("127.0.0.1, localhost");
    fetch_well(&rig);
}

#[test]
fn a_repository_that_is_gone_says_so_at_once() {
    let mut rig = rig();
    rig.entry.sources = vec![ModelSource::Hub { hub: "someone/else".into(), revision: "main".into() }];
    let error = fetch_badly(&rig);
    assert!(error.to_string().contains("RepoNotFound") && error.to_string().contains("HF_TOKEN"), "{error}");
    assert_eq!(rig.hub.seen().len(), 1);
}

#[test]
fn a_plain_address_is_fetched_the_same_way() {
    let mut rig = rig();
    let server = FakeHub::start().unwrap();
    server.put(MODEL, &content(1, LENGTH));
    rig.entry.sources = vec![ModelSource::Url { url: format!("{}/{REPO}/resolve/main/", server.endpoint()) }];
    rig.entry.files.truncate(1);
    rig.entry.files[0].sha256 = Some(sha256(&content(1, LENGTH)));
    server.fail(MODEL, [HubFault::Cut(1)]);
    rig.fetch().unwrap();
    assert_eq!(server.sent(), LENGTH);
}

#[test]
fn a_damaged_model_is_fetched_again() {
    let rig = rig();
    fetch_well(&rig);
    std::fs::write(rig.place().join("model.bin"), vec![0; LENGTH]).unwrap();
    fetch_well(&rig);
    std::fs::write(rig.place().join("golem.json"), "{").unwrap();
    assert!(ModelRecord::read(&rig.place()).is_err());
    fetch_well(&rig);
    assert!(ModelRecord::read(&rig.place()).unwrap().is_some(), "the record is written anew");
}

#[test]
fn what_is_a_person_s_own_is_never_replaced() {
    let rig = rig();
    std::fs::create_dir_all(rig.place()).unwrap();
    let own = rig.place().join("notes.txt");
    std::fs::write(&own, "mine").unwrap();
    assert!(rig.fetch().unwrap_err().to_string().contains("move the folder away"));
    std::fs::rename(&own, rig.place().join("model.bin")).unwrap();
    fetch_well(&rig);
    let mut record = ModelRecord::read(&rig.place()).unwrap().unwrap();
    record.source = "/home/me/whisper".into();
    record.files.truncate(1);
    record.write(&rig.place()).unwrap();
    assert!(rig.fetch().unwrap_err().to_string().contains("was imported"));
    assert_eq!(rig.hub.sent(), LENGTH + CONFIG.len());
}

#[test]
fn a_newer_commit_in_the_catalogue_is_fetched() {
    let mut rig = rig();
    fetch_well(&rig);
    rig.entry.sources = vec![ModelSource::Hub { hub: REPO.into(), revision: COMMIT.into() }];
    assert_eq!(rig.fetch().unwrap(), FetchOutcome::There(rig.place()));
    rig.entry.sources = vec![ModelSource::Hub { hub: REPO.into(), revision: "f".repeat(40) }];
    fetch_well(&rig);
}

#[test]
fn the_fetcher_waits_for_real_where_nobody_tells_it_otherwise() {
    let rig = rig();
    let fetcher = Fetcher::new(rig.options.clone(), rig.models(), &rig.stop, &());
    fetcher.pause.wait(Duration::from_millis(1), &rig.stop);
    assert!(fetcher.fetch(&rig.entry).is_ok());
}
