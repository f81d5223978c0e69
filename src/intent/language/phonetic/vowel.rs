//! Vowels among the phones.

/// Whether a phone is a vowel.
pub(super) fn is_vowel(phone: char) -> bool {
    "aeiou@".contains(phone)
}
