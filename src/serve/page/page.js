// The page of golem's speech server. The browser's sound thread loads this file too: there it only passes samples on.

/** Samples a second at which golem hears. */
const RATE = 16000;
/** Samples of a block: 32 ms. */
const BLOCK = 512;

// ---- Requests

/** The token is kept for this tab only. */
const KEPT = "golem-token";

async function request(path, options = {}) {
  const token = sessionStorage.getItem(KEPT);
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const response = await fetch(path, { ...options, headers, cache: "no-store" });
  if (response.status === 401) {
    askForToken(Boolean(token));
  }
  if (!response.ok) {
    const body = await response.json().catch(() => null);
    throw new Error(body?.error?.message ?? `the server answered ${response.status}`);
  }
  return response;
}

// ---- Captions

/**
 * Where blocks of the microphone go and captions come from. `onText(key, text, final)` gets the words of the utterance `key`
 * so far. Another way to the server, such as a socket, replaces this one function.
 */
function openCaptions(onText, onError) {
  const cutter = new UtteranceCutter();
  let next = 0;
  let sending = Promise.resolve();
  const send = (samples) => {
    const key = next++;
    onText(key, "…", false);
    // One after the other: a server with few places is not asked for two by one page.
    sending = sending.then(() => transcribe(samples, (text, final) => onText(key, text, final))).catch((error) => {
      onText(key, "", true);
      onError(error);
    });
  };
  return {
    /** Takes a block; whether there is a voice in it. */
    push(block) {
      const utterance = cutter.push(block);
      if (utterance) {
        send(utterance);
      }
      return cutter.isOpen;
    },
    close() {
      const utterance = cutter.end();
      if (utterance) {
        send(utterance);
      }
      return sending;
    },
  };
}

/** Cuts utterances by their loudness: a voice is louder than what was quietest lately. */
class UtteranceCutter {
  /** Decibels above the noise at which an utterance begins, and below which it is silent. */
  static ABOVE = 12;
  /** Decibels below full scale that are never a voice. */
  static FAINTEST = -55;
  /** Blocks: of sound kept from before an utterance, of silence that end one, of the longest, of the shortest voice. */
  static BEFORE = 12;
  static SILENCE = 22;
  static LONGEST = 620;
  static SHORTEST = 4;

  constructor() {
    this.noise = UtteranceCutter.FAINTEST;
    this.reset();
  }

  reset() {
    this.blocks = [];
    this.voiced = 0;
    this.silent = 0;
    this.isOpen = false;
  }

  push(block) {
    const level = decibels(block);
    // It falls at once and rises by a decibel and a half a second.
    this.noise = Math.max(UtteranceCutter.FAINTEST - UtteranceCutter.ABOVE, Math.min(level, this.noise + 0.05));
    const loud = level > Math.max(this.noise + UtteranceCutter.ABOVE, UtteranceCutter.FAINTEST);
    this.blocks.push(block);
    if (loud) {
      this.isOpen = true;
      this.voiced += 1;
      this.silent = 0;
    } else {
      this.silent += 1;
    }
    if (!this.isOpen) {
      this.blocks = this.blocks.slice(-UtteranceCutter.BEFORE);
      return null;
    }
    const over = this.silent >= UtteranceCutter.SILENCE || this.blocks.length >= UtteranceCutter.LONGEST;
    return over ? this.end() : null;
  }

  /** The utterance that is open, if it is long enough to be one. */
  end() {
    const { blocks, voiced, isOpen } = this;
    this.reset();
    return isOpen && voiced >= UtteranceCutter.SHORTEST ? blocks : null;
  }
}

function decibels(block) {
  let power = 1e-10;
  for (const sample of block) {
    power += (sample * sample) / block.length;
  }
  return 10 * Math.log10(power);
}

/** Has the server write down an utterance; `onText` gets its words as they come. */
async function transcribe(blocks, onText) {
  const form = new FormData();
  form.append("file", new Blob([wav(blocks)], { type: "audio/wav" }), "microphone.wav");
  form.append("stream", "true");
  const language = document.getElementById("language").value.trim();
  if (language) {
    form.append("language", language);
  }
  const response = await request("/v1/audio/transcriptions", { method: "POST", body: form });
  let text = "";
  for await (const event of events(response.body)) {
    if (event.error) {
      throw new Error(event.error.message);
    }
    text = event.type === "transcript.text.done" ? event.text : text + (event.delta ?? "");
    onText(text, event.type === "transcript.text.done");
  }
}

/** The objects of an event stream. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      return;
    }
    const lines = (waiting + value).split("\n\n");
    waiting = lines.pop();
    for (const line of lines.filter((line) => line.startsWith("data: "))) {
      yield JSON.parse(line.slice("data: ".length));
    }
  }
}

/** A WAV file of 16 bits. */
function wav(blocks) {
  const bytes = blocks.length * BLOCK * 2;
  const view = new DataView(new ArrayBuffer(44 + bytes));
  const text = (at, letters) => [...letters].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + bytes, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, bytes, true);
  let at = 44;
  for (const block of blocks) {
    for (const sample of block) {
      view.setInt16(at, Math.max(-1, Math.min(1, sample)) * 32767, true);
      at += 2;
    }
  }
  return view.buffer;
}

// ---- The microphone

let microphone = null;

async function listen() {
  if (!navigator.mediaDevices) {
    throw new Error("the browser gives a microphone to pages at localhost or behind TLS only");
  }
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
  const context = new AudioContext({ sampleRate: RATE });
  await context.audioWorklet.addModule("/page.js");
  const tap = new AudioWorkletNode(context, "golem-tap", { numberOfOutputs: 0 });
  const captions = openCaptions(showCaption, showError);
  tap.port.onmessage = ({ data }) => {
    const voice = captions.push(data);
    showLevel(decibels(data), voice);
  };
  context.createMediaStreamSource(stream).connect(tap);
  microphone = { stream, context, captions, tap };
}

async function stopListening() {
  const { stream, context, captions, tap } = microphone;
  microphone = null;
  tap.port.onmessage = null;
  stream.getTracks().forEach((track) => track.stop());
  await context.close();
  showLevel(-100, false);
  await captions.close();
}

// ---- What is shown

const element = (id) => document.getElementById(id);

function showState(text) {
  // What has not changed is not read out again.
  if (element("state").textContent !== text) {
    element("state").textContent = text;
  }
}

function showError(error) {
  showState(`Error: ${error.message}`);
}

function showLevel(level, voice) {
  element("level").value = Math.max(0, Math.min(1, (level + 60) / 60));
  element("voice").textContent = voice ? "voice" : "";
}

function showCaption(key, text, final) {
  const list = element("captions");
  const id = `caption-${key}`;
  let line = element(id);
  if (!line) {
    line = document.createElement("p");
    line.id = id;
    list.append(line);
  }
  line.textContent = text;
  line.classList.toggle("open", !final);
  if (final && !text) {
    line.remove();
  } else if (final) {
    // Read out once, when the words no longer change.
    const said = document.createElement("p");
    said.textContent = text;
    element("said").append(said);
  }
  list.scrollTop = list.scrollHeight;
}

function askForToken(refused) {
  const form = element("ask");
  if (form.hidden) {
    form.hidden = false;
    element("token").focus();
  }
  showState(refused ? "That is not this server's token." : "This server wants its token.");
}

const number = new Intl.NumberFormat("en");

function showFigures(status) {
  const seconds = (milliseconds) => `${number.format(Math.round(milliseconds / 1000))} s`;
  const rows = [
    ["Clients now", `${status.sessions} of ${status.places}`],
    ["Model", status.model],
    ["Engines in memory", number.format(status.engines)],
    ["Memory", `${number.format(Math.round(status.memory_bytes / 1e6))} MB`],
    ["Recordings heard", seconds(status.heard_ms)],
    ["Speech made", seconds(status.spoken_ms)],
    ...Object.entries(status.requests).filter(([, count]) => count > 0).map(([name, count]) => [`Requests: ${name}`, number.format(count)]),
    ...Object.entries(status.errors).filter(([, count]) => count > 0).map(([name, count]) => [`Refused: ${name}`, number.format(count)]),
  ];
  element("figures").replaceChildren(...rows.map(([what, much]) => {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = what;
    const cell = document.createElement("td");
    cell.textContent = much;
    row.append(head, cell);
    return row;
  }));
}

async function look() {
  if (document.hidden) {
    return;
  }
  try {
    const status = await (await request("/status")).json();
    element("ask").hidden = true;
    showFigures(status);
    if (!element("state").textContent.startsWith("Error")) {
      showState(status.ready ? (microphone ? "Listening." : "Ready.") : "Loading the models.");
    }
  } catch (error) {
    if (element("ask").hidden) {
      showError(error);
    }
  }
}

function start() {
  element("listen").addEventListener("click", async ({ currentTarget: button }) => {
    button.disabled = true;
    showState("");
    try {
      await (microphone ? stopListening() : listen());
    } catch (error) {
      showError(error);
    }
    button.disabled = false;
    button.setAttribute("aria-pressed", String(Boolean(microphone)));
    button.textContent = microphone ? "Stop" : "Listen";
    button.focus();
    look();
  });
  element("clear").addEventListener("click", () => {
    element("captions").replaceChildren();
    element("said").replaceChildren();
  });
  element("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem(KEPT, element("token").value.trim());
    element("token").value = "";
    look();
  });
  document.addEventListener("visibilitychange", look);
  setInterval(look, 2000);
  look();
}

// ---- The page, or its sound thread

if (globalThis.AudioWorkletProcessor) {
  registerProcessor("golem-tap", class extends AudioWorkletProcessor {
    constructor() {
      super();
      this.block = new Float32Array(BLOCK);
      this.filled = 0;
    }

    process([[samples]]) {
      for (const sample of samples ?? []) {
        this.block[this.filled++] = sample;
        if (this.filled === BLOCK) {
          this.port.postMessage(this.block.slice());
          this.filled = 0;
        }
      }
      return true;
    }
  });
} else {
  start();
}
