//! The graph of a convolutional ONNX network, changed so that it takes only new rows: the earlier rows that a
//! convolution still needs go out of one run and into the next.
//!
//! A network over 0.76 s that runs every 80 ms computes nine tenths of its rows anew each time. Its convolutions have
//! no padding along time, and the steps of all poolings together are one stride. So each row can be computed once, with
//! the same result.

use super::wire::{WireField, WireMessage, fields};

// Field numbers of ONNX's messages (onnx.proto3): a model and its graph.
const MODEL_GRAPH: u64 = 7;
const GRAPH_NODE: u64 = 1;
const GRAPH_TENSOR: u64 = 5;
const GRAPH_INPUT: u64 = 11;
const GRAPH_OUTPUT: u64 = 12;
// A node and its attributes.
const NODE_INPUT: u64 = 1;
const NODE_OUTPUT: u64 = 2;
const NODE_KIND: u64 = 4;
const NODE_ATTRIBUTE: u64 = 5;
const ATTRIBUTE_NAME: u64 = 1;
const ATTRIBUTE_NUMBER: u64 = 3;
const ATTRIBUTE_NUMBERS: u64 = 8;
const ATTRIBUTE_TYPE: u64 = 20;
// A tensor, and the name and type of an input.
const TENSOR_SIZE: u64 = 1;
const TENSOR_TYPE: u64 = 2;
const TENSOR_NAME: u64 = 8;
const TENSOR_RAW: u64 = 9;
const VALUE_NAME: u64 = 1;
const VALUE_TYPE: u64 = 2;
/// Type codes.
const FLOAT: u64 = 1;
const INTEGERS: u64 = 7;
const ATTRIBUTE_IS_NUMBER: u64 = 2;
/// Earlier rows that a convolution over three rows needs.
const BEFORE: u64 = 2;
/// The axis of time in `[batch, channel, row, band]`.
const TIME: u64 = 2;

/// A network that takes only new rows.
pub(super) struct StreamingGraph {
    /// The ONNX file. Its first input and output are those of the network; the others are the rows to hand on, in the
    /// same order.
    pub(super) model: Vec<u8>,
    /// Shapes of the rows to hand on.
    pub(super) kept: Vec<[u64; 4]>,
}

/// A node of a graph.
struct Node<'a> {
    fields: Vec<WireField<'a>>,
}

impl<'a> Node<'a> {
    fn named(&self, tag: u64, place: usize) -> Option<&'a [u8]> {
        self.fields.iter().filter(|field| field.tag == tag).nth(place).map(|field| field.bytes)
    }

    fn is(&self, kind: &[u8]) -> bool {
        self.named(NODE_KIND, 0) == Some(kind)
    }

    /// Rows and bands of the node's kernel.
    fn kernel(&self) -> Option<(u64, u64)> {
        let attributes = self.fields.iter().filter(|field| field.tag == NODE_ATTRIBUTE);
        let attributes: Vec<_> = attributes.filter_map(|field| fields(field.bytes)).collect();
        let named = |fields: &&Vec<WireField>| {
            fields.iter().any(|field| field.tag == ATTRIBUTE_NAME && field.bytes == b"kernel_shape")
        };
        let mut sizes = attributes.iter().find(named)?.iter().filter(|field| field.tag == ATTRIBUTE_NUMBERS);
        Some((sizes.next()?.number, sizes.next()?.number))
    }

    /// The node with another first input.
    fn of(&self, input: &[u8]) -> WireMessage {
        let mut first = true;
        self.fields.iter().fold(WireMessage::default(), |node, field| {
            if field.tag == NODE_INPUT && std::mem::take(&mut first) {
                node.bytes(NODE_INPUT, input)
            } else {
                node.same(field)
            }
        })
    }
}

/// Input channels of the convolution with the weights `name`.
fn channels(graph: &[WireField], name: &[u8]) -> Option<u64> {
    let tensors = graph.iter().filter(|field| field.tag == GRAPH_TENSOR).filter_map(|field| fields(field.bytes));
    let of = |tensor: &Vec<WireField>| tensor.iter().any(|field| field.tag == TENSOR_NAME && field.bytes == name);
    let weights = tensors.into_iter().find(of)?;
    weights.iter().filter(|field| field.tag == TENSOR_SIZE).nth(1).map(|field| field.number)
}

fn node(kind: &[u8], inputs: &[&[u8]], output: &[u8]) -> WireMessage {
    let node = inputs.iter().fold(WireMessage::default(), |node, input| node.bytes(NODE_INPUT, input));
    node.bytes(NODE_OUTPUT, output).bytes(NODE_KIND, kind)
}

fn integers(name: &[u8], numbers: &[i64]) -> WireMessage {
    let raw: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let tensor = WireMessage::default().number(TENSOR_SIZE, numbers.len() as u64).number(TENSOR_TYPE, INTEGERS);
    tensor.bytes(TENSOR_NAME, name).bytes(TENSOR_RAW, &raw)
}

/// The name and type of a tensor of floats that is an input or output.
fn floats(name: &[u8], shape: &[u64]) -> WireMessage {
    let shape = shape
        .iter()
        .fold(WireMessage::default(), |shape, size| shape.bytes(1, &WireMessage::default().number(1, *size).0));
    let tensor = WireMessage::default().number(1, FLOAT).bytes(2, &shape.0);
    WireMessage::default().bytes(VALUE_NAME, name).bytes(VALUE_TYPE, &WireMessage::default().bytes(1, &tensor.0).0)
}

/// The network of `model`, whose input is `[any, rows, bands, 1]`, changed to take `rows` new rows at a time. `None`
/// for any other kind of network.
pub(super) fn streaming(model: &[u8], rows: u64, bands: u64) -> Option<StreamingGraph> {
    let (mut whole, mut kept) = (WireMessage::default(), Vec::new());
    for field in fields(model)? {
        whole = if field.tag == MODEL_GRAPH {
            whole.bytes(MODEL_GRAPH, &graph(&fields(field.bytes)?, rows, bands, &mut kept)?.0)
        } else {
            whole.same(&field)
        };
    }
    (!kept.is_empty()).then_some(StreamingGraph { model: whole.0, kept })
}

fn graph(parts: &[WireField], rows: u64, bands: u64, kept: &mut Vec<[u64; 4]>) -> Option<WireMessage> {
    let input = parts.iter().find(|part| part.tag == GRAPH_INPUT)?;
    let input = fields(input.bytes)?.iter().find(|field| field.tag == VALUE_NAME)?.bytes;
    let (mut graph, mut width) = (WireMessage::default(), bands);
    for part in parts {
        graph = match part.tag {
            GRAPH_NODE => {
                let node = Node { fields: fields(part.bytes)? };
                if node.is(b"Reshape") && node.named(NODE_INPUT, 0) == Some(input) {
                    graph.bytes(GRAPH_NODE, &reshaped(&node, input).0)
                } else if let (true, Some((3, _))) = (node.is(b"Conv"), node.kernel()) {
                    kept.push([1, channels(parts, node.named(NODE_INPUT, 1)?)?, BEFORE, width]);
                    convolution(graph, &node, kept.len())?
                } else {
                    width /= if node.is(b"MaxPool") { node.kernel()?.1.max(1) } else { 1 };
                    graph.same(part)
                }
            }
            GRAPH_INPUT => graph.bytes(GRAPH_INPUT, &floats(input, &[1, rows, bands, 1]).0),
            _ => graph.same(part),
        };
    }
    for (number, shape) in kept.iter().enumerate() {
        graph = graph
            .bytes(GRAPH_INPUT, &floats(&name("before", number + 1), shape).0)
            .bytes(GRAPH_OUTPUT, &floats(&name("after", number + 1), shape).0);
    }
    let shape = [1, 1, i64::try_from(rows).ok()?, i64::try_from(bands).ok()?];
    let constants: [(&[u8], &[i64]); 4] = [
        (b"streaming/shape", &shape),
        (b"streaming/from", &[-BEFORE.cast_signed()]),
        (b"streaming/to", &[i64::MAX]),
        (b"streaming/axis", &[TIME.cast_signed()]),
    ];
    Some(constants.iter().fold(graph, |graph, (name, numbers)| graph.bytes(GRAPH_TENSOR, &integers(name, numbers).0)))
}

fn name(what: &str, number: usize) -> Vec<u8> {
    format!("streaming/{what}_{number}").into_bytes()
}

/// The node that adds the channel axis to the input of `rows` rows.
fn reshaped(node: &Node, input: &[u8]) -> WireMessage {
    let output = node.named(NODE_OUTPUT, 0).unwrap_or_default();
    self::node(b"Reshape", &[input, b"streaming/shape"], output)
}

/// Adds a convolution over earlier and new rows to `graph`, and the output of the rows that the next run needs.
fn convolution(graph: WireMessage, node: &Node, number: usize) -> Option<WireMessage> {
    let (before, rows, after) = (name("before", number), name("rows", number), name("after", number));
    let axis = WireMessage::default()
        .bytes(ATTRIBUTE_NAME, b"axis")
        .number(ATTRIBUTE_NUMBER, TIME)
        .number(ATTRIBUTE_TYPE, ATTRIBUTE_IS_NUMBER);
    let joined = self::node(b"Concat", &[&before, node.named(NODE_INPUT, 0)?], &rows).bytes(NODE_ATTRIBUTE, &axis.0);
    let newest = self::node(b"Slice", &[&rows, b"streaming/from", b"streaming/to", b"streaming/axis"], &after);
    Some(graph.bytes(GRAPH_NODE, &joined.0).bytes(GRAPH_NODE, &newest.0).bytes(GRAPH_NODE, &node.of(&rows).0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_such_network_is_refused() {
        for model in [&b"no model"[..], b"", &[7; 500], &WireMessage::default().bytes(MODEL_GRAPH, b"").0] {
            assert!(streaming(model, 8, 32).is_none());
        }
    }
}
