//! Lists from a separate file: the names of a home's areas, floors and things.

use std::collections::BTreeMap;

use super::list::{context, list};
use super::yaml::{self, YamlNode};
use super::{SourceFile, merge_lists};
use crate::intent::error::IntentError;
use crate::intent::template::parser;
use crate::intent::template::{Expr, IntentSet, List, TemplateValue};

/// Top-level keys in a description of a home, and the list for each.
const HOME: [(&str, &str); 3] = [("areas", "area"), ("floors", "floor"), ("entities", "name")];

/// Reads lists: from a `lists:` section, a mapping of names to values, or a home's `areas`, `floors` and `entities`.
///
/// # Errors
/// All mistakes of the file, each with its place.
pub fn parse(source: &SourceFile) -> Result<BTreeMap<String, List>, Vec<IntentError>> {
    let root = yaml::parse(&source.name, &source.text).map_err(|error| vec![error])?;
    let mut lists = BTreeMap::new();
    let mut errors = Vec::new();
    if let Some(section) = root.get("lists") {
        collect(section, &mut lists, &mut errors);
    }
    let is_home = HOME.iter().any(|(key, _)| root.get(key).is_some());
    for (key, name) in HOME {
        if let Some(section) = root.get(key) {
            let values: Result<Vec<_>, _> = section.items().iter().map(thing).collect();
            match values.map(|values| values.into_iter().flatten().collect()) {
                Ok(values) => merge_lists(&mut lists, BTreeMap::from([(name.to_owned(), List::Values(values))])),
                Err(error) => errors.push(error),
            }
        }
    }
    if !is_home && root.get("lists").is_none() {
        collect(&root, &mut lists, &mut errors);
    }
    if lists.is_empty() && errors.is_empty() {
        errors.push(root.wrong("no lists here: write `lists:`, or names with their values: `color: [red, blue]`"));
    }
    if errors.is_empty() { Ok(lists) } else { Err(errors) }
}

impl IntentSet {
    /// Adds lists from another file; the values of a known list are extended.
    pub fn add_lists(&mut self, lists: BTreeMap<String, List>) {
        merge_lists(&mut self.lists, lists);
    }
}

fn collect(section: &YamlNode, lists: &mut BTreeMap<String, List>, errors: &mut Vec<IntentError>) {
    for (name, body) in section.entries().iter().filter(|(name, _)| name.text() != Some("language")) {
        match (name.text(), list(body)) {
            (Some(name), Ok(list)) => merge_lists(lists, BTreeMap::from([(name.to_owned(), list)])),
            (None, _) => errors.push(name.wrong("a list needs a name")),
            (_, Err(error)) => errors.push(error),
        }
    }
}

/// An area, a floor or an entity: the slot gets its name, and the context its domain and attributes.
///
/// A name with several forms (`Kitchen[s]`) becomes several values, so that the slot gets the form that was said.
fn thing(node: &YamlNode) -> Result<Vec<TemplateValue>, IntentError> {
    let named = node.get("name").unwrap_or(node);
    let Some(name) = named.text() else {
        return Err(node.wrong("a part of the home needs a `name:`"));
    };
    let mut known = node.get("attributes").map_or_else(BTreeMap::new, context);
    let id = node.get("id").and_then(YamlNode::text).and_then(|id| id.split_once('.')).map(|(domain, _)| domain);
    if let Some(domain) = id.or_else(|| node.get("domain").and_then(YamlNode::text)) {
        known.insert("domain".to_owned(), domain.to_owned());
    }
    let forms = if parser::is_template(name) {
        let expr = parser::parse_as_written(name).map_err(|error| error.within(&named.place))?;
        forms(&expr)
            .ok_or_else(|| named.wrong(format!("a name has at most {FORM_LIMIT} forms, without rules or lists")))?
    } else {
        vec![name.to_owned()]
    };
    let value = |form: String| {
        let form = form.split_whitespace().collect::<Vec<_>>().join(" ");
        TemplateValue { said: parser::literal(&form), out: form, context: known.clone() }
    };
    Ok(forms.into_iter().map(value).collect())
}

/// Most forms of one name.
const FORM_LIMIT: usize = 1_000;

/// All texts of a template; `None` if it names rules or lists, or has too many texts.
fn forms(expr: &Expr) -> Option<Vec<String>> {
    let forms = match expr {
        Expr::Text(text) => vec![text.clone()],
        Expr::Sequence(items) => items.iter().try_fold(vec![String::new()], |all, item| {
            let next = forms(item)?;
            let joined = all.iter().flat_map(|start| next.iter().map(move |end| format!("{start}{end}")));
            Some(joined.take(FORM_LIMIT + 1).collect())
        })?,
        Expr::Alternative(items) => {
            let all: Option<Vec<_>> = items.iter().map(forms).collect();
            all?.into_iter().flatten().collect()
        }
        Expr::Permutation(_) | Expr::List { .. } | Expr::Rule(_) => return None,
    };
    (forms.len() <= FORM_LIMIT).then_some(forms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> BTreeMap<String, List> {
        parse(&SourceFile { name: "lists.yaml".into(), text: text.into() }).unwrap()
    }

    #[test]
    fn all_three_forms_are_read() {
        let section = parsed("lists:\n  color:\n    values: [red, blue]\n");
        assert_eq!(section, parsed("color: [red, blue]\n"));
        let home = parsed(
            "areas:\n- name: Attic\nentities:\n- name: Big Lamp\n  id: light.big\n  attributes:\n    effect: x\n",
        );
        let List::Values(names) = &home["name"] else { panic!("no values") };
        assert_eq!((names[0].out.as_str(), names[0].context["domain"].as_str()), ("Big Lamp", "light"));
        assert_eq!(names[0].context["effect"], "x");
        assert!(home.contains_key("area"));
    }

    #[test]
    fn a_name_has_forms() {
        let home = parsed("floors:\n- name: \"Attic[s] (One|Two)\"\n");
        let List::Values(names) = &home["floor"] else { panic!("no values") };
        let out: Vec<_> = names.iter().map(|value| value.out.as_str()).collect();
        assert_eq!(out, ["Attics One", "Attics Two", "Attic One", "Attic Two"]);
    }

    #[test]
    fn mistakes_are_placed() {
        let source = SourceFile { name: "l.yaml".into(), text: "color: 5\n".into() };
        assert!(parse(&source).unwrap_err()[0].to_string().starts_with("l.yaml:1:8:"));
    }
}
