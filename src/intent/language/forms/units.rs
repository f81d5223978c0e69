//! Signs and units with their names.

/// Groups of words and signs that mean and sound the same. A leading `*` marks a word that counts only after a number:
/// `h`, `m` and `in` are other words elsewhere.
const ALIKE: &[&[&str]] = &[
    &["%", "percent", "per cent"],
    &["%", "процентов", "процента", "процент"],
    &["°", "degrees", "degree"],
    &["°", "градусов", "градуса", "градус"],
    &["° c", "degrees celsius", "celsius", "degrees", "°"],
    &["° f", "degrees fahrenheit", "fahrenheit", "degrees", "°"],
    &["&", "and"],
    &["+", "plus"],
    &["+", "плюс"],
    &["#", "number", "hash"],
    &["№", "номер"],
    &["am", "a m", "in the morning"],
    &["pm", "p m", "in the afternoon", "in the evening"],
    &["o'clock", "o clock"],
    &["ok", "okay"],
    &["*oz", "ounce", "ounces"],
    &["*lb", "*lbs", "pound", "pounds"],
    &["*kg", "kilogram", "kilograms", "kilo", "kilos"],
    &["*g", "gram", "grams"],
    &["*ml", "milliliter", "milliliters", "millilitres"],
    &["*l", "liter", "liters", "litre", "litres"],
    &["*cm", "centimeter", "centimeters", "centimetres"],
    &["*mm", "millimeter", "millimeters", "millimetres"],
    &["*km", "kilometer", "kilometers", "kilometres"],
    &["*m", "meter", "meters", "metres"],
    &["*ft", "foot", "feet"],
    &["*in", "inch", "inches"],
    &["*mph", "miles per hour"],
    &["*hr", "*hrs", "*h", "hour", "hours"],
    &["*min", "*mins", "minute", "minutes"],
    &["*sec", "*secs", "*s", "second", "seconds"],
    &["*x", "times"],
    &["*ч", "час", "часа", "часов"],
    &["*мин", "минута", "минуты", "минут", "минуту"],
    &["*сек", "*с", "секунда", "секунды", "секунд", "секунду"],
    &["*кг", "килограмм", "килограмма", "килограммов"],
    &["*г", "грамм", "грамма", "граммов"],
    &["*км", "километр", "километра", "километров"],
    &["*м", "метр", "метра", "метров"],
    &["*мл", "миллилитр", "миллилитра", "миллилитров"],
    &["*л", "литр", "литра", "литров"],
];
/// Signs of money with their names.
const MONEY: &[(&str, &[&str])] = &[
    ("$", &["dollars", "dollar", "bucks", "долларов", "доллара", "доллар"]),
    ("€", &["euros", "euro", "евро"]),
    ("£", &["pounds", "pound", "фунтов", "фунта", "фунт"]),
    ("₽", &["рублей", "рубля", "рубль", "руб", "roubles", "rubles"]),
];

/// Whether a word is a sign that sounds the same everywhere.
pub fn is_sign(word: &str) -> bool {
    ALIKE.iter().any(|group| group.contains(&word)) || MONEY.iter().any(|(sign, _)| *sign == word)
}

/// The sign that a word is or names.
pub fn sign(word: &str) -> Option<&'static str> {
    MONEY.iter().find(|(sign, names)| *sign == word || names.contains(&word)).map(|(sign, _)| *sign)
}

/// The names of a sign.
pub fn money(sign: &str) -> &'static [&'static str] {
    MONEY.iter().find(|(known, _)| *known == sign).map_or(&[], |(_, names)| *names)
}

/// Other spellings of the words at the beginning of `rest`, with the number of words that each replaces.
pub fn alike<'a>(rest: &'a [&'a str], after_number: bool) -> impl Iterator<Item = (usize, Vec<String>)> + 'a {
    ALIKE.iter().flat_map(move |group| {
        let fits = move |entry: &&&str| {
            let (abbreviated, name) = entry.strip_prefix('*').map_or((false, **entry), |name| (true, name));
            (after_number || !abbreviated) && name.split(' ').eq(rest.iter().take(name.split(' ').count()).copied())
        };
        let others = move |said: &'static str| {
            let other = group.iter().filter(move |entry| **entry != said && (after_number || !entry.starts_with('*')));
            other.map(|entry| entry.trim_start_matches('*').to_string()).collect()
        };
        group.iter().filter(fits).map(move |said| (said.split(' ').count(), others(said)))
    })
}
