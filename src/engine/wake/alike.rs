//! Phrases that sound almost like the wake phrase: those that a spotter would mistake for it first.

use crate::intent::language::phonetic;

/// Distance in sound, relative to the phrase's own length, up to which other words are a pronunciation of the phrase.
const SAME: f32 = 0.1;
/// Most phones by which a word may be longer or shorter than the word that it replaces.
const LONGER: usize = 2;

/// `phrase` with one of its words replaced by a word of `dictionary` that sounds like it: at most `count` phrases, the
/// nearest first. Other spellings of the phrase are left out, and so are words that contain the replaced word's sounds
/// ("computers").
pub fn alike(phrase: &str, dictionary: &[String], count: usize) -> Vec<String> {
    let parts: Vec<&str> = phrase.split_whitespace().collect();
    let whole: f32 = parts.iter().map(|part| phonetic::between(&phonetic::phones(part), "")).sum();
    let mut found: Vec<(f32, String)> = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        let own = phonetic::phones(part);
        for word in dictionary {
            let phones = phonetic::phones(word);
            if phones.len().abs_diff(own.len()) > LONGER || phones.contains(&own) || own.is_empty() {
                continue;
            }
            let apart = phonetic::between(&own, &phones);
            if apart > SAME * whole {
                let mut said = parts.clone();
                said[place] = word;
                found.push((apart, said.join(" ")));
            }
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    found.into_iter().map(|(_, text)| text).take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &str) -> Vec<String> {
        words.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn the_nearest_words_come_first_and_the_phrase_never() {
        let dictionary = words("table compute computer computers commuter composer gollum golden hay grey");
        let near = alike("computer", &dictionary, 3);
        assert_eq!(near[..2], ["compute", "composer"]);
        let near = alike("hey golem", &dictionary, 4);
        assert!(near.contains(&"grey golem".to_owned()), "{near:?}");
        assert!(!near.contains(&"hay golem".to_owned()) && !near.contains(&"hey gollum".to_owned()), "{near:?}");
    }

    #[test]
    fn nothing_is_like_nothing() {
        assert!(alike("", &words("one two"), 5).is_empty());
        assert!(alike("golem", &[], 5).is_empty());
    }
}
