//! Russian spelling to phones: irregular spellings first, then letter by letter, then devoicing.

/// Irregular spellings with their pronunciation; `$` is the word's end.
const SAID: &[(&str, &str)] = &[
    ("ться", "ца"),
    ("тся", "ца"),
    ("его$", "ево"),
    ("ого$", "ово"),
    ("стн", "сн"),
    ("здн", "зн"),
    ("сч", "щ"),
    ("что", "што"),
];

/// Voiced consonants with the voiceless ones that they become at the end of a word and before a voiceless one.
const DEVOICED: &[(char, char)] = &[('b', 'p'), ('v', 'f'), ('g', 'k'), ('d', 't'), ('Z', 'S'), ('z', 's')];

/// The phones of a lower-case word.
pub fn phones(word: &str) -> String {
    let mut said = word.to_string();
    for (written, spoken) in SAID {
        said = match written.strip_suffix('$') {
            None => said.replace(written, spoken),
            Some(end) => said.strip_suffix(end).map_or(said.clone(), |stem| format!("{stem}{spoken}")),
        };
    }
    let phones: Vec<char> = said.chars().filter_map(phone).collect();
    let mut devoiced = String::new();
    for (index, phone) in phones.iter().enumerate() {
        let before_voiceless = phones.get(index + 1).is_none_or(|next| "pftkSscCh".contains(*next));
        let pair = DEVOICED.iter().find(|(voiced, _)| voiced == phone && before_voiceless);
        devoiced.push(pair.map_or(*phone, |(_, voiceless)| *voiceless));
    }
    devoiced
}

/// The phone of a letter, those of Ukrainian and Belarusian among them; soft and hard signs are silent.
fn phone(letter: char) -> Option<char> {
    Some(match letter {
        'а' | 'я' => 'a',
        'е' | 'э' | 'є' => 'e',
        'и' | 'й' | 'ы' | 'і' | 'ї' => 'i',
        'о' | 'ё' => 'o',
        'у' | 'ю' => 'u',
        'б' => 'b',
        'в' | 'ў' => 'v',
        'г' | 'ґ' => 'g',
        'д' => 'd',
        'ж' => 'Z',
        'з' => 'z',
        'к' => 'k',
        'л' => 'l',
        'м' => 'm',
        'н' => 'n',
        'п' => 'p',
        'р' => 'r',
        'с' => 's',
        'т' => 't',
        'ф' => 'f',
        'х' => 'h',
        'ц' => 'c',
        'ч' => 'C',
        'ш' | 'щ' => 'S',
        'ъ' | 'ь' | '-' | '\'' | 'ʼ' => return None,
        other => other,
    })
}
