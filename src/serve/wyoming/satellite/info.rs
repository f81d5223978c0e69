//! The description of golem as a satellite of Home Assistant.

use serde_json::json;

use super::super::frame::WyomingEvent;
use super::super::info::named;

/// The answer to `describe` of a golem on the machine `host`. It names a satellite alone: Home Assistant ignores all
/// else beside one.
pub fn info(host: &str) -> WyomingEvent {
    let more = json!({"has_vad": true, "active_wake_words": [], "max_active_wake_words": 0, "supports_trigger": false});
    let satellite = named(&format!("golem {host}"), "golem's microphone and loudspeaker", more);
    let none = || json!([]);
    WyomingEvent::new(
        "info",
        json!({
            "asr": none(), "tts": none(), "handle": none(), "intent": none(), "wake": none(), "mic": none(), "snd": none(),
            "satellite": satellite,
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_satellite_is_installed_and_nothing_else_is_offered() {
        let info = info("kitchen");
        let satellite = &info.data["satellite"];
        assert!(satellite["name"] == "golem kitchen" && satellite["installed"] == true && satellite["has_vad"] == true);
        assert!(satellite["attribution"]["name"].is_string() && satellite["attribution"]["url"].is_string());
        let others = info.data.iter().filter(|(kind, _)| kind.as_str() != "satellite");
        assert!(others.clone().count() == 7 && others.clone().all(|(_, offered)| *offered == json!([])));
    }
}
