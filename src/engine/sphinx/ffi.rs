//! PocketSphinx's C library, loaded at run time, behind the safe methods of [`SphinxDecoder`].
//!
//! The library keeps its log level and log file in globals. Everything else belongs to one decoder, which must stay in
//! one thread.
#![allow(unsafe_code)] // the library is C

use std::ffi::{CStr, CString, c_char, c_double, c_int, c_void};
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::Path;
use std::ptr;
use std::sync::{Mutex, OnceLock, PoisonError};

use libloading::Library;

use super::super::EngineError;
use super::evidence::DecodedSegment;
use super::failure::failed;

/// An opaque object of the library.
type Object = *mut c_void;

/// Declares the functions that are looked up by name, and their loading.
macro_rules! functions {
    ($($name:ident: fn($($argument:ty),*) $(-> $result:ty)?;)*) => {
        /// The library's functions that golem calls, and the library itself.
        struct Api {
            $($name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*
            _library: Library,
        }

        impl Api {
            fn load(path: &Path) -> Result<Self, libloading::Error> {
                // SAFETY: PocketSphinx has no initialiser that runs at loading.
                let library = unsafe { Library::new(path)? };
                // SAFETY: each name has the type that pocketsphinx.h of version 5 and scripts/pocketsphinx.patch
                // declare; the pointers are kept beside the library, so they do not outlive it.
                unsafe { Ok(Self { $($name: *library.get(stringify!($name))?,)* _library: library }) }
            }
        }
    };
}

functions! {
    err_set_logfile: fn(*const c_char) -> c_int;
    err_set_loglevel_str: fn(*const c_char) -> *const c_char;
    ckd_free: fn(*mut c_void);
    ps_config_init: fn(*const c_void) -> Object;
    ps_config_free: fn(Object) -> c_int;
    ps_config_set_str: fn(Object, *const c_char, *const c_char) -> *const c_void;
    ps_config_set_bool: fn(Object, *const c_char, c_int) -> *const c_void;
    ps_config_set_float: fn(Object, *const c_char, c_double) -> *const c_void;
    ps_init: fn(Object) -> Object;
    ps_free: fn(Object) -> c_int;
    ps_get_cmn: fn(Object, c_int) -> *const c_char;
    ps_set_cmn: fn(Object, *const c_char) -> c_int;
    ps_lookup_word: fn(Object, *const c_char) -> *mut c_char;
    ps_add_word: fn(Object, *const c_char, *const c_char, c_int) -> c_int;
    ps_add_jsgf_string: fn(Object, *const c_char, *const c_char) -> c_int;
    ps_get_logmath: fn(Object) -> Object;
    fsg_model_readfile: fn(*const c_char, Object, f32) -> Object;
    fsg_model_free: fn(Object) -> c_int;
    ps_add_fsg: fn(Object, *const c_char, Object) -> c_int;
    ps_add_lm_file: fn(Object, *const c_char, *const c_char) -> c_int;
    ps_add_allphone_file: fn(Object, *const c_char, *const c_char) -> c_int;
    ps_activate_search: fn(Object, *const c_char) -> c_int;
    ps_set_companion: fn(Object, *const c_char) -> c_int;
    ps_start_utt: fn(Object) -> c_int;
    ps_process_raw: fn(Object, *const i16, usize, c_int, c_int) -> c_int;
    ps_end_utt: fn(Object) -> c_int;
    ps_get_hyp: fn(Object, *mut i32) -> *const c_char;
    ps_seg_iter: fn(Object) -> Object;
    ps_seg_next: fn(Object) -> Object;
    ps_seg_word: fn(Object) -> *const c_char;
    ps_seg_frames: fn(Object, *mut c_int, *mut c_int);
    ps_seg_prob: fn(Object, *mut i32, *mut i32, *mut i32) -> i32;
    ps_nbest: fn(Object) -> Object;
    ps_nbest_next: fn(Object) -> Object;
    ps_nbest_hyp: fn(Object, *mut i32) -> *const c_char;
    ps_nbest_free: fn(Object);
}

/// A setting of the decoder.
#[derive(Clone, Debug, PartialEq)]
pub enum SphinxValue {
    /// A path or a name.
    Text(String),
    /// A weight, probability or beam.
    Real(f64),
    /// On or off.
    Flag(bool),
}

/// Name of a decoder's first search.
const SEARCH: &CStr = c"golem";
/// Name of the second search beside it: a loop of bare phones.
const PHONES: &CStr = c"phones";

/// One recogniser with its models. Not `Send`: it lives and dies in the thread that made it.
pub struct SphinxDecoder {
    api: Api,
    object: Object,
    complaints: Option<&'static Mutex<File>>,
}

impl SphinxDecoder {
    /// Loads the library at `path` and a decoder with `settings`; all other settings are PocketSphinx's defaults.
    ///
    /// # Errors
    /// When the library cannot be loaded, or refuses a setting or a model.
    pub fn open(path: &Path, settings: &[(&str, SphinxValue)]) -> Result<Self, EngineError> {
        let api = Api::load(path).map_err(|error| EngineError::Unusable {
            what: "the PocketSphinx library".into(),
            path: path.into(),
            reason: error.to_string(),
        })?;
        let complaints = complaints(&api, path);
        // SAFETY: null asks for the default definitions of all settings.
        let config = unsafe { (api.ps_config_init)(ptr::null()) };
        if config.is_null() {
            return Err(failed("the library has no room for a configuration"));
        }
        let refused = settings.iter().find(|(name, value)| !set(&api, config, name, value));
        // SAFETY: `config` is live; the decoder takes a reference of its own, so it may be freed after.
        let decoder = unsafe {
            let decoder = if refused.is_none() { (api.ps_init)(config) } else { ptr::null_mut() };
            (api.ps_config_free)(config);
            decoder
        };
        match refused {
            Some((name, value)) => Err(failed(format!("the library refuses {name} = {value:?}"))),
            None if decoder.is_null() => {
                Err(failed(last_line(complaints).unwrap_or_else(|| "the models do not fit together".into())))
            }
            None => Ok(Self { api, object: decoder, complaints }),
        }
    }

    /// Decodes with the language model at `path` from now on. Returns false when it cannot be read.
    pub fn listen_for_language(&self, path: &Path) -> bool {
        let path = text(&path.to_string_lossy());
        // SAFETY: the decoder is live; both strings are zero-terminated and outlive the calls.
        unsafe {
            (self.api.ps_add_lm_file)(self.object, SEARCH.as_ptr(), path.as_ptr()) == 0
                && (self.api.ps_activate_search)(self.object, SEARCH.as_ptr()) == 0
        }
    }

    /// Decodes with the JSGF grammar `jsgf` from now on. Returns false when it cannot be parsed.
    pub fn listen_for_grammar(&self, jsgf: &str) -> bool {
        let jsgf = text(jsgf);
        // SAFETY: the decoder is live; both strings are zero-terminated and outlive the calls.
        unsafe {
            (self.api.ps_add_jsgf_string)(self.object, SEARCH.as_ptr(), jsgf.as_ptr()) == 0
                && (self.api.ps_activate_search)(self.object, SEARCH.as_ptr()) == 0
        }
    }

    /// Decodes with the finite-state grammar in the file at `path` from now on, its probabilities weighted with
    /// `weight`. Returns false when it cannot be read or has a word that the dictionary lacks.
    pub fn listen_for_sentences(&self, path: &Path, weight: f32) -> bool {
        let path = text(&path.to_string_lossy());
        // SAFETY: the decoder is live, and so are its logarithms; the path is zero-terminated and outlives the call. The
        // search takes a reference of its own to the grammar, so it is freed here either way.
        unsafe {
            let grammar = (self.api.fsg_model_readfile)(path.as_ptr(), (self.api.ps_get_logmath)(self.object), weight);
            if grammar.is_null() {
                return false;
            }
            let added = (self.api.ps_add_fsg)(self.object, SEARCH.as_ptr(), grammar) == 0;
            (self.api.fsg_model_free)(grammar);
            added && (self.api.ps_activate_search)(self.object, SEARCH.as_ptr()) == 0
        }
    }

    /// Decodes bare phones in any order beside the running search from now on. Returns false when the model does not
    /// support it.
    pub fn listen_for_phones_too(&self) -> bool {
        // SAFETY: the decoder is live, the name zero-terminated; null asks for no model of phone sequences.
        unsafe {
            (self.api.ps_add_allphone_file)(self.object, PHONES.as_ptr(), ptr::null()) == 0
                && (self.api.ps_set_companion)(self.object, PHONES.as_ptr()) == 0
        }
    }

    /// The result of `read` with the search of bare phones active, for the ended utterance.
    pub fn in_phones<T>(&self, read: impl FnOnce(&Self) -> T) -> T {
        let activate = |search: &CStr| {
            // SAFETY: the decoder is live, the name zero-terminated. Between utterances searches may change.
            unsafe { (self.api.ps_activate_search)(self.object, search.as_ptr()) };
        };
        activate(PHONES);
        let found = read(self);
        activate(SEARCH);
        found
    }

    /// Whether the dictionary has `word`.
    pub fn knows(&self, word: &str) -> bool {
        let word = text(word);
        // SAFETY: the decoder is live, `word` zero-terminated; the answer is null or the library's to free.
        unsafe {
            let phones = (self.api.ps_lookup_word)(self.object, word.as_ptr());
            let known = !phones.is_null();
            (self.api.ckd_free)(phones.cast());
            known
        }
    }

    /// Adds `word`, spoken as `phones` (ARPAbet, separated by spaces); with `now`, also to the running search. Returns
    /// false when the acoustic model lacks a phone or the word exists already.
    pub fn add(&self, word: &str, phones: &str, now: bool) -> bool {
        let (word, phones) = (text(word), text(phones));
        // SAFETY: the decoder is live; both strings are zero-terminated and outlive the call.
        unsafe { (self.api.ps_add_word)(self.object, word.as_ptr(), phones.as_ptr(), c_int::from(now)) >= 0 }
    }

    /// The mean cepstrum (numbers separated by commas) with which features are normalised.
    pub fn mean(&self) -> String {
        // SAFETY: the decoder is live; the answer stays valid until the mean changes and is copied at once.
        unsafe { copied((self.api.ps_get_cmn)(self.object, 0)) }.unwrap_or_default()
    }

    /// Normalises features with `mean` from now on.
    pub fn set_mean(&self, mean: &str) {
        let mean = text(mean);
        // SAFETY: the decoder is live; `mean` is zero-terminated and outlives the call.
        unsafe { (self.api.ps_set_cmn)(self.object, mean.as_ptr()) };
    }

    /// Begins an utterance. Returns false when one is running.
    pub fn start(&self) -> bool {
        // SAFETY: the decoder is live.
        unsafe { (self.api.ps_start_utt)(self.object) == 0 }
    }

    /// Takes the next `samples` (16 kHz) of the utterance. Returns false when none has begun.
    pub fn feed(&self, samples: &[i16]) -> bool {
        // SAFETY: the decoder is live; the library reads `len` samples and keeps none of the memory.
        unsafe { (self.api.ps_process_raw)(self.object, samples.as_ptr(), samples.len(), 0, 0) >= 0 }
    }

    /// Decodes a whole utterance at once, its features normalised by its own mean. Returns false when the library
    /// refuses it.
    pub fn decode_whole(&self, samples: &[i16]) -> bool {
        // SAFETY: the decoder is live; the library reads `len` samples and keeps none of the memory.
        let took = unsafe {
            (self.api.ps_start_utt)(self.object) == 0
                && (self.api.ps_process_raw)(self.object, samples.as_ptr(), samples.len(), 0, 1) >= 0
        };
        self.end();
        took
    }

    /// The library's last error message since the last call, if any.
    pub fn complaint(&self) -> Option<String> {
        last_line(self.complaints)
    }

    /// Ends the utterance.
    pub fn end(&self) {
        // SAFETY: the decoder is live; without an utterance the call does nothing.
        unsafe { (self.api.ps_end_utt)(self.object) };
    }

    /// The words so far and their score: log-likelihood relative to the best sound of each frame, in the library's own
    /// log base, shifted right by 10 bits.
    pub fn words(&self) -> Option<(String, i32)> {
        let mut score = 0;
        // SAFETY: the decoder is live; the answer stays valid until its next hypothesis and is copied at once.
        let words = unsafe { copied((self.api.ps_get_hyp)(self.object, &raw mut score)) };
        words.map(|words| (words, score))
    }

    /// Frames (10 ms) with words, without silence and noise.
    pub fn word_frames(&self) -> i32 {
        self.segments().iter().filter(|segment| segment.word).map(|segment| segment.last - segment.first + 1).sum()
    }

    /// The decoded segments in order.
    pub fn segments(&self) -> Vec<DecodedSegment> {
        let mut segments = Vec::new();
        // SAFETY: the decoder is live; the list is walked to its end, where the library frees it, and its words are
        // looked at before the next step.
        unsafe {
            let mut segment = (self.api.ps_seg_iter)(self.object);
            while !segment.is_null() {
                let (mut first, mut last) = (0, -1);
                (self.api.ps_seg_frames)(segment, &raw mut first, &raw mut last);
                let (mut score, mut language, mut back) = (0, 0, 0);
                (self.api.ps_seg_prob)(segment, &raw mut score, &raw mut language, &raw mut back);
                let word = copied((self.api.ps_seg_word)(segment)).unwrap_or_default();
                // `(NULL)` is a step of the grammar that takes no word.
                let word = !super::score::filler(&word) && !word.starts_with('(');
                segments.push(DecodedSegment { first, last, score, word });
                segment = (self.api.ps_seg_next)(segment);
            }
        }
        segments
    }

    /// Up to `most` readings of the ended utterance, best first.
    pub fn readings(&self, most: usize) -> Vec<String> {
        let mut readings = Vec::new();
        // SAFETY: the decoder is live; the list is walked to its end, where the library frees it, or freed here.
        unsafe {
            let mut list = (self.api.ps_nbest)(self.object);
            while !list.is_null() && readings.len() < most {
                list = (self.api.ps_nbest_next)(list);
                if !list.is_null() {
                    readings.extend(copied((self.api.ps_nbest_hyp)(list, ptr::null_mut())));
                }
            }
            if !list.is_null() {
                (self.api.ps_nbest_free)(list);
            }
        }
        readings
    }
}

impl Drop for SphinxDecoder {
    fn drop(&mut self) {
        // SAFETY: the decoder is live and nothing refers to it any more.
        unsafe { (self.api.ps_free)(self.object) };
    }
}

/// Whether the library took the setting.
fn set(api: &Api, config: Object, name: &str, value: &SphinxValue) -> bool {
    let name = text(name);
    let name = name.as_ptr();
    // SAFETY: `config` is live; strings are zero-terminated and copied by the library.
    let kept = unsafe {
        match value {
            SphinxValue::Text(value) => (api.ps_config_set_str)(config, name, text(value).as_ptr()),
            SphinxValue::Real(value) => (api.ps_config_set_float)(config, name, *value),
            SphinxValue::Flag(value) => (api.ps_config_set_bool)(config, name, c_int::from(*value)),
        }
    };
    !kept.is_null()
}

/// `text` as a C string, cut before its first zero byte.
fn text(text: &str) -> CString {
    CString::new(text.split('\0').next().unwrap_or_default()).unwrap_or_default()
}

/// A copy of the C string `text`; `None` when it is null.
///
/// # Safety
/// `text` is null or zero-terminated and valid during the call.
unsafe fn copied(text: *const c_char) -> Option<String> {
    // SAFETY: the caller's promise.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// The file into which the library writes its errors. It has no name, so nothing is left behind. The process has one,
/// like the library's own log file. `None` if no temporary file can be made.
fn complaints(api: &Api, library: &Path) -> Option<&'static Mutex<File>> {
    static FILE: OnceLock<Option<Mutex<File>>> = OnceLock::new();
    let file = FILE.get_or_init(|| {
        let path = std::env::temp_dir().join(format!("golem-sphinx-{}.log", std::process::id()));
        let file = OpenOptions::new().read(true).append(true).create_new(true).open(&path).ok()?;
        let name = text(&path.to_string_lossy());
        // Leak one handle: unloading the library with its last decoder would reset its log file.
        std::mem::forget(Api::load(library).ok()?);
        // SAFETY: the strings are zero-terminated and outlive the calls; the lock of `FILE` is held.
        unsafe {
            (api.err_set_logfile)(name.as_ptr());
            (api.err_set_loglevel_str)(c"ERROR".as_ptr());
        }
        // The library and golem hold the file open, so the name can go.
        std::fs::remove_file(&path).ok();
        Some(Mutex::new(file))
    });
    file.as_ref()
}

/// The last line written since the last call. All lines also go to golem's own log.
fn last_line(complaints: Option<&Mutex<File>>) -> Option<String> {
    let mut lines = String::new();
    let mut file = complaints?.lock().unwrap_or_else(PoisonError::into_inner);
    file.read_to_string(&mut lines).ok()?;
    lines.lines().for_each(|line| tracing::warn!(target: "golem::sphinx", "{line}"));
    lines.lines().rfind(|line| !line.trim().is_empty()).map(|line| line.trim().to_owned())
}
