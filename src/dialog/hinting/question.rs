//! The questions in a text: found by the recogniser's question mark, by the beginning of a sentence, or by its tag.

use crate::dialog::text::boundary::listed;
use crate::dialog::words::normal;

/// The sign of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, strum::Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum QuestionSign {
    /// A question mark, which the recogniser wrote for the melody.
    Mark,
    /// It begins with an interrogative, or with the verb before the subject.
    Beginning,
    /// It ends with a tag that asks for assent.
    Tag,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeardQuestion {
    /// The text as written.
    pub text: String,
    /// The sign by which it was found.
    pub sign: QuestionSign,
}

impl HeardQuestion {
    /// A key that equal questions share: without case, marks and leading words such as "so".
    pub fn key(&self) -> String {
        asked(&normal(&self.text)).join(" ").replace('ё', "е")
    }
}

/// Words that may precede a question without being part of it.
const LEADS: &str = " so well okay ok and but now um uh hmm hey oh ah yeah yes right alright then please just actually \
    а ну и так но вот значит итак э эм мм да ладно хорошо тогда скажи скажите подскажи подскажите пожалуйста слушай \
    слушайте извини извините прости простите интересно ";
/// Sentences with a question mark that only encourage the other person to go on.
const NODS: [&str; 22] = [
    "you know",
    "you see",
    "you know what",
    "is it",
    "is that so",
    "are you",
    "did you",
    "do you",
    "oh really",
    "excuse me",
    "pardon me",
    "i'm sorry",
    "thank you",
    "no way",
    "как бы",
    "да ладно",
    "в смысле",
    "в самом деле",
    "правда что ли",
    "понимаешь да",
    "что что",
    "как как",
];

const INTERROGATIVES: &str =
    " what who whom whose which where when why how what's who's where's when's why's how's whats ";
const AUXILIARIES: &str = " is are was were do does did can could will would shall should have has had am may might must \
    isn't aren't wasn't weren't don't doesn't didn't can't couldn't won't wouldn't shouldn't haven't hasn't hadn't ";
/// Auxiliaries that never begin an order.
const SURE: &str = " is are was were does did has isn't aren't wasn't weren't doesn't didn't hasn't haven't hadn't ";
const PRONOUNS: &str = " i you he she it we they there anyone anybody someone somebody everyone everybody people ";
const SUBJECTS: &str = " this that these those the a an my your his her our their any some ";
/// Words that follow "how" in a question.
const DEGREES: &str = " many much long far old often big fast large come about soon likely ";

const RUSSIAN_INTERROGATIVES: &str = " кто кого кому кем что чего чему чем какой какая какое какие какого каком какую каких \
    каким какими который которая которое которые которого где куда откуда когда почему зачем отчего сколько скольких как чей \
    чья чьё чье чьи насколько ";
/// Interrogatives that also begin statements, if a comma follows.
const RUSSIAN_RELATIVES: &str = " кто кого кому кем что чего чему чем где куда откуда когда как какой сколько ";
const RUSSIAN_PARTICLES: &str = " разве неужели ";
/// Beginnings of statements that look like interrogatives.
const RUSSIAN_STATEMENTS: [&str; 14] = [
    "как правило",
    "как только",
    "как раз",
    "как бы",
    "как видите",
    "как видно",
    "как известно",
    "как вы знаете",
    "как я",
    "что касается",
    "что ж",
    "кто бы",
    "когда то",
    "как нибудь",
];

const TAG_PRONOUNS: &str = " it i you he she we they there that this ";
/// Tags that make a question without a comma.
const TAGS: [&str; 10] = [
    "innit",
    "не так ли",
    "не правда ли",
    "разве нет",
    "разве не так",
    "так ведь",
    "ведь так",
    "или нет",
    "или как",
    "or not",
];
/// Tags that make a question only after a comma, because they also end statements.
const WEAK_TAGS: [&str; 13] =
    ["right", "correct", "yes", "no", "huh", "eh", "okay", "да", "верно", "правда", "правильно", "согласны", "так"];
/// Requests for an answer, before an interrogative.
const REQUESTS: [&str; 14] = [
    "tell me",
    "tell us",
    "can you tell me",
    "could you tell me",
    "i wonder",
    "i'd like to know",
    "i would like to know",
    "explain to me",
    "explain",
    "расскажи",
    "расскажите",
    "объясни",
    "объясните",
    "хотелось бы знать",
];

/// The questions in `text`, in order.
pub fn questions(text: &str) -> Vec<HeardQuestion> {
    sentences(text).into_iter().filter_map(question).collect()
}

/// Sentences with their closing marks.
fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut closing) = (0, false);
    for (at, c) in text.char_indices() {
        // A dot within a number or a name does not end a sentence.
        if closing && c.is_whitespace() {
            found.push(text[start..at].trim());
            start = at;
        }
        closing = matches!(c, '.' | '?' | '!' | '…') || (closing && matches!(c, '"' | '»' | '”' | ')' | '\''));
    }
    found.push(text[start..].trim());
    found.retain(|sentence| !sentence.is_empty());
    found
}

fn question(sentence: &str) -> Option<HeardQuestion> {
    let said = normal(sentence);
    let words = asked(&said);
    let marked = sentence.trim_end_matches(['"', '»', '”', ')', '\'']).ends_with(['?', '？']);
    let joined = words.join(" ");
    if words.len() < 2 || NODS.contains(&joined.as_str()) {
        return None;
    }
    let sign = if is_tagged(sentence, words, marked) {
        QuestionSign::Tag
    } else if asks(sentence, words) {
        QuestionSign::Beginning
    } else if marked {
        QuestionSign::Mark
    } else {
        return None;
    };
    Some(HeardQuestion { text: sentence.to_owned(), sign })
}

/// The words without leading words such as "so".
fn asked(words: &[String]) -> &[String] {
    let leads = words.iter().take_while(|word| listed(LEADS, word)).count();
    &words[leads..]
}

/// Whether a sentence begins like a question.
fn asks(sentence: &str, words: &[String]) -> bool {
    let joined = words.join(" ");
    let request = REQUESTS.iter().find(|request| joined.starts_with(&format!("{request} ")));
    if let Some(request) = request {
        let rest = &words[request.split(' ').count()..];
        return rest.first().is_some_and(|word| {
            listed(INTERROGATIVES, word)
                || listed(RUSSIAN_INTERROGATIVES, word)
                || ["about", "if", "whether", "о", "об", "про"].contains(&word.as_str())
        });
    }
    asks_in_english(words) || asks_in_russian(sentence, words, &joined)
}

fn asks_in_english(words: &[String]) -> bool {
    let [first, second, rest @ ..] = words else { return false };
    let auxiliary = |word: &String| listed(AUXILIARIES, word);
    match first.as_str() {
        // "Who wrote it": the interrogative is the subject, and any verb follows.
        "who" | "who's" | "what's" | "where's" | "when's" | "why's" | "how's" | "whats" => true,
        "how" if listed(DEGREES, second) => true,
        "what" | "why" if ["about", "not", "if"].contains(&second.as_str()) => true,
        word if listed(INTERROGATIVES, word) => {
            // "What I mean is …" is a statement: the verb of a question comes before its subject.
            auxiliary(second) || (!listed(PRONOUNS, second) && rest.iter().take(3).any(auxiliary) && word != "when")
        }
        word if listed(SURE, word) => !["not", "as"].contains(&second.as_str()),
        // "Have a seat" and "do the dishes" are orders.
        "have" | "do" | "had" | "must" => listed(PRONOUNS, second) || ["these", "those"].contains(&second.as_str()),
        word if listed(AUXILIARIES, word) => listed(PRONOUNS, second) || listed(SUBJECTS, second),
        // "In which year did it end", "to whom …".
        _ => {
            ["which", "what", "whom", "whose"].contains(&second.as_str())
                && first.len() <= 4
                && rest.iter().take(3).any(auxiliary)
        }
    }
}

fn asks_in_russian(sentence: &str, words: &[String], joined: &str) -> bool {
    let [first, second, ..] = words else { return false };
    if RUSSIAN_STATEMENTS.iter().any(|start| joined == *start || joined.starts_with(&format!("{start} "))) {
        return false;
    }
    let preposition = ["в", "во", "на", "с", "со", "о", "об", "к", "из", "для", "по", "у", "до", "от", "за", "под"];
    let interrogative = if preposition.contains(&first.as_str()) { second } else { first };
    if listed(RUSSIAN_PARTICLES, first) || words.iter().take(4).skip(1).any(|word| word == "ли") {
        return true;
    }
    // "Когда я был молод, …" is a statement. The comma is allowed only after leading words such as "so".
    let lead = sentence.find(',').map_or(0, |comma| normal(&sentence[..comma]).len());
    let broken = sentence.contains(',') && asked(&normal(sentence)).len() + lead > normal(sentence).len();
    listed(RUSSIAN_INTERROGATIVES, interrogative) && !(listed(RUSSIAN_RELATIVES, interrogative) && broken)
}

/// Whether a tag ends the sentence.
fn is_tagged(sentence: &str, words: &[String], marked: bool) -> bool {
    let joined = words.join(" ");
    let ends = |tag: &&str| joined.strip_suffix(*tag).is_some_and(|before| before.ends_with(' '));
    if TAGS.iter().any(ends) {
        return true;
    }
    let after_comma = sentence.rsplit_once(',').map(|(_, tail)| normal(tail));
    if let Some(tail) = &after_comma
        && let [word] = tail.as_slice()
        && WEAK_TAGS.contains(&word.as_str())
        && (marked || !["yes", "no", "okay", "да", "так"].contains(&word.as_str()))
    {
        return true;
    }
    let [before @ .., verb, pronoun] = words else { return false };
    let turned = listed(AUXILIARIES, verb) && listed(TAG_PRONOUNS, pronoun);
    // "I know what it is, do you" needs its comma; "isn't it" is a tag in any case.
    turned
        && before.len() >= 2
        && (verb.ends_with("n't") || (marked && after_comma.is_some_and(|tail| tail.len() == 2)))
}

#[cfg(test)]
mod tests;
