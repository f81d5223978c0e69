//! The weights of words, in English and Russian: which may be missing or doubled, which differ only in their ending,
//! and which must never be confused.
//!
//! Costs are in nats-like units of the tolerant score: 0.1 is almost nothing, 1 is doubt, 2 and more is another
//! sentence.

/// Cost of a missing or additional word without a meaning of its own.
pub const LIGHT: f32 = 0.15;
/// Cost of a missing or additional word that may change an order, but seldom does.
pub const WEAK: f32 = 0.6;
/// Cost of an additional content word.
pub const EXTRA: f32 = 2.0;
/// Cost of an additional or missing negation.
pub const NEGATION: f32 = 9.0;
/// Cost of a different ending.
pub const INFLECTION: f32 = 0.2;
/// Cost of a phrase of courtesy around the order.
pub const COURTESY: f32 = 0.1;

const LIGHT_WORDS: &str = "a an the my this that some please um uh uhm er erm ah oh hm hmm mm well to of for at me us just okay ok hey now \
     also bit kindly э ээ эм мм ну вот а же ка то пожалуйста мне нам на в во мой мою мое этот эту это просто давай";

const WEAK_WORDS: &str =
    "in with it is your our by from % ° percent degrees у к с со за и процент процентов процента сейчас";

const NEGATIONS: &str = "not no never don't dont doesn't didn't can't cannot won't wouldn't shouldn't isn't aren't nothing nobody none \
     neither nor without except unless avoid не нет ни никогда нельзя без кроме никто ничего нету";

/// Phrases of courtesy, which surround an order without changing it.
const COURTESIES: &str = "can you, could you, would you, will you, can you please, could you please, would you please, would you mind, \
     i want you to, i'd like you to, i would like you to, i need you to, go ahead and, let's, hey there, for me, \
     for us, for me please, right now, thank you, thanks, if you please, if you can, will you please, \
     be so kind and, не мог бы ты, не могли бы вы, можешь, можете, ты можешь, вы можете, будь добр, будь добра, \
     будьте добры, прошу, прошу тебя, спасибо, я хочу чтобы ты, надо, нужно, мне нужно";

/// Beginnings of words with opposite meanings: each word of one side against each of the other.
const OPPOSITES: &str = "on off, up down, in out, left right, open clos, lock unlock, mute unmute, enabl disabl, connect disconnect, \
     install uninstall, increas decreas, maxim minim, start stop, next previous, включ выключ, включ отключ, \
     включ исключ, откр закр, открой укрой, увелич уменьш, прибав убав, громче тише, установ останов, \
     заблок разблок, запри отопри";

/// Endings that do not change the meaning, the longest first.
const ENGLISH_ENDINGS: &str = "ings ing 's es s e";
const RUSSIAN_ENDINGS: &str = "овать евать йтесь ойте ейте айте яйте уйте ться ами ями ого его ому ему ыми ими йте ешь ишь ени ею ою ить ать \
     ять еть ыть ете ите ах ях ов ев ей ой ий ый ая яя ое ее ые ие ую юю ом ем ам ям ых их им ым ть ай яй уй у ю а я \
     о е и ы ь й";

/// The weight of a word in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// An article, a preposition, a hesitation.
    Light,
    /// A word that may matter.
    Weak,
    /// A content word.
    Content,
    /// A word that reverses a meaning.
    Negation,
}

/// Whether a word is in a list that is separated by spaces.
fn has(list: &str, word: &str) -> bool {
    list.split(' ').any(|known| known == word)
}

/// The weight of a word.
pub fn weight(word: &str) -> Weight {
    match () {
        () if has(NEGATIONS, word) || word.ends_with("n't") => Weight::Negation,
        () if has(LIGHT_WORDS, word) => Weight::Light,
        () if has(WEAK_WORDS, word) => Weight::Weak,
        () => Weight::Content,
    }
}

/// The cost of a missing word; `None` for a content word, which must not be missing.
pub fn missing(word: &str) -> Option<f32> {
    match weight(word) {
        Weight::Light => Some(LIGHT),
        Weight::Weak => Some(WEAK),
        Weight::Content | Weight::Negation => None,
    }
}

/// The cost of an additional word.
pub fn extra(word: &str) -> f32 {
    match weight(word) {
        // "Is" makes an order a question, so that it costs as much as a content word.
        Weight::Weak if word == "is" => EXTRA,
        Weight::Light => LIGHT,
        Weight::Weak => WEAK,
        Weight::Content => EXTRA,
        Weight::Negation => NEGATION,
    }
}

/// Lengths in words of the phrases of courtesy at `at`: at the start of the utterance, or up to its end.
pub fn courtesies(words: &[&str], at: usize) -> impl Iterator<Item = usize> {
    let rest = &words[at..];
    // The start may have any number of courtesies and light words.
    let at_start = words[..at].iter().all(|word| weight(word) == Weight::Light) || at == 0;
    COURTESIES.split(", ").filter_map(move |phrase| {
        let length = phrase.split(' ').count();
        let fits = rest.len() >= length && phrase.split(' ').eq(rest[..length].iter().copied());
        (fits && (at_start || rest.len() == length)).then_some(length)
    })
}

/// Whether `other` lacks a negation of `said`, or more than one of its content words.
pub fn leaves_out(said: &[String], other: &[String]) -> bool {
    let count = |words: &[String], wanted: Weight| words.iter().filter(|word| weight(word) == wanted).count();
    count(said, Weight::Negation) > count(other, Weight::Negation)
        || count(said, Weight::Content) > count(other, Weight::Content) + 1
}

/// Whether two words differ only in an ending that does not change the meaning. A past tense does: it reports what
/// happened, and orders nothing.
pub fn inflected(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let turned = weight(a) == Weight::Negation || weight(b) == Weight::Negation;
    if turned || is_past(a) != is_past(b) || is_opposite(a, b) {
        return false;
    }
    let (stem_a, stem_b) = (stem(a), stem(b));
    stem_a == stem_b && stem_a.chars().count() >= 3
}

/// Whether two words are or may be opposites: also words that differ only in a prefix such as `un`.
pub fn is_opposite(a: &str, b: &str) -> bool {
    let sides = |x: &str, y: &str| {
        OPPOSITES.split(", ").filter_map(|pair| pair.split_once(' ')).any(|(a, b)| begins(x, a) && begins(y, b))
            || ["un", "dis", "de", "re", "не", "раз", "от", "вы", "за"]
                .iter()
                .any(|prefix| y.strip_prefix(prefix) == Some(x))
    };
    a != b && (sides(a, b) || sides(b, a))
}

/// Whether `word` begins with `part`; a short part must be the whole word.
fn begins(word: &str, part: &str) -> bool {
    if part.chars().count() < 4 { word == part } else { word.starts_with(part) }
}

/// Whether a word is a past tense, judged by its ending.
pub fn is_past(word: &str) -> bool {
    let russian = ["ил", "ила", "или", "ыл", "ыла", "ыли", "ал", "ала", "али", "ел", "ела", "ели"];
    let count = word.chars().count();
    count > 4 && (word.ends_with("ed") || russian.iter().any(|ending| word.ends_with(ending)))
}

/// A word without its ending.
pub fn stem(word: &str) -> &str {
    let cyrillic = word.chars().any(|c| ('а'..='я').contains(&c));
    let endings = if cyrillic { RUSSIAN_ENDINGS } else { ENGLISH_ENDINGS };
    let stem = endings.split(' ').find_map(|ending| word.strip_suffix(ending).filter(|stem| stem.chars().count() >= 3));
    let stem = stem.unwrap_or(word);
    // `stopping`, `running`: the ending has doubled the consonant.
    let mut last = stem.chars().rev();
    match (last.next(), last.next()) {
        (Some(a), Some(b)) if a == b && stem != word && stem.chars().count() > 3 => &stem[..stem.len() - a.len_utf8()],
        _ => stem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_no_other_words() {
        for pair in "light lights,open opening,stop stopping,write writing,turn turns,открой открыть,открой откройте,\
                     браузер браузера,свет света,кухня кухне,включи включить,включи включите,минута минут"
            .split(',')
        {
            let (a, b) = pair.trim().split_once(' ').unwrap();
            assert!(inflected(a, b) && inflected(b, a), "{a} {b}: {} {}", stem(a), stem(b));
        }
        for pair in
            "open opened,lock unlock,включи выключи,включи включил,on off,bed bring,the them,открой закрой".split(',')
        {
            let (a, b) = pair.split_once(' ').unwrap();
            assert!(!inflected(a, b), "{a} {b}");
        }
    }

    #[test]
    fn opposites_are_known() {
        for pair in "mute unmute,on off,включи выключи,включить отключить,открой закрой,enable disable,increase decrease,lock unlock"
            .split(',')
        {
            let (a, b) = pair.split_once(' ').unwrap();
            assert!(is_opposite(a, b) && is_opposite(b, a), "{a} {b}");
        }
        assert!(!is_opposite("light", "lights") && !is_opposite("on", "once"));
    }

    #[test]
    fn courtesies_stand_at_the_ends() {
        let words: Vec<&str> = "could you open it for me".split(' ').collect();
        assert_eq!(courtesies(&words, 0).collect::<Vec<_>>(), [2]);
        assert_eq!(courtesies(&words, 4).collect::<Vec<_>>(), [2]);
        let words: Vec<&str> = "he said can you open it".split(' ').collect();
        assert_eq!(courtesies(&words, 2).count(), 0);
    }
}
