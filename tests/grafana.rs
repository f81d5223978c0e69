//! The test of the dashboard: it asks for figures that golem gives, and for all of them.

use golem::metrics::Metrics;
use serde_json::Value;

const DASHBOARD: &str = include_str!("../scripts/grafana.json");

/// Every text under `key`, wherever it stands.
fn under<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                found.extend(value.as_str().filter(|_| name == key));
                under(value, key, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| under(value, key, found)),
        _ => {}
    }
}

/// The names of figures in a query.
fn names(query: &str) -> Vec<&str> {
    let words = query.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.filter(|word| word.starts_with("golem_") || word.starts_with("process_")).collect()
}

#[test]
fn every_figure_in_the_dashboard_exists_and_every_figure_is_in_it() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let mut queries = Vec::new();
    under(&dashboard["panels"], "expr", &mut queries);
    assert!(queries.len() > 20);
    let known = Metrics::names();
    let asked: Vec<_> = queries.iter().flat_map(|query| names(query)).collect();
    for query in &queries {
        assert!(!names(query).is_empty(), "{query} asks for nothing of golem's");
    }
    for name in &asked {
        assert!(known.iter().any(|one| one == name), "golem has no {name}");
    }
    for name in known.iter().filter(|name| !name.ends_with("_sum") && !name.ends_with("_count")) {
        assert!(asked.contains(&name.as_str()), "the dashboard does not show {name}");
    }
}

#[test]
fn every_panel_has_a_place_and_a_title() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut places = std::collections::BTreeSet::new();
    for panel in panels {
        assert!(panel["title"].as_str().is_some_and(|title| !title.is_empty()));
        let place = ["x", "y"].map(|side| panel["gridPos"][side].as_u64().unwrap());
        assert!(places.insert(place), "two panels stand at {place:?}");
    }
}
