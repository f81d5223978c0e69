//! YAML as a tree in which every value has its place.

use saphyr_parser::{Event, Parser, ScanError, Span};

use crate::intent::error::IntentError;
use crate::intent::template::FilePlace;

/// Deepest nesting of a file.
const DEPTH_LIMIT: usize = 100;
/// Most values in a file, with those that aliases repeat.
const SIZE_LIMIT: usize = 2_000_000;

/// A value with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlNode {
    /// The file, line and column where it starts.
    pub place: FilePlace,
    /// What it is.
    pub data: Data,
}

/// The kinds of values. Scalars stay text: their reader decides what `yes`, `21` and `0x10` mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// An empty value, `~` or `null`.
    Null,
    /// Any other scalar.
    Text(String),
    /// A list.
    List(Vec<YamlNode>),
    /// Keys and values in the order of the file.
    Map(Vec<(YamlNode, YamlNode)>),
}

impl YamlNode {
    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        if let Data::Text(text) = &self.data { Some(text) } else { None }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// Keys and values; empty if this is not a map.
    pub fn entries(&self) -> &[(Self, Self)] {
        if let Data::Map(entries) = &self.data { entries } else { &[] }
    }

    /// Items of a list; empty if this is not a list.
    pub fn items(&self) -> &[Self] {
        if let Data::List(items) = &self.data { items } else { &[] }
    }

    /// Whether this is `null` or empty.
    pub fn is_null(&self) -> bool {
        self.data == Data::Null
    }

    /// A mistake at this value.
    pub fn wrong(&self, reason: impl Into<String>) -> IntentError {
        IntentError::Format { place: self.place.clone(), reason: reason.into() }
    }
}

/// Reads the first document in `text`; `file` is the file's name in places.
///
/// # Errors
/// [`IntentError::Yaml`] with the place where reading stopped.
pub fn parse(file: &str, text: &str) -> Result<YamlNode, IntentError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    YamlReader { file, parser: Parser::new_from_str(text), anchors: Vec::new(), size: 0 }.document()
}

struct YamlReader<'text, I: saphyr_parser::Input> {
    file: &'text str,
    parser: Parser<'text, I>,
    anchors: Vec<(usize, YamlNode)>,
    size: usize,
}

impl<'text, I: saphyr_parser::Input> YamlReader<'text, I> {
    fn document(mut self) -> Result<YamlNode, IntentError> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
                Event::StreamEnd | Event::DocumentEnd => {
                    return Ok(YamlNode { place: self.place(&span), data: Data::Null });
                }
                event => return self.value(event, &span, 0),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'text>, Span), IntentError> {
        match self.parser.next_event() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(self.scan_error(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn scan_error(&self, error: &ScanError) -> IntentError {
        let mark = error.marker();
        let place = FilePlace { file: self.file.to_owned(), line: mark.line(), column: mark.col() + 1 };
        IntentError::Yaml { place, reason: error.info().to_owned() }
    }

    fn place(&self, span: &Span) -> FilePlace {
        FilePlace { file: self.file.to_owned(), line: span.start.line(), column: span.start.col() + 1 }
    }

    fn value(&mut self, event: Event<'text>, span: &Span, depth: usize) -> Result<YamlNode, IntentError> {
        let mut place = self.place(span);
        self.size += 1;
        if depth > DEPTH_LIMIT || self.size > SIZE_LIMIT {
            let reason = format!("more than {DEPTH_LIMIT} levels or {SIZE_LIMIT} values");
            return Err(IntentError::Yaml { place, reason });
        }
        let (data, anchor) = match event {
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == saphyr_parser::ScalarStyle::Plain;
                // A quoted value starts after its quotation mark.
                place.column += usize::from(!plain);
                (scalar(&text, plain), anchor)
            }
            Event::SequenceStart(anchor, _) => (Data::List(self.list(depth)?), anchor),
            Event::MappingStart(anchor, _) => (Data::Map(self.map(depth)?), anchor),
            Event::Alias(id) => {
                let known = self.anchors.iter().find(|(anchor, _)| *anchor == id);
                let node = known.map(|(_, node)| node.clone());
                let reason = "an alias to an anchor that is not above it".to_owned();
                let node = node.ok_or(IntentError::Yaml { place, reason })?;
                self.size += count(&node);
                return Ok(node);
            }
            _ => (Data::Null, 0),
        };
        let node = YamlNode { place, data };
        if anchor > 0 {
            self.anchors.push((anchor, node.clone()));
        }
        Ok(node)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<YamlNode>, IntentError> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd | Event::StreamEnd) {
                return Ok(items);
            }
            items.push(self.value(event, &span, depth + 1)?);
        }
    }

    fn map(&mut self, depth: usize) -> Result<Vec<(YamlNode, YamlNode)>, IntentError> {
        let mut entries: Vec<(YamlNode, YamlNode)> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd | Event::StreamEnd) {
                return Ok(entries);
            }
            let key = self.value(event, &span, depth + 1)?;
            let (event, span) = self.next()?;
            let value = self.value(event, &span, depth + 1)?;
            entries.push((key, value));
        }
    }
}

fn scalar(text: &str, plain: bool) -> Data {
    match text {
        "" | "~" | "null" | "Null" | "NULL" if plain => Data::Null,
        text => Data::Text(text.to_owned()),
    }
}

fn count(node: &YamlNode) -> usize {
    let inner: usize = match &node.data {
        Data::List(items) => items.iter().map(count).sum(),
        Data::Map(entries) => entries.iter().map(|(key, value)| count(key) + count(value)).sum(),
        Data::Null | Data::Text(_) => 0,
    };
    inner + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_their_places() {
        let node = parse("a.yaml", "lists:\n  color:\n    values:\n      - \"red\"\n      - blue\n").unwrap();
        let values = node.get("lists").unwrap().get("color").unwrap().get("values").unwrap();
        let places: Vec<_> = values.items().iter().map(|node| (node.place.line, node.place.column)).collect();
        assert_eq!(places, [(4, 10), (5, 9)]);
        assert_eq!(values.items()[1].text(), Some("blue"));
    }

    #[test]
    fn json_is_yaml() {
        let node = parse("a.json", "{\"a\": [1, null, \"null\"]}").unwrap();
        let items = node.get("a").unwrap().items();
        assert_eq!((items[0].text(), items[1].is_null(), items[2].text()), (Some("1"), true, Some("null")));
    }

    #[test]
    fn mistakes_are_placed() {
        let error = parse("a.yaml", "a: [1\nb: 2").unwrap_err();
        assert!(error.to_string().starts_with("a.yaml:2:"), "{error}");
        assert!(parse("a.yaml", &"[".repeat(5_000)).is_err());
    }

    #[test]
    fn aliases_repeat_their_anchor_within_limits() {
        let node = parse("a.yaml", "a: &x [1, 2]\nb: *x\n").unwrap();
        assert_eq!(node.get("b").unwrap().items().len(), 2);
        let mut bomb = String::from("a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n");
        for n in 1..9 {
            let items = vec![format!("*a{}", n - 1); 10].join(",");
            bomb = format!("{bomb}a{n}: &a{n} [{items}]\n");
        }
        assert!(parse("a.yaml", &bomb).is_err());
    }
}
