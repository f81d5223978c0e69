//! Lists of a commands file: values, ranges, wildcards.

use std::collections::BTreeMap;

use super::yaml::{Data, YamlNode};
use crate::intent::error::IntentError;
use crate::intent::template::parser;
use crate::intent::template::{Expr, Fractions, List, Range, TemplateValue};

/// Reads a list: `values: […]`, `range: {from, to}` or `wildcard: true`; a bare sequence holds values.
///
/// # Errors
/// [`IntentError::Format`] and [`IntentError::Template`] with the place of the mistake.
pub fn list(node: &YamlNode) -> Result<List, IntentError> {
    if let Data::List(items) = &node.data {
        return items.iter().map(value).collect::<Result<_, _>>().map(List::Values);
    }
    if let Some(values) = node.get("values") {
        if !matches!(values.data, Data::List(_) | Data::Null) {
            return Err(values.wrong("`values` is a list: begin each value with `- `"));
        }
        return values.items().iter().map(value).collect::<Result<_, _>>().map(List::Values);
    }
    if let Some(bounds) = node.get("range") {
        return range(bounds).map(List::Range);
    }
    match node.get("wildcard").and_then(YamlNode::text) {
        Some("true" | "True" | "yes") => Ok(List::Wildcard),
        _ => Err(node.wrong("a list has `values: […]`, `range: {from: 0, to: 100}` or `wildcard: true`")),
    }
}

/// A scalar as text; `None` for `null`.
pub fn scalar(node: &YamlNode) -> Option<String> {
    node.text().map(str::to_owned)
}

/// The names and values of a context or of slots; several values are joined by commas, and `{value: x}` is `x`.
pub fn context(node: &YamlNode) -> BTreeMap<String, String> {
    let entries = node.entries().iter();
    entries.filter_map(|(key, value)| Some((scalar(key)?, flat(value)?))).collect()
}

fn flat(node: &YamlNode) -> Option<String> {
    match &node.data {
        Data::List(items) => Some(items.iter().filter_map(scalar).collect::<Vec<_>>().join(",")),
        Data::Map(_) => node.get("value").and_then(flat),
        _ => scalar(node),
    }
}

fn value(node: &YamlNode) -> Result<TemplateValue, IntentError> {
    if let Some(text) = node.text() {
        let template = parser::is_template(text);
        let out = if template { String::new() } else { text.to_owned() };
        return Ok(TemplateValue { said: said(node, text)?, out, context: BTreeMap::new() });
    }
    let wanted = || node.wrong("a value is text, or `in:` (how it is said) with `out:` (what the slot gets)");
    let input = node.get("in").ok_or_else(wanted)?;
    let text = input.text().ok_or_else(wanted)?;
    let out = node.get("out").and_then(flat).unwrap_or_default();
    let context = node.get("context").map_or_else(BTreeMap::new, context);
    Ok(TemplateValue { said: said(input, text)?, out, context })
}

fn said(node: &YamlNode, text: &str) -> Result<Expr, IntentError> {
    if parser::is_template(text) {
        parser::parse(text).map_err(|error| error.within(&node.place))
    } else {
        Ok(parser::literal(text))
    }
}

fn range(node: &YamlNode) -> Result<Range, IntentError> {
    let from = number(node, "from")?.ok_or_else(|| node.wrong("a range needs `from:`, its lowest number"))?;
    let to = number(node, "to")?.ok_or_else(|| node.wrong("a range needs `to:`, its highest number"))?;
    let step = number(node, "step")?.unwrap_or(1);
    if from > to || step < 1 {
        return Err(node.wrong("a range goes from the lower to the higher number in steps of at least 1"));
    }
    let fractions = match node.get("fractions").and_then(YamlNode::text) {
        None => Fractions::None,
        Some("halves") => Fractions::Halves,
        Some("tenths") => Fractions::Tenths,
        Some(other) => return Err(node.wrong(format!("`fractions: {other}`: write `halves` or `tenths`"))),
    };
    let percent = node.get("type").and_then(YamlNode::text) == Some("percentage");
    Ok(Range { from, to, step, multiplier: multiplier(node)?, fractions, percent })
}

fn number(node: &YamlNode, key: &str) -> Result<Option<i64>, IntentError> {
    let Some(value) = node.get(key).filter(|value| !value.is_null()) else { return Ok(None) };
    let parsed = value.text().and_then(|text| text.parse::<i64>().ok());
    let sized = parsed.filter(|n| n.abs() <= crate::intent::language::number::Number::LARGEST);
    sized.map(Some).ok_or_else(|| value.wrong(format!("`{key}` is a whole number of at most nine digits")))
}

fn multiplier(node: &YamlNode) -> Result<i64, IntentError> {
    let Some(value) = node.get("multiplier").filter(|value| !value.is_null()) else {
        return Ok(Range::MULTIPLIER_UNIT);
    };
    let parsed = value.text().and_then(|text| text.parse::<f64>().ok()).filter(|factor| factor.abs() <= 1e6);
    // Exact for factors with at most six decimals, and limited from above.
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    let scaled = parsed.map(|factor| (factor * Range::MULTIPLIER_UNIT as f64).round() as i64);
    scaled.ok_or_else(|| value.wrong("`multiplier` is a number of at most a million, such as -1 or 0.1"))
}
