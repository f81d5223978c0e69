//! Tests of clients that follow a golem, and of clients that wait for the outcome of a request.

use super::*;

#[test]
fn who_attaches_learns_the_past_and_then_the_present() {
    let rig = Rig::new();
    rig.hub.take(&note("before"));
    rig.hub.take(&Update::Note { time: Time::ZERO, note: Note::Muted { on: true } });
    let (updates, told) = unbounded();
    let attached = Attached::start(rig.client(), updates).unwrap();
    attached.requests().unwrap().send(Request::Ask { text: "now?".into() }).unwrap();
    assert_eq!(rig.requests.recv().unwrap(), Request::Ask { text: "now?".into() });
    rig.hub.take(&note("after"));
    let level = Update::Level(Levels { decibels: -20.0, probability: 0.5, threshold: 0.5, output: -100.0 });
    rig.hub.take(&level);
    let mut seen: Vec<Update> = Vec::new();
    while seen.last() != Some(&level) {
        seen.push(told.recv().unwrap());
    }
    let place = |wanted: &Update| seen.iter().position(|update| update == wanted).unwrap();
    assert!(matches!(seen[0], Update::Ready(_)));
    assert!(place(&Update::Listening) < place(&note("before")) && place(&note("before")) < place(&note("after")));
    let muted = |update: &&Update| matches!(update, Update::Note { note: Note::Muted { on: true }, .. });
    assert_eq!(seen.iter().filter(muted).count(), 1);
    drop(attached);
    assert_eq!(told.iter().last(), None, "who lets go is told nothing more");
}

#[test]
fn a_golem_that_comes_back_is_found_again() {
    let rig = Rig::new();
    rig.hub.take(&Update::Note { time: Time::ZERO, note: Note::Muted { on: true } });
    rig.hub.take(&Update::Note { time: Time::ZERO, note: Note::State { state: State::Speaking } });
    let (updates, told) = unbounded();
    let attached = Attached::start(rig.client(), updates).unwrap();
    let commands = attached.requests().unwrap();
    let until = |wanted: &dyn Fn(&Update) -> bool| {
        let mut seen = Vec::new();
        while !seen.last().is_some_and(wanted) {
            seen.push(told.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("after {seen:?}")));
        }
        seen
    };
    let notice = |words: &'static str| move |update: &Update| matches!(update, Update::Notice { text, .. } if text.contains(words));
    until(&|update| matches!(update, Update::Note { note: Note::Muted { on: true }, .. }));

    rig.hub.take(&Update::Fatal { reason: "the microphone burnt".into() });
    until(&notice("burnt"));
    let folder = rig.end();
    until(&|update| *update == Update::Away);
    commands.send(Request::Repeat).unwrap();
    until(&notice("not done"));

    let rig = Rig::at(folder);
    let seen = until(&|update| matches!(update, Update::Note { note: Note::State { .. }, .. }));
    assert!(seen.iter().any(notice("is back")) && seen.contains(&Update::Listening), "{seen:?}");
    assert!(seen.iter().any(|update| matches!(update, Update::Ready(ready) if ready.part == Part::Llm)), "{seen:?}");
    commands.send(Request::Repeat).unwrap();
    assert_eq!(rig.requests.recv_timeout(PATIENCE), Ok(Request::Repeat));
    drop((commands, attached));
}

#[test]
fn who_leaves_while_golem_is_away_does_not_wait() {
    let rig = Rig::new();
    let (updates, told) = unbounded();
    let attached = Attached::start(rig.client(), updates).unwrap();
    drop(rig);
    assert!(told.iter().any(|update| update == Update::Away));
    drop(attached);
}

#[test]
fn what_came_of_a_switch_is_waited_for() {
    let rig = Rig::new();
    let part = Part::Playback;
    let ready = |what: &str| Ready { part: Part::Playback, what: what.into(), why: String::new(), at: None };
    // Past events must not count as the outcome.
    rig.hub.take(&Update::Ready(ready("old")));
    rig.hub.take(&Update::unchanged(part, "there was none"));
    let (hub, commands) = (Arc::clone(&rig.hub), rig.requests.clone());
    let golem = std::thread::spawn(move || {
        for command in commands.iter().take(3) {
            match command {
                Request::Offers => hub.take(&Update::Offers { offers: vec![] }),
                Request::Switch { name, .. } if name == "new" => hub.take(&Update::Ready(ready("new"))),
                _ => hub.take(&Update::unchanged(part, "there is no such one")),
            }
        }
    });
    assert_eq!(rig.client().offers().unwrap(), vec![]);
    assert_eq!(rig.client().switch(part, "new").unwrap().what, "new");
    let refused = rig.client().switch(part, "harp").unwrap_err();
    assert!(matches!(&refused, SocketError::Refused(reason) if reason.contains("no such one")), "{refused}");
    golem.join().unwrap();
}
