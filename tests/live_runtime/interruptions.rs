//! Replies that a voice, golem's own echo or a signal interrupts.

use serde_json::Value;

use super::pulse::Server;
use super::tape::Tape;
use super::{Live, RATE, server, voice};

/// Sound-card time from the line `cut` to silence in the recording. The fade takes 10 ms and golem's buffer 20 ms;
/// the rest is the sound server's own buffers, the recorder's, and a loaded machine.
const SILENCE: usize = RATE / 2;

/// Whether the words of `part` begin `whole`.
fn begins(whole: &Value, part: &Value) -> bool {
    let words = |text: &Value| text.as_str().expect("a text").split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let (whole, part) = (words(whole), words(part));
    part.len() < whole.len() && whole.starts_with(&part)
}

#[test]
fn a_spoken_question_is_answered_and_a_voice_cuts_the_answer_short() {
    let Some(server) = server() else { return };
    let question = voice(&server, "question.wav", "What is the opposite of thin?");
    let longer = voice(&server, "longer.wav", "Please wait, I would rather know what the sum of four and ten is.");
    let tape = Tape::start(&server, "speaker");
    let mut live = Live::start(&server);

    let mut asking = live.hears(&question);
    let transcript = live.until("transcript");
    assert!(transcript["text"].as_str().is_some_and(|text| text.contains("opposite")), "{transcript}");
    assert!(asking.wait().expect("a child can be waited for").success());
    let turn = live.until("audio_start")["turn"].clone();
    let begun = tape.position();

    let mut interrupting = live.hears(&longer);
    assert_eq!(live.until("cut")["turn"], turn);
    let cut = tape.position();
    let cancel = live.until("cancel");
    let cancelled = tape.position();
    assert_eq!((&cancel["turn"], &cancel["reason"]), (&turn, &"words".into()), "{}", live.story());
    assert!(interrupting.wait().expect("a child can be waited for").success());

    let heard = live.find("heard", |line| line["interrupted"] == true);
    let reply = live.said.iter().find(|line| line["type"] == "reply").expect("told before it is heard");
    assert!(begins(&reply["text"], &heard["text"]), "{heard} of {reply}");
    let told: Vec<_> = live.said.iter().map(|line| line["type"].as_str().unwrap_or_default()).collect();
    let place = |kind: &str| told.iter().position(|told| *told == kind);
    assert!(place("duck") < place("cut") && place("cut") < place("cancel"), "{}", live.story());

    assert!(cancelled - cut > 2 * SILENCE, "the person spoke longer than that");
    let last = tape.last_sound(begun, cancelled).expect("golem spoke before the cut");
    println!("the loudspeaker was silent {} ms after the cut was told", last.saturating_sub(cut) * 1_000 / RATE);
    assert!(last < cut + SILENCE, "{last} is long after {cut}");
    assert!(tape.last_sound(begun, cut).is_some(), "golem spoke until the cut");

    assert_ne!(live.until("audio_start")["turn"], turn, "the words that interrupted are answered");
    assert!(live.end("TERM").success(), "while it speaks");
}

/// Makes a loudspeaker, "leaky", that the microphone hears at -12 dB: PulseAudio's volumes are cubic. The server plays
/// it into the person's sink itself. A loop of its own would run dry on a busy machine, and be longer from then on, as
/// no room is.
fn leak(server: &Server) {
    let remap = ["load-module", "module-remap-sink", "sink_name=leaky", "master=person", "remix=no"];
    server.control(&remap).expect("the server obeys");
    let inputs = server.control(&["list", "short", "sink-inputs"]).expect("the server obeys");
    let number = inputs.split_whitespace().next().expect("it plays into the person's");
    server.control(&["set-sink-input-volume", number, "63%"]).expect("the server obeys");
}

#[test]
fn golem_that_hears_itself_learns_its_echo_and_speaks_to_the_end() {
    let Some(server) = server() else { return };
    leak(&server);
    let text = "There once was a fox who lived under the roots of an old oak tree, beside a river.";
    let says = |canceller: &str| {
        let mut live = Live::start_with(&server, &["audio.output=leaky", canceller, "barge_in.mode=instant"]);
        let mut whole = Vec::new();
        // The canceller learns from sound, and each cut ends the sound.
        while whole.len() < 8 && !whole.ends_with(&[true, true]) {
            live.ctl(&["say", text]).expect("golem runs");
            let heard = live.until("heard");
            whole.push(heard["text"] == text && heard["interrupted"] == false);
        }
        println!("{canceller}: said to the end: {whole:?}\n{}", live.story());
        assert!(live.end("TERM").success());
        whole
    };
    assert_eq!(says("echo.canceller=off"), [false; 8], "without a canceller it takes itself for a person");
    for canceller in ["echo.canceller=sonora", "echo.canceller=aec3"] {
        // scripts/echo-soak counts how often it still interrupts itself over minutes.
        assert!(says(canceller).ends_with(&[true, true]), "{canceller}: no two replies in a row");
    }
}

#[test]
fn an_interrupt_ends_a_golem_that_listens() {
    let Some(server) = server() else { return };
    let live = Live::start(&server);
    assert!(live.end("INT").success());
}
