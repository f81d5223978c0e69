//! Alarms that a person set by voice: "set a timer for five minutes".

use crate::message::Time;

/// One timer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// When it ends.
    pub due: Time,
    /// What it is called, if anything.
    pub name: Option<String>,
    /// How long it was set for.
    pub length: Time,
}

/// All timers that run, the next one first.
#[derive(Clone, Debug, Default)]
pub struct Alarms(Vec<Alarm>);

/// A length in words: `1 hour and 30 seconds`.
pub fn spoken(length: Time, russian: bool) -> String {
    let seconds = length.as_secs();
    let parts = [(seconds / 3600, 0), (seconds / 60 % 60, 1), (seconds % 60, 2)];
    let words: Vec<_> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| {
            if russian {
                format!("{count} {}", russian_unit(count, unit))
            } else {
                let unit = ["hour", "minute", "second"][unit];
                format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
            }
        })
        .collect();
    words.join(if russian { " и " } else { " and " })
}

/// Russian counts in three forms: 1 минута, 2 минуты, 5 минут.
fn russian_unit(count: u64, unit: usize) -> &'static str {
    let forms = [["час", "часа", "часов"], ["минута", "минуты", "минут"], ["секунда", "секунды", "секунд"]][unit];
    match (count % 10, count % 100) {
        (1, hundred) if hundred != 11 => forms[0],
        (2..=4, hundred) if !(12..=14).contains(&hundred) => forms[1],
        _ => forms[2],
    }
}

impl Alarms {
    /// Adds a timer.
    pub fn set(&mut self, alarm: Alarm) {
        let at = self.0.partition_point(|other| other.due <= alarm.due);
        self.0.insert(at, alarm);
    }

    /// When the next one ends.
    pub fn next(&self) -> Option<Time> {
        self.0.first().map(|alarm| alarm.due)
    }

    /// Takes the next one that has ended by `now`.
    pub fn take(&mut self, now: Time) -> Option<Alarm> {
        (self.next()? <= now).then(|| self.0.remove(0))
    }

    /// Forgets the timer of this name, or all of them; tells how many.
    pub fn cancel(&mut self, name: Option<&str>) -> usize {
        let before = self.0.len();
        self.0.retain(|alarm| name.is_some_and(|name| alarm.name.as_deref() != Some(name)));
        before - self.0.len()
    }

    /// All of them, the next one first.
    pub fn all(&self) -> &[Alarm] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_aloud_as_people_say_them() {
        assert_eq!(spoken(Time::from_secs(3661), false), "1 hour and 1 minute and 1 second");
        assert_eq!(spoken(Time::from_secs(22 * 60), true), "22 минуты");
        assert_eq!(spoken(Time::from_secs(11 * 60 + 1), true), "11 минут и 1 секунда");
    }

    #[test]
    fn the_next_one_comes_first_and_names_part_them() {
        let mut alarms = Alarms::default();
        let alarm = |seconds, name: &str| Alarm {
            due: Time::from_secs(seconds),
            name: Some(name.into()),
            length: Time::from_secs(seconds),
        };
        alarms.set(alarm(60, "tea"));
        alarms.set(alarm(30, "eggs"));
        assert_eq!(alarms.take(Time::from_secs(29)), None);
        assert_eq!(alarms.take(Time::from_secs(31)), Some(alarm(30, "eggs")));
        assert_eq!(alarms.cancel(Some("coffee")), 0);
        assert_eq!(alarms.cancel(None), 1);
        assert_eq!(alarms.next(), None);
    }
}
