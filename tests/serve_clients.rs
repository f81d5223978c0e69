//! The speech server with clients that others wrote, unchanged: the packages `openai`, `wyoming` and `RealtimeSTT` from
//! PyPI.

#[path = "common/python.rs"]
mod clients;
#[path = "common/place.rs"]
mod place;
#[path = "common/served.rs"]
mod served;
#[path = "common/sockets.rs"]
mod sockets;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use place::root;
use served::{Served, installed};

/// The clients, of versions that are known.
const PACKAGES: [&str; 6] =
    ["openai==3.57.0", "websockets==15.0.1", "wyoming==1.10.2", "websocket-client==1.9.0", "numpy", "colorama==0.4.6"];
/// A client that is installed without its dependencies: only its recorder needs them, gigabytes of models' libraries.
const ALONE: &str = "RealtimeSTT==1.1.2";
/// A Python with the clients; `None`, with a printed reason, where they cannot be installed.
fn python() -> Option<PathBuf> {
    clients::python("serve-clients", &PACKAGES, &[ALONE])
}

/// Runs a script, which must say "good" at its end.
fn run(python: &Path, script: &str, arguments: &[&str]) {
    clients::run(Command::new("timeout"), python, script, arguments);
}

const OPENAI: &str = r#"
import sys, io, openai
from typing import get_args
from openai.types import AudioModel
from openai.types.audio import SpeechModel
base, wrong = sys.argv[1], sys.argv[2]
WORDS = "Who wrote Romeo and Juliet?"
QUESTION = "fixtures/audio/whisper/05-flite-rms.flac"
client = openai.OpenAI(base_url=base, api_key="secret-word", max_retries=0, timeout=60)
assert "whisper-micro" in [model.id for model in client.models.list()]
names = get_args(AudioModel) + get_args(SpeechModel)
assert "whisper-1" in names and "tts-1" in names, names
for name in names:
    assert client.models.retrieve(name).id == name
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
mp3 = client.audio.speech.create(model="tts-1", voice="alloy", input="Good morning. How are you?").content
assert mp3[0] == 0xFF and 5_000 < len(mp3) < len(speech.content) / 4, len(mp3)
assert isinstance(create(model="whisper-1", file=("speech.mp3", io.BytesIO(mp3)), language="en").text, str)
for call, error in [
    (lambda: create(model="large-v9", file=open(QUESTION, "rb")), openai.NotFoundError),
    (lambda: create(model="whisper-1", file=("a.wav", bytes(24 << 20)), response_format="docx"), openai.BadRequestError),
    (lambda: create(model="whisper-1", file=("a.wav", b"these are only words, and many of them")), openai.BadRequestError),
    (lambda: client.audio.speech.create(model="tts-1", voice="alloy", input="x", response_format="aac"), openai.BadRequestError),
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
    # An error ends the connection.
    for request in [Synthesize(text="Hi", voice=SynthesizeVoice(name="nobody")), Detect(names=["another phrase"])]:
        async with AsyncTcpClient(host, port) as client:
            await client.write_event(request.event())
            assert Error.is_type((await asyncio.wait_for(client.read_event(), 60)).type)
            assert await asyncio.wait_for(client.read_event(), 60) is None

asyncio.run(main())
print("good")
"#;

/// A stand-in for access to a microphone, which needs PortAudio: a recording that goes on in silence.
const MICROPHONE: &str = r#"
import sys, time, types
control, data, path = sys.argv[1:4]
pcm = open(path, "rb").read()
RATE = 48000
class Microphone:
    device_sample_rate = RATE
    def __init__(self, **_):
        self.at = 0
    def setup(self):
        return True
    def read_chunk(self):
        # A microphone has nothing sooner than it sounds; this one is ten times as fast, and begins when it is listened to.
        time.sleep(1024 / RATE / 10)
        if not sys._getframe(1).f_locals["self"].recording_start.is_set():
            return bytes(2048)
        piece = pcm[self.at:self.at + 2048]
        self.at += 2048
        return piece.ljust(2048, b"\0")
    def cleanup(self):
        pass
module = types.ModuleType("RealtimeSTT.audio_input")
module.AudioInput = Microphone
sys.modules["RealtimeSTT.audio_input"] = module
"#;

const RECORDER: &str = r#"
from RealtimeSTT import AudioToTextRecorderClient

order, partials = [], []
note = lambda name: lambda *_: order.append(name)
client = AudioToTextRecorderClient(
    language="en", control_url=control, data_url=data, autostart_server=False, spinner=False,
    on_recording_start=note("start"), on_recording_stop=note("stop"),
    on_transcription_start=lambda audio: order.append(("transcribe", len(audio) > 8000)),
    on_vad_detect_start=note("wait"), on_vad_detect_stop=note("voice"),
    on_realtime_transcription_update=partials.append,
)
assert client.server_already_running
text = client.text()
assert text == "Who wrote Romeo and Juliet?", text
assert order == ["wait", "voice", "start", "stop", ("transcribe", True)] or order[:-1] == [
    "wait", "voice", "start", "stop", ("transcribe", True)], order
assert client.get_parameter("language") == "en"
client.set_parameter("post_speech_silence_duration", 0.9)
assert client.get_parameter("post_speech_silence_duration") == 0.9
assert client.get_parameter("is_recording") is False
assert client.get_parameter("use_wake_words") is False
client.stop(); client.abort(); client.wakeup(); client.clear_audio_queue()
client.audio_input.at = 0
assert client.text() == "Who wrote Romeo and Juliet?"
client.shutdown()
print("good")
"#;

/// The command `stt`, whose output is redirected as in a script.
const STT: &str = r#"
import tempfile
from RealtimeSTT_server.stt_cli_client import main

sys.argv = ["stt", "--control", control, "--data", data, "-sed", "-s", "post_speech_silence_duration", "0.8",
            "-g", "language", "-g", "post_speech_silence_duration", "-m", "clear_audio_queue"]
out, sys.stdout = sys.stdout, tempfile.TemporaryFile("w+")
main()
written, sys.stdout = sys.stdout, out
written.seek(0)
lines = written.read().splitlines()
assert lines[2:] == ["Parameter language = en", "Parameter post_speech_silence_duration = 0.8", "Who wrote Romeo and Juliet?"], lines
print("good")
"#;

const REALTIME: &str = r#"
import sys, base64, openai
base, path = sys.argv[1:3]
pcm = open(path, "rb").read()
client = openai.OpenAI(base_url=base, api_key="any", max_retries=0)
WORDS = "Who wrote Romeo and Juliet?"
session = lambda turns: {"type": "transcription", "audio": {"input": {
    "format": {"type": "audio/pcm", "rate": 24000}, "transcription": {"model": "gpt-4o-transcribe", "language": "en"},
    "turn_detection": turns}}}
with client.realtime.connect(model="gpt-realtime", extra_query={"intent": "transcription"}) as live:
    def until(last):
        events = []
        while not events or events[-1].type != last:
            events.append(live.recv())
        return events
    assert until("session.created")[-1].session.type == "transcription"
    live.session.update(session=session({"type": "server_vad", "silence_duration_ms": 500}))
    assert until("session.updated")[-1].session.audio.input.transcription.language == "en"
    def say():
        for at in range(0, len(pcm), 4800):
            live.input_audio_buffer.append(audio=base64.b64encode(pcm[at:at + 4800]).decode())
    say()
    done = "conversation.item.input_audio_transcription.completed"
    events = until(done)
    assert events[-1].transcript == WORDS, events[-1]
    types = [event.type for event in events if not event.type.endswith("delta")]
    assert types == ["input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped", "input_audio_buffer.committed",
                     "conversation.item.added", "conversation.item.done", done], types
    assert len({getattr(event, "item_id", None) or event.item.id for event in events}) == 1
    live.session.update(session=session(None))
    until("session.updated")
    say()
    live.input_audio_buffer.commit()
    assert until(done)[-1].transcript == WORDS
    live.input_audio_buffer.commit()
    assert "buffer too small" in until("error")[-1].error.message
print("good")
"#;

/// A recording with silence behind it, as 16 bits at a rate, in a file.
fn question(folder: &Path, rate: u32) -> PathBuf {
    let mut sound = golem::device::wav::read_all(&root().join("fixtures/audio/whisper/05-flite-rms.flac")).unwrap();
    sound.extend(vec![0.0; 32_000]);
    let sound = golem::signal::resample::resample(&sound, 16_000, rate);
    let path = folder.join(format!("question-{rate}.pcm"));
    fs::write(&path, sockets::pcm(&sound)).unwrap();
    path
}

#[test]
fn the_realtimestt_and_the_openai_package_are_served_live() {
    if !installed() {
        return;
    }
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let golem = Served::micro(&[]);
    let path = |rate| question(folder.path(), rate).display().to_string();
    let (control, data) = (format!("ws://{}", golem.control), format!("ws://{}", golem.data));
    for client in [RECORDER, STT] {
        run(&python, &format!("{MICROPHONE}{client}"), &[&control, &data, &path(48_000)]);
    }
    run(&python, REALTIME, &[&format!("http://{}/v1", golem.http), &path(24_000)]);
}

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
