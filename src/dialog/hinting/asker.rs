//! The decision whether words are another person's or the owner's own.

use crate::dialog::speaker::SpeakerVerdict;

/// Where words were heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HeardPlace {
    /// By the microphone, as opposed to what the computer plays or a recording.
    pub microphone: bool,
    /// Other places are listened to as well.
    pub several: bool,
}

/// Whether somebody else said it. `verdict` is whose voice it is, where voices are enrolled.
///
/// Without a verdict the place decides: beside what the computer plays, the microphone is the owner's; a microphone alone
/// hears everyone, and a hint too many does less harm than one that is missing.
pub fn is_other(place: HeardPlace, verdict: Option<SpeakerVerdict>) -> bool {
    match verdict {
        Some(SpeakerVerdict::Owner | SpeakerVerdict::Golem) => false,
        Some(SpeakerVerdict::Stranger) => true,
        Some(SpeakerVerdict::Unsure) | None => !(place.microphone && place.several),
    }
}

/// Whether the owner may have said it: the voice is not known to be another one, and it did not come from the computer.
pub fn may_be_owner(place: HeardPlace, verdict: Option<SpeakerVerdict>) -> bool {
    match verdict {
        Some(SpeakerVerdict::Owner) => true,
        Some(SpeakerVerdict::Stranger | SpeakerVerdict::Golem) => false,
        Some(SpeakerVerdict::Unsure) | None => place.microphone || !place.several,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MICROPHONE: HeardPlace = HeardPlace { microphone: true, several: true };
    const COMPUTER: HeardPlace = HeardPlace { microphone: false, several: true };
    const ALONE: HeardPlace = HeardPlace { microphone: true, several: false };

    #[test]
    fn a_known_voice_decides_wherever_it_is_heard() {
        for place in [MICROPHONE, COMPUTER, ALONE] {
            assert!(!is_other(place, Some(SpeakerVerdict::Owner)) && may_be_owner(place, Some(SpeakerVerdict::Owner)));
            assert!(is_other(place, Some(SpeakerVerdict::Stranger)));
            assert!(!may_be_owner(place, Some(SpeakerVerdict::Stranger)));
            assert!(!is_other(place, Some(SpeakerVerdict::Golem)) && !may_be_owner(place, Some(SpeakerVerdict::Golem)));
        }
    }

    #[test]
    fn without_a_known_voice_the_place_decides() {
        for unknown in [None, Some(SpeakerVerdict::Unsure)] {
            assert!(is_other(COMPUTER, unknown) && !is_other(MICROPHONE, unknown) && is_other(ALONE, unknown));
            assert!(may_be_owner(MICROPHONE, unknown) && may_be_owner(ALONE, unknown));
            assert!(!may_be_owner(COMPUTER, unknown));
        }
    }
}
