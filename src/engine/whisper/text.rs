//! The text of Whisper's tokens, decoded from GPT-2's byte-level alphabet.

/// The text of `tokens`, without special tokens such as `<|en|>` and without surrounding blanks. Half a character, as
/// at the end of a reading that met its limit, is left out.
pub(super) fn decode(tokens: &[String]) -> String {
    let spoken = tokens.iter().filter(|token| !is_special(token));
    let bytes: Vec<u8> = spoken.flat_map(|token| bytes(token)).collect();
    let text: String = bytes.utf8_chunks().map(|chunk| chunk.valid()).collect();
    text.trim().to_string()
}

/// The bytes of `token`.
pub(super) fn bytes(token: &str) -> Vec<u8> {
    token.chars().filter_map(byte).collect()
}

/// Whether `token` is a control token, not text.
fn is_special(token: &str) -> bool {
    token.len() > 4 && token.starts_with("<|") && token.ends_with("|>")
}

/// The byte of `letter`. GPT-2 writes printable Latin-1 bytes as themselves and the 68 others, in order, as the letters
/// from U+0100.
fn byte(letter: char) -> Option<u8> {
    let code = u32::from(letter);
    let byte = match code {
        33..=126 | 161..=172 | 174..=255 => code,
        256..=288 => code - 256,
        289..=322 => code - 289 + 127,
        323 => 173,
        _ => return None,
    };
    u8::try_from(byte).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn spaces_and_russian_come_back() {
        assert_eq!(
            decode(&tokens(&["<|en|>", "ĠTurn", "Ġon", "Ġthe", "Ġlight", ".", "<|endoftext|>"])),
            "Turn on the light."
        );
        assert_eq!(decode(&tokens(&["ĠÐ²", "ÐºÐ»", "ÑİÑĩ", "Ð¸"])), "включи");
    }

    #[test]
    fn half_a_character_is_left_out() {
        assert_eq!(decode(&tokens(&["Ġda", "Ð"])), "da");
        assert_eq!(decode(&tokens(&["日本"])), "");
    }

    #[test]
    fn every_byte_has_one_letter() {
        let mut seen = [false; 256];
        for code in 0..400 {
            if let Some(byte) = char::from_u32(code).and_then(byte) {
                assert!(!seen[usize::from(byte)], "byte {byte} twice");
                seen[usize::from(byte)] = true;
            }
        }
        assert!(seen.iter().all(|&seen| seen));
    }

    #[test]
    fn angle_brackets_alone_are_text() {
        assert_eq!(decode(&tokens(&["<|", "|>", "<||>"])), "<||><||>");
    }
}
