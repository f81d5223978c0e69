//! Golem as a satellite of a Home Assistant that is played by the package `wyoming` from PyPI, unchanged, on a sound
//! server that plays into nothing.

#[path = "common/python.rs"]
mod clients;
#[path = "common/live.rs"]
mod live;
#[path = "common/pulse.rs"]
mod pulse;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use live::{missing, place, root};
use pulse::Server;
use serde_json::Value;

const PACKAGES: [&str; 1] = ["wyoming==1.10.2"];
/// The question that is said to golem.
const QUESTION: &str = "fixtures/audio/whisper/05-flite-rms.flac";

/// Home Assistant: how it takes up a satellite, hears it, answers and announces.
const HOME_ASSISTANT: &str = r#"
import sys, asyncio, math, struct
from wyoming.client import AsyncTcpClient
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioStart, AudioChunk, AudioStop
from wyoming.error import Error
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.pipeline import PipelineStage, RunPipeline
from wyoming.satellite import PauseSatellite, RunSatellite
from wyoming.snd import Played
from wyoming.timer import TimerFinished, TimerStarted
from wyoming.tts import Synthesize, SynthesizeVoice
from wyoming.vad import VoiceStarted, VoiceStopped
host, port, question = sys.argv[1], int(sys.argv[2]), sys.argv[3]
RATE = 22050
STORY = "Once upon a time there was a golem of clay. It carried water for the whole town, and it never spoke a word. " * 3

def tone(seconds):
    return b"".join(struct.pack("<h", int(12000 * math.sin(n * 0.2))) for n in range(int(RATE * seconds)))

class Home:
    def __init__(self, client):
        self.client = client

    async def send(self, *events):
        for event in events:
            await self.client.write_event(event.event())

    async def next(self):
        event = await asyncio.wait_for(self.client.read_event(), 30)
        assert event is not None, "golem hung up"
        return event

    async def until(self, kind):
        while True:
            event = await self.next()
            if kind.is_type(event.type):
                return kind.from_event(event)
            assert event.type in ("pong", "audio-chunk", "audio-stop", "played"), event

    async def begin(self):
        await self.send(RunSatellite(), Describe(), Ping(text="x"))
        assert Info.from_event(await self.next()).satellite.installed
        assert Pong.from_event(await self.next()).text == "x"

    async def sound(self, seconds, written=None):
        """Sound of this length; 'written' is awaited before its end."""
        start, pcm = dict(rate=RATE, width=2, channels=1), tone(seconds)
        await self.send(AudioStart(timestamp=0, **start))
        for at in range(0, len(pcm), 2048):
            await self.send(AudioChunk(audio=pcm[at:at + 2048], timestamp=at * 500 // RATE, **start))
        if written:
            await written()
        await self.send(AudioStop(timestamp=int(seconds * 1000)))

    async def hear(self):
        """An utterance, from the wish for a pipeline to the end of its sound."""
        run = await self.until(RunPipeline)
        assert (run.start_stage, run.end_stage, run.restart_on_end) == (PipelineStage.ASR, PipelineStage.TTS, False), run
        await self.send(Transcribe(language="en"), VoiceStarted(timestamp=100))
        length = 0
        while True:
            event = await self.next()
            if AudioStop.is_type(event.type):
                break
            if AudioChunk.is_type(event.type):
                chunk = AudioChunk.from_event(event)
                assert (chunk.rate, chunk.width, chunk.channels) == (16000, 2, 1) and chunk.audio
                length += len(chunk.audio)
        assert length > 32000, length
        await self.send(VoiceStopped(timestamp=1500))

    async def answer(self, words, text, seconds):
        await self.send(Transcript(text=words), Synthesize(text=text, voice=SynthesizeVoice(name="joe")))
        await self.sound(seconds)

async def say():
    """The person speaks."""
    return await asyncio.create_subprocess_exec("paplay", "--device=person", question)

async def main():
    loudspeaker = await asyncio.create_subprocess_exec(
        "parec", "--device=speaker.monitor", "--raw", "--format=s16le", "--rate=16000", "--channels=1", "--latency-msec=20",
        stdout=asyncio.subprocess.PIPE, limit=1 << 24)
    async def loud():
        """Whether golem's loudspeaker sounds in the next 20 ms."""
        piece = await asyncio.wait_for(loudspeaker.stdout.readexactly(640), 30)
        return max(abs(sample) for (sample,) in struct.iter_unpack("<h", piece)) > 2000
    async def plays(seconds):
        while seconds > 0:
            seconds -= 0.02 * await loud()
    async def rest():
        """Seconds that it sounds until half a second of silence."""
        sounds = silent = 0
        while silent < 25:
            heard = await loud()
            sounds, silent = sounds + heard, 0 if heard else silent + 1
        return sounds * 0.02
    async def keep_reading():
        while await loudspeaker.stdout.read(65536):
            pass

    async with AsyncTcpClient(host, port) as looker:
        await looker.write_event(Describe().event())
        info = Info.from_event(await looker.read_event())
        assert info.satellite.installed and info.satellite.has_vad and not info.asr and not info.tts, info
    async with AsyncTcpClient(host, port) as client, AsyncTcpClient(host, port) as second:
        home = Home(client)
        await home.begin()
        await second.write_event(RunSatellite().event())
        assert await asyncio.wait_for(second.read_event(), 30) is None, "there is one Home Assistant already"
        # A question, and its answer.
        person = await say()
        await home.hear()
        await home.answer("Who wrote Romeo and Juliet?", "William Shakespeare.", 1.0)
        await plays(0.5)
        await home.until(Played)
        await person.wait()
        await rest()
        # A story of twenty seconds, which the person speaks over.
        person = await say()
        await home.hear()
        await home.answer("Tell me a story.", STORY, 20.0)
        await person.wait()
        await plays(2.0)
        person = await say()
        await home.hear()
        sounded = await rest()
        assert sounded < 6, sounded
        await home.answer("Who wrote it?", "People did.", 0.5)
        await plays(0.3)
        await home.until(Played)
        await home.until(Played)
        await person.wait()
        # An answer whose sound begins while its text is still being written.
        await rest()
        person = await say()
        await home.hear()
        await home.send(Transcript(text="Is there more?"))
        async def written():
            await plays(0.4)
            await home.send(Synthesize(text="That is all.", voice=SynthesizeVoice(name="joe")))
        await home.sound(1.0, written)
        await home.until(Played)
        await person.wait()
        # What needs no answer, and what comes by itself.
        person = await say()
        await home.hear()
        await home.send(Error(text="No text recognized", code="stt-no-text-recognized"))
        await person.wait()
        await rest()
        await home.send(TimerStarted(id="1", total_seconds=5, name="tea"), TimerFinished(id="1"))
        await plays(0.3)
        await rest()
        await home.sound(0.5)
        await home.until(Played)
        await home.send(PauseSatellite())
    # It comes back, as often as it takes: golem may not have seen yet that it has gone.
    while True:
        async with AsyncTcpClient(host, port) as knocking:
            await knocking.write_event(RunSatellite().event())
            await knocking.write_event(Ping(text="x").event())
            try:
                if await asyncio.wait_for(knocking.read_event(), 30) is None:
                    continue
            except ConnectionError:
                continue
            await knocking.write_event(PauseSatellite().event())
            await knocking.write_event(Ping(text="x").event())
            assert Pong.is_type((await asyncio.wait_for(knocking.read_event(), 30)).type)
            break
    async with AsyncTcpClient(host, port) as client:
        home = Home(client)
        await home.begin()
        person = await say()
        await home.hear()
        await home.answer("Who wrote Romeo and Juliet?", "It is still Shakespeare.", 0.5)
        await home.until(Played)
        await person.wait()
    loudspeaker.terminate()
    await keep_reading()
    await loudspeaker.wait()

asyncio.run(main())
print("good")
"#;

/// A daemon that is a satellite.
struct Satellite<'a> {
    process: Child,
    address: SocketAddr,
    server: &'a Server,
}

fn golem(server: &Server) -> Command {
    let mut command = server.client(env!("CARGO_BIN_EXE_golem"));
    command.env("GOLEM_HOME", root()).env("GOLEM_CONFIG", server.folder().join("golem.toml")).stdin(Stdio::null());
    command.env("XDG_STATE_HOME", server.folder()).env_remove("GOLEM_SOCKET").env_remove("NOTIFY_SOCKET");
    command.env_remove("GOLEM_LOG");
    command
}

impl<'a> Satellite<'a> {
    fn start(server: &'a Server) -> Self {
        let config = "[audio]\ninput = \"person.monitor\"\noutput = \"speaker\"\n[tts]\nengine = \"espeak\"\n\
                      [echo]\ncanceller = \"off\"\n[turn]\nsilence_ms = 500\nmodel = false\n";
        std::fs::write(server.folder().join("golem.toml"), config).unwrap();
        let mut command = golem(server);
        command.args(["--daemon", "--wyoming-satellite", "127.0.0.1:0"]).stderr(Stdio::piped());
        let mut process = command.spawn().expect("golem can be started");
        let mut log = BufReader::new(process.stderr.take().expect("piped")).lines().map_while(Result::ok);
        let mut said = String::new();
        while !said.contains("golem listens") {
            said.push_str(&log.next().unwrap_or_else(|| panic!("it ended: {said}")));
            said.push('\n');
        }
        let address = said.split("a satellite of Home Assistant on ").nth(1).unwrap_or_else(|| panic!("{said}"));
        let address = address.split_whitespace().next().unwrap().parse().unwrap();
        // Drain its later output.
        std::thread::spawn(move || log.for_each(|line| println!("{line}")));
        Self { process, address, server }
    }

    /// Golem's replies as far as they were heard, up to `last`, and whether they were cut. One that a voice silences before
    /// its first sample is left out: it goes on.
    fn heard(&self, last: &str) -> Vec<(String, bool)> {
        let mut command = golem(self.server);
        let mut follower = command.arg("--json").stdout(Stdio::piped()).spawn().expect("golem can be started");
        let lines = BufReader::new(follower.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let lines = lines.map(|line| serde_json::from_str::<Value>(&line).expect("a line of JSON"));
        let mut heard = Vec::new();
        for line in lines.filter(|line| line["type"] == "heard") {
            let text = line["text"].as_str().unwrap_or_default().to_owned();
            let over = text == last;
            if !text.is_empty() {
                heard.push((text, line["interrupted"] == true));
            }
            if over {
                break;
            }
        }
        let _ = follower.kill();
        let _ = follower.wait();
        heard
    }
}

impl Drop for Satellite<'_> {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn home_assistant_hears_answers_and_is_interrupted_through_golem() {
    if let Some(why) = missing() {
        println!("skipped: {why}");
        return;
    }
    let Some(server) = Server::start(&["sink_name=speaker", "sink_name=person"]) else { return };
    let Some(python) = clients::python("wyoming-satellite", &PACKAGES, &[]) else { return };
    let golem = Satellite::start(&server);
    let (host, port) = (golem.address.ip().to_string(), golem.address.port().to_string());
    clients::run(server.client("timeout"), &python, HOME_ASSISTANT, &[&host, &port, QUESTION]);
    let heard = golem.heard("It is still Shakespeare.");
    let told = |at: usize| (heard[at].0.as_str(), heard[at].1);
    assert_eq!(told(0), ("William Shakespeare.", false));
    let (story, cut) = told(1);
    assert!(cut && story.starts_with("Once upon") && story.len() < 200, "{heard:?}");
    assert_eq!(told(2), ("People did.", false));
    assert_eq!(told(3), ("Home Assistant:\nThat is all.", false), "{heard:?}");
    assert_eq!(told(4), ("Time is up: tea.", false), "{heard:?}");
    assert_eq!(told(5), ("An announcement from Home Assistant.", false));
    assert_eq!(told(6), ("It is still Shakespeare.", false));
}

#[test]
fn a_satellite_is_not_open_to_strangers() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_golem"));
        command.args(words).env("GOLEM_HOME", root()).env("GOLEM_CONFIG", "/nonexistent/golem.toml");
        command.env("XDG_RUNTIME_DIR", folder.path()).env_remove("GOLEM_SOCKET").env("GOLEM_DATA", place::data());
        let output = command.stdin(Stdio::null()).output().expect("golem can be started");
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let open = refused(&["--daemon", "--wyoming-satellite", "0.0.0.0:0"]);
    assert!(open.contains("serve.wyoming_allow"), "{open}");
    let odd = refused(&["--daemon", "--wyoming-satellite", "kitchen"]);
    assert!(odd.contains("--wyoming-satellite 127.0.0.1:10700"), "{odd}");
    assert!(refused(&["--wyoming-satellite"]).contains("--daemon"));
}
