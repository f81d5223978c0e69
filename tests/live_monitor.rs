//! What the computer plays, heard at monitors of a real sound server that has a microphone too.

#[path = "common/pulse.rs"]
mod pulse;
#[path = "common/stage.rs"]
mod stage;

use std::time::{Duration, Instant};

use golem::config::AudioConfig;
use golem::device::capture::Capture;
use golem::device::{AudioSource, MicFrame};
use stage::{SINK, on_stage, pactl, plug, scene, unplug};

/// Longest that anything may take.
const LIMIT: Duration = Duration::from_secs(20);
const TICK: Duration = Duration::from_millis(10);

/// Loads a microphone that always sounds, and to which the server moves the streams of a device that is unplugged.
fn plug_microphone() {
    pactl(&["load-module", "module-sine-source", "source_name=room"]);
    pactl(&["set-default-source", "room"]);
}

/// Listens until there is a notice with `words`.
fn notice(capture: &mut Capture, words: &str) -> String {
    let start = Instant::now();
    loop {
        assert!(start.elapsed() < LIMIT, "no notice with \"{words}\"");
        match capture.next(TICK).expect("a capture only waits") {
            MicFrame::Notice(text) if text.contains(words) => return text,
            MicFrame::Notice(text) => println!("{text}"),
            MicFrame::Frame(_) | MicFrame::Nothing | MicFrame::End => {}
        }
    }
}

/// Fails if anything is heard in a second, in which a lost device is looked for four times.
fn hears_nothing(capture: &mut Capture) {
    for _ in 0..100 {
        assert_eq!(capture.next(TICK).expect("a capture only waits"), MicFrame::Nothing);
    }
    assert_eq!(capture.id(), "");
}

#[test]
fn what_the_computer_plays_is_heard_at_each_default_loudspeaker_and_never_at_a_microphone() {
    scene("scene_system");
}

#[test]
fn a_monitor_that_is_lost_is_not_replaced_by_a_microphone() {
    scene("scene_monitor");
}

/// The loudspeaker goes, nothing is heard in place of its sound, and it comes back.
fn goes_and_comes_back(capture: &mut Capture) {
    unplug("sink_name=golem_test");
    notice(capture, "\"Monitor of GolemTest\" is lost");
    hears_nothing(capture);
    plug(SINK);
    notice(capture, "listening to \"Monitor of GolemTest\"");
    assert_eq!(capture.id(), "golem_test.monitor");
}

#[test]
fn scene_system() {
    if !on_stage() {
        return;
    }
    plug_microphone();
    plug("sink_name=other sink_properties=device.description=Other");
    pactl(&["set-default-sink", "golem_test"]);
    let mut capture = Capture::open_system().expect("it can be opened").expect("a sink has a monitor");
    assert_eq!(capture.id(), "golem_test.monitor");
    pactl(&["set-default-sink", "other"]);
    let changed = notice(&mut capture, "default loudspeaker");
    assert!(changed.contains("Monitor of Other") && changed.contains("Monitor of GolemTest"), "{changed}");
    assert_eq!(capture.id(), "other.monitor");
    unplug("sink_name=other");
    notice(&mut capture, "\"Monitor of Other\" is lost");
    notice(&mut capture, "listening to \"Monitor of GolemTest\"");
    goes_and_comes_back(&mut capture);
}

#[test]
fn scene_monitor() {
    if !on_stage() {
        return;
    }
    plug_microphone();
    let audio = AudioConfig { input: "golem_test.monitor".into(), ..AudioConfig::default() };
    let mut capture = Capture::open(&audio).expect("the monitor is there");
    goes_and_comes_back(&mut capture);
}
