//! The suppression of repeated commands: of an echo, or of a recogniser that reports words twice.

use std::time::Duration;

use crate::order::Order;

/// Two equal orders within this time count as one.
pub const WINDOW: Duration = Duration::from_secs(1);

/// Remembers the last order.
#[derive(Clone, Debug, Default)]
pub struct Repeats {
    last: Option<(Duration, Order)>,
}

impl Repeats {
    /// Whether `order` repeats the last order at `now`. A repetition does not prolong the window: an order that the
    /// person keeps saying is carried out once a second. If `now` is before the last order, nothing is a repetition.
    pub fn again(&mut self, now: Duration, order: &Order) -> bool {
        let same = |(then, last): &(Duration, Order)| {
            now.checked_sub(*then).is_some_and(|gap| gap < WINDOW)
                && last.intent == order.intent
                && last.deed == order.deed
                && last.slots == order.slots
        };
        if self.last.as_ref().is_some_and(same) {
            return true;
        }
        self.last = Some((now, order.clone()));
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::Deed;

    fn order(argument: &str) -> Order {
        Order {
            intent: "Open".into(),
            slots: crate::intent::Slots::new(),
            deed: Deed::Run(vec!["open".into(), argument.into()]),
            say: None,
            timeout: Duration::from_secs(1),
        }
    }

    #[test]
    fn the_same_order_within_a_second_is_one() {
        let mut repeats = Repeats::default();
        let at = Duration::from_millis;
        assert!(!repeats.again(at(5000), &order("a")));
        assert!(repeats.again(at(5400), &order("a")));
        assert!(repeats.again(at(5999), &order("a")));
        assert!(!repeats.again(at(6000), &order("a")), "a second later it is meant");
        assert!(!repeats.again(at(6100), &order("b")), "another argument is another order");
        assert!(!repeats.again(at(6200), &order("a")), "with another in between it is meant");
        assert!(!repeats.again(at(10), &order("a")), "time began anew");
    }
}
