//! Loudspeaker and microphone against a real PulseAudio server of our own, whose sink is recorded by its monitor.
//!
//! The server is found through the environment, which belongs to a whole process: each scene below runs in a child of
//! this test program.

#[path = "common/place.rs"]
mod place;
#[path = "common/pulse.rs"]
mod pulse;
#[path = "common/stage.rs"]
mod stage;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use golem::config::AudioConfig;
use golem::device::capture::Capture;
use golem::device::deck::{Clip, Deck, PlayedProgress};
use golem::device::playback::Playback;
use golem::device::{AudioSource, MicFrame, list};
use golem::signal::frame::FRAME;
use pulse::Server;
use stage::{SINK, STAGE, on_stage, plug, scene, unplug};

const TONE: f32 = 500.0;
/// Longest that anything may take; a frame comes every 32 ms.
const LIMIT: Duration = Duration::from_secs(20);
const TICK: Duration = Duration::from_millis(10);

fn audio() -> AudioConfig {
    AudioConfig { input: "golem_test.monitor".into(), output: "golem_test".into() }
}

/// The loop that a golem would be: keeps the loudspeaker fed, hears the microphone, gathers the reports.
struct Room {
    playback: Playback,
    deck: Deck,
    capture: Capture,
    notices: Vec<String>,
    told: Vec<PlayedProgress>,
    start: Instant,
}

impl Room {
    fn open() -> Self {
        let (playback, deck) = Playback::open(&audio(), 10).expect("the sink is there");
        let capture = Capture::open(&audio()).expect("the monitor is there");
        Self { playback, deck, capture, notices: Vec::new(), told: Vec::new(), start: Instant::now() }
    }

    /// Queues a second of the tone as clause `clause` of turn 1.
    fn say(&mut self, clause: usize) {
        let rate = self.deck.rate();
        #[allow(clippy::cast_precision_loss)] // below two hundred thousand
        let at = |n: u32| 0.5 * (std::f32::consts::TAU * TONE * n as f32 / rate as f32).sin();
        let samples: Vec<f32> = (0..rate).map(at).collect();
        self.deck.queue(Clip {
            turn: 1,
            clause,
            samples,
            length: rate.into(),
            source_rate: rate,
            begin: 0,
            last: true,
        });
    }

    /// One round of at most 10 ms.
    fn round(&mut self) -> Option<Box<[f32; FRAME]>> {
        assert!(self.start.elapsed() < LIMIT, "too long: {:?}", self.notices);
        self.deck.pump();
        self.told.extend(self.deck.progress());
        self.notices.extend(self.playback.tend());
        match self.capture.next(TICK).expect("a microphone only waits") {
            MicFrame::Frame(frame) => return Some(frame),
            MicFrame::Notice(notice) => self.notices.push(notice),
            MicFrame::Nothing | MicFrame::End => {}
        }
        None
    }

    /// The next frame that is heard.
    fn frame(&mut self) -> Box<[f32; FRAME]> {
        std::iter::repeat_with(|| self.round()).flatten().next().expect("endless")
    }

    /// Listens until a frame satisfies `wanted`.
    fn until(&mut self, wanted: impl Fn(&[f32; FRAME]) -> bool) {
        while !wanted(&self.frame()) {}
    }
}

fn loudness(frame: &[f32; FRAME]) -> f32 {
    frame.iter().fold(0.0, |peak, sample| sample.abs().max(peak))
}

fn sounds(frame: &[f32; FRAME]) -> bool {
    loudness(frame) > 0.3
}

fn silent(frame: &[f32; FRAME]) -> bool {
    loudness(frame) == 0.0
}

/// Frequency in hertz, by zero crossings.
fn frequency(frame: &[f32; FRAME]) -> f32 {
    let crossings = frame.windows(2).filter(|pair| (pair[0] < 0.0) != (pair[1] < 0.0)).count();
    f32::from(u16::try_from(crossings).expect("at most 512")) / 2.0 / 0.032
}

/// Whether it is silent for half a millisecond, which the tone never is.
fn has_hole(frame: &[f32; FRAME]) -> bool {
    frame.windows(8).any(|samples| samples.iter().all(|sample| sample.abs() < 0.03))
}

#[test]
fn a_tone_is_played_and_heard_and_a_cut_makes_silence() {
    scene("scene_tone_and_cut");
}

#[test]
fn a_device_that_goes_and_comes_back_is_used_again() {
    scene("scene_loss");
}

#[test]
fn a_loudspeaker_that_rested_is_not_missed_and_sounds_when_it_is_woken() {
    scene("scene_rest");
}

#[test]
fn the_echo_test_measures_the_way_from_its_loudspeaker_to_its_microphone() {
    if !place::data().join("runtime/libonnxruntime.so").exists() {
        println!("skipped: {} does not hold what scripts/golem installs", place::data().display());
        return;
    }
    let Some(server) = Server::start(&[SINK]) else { return };
    let golem = || {
        let mut command = server.client(env!("CARGO_BIN_EXE_golem"));
        command.env("GOLEM_HOME", place::root()).env("GOLEM_DATA", place::data());
        command.env("GOLEM_CONFIG", "/nonexistent/golem.toml").args(["--set", "audio.output=golem_test"]);
        command.args(["--set", "audio.input=golem_test.monitor", "--set", "tts.engine=espeak", "echo-test", "--json"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    // Ctrl-C ends it as soon as it has begun.
    let mut begun = golem().spawn().expect("golem runs");
    let mut said = String::new();
    let mut errors = BufReader::new(begun.stderr.take().expect("it is piped"));
    errors.read_line(&mut said).expect("it says what it does");
    assert!(said.contains("please be quiet"), "{said}");
    let killed = Command::new("kill").args(["-INT", &begun.id().to_string()]).status().expect("there is a kill");
    errors.read_to_string(&mut said).expect("it ends");
    let ended = begun.wait_with_output().expect("it ends");
    assert!(killed.success() && ended.status.success() && ended.stdout.is_empty(), "{said}");
    assert!(said.contains("ended before it was over"), "{said}");
    let output = golem().output().expect("golem runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report in JSON");
    // The monitor of a sink hears all of what is played, and nothing else.
    let number = |key: &str| report[key].as_f64().unwrap_or(f64::NAN);
    assert!(number("loss_db").abs() < 1.0, "{report}");
    assert!((0.0..500.0).contains(&number("delay_ms")), "{report}");
    assert!(number("distortion_percent") < 1.0, "{report}");
    assert_eq!(report["microphone"].as_str().map(|name| name.contains("GolemTest")), Some(true), "{report}");
}

#[test]
fn without_any_device_there_is_one_clear_sentence_and_no_other_output() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    if Path::new("/proc/asound/cards").exists() || Path::new("/dev/snd").exists() {
        println!("skipped: this machine has a sound card");
        return;
    }
    let output = Command::new(std::env::current_exe().expect("a test knows its program"))
        .args(["--exact", "scene_nothing", "--nocapture"])
        .env(STAGE, "set")
        .env_remove("PULSE_SERVER")
        .env("XDG_RUNTIME_DIR", folder.path())
        .output()
        .expect("a test program can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn scene_tone_and_cut() {
    if !on_stage() {
        return;
    }
    let monitor = list().into_iter().find(|device| device.id == "golem_test.monitor").expect("listed");
    assert!(monitor.input && monitor.monitor && monitor.host == "PulseAudio", "{monitor:?}");
    let mut room = Room::open();
    assert_eq!(room.deck.rate(), 44_100);
    (0..3).for_each(|clause| room.say(clause));
    room.until(sounds);
    let frames: Vec<_> = (0..10).map(|_| room.frame()).collect();
    let (pure, other): (Vec<_>, Vec<_>) = frames.iter().partition(|frame| (frequency(frame) - TONE).abs() < 32.0);
    // On a busy machine a moment of silence was heard within the tone, most likely from a sound server that was not
    // served in time. Any other sound besides the tone is a fault.
    assert!(pure.len() >= 8 && other.iter().all(|frame| has_hole(frame)), "{other:?}");
    let before = Instant::now();
    room.deck.cut();
    room.until(silent);
    println!("from the cut to a silent frame heard back: {} ms", before.elapsed().as_millis());
    for _ in 0..20 {
        assert!(silent(&room.frame()), "after a cut not one stale sample is played");
    }
    let heard = *room.told.last().expect("the cut's place is told");
    assert!(heard.samples > 44_100 / 4 && !heard.done, "{heard:?}");
    room.deck.resume(1, 0);
    room.until(sounds);
    room.deck.cancel(2);
    room.until(silent);
    assert!(room.deck.idle());
    assert_eq!(room.capture.dropped(), 0);
    assert!(room.notices.is_empty(), "{:?}", room.notices);
}

#[test]
fn scene_loss() {
    if !on_stage() {
        return;
    }
    let mut room = Room::open();
    (0..10).for_each(|clause| room.say(clause));
    room.until(sounds);
    unplug("sink_name=golem_test");
    while !room.notices.iter().any(|notice| notice.contains("microphone") && notice.contains("lost")) {
        room.round();
    }
    plug(SINK);
    let back = Instant::now();
    while !room.notices.iter().any(|notice| notice.contains("speaking through")) {
        room.round();
    }
    println!("opened again after {} ms", back.elapsed().as_millis());
    assert!(back.elapsed() < Duration::from_secs(2), "{:?}", room.notices);
    // PulseAudio's null sink sleeps through its first 2 s.
    room.until(sounds);
    println!("sound again after {} ms", back.elapsed().as_millis());
    assert!(back.elapsed() < Duration::from_secs(4), "{:?}", room.notices);
    assert_eq!(room.notices.len(), 4, "each device is lost once and back once: {:?}", room.notices);
    assert!(room.notices.iter().any(|notice| notice.contains("listening to")), "{:?}", room.notices);
    let clauses: Vec<_> = room.told.iter().filter(|news| news.started).map(|news| news.clause).collect();
    assert!(clauses.windows(2).all(|pair| pair[0] + 1 == pair[1]), "no clause is lost or begun again: {clauses:?}");
}

#[test]
fn scene_rest() {
    if !on_stage() {
        return;
    }
    let mut room = Room::open();
    room.say(0);
    room.until(sounds);
    while !room.deck.idle() {
        room.round();
    }
    room.playback.rest();
    room.until(silent);
    // Listen for twice as long as a loudspeaker that should play may stall.
    for _ in 0..64 {
        assert!(silent(&room.frame()));
    }
    let woken = Instant::now();
    room.playback.wake();
    room.say(1);
    room.until(sounds);
    println!("heard {} ms after it was woken", woken.elapsed().as_millis());
    assert!(room.notices.is_empty(), "{:?}", room.notices);
    while !room.deck.idle() {
        room.round();
    }
    room.playback.rest();
    unplug("sink_name=golem_test");
    while !room.notices.iter().any(|notice| notice.contains("loudspeaker") && notice.contains("lost")) {
        room.round();
    }
}

#[test]
fn scene_nothing() {
    if !on_stage() {
        return;
    }
    let microphone =
        Capture::open(&AudioConfig::default()).err().map(|error| error.to_string()).expect("there is none");
    assert!(microphone.starts_with("no microphone: ") && !microphone.contains('\n'), "{microphone}");
    let loudspeaker =
        Playback::open(&AudioConfig::default(), 10).err().map(|error| error.to_string()).expect("there is none");
    assert!(loudspeaker.starts_with("no loudspeaker: ") && !loudspeaker.contains('\n'), "{loudspeaker}");
    println!("{microphone}\n{loudspeaker}\n{:?}", list());
}
