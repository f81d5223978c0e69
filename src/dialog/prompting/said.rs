//! The comparison of a thesis with the heard words: content words without endings, in any order.

use std::collections::HashMap;

use crate::intent::language::lexicon::{self, Weight};
use crate::intent::language::phonetic;
use crate::intent::language::text;

/// Fewest letters of a stem that is compared by sound.
const LONG: usize = 4;
/// Largest distance in sound of two equal words, as a share of the longer word's phones: the recogniser may mishear.
const MISHEARD: f32 = 0.26;
/// Fewest letters of a stem that counts as equal to a longer one that begins with it: "develop" and "development".
const BEGINNING: usize = 4;
/// Words that have weight in a command but not in a talk.
const EMPTY: &str = " i you he she we they it him her them us is are was were be been am do does did have has had will would can \
    could should shall may might must there here what which who when where how why if then than so as and or but because very \
    on off out about into over from with only also just more most much many all any some each every its our your their his \
    я ты он она мы вы они его ее их нас вас это эта эти тот та те был была было были будет будут есть быть и или но что как \
    когда где если то так же бы ли за по до от из под над при для о об про у к с очень уже еще только все всех наш наша наши \
    свой свои который которая которые чтобы потому ";

/// A content word of a thesis or of what was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentWord {
    stem: String,
    phones: String,
}

impl ContentWord {
    /// Whether both are the same word, apart from the ending or a mishearing.
    fn is(&self, other: &Self) -> bool {
        if self.stem == other.stem {
            return true;
        }
        let [own, others] = [&self.stem, &other.stem].map(|stem| stem.chars().count());
        let begins = self.stem.starts_with(&other.stem) || other.stem.starts_with(&self.stem);
        if begins && own.min(others) >= BEGINNING {
            return true;
        }
        let digits = |stem: &str| stem.chars().any(|c| c.is_ascii_digit());
        if own.min(others) < LONG || digits(&self.stem) || digits(&other.stem) {
            return false;
        }
        let [own, others] = [&self.phones, &other.phones].map(|phones| phones.chars().count());
        #[allow(clippy::cast_precision_loss)] // a few letters
        let most = MISHEARD * own.max(others) as f32;
        phonetic::between(&self.phones, &other.phones) <= most
    }
}

/// The content words of `text`, in order. A number counts as one, because it often is what a thesis is about.
pub fn content(text: &str) -> Vec<ContentWord> {
    let words = text::words(text).into_iter();
    words.filter(|word| weighs(word)).map(|word| word_of(&word)).collect()
}

fn weighs(word: &str) -> bool {
    let carries = matches!(lexicon::weight(word), Weight::Content | Weight::Negation);
    carries && !EMPTY.split(' ').any(|empty| empty == word)
}

fn word_of(word: &str) -> ContentWord {
    // Strip the ending of the past tense too: unlike an order, a thesis may be said in it.
    let stem = lexicon::stem(word);
    let stem = stem.strip_suffix("ed").filter(|rest| rest.len() >= 3).unwrap_or(stem).to_owned();
    ContentWord { phones: phonetic::phones(&stem), stem }
}

/// A thesis, ready to be compared with what is heard.
#[derive(Clone, Debug)]
pub struct Thesis {
    /// The text as shown.
    pub text: String,
    /// Its words, each once, with their weights.
    words: Vec<(ContentWord, f32)>,
}

impl Thesis {
    /// The theses of one talk. A word that several theses share weighs less: it says little about which one was said.
    pub fn all(texts: Vec<String>) -> Vec<Self> {
        let contents: Vec<Vec<ContentWord>> = texts.iter().map(|text| distinct(content(text))).collect();
        let mut shared: HashMap<String, f32> = HashMap::new();
        for word in contents.iter().flatten() {
            *shared.entry(word.stem.clone()).or_default() += 1.0;
        }
        let weight = |word: &ContentWord| shared.get(&word.stem).map_or(1.0, |count| 1.0 / count);
        let weighed = |words: Vec<ContentWord>| words.into_iter().map(|word| (word.clone(), weight(&word))).collect();
        texts.into_iter().zip(contents).map(|(text, words)| Self { text, words: weighed(words) }).collect()
    }

    /// The share (0..=1) of the thesis that was `heard`, by the weights of its words; 0 if it has no words.
    pub fn share(&self, heard: &[ContentWord]) -> f32 {
        let all: f32 = self.words.iter().map(|(_, weight)| weight).sum();
        let said = self.words.iter().filter(|(word, _)| heard.iter().any(|other| other.is(word)));
        let said: f32 = said.map(|(_, weight)| weight).sum();
        if all > 0.0 { said / all } else { 0.0 }
    }

    /// Number of words that count.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether no word counts.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

fn distinct(words: Vec<ContentWord>) -> Vec<ContentWord> {
    let mut kept: Vec<ContentWord> = Vec::new();
    for word in words {
        if !kept.iter().any(|known| known.stem == word.stem) {
            kept.push(word);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn share(thesis: &str, heard: &str) -> f32 {
        Thesis::all(vec![thesis.into()])[0].share(&content(heard))
    }

    #[test]
    fn endings_order_and_small_words_do_not_matter() {
        let thesis = "Our turnover grew by 40 percent last year";
        assert!(share(thesis, "last year, you see, the turnover has been growing, 40 percent") >= 0.75);
        assert!(
            share(
                "Выручка выросла на сорок процентов",
                "в этом году выручку мы подняли, она выросла на сорок процентов"
            ) > 0.9
        );
        assert!(share(thesis, "good evening, my name is Anna") < 0.2);
        assert!(share("Главная причина это погода", "погоду назову главной причиной") > 0.9);
    }

    #[test]
    fn what_ears_mishear_is_the_word_nearest_in_sound() {
        assert!(share("Kubernetes restarts containers", "cubernetes restart contayners") > 0.9);
        assert!(share("Развёртывание занимает минуту", "разветывание занимает менуту") > 0.6);
        assert!(share("The lock protects the data", "the rock protects nothing") < 0.7);
    }

    #[test]
    fn numbers_are_themselves() {
        assert!(share("It costs 40 euros", "it costs 50 euros") < 0.7);
    }

    #[test]
    fn words_that_several_theses_share_count_less() {
        let theses = Thesis::all(vec!["Golem hears questions".into(), "Golem shows hints".into()]);
        assert!(theses[0].share(&content("golem")) < 0.25);
        assert!(theses[0].share(&content("hears questions")) > 0.75);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_thesis_read_aloud_was_said(thesis in "[a-z]{4,9}( [a-z]{4,9}){2,6}") {
            let share = share(&thesis, &thesis);
            prop_assert!(!(1e-6..=0.99).contains(&share), "{share}");
        }

        #[test]
        fn more_words_never_make_a_thesis_less_said(thesis in "\\PC{0,40}", heard in "\\PC{0,40}", more in "\\PC{0,40}") {
            let thesis = &Thesis::all(vec![thesis])[0];
            let (heard, more) = (content(&heard), content(&more));
            prop_assert!(thesis.share(&[heard.clone(), more].concat()) >= thesis.share(&heard) - 1e-6);
        }
    }
}
