//! The decision whether another person or the owner said the words.

use crate::dialog::speaker::SpeakerVerdict;

/// The source of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HeardPlace {
    /// The microphone, rather than the computer's sound or a recording.
    pub microphone: bool,
    /// Whether there are other sources too.
    pub several: bool,
}

/// Whether another person said it. `verdict` is the result of the speaker check, if voices are enrolled.
///
/// Without a verdict the source decides. If the computer's sound is heard too, the microphone is the owner's. A
/// microphone alone hears everyone, and one hint too many does less harm than a missing one.
pub fn is_other(place: HeardPlace, verdict: Option<SpeakerVerdict>) -> bool {
    match verdict {
        Some(SpeakerVerdict::Owner | SpeakerVerdict::Golem) => false,
        Some(SpeakerVerdict::Stranger) => true,
        Some(SpeakerVerdict::Unsure) | None => !(place.microphone && place.several),
    }
}

/// Whether the owner may have said it: the voice is not known to be another one, and it does not come from the
/// computer.
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
