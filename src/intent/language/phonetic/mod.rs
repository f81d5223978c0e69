//! The similarity of two words by sound, in English and Russian: rules make phones of the spelling, and a weighted edit
//! distance compares them.
//!
//! The phones are ASCII letters: vowels `a e i o u @`, consonants as in IPA where it is ASCII, and `S Z C J T D N c`
//! for sh, zh, ch, j, th, dh, ng, ts. The rules are rough on purpose: they confuse the sounds that recognisers confuse.
//! Words of other languages in these letters, with accents or without, are read by the same rules: that serves where two
//! wordings of the same sound are compared. Letters of other scripts stand for themselves.

mod accent;
mod english;
mod russian;
mod vowel;

use vowel::is_vowel;

/// Cost of replacing a phone by an unrelated one, and of adding or dropping a full consonant.
const FULL: f32 = 1.0;

/// Phones that are easily confused, with the cost of replacing one by the other. From the usual confusion matrices of
/// consonants (Miller and Nicely 1955): voicing is kept worst in noise, then place, then manner.
const NEAR: &[(&str, f32)] = &[
    ("pb td kg fv sz SZ CJ TD", 0.3),
    ("mn nN fT vD vw sS zZ cs cC CS lr rw zD sT bv tT dD dJ tC JZ", 0.5),
    ("pt tk pk bd dg ji wu", 0.6),
    ("ei a@ e@ i@ o@ u@ oa", 0.2),
    ("ea ou iu ao", 0.3),
];

/// The phones of a written word.
pub fn phones(word: &str) -> String {
    let word = word.to_lowercase();
    let cyrillic = word.chars().any(|c| matches!(c, 'а'..='џ' | 'ґ'));
    let mut phones = if cyrillic { russian::phones(&word) } else { english::phones(&word) };
    let mut last = None;
    phones.retain(|phone| last.replace(phone) != Some(phone));
    phones
}

/// The distance of two words by sound, in phones: 0 for homophones, 1 for an additional or missing consonant.
pub fn distance(a: &str, b: &str) -> f32 {
    between(&phones(a), &phones(b))
}

/// [`distance`] of words that are given as phones.
pub fn between(a: &str, b: &str) -> f32 {
    let b: Vec<char> = b.chars().collect();
    let mut row = first_row(&b);
    let mut before = None;
    for phone in a.chars() {
        row = next_row(&row, &b, phone, before);
        before = Some(phone);
    }
    row[b.len()]
}

/// The first row of the edit table: the costs of making each beginning of `heard` from nothing.
pub fn first_row(heard: &[char]) -> Vec<f32> {
    let mut row = vec![0.0];
    for (index, phone) in heard.iter().enumerate() {
        let before = index.checked_sub(1).map(|i| heard[i]);
        row.push(row[index] + alone(*phone, before));
    }
    row
}

/// The next row of the edit table, for one more phone of the word that is compared with `heard`; `before` is the phone
/// before it.
pub fn next_row(row: &[f32], heard: &[char], phone: char, before: Option<char>) -> Vec<f32> {
    let mut next = vec![row[0] + alone(phone, before)];
    for (index, other) in heard.iter().enumerate() {
        let swapped = row[index] + swap(phone, *other);
        let dropped = row[index + 1] + alone(phone, before);
        let added = next[index] + alone(*other, index.checked_sub(1).map(|i| heard[i]));
        next.push(swapped.min(dropped).min(added));
    }
    next
}

/// The cost of an additional or missing phone.
fn alone(phone: char, before: Option<char>) -> f32 {
    match phone {
        '@' => 0.3,
        'h' | 'j' | 'w' => 0.5,
        'r' if before.is_some_and(is_vowel) => 0.4,
        't' | 'd' | 'p' if before.is_some_and(|b| "nmsl".contains(b)) => 0.5,
        // The second half of a diphthong is easily lost.
        'i' | 'u' if before.is_some_and(is_vowel) => 0.3,
        _ if is_vowel(phone) => 0.6,
        _ => FULL,
    }
}

/// The cost of replacing one phone by another.
fn swap(a: char, b: char) -> f32 {
    if a == b {
        return 0.0;
    }
    let is = |pair: &str| pair.chars().eq([a, b]) || pair.chars().eq([b, a]);
    let near = NEAR.iter().find(|(pairs, _)| pairs.split(' ').any(is)).map(|(_, cost)| *cost);
    near.unwrap_or(if is_vowel(a) && is_vowel(b) { 0.45 } else { FULL })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homophones_are_one() {
        let pairs = "for four,to two,to too,write right,know no,see sea,one won,eight ate,by buy,week weak,here hear,\
                     their there,hour our,kitchen kitchin,file phial,mail male,knight night,колено калено,кот код,\
                     его ево,учиться учится,four fore,lights lites,дверь двер";
        for pair in pairs.split(',') {
            let (a, b) = pair.trim().split_once(' ').unwrap();
            assert!(distance(a, b) <= 0.2, "{a} {b}: {} {} {}", phones(a), phones(b), distance(a, b));
        }
    }

    #[test]
    fn letters_of_other_languages_sound_like_the_plain_ones() {
        for pair in "café cafè,señor senor,müller muller,hören horen,привіт привит,ґанок ганок,єнот енот".split(',')
        {
            let (a, b) = pair.split_once(' ').unwrap();
            assert!(distance(a, b) <= 0.5, "{a} {b}: {} {} {}", phones(a), phones(b), distance(a, b));
        }
        assert_eq!((phones("є").as_str(), phones("мʼята").as_str(), phones("日本").as_str()), ("e", "mata", "日本"));
    }

    #[test]
    fn near_is_nearer_than_far() {
        let far = "on off,open close,left right,browser terminal,light door,red blue,включи закрой,свет дверь,up down";
        for pair in far.split(',') {
            let (a, b) = pair.split_once(' ').unwrap();
            assert!(distance(a, b) >= 1.0, "{a} {b}: {}", distance(a, b));
        }
        for pair in
            "of off,bed bad,pin bin,lamp lamb,thing sing,desk disk,lid led,свет цвет,зал сал,then than".split(',')
        {
            let (a, b) = pair.split_once(' ').unwrap();
            assert!((0.01..=0.7).contains(&distance(a, b)), "{a} {b}: {}", distance(a, b));
        }
    }

    #[test]
    fn distance_is_symmetric_and_zero_on_itself() {
        let words = "a open browser шкаф ёж ﷽ 日本 x123 don't o'clock lädt".split(' ');
        for a in words.clone() {
            assert!(distance(a, a) < 1e-6);
            for b in words.clone() {
                assert!((distance(a, b) - distance(b, a)).abs() < 1e-4, "{a} {b}");
            }
        }
        assert!(distance("", "") < 1e-6);
    }
}
