//! Events of Wyoming on the wire: a line of JSON, perhaps more JSON, perhaps bytes.
//!
//! A client may state any lengths, so memory grows only with the bytes that come, up to a limit.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Longest header line in bytes: what the reference reader takes.
const LONGEST_LINE: u64 = 64 * 1024;
/// Longest data of an event in bytes.
const LONGEST_DATA: u64 = 256 * 1024;
/// Longest payload in bytes: 20 s of sound as Home Assistant sends it, in a single event.
const LONGEST_PAYLOAD: u64 = 1 << 20;

/// An event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WyomingEvent {
    /// Its type, such as `audio-chunk`.
    pub kind: String,
    /// Its data, a JSON object.
    pub data: Map<String, Value>,
    /// Its payload, such as samples.
    pub payload: Vec<u8>,
}

/// The faults of an event on the wire.
#[derive(Debug, thiserror::Error)]
pub enum FrameFault {
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Io(#[from] std::io::Error),
    /// It ended in the middle of an event.
    #[error("it ended in the middle of an event")]
    Short,
    /// A header is not a JSON object with a type.
    #[error("a header is no object with a type: {0}")]
    Header(String),
    /// A part of the event is longer than allowed.
    #[error("{what} of {length} bytes is longer than {most}")]
    Long {
        /// Name of the part.
        what: &'static str,
        /// Its stated length in bytes.
        length: u64,
        /// The limit in bytes.
        most: u64,
    },
}

/// The header line.
#[derive(Deserialize)]
struct EventHeader {
    #[serde(rename = "type")]
    kind: String,
    data: Option<Map<String, Value>>,
    data_length: Option<u64>,
    payload_length: Option<u64>,
}

impl WyomingEvent {
    /// An event with `data`, an object.
    pub fn new(kind: &str, data: Value) -> Self {
        let data = if let Value::Object(data) = data { data } else { Map::new() };
        Self { kind: kind.into(), data, payload: Vec::new() }
    }

    /// The event with a payload.
    pub fn carrying(self, payload: Vec<u8>) -> Self {
        Self { payload, ..self }
    }

    /// The text at `key` of the data; empty if there is none.
    pub fn text(&self, key: &str) -> &str {
        self.data.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// The number at `key` of the data.
    pub fn number(&self, key: &str) -> Option<u32> {
        self.data.get(key)?.as_u64()?.try_into().ok()
    }
}

/// Reads an event; `None` if the connection ends between two.
///
/// # Errors
/// When the bytes are not an event, or break a limit.
pub async fn read(input: &mut (impl AsyncBufRead + Unpin)) -> Result<Option<WyomingEvent>, FrameFault> {
    let mut line = Vec::new();
    (&mut *input).take(LONGEST_LINE + 1).read_until(b'\n', &mut line).await?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') {
        let length = line.len() as u64;
        return Err(if length > LONGEST_LINE { long("a header", length, LONGEST_LINE) } else { FrameFault::Short });
    }
    let header: EventHeader = serde_json::from_slice(&line).map_err(|error| FrameFault::Header(error.to_string()))?;
    let mut data = header.data.unwrap_or_default();
    let block = bytes(input, "data", header.data_length.unwrap_or(0), LONGEST_DATA).await?;
    if !block.is_empty() {
        let block: Map<String, Value> =
            serde_json::from_slice(&block).map_err(|error| FrameFault::Header(error.to_string()))?;
        data.extend(block);
    }
    let payload = bytes(input, "a payload", header.payload_length.unwrap_or(0), LONGEST_PAYLOAD).await?;
    Ok(Some(WyomingEvent { kind: header.kind, data, payload }))
}

/// Exactly `length` bytes, which take memory only as they come.
async fn bytes(
    input: &mut (impl AsyncBufRead + Unpin),
    what: &'static str,
    length: u64,
    most: u64,
) -> Result<Vec<u8>, FrameFault> {
    if length > most {
        return Err(long(what, length, most));
    }
    let mut bytes = Vec::new();
    (&mut *input).take(length).read_to_end(&mut bytes).await?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(FrameFault::Short) }
}

fn long(what: &'static str, length: u64, most: u64) -> FrameFault {
    FrameFault::Long { what, length, most }
}

/// Writes an event as the reference writer does: data in a block of its own.
///
/// # Errors
/// When the connection breaks.
pub async fn write(output: &mut (impl AsyncWrite + Unpin), event: &WyomingEvent) -> std::io::Result<()> {
    output.write_all(&encoded(event)).await?;
    output.flush().await
}

fn encoded(event: &WyomingEvent) -> Vec<u8> {
    let data =
        if event.data.is_empty() { Vec::new() } else { Value::Object(event.data.clone()).to_string().into_bytes() };
    let mut header = json!({"type": event.kind, "version": "1.0.0"});
    if !data.is_empty() {
        header["data_length"] = data.len().into();
    }
    if !event.payload.is_empty() {
        header["payload_length"] = event.payload.len().into();
    }
    let mut bytes = header.to_string().into_bytes();
    bytes.push(b'\n');
    bytes.extend(data);
    bytes.extend(&event.payload);
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop};
    use proptest::{prop_assert_eq, proptest};
    use tokio::io::BufReader;

    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<WyomingEvent>, FrameFault> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut input = BufReader::new(bytes);
            let mut events = Vec::new();
            while let Some(event) = read(&mut input).await? {
                events.push(event);
            }
            Ok(events)
        })
    }

    #[test]
    fn data_may_stand_in_the_line_or_behind_it_and_the_block_wins() {
        let wire = b"{\"type\":\"transcribe\",\"data\":{\"language\":\"en\",\"name\":\"x\"},\"data_length\":17}\n{\"language\":\"ru\"}{\"type\":\"ping\"}\n";
        let events = all(wire).unwrap();
        assert_eq!((events[0].text("language"), events[0].text("name")), ("ru", "x"));
        assert_eq!(events[1], WyomingEvent::new("ping", Value::Null));
    }

    #[test]
    fn lies_about_lengths_are_refused_and_halves_are_told() {
        for wire in [
            &b"{\"type\":\"audio-chunk\",\"payload_length\":9999999999999}\n"[..],
            b"{\"type\":\"audio-chunk\",\"payload_length\":-1}\n",
            b"{\"type\":\"audio-chunk\",\"payload_length\":8}\nabc",
            b"{\"type\":\"describe\",\"data_length\":4}\nnull",
            b"{\"type\":\"describe\",\"data_length\":300000}\n",
            b"{\"type\":\"des",
            b"[]\n",
            b"\xff\xfe\n",
            b"\n",
            b"{\"type\":7}\n",
        ] {
            assert!(all(wire).is_err(), "{}", String::from_utf8_lossy(wire));
        }
        let endless = vec![b'a'; 100_000];
        assert!(matches!(all(&endless), Err(FrameFault::Long { what: "a header", .. })));
        assert_eq!(all(b"").unwrap(), []);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            kind in "[a-z-]{1,12}",
            texts in prop::collection::btree_map("[a-z]{1,5}", any::<String>(), 0..4),
            payload in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let data = texts.into_iter().map(|(key, text)| (key, Value::String(text))).collect();
            let event = WyomingEvent { kind, data, payload };
            let twice = [encoded(&event), encoded(&event)].concat();
            prop_assert_eq!(all(&twice).unwrap(), [event.clone(), event]);
        }

        #[test]
        fn nothing_that_comes_is_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = all(&bytes);
        }
    }
}
