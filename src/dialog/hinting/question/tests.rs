//! Tests of the questions in what was said.

use proptest::prelude::*;

use super::*;

fn signs(text: &str) -> Vec<QuestionSign> {
    questions(text).into_iter().map(|question| question.sign).collect()
}

fn all(lines: &str, sign: Option<QuestionSign>) {
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        assert_eq!(signs(line), sign.into_iter().collect::<Vec<_>>(), "{line}");
    }
}

#[test]
fn a_question_mark_is_enough() {
    all(
        "You have worked with databases?
         And the second one?
         Ты уже бывал в Казани?
         «Ты уже бывал в Казани?»
         Больше двух?",
        Some(QuestionSign::Mark),
    );
}

#[test]
fn questions_begin_as_such_where_the_recogniser_writes_no_mark() {
    all(
        "what is the capital of france
         So, what time is it in Tokyo
         who wrote romeo and juliet
         how many days are there in a week
         why don't we use rust
         which of these countries has the most people
         when did the war end
         in which year did it end
         can you describe your last project
         do you know him
         is london bigger than paris
         tell me about your last project
         Could you tell me what a mutex is?
         i wonder why the sky is blue
         what about the tests
         how would you test it
         какой у вас опыт работы
         А сколько будет дважды два
         в каком году это было
         почему небо голубое
         есть ли у вас вопросы
         неужели это всё
         Скажите, пожалуйста, где находится вокзал
         Извините, как пройти к вокзалу
         расскажите о последнем проекте
         Объясните, что такое мьютекс
         кто написал войну и мир",
        Some(QuestionSign::Beginning),
    );
}

#[test]
fn tags_ask() {
    all(
        "It is a nice day, isn't it?
         you have seen it haven't you
         They never came, did they?
         You live here, right?
         That is correct, right.
         Это ведь просто, не так ли
         Вы здесь живёте, да?
         ты придёшь или нет",
        Some(QuestionSign::Tag),
    );
}

#[test]
fn statements_orders_and_nods_are_no_questions() {
    all(
        "The capital of France is Paris.
         What I mean is that it works.
         When I was young, I lived in Rome.
         How nice.
         Have a nice day.
         Do the dishes.
         Do not touch it.
         Why.
         You know?
         Really?
         Right?
         Oh, really?
         Is it?
         Okay, thank you.
         I know who he is.
         That is what we do.
         Version 2.5 is out.
         Когда я был молод, я жил в Риме.
         Как правило, это работает.
         Что касается тестов, они есть.
         Как только он придёт, начнём.
         Кто хочет, тот найдёт время.
         Это просто.
         Правда?
         Да ладно?
         Я знаю, кто это.",
        None,
    );
}

#[test]
fn each_sentence_stands_for_itself() {
    let found = questions("Hello. What is 2.5 times two? I see. And who are you?");
    let texts: Vec<&str> = found.iter().map(|question| question.text.as_str()).collect();
    assert_eq!(texts, ["What is 2.5 times two?", "And who are you?"]);
}

#[test]
fn a_question_is_the_same_however_it_is_written_down() {
    let key = |text: &str| questions(text)[0].key();
    assert_eq!(key("So, what is a mutex?"), key("What is a MUTEX"));
    assert_eq!(key("А сколько ещё ждать?"), key("сколько еще ждать"));
    assert_ne!(key("What is a mutex?"), key("What is a semaphore?"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_and_what_is_found_stands_in_it(text in "\\PC{0,80}") {
        for question in questions(&text) {
            prop_assert!(text.contains(&question.text) && !question.key().is_empty());
        }
    }

    #[test]
    fn a_marked_sentence_of_three_words_with_a_meaning_is_a_question(words in proptest::collection::vec("[a-z]{5,9}", 3..8)) {
        prop_assert_eq!(questions(&format!("{}?", words.join(" "))).len(), 1);
    }
}
