//! The sampling of tokens by the config, else by the makers' published settings, else by golem's own.

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::sampling::LlamaSampler;

use crate::config;

/// Golem's own settings, for models without published ones.
const OWN: SamplingSettings = SamplingSettings { temperature: 0.7, top_p: 0.9, top_k: 0, min_p: 0.0 };
/// Settings that makers publish (`generation_config.json` beside their weights, or the model's card), by
/// `general.architecture` and a part of `general.name` in small letters. Qwen 3 has the settings for use without
/// thoughts.
const PUBLISHED: [(&str, &str, SamplingSettings); 9] = [
    ("qwen2", "", SamplingSettings { temperature: 0.7, top_p: 0.8, top_k: 20, min_p: 0.0 }),
    ("qwen3", "", SamplingSettings { temperature: 0.7, top_p: 0.8, top_k: 20, min_p: 0.0 }),
    ("gemma3", "", SamplingSettings { temperature: 1.0, top_p: 0.95, top_k: 64, min_p: 0.0 }),
    ("llama", "smollm2", SamplingSettings { temperature: 0.2, top_p: 0.9, top_k: 0, min_p: 0.0 }),
    ("llama", "llama 3", SamplingSettings { temperature: 0.6, top_p: 0.9, top_k: 0, min_p: 0.0 }),
    ("llama", "llama-3", SamplingSettings { temperature: 0.6, top_p: 0.9, top_k: 0, min_p: 0.0 }),
    ("smollm3", "", SamplingSettings { temperature: 0.6, top_p: 0.95, top_k: 0, min_p: 0.0 }),
    ("lfm2", "", SamplingSettings { temperature: 0.3, top_p: 1.0, top_k: 0, min_p: 0.15 }),
    ("gpt-oss", "", SamplingSettings { temperature: 1.0, top_p: 1.0, top_k: 0, min_p: 0.0 }),
];
/// Growth of the guard's penalty with each further token of a repetition (the value of DRY's author).
const GUARD_BASE: f32 = 1.75;
/// Longest repetition, in tokens, without a penalty: names and turns of phrase are shorter.
const GUARD_FREE: i32 = 4;
/// Tokens of the reply that the guard remembers.
const GUARD_MEMORY: i32 = 512;
/// Texts after which a repetition starts anew, so that lists may be alike (the value of DRY's author).
const GUARD_BREAKS: [&str; 4] = ["\n", ":", "\"", "*"];

/// Settings of the sampler.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SamplingSettings {
    /// Temperature; 0 always takes the likeliest token.
    temperature: f32,
    /// Probability of the smallest set of likeliest tokens that is kept.
    top_p: f32,
    /// Number of likeliest tokens that are kept; 0 for all.
    top_k: i32,
    /// Least probability of a token relative to the likeliest, 0..=1.
    min_p: f32,
}

impl SamplingSettings {
    /// The settings of a model whose metadata `value` looks up.
    pub fn of(config: &config::LlmConfig, value: impl Fn(&str) -> Option<String>) -> Self {
        let published = published(&value).unwrap_or(OWN);
        let number = |key: &str| {
            let text = value(&format!("general.sampling.{key}"))?;
            text.parse::<f32>().ok().filter(|number| number.is_finite() && *number >= 0.0)
        };
        // A value below zero in the config leaves it to the model.
        let chosen = |config: f32, model: f32| if config < 0.0 { model } else { config };
        #[allow(clippy::cast_possible_truncation)] // a count of tokens
        let top_k = number("top_k").map_or(published.top_k, |count| count as i32);
        Self {
            temperature: chosen(config.temperature, number("temp").unwrap_or(published.temperature)),
            top_p: chosen(config.top_p, number("top_p").unwrap_or(published.top_p)).min(1.0),
            top_k,
            min_p: number("min_p").unwrap_or(published.min_p).min(1.0),
        }
    }
}

/// The settings that the model's makers publish.
fn published(value: impl Fn(&str) -> Option<String>) -> Option<SamplingSettings> {
    let architecture = value("general.architecture")?;
    let name = value("general.name").unwrap_or_default().to_lowercase();
    let known = PUBLISHED.iter().find(|(of, part, _)| *of == architecture && name.contains(part));
    known.map(|(.., settings)| *settings)
}

/// The sampler of all replies. Making it goes through the whole vocabulary. It is reset before each reply, so that only
/// the seed decides.
pub fn sampler(model: &LlamaModel, config: &config::LlmConfig) -> LlamaSampler {
    let settings = SamplingSettings::of(config, |key| model.meta_val_str(key).ok());
    tracing::debug!(?settings, "sampling");
    let mut chain = Vec::new();
    if config.repeat_guard > 0.0 {
        let guard = config.repeat_guard.min(5.0);
        chain.push(LlamaSampler::dry(model, guard, GUARD_BASE, GUARD_FREE, GUARD_MEMORY, GUARD_BREAKS));
    }
    if settings.temperature > 0.0 {
        if settings.top_k > 0 {
            chain.push(LlamaSampler::top_k(settings.top_k));
        }
        chain.push(LlamaSampler::top_p(settings.top_p, 1));
        if settings.min_p > 0.0 {
            chain.push(LlamaSampler::min_p(settings.min_p, 1));
        }
        chain.extend([LlamaSampler::temp(settings.temperature), LlamaSampler::dist(config.seed)]);
    } else {
        chain.push(LlamaSampler::greedy());
    }
    LlamaSampler::chain_simple(chain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(config: &config::LlmConfig, metadata: &[(&str, &str)]) -> (f32, f32, i32, f32) {
        let value = |key: &str| metadata.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned());
        let settings = SamplingSettings::of(config, value);
        (settings.temperature, settings.top_p, settings.top_k, settings.min_p)
    }

    #[test]
    fn the_config_wins_then_the_file_then_what_is_published() {
        let config = config::LlmConfig::default();
        let qwen = [("general.architecture", "qwen2"), ("general.name", "Qwen2.5 0.5B")];
        let file =
            [("general.sampling.temp", "0.3"), ("general.sampling.top_k", "40"), ("general.sampling.min_p", "0.1")];
        let all = |wanted: (f32, f32, i32, f32), got| assert_eq!(got, wanted);
        all((0.7, 0.9, 0, 0.0), of(&config, &[]));
        all((0.7, 0.8, 20, 0.0), of(&config, &qwen));
        all((0.3, 0.8, 40, 0.1), of(&config, &[&qwen[..], &file].concat()));
        let set = config::LlmConfig { temperature: 0.0, top_p: 0.5, ..config::LlmConfig::default() };
        all((0.0, 0.5, 40, 0.1), of(&set, &[&qwen[..], &file].concat()));
        let odd = [("general.sampling.temp", "NaN"), ("general.sampling.top_p", "-1"), ("general.sampling.top_k", "x")];
        all((0.7, 0.9, 0, 0.0), of(&config, &odd));
    }

    #[test]
    fn one_architecture_may_have_several_makers() {
        let config = config::LlmConfig::default();
        let name = |name| of(&config, &[("general.architecture", "llama"), ("general.name", name)]).0.to_bits();
        assert_eq!(name("Smollm2 135M 8k Lc100K Mix1 Ep2"), 0.2_f32.to_bits());
        assert_eq!(name("Llama 3.2 1B Instruct"), 0.6_f32.to_bits());
        assert_eq!(name("Tinyllama"), 0.7_f32.to_bits());
    }
}
