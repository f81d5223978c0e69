//! espeak-ng: a small formant voice in a hundred languages. It also makes the phonemes for Piper's voices and for the
//! pronunciation of unknown words.
//!
//! The library has one global state, so all calls here share one lock and one initialisation.
#![allow(unsafe_code)] // the library is C

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_int, c_short, c_void};
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use espeak_rs_sys as sys;

use super::{EngineError, Speech, Synthesizer, phrase, trim};
use crate::config::TtsConfig;
use crate::phrases::Language;
use crate::turn::Ticket;
use crate::verbalize::cyrillic;

const NAME: &str = "espeak-ng";
/// Words a minute at speed 1 (espeak-ng's own default), and the range of rates.
const RATE: f32 = 175.0;
const RATES: (f32, f32) = (80.0, 450.0);
/// Milliseconds of sound between two checks of the stop ticket.
const BUFFER_MS: c_int = 60;
/// Longest path: espeak-ng has room for 160 bytes, `/espeak-ng-data` included (`N_PATH_HOME` in its speech.h).
const LONGEST_PATH: usize = 140;
/// Folders in which Linux distributions install `espeak-ng-data`.
const SYSTEM: [&str; 4] = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/share", "/usr/local/share"];

/// The library's current settings, kept so that they are not set again.
struct Library {
    /// Sample rate in hertz; 0 until initialised.
    rate: u32,
    voice: String,
}

static LIBRARY: Mutex<Library> = Mutex::new(Library { rate: 0, voice: String::new() });

/// The first folder among `candidates`, then among the system's own, that holds `espeak-ng-data`.
pub fn find_data(candidates: &[PathBuf]) -> Option<PathBuf> {
    let system = SYSTEM.iter().map(PathBuf::from);
    candidates.iter().cloned().chain(system).find(|folder| folder.join("espeak-ng-data/phontab").is_file())
}

/// Initialises the library with the data in `data`, the folder that holds `espeak-ng-data`, or else with the system's.
/// The first data folder serves the whole process.
///
/// # Errors
/// When no data is found or the library refuses it.
pub fn init(data: &Path) -> Result<(), EngineError> {
    ready(data).map(drop)
}

/// The phonemes of `text` in the International Phonetic Alphabet, spoken by `voice` (`en-us`, `ru` …), with the marks
/// that end its clauses. Uses the system's data unless [`init`] was called.
///
/// # Errors
/// When there is no such voice or no data.
pub fn phonemes(text: &str, voice: &str) -> Result<String, EngineError> {
    let mut library = ready(Path::new(""))?;
    select(&mut library, voice)?;
    let mut all = String::new();
    for line in text.lines() {
        let line = c_string(line);
        let start: *const c_void = line.as_ptr().cast();
        let mut rest = start;
        let mut done = 0;
        // The bound guards against a library that does not advance: a text has at most as many clauses as bytes.
        for _ in 0..=line.as_bytes().len() {
            if rest.is_null() {
                break;
            }
            // SAFETY: `rest` points into `line`, which is zero-terminated and outlives the loop; the lock is held.
            let clause = unsafe {
                let clause = sys::espeak_TextToPhonemes(
                    &raw mut rest,
                    sys::espeakCHARS_UTF8.cast_signed(),
                    sys::espeakINITIALIZE_PHONEME_IPA.cast_signed(),
                );
                if clause.is_null() { String::new() } else { CStr::from_ptr(clause).to_string_lossy().into_owned() }
            };
            let bytes = line.as_bytes();
            let read = if rest.is_null() { bytes.len() } else { (rest.addr() - start.addr()).min(bytes.len()) };
            phrase::push_clause(&mut all, &clause, &String::from_utf8_lossy(&bytes[done.min(read)..read]));
            done = read;
        }
    }
    Ok(all)
}

fn ready(data: &Path) -> Result<MutexGuard<'static, Library>, EngineError> {
    let mut library = LIBRARY.lock().unwrap_or_else(PoisonError::into_inner);
    if library.rate == 0 {
        library.rate = initialise(data)?;
    }
    Ok(library)
}

fn initialise(data: &Path) -> Result<u32, EngineError> {
    let folder = find_data(&[data.to_path_buf()]).ok_or_else(|| EngineError::Missing {
        what: "espeak-ng-data".into(),
        path: data.into(),
        hint: "install the package espeak-ng-data, or copy the folder there".into(),
    })?;
    let unusable = |reason: &str| EngineError::Unusable {
        what: "espeak-ng data".into(),
        path: folder.clone(),
        reason: reason.into(),
    };
    let path = folder.to_str().filter(|path| path.len() <= LONGEST_PATH);
    let path = c_string(path.ok_or_else(|| unusable("the path is longer than 140 bytes or not UTF-8"))?);
    // SAFETY: `path` is zero-terminated and outlives the call; the caller holds the lock.
    let rate = unsafe {
        sys::espeak_Initialize(
            sys::espeak_AUDIO_OUTPUT_AUDIO_OUTPUT_SYNCHRONOUS,
            BUFFER_MS,
            path.as_ptr(),
            sys::espeakINITIALIZE_DONT_EXIT.cast_signed(),
        )
    };
    // SAFETY: `collect` has the type that the library asks for and lives as long as the process.
    unsafe { sys::espeak_SetSynthCallback(Some(collect)) };
    u32::try_from(rate).ok().filter(|&rate| rate > 0).ok_or_else(|| unusable("espeak-ng did not accept it"))
}

/// Selects `voice`; a regional tag falls back to its language.
fn select(library: &mut Library, voice: &str) -> Result<(), EngineError> {
    if library.voice == voice {
        return Ok(());
    }
    let tag = voice.replace('_', "-").to_lowercase();
    // British English is plain "en", of which "en-gb+f1" means a variant.
    let (place, variant) = tag.split_at(tag.find('+').unwrap_or(tag.len()));
    let language = format!("{}{variant}", place.split('-').next().unwrap_or_default());
    let known = [voice, &tag, &language].into_iter().any(|name| {
        let name = c_string(name);
        // SAFETY: `name` is zero-terminated and outlives the call; the lock is held.
        !name.is_empty() && unsafe { sys::espeak_SetVoiceByName(name.as_ptr()) } == sys::espeak_ERROR_EE_OK
    });
    if !known {
        library.voice.clear();
        let reason = format!("there is no voice \"{voice}\"; set tts.voice to a language tag such as en-us, ru or de");
        return Err(EngineError::Failed { engine: NAME, reason });
    }
    voice.clone_into(&mut library.voice);
    Ok(())
}

/// `text` as a C string, cut before its first zero byte.
fn c_string(text: &str) -> CString {
    CString::new(text.split('\0').next().unwrap_or_default()).unwrap_or_default()
}

/// The voice of plain English: the variant of espeak-ng that PocketSphinx understands best.
const ENGLISH: &str = "en-us+f5";

/// A voice of espeak-ng.
#[derive(Debug)]
pub struct Espeak {
    voice: String,
    speed: f32,
}

impl Espeak {
    /// The voice that `config` names, else the one of its language. Its data are in `data`, the folder that holds
    /// `espeak-ng-data`, or else the system's.
    ///
    /// # Errors
    /// When there is no data or no such voice.
    pub fn open(data: &Path, config: &TtsConfig) -> Result<Self, EngineError> {
        let named = [config.local_voice(), &config.language].into_iter().find(|name| !name.is_empty());
        let voice = named.filter(|name| *name != "en").unwrap_or(ENGLISH).to_owned();
        select(&mut *ready(data)?, &voice)?;
        Ok(Self { voice, speed: config.speed })
    }

    /// The voice for `text`: Russian for Cyrillic if the own voice is English, since that would only spell it.
    fn voice_for(&self, text: &str) -> &str {
        if cyrillic(text) == Some(true) && Language::English.has(&self.voice) { "ru" } else { &self.voice }
    }
}

impl Synthesizer for Espeak {
    fn describe(&self) -> String {
        format!("espeak-ng {}", self.voice)
    }

    fn language(&self, text: &str) -> &str {
        self.voice_for(text)
    }

    fn speak(&mut self, text: &str, stop: &Ticket) -> Result<Speech, EngineError> {
        let text = text.split('\0').next().unwrap_or_default();
        let mut library = ready(Path::new(""))?;
        select(&mut library, self.voice_for(text))?;
        JOB.set(Some(Synthesis { stop: stop.clone(), samples: Vec::new(), words: Vec::new() }));
        let status = synthesise(text, self.speed);
        let job = JOB.take();
        if status != sys::espeak_ERROR_EE_OK {
            return Err(EngineError::Failed { engine: NAME, reason: format!("synthesis stopped with code {status}") });
        }
        let rate = library.rate;
        drop(library);
        Ok(job.map_or_else(Speech::default, |job| {
            trim::fit(&job.samples, rate, text, self.speed, &job.starts(text, rate))
        }))
    }
}

/// Runs the library on `text`; [`collect`] takes the sound. The caller must hold the lock.
fn synthesise(text: &str, speed: f32) -> sys::espeak_ERROR {
    #[allow(clippy::cast_possible_truncation)] // at most 450
    let rate = (RATE * speed).clamp(RATES.0, RATES.1) as c_int;
    let text = c_string(text);
    // SAFETY: `text` is zero-terminated, its size includes the zero, and in synchronous mode it is not used
    // after the call returns; null pointers are allowed where they are given.
    unsafe {
        // A fixed seed makes a text sound the same each time; otherwise the library draws its jitter from the clock.
        sys::espeak_ng_SetRandSeed(1);
        sys::espeak_SetParameter(sys::espeak_PARAMETER_espeakRATE, rate, 0);
        sys::espeak_Synth(
            text.as_ptr().cast(),
            text.as_bytes_with_nul().len(),
            0,
            sys::espeak_POSITION_TYPE_POS_CHARACTER,
            0,
            sys::espeakCHARS_UTF8,
            ptr::null_mut(),
            ptr::null_mut(),
        )
    }
}

/// A word as espeak-ng reports it: position of its first character (from 1), length in characters, and start in
/// milliseconds.
struct SpokenWord {
    position: usize,
    length: usize,
    start_ms: usize,
}

/// The synthesis on this thread. It is synchronous: the library calls [`collect`] on the same thread.
struct Synthesis {
    stop: Ticket,
    samples: Vec<f32>,
    words: Vec<SpokenWord>,
}

impl Synthesis {
    /// For each word, the byte of `text` at which it ends and the sample at which it starts. espeak-ng reports the
    /// parts of `1,250` and `don't` separately; each part gets the end of the whole word.
    fn starts(&self, text: &str, rate: u32) -> Vec<(usize, usize)> {
        let mut ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        ends.push(text.len());
        let place = |word: &SpokenWord| {
            let end = ends[(word.position.saturating_sub(1) + word.length).min(ends.len() - 1)];
            Some((phrase::token_end(text, end)?, word.start_ms * rate as usize / 1000))
        };
        self.words.iter().filter_map(place).collect()
    }
}

thread_local! {
    static JOB: RefCell<Option<Synthesis>> = const { RefCell::new(None) };
}

/// Takes sound and events from the library; returns 1 to stop it.
unsafe extern "C" fn collect(sound: *mut c_short, length: c_int, events: *mut sys::espeak_EVENT) -> c_int {
    JOB.with_borrow_mut(|job| {
        let Some(job) = job else { return 1 };
        if let (false, Ok(length)) = (sound.is_null(), usize::try_from(length)) {
            // SAFETY: the library passes `length` samples at `sound`.
            let sound = unsafe { std::slice::from_raw_parts(sound, length) };
            job.samples.extend(sound.iter().map(|&sample| f32::from(sample) / 32768.0));
        }
        let mut event = events;
        // SAFETY: the library passes a list of events that ends with one of type LIST_TERMINATED.
        while let Some(told) = unsafe { event.as_ref() } {
            match told.type_ {
                sys::espeak_EVENT_TYPE_espeakEVENT_LIST_TERMINATED => break,
                sys::espeak_EVENT_TYPE_espeakEVENT_WORD => job.words.push(SpokenWord {
                    position: usize::try_from(told.text_position).unwrap_or(0),
                    length: usize::try_from(told.length).unwrap_or(0),
                    start_ms: usize::try_from(told.audio_position).unwrap_or(0),
                }),
                _ => {}
            }
            // SAFETY: this event is not the last of the list, so the next one exists.
            event = unsafe { event.add(1) };
        }
        c_int::from(job.stop.stale())
    })
}
