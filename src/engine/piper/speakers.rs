//! The speakers of a Piper voice, by their names and numbers.

use piper_rs::ModelConfig;

use crate::engine::{EngineError, one_speaker};

/// The speakers of a voice. The default is that of a voice that cannot be read: none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VoiceSpeakers {
    /// How many there are; they are numbered from 0.
    count: i64,
    /// Their numbers and names, by number; empty for a voice that has one.
    named: Vec<(i64, String)>,
}

impl VoiceSpeakers {
    /// The speakers of the voice with these settings.
    pub fn of(settings: &ModelConfig) -> Self {
        let count = i64::from(settings.num_speakers.max(1));
        let known = settings.speaker_id_map.iter().filter(|(_, number)| count > 1 && (0..count).contains(*number));
        let mut named: Vec<(i64, String)> = known.map(|(name, number)| (*number, name.clone())).collect();
        named.sort();
        Self { count, named }
    }

    /// How many there are.
    pub fn count(&self) -> i64 {
        self.count
    }

    /// Their names, by number; none for a voice that has one speaker.
    pub fn names(&self) -> Vec<String> {
        self.named.iter().map(|(_, name)| name.clone()).collect()
    }

    /// The number of the speaker `asked`: a name, whose case does not count where no other differs by it, or a number.
    /// `described` is the voice's description.
    ///
    /// # Errors
    /// When there is no such speaker, or the voice has one and so lets none be chosen.
    pub fn find(&self, asked: &str, described: &str) -> Result<i64, EngineError> {
        if self.count <= 1 {
            return Err(one_speaker(described, asked));
        }
        self.number(asked.trim()).ok_or_else(|| {
            let named = self.named.first().map(|(_, name)| format!("a name such as \"{name}\", or "));
            let known = format!("{}a number from 0 to {}", named.unwrap_or_default(), self.count - 1);
            EngineError::Refused(format!("{described} has no speaker \"{asked}\"; write {known}"))
        })
    }

    /// Names come before numbers: some voices have figures for names.
    fn number(&self, asked: &str) -> Option<i64> {
        let lower = asked.to_lowercase();
        let exact = self.named.iter().find(|(_, name)| name == asked);
        let named = exact.or_else(|| self.named.iter().find(|(_, name)| name.to_lowercase() == lower));
        let number = || asked.parse().ok().filter(|number| (0..self.count).contains(number));
        named.map(|(number, _)| *number).or_else(number)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn speakers(count: u32, names: &Value) -> VoiceSpeakers {
        let settings = json!({
            "audio": {"sample_rate": 22_050},
            "espeak": {"voice": "en-gb"},
            "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
            "num_speakers": count,
            "speaker_id_map": names,
            "phoneme_id_map": {"_": [0]},
        });
        VoiceSpeakers::of(&serde_json::from_value(settings).unwrap())
    }

    #[test]
    fn a_speaker_is_found_by_name_and_by_number() {
        let two = speakers(2, &json!({"p226": 1, "p225": 0}));
        assert_eq!((two.count(), two.names()), (2, vec!["p225".to_owned(), "p226".into()]));
        for (asked, number) in [("p225", 0), ("P226", 1), (" p226 ", 1), ("0", 0), ("1", 1)] {
            assert_eq!(two.find(asked, "a voice").unwrap(), number, "{asked}");
        }
        for asked in ["p227", "2", "-1", "", "1.0", "99999999999999999999"] {
            let error = two.find(asked, "Piper vctk").unwrap_err().to_string();
            let known = "a name such as \"p225\", or a number from 0 to 1";
            assert_eq!(error, format!("Piper vctk has no speaker \"{asked}\"; write {known}"));
        }
    }

    #[test]
    fn a_name_comes_before_a_number_and_its_own_case_before_another() {
        let figures = speakers(3, &json!({"1": 0, "m": 1, "M": 2}));
        for (asked, number) in [("1", 0), ("2", 2), ("0", 0), ("m", 1), ("M", 2)] {
            assert_eq!(figures.find(asked, "a voice").unwrap(), number, "{asked}");
        }
    }

    #[test]
    fn speakers_without_names_have_numbers() {
        let nameless = speakers(3, &json!({"beyond": 3}));
        assert!(nameless.names().is_empty());
        assert_eq!(nameless.find("2", "a voice").unwrap(), 2);
        let error = nameless.find("beyond", "a voice").unwrap_err().to_string();
        assert!(error.ends_with("write a number from 0 to 2"), "{error}");
    }

    #[test]
    fn a_voice_with_one_speaker_lets_none_be_chosen() {
        for single in [speakers(1, &json!({"joe": 0})), speakers(0, &json!({})), VoiceSpeakers::default()] {
            assert!(single.names().is_empty());
            for asked in ["joe", "0", "1"] {
                let error = single.find(asked, "Piper joe").unwrap_err().to_string();
                assert!(error.contains("Piper joe has one speaker"), "{error}");
            }
        }
    }
}
