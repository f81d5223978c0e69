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

/** Sessions so far. */
let sessions = 0;

/**
 * Where blocks of the microphone go and captions come from. `onText(key, text, final)` gets the words of the utterance `key`
 * so far. Another way to the server replaces this one function.
 */
function openCaptions(onText, onError) {
  // The server counts utterances from one in each session.
  const session = sessions++;
  const show = (key, text, final) => onText(`${session}-${key}`, text, final);
  const token = sessionStorage.getItem(KEPT);
  const address = new URL("/v1/realtime", location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  // A browser gives a socket no headers of its own.
  address.search = token ? `?token=${encodeURIComponent(token)}` : "";
  const socket = new WebSocket(address);
  /** Words of the utterances that are not over. */
  const open = new Map();
  let early = [];
  let voice = false;
  let ended = false;
  let whenDone = null;

  const send = (event) => {
    if (socket.readyState === WebSocket.OPEN) {
      socket.send(JSON.stringify(event));
    } else if (socket.readyState === WebSocket.CONNECTING) {
      early.push(event);
    }
  };
  const over = (key) => {
    open.delete(key);
    if (ended && open.size === 0) {
      socket.close();
    }
  };
  socket.onopen = () => {
    const waiting = early;
    early = [];
    waiting.forEach(send);
  };
  socket.onclose = () => {
    if (!ended) {
      onError(new Error("the server hung up; it may have as many clients as it takes. Stop, and listen again"));
    }
    [...open.keys()].forEach((key) => show(key, open.get(key), true));
    open.clear();
    whenDone?.();
  };
  socket.onmessage = ({ data }) => {
    const { type, item_id: key, delta, transcript, error } = JSON.parse(data);
    switch (type) {
      case "input_audio_buffer.speech_started":
        voice = true;
        open.set(key, "");
        show(key, "…", false);
        break;
      case "input_audio_buffer.speech_stopped":
        voice = false;
        break;
      case "conversation.item.input_audio_transcription.delta":
        open.set(key, (open.get(key) ?? "") + delta);
        show(key, open.get(key), false);
        break;
      case "conversation.item.input_audio_transcription.completed":
        show(key, transcript, true);
        over(key);
        break;
      case "conversation.item.input_audio_transcription.failed":
        show(key, "", true);
        onError(new Error(error.message));
        over(key);
        break;
      case "error":
        onError(new Error(error.message));
        break;
    }
  };
  const language = document.getElementById("language").value.trim();
  send({
    type: "session.update",
    session: {
      type: "transcription",
      audio: {
        input: {
          format: { type: "audio/pcm", rate: RATE },
          transcription: { model: "whisper-1", ...(language && { language }) },
          turn_detection: { type: "server_vad" },
        },
      },
    },
  });
  return {
    /** Takes a block; whether there is a voice in it. */
    push(block) {
      send({ type: "input_audio_buffer.append", audio: base64(block) });
      return voice;
    },
    /** Resolves when the words of all that was said have come. */
    close() {
      ended = true;
      const done = new Promise((resolve) => {
        whenDone = resolve;
      });
      if (open.size > 0) {
        send({ type: "input_audio_buffer.commit" });
      } else {
        socket.close();
      }
      if (socket.readyState === WebSocket.CLOSED) {
        whenDone();
      }
      return done;
    },
  };
}

/** A block as samples of 16 bits in Base64. */
function base64(block) {
  const view = new DataView(new ArrayBuffer(block.length * 2));
  block.forEach((sample, at) => view.setInt16(at * 2, Math.max(-1, Math.min(1, sample)) * 32767, true));
  return btoa(String.fromCharCode(...new Uint8Array(view.buffer)));
}

function decibels(block) {
  let power = 1e-10;
  for (const sample of block) {
    power += (sample * sample) / block.length;
  }
  return 10 * Math.log10(power);
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
const clock = new Intl.DateTimeFormat("en", { timeStyle: "medium" });

const seconds = (milliseconds) => `${number.format(Math.round(milliseconds / 1000))} s`;

/** A row of a table: its head, and its cells. */
function tableRow(what, ...cells) {
  const row = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = what;
  row.append(head, ...cells.map((text) => {
    const cell = document.createElement("td");
    cell.textContent = text;
    return cell;
  }));
  return row;
}

function showFigures(status) {
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
  element("figures").replaceChildren(...rows.map(([what, much]) => tableRow(what, much)));
}

function showSessions(running) {
  const rows = running.map((session) => tableRow(
    session.number,
    session.endpoint,
    clock.format(session.began * 1000),
    seconds(session.heard_ms),
    session.language ?? "–",
    session.delay_ms === null ? "–" : `${number.format(session.delay_ms)} ms`,
  ));
  if (rows.length === 0) {
    const row = document.createElement("tr");
    const cell = row.insertCell();
    cell.colSpan = 6;
    cell.textContent = "No session runs now.";
    rows.push(row);
  }
  element("sessions").replaceChildren(...rows);
}

async function look() {
  if (document.hidden) {
    return;
  }
  try {
    const status = await (await request("/status")).json();
    element("ask").hidden = true;
    showFigures(status);
    showSessions(status.running);
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
