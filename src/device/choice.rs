//! The choice of what a capture is to hear, and the decision which device that is now, apart from the sound system.

/// What a capture is to hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CaptureChoice {
    /// The device of this name or part of a name, or the system's default if it is empty. The default stands in for a
    /// device that is lost.
    Device(String),
    /// The monitor of this name or part of a name. Nothing stands in for it: a microphone hears something else.
    Monitor(String),
    /// What the computer plays: the monitor of the default loudspeaker, whichever that is.
    System,
}

/// Where the device of choice is, compared with the open one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// It is the open one.
    Here,
    /// Another one is the device of choice now, though the open one is still there.
    Elsewhere,
    /// The open one is gone.
    Gone,
}

impl CaptureChoice {
    /// The choice of `spec`, by which the device `id` was found. A number means that device for good: the others are
    /// counted anew when one comes or goes.
    pub fn named(spec: &str, id: &str) -> Self {
        let name = if spec.parse::<usize>().is_ok() { id } else { spec };
        let choice = if !name.is_empty() && is_monitor(id) { Self::Monitor } else { Self::Device };
        choice(name.to_owned())
    }

    /// Whether the device may be another one than was chosen without any sign from its stream. The sound system moves a
    /// stream of the default to the next default, as it should.
    pub fn is_watched(&self) -> bool {
        !matches!(self, Self::Device(name) if name.is_empty())
    }

    /// Where the device of choice is while the device `open` is heard; `ids` are those of all devices, `speaker` is the
    /// default loudspeaker's.
    pub fn presence(&self, open: &str, ids: &[String], speaker: Option<&str>) -> Presence {
        if !ids.iter().any(|id| id == open) {
            return Presence::Gone;
        }
        let own = monitor_of(speaker, ids).filter(|_| *self == Self::System);
        if own.is_some_and(|own| ids[own] != open) { Presence::Elsewhere } else { Presence::Here }
    }

    /// The notice that the device `name` is lost.
    pub fn lost(&self, name: &str) -> String {
        match self {
            Self::Device(_) => format!("microphone \"{name}\" is lost; listening again as soon as there is one"),
            Self::Monitor(_) => format!("microphone \"{name}\" is lost; listening again as soon as it is back"),
            Self::System => {
                format!("\"{name}\" is lost; what the computer plays is heard again as soon as there is a loudspeaker")
            }
        }
    }

    /// The notice that the device `name` is heard from now on, in place of `before` if that is still there.
    pub fn found(&self, name: &str, before: Option<&str>) -> String {
        match before.filter(|_| *self == Self::System) {
            Some(before) => {
                format!(
                    "the default loudspeaker is another one now; listening to \"{name}\", no longer to \"{before}\""
                )
            }
            None => format!("listening to \"{name}\""),
        }
    }
}

/// Whether the device of this id, if it can record, hears what another device plays.
pub(super) fn is_monitor(id: &str) -> bool {
    id.ends_with(".monitor") || id.to_lowercase().contains("loopback")
}

/// Place in `monitors` of the one that hears what the computer plays: that of the default loudspeaker `speaker`, or
/// else the first.
pub(super) fn system_monitor(monitors: &[String], speaker: Option<&str>) -> Option<usize> {
    monitor_of(speaker, monitors).or((!monitors.is_empty()).then_some(0))
}

/// Place in `ids` of the monitor of the loudspeaker `speaker`.
fn monitor_of(speaker: Option<&str>, ids: &[String]) -> Option<usize> {
    let own = format!("{}.monitor", speaker?);
    ids.iter().position(|id| *id == own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn what_the_computer_plays_is_heard_at_its_default_loudspeaker() {
        let monitors = ids(&["hdmi.monitor", "speakers.monitor"]);
        assert_eq!(system_monitor(&monitors, Some("speakers")), Some(1));
        assert_eq!(system_monitor(&monitors, Some("headset")), Some(0), "the default has none");
        assert_eq!(system_monitor(&monitors, None), Some(0));
        assert_eq!(system_monitor(&[], Some("speakers")), None);
    }

    #[test]
    fn what_the_computer_plays_follows_the_default_loudspeaker() {
        let all = ids(&["hdmi", "speakers", "headset", "mic", "hdmi.monitor", "speakers.monitor"]);
        let presence = |open, speaker| CaptureChoice::System.presence(open, &all, speaker);
        assert_eq!(presence("hdmi.monitor", Some("hdmi")), Presence::Here);
        assert_eq!(presence("hdmi.monitor", Some("speakers")), Presence::Elsewhere);
        assert_eq!(presence("hdmi.monitor", Some("headset")), Presence::Here, "the new default has no monitor");
        assert_eq!(presence("hdmi.monitor", None), Presence::Here);
        assert_eq!(presence("bluez.monitor", Some("hdmi")), Presence::Gone);
    }

    #[test]
    fn a_device_that_was_named_stays_the_one_until_it_is_gone() {
        let all = ids(&["hdmi", "speakers", "mic", "hdmi.monitor", "speakers.monitor"]);
        for choice in [CaptureChoice::named("hdmi.monitor", "hdmi.monitor"), CaptureChoice::named("m", "mic")] {
            assert_eq!(choice.presence("hdmi.monitor", &all, Some("speakers")), Presence::Here, "{choice:?}");
            assert_eq!(choice.presence("usb", &all, Some("speakers")), Presence::Gone, "{choice:?}");
            assert!(choice.is_watched());
        }
        assert!(!CaptureChoice::named("", "mic").is_watched());
    }

    #[test]
    fn a_monitor_is_known_by_its_id_and_a_number_becomes_one() {
        let (device, monitor) = (|name: &str| CaptureChoice::Device(name.into()), CaptureChoice::Monitor);
        assert_eq!(CaptureChoice::named("usb", "alsa_input.usb"), device("usb"));
        assert_eq!(CaptureChoice::named("4", "alsa_input.usb"), device("alsa_input.usb"));
        assert_eq!(CaptureChoice::named("Monitor of", "hdmi.monitor"), monitor("Monitor of".into()));
        assert_eq!(CaptureChoice::named("7", "hdmi.monitor"), monitor("hdmi.monitor".into()));
        assert_eq!(CaptureChoice::named("", "hdmi.monitor"), device(""), "the next default is as good");
    }

    #[test]
    fn only_a_change_of_the_loudspeaker_is_named() {
        let text = CaptureChoice::System.found("Monitor of HDMI", Some("Monitor of Speakers"));
        assert!(text.contains("default loudspeaker") && text.contains("HDMI") && text.contains("Speakers"), "{text}");
        let listening = "listening to \"USB\"";
        assert_eq!(CaptureChoice::System.found("USB", None), listening);
        assert_eq!(CaptureChoice::Device("usb".into()).found("USB", Some("Built-in")), listening);
    }
}
