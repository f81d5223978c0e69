//! Tests of the forms of numbers, from the heard text to the sentence and back.

use std::collections::BTreeMap;

use super::*;
use crate::intent::file::SourceFile;
use crate::intent::matching::matcher::Matcher;
use crate::intent::template::IntentSet;

/// The slots that a file with this sentence gets from `said`, or nothing.
fn matched(language: &str, sentence: &str, said: &str) -> Option<String> {
    let text = format!(
        "language: {language}\nintents:\n  A:\n    data:\n    - sentences: ['{}']\nlists:\n  n: {{range: {{from: 0, to: 1000}}}}\n  h: {{range: {{from: 0, to: 24}}}}\n  m: {{range: {{from: 0, to: 59}}}}\n  half: {{range: {{from: 0, to: 100, fractions: halves}}}}\n  shot: {{values: ['(single|double) shot', 'x-ray']}}\n  size: {{values: [small, '(eight|twelve|sixteen|twenty) ounce']}}\n",
        sentence.replace('\'', "''")
    );
    let intents = IntentSet::parse(&[SourceFile { name: "x.yaml".into(), text }]).unwrap();
    let matcher = Matcher::new(&intents).unwrap();
    let found = matcher.exact(said, &BTreeMap::new()).into_iter().next()?;
    Some(found.slots.into_values().collect::<Vec<_>>().join(" "))
}

#[test]
fn what_is_said_meets_what_is_written_in_both_directions() {
    for (language, sentence, said, slots) in [
        ("en", "a {size} coffee", "a 12-ounce coffee", "twelve ounce"),
        ("en", "a {size} coffee", "a 16 ounce coffee", "sixteen ounce"),
        ("en", "a {size} coffee", "A 20-ounce coffee.", "twenty ounce"),
        ("en", "a {size} coffee", "a 12oz coffee", "twelve ounce"),
        ("en", "a {shot} latte", "a double-shot latte", "double shot"),
        ("en", "an {shot}", "an x-ray", "x-ray"),
        ("en", "a 12 ounce coffee", "a twelve ounce coffee", ""),
        ("en", "a 12 oz coffee", "a twelve-ounce coffee", ""),
        ("en", "volume fifty percent", "volume 50%", ""),
        ("en", "volume 50%", "volume fifty percent", ""),
        ("en", "volume {n} percent", "volume 50%", "50"),
        ("en", "volume {n}%", "volume fifty percent", "50"),
        ("en", "pay five dollars", "pay $5", ""),
        ("en", "pay $5", "pay five dollars", ""),
        ("en", "pay {n} dollars", "pay $20", "20"),
        ("en", "pay ${n}", "pay twenty dollars", "20"),
        ("en", "pay two dollars fifty", "pay $2.50", ""),
        ("en", "wake me at seven a m", "wake me at 7 AM", ""),
        ("en", "wake me at seven am", "wake me at 7 a.m.", ""),
        ("en", "wake me at {h} am", "wake me at seven a m", "7"),
        ("en", "wake me at seven thirty", "wake me at 7:30", ""),
        ("en", "wake me at {h} {m}", "wake me at 7:30", "7 30"),
        ("en", "wake me at {h}:{m}", "wake me at seven thirty", "7 30"),
        ("en", "wake me at half past seven", "wake me at 7:30", ""),
        ("en", "wake me at {h}:{m}", "wake me at half past seven", "7 30"),
        ("en", "wake me at seven o'clock", "wake me at 7:00", ""),
        ("en", "the third of may", "the 3rd of May", ""),
        ("en", "the 3rd of may", "the third of may", ""),
        ("en", "the {n}th of may", "the fifth of May", "5"),
        ("en", "the twenty first floor", "the 21st floor", ""),
        ("en", "the 21st floor", "the twenty-first floor", ""),
        ("en", "the one hundredth day", "the 100th day", ""),
        ("en", "may fifth", "May 5", ""),
        ("en", "half a cup", "1/2 cup", ""),
        ("en", "a half cup", "½ cup", ""),
        ("en", "three quarters", "3/4", ""),
        ("en", "two thirds", "2/3", ""),
        ("en", "wait {half} hours", "wait 2 1/2 hours", "2.5"),
        ("en", "wait {half} hours", "wait 2½ hours", "2.5"),
        ("en", "wait {half} hours", "wait 2 and a half hours", "2.5"),
        ("en", "wait two and a half hours", "wait 2.5 hours", ""),
        ("en", "wait 2.5 hours", "wait two and a half hours", ""),
        ("en", "pi is three point one four", "Pi is 3.14", ""),
        ("en", "play nineteen ninety", "play 1990", ""),
        ("en", "count to one thousand", "count to 1,000", ""),
        ("en", "count to {n}", "count to 1,000", "1000"),
        ("en", "number five", "#5", ""),
        ("en", "wait {n} minutes", "wait 5 min", "5"),
        ("en", "drive fifty miles per hour", "drive 50 mph", ""),
        ("ru", "громкость пятьдесят процентов", "громкость 50%", ""),
        ("ru", "громкость 50%", "громкость пятьдесят процентов", ""),
        ("ru", "включи две лампы", "включи 2 лампы", ""),
        ("ru", "включи 2 лампы", "включи две лампы", ""),
        ("ru", "включи двадцать одну лампу", "включи 21 лампу", ""),
        ("ru", "разбуди в семь тридцать", "разбуди в 7:30", ""),
        ("ru", "разбуди в {h}:{m}", "разбуди в семь тридцать", "7 30"),
        ("ru", "третий канал", "3-й канал", ""),
        ("ru", "третьего мая", "3-го мая", ""),
        ("ru", "пятое мая", "5 мая", ""),
        ("ru", "двадцать первого мая", "21 мая", ""),
        ("ru", "5 мая", "пятого мая", ""),
        ("ru", "3-й канал", "третий канал", ""),
        ("ru", "полтора часа", "1,5 часа", ""),
        ("ru", "два с половиной часа", "2½ часа", ""),
        ("ru", "жди {half} часа", "жди 2 с половиной часа", "2.5"),
        ("ru", "сто рублей", "100 ₽", ""),
        ("ru", "таймер на {n} минут", "таймер на 5 мин", "5"),
        ("ru", "номер пять", "№5", ""),
    ] {
        assert_eq!(matched(language, sentence, said).as_deref(), Some(slots), "{sentence}: {said}");
    }
}

#[test]
fn another_number_is_another_number() {
    for (language, sentence, said) in [
        ("en", "a {size} coffee", "a 13 ounce coffee"),
        ("en", "the third of may", "the 4th of May"),
        ("en", "volume fifty percent", "volume 15%"),
        ("en", "wake me at seven thirty", "wake me at 7:13"),
        ("en", "pay five dollars", "pay €5"),
        ("en", "half a cup", "1/4 cup"),
        ("en", "turn it in", "turn it inch"),
        ("ru", "третий канал", "4-й канал"),
        ("ru", "включи две лампы", "включи 3 лампы"),
    ] {
        assert_eq!(matched(language, sentence, said), None, "{sentence}: {said}");
    }
}

#[test]
fn what_has_no_number_has_one_form() {
    assert!(variants("turn on the lamp", "en", |_| true).is_empty());
    assert_eq!(variants("Tell Bob's mother 12", "en", |word| word == "twelve"), ["Tell Bob's mother twelve"]);
}

#[test]
fn places_are_read_back() {
    for language in ["en", "ru"] {
        for n in (1..=130).chain([200, 1_000, 2_021]) {
            for said in ordinal::words(n, language) {
                let words: Vec<&str> = said.split(' ').collect();
                assert_eq!(ordinal::parse(&words, language), Some((words.len(), n)), "{said}");
            }
        }
    }
}

#[test]
fn what_is_written_with_signs_is_said_in_words() {
    for (language, written, taken, said) in [
        ("en", "3 rd of may", 2, "third"),
        ("en", "$ 5", 2, "five dollars"),
        ("en", "7 : 30", 3, "seven thirty"),
        ("en", "1 / 2 cup", 3, "half"),
        ("en", "2.5", 1, "two and a half"),
        ("ru", "3 й канал", 2, "третий"),
    ] {
        let words: Vec<&str> = written.split(' ').collect();
        let (length, ways) = aloud(&words, language).unwrap();
        assert!(length == taken && ways.iter().any(|way| way == said), "{written}: {ways:?}");
    }
    assert!(["12", "lamp", "%", "third"].iter().all(|word| aloud(&[word], "en").is_none()));
}

#[test]
fn many_numbers_cost_little() {
    let said = "12 : 30 1 / 2 3 rd $ 5 % ".repeat(8);
    assert!(variants(&said, "en", |_| true).len() <= MOST);
}
