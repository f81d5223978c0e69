//! Clauses and their spoken text: examples and properties.

use golem::dialog::text::clause::{Clause, Clauses};
use golem::dialog::text::speakable::Speakable;
use proptest::prelude::*;

fn clauses(pieces: &[&str]) -> Vec<Clause> {
    let mut clauses = Clauses::new();
    let mut all: Vec<Clause> = pieces.iter().flat_map(|piece| clauses.push(piece)).collect();
    all.extend(clauses.finish());
    all
}

fn spoken(text: &str) -> Vec<String> {
    clauses(&[text]).into_iter().map(|clause| clause.spoken.text).collect()
}

fn said(text: &str) -> String {
    Speakable::new(text, true).text
}

#[test]
fn the_first_clause_is_short_and_later_ones_are_sentences() {
    let text =
        "Sure, the kettle is on, and the tea will be ready in five minutes. Would you like milk, or lemon? Tell me.";
    assert_eq!(
        spoken(text),
        [
            "Sure, the kettle is on,",
            "and the tea will be ready in five minutes.",
            "Would you like milk, or lemon?",
            "Tell me."
        ]
    );
}

#[test]
fn a_first_clause_without_marks_ends_after_some_words_but_not_on_an_article() {
    let text = "The quick brown fox jumps over one of the lazy dogs that sleep in the afternoon sun.";
    assert_eq!(spoken(text)[0], "The quick brown fox jumps over one of the lazy");
}

#[test]
fn a_first_clause_without_marks_rather_ends_before_a_conjunction() {
    let text = "I am not sure what you mean by that but I can try to help you";
    assert_eq!(spoken(text), ["I am not sure what you mean by that", "but I can try to help you"]);
}

/// All first clauses of `text` that comes word by word, if the listener's patience ends after each word but the last in
/// turn.
fn hurried(text: &str) -> std::collections::BTreeSet<String> {
    let gaps = text.match_indices(' ').map(|(at, _)| at);
    let ends: Vec<usize> = std::iter::once(0).chain(gaps).chain([text.len()]).collect();
    let pieces: Vec<&str> = ends.windows(2).map(|edge| &text[edge[0]..edge[1]]).collect();
    let first = (1..pieces.len()).filter_map(|patience| {
        let mut clauses = Clauses::new();
        let mut found = Vec::new();
        for (number, piece) in pieces.iter().enumerate() {
            found.extend(clauses.push(piece));
            found.extend(if number + 1 == patience { clauses.hurry() } else { None });
        }
        found.into_iter().chain(clauses.finish()).next()
    });
    first.map(|clause| clause.spoken.text).collect()
}

#[test]
fn a_hurried_first_clause_ends_with_a_phrase_and_never_within_one() {
    for (text, clause) in [
        ("Hello! How can I assist you today?", "Hello!"),
        ("Sure! I can tell you a joke.", "Sure!"),
        ("2 plus 3 equals 5.", "2 plus 3 equals 5."),
        ("The capital of France is Paris.", "The capital of France"),
        ("There are three apples in the basket.", "There are three apples"),
        ("I don't know what you mean.", "I don't know"),
        ("It's a very old story about the sea.", "It's a very old story"),
        ("I will help you and your friends.", "I will help you"),
        ("He gave them 25 kilometers of rope.", "He gave them 25 kilometers"),
        ("Столица Франции город Париж на реке Сене.", "Столица Франции город Париж"),
        ("Я не могу найти его в комнате.", "Я не могу найти его в комнате."),
    ] {
        assert_eq!(Vec::from_iter(hurried(text)), [clause]);
    }
}

#[test]
fn a_hurried_first_clause_does_not_wait_for_the_gap_after_its_last_piece() {
    for (pieces, clause) in [
        (&["Sure!", " I", " can"][..], "Sure!"),
        (&["The", " capital", " of", " France", " is"], "The capital of France"),
        (&["After", " all", " of", " this,"], "After all of this,"),
    ] {
        let mut clauses = Clauses::new();
        clauses.hurry();
        let found = pieces.iter().flat_map(|piece| clauses.push(piece)).next().expect("a clause");
        assert_eq!(found.spoken.text, clause);
    }
    let mut clauses = Clauses::new();
    clauses.hurry();
    let early: Vec<Clause> = ["Look", " at", " example", ".", "org", " or", " ", "3", ".", "5"]
        .iter()
        .flat_map(|piece| clauses.push(piece))
        .collect();
    assert_eq!(early.iter().map(|clause| clause.text.as_str()).collect::<String>(), "Look at example.org ");
}

#[test]
fn numbers_abbreviations_initials_and_addresses_stay_whole() {
    for text in [
        "It costs 3.5 euros",
        "About 1,000 people",
        "Ask Dr. Watson",
        "Use it, e.g. Monday",
        "Read J. R. R. Tolkien",
        "The U.S. Army",
        "See https://example.com/a,b.html?c=d now",
        "Room No. 5",
        "Apples, pears etc. grow",
        "Спросите ул. Ленина",
        "Wait... what",
    ] {
        // Pad the text, so that the rules of the first clause do not apply.
        let reply = format!("Well now. {text} today. Then more");
        let second = spoken(&reply)[1].clone();
        assert_eq!(second, said(&format!("{text} today.")), "{text}");
    }
}

#[test]
fn what_only_sometimes_ends_a_sentence_waits_for_a_capital() {
    assert_eq!(spoken("Well now. No. I will not. So")[1..], ["No.", "I will not.", "So"]);
    assert_eq!(spoken("Well now. Let me think... Yes. So")[1..], ["Let me think...", "Yes.", "So"]);
}

#[test]
fn other_scripts_end_their_sentences() {
    assert_eq!(spoken("Привет, я голем. Как дела? Хорошо."), ["Привет, я голем.", "Как дела?", "Хорошо."]);
    assert_eq!(
        spoken("今日はいい天気です。散歩に行きましょう！はい。"),
        ["今日はいい天気です。", "散歩に行きましょう！", "はい。"]
    );
}

#[test]
fn lists_are_spoken_item_by_item() {
    let text = "Here are two:\n\n1. **Tea** with milk\n2. Coffee\n- [x] water\n\nEnjoy";
    assert_eq!(spoken(text), ["Here are two:", "1. Tea with milk.", "2. Coffee.", "water.", "Enjoy"]);
}

#[test]
fn code_blocks_are_silent_and_travel_with_their_neighbour() {
    let text = "Try this:\n```rust\nfn main() { println!(\"hi. there, you\"); }\n\n```\nIt prints a greeting.";
    let all = clauses(&[text]);
    assert_eq!(spoken(text), ["Try this:", "It prints a greeting."]);
    assert!(all[1].text.starts_with("```rust"));
    let open = clauses(&["Look here:\n```\nlet x = 1; // never closed. Really"]);
    assert!(open[1].spoken.is_silent());
}

#[test]
fn markup_is_not_read_aloud() {
    for (source, expected) in [
        ("# A *big* __title__\n", "A big title."),
        ("> quoted ~~text~~", "quoted text"),
        ("See [the docs](https://a.b/c) or https://x.y/z.", "See the docs or link."),
        ("Смотри https://x.y/z.", "Смотри ссылка."),
        ("![a cat](cat.png)", "a cat"),
        ("Run `cargo test` then `let x = |a| a;` or `push_str()`!", "Run cargo test then code or push str!"),
        ("| Name | Age |\n|---|---|\n| Ann | 5 |\n", "Name, Age, Ann, 5,"),
        ("Hi there 😀! 👋🏽", "Hi there!"),
        ("a <b>bold</b> word<br>next", "a bold word next"),
        ("snake_case and C# and 2 * 3", "snake case and C# and 2 × 3"),
        ("one\\*two &amp; three", "onetwo & three"),
        ("done [1] and [^2].", "done and."),
        ("---", ""),
        ("Don’t", "Don't"),
        ("3.5 is 50% of $7", "3.5 is 50% of $7"),
        ("5 < 6", "5 < 6"),
    ] {
        assert_eq!(said(source), expected, "{source}");
    }
}

#[test]
fn what_was_heard_is_found_in_the_generated_text() {
    let source = "Say **hello** to [my friend](http://a.b) now.";
    let speakable = Speakable::new(source, true);
    assert_eq!(speakable.text, "Say hello to my friend now.");
    let heard = |word: &str| {
        let end = speakable.text.find(word).expect("it is there") + word.len();
        &source[..speakable.source_end(end)]
    };
    assert_eq!(heard("Say"), "Say");
    assert_eq!(heard("hello"), "Say **hello**");
    assert_eq!(heard("friend"), "Say **hello** to [my friend](http://a.b)");
    assert_eq!(heard("now."), source);
    assert_eq!(speakable.source_end(0), 0);
}

#[test]
fn a_long_sentence_is_cut_at_its_commas() {
    let text = format!("Well now. {} the end.", "some words and others, ".repeat(20));
    for clause in clauses(&[&text]) {
        assert!(clause.text.chars().count() <= 210, "{}", clause.text);
        assert!(clause.text.trim_end().ends_with([',', '.']), "{}", clause.text);
    }
}

/// Text made of what models write, and of anything at all.
fn reply() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        4 => "[a-zA-Z]{1,9}",
        2 => "[ \n]{1,2}",
        2 => Just(" ".to_string()),
        1 => prop::sample::select(vec![
            ". ", ", ", "! ", "? ", ": ", "; ", "... ", "…", "```", "```rust\n", "\n```\n", "~~~\n", "**", "*", "_", "`",
            "[", "](", ")", "<b>", "<", ">", "# ", "\n- ", "\n1. ", "| ", "|---|\n", "3.5", "1,000", "Dr. ", "e.g. ", "No. ",
            "https://a.b/c, ", "😀", "。", "，", "今日は", "Привет", "&amp;", "\\*", "\u{200d}", "\r\n", "\0",
        ])
        .prop_map(str::to_string),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(token, 0..120).prop_map(|tokens| tokens.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn clauses_are_the_whole_reply_however_it_is_chunked(text in reply(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20)) {
        let whole = clauses(&[&text]);
        prop_assert_eq!(whole.iter().map(|clause| clause.text.as_str()).collect::<String>(), text.clone());
        prop_assert!(whole.iter().enumerate().all(|(number, clause)| clause.index == number));
        let silent = whole.iter().rev().skip(1).find(|clause| clause.spoken.is_silent());
        prop_assert!(silent.is_none(), "{:?}", silent);
        let mut ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        ends.push(text.len());
        let mut at: Vec<usize> = cuts.iter().map(|cut| *cut.get(&ends)).chain([0, text.len()]).collect();
        at.sort_unstable();
        let pieces: Vec<&str> = at.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
        prop_assert_eq!(clauses(&pieces), whole);
    }

    #[test]
    fn the_way_back_is_monotone_and_whole(text in reply(), line_start in any::<bool>()) {
        let speakable = Speakable::new(&text, line_start);
        let mut last = 0;
        for end in 0..=speakable.text.len() + 2 {
            let source = speakable.source_end(end);
            prop_assert!(source >= last && text.is_char_boundary(source));
            last = source;
        }
        prop_assert_eq!(last, text.len());
        let hidden = ['\n', '\0', '\u{200d}'];
        prop_assert!(!speakable.text.contains(hidden));
        prop_assert_eq!(speakable.text.trim(), speakable.text.as_str());
    }

    #[test]
    fn words_are_never_torn(words in prop::collection::vec("[a-zа-я]{1,12}[,.!?]?", 1..150)) {
        let text = words.join(" ");
        for clause in clauses(&[&text]) {
            prop_assert!(clause.text.ends_with(' ') || text.ends_with(&clause.text), "{}", clause.text);
        }
    }

    #[test]
    fn any_text_at_all_is_taken(text in any::<String>()) {
        prop_assert_eq!(clauses(&[&text]).iter().map(|clause| clause.text.as_str()).collect::<String>(), text);
    }
}
