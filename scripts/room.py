"""A room without walls for golems that are measured: a private sound server, a daemon in it, and its socket.

Golem hears what is played into the null sink `person` and speaks into the null sink `speaker`. Nothing of the
machine's own sound, settings or history is touched, and all of it is gone when the room is left.
"""

from __future__ import annotations

import json
import os
import re
import socket
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 60.0  # longest wait for the sound server or for golem, in seconds
LOOK = 0.05  # between two looks at whether a wait is over, in seconds
PROTOCOL = 1  # version of the control protocol


class Failure(SystemExit):
    """The measurement cannot go on, or shows what must not be."""


@dataclass
class Room:
    """The folder and the environment of everything that runs in the room."""

    folder: Path
    env: dict[str, str]

    def play(self, recording: str | Path) -> None:
        """Says a recording into golem's microphone; returns when it was said."""
        subprocess.run(["paplay", "--device=person", str(recording)], env=self.env, check=True)


@contextmanager
def room(name: str) -> Iterator[Room]:
    """A room; `name` is for its folder."""
    with tempfile.TemporaryDirectory(prefix=f"golem-{name}-") as folder:
        address = f"{folder}/native"
        # Variables that could point golem at other settings are left out.
        settings = re.compile("GOLEM_(?!HOME|DATA|MODELS|SKIP)")
        env = {key: value for key, value in os.environ.items() if not settings.match(key)}
        env |= {"PULSE_SERVER": f"unix:{address}", "XDG_RUNTIME_DIR": folder, "XDG_CONFIG_HOME": folder}
        # A server asks for a cookie even where it lets everybody in, and a new home has none yet.
        Path(folder, "cookie").write_bytes(bytes(256))
        env |= {"PULSE_COOKIE": f"{folder}/cookie"}
        env |= {"XDG_STATE_HOME": f"{folder}/state", "GOLEM_HOME": env.get("GOLEM_HOME", str(ROOT))}
        server = subprocess.Popen(
            ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--disable-shm=yes"]
            + [f"--load=module-native-protocol-unix auth-anonymous=1 socket={address}"]
            + [f"--load=module-null-sink sink_name={sink}" for sink in ("speaker", "person")],
            env=env | {"HOME": folder}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        listeners: list[subprocess.Popen] = []
        try:
            reached = ["pactl", "info"]
            if not eventually(lambda: subprocess.run(reached, env=env, capture_output=True).returncode == 0):
                raise Failure(f"{name}: the sound server does not start")
            # A null sink that nobody listens to falls asleep, which no microphone does.
            for sink in ("speaker", "person"):
                listen = ["parec", f"--device={sink}.monitor", "--latency-msec=20"]
                listeners.append(subprocess.Popen(listen, env=env, stdout=subprocess.DEVNULL))
            yield Room(Path(folder), env)
        finally:
            for process in [*listeners, server]:
                process.terminate()
                process.wait()


def eventually(wanted: Callable[[], object], limit: float = LIMIT) -> bool:
    """Whether it comes true within so many seconds."""
    deadline = time.monotonic() + limit
    while not wanted():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK)
    return True


class Daemon:
    """A golem without a screen; its log stays in the room."""

    def __init__(self, program: str, room: Room, settings: list[str]) -> None:
        devices = ["audio.input=person.monitor", "audio.output=speaker"]
        flags = [word for setting in [*devices, *settings] for word in ("--set", setting)]
        self.log = room.folder / "golem.log"
        self.path = room.folder / "golem.sock"
        self.process = subprocess.Popen(
            [program, "--daemon", "--log", str(self.log), *flags], env=room.env, stdin=subprocess.DEVNULL
        )

    def ready(self) -> None:
        """Waits until it listens."""

        def listens() -> bool:
            self.alive()
            try:
                with Line(self.path) as line:
                    return bool(line.ask("status").get("ready"))
            except (OSError, EOFError):
                return False

        if not eventually(listens):
            raise Failure(f"golem does not listen after {LIMIT:.0f} s; {self.last_words()}")

    def alive(self) -> None:
        """Fails when it has ended by itself."""
        if self.process.poll() is not None:
            raise Failure(f"golem ended by itself, status {self.process.returncode}; {self.last_words()}")

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "the end of its log:\n" + "\n".join(lines[-10:])

    def end(self) -> None:
        """Asks it to end, and sees to it that it does."""
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Line:
    """A connection to a golem's control socket."""

    def __init__(self, path: Path) -> None:
        self.stream = socket.socket(socket.AF_UNIX)
        try:
            # A timeout of Python's own makes the socket non-blocking, and then the system refuses instead of letting
            # the client wait when many others connect at the same moment.
            self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(LIMIT), 0))
            self.stream.connect(str(path))
            self.stream.settimeout(LIMIT)
        except OSError:
            self.stream.close()
            raise
        self.lines = self.stream.makefile("r", encoding="utf-8")
        self.id = 0

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()

    def ask(self, command: str, **fields: object) -> dict:
        """The reply to a request; events that come before it are passed over."""
        self.id += 1
        request = {"version": PROTOCOL, "id": self.id, "command": command, **fields}
        self.stream.sendall(json.dumps(request).encode() + b"\n")
        for reply in self.read():
            if reply.get("id") == self.id and "version" in reply:
                return reply
        raise EOFError("golem has hung up")

    def read(self) -> Iterator[dict]:
        """What golem tells, until it hangs up."""
        for line in self.lines:
            yield json.loads(line)

    def follow(self, seen: Callable[[dict], None]) -> None:
        """Hands every event from now on to `seen`, on a thread of its own."""
        self.ask("subscribe")
        self.stream.settimeout(None)

        def loop() -> None:
            try:
                for event in self.read():
                    seen(event)
            except OSError:
                pass  # the connection was closed

        threading.Thread(target=loop, daemon=True).start()


def memory(pid: int) -> tuple[float, float]:
    """RSS and PSS of a process in MB of a million bytes."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    rss, pss = (re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE) for name in ("Rss", "Pss"))
    assert rss and pss
    return int(rss[1]) * 1024 / 1e6, int(pss[1]) * 1024 / 1e6


def threads(pid: int) -> int:
    """Threads of a process."""
    return len(os.listdir(f"/proc/{pid}/task"))


def handles(pid: int) -> int:
    """Open files, sockets and the like of a process."""
    return len(os.listdir(f"/proc/{pid}/fd"))
