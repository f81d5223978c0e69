#!/usr/bin/env python3
"""Fetches the native runtimes and models that pins.toml names into golem's data folder, and models of the catalogue.

Every archive comes through pip, whose mirrors, proxies and certificates are the user's own settings, and is checked
against its pinned sha256 before anything in it is used. What is there already is skipped; what is written appears
under its final name only when it is complete. A model of models/catalogue.toml (--model) is joined of its pieces and
recorded as `golem models fetch` does it, which needs a golem that is compiled.
"""

import argparse
import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

Pin = dict[str, Any]


class SetupError(Exception):
    """A step failed; the text says what to do next."""


def this_machine() -> str:
    """The kind of this machine, by the name that pins.toml uses."""
    return {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())


def for_machine(value: str | dict[str, str], name: str) -> str:
    """The one value, or the entry of this machine's kind where there is one for each."""
    if isinstance(value, str):
        return value
    machine = this_machine()
    if machine not in value:
        raise SetupError(f"{name} is pinned for {', '.join(value)} only, this machine is {machine}: "
                         "add its file and sha256 to scripts/pins.toml")
    return value[machine]


def destinations(pin: Pin) -> list[str]:
    """Every path under the data folder that the pin provides."""
    return [*pin["members"].values(), *pin.get("cmake", {}).get("products", {}).values()]


def record_path(pin: Pin, data: Path) -> Path:
    """The file that says which form of the pin is installed."""
    return data / "runtime" / ".installed" / pin["name"]


def fingerprint(pin: Pin) -> str:
    """Changes when anything about the pin does, so that a new version, flag or patch is installed again."""
    patch = patch_of(pin.get("cmake", {}))
    changes = patch.read_bytes() if patch else b""
    return hashlib.sha256(json.dumps(pin, sort_keys=True).encode() + changes).hexdigest()


def patch_of(cmake: dict[str, Any]) -> Path | None:
    """The file of golem's changes to the source, which lies beside this script."""
    return Path(__file__).resolve().with_name(cmake["patch"]) if "patch" in cmake else None


def is_installed(pin: Pin, data: Path) -> bool:
    """Whether this very pin was installed and all that it provides is still there."""
    record = record_path(pin, data)
    return (record.is_file() and record.read_text() == fingerprint(pin)
            and all((data / path).exists() for path in destinations(pin)))


def run(command: list[str], log: Path) -> None:
    """Runs a command with its output in `log`; on failure the log's last lines are shown."""
    with log.open("w") as output:
        status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False).returncode
    if status != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
        raise SetupError(f"{tail}\nfailed with status {status}: {' '.join(command)}")


def pip(arguments: list[str], requirements: list[str], work: Path) -> None:
    """Runs pip on hash-checked requirements."""
    listed = work / "requirements.txt"
    listed.write_text("\n".join(requirements) + "\n")
    run([sys.executable, "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check", "--no-deps",
         "--require-hashes", "--requirement", str(listed)], work / "pip.log")


def download(pin: Pin, work: Path) -> Path:
    """Fetches the pin's archive into `work` and verifies it."""
    name = for_machine(pin["file"], pin["name"])
    digest = for_machine(pin["sha256"], pin["name"])
    arguments = ["download", "--dest", str(work)]
    if name.endswith(".whl"):
        python, abi, tag = name.removesuffix(".whl").split("-")[-3:]
        arguments += ["--only-binary=:all:"]
        if abi != "none":  # a wheel for another Python than ours: only the library inside is wanted
            arguments += ["--implementation", "cp", "--python-version", python.removeprefix("cp"), "--abi", abi,
                          "--platform", tag]
    else:
        pip(["install", "--only-binary=:all:"], pin["backend"], work)
        arguments += ["--no-build-isolation", f"--no-binary={pin['name']}"]
    pip(arguments, [f"{pin['name']}=={pin['version']} --hash=sha256:{digest}"], work)
    archive = work / name
    if not archive.is_file():
        raise SetupError(f"pip fetched no {name}: look at scripts/pins.toml")
    with archive.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != digest:
        raise SetupError(f"{name} has sha256 {found}, pinned is {digest}: the download is damaged or was tampered with")
    return archive


def unpack(archive: Path, into: Path) -> None:
    """Unpacks a wheel or an sdist whose digest was checked."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as content:
            content.extractall(into)
    else:
        with tarfile.open(archive) as content:
            content.extraction_filter = getattr(tarfile, "data_filter", None)  # Debian 12's Python has none
            content.extractall(into)


def build(cmake: dict[str, Any], tree: Path, work: Path) -> Path:
    """Patches the source if it needs it, configures and builds one CMake target; returns the build folder."""
    folder = work / "build"
    if patch := patch_of(cmake):
        run(["patch", "--batch", "-p1", "-d", str(tree / cmake["source"]), "-i", str(patch)], work / "patch.log")
    run(["cmake", "-S", str(tree / cmake["source"]), "-B", str(folder), *cmake["args"]], work / "configure.log")
    run(["cmake", "--build", str(folder), "--target", cmake["target"], "--parallel", str(os.cpu_count() or 1)],
        work / "build.log")
    return folder


def place(source: Path, destination: Path) -> None:
    """Copies a file or folder to `destination`, which is replaced in one rename."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    fresh = destination.with_name(f".{destination.name}.new")
    if source.is_dir():
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(source, fresh)
        shutil.rmtree(destination, ignore_errors=True)  # a folder cannot be renamed over a full one
    else:
        shutil.copyfile(source, fresh)  # follows links: a library arrives under its own plain name
    fresh.replace(destination)


def install(pin: Pin, data: Path, scratch: Path) -> None:
    """Downloads, verifies, builds where needed, and places everything that the pin provides."""
    record = record_path(pin, data)
    record.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=scratch, prefix=f"{pin['name']}-") as folder:
        work = Path(folder)
        tree = work / "tree"
        unpack(download(pin, work), tree)
        for member, path in pin["members"].items():
            place(tree / member, data / path)
        if cmake := pin.get("cmake"):
            made = build(cmake, tree, work)
            for product, path in cmake["products"].items():
                place(made / product, data / path)
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(fingerprint(pin))


def folder_of(model: Pin) -> Path:
    """Where golem looks for a model under a models folder; src/model/catalogue/entry.rs says the same."""
    kinds = {"whisper": "whisper", "llama": "llm", "piper": "piper", "kokoro": "kokoro", "resemblyzer": "speaker"}
    if model["engine"] not in kinds:
        raise SetupError(f"{model['name']} is fetched by golem itself: golem models fetch {model['name']}")
    return Path(kinds[model["engine"]], model["name"])


def place_of(file: dict[str, Any]) -> str:
    """A file's path in its model's folder."""
    return file.get("to") or file["path"].rsplit("/", 1)[-1]


def on_pypi(model: Pin) -> list[dict[str, Any]]:
    """The archives of the model's first source that lies on PyPI as a whole."""
    for source in model.get("sources", []):
        archives = source.get("archives", [])
        if archives and all("pypi" in archive and archive["archive"].endswith(".whl") for archive in archives):
            return archives
    raise SetupError(f"{model['name']} is not on PyPI")


def is_whole(folder: Path, model: Pin) -> bool:
    """Whether all files of the model are there, by their lengths."""
    places = [(folder / place_of(file), file["bytes"]) for file in model["files"]]
    return all(path.is_file() and path.stat().st_size == length for path, length in places)


def sha256_of(path: Path) -> str:
    """The digest of a file."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def join(archives: list[dict[str, Any]], work: Path, into: Path) -> None:
    """Downloads archives one after the other and appends their members to the files that they are pieces of."""
    for archive in archives:
        name, _, version = archive["pypi"].partition("==")
        pin = {"name": name, "version": version, "file": archive["archive"], "sha256": archive["sha256"]}
        wheel = work / archive["archive"]
        if not wheel.is_file() or sha256_of(wheel) != archive["sha256"]:
            download(pin, work)
        with zipfile.ZipFile(wheel) as content:
            for place, members in archive["take"].items():
                for member in [members] if isinstance(members, str) else members:
                    target = into / place
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with content.open(member) as source, target.open("ab") as output:
                        shutil.copyfileobj(source, output, 1 << 20)
        wheel.unlink()


def check(folder: Path, model: Pin) -> list[dict[str, Any]]:
    """The record's list of files; every one must be what the catalogue says."""
    kept = []
    for file in sorted(model["files"], key=place_of):
        path = folder / place_of(file)
        found = sha256_of(path)
        if found != file["sha256"]:
            raise SetupError(f"{model['name']}: {path.name} has sha256 {found}, expected is {file['sha256']}")
        kept.append({"path": place_of(file), "bytes": path.stat().st_size, "sha256": found})
    return kept


def bring(model: Pin, models: Path, like: Path | None) -> None:
    """Makes a model be there, whole or not at all, with the record that golem writes. Where `like`, another models
    folder, has it, its files are linked."""
    place = models / folder_of(model)
    if is_whole(place, model):
        return
    archives = on_pypi(model)
    stage = models / ".partial" / model["name"]
    stage.mkdir(parents=True, exist_ok=True)
    # The lock that golem itself takes: a golem setup may run at the same time.
    with (models / ".partial" / f"{model['name']}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_whole(place, model):
            return
        fresh = stage / "whole"
        shutil.rmtree(fresh, ignore_errors=True)
        if like and is_whole(like / folder_of(model), model):
            shutil.copytree(like / folder_of(model), fresh, copy_function=os.link)
        else:
            fresh.mkdir()
            join(archives, stage, fresh)
            record = {"name": model["name"], "kind": model["kind"],
                      "source": ", ".join(f"pypi {archive['pypi']}" for archive in archives),
                      "files": check(fresh, model)}
            (fresh / "golem.json").write_text(json.dumps(record, indent=2) + "\n")
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            raise SetupError(f"{place} holds another {model['name']}: golem models fetch {model['name']} mends it")
        fresh.replace(place)
        shutil.rmtree(stage, ignore_errors=True)


def bring_models(options: argparse.Namespace) -> None:
    """Brings the models named on the command line, or tells what they weigh."""
    known = {model["name"]: model for model in tomllib.loads(options.catalogue.read_text())["model"]}
    models = options.models or options.data / "models"
    for name in options.model:
        if name not in known:
            raise SetupError(f"{options.catalogue} has no model named {name}")
        model = known[name]
        if not options.missing:
            bring(model, models, options.like)
        elif not is_whole(models / folder_of(model), model):
            packed = sum(archive["bytes"] for archive in on_pypi(model))
            print(f"{name}\t{packed}\t{sum(file['bytes'] for file in model['files'])}")


def main() -> int:
    """Installs the pins named on the command line, or says which are missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="golem's data folder")
    parser.add_argument("--work", type=Path, required=True, help="a folder for temporary files")
    parser.add_argument("--pins", type=Path, default=Path(__file__).with_name("pins.toml"), help="what to fetch")
    parser.add_argument("--missing", action="store_true",
                        help="only print what is missing, one a line: name, version, why; of models, bytes to fetch and on disk")
    parser.add_argument("--model", action="append", default=[], help="bring this model of the catalogue, and no pin")
    parser.add_argument("--models", type=Path, help="the models folder, where it is not the one in the data folder")
    parser.add_argument("--like", type=Path, help="a models folder whose files are linked to where it has them")
    parser.add_argument("--catalogue", type=Path, help="what models there are",
                        default=Path(__file__).parent.with_name("models") / "catalogue.toml")
    parser.add_argument("name", nargs="*", help="the pins to install; all of them where none is named")
    options = parser.parse_args()
    if options.model:
        try:
            bring_models(options)
        except (SetupError, OSError, zipfile.BadZipFile, KeyError) as error:
            print(f"golem set-up: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130
        return 0
    pins: list[Pin] = [pin for pin in tomllib.loads(options.pins.read_text())["pin"]
                       if this_machine() in pin.get("machines", [this_machine()])]
    if unknown := set(options.name) - {pin["name"] for pin in pins}:
        parser.error(f"{options.pins} has no pin named {', '.join(sorted(unknown))}")
    try:
        for pin in pins:
            if (options.name and pin["name"] not in options.name) or is_installed(pin, options.data):
                continue
            if options.missing:
                print(f"{pin['name']}\t{pin['version']}\t{pin['why']}")
                continue
            options.work.mkdir(parents=True, exist_ok=True)
            install(pin, options.data, options.work)
    except (SetupError, OSError) as error:
        print(f"golem set-up: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("golem set-up: interrupted; run it again to go on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
