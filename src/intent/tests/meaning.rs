//! Tests of the meanings of sentences in a small home.

use crate::intent::file::SourceFile;
use crate::intent::file::lists;
use crate::intent::matching::matcher::Matcher;
use crate::intent::template::IntentSet;
use crate::intent::{Reading, Slots};

const HOME: &str = r#"
language: en
intents:
  On:
    data:
      - sentences: ["<turn> on [the] {name} [light[s]]", "{name} on"]
        requires_context: {domain: [light, switch]}
        response: on
      - sentences: ["<turn> on [the] lights [in here]"]
        slots: {domain: light}
        requires_context: {area: {slot: true}}
      - sentences: ["<turn> on [all] [the] lights [in the {area}]"]
        slots: {domain: light}
        excludes_context: {area: nowhere}
  Open:
    data:
      - sentences: ["open [the] {name}"]
        requires_context: {domain: cover}
  Dim:
    data:
      - sentences: ["(dim [the] {name};to {level:brightness}[%| percent])"]
  Warm:
    data:
      - sentences: ["make it {heat:degrees} [degree[s]|°]"]
  Play:
    data:
      - sentences: ["play {query}", "play {query} in [the] {area}", "play [the] {kind} {query}"]
  Down:
    data:
      - sentences: ["down [by] {step:level}"]
  Wake:
    data:
      - sentences: ["wake me at {0..23:hour}[:| ]{0..59:minute}"]
  Ask:
    data:
      - sentences: ["(what's|what is) [the] {name}['s] state"]
  Note:
    data:
      - sentences: ["note {query} please"]
        lists: {kind: {values: [odd]}}
      - sentences: ["<ask> me {query}"]
        expansion_rules: {ask: "(remind|tell)"}
lists:
  level: {range: {from: 0, to: 100, type: percentage}}
  heat: {range: {from: 10, to: 30, fractions: halves}}
  step: {range: {from: 0, to: 100, multiplier: -0.1}}
  query: {wildcard: true}
  kind: {values: [{in: "(song|track)", out: track}, album]}
expansion_rules:
  turn: "(turn|switch)"
skip_words: [please, "can you"]
"#;

const THINGS: &str = "areas: [{name: Living Room}, {name: Attic}]\nentities:\n- {name: Floor Lamp, id: light.floor}\n- {name: Door, id: cover.door}\n- {name: \"Lamp[s]\", id: light.x}\n";

fn readings(text: &str, area: Option<&str>) -> Vec<Reading> {
    let source = |text: &str| SourceFile { name: "home.yaml".into(), text: text.into() };
    let mut intents = IntentSet::parse(&[source(HOME)]).unwrap();
    intents.add_lists(lists::parse(&source(THINGS)).unwrap());
    let context: Slots = area.map(|area| ("area".to_owned(), area.to_owned())).into_iter().collect();
    Matcher::new(&intents).unwrap().exact(text, &context)
}

/// The best reading as `Intent a=b c=d`.
fn best(text: &str, area: Option<&str>) -> String {
    let found = readings(text, area);
    let Some(best) = found.first() else { return "none".into() };
    let slots = best.slots.iter().map(|(name, value)| format!(" {name}={value}"));
    format!("{}{}", best.intent, slots.collect::<String>())
}

#[test]
fn sentences_mean_what_their_templates_say() {
    for (text, expected) in [
        ("Turn on the floor lamp.", "On name=Floor Lamp"),
        ("switch on floor-lamp lights", "On name=Floor Lamp"),
        ("FLOOR LAMP ON!", "On name=Floor Lamp"),
        ("turn on the lamps", "On name=Lamps"),
        ("turn on the door", "none"),
        ("open the door", "Open name=Door"),
        ("open the lamp", "none"),
        ("can you turn on the lamp, please?", "On name=Lamp"),
        ("turn please on the lamp", "On name=Lamp"),
        ("turn on all the lights in the living room", "On area=Living Room domain=light"),
        ("to 50% dim the lamp", "Dim brightness=50 name=Lamp"),
        ("dim lamp to fifty percent", "Dim brightness=50 name=Lamp"),
        ("dim lamp to 50", "Dim brightness=50 name=Lamp"),
        ("dim lamp to 101", "none"),
        ("make it 21.5°", "Warm degrees=21.5"),
        ("make it 21,5 degrees", "Warm degrees=21.5"),
        ("make it twenty one and a half", "Warm degrees=21.5"),
        ("make it 21.3", "none"),
        ("down by five", "Down level=-0.5"),
        ("what's the floor lamp's state", "Ask name=Floor Lamp"),
        ("what is door state", "Ask name=Door"),
        ("wake me at 7:30", "Wake hour=7 minute=30"),
        ("wake me at seven thirty", "Wake hour=7 minute=30"),
        ("wake me at 24:00", "none"),
        ("down 20", "Down level=-2"),
        ("", "none"),
        ("?!", "none"),
        ("turn", "none"),
    ] {
        assert_eq!(best(text, None), expected, "{text}");
    }
}

#[test]
fn the_more_that_is_accounted_for_the_better() {
    for (text, expected) in [
        ("play Yesterday", "Play query=Yesterday"),
        ("play song Yesterday", "Play kind=track query=Yesterday"),
        ("play Something New in the attic", "Play area=Attic query=Something New"),
        ("play please don't go", "Play query=please don't go"),
        ("please play nothing else", "Play query=nothing else"),
        ("note buy milk please", "Note query=buy milk"),
        ("tell me a story", "Note query=a story"),
    ] {
        assert_eq!(best(text, None), expected, "{text}");
    }
    assert_eq!(readings("play song Yesterday", None)[1].slots["query"], "song Yesterday");
}

#[test]
fn the_context_is_asked_and_told() {
    assert_eq!(best("turn on the lights", Some("Attic")), "On area=Attic domain=light");
    assert_eq!(best("turn on the lights", None), "On domain=light");
    assert_eq!(best("turn on all the lights", Some("nowhere")), "none");
    assert_eq!(best("turn on the lights in here", None), "none");
}

#[test]
fn the_answer_is_named() {
    assert_eq!(readings("lamp on", None)[0].response.as_deref(), Some("on"));
}

#[test]
fn russian_numbers_and_letters() {
    let yaml = "language: ru\nintents:\n  Тепло:\n    data:\n      - sentences: ['(сделай|поставь) [ещё] {t} градус[а|ов]']\nlists:\n  t: {range: {from: -30, to: 40, fractions: tenths}}\n";
    let intents = IntentSet::parse(&[SourceFile { name: "a.yaml".into(), text: yaml.into() }]).unwrap();
    let matcher = Matcher::new(&intents).unwrap();
    for (text, value) in [
        ("Сделай двадцать один градус", "21"),
        ("поставь еще минус пять градусов", "-5"),
        ("поставь ещё -5 градусов", "-5"),
        ("сделай двадцать и пять градуса", "20.5"),
        ("сделай двадцать две целых три десятых градуса", "22.3"),
    ] {
        let found = matcher.exact(text, &Slots::new());
        assert_eq!(found.first().map(|reading| reading.slots["t"].as_str()), Some(value), "{text}");
    }
}

#[test]
fn a_folder_may_name_the_intent() {
    let text = "language: en\nsentences: ['go <how>']\nexpansion_rules: {how: '(up|down)'}\n";
    let intents =
        IntentSet::parse(&[SourceFile { name: "sentences/en/Move/default.yaml".into(), text: text.into() }]).unwrap();
    assert_eq!(Matcher::new(&intents).unwrap().exact("go up", &Slots::new())[0].intent, "Move");
}

#[test]
fn mistakes_of_a_file_come_all_at_once() {
    let text = "language: en\nintents:\n  A:\n    data:\n      - sentences: ['(go', 'ok', 'a]']\n      - slots: {}\n  B: {}\nlists:\n  n: {range: {from: 5}}\n";
    let errors = IntentSet::parse(&[SourceFile { name: "a.yaml".into(), text: text.into() }]).unwrap_err();
    let mut places: Vec<_> = errors.iter().map(|error| (error.place().line, error.place().column)).collect();
    places.sort_unstable();
    assert_eq!(places, [(5, 22), (5, 36), (6, 9), (7, 3), (9, 14)], "{errors:#?}");
}

#[test]
fn what_belongs_to_others_is_left_alone() {
    let text = "actions:\n  On: {run: [true]}\nresponses: {intents: {}}\nsettings: {ignore_whitespace: false}\n";
    let source = |text: &str| SourceFile { name: "a.yaml".into(), text: text.into() };
    assert_eq!(IntentSet::parse(&[source(text), source("")]).unwrap(), IntentSet::default());
}
