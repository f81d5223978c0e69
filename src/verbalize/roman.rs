//! Roman numerals.

/// The value of a correctly written numeral, from 1 to 3,999.
pub(super) fn value(text: &str) -> Option<i64> {
    let worth = |c| match c {
        'I' => Some(1),
        'V' => Some(5),
        'X' => Some(10),
        'L' => Some(50),
        'C' => Some(100),
        'D' => Some(500),
        'M' => Some(1000),
        _ => None,
    };
    let values: Vec<i64> = text.chars().map(worth).collect::<Option<_>>()?;
    let signed =
        values.iter().enumerate().map(|(n, &v)| if values.get(n + 1).is_some_and(|&next| next > v) { -v } else { v });
    let sum = signed.sum();
    (sum > 0 && written(sum) == text).then_some(sum)
}

fn written(mut n: i64) -> String {
    const PARTS: [(i64, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let mut text = String::new();
    for (worth, letters) in PARTS {
        while n >= worth && text.len() <= 20 {
            text.push_str(letters);
            n -= worth;
        }
    }
    text
}
