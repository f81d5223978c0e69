//! Protobuf messages as bytes, split into fields and joined again: enough to change an ONNX graph.

/// Wire types: a number, eight bytes, counted bytes, four bytes.
const NUMBER: u64 = 0;
const EIGHT: u64 = 1;
const BYTES: u64 = 2;
const FOUR: u64 = 5;

/// A field of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct WireField<'a> {
    /// Its number in the message's definition.
    pub(super) tag: u64,
    /// Its value, if it is a number.
    pub(super) number: u64,
    /// Its value, if it is bytes.
    pub(super) bytes: &'a [u8],
    /// The whole field as it stands in the message.
    raw: &'a [u8],
}

/// The fields of `message` in order; `None` if it is not a message.
pub(super) fn fields(message: &[u8]) -> Option<Vec<WireField<'_>>> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < message.len() {
        let from = at;
        let key = varint(message, &mut at)?;
        let mut number = 0;
        let length = match key & 7 {
            NUMBER => {
                number = varint(message, &mut at)?;
                0
            }
            EIGHT => 8,
            BYTES => usize::try_from(varint(message, &mut at)?).ok()?,
            FOUR => 4,
            _ => return None,
        };
        let end = at.checked_add(length)?;
        let bytes = message.get(at..end)?;
        at = end;
        found.push(WireField { tag: key >> 3, number, bytes, raw: &message[from..end] });
    }
    Some(found)
}

/// Reads the number at `at` and moves `at` behind it.
fn varint(message: &[u8], at: &mut usize) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = *message.get(*at)?;
        *at += 1;
        number |= u64::from(byte & 127) << shift;
        if byte < 128 {
            return Some(number);
        }
    }
    None
}

/// A message under construction.
#[derive(Clone, Debug, Default)]
pub(super) struct WireMessage(pub(super) Vec<u8>);

impl WireMessage {
    fn varint(&mut self, mut number: u64) {
        loop {
            let [low, ..] = number.to_le_bytes();
            number >>= 7;
            let more = number > 0;
            self.0.push(if more { low | 128 } else { low & 127 });
            if !more {
                return;
            }
        }
    }

    /// Appends a field with a number.
    pub(super) fn number(mut self, tag: u64, number: u64) -> Self {
        self.varint(tag << 3 | NUMBER);
        self.varint(number);
        self
    }

    /// Appends a field with bytes: a text, or another message.
    pub(super) fn bytes(mut self, tag: u64, bytes: &[u8]) -> Self {
        self.varint(tag << 3 | BYTES);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    /// Appends a copy of another message's field.
    pub(super) fn same(mut self, field: &WireField) -> Self {
        self.0.extend_from_slice(field.raw);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_together_is_taken_apart_and_nothing_is_read_beyond_the_end() {
        let inner = WireMessage::default().number(3, u64::MAX).bytes(2, b"text");
        let message = WireMessage::default().number(1, 300).bytes(7, &inner.0).number(9, 0).0;
        let found = fields(&message).unwrap();
        assert_eq!(found.iter().map(|field| (field.tag, field.number)).collect::<Vec<_>>(), [(1, 300), (7, 0), (9, 0)]);
        let nested = fields(found[1].bytes).unwrap();
        assert_eq!((nested[0].number, nested[1].bytes), (u64::MAX, &b"text"[..]));
        assert_eq!(found.iter().fold(WireMessage::default(), WireMessage::same).0, message);
        assert!((0..message.len()).all(|end| fields(&message[..end]).is_none_or(|fields| fields.len() < 3)));
        assert!(fields(&[0xff; 40]).is_none() && fields(&[4]).is_none());
    }
}
