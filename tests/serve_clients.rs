//! The speech server with clients that others wrote, unchanged: the packages `openai` and `wyoming` from PyPI.

#[path = "common/place.rs"]
mod place;
#[path = "common/served.rs"]
mod served;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use place::root;
use served::{Served, installed};

/// The clients, of versions that are known.
const PACKAGES: [&str; 2] = ["openai==3.57.0", "wyoming==1.10.2"];
/// Seconds that a client's script may take.
const PATIENCE: &str = "120";

/// A Python with the clients; `None`, which is printed, where they cannot be had.
fn python() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("serve-clients");
    let python = folder.join("bin/python");
    let complete = folder.join(PACKAGES.join(" "));
    if complete.exists() {
        return Some(python);
    }
    let run = |command: &mut Command| -> Result<(), String> {
        let output = command.output().map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(said.lines().last().unwrap_or_default().to_owned()) }
    };
    let made =
        run(Command::new("timeout").args(["120", "python3", "-m", "venv", "--clear"]).arg(&folder)).and_then(|()| {
            let pip = ["-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "20"];
            run(Command::new("timeout").arg("300").arg(&python).args(pip).args(PACKAGES))
        });
    match made {
        Ok(()) => {
            fs::write(complete, "").unwrap();
            Some(python)
        }
        Err(reason) => {
            println!("skipped: pip cannot install {}: {reason}", PACKAGES.join(" and "));
            None
        }
    }
}

/// Runs a script, which must say "good" at its end.
fn run(python: &Path, script: &str, arguments: &[&str]) {
    let mut command = Command::new("timeout");
    command.arg(PATIENCE).arg(python).args(["-c", script]).args(arguments).current_dir(root());
    for name in
        ["OPENAI_API_KEY", "OPENAI_BASE_URL", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]
    {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, errors) = (said(&output.stdout), said(&output.stderr));
    assert!(output.status.success() && out.trim_end().ends_with("good"), "{}: {out}{errors}", output.status);
}

const OPENAI: &str = r#"
import sys, io, openai
base, wrong = sys.argv[1], sys.argv[2]
WORDS = "Who wrote Romeo and Juliet?"
QUESTION = "fixtures/audio/whisper/05-flite-rms.flac"
client = openai.OpenAI(base_url=base, api_key="secret-word", max_retries=0, timeout=60)
assert "whisper-micro" in [model.id for model in client.models.list()]
assert client.models.retrieve("whisper-1").id == "whisper-1"
create = client.audio.transcriptions.create
heard = lambda **more: create(model="whisper-1", file=open(QUESTION, "rb"), language="en", **more)
assert heard().text == WORDS, heard()
assert heard(response_format="text").strip() == WORDS
assert "-->" in heard(response_format="srt") and "WEBVTT" in heard(response_format="vtt")
verbose = heard(response_format="verbose_json", timestamp_granularities=["segment"], prompt="Romeo, Juliet", temperature=0.2)
assert verbose.text == WORDS and verbose.segments[0].text == WORDS and verbose.segments[0].end > 0.5, verbose
events = list(heard(stream=True))
assert [event.type for event in events] == ["transcript.text.delta", "transcript.text.done"], events
assert "".join(event.delta for event in events[:-1]) == events[-1].text == WORDS, events
translated = client.audio.translations.create(model="whisper-1", file=open(QUESTION, "rb"))
assert isinstance(translated.text, str)
speech = client.audio.speech.create(model="tts-1", voice="alloy", input="Good morning. How are you?", response_format="wav")
assert speech.content[:4] == b"RIFF" and len(speech.content) > 20_000
with client.audio.speech.with_streaming_response.create(
    model="tts-1", voice="nova", input="Good morning. " * 20, response_format="pcm", speed=1.5
) as stream:
    pieces = [piece for piece in stream.iter_bytes() if piece]
assert len(pieces) > 1 and sum(map(len, pieces)) > 100_000, len(pieces)
again = create(model="whisper-1", file=("speech.wav", io.BytesIO(speech.content)), language="en")
assert isinstance(again.text, str)
for call, error in [
    (lambda: create(model="large-v9", file=open(QUESTION, "rb")), openai.NotFoundError),
    (lambda: create(model="whisper-1", file=("a.wav", b"these are only words, and many of them")), openai.BadRequestError),
    (lambda: client.audio.speech.create(model="tts-1", voice="alloy", input="x", response_format="mp3"), openai.BadRequestError),
    (lambda: openai.OpenAI(base_url=base, api_key=wrong, max_retries=0).models.list(), openai.AuthenticationError),
]:
    try:
        call()
    except error as told:
        assert told.body["message"] and told.message, told
    else:
        raise AssertionError(f"{error} was not raised")
print("good")
"#;

const WYOMING: &str = r#"
import sys, asyncio, struct
from wyoming.client import AsyncTcpClient
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.asr import Transcribe, Transcript, TranscriptStart, TranscriptChunk, TranscriptStop
from wyoming.audio import AudioStart, AudioChunk, AudioStop
from wyoming.tts import Synthesize, SynthesizeVoice, SynthesizeStart, SynthesizeChunk, SynthesizeStop, SynthesizeStopped
from wyoming.error import Error
from wyoming.intent import Recognize, Intent, NotRecognized
from wyoming.handle import Handled, NotHandled
from wyoming.wake import Detect
host, port, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
pcm = open(path, "rb").read()

async def main():
    async with AsyncTcpClient(host, port) as client:
        async def next():
            event = await asyncio.wait_for(client.read_event(), 60)
            assert event is not None
            return event
        await client.write_event(Describe().event())
        info = Info.from_event(await next())
        assert info.asr[0].models[0].name == "whisper-micro" and "ru" in info.asr[0].models[0].languages
        voices = [voice.name for voice in info.tts[0].voices]
        assert "en-us" in voices and info.tts[0].supports_synthesize_streaming, voices
        await client.write_event(Ping(text="x").event())
        assert Pong.from_event(await next()).text == "x"
        for _ in range(2):
            await client.write_event(Transcribe(language="en").event())
            await client.write_event(AudioStart(rate=16000, width=2, channels=1).event())
            for at in range(0, len(pcm), 2048):
                await client.write_event(AudioChunk(rate=16000, width=2, channels=1, audio=pcm[at:at + 2048]).event())
            await client.write_event(AudioStop().event())
            assert TranscriptStart.is_type((await next()).type)
            assert TranscriptChunk.from_event(await next()).text == "Who wrote Romeo and Juliet?"
            assert Transcript.from_event(await next()).text == "Who wrote Romeo and Juliet?"
            assert TranscriptStop.is_type((await next()).type)

        async def sound():
            start, length = AudioStart.from_event(await next()), 0
            while True:
                event = await next()
                if AudioStop.is_type(event.type):
                    return length / (start.rate * start.width * start.channels)
                length += len(AudioChunk.from_event(event).audio)
        await client.write_event(Synthesize(text="Good morning. How are you?", voice=SynthesizeVoice(name="en-us")).event())
        assert await sound() > 0.5
        await client.write_event(SynthesizeStart().event())
        for piece in ["Good mor", "ning. How are", " you?"]:
            await client.write_event(SynthesizeChunk(text=piece).event())
        await client.write_event(Synthesize(text="Good morning. How are you?").event())
        await client.write_event(SynthesizeStop().event())
        assert await sound() > 0.5
        assert SynthesizeStopped.is_type((await next()).type)
        await client.write_event(Synthesize(text="Hi", voice=SynthesizeVoice(name="nobody")).event())
        assert Error.is_type((await next()).type)
        assert info.intent[0].models[0].languages == ["en"] and info.handle[0].models[0].installed
        assert info.wake[0].models[0].phrase == "hey golem"
        await client.write_event(Recognize(text="what time is it").event())
        intent = Intent.from_event(await next())
        assert intent.name and intent.context is None, intent
        await client.write_event(Recognize(text="who wrote Romeo and Juliet").event())
        assert NotRecognized.is_type((await next()).type)
        await client.write_event(Transcript(text="what time is it", context={"conversation_id": "7"}).event())
        handled = Handled.from_event(await next())
        assert handled.text and handled.context == {"conversation_id": "7"}, handled
        await client.write_event(Transcript(text="who wrote Romeo and Juliet").event())
        assert NotHandled.is_type((await next()).type)
        await client.write_event(Detect(names=["another phrase"]).event())
        assert Error.is_type((await next()).type)

asyncio.run(main())
print("good")
"#;

#[test]
fn the_openai_and_the_wyoming_package_are_served() {
    if !installed() {
        return;
    }
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, "secret-word\n").unwrap();
    let golem = Served::micro(&["--token-file", token.to_str().unwrap()]);
    run(&python, OPENAI, &[&format!("http://{}/v1", golem.http), "another-word"]);
    let golem = Served::micro(&["--set", "serve.commands=run", "--set", "wake.phrase=hey golem"]);
    let sound = golem::device::wav::read_all(&root().join("fixtures/audio/whisper/05-flite-rms.flac")).unwrap();
    #[allow(clippy::cast_possible_truncation)]
    let pcm: Vec<u8> = sound.iter().flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes()).collect();
    let path = folder.path().join("question.pcm");
    fs::write(&path, pcm).unwrap();
    let (host, port) = (golem.wyoming.ip().to_string(), golem.wyoming.port().to_string());
    run(&python, WYOMING, &[&host, &port, path.to_str().unwrap()]);
}
