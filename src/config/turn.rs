//! The settings of a turn: when it begins, when it ends, and what golem does in its pauses.

use serde::{Deserialize, Serialize};

/// Phrases that end a reply for good. "Отмена" is not among them: it is a command, which takes back the one before.
const STOP_PHRASES: &str = "\
    stop, stop it, stop talking, be quiet, quiet, shut up, silence, enough, never mind, cancel, that's enough, \
    okay stop, please stop, golem stop, стоп, хватит, замолчи, тихо, молчи, перестань, перестань говорить, \
    прекрати, остановись, стой";
/// Phrases that only say "I am listening". Words that more often judge or agree ("good", "ладно") are not among them.
const BACKCHANNELS: &str = "\
    uh-huh, uh huh, mm-hmm, mhm, mm, hm, hmm, aha, yeah, yep, yes, right, okay, ok, i see, got it, sure, ah, oh, wow, \
    thanks, thank you, ага, угу, да, ну да, так, понятно, ясно, понял, поняла, хорошо, окей, хм, спасибо";
/// Answers that are whole as they are.
const ANSWERS: &str = "\
    yes, no, yeah, yep, nope, okay, ok, sure, alright, right, correct, exactly, of course, maybe, yes please, \
    no thanks, no thank you, thanks, thank you, never mind, stop, go on, continue, hello, goodbye, bye, да, нет, ага, \
    угу, хорошо, ладно, окей, давай, конечно, спасибо, нет спасибо, да пожалуйста, верно, точно, не надо, не знаю, \
    стоп, хватит, отмена, продолжай, дальше, привет, пока, до свидания";
/// Words that promise more when they are the last of an utterance. "So" alone is not among them: "I think so" is whole.
const PROMISES: &str = "\
    and, or, but, because, if, while, which, who, than, as, the, a, an, my, your, our, their, these, from, into, \
    about, and so, it's, i, we, they, um, umm, uh, uhm, er, erm, hm, hmm, и, или, но, а, потому что, что, чтобы, \
    если, когда, как, хотя, который, чем, в, во, на, с, со, к, ко, у, об, от, до, за, из, из-за, под, над, при, для, \
    без, через, между, мой, моя, твой, этот, эта, э, ээ, эээ, эм, ммм, ну, значит, типа, то есть, to, of, for, with, \
    at, her, his, is, are, was, were, i'm";

/// When a turn begins and ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TurnConfig {
    /// Always listening, or only while the talk key is down: `open` or `push-to-talk`.
    pub listen: ListenMode,
    /// Silence that ends a turn which the model has not judged and whose words say nothing about its end, in
    /// milliseconds.
    pub silence_ms: u64,
    /// Whether a model judges by ear if the turn is over, where one is installed. Without it the words and silence
    /// decide.
    pub model: bool,
    /// Silence after which the model is asked, in milliseconds.
    pub judge_ms: u64,
    /// Probability from which on the turn counts as over, 0..=1.
    pub over: f32,
    /// Silence that ends a turn which counts as over, in milliseconds.
    pub over_ms: u64,
    /// Silence that ends a turn which does not count as over, in milliseconds.
    pub more_ms: u64,
    /// Longest silence that golem waits for, in milliseconds, whatever else holds.
    pub most_ms: u64,
    /// Factor for all these silences, except the one after a whole command or a short answer.
    pub patience: f64,
    /// Whether the mean of the person's own pauses is kept for the next start.
    pub keep_pauses: bool,
    /// Silence after which the words so far are decoded ahead of time, in milliseconds.
    pub speculate_ms: u64,
    /// What golem does with the words of a pause before it is known whether the turn is over.
    pub ahead: Ahead,
    /// Time after the end of speech at which the first clause of a reply ends at the best place there is, in
    /// milliseconds: a slow model must not keep the voice waiting.
    pub first_clause_ms: u64,
    /// Longest utterance, in milliseconds.
    pub max_ms: u64,
    /// Shortest voiced sound that counts as an utterance, in milliseconds.
    pub min_voiced_ms: u64,
    /// Phrases that end a reply for good.
    pub stop_phrases: Vec<String>,
    /// Phrases that only say "I am listening": the reply goes on.
    pub backchannels: Vec<String>,
    /// Answers that are whole as they are: they end a turn like a whole command.
    pub answers: Vec<String>,
    /// Words that promise more when they are the last of an utterance.
    pub promises: Vec<String>,
}

/// Always listening, or only while the talk key is down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListenMode {
    /// Hands-free.
    #[default]
    Open,
    /// Only between the press and the release of the talk key.
    PushToTalk,
}

/// What golem does with the words of a pause before it is known whether the turn is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ahead {
    /// Nothing.
    Off,
    /// The language model reads them.
    Read,
    /// The reply is begun, and its first clause made into sound.
    #[default]
    Reply,
}

/// The phrases of a list.
fn listed(phrases: &str) -> Vec<String> {
    phrases.split(',').map(|phrase| phrase.trim().to_string()).collect()
}

impl Default for TurnConfig {
    fn default() -> Self {
        Self {
            listen: ListenMode::Open,
            silence_ms: 500,
            model: true,
            judge_ms: 96,
            over: 0.85,
            over_ms: 200,
            more_ms: 1_000,
            most_ms: 3_000,
            patience: 1.0,
            keep_pauses: false,
            speculate_ms: 96,
            ahead: Ahead::Reply,
            first_clause_ms: 700,
            max_ms: 30_000,
            min_voiced_ms: 200,
            stop_phrases: listed(STOP_PHRASES),
            backchannels: listed(BACKCHANNELS),
            answers: listed(ANSWERS),
            promises: listed(PROMISES),
        }
    }
}
