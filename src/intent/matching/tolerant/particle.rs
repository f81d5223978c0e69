//! Particles of English verbs, which may stand in either place: `turn the light off` and `turn off the light`.

const PARTICLES: &[&str] = &["on", "off", "up", "down"];
const VERBS: &[&str] = &["turn", "switch", "shut", "bring", "put", "crank", "power", "pull", "take", "pick"];
/// Words that may follow an order without belonging to it.
const TAIL: &[&str] = &["please", "now", "thanks", "for", "me"];

/// The order with its particle in the other place; `None` if it has no particle.
pub fn moved(words: &[String]) -> Option<String> {
    let is = |at: usize, list: &[&str]| words.get(at).is_some_and(|word| list.contains(&word.as_str()));
    let verb = (0..words.len()).find(|at| is(*at, VERBS))?;
    let end = (verb + 1..=words.len()).rev().find(|end| !is(end - 1, TAIL))?;
    let (from, to) = if is(verb + 1, PARTICLES) {
        (verb + 1, end - 1)
    } else {
        (Some(end - 1).filter(|last| *last > verb + 1 && is(*last, PARTICLES))?, verb + 1)
    };
    let mut order = words.to_vec();
    let particle = order.remove(from);
    order.insert(to, particle);
    (order != words).then(|| order.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn particles_move_both_ways() {
        let of = |text: &str| moved(&text.split(' ').map(String::from).collect::<Vec<_>>());
        assert_eq!(of("turn the light off"), Some("turn off the light".into()));
        assert_eq!(of("turn off the light please"), Some("turn the light off please".into()));
        assert_eq!(
            of("could you switch the hall light on for me"),
            Some("could you switch on the hall light for me".into())
        );
        for other in ["open the browser", "turn the page", "off", "turn off", ""] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
