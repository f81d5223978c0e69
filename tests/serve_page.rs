//! The server's page in a real browser: its token, its microphone, its keys, what a screen reader gets, and its policy.

#[path = "common/boxes.rs"]
mod boxes;
#[path = "common/browser.rs"]
mod browser;
#[path = "common/place.rs"]
mod place;
#[path = "common/served.rs"]
mod served;

use std::fs;
use std::path::Path;

use boxes::{Sample, chunk, plain, riff, samples};
use browser::{Browser, chromium};
use golem::device::wav::read_all;
use place::root;
use serde_json::{Value, json};
use served::{Served, installed};

const WORDS: &str = "Who wrote Romeo and Juliet?";

/// The question between two silences, as the browser's microphone gives it.
fn recording(folder: &Path) -> std::path::PathBuf {
    let question = read_all(&root().join("fixtures/audio/whisper/05-flite-rms.flac")).unwrap();
    let sound = [&vec![0.0; 16_000][..], &question, &vec![0.0; 64_000]].concat();
    let bytes = samples(&sound, Sample::S16, 1, false);
    let path = folder.join("microphone.wav");
    fs::write(&path, riff(&[chunk(b"fmt ", &plain(Sample::S16, 1, 16_000)), chunk(b"data", &bytes)])).unwrap();
    path
}

/// The faults that the browser reported: exceptions, and violations of the policy.
fn faults(browser: &Browser) -> Vec<&Value> {
    let is_fault = |event: &&Value| match event["method"].as_str() {
        Some("Runtime.exceptionThrown") => true,
        Some("Log.entryAdded") => {
            let entry = &event["params"]["entry"];
            entry["level"] == "error" && entry["source"] != "network"
        }
        _ => false,
    };
    browser.events.iter().filter(is_fault).collect()
}

#[test]
fn a_browser_shows_what_its_microphone_hears() {
    if !installed() {
        return;
    }
    let Some(program) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, "secret-word\n").unwrap();
    let golem = Served::micro(&["--token-file", token.to_str().unwrap()]);
    let mut browser = Browser::start(&program, &recording(folder.path()));
    let page = format!("http://127.0.0.1:{}/", golem.http.port());
    browser.open(&page);
    // The token is asked for where the focus is, and again when it is wrong.
    browser.until("!document.getElementById('ask').hidden && document.activeElement.id === 'token'");
    browser.write("another-word");
    browser.press("Enter", 13, "\r");
    browser.until("document.getElementById('state').textContent.startsWith('That is not')");
    browser.write("secret-word");
    browser.press("Enter", 13, "\r");
    browser.until("document.getElementById('ask').hidden && document.getElementById('state').textContent === 'Ready.'");
    browser.open(&page);
    browser.until("document.getElementById('state').textContent === 'Ready.'");
    assert_eq!(browser.value("document.getElementById('ask').hidden"), true, "it was kept");
    // Everything that can be used has a name.
    let tree = browser.call("Accessibility.getFullAXTree", &json!({}));
    let roles = ["button", "textbox", "meter", "heading", "log", "status", "table"];
    let mut seen = std::collections::BTreeSet::new();
    for node in tree["nodes"].as_array().unwrap().iter().filter(|node| node["ignored"] != true) {
        let role = node["role"]["value"].as_str().unwrap_or_default();
        let name = node["name"]["value"].as_str().unwrap_or_default();
        if let Some(role) = roles.iter().find(|known| **known == role) {
            assert!(!name.is_empty() || *role == "status", "{node}");
            seen.insert(*role);
        }
    }
    assert_eq!(seen.len(), roles.len(), "{seen:?}");
    let sessions = "document.getElementById('sessions').textContent";
    assert_eq!(browser.value(sessions), "No session runs now.");
    // The microphone, by the keyboard alone.
    browser.value("window.loudest = 0; setInterval(() => { const level = document.getElementById('level').value; window.loudest = Math.max(window.loudest, level); }, 10); 1");
    browser.press("Tab", 9, "");
    assert_eq!(browser.value("document.activeElement.id"), "listen");
    browser.press(" ", 32, " ");
    browser.until("document.getElementById('listen').getAttribute('aria-pressed') === 'true'");
    browser.until("document.getElementById('said').textContent !== ''");
    assert_eq!(browser.value("document.getElementById('said').textContent"), WORDS);
    assert_eq!(browser.value("document.getElementById('captions').textContent"), WORDS);
    assert!(browser.value("window.loudest").as_f64().unwrap() > 0.4);
    browser.until("document.getElementById('figures').innerText.includes('Requests: realtime\\t1')");
    assert!(browser.value(sessions).as_str().unwrap().starts_with("1realtime"));
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("serve-page.png");
    browser.picture(&picture);
    println!("{}", picture.display());
    browser.press(" ", 32, " ");
    browser.until("document.getElementById('listen').textContent === 'Listen'");
    assert!(faults(&browser).is_empty(), "{:?}", faults(&browser));
    // The policy holds: what is written into the page does not run, and nothing is loaded from elsewhere.
    let ran = "(() => { const script = document.createElement('script'); script.textContent = 'window.ran = true'; \
               document.body.append(script); return Boolean(window.ran); })()";
    assert_eq!(browser.value(ran), false);
    let elsewhere = "fetch('http://127.0.0.1:9/').then(() => 'loaded', () => 'refused')";
    assert_eq!(browser.value(elsewhere), "refused");
    browser.until("true");
    assert!(
        faults(&browser).iter().any(|fault| fault.to_string().contains("Content Security Policy")),
        "{:?}",
        browser.events
    );
}

#[test]
fn the_page_is_served_to_addresses_and_its_figures_to_those_who_show_the_token() {
    if !installed() {
        return;
    }
    let golem = Served::micro(&[]);
    for (path, kind) in [("/", "text/html"), ("/page.js", "text/javascript"), ("/page.css", "text/css")] {
        let answer = golem.get(path);
        assert!(answer.status == 200 && answer.head.contains(kind), "{}", answer.head);
        assert!(answer.head.contains("content-security-policy: default-src 'none'"), "{}", answer.head);
    }
    let status = golem.get("/status").json();
    assert_eq!((&status["ready"], &status["sessions"], &status["places"]), (&json!(true), &json!(0), &json!(8)));
    assert_eq!((&status["running"], &status["model"]), (&json!([]), &json!("whisper-micro")));
}
