//! The phrases in Russian.

use std::time::Duration;

use jiff::civil::{Date, Time, Weekday};

use super::failure::{Failure, ProgramEnd, ServiceFault, WriteFault};
use super::moment::{Every, RelativeMoment, days_between};
use super::phrase::{AlarmLabel, ListedAlarm, Phrase};
use super::words::{after_comma, after_sentence, joined, of, parts};

/// Months from January, in the genitive, as after a day.
pub const MONTHS: [&str; 12] = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
];
/// Days of the week, from Monday.
const DAYS: [&str; 7] = ["понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"];
/// Days of the week after the preposition of "on that day".
const ON_DAYS: [&str; 7] =
    ["в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье"];
/// Hours from one, as ordinals in the genitive: "в половине седьмого".
const HOURS: [&str; 12] = [
    "первого",
    "второго",
    "третьего",
    "четвёртого",
    "пятого",
    "шестого",
    "седьмого",
    "восьмого",
    "девятого",
    "десятого",
    "одиннадцатого",
    "двенадцатого",
];
/// Hours from one, as after "без четверти".
const NUMBERS: [&str; 12] =
    ["час", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять", "одиннадцать", "двенадцать"];
/// Hour, minute and second after one, after two to four, after more.
const UNITS: [[&str; 3]; 3] =
    [["час", "часа", "часов"], ["минута", "минуты", "минут"], ["секунда", "секунды", "секунд"]];
/// Hour, minute and second in the accusative, after one, after two to four, after more.
const UNITS_FOR: [[&str; 3]; 3] =
    [["час", "часа", "часов"], ["минуту", "минуты", "минут"], ["секунду", "секунды", "секунд"]];
const DAY: [&str; 3] = ["день", "дня", "дней"];

/// The form of a noun after a number: 0 after one, 1 after two to four, 2 after more.
pub const fn plural(n: i64) -> usize {
    match (n % 100, n % 10) {
        (11..=14, _) => 2,
        (_, 1) => 0,
        (_, 2..=4) => 1,
        _ => 2,
    }
}

/// A phrase in Russian.
pub fn say(phrase: &Phrase) -> String {
    match phrase {
        Phrase::NotUnderstood => "Извините, не расслышал.".into(),
        Phrase::NoAnswer => "Извините, мне не пришёл в голову ответ.".into(),
        Phrase::OneMoment => "Одну минуту.".into(),
        Phrase::NothingSaid => "Я ещё ничего не говорил.".into(),
        Phrase::MicrophoneOff => "Микрофон выключен.".into(),
        Phrase::Link => "ссылка".into(),
        Phrase::Code => "код".into(),
        Phrase::DryRun { deed } => format!("Пробный запуск: {deed}"),
        Phrase::Confirm { sentence } => format!("Выполнить «{sentence}»?"),
        Phrase::NotConfirmed => "Хорошо, не буду.".into(),
        Phrase::Undone => "Отменено.".into(),
        Phrase::NothingDone => "Тут нечего повторять или отменять.".into(),
        Phrase::NoCommands => "Команд нет.".into(),
        Phrase::Examples { sentences } => format!("Можно сказать: {}.", joined(sentences, " или ")),
        Phrase::LengthNeeded => "Скажите вместе со временем: на сколько?".into(),
        Phrase::LengthRange => "Нужно время не больше суток.".into(),
        Phrase::TimerSet { length, name } => {
            format!("Таймер на {}{}.", in_words_for(*length), after_comma(name.as_deref()))
        }
        Phrase::TooMany => "Их слишком много, сначала отмените лишние.".into(),
        Phrase::NoTimer => "Таймеры не запущены.".into(),
        Phrase::NoSuchTimer => "Такого таймера нет.".into(),
        Phrase::LessLeft => "Осталось меньше.".into(),
        Phrase::TimeLeft { left, name, paused } => {
            let end = if *paused { ", на паузе." } else { "." };
            format!("Осталось {}{}{end}", in_words(*left), after_comma(name.as_deref()))
        }
        Phrase::TimerNamed { name } => format!("Теперь это {name}."),
        Phrase::WhichOne { names } => {
            let names: Vec<String> = names.iter().map(label).collect();
            format!("Есть {}. Какой из них?", joined(&names, " и "))
        }
        Phrase::NoneThere => "Ничего нет.".into(),
        Phrase::NoSuchOne => "Такого нет.".into(),
        Phrase::Cancelled { name } => format!("Отменено: {}.", label(name)),
        Phrase::AllCancelled => "Все отменены.".into(),
        Phrase::NoReminders => "Напоминаний нет.".into(),
        Phrase::RemindersCancelled => "Напоминания отменены.".into(),
        Phrase::Listing(all) => format!("{}.", all.iter().map(listed).collect::<Vec<_>>().join(". ")),
        Phrase::ClockUnknown => "Я не знаю, который час.".into(),
        Phrase::MomentNeeded => "Скажите когда: например, в пять или через десять минут.".into(),
        Phrase::MomentPassed => "Это уже прошло.".into(),
        Phrase::MomentUnknown { .. } => "Не могу рассчитать это время".into(),
        Phrase::AlarmSet { at, name } => format!("Будильник {}{}.", moment(at), after_comma(name.as_deref())),
        Phrase::RemindIn { length, text } => format!("Напомню через {}: {text}.", in_words_for(*length)),
        Phrase::RemindAt { at, text } => format!("Напомню {}: {text}.", moment(at)),
        Phrase::NothingRang => "Ничего не звонило.".into(),
        Phrase::RingsAgain { length } => format!("Снова через {}.", in_words_for(*length)),
        Phrase::TimeUp { name: Some(name) } => format!("Время вышло: {}.", label(name)),
        Phrase::EchoTestVoice => "Так мой голос звучит в вашей комнате. Пока я говорю, я слушаю себя, чтобы узнать, \
                                  сколько моего голоса возвращается в микрофон."
            .into(),
        Phrase::EchoTestPatience => "Если вы хорошо меня слышите, помолчите, пожалуйста, ещё немного: проверка скоро \
                                     закончится, и я покажу, что услышано."
            .into(),
        Phrase::Announcement => "Объявление умного дома.".into(),
        Phrase::TimeUp { name: None } => "Время вышло.".into(),
        Phrase::AlarmRings { clock, name } => {
            format!("Будильник! Сейчас {}.{}", shown(*clock), after_sentence(name.as_deref()))
        }
        Phrase::Reminder { text } => format!("Напоминаю: {text}."),
        Phrase::TimeHere { clock } => format!("Сейчас {}.", shown(*clock)),
        Phrase::TimeThere { clock, place, day } => {
            format!("Сейчас {place} {}{}.", shown(*clock), after_comma(day.map(weekday)))
        }
        Phrase::DateOf { day, today } => date_of(*day, *today),
        Phrase::DaysUntil { day, today } => days_until(*day, *today),
        Phrase::Opening { name } => format!("Открываю {name}."),
    }
}

/// A failure in Russian.
pub fn failure(failure: &Failure) -> String {
    match failure {
        Failure::NeverDone { intent } => format!("{intent}: эта команда никогда не выполняется"),
        Failure::NoCommand => "такой команды я не знаю".into(),
        Failure::NoAction => "для этой команды ничего не написано".into(),
        Failure::NeedsYes => "здесь нужно подтверждение, а спросить его я могу только в своём разговоре".into(),
        Failure::NotOffered => "команды здесь не разрешены; их включают в настройках сервера".into(),
        Failure::LongSentence { most } => format!("предложение слишком длинное: больше {most} байт"),
        Failure::Broken => "при выполнении произошла ошибка; подробности в журнале".into(),
        Failure::UnknownVoice => "это я делаю только для знакомого голоса".into(),
        Failure::NotInstalled { programs } => format!("не установлено: {}", programs.join(" или ")),
        Failure::LooksLikeOption { value } => format!(
            "«{value}» начинается с дефиса и сошло бы за ключ программы; действие может поставить перед ним «--»"
        ),
        Failure::ControlCharacter { slot } => format!("{{{slot}}} содержит управляющий символ"),
        Failure::LeavesFolder { address } => {
            format!("{address} выходит из своей папки; «..» не может быть частью пути")
        }
        Failure::Misplaced { .. } => "сказанное попало бы туда, где ему нельзя быть".into(),
        Failure::NoStart { program, reason } => {
            format!("программа {program} не запускается: {reason}; попробуйте запустить её в терминале")
        }
        Failure::BadEnd { program, end, last_line } => {
            let end = match end {
                ProgramEnd::Status(code) => format!("завершилась с кодом {code}"),
                ProgramEnd::Signal(signal) => format!("завершилась по сигналу {signal}"),
                ProgramEnd::Unknown => "завершилась неизвестно как".into(),
            };
            let hint = last_line.as_ref().map_or(String::new(), |line| format!(": {line}"));
            format!("программа {program} {end}{hint}")
        }
        Failure::TooLong { what, timeout } => {
            let seconds = timeout.as_secs_f64().to_string().replace('.', ",");
            format!("{what}: не уложилось в {seconds} с и остановлено; дайте действию больше времени")
        }
        Failure::Stopped => "остановлено".into(),
        Failure::NotWritten { path, fault } => {
            let reason = match fault {
                WriteFault::Link => "это ссылка; укажите сам файл",
                WriteFault::Folder => "это папка; укажите файл в ней",
                WriteFault::Special => "это не файл и не именованный канал",
                WriteFault::NoReader => "этот канал никто не читает; сначала запустите того, кто читает",
                WriteFault::System(reason) => reason,
            };
            format!("не могу записать в {}: {reason}", path.display())
        }
        Failure::Service { url, fault } => match fault {
            ServiceFault::Unreachable(reason) => format!("{url}: {reason}; служба запущена?"),
            ServiceFault::Status(status) => format!("{url}: служба отвечает {status}"),
            ServiceFault::Broken(reason) => format!("{url}: {reason}"),
        },
        Failure::UnknownZone { zone } => {
            format!("эта машина не знает часового пояса {zone}; установите данные часовых поясов")
        }
        Failure::NoSuchDay => "такого дня нет в календаре".into(),
        Failure::Removed { id } => format!("приложение {id} больше не установлено"),
        Failure::LevelRange => "уровень бывает от 0 до 100 процентов".into(),
        Failure::LevelNumber => "уровень — это число процентов".into(),
        Failure::NoLevel => "не сказано ни направление (больше, меньше), ни уровень".into(),
        Failure::CannotDo { program } => format!("программа {program} этого не умеет"),
        Failure::NoneInstalled { programs } => {
            format!("ни одна из этих программ не установлена: {}", programs.join(", "))
        }
        Failure::NoProgram => "нет программы, которую можно запустить".into(),
        Failure::UnknownMethod { method } => format!("метод {method} мне неизвестен"),
        Failure::OfDialogue { name } => format!("действие {name} выполняет сам диалог"),
        Failure::NoBuiltin { name } => format!("встроенного действия «{name}» нет"),
    }
}

fn label(label: &AlarmLabel) -> String {
    match label {
        AlarmLabel::Name(name) => name.clone(),
        AlarmLabel::Length(length) => in_words(*length),
        AlarmLabel::At(at) => moment(at),
    }
}

fn listed(alarm: &ListedAlarm) -> String {
    match alarm {
        ListedAlarm::Timer { left, name, paused } => {
            let left = format!("{}{}", in_words(*left), if *paused { ", на паузе" } else { "" });
            name.as_ref().map_or(left.clone(), |name| format!("{name}: {left}"))
        }
        ListedAlarm::Alarm { at } => moment(at),
        ListedAlarm::Reminder { at, text } => format!("{}: {text}", moment(at)),
    }
}

/// A length in the nominative: `22 минуты`, `полтора часа`.
fn in_words(length: Duration) -> String {
    in_units(length, &UNITS)
}

/// A length in the accusative, as after "на" or "через": `21 минуту`.
fn in_words_for(length: Duration) -> String {
    in_units(length, &UNITS_FOR)
}

fn in_units(length: Duration, units: &[[&str; 3]; 3]) -> String {
    match length.as_secs() {
        90 => return "полторы минуты".into(),
        1800 => return "полчаса".into(),
        5400 => return "полтора часа".into(),
        _ => {}
    }
    let word = |(count, unit): (i64, usize)| counted(count, &units[unit]);
    joined(&parts(length).into_iter().map(word).collect::<Vec<_>>(), " и ")
}

/// A number of things: 1 минута, 2 минуты, 5 минут.
fn counted(count: i64, forms: &[&str; 3]) -> String {
    format!("{count} {}", forms[plural(count)])
}

fn weekday(weekday: Weekday) -> &'static str {
    of(&DAYS, weekday.to_monday_zero_offset())
}

/// A day of a month: `21 ноября`; with the year if it is not `today`'s.
fn date(date: Date, today: Date) -> String {
    let year = if date.year() == today.year() { String::new() } else { format!(" {} года", date.year()) };
    format!("{} {}{year}", date.day(), of(&MONTHS, date.month() - 1))
}

/// "Сегодня суббота, 21 ноября."
fn date_of(day: Date, today: Date) -> String {
    let which = match days_between(today, day) {
        0 => "Сегодня",
        1 => "Завтра",
        -1 => "Вчера было",
        _ => "Это",
    };
    format!("{which} {}, {}.", weekday(day.weekday()), date(day, today))
}

/// "41 день до 1 января 2027 года."
fn days_until(day: Date, today: Date) -> String {
    let days = days_between(today, day);
    let count = counted(days.abs(), &DAY);
    match days {
        0 => "Это сегодня.".into(),
        ..0 => format!("{count} назад."),
        _ => format!("{count} до {}.", date(day, today)),
    }
}

/// A day as seen from `today`: `завтра`, `во вторник`, `25 декабря`.
fn on_day(day: Date, today: Date) -> String {
    match days_between(today, day) {
        0 => "сегодня".into(),
        1 => "завтра".into(),
        2 => "послезавтра".into(),
        3..=6 => of(&ON_DAYS, day.weekday().to_monday_zero_offset()).into(),
        _ => date(day, today),
    }
}

/// A clock time with its preposition: `в половине седьмого утра`.
fn at_clock(hour: i8, minute: i8) -> String {
    match (hour, minute) {
        (0, 0) => return "в полночь".into(),
        (12, 0) => return "в полдень".into(),
        _ => {}
    }
    let part = match hour {
        0..=3 => "ночи",
        4..=11 => "утра",
        12..=16 => "дня",
        _ => "вечера",
    };
    // "Без четверти" names the next hour, but the part of the day is that of the clock.
    let (shown, next) = ((hour + 11) % 12, hour % 12);
    match minute {
        0 if shown == 0 => format!("в час {part}"),
        0 => format!("в {} {part}", shown + 1),
        30 => format!("в половине {} {part}", of(&HOURS, next)),
        45 => format!("без четверти {} {part}", of(&NUMBERS, next)),
        _ => format!("в {hour}:{minute:02}"),
    }
}

/// A moment: `завтра в половине седьмого утра`; a repeated moment has its days instead.
fn moment(moment: &RelativeMoment) -> String {
    let day = match moment.every {
        None => on_day(moment.at.date(), moment.now.date()),
        Some(Every::Day) => "каждый день".into(),
        Some(Every::Weekday) => "по будням".into(),
        Some(Every::Weekend) => "по выходным".into(),
        Some(Every::On(day)) => format!("каждую неделю {}", of(&ON_DAYS, day.to_monday_zero_offset())),
    };
    format!("{day} {}", at_clock(moment.at.hour(), moment.at.minute()))
}

/// The clock's time of 24 hours: `15 часов 5 минут`.
fn shown(clock: Time) -> String {
    let (hours, minutes) = (i64::from(clock.hour()), i64::from(clock.minute()));
    let hours = counted(hours, &UNITS[0]);
    if minutes == 0 { format!("{hours} ровно") } else { format!("{hours} {}", counted(minutes, &UNITS[1])) }
}
