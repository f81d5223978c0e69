//! The fit of a wake phrase: the phrase in many voices against other speech and noise.

use std::path::{Path, PathBuf};

use super::alike::alike;
use super::augment::Augment;
use super::head::{INPUTS, SPAN, WakeHead};
use super::language::PhraseLanguage;
use super::store::StoredNumbers;
use super::voices::VoicePool;
use crate::config::wake_language::WakeLanguage;
use crate::engine::EngineError;
use crate::engine::embedding::{STRIDE, SpeechEmbedding, WIDTH};
use crate::signal::frame::RATE;

/// Texts without the phrase, each longer than ten seconds.
const BACKGROUND: usize = 64;
/// Random words of the dictionary after a sentence: a network hears in them what no sentence holds.
const STRUNG: usize = 12;
/// Texts with a part of the phrase.
const NEAR: usize = 24;
/// Texts with words that sound like the phrase.
const ALIKE: usize = 48;
/// Seconds of each kind of noise.
const NOISE_SECONDS: usize = 30;
/// Samples up to the end of a phrase: what a judgement takes, and a little more.
const LEAD: usize = 2 * RATE as usize + RATE as usize / 10;
/// Samples after the phrase, which is recognised up to 0.3 s after its end.
const TAIL: usize = RATE as usize * 35 / 100;
/// Windows that count as the phrase, beginning with the one that ends just before the phrase does.
const WINDOWS: usize = 5;
/// Windows from one example of other sound to the next; neighbours hardly differ.
const STEP: usize = 2;
/// Variations of each recording of the owner: one weighs as much as two dozen voices.
const OWNER: usize = 24;
/// Seed that separates the fit's random numbers from those of other uses.
const SEED: u64 = 7;

/// Called with the completed share of the fit, 0..=1.
pub type FitProgress<'a> = &'a mut dyn FnMut(f32);

/// The files of this machine that a fit needs.
#[derive(Clone, Debug, Default)]
pub struct WakeSources {
    /// ONNX Runtime's shared library.
    pub onnxruntime: PathBuf,
    /// Folder that holds `espeak-ng-data`.
    pub espeak: PathBuf,
    /// Piper voices.
    pub pipers: Vec<PathBuf>,
    /// English words with their pronunciation, one a line.
    pub words: PathBuf,
    /// The folder of stored fits.
    pub kept: PathBuf,
}

/// The head for `phrase`, said in `language`, from the data folder or fitted now; only the fit calls `progress`. `owner`
/// are recordings of the phrase (16 kHz) by people who will say it, perhaps none.
///
/// # Errors
/// When the files of the voices or of the embedding cannot be used.
pub fn fitted(
    sources: &WakeSources,
    phrase: &str,
    language: &WakeLanguage,
    owner: &[Vec<f32>],
    embedding: &mut SpeechEmbedding,
    progress: FitProgress,
) -> Result<WakeHead, EngineError> {
    let phrase = phrase.trim();
    let language = PhraseLanguage::of(language, phrase);
    let voices: Vec<u8> = sources.pipers.iter().flat_map(|path| path.as_os_str().as_encoded_bytes().to_vec()).collect();
    let recordings: Vec<u8> = owner.iter().flatten().flat_map(|sample| sample.to_le_bytes()).collect();
    let kept = head_of(&sources.kept, phrase, &language, &voices, &recordings);
    if let Some(head) = kept.read().and_then(WakeHead::from_numbers) {
        return Ok(head);
    }
    let pool = VoicePool::new(sources.espeak.clone(), &sources.onnxruntime, &sources.pipers, &language);
    let mut fit = PhraseFit {
        words: if language.english { dictionary(&sources.words) } else { Vec::new() },
        sentences: language.sentences,
        steps: pool.len() + BACKGROUND + NEAR + ALIKE + OWNER * owner.len(),
        done: 0,
        augment: Augment::new(SEED),
        pool,
        embedding,
        progress,
    };
    let stored = StoredNumbers::new(&sources.kept, "background", &[&voices, &language.background()]);
    let mut runs = fit.background(&stored)?;
    let (near, babble) = fit.near(phrase)?;
    runs.extend(near);
    let positives = fit.positives(phrase, owner, &babble)?;
    let positives: Vec<&[f32]> = positives.iter().map(Vec::as_slice).collect();
    let negatives: Vec<&[f32]> = runs.iter().flat_map(|run| windows(run).step_by(STEP)).collect();
    let head = WakeHead::fit(&positives, &negatives);
    kept.write(head.numbers());
    Ok(head)
}

/// The file of the head for `phrase`, said in `language` by the Piper voices with the names `voices`, with the owner's
/// `recordings`.
fn head_of(kept: &Path, phrase: &str, language: &PhraseLanguage, voices: &[u8], recordings: &[u8]) -> StoredNumbers {
    StoredNumbers::new(kept, "phrase", &[phrase.as_bytes(), voices, recordings, language.code.as_bytes()])
}

/// All windows of a run of embeddings.
fn windows(run: &[f32]) -> impl Iterator<Item = &[f32]> {
    let last = (run.len() / WIDTH + 1).saturating_sub(SPAN);
    (0..last).map(|at| &run[at * WIDTH..at * WIDTH + INPUTS])
}

/// A running fit.
struct PhraseFit<'a> {
    pool: VoicePool,
    augment: Augment,
    embedding: &'a mut SpeechEmbedding,
    words: Vec<String>,
    sentences: &'static [&'static str],
    progress: FitProgress<'a>,
    steps: usize,
    done: usize,
}

impl PhraseFit<'_> {
    #[expect(clippy::cast_precision_loss, reason = "a few hundred steps")]
    fn step(&mut self, steps: usize) {
        self.done += steps;
        (self.progress)((self.done as f32 / self.steps.max(1) as f32).min(1.0));
    }

    /// The embeddings, in order, of a sound without any sound before it.
    fn embed(&mut self, sound: &[f32]) -> Result<Vec<f32>, EngineError> {
        self.embedding.reset();
        Ok(self.embedding.hear(sound)?.concat())
    }

    /// Speech and noise without the phrase, equal for all phrases of a language. Each stored run follows its length.
    fn background(&mut self, stored: &StoredNumbers) -> Result<Vec<Vec<f32>>, EngineError> {
        if let Some(runs) = stored.read().as_deref().and_then(unpacked) {
            self.step(BACKGROUND);
            return Ok(runs);
        }
        let mut runs = Vec::new();
        for at in 0..BACKGROUND {
            let sentences = (0..2).map(|n| self.sentences[(2 * at + n) % self.sentences.len()]).collect::<Vec<_>>();
            let text = format!("{} {}", sentences.join(" "), self.strung(STRUNG));
            // 37 shares no factor with the number of voices, so that every voice is used sooner or later.
            let sound = self.pool.say(at * 37 + 5, &text)?;
            let varied = self.augment.vary(&sound, &[]);
            runs.push(self.embed(&varied)?);
            self.step(1);
        }
        for kind in 0..3 {
            let noise: Vec<f32> = self.augment.noise(NOISE_SECONDS * RATE as usize, kind);
            let quiet: Vec<f32> = noise.iter().map(|sample| sample * 0.05).collect();
            runs.push(self.embed(&quiet)?);
        }
        runs.push(self.embed(&vec![0.0; 4 * RATE as usize])?);
        #[expect(clippy::cast_precision_loss, reason = "lengths of a few thousand")]
        let packed = runs.iter().flat_map(|run| std::iter::once(run.len() as f32).chain(run.iter().copied()));
        stored.write(packed);
        Ok(runs)
    }

    /// A sentence of random words of the dictionary.
    fn strung(&mut self, count: usize) -> String {
        if self.words.is_empty() {
            return String::new();
        }
        let words: Vec<&str> = (0..count).map(|_| self.words[self.augment.below(self.words.len())].as_str()).collect();
        format!("{}.", words.join(" "))
    }

    /// Texts with a part of the phrase, and texts with words that sound like it; neither counts as the phrase. Also
    /// returns the sound of the former as babble around the phrase.
    fn near(&mut self, phrase: &str) -> Result<(Vec<Vec<f32>>, Vec<f32>), EngineError> {
        let parts: Vec<&str> = phrase.split_whitespace().collect();
        let (mut runs, mut babble) = (Vec::new(), Vec::new());
        for at in 0..NEAR {
            let sentence = self.sentences[at % self.sentences.len()];
            let other = self.strung(2);
            let text = match (parts.len(), at % 3) {
                (0 | 1, _) | (_, 0) => format!("{sentence} {other}"),
                (_, 1) => format!("{} {other} {sentence}", parts[0]),
                (last, _) => format!("{sentence} {other} {}", parts[last - 1]),
            };
            let sound = self.pool.say(at * 53 + 11, &text)?;
            babble.extend_from_slice(&sound);
            runs.push(self.other(&sound)?);
        }
        let like = alike(phrase, &self.words, ALIKE);
        for (at, text) in like.iter().enumerate() {
            let sentence = self.sentences[at % self.sentences.len()];
            let sound = self.pool.say(at * 41 + 3, &format!("{text}. {sentence}"))?;
            runs.push(self.other(&sound)?);
        }
        self.step(ALIKE - like.len());
        Ok((runs, babble))
    }

    /// The embeddings of other speech, preceded by silence.
    fn other(&mut self, sound: &[f32]) -> Result<Vec<f32>, EngineError> {
        let mut padded = vec![0.0; RATE as usize];
        padded.extend_from_slice(sound);
        padded.resize(padded.len() + TAIL, 0.0);
        let varied = self.augment.vary(&padded, &[]);
        self.step(1);
        self.embed(&varied)
    }

    /// Windows that end with the phrase: once in every voice, and many times in each recording of the owner.
    fn positives(&mut self, phrase: &str, owner: &[Vec<f32>], babble: &[f32]) -> Result<Vec<Vec<f32>>, EngineError> {
        let mut found = Vec::new();
        for at in 0..self.pool.len() {
            let sound = self.pool.say(at, phrase)?;
            found.extend(self.placed(&sound, babble)?);
            self.step(1);
        }
        for recording in owner {
            for _ in 0..OWNER {
                found.extend(self.placed(recording, babble)?);
                self.step(1);
            }
        }
        Ok(found)
    }

    /// The windows around the end of `sound`, with silence or other voices before and after it.
    fn placed(&mut self, sound: &[f32], babble: &[f32]) -> Result<Vec<Vec<f32>>, EngineError> {
        if sound.is_empty() {
            return Ok(Vec::new());
        }
        let before = LEAD.saturating_sub(sound.len()).max(RATE as usize / 5);
        let mut placed = vec![0.0; before];
        placed.extend_from_slice(sound);
        let end = placed.len();
        placed.resize(end + TAIL, 0.0);
        let chatter = |augment: &mut Augment, gap: &mut [f32]| {
            if augment.chance(0.4) && babble.len() > gap.len() {
                let from = augment.below(babble.len() - gap.len());
                gap.copy_from_slice(&babble[from..from + gap.len()]);
            }
        };
        let pause = 1_000 + self.augment.below(6_000);
        chatter(&mut self.augment, &mut placed[..before.saturating_sub(pause)]);
        let pause = 400 + self.augment.below(3_000);
        let tail = placed.len().min(end + pause);
        chatter(&mut self.augment, &mut placed[tail..]);
        let varied = self.augment.vary(&placed, babble);
        let run = self.embed(&varied)?;
        // The first window ends with the embedding that ends with the sound, or just before it.
        let first = (end / STRIDE).saturating_sub(9 + SPAN);
        Ok(windows(&run).skip(first).take(WINDOWS).map(<[f32]>::to_vec).collect())
    }
}

/// Words for random sentences of English voices; other voices only speak their sentences.
fn dictionary(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let words = text.lines().filter_map(|line| line.split_whitespace().next());
    words.filter(|word| word.chars().all(|c| c.is_ascii_lowercase())).map(str::to_owned).collect()
}

/// The runs in numbers where each run follows its length; `None` if a length is too large.
fn unpacked(numbers: &[f32]) -> Option<Vec<Vec<f32>>> {
    let mut rest = numbers;
    let mut runs = Vec::new();
    while let [length, run @ ..] = rest {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a length that was written as one")]
        let (run, others) = run.split_at_checked(*length as usize)?;
        runs.push(run.to_vec());
        rest = others;
    }
    Some(runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_come_back_from_their_numbers() {
        assert_eq!(unpacked(&[2.0, 5.0, 6.0, 0.0, 1.0, 7.0]), Some(vec![vec![5.0, 6.0], vec![], vec![7.0]]));
        assert_eq!(unpacked(&[3.0, 5.0]), None);
    }

    #[test]
    fn heads_of_several_languages_are_kept_apart() {
        let home = tempfile::tempdir().unwrap();
        let of = |code: &str| {
            let language = WakeLanguage::try_from(code.to_owned()).unwrap();
            head_of(home.path(), "golem", &PhraseLanguage::of(&language, "golem"), b"voices", b"")
        };
        of("").write([1.0].into_iter());
        of("de").write([2.0].into_iter());
        assert_eq!([of(""), of("en"), of("de")].map(|kept| kept.read()), [1.0, 1.0, 2.0].map(|it| Some(vec![it])));
        assert_eq!(of("nl").read(), None);
    }

    #[test]
    fn windows_slide_by_one_embedding() {
        let run: Vec<f32> = (0..(SPAN + 2) * WIDTH).map(|n| if n % WIDTH == 0 { 1.0 } else { 0.0 }).collect();
        assert_eq!(windows(&run).count(), 3);
        assert!(windows(&run).all(|window| window.len() == INPUTS));
        assert_eq!(windows(&run[..WIDTH]).count(), 0);
    }
}
