//! A bounded reader of pickles: it knows the few instructions that torch writes, and runs no code.
//!
//! Values lie in one arena and refer to one another by place. An instruction makes at most one value, so a short pickle
//! cannot become a large one.

use std::collections::HashMap;

/// Most bytes of one pickle; Resemblyzer's longest has six thousand.
const BYTES: usize = 1 << 20;

/// Index of a value in the arena.
pub(super) type Place = usize;

/// A name of torch or Python that a pickle may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PickleGlobal {
    /// A dictionary that keeps its order.
    OrderedDict,
    /// The function that makes a tensor from a storage, an offset, a shape and strides.
    RebuildTensor,
    /// The type of a storage of 32-bit numbers.
    FloatStorage,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum PickleValue {
    None,
    Bool(bool),
    Int(i64),
    Float,
    /// A whole number of any length, lowest byte first.
    Long(Vec<u8>),
    Text(String),
    Tuple(Vec<Place>),
    List(Vec<Place>),
    Dict(Vec<(Place, Place)>),
    Global(PickleGlobal),
    /// A storage of numbers that follows the pickles: its key and its length.
    Storage {
        key: String,
        length: usize,
    },
    /// A view of a storage.
    Tensor {
        storage: Place,
        offset: usize,
        shape: Vec<usize>,
        strides: Vec<usize>,
    },
}

/// A pickle that was read: its values and the place of the root.
#[derive(Debug)]
pub(super) struct Pickle {
    values: Vec<PickleValue>,
    root: Place,
}

impl Pickle {
    /// Reads the pickle at the beginning of `bytes`; returns it and its length.
    pub(super) fn read(bytes: &[u8]) -> Result<(Self, usize), String> {
        let bytes = &bytes[..bytes.len().min(BYTES)];
        let mut machine = PickleMachine { bytes, ..PickleMachine::default() };
        let root = machine.run()?;
        Ok((Self { values: machine.values, root }, machine.at))
    }

    /// The root value.
    pub(super) fn root(&self) -> &PickleValue {
        &self.values[self.root]
    }

    /// The value at a place of this pickle.
    pub(super) fn value(&self, place: Place) -> &PickleValue {
        &self.values[place]
    }

    /// The value of the text `key` in a dictionary; `None` if the key is missing or `dict` is another value.
    pub(super) fn entry(&self, dict: &PickleValue, key: &str) -> Option<&PickleValue> {
        let PickleValue::Dict(entries) = dict else { return None };
        let is_key = |place: Place| matches!(self.value(place), PickleValue::Text(text) if text == key);
        entries.iter().rev().find(|(name, _)| is_key(*name)).map(|(_, value)| self.value(*value))
    }
}

/// The state of the reader.
#[derive(Default)]
struct PickleMachine<'a> {
    bytes: &'a [u8],
    at: usize,
    values: Vec<PickleValue>,
    stack: Vec<Place>,
    /// Heights of the stack at the marks.
    marks: Vec<usize>,
    memo: HashMap<u32, Place>,
}

impl<'a> PickleMachine<'a> {
    fn run(&mut self) -> Result<Place, String> {
        loop {
            let instruction = self.byte()?;
            if instruction == b'.' {
                return self.pop();
            }
            self.step(instruction)?;
        }
    }

    fn step(&mut self, instruction: u8) -> Result<(), String> {
        match instruction {
            0x80 => match self.byte()? {
                2 => {}
                other => return Err(format!("its pickles are of protocol {other}, not 2")),
            },
            b'N' => self.push(PickleValue::None),
            0x88 => self.push(PickleValue::Bool(true)),
            0x89 => self.push(PickleValue::Bool(false)),
            b'K' => {
                let value = self.byte()?;
                self.push(PickleValue::Int(value.into()));
            }
            b'M' => {
                let value = u16::from_le_bytes(self.array()?);
                self.push(PickleValue::Int(value.into()));
            }
            b'J' => {
                let value = i32::from_le_bytes(self.array()?);
                self.push(PickleValue::Int(value.into()));
            }
            0x8a => {
                let length = self.byte()?;
                let digits = self.take(length.into())?.to_vec();
                self.push(PickleValue::Long(digits));
            }
            b'G' => {
                self.take(8)?;
                self.push(PickleValue::Float);
            }
            b'X' => {
                let length = self.index()?;
                let text = std::str::from_utf8(self.take(length)?).map_err(|_| "a name in it is no text")?.to_string();
                self.push(PickleValue::Text(text));
            }
            b'c' => {
                let global = self.global()?;
                self.push(PickleValue::Global(global));
            }
            b'(' => self.marks.push(self.stack.len()),
            b'q' | b'h' => {
                let name = u32::from(self.byte()?);
                self.remember(name, instruction == b'q')?;
            }
            b'r' | b'j' => {
                let name = u32::from_le_bytes(self.array()?);
                self.remember(name, instruction == b'r')?;
            }
            b')' | b']' | b'}' | b't' | 0x85..=0x87 | b's' | b'u' | b'a' | b'e' => self.gather(instruction)?,
            b'Q' => {
                let storage = self.storage()?;
                self.push(storage);
            }
            b'R' => {
                let made = self.reduce()?;
                self.push(made);
            }
            // BUILD: discard the state, only entries are needed.
            b'b' => {
                self.pop()?;
                self.top()?;
            }
            other => return Err(format!("its pickles hold the instruction {other:#04x}, which no model needs")),
        }
        Ok(())
    }

    /// Makes and fills tuples, lists and dictionaries.
    fn gather(&mut self, instruction: u8) -> Result<(), String> {
        match instruction {
            b')' => self.push(PickleValue::Tuple(Vec::new())),
            b']' => self.push(PickleValue::List(Vec::new())),
            b'}' => self.push(PickleValue::Dict(Vec::new())),
            b't' => {
                let items = self.since_mark()?;
                self.push(PickleValue::Tuple(items));
            }
            0x85..=0x87 => {
                let items = self.last(usize::from(instruction - 0x84))?;
                self.push(PickleValue::Tuple(items));
            }
            b's' | b'u' => {
                let items = if instruction == b's' { self.last(2)? } else { self.since_mark()? };
                let top = self.top()?;
                let PickleValue::Dict(entries) = &mut self.values[top] else { return Err(misplaced()) };
                if items.len() % 2 != 0 {
                    return Err(misplaced());
                }
                entries.extend(items.chunks_exact(2).map(|pair| (pair[0], pair[1])));
            }
            _ => {
                let items = if instruction == b'a' { self.last(1)? } else { self.since_mark()? };
                let top = self.top()?;
                let PickleValue::List(list) = &mut self.values[top] else { return Err(misplaced()) };
                list.extend(items);
            }
        }
        Ok(())
    }

    /// Stores the top of the stack under a name, or pushes the value stored there.
    fn remember(&mut self, name: u32, keep: bool) -> Result<(), String> {
        if keep {
            let top = self.top()?;
            self.memo.insert(name, top);
        } else {
            let kept = *self.memo.get(&name).ok_or_else(misplaced)?;
            self.stack.push(kept);
        }
        Ok(())
    }

    fn global(&mut self) -> Result<PickleGlobal, String> {
        let names = [self.line()?, self.line()?].map(String::from_utf8_lossy);
        match [&*names[0], &*names[1]] {
            ["collections", "OrderedDict"] => Ok(PickleGlobal::OrderedDict),
            ["torch._utils", "_rebuild_tensor_v2"] => Ok(PickleGlobal::RebuildTensor),
            ["torch", "FloatStorage"] => Ok(PickleGlobal::FloatStorage),
            [module, name] => {
                let shown: String = format!("{module}.{name}").chars().take(60).collect();
                Err(format!("its pickles ask for {shown:?}, which golem does not run"))
            }
        }
    }

    /// The storage described by the tuple on the stack.
    fn storage(&mut self) -> Result<PickleValue, String> {
        let place = self.pop()?;
        let fields: Vec<&PickleValue> = self.tuple(place)?.iter().map(|place| &self.values[*place]).collect();
        match fields[..] {
            [
                PickleValue::Text(storage),
                PickleValue::Global(PickleGlobal::FloatStorage),
                PickleValue::Text(key),
                _,
                length,
                PickleValue::None,
            ] if storage == "storage" => Ok(PickleValue::Storage { key: key.clone(), length: whole(length)? }),
            _ => Err("it holds a storage of another kind than 32 bit numbers".into()),
        }
    }

    /// The result of a call on its arguments.
    fn reduce(&mut self) -> Result<PickleValue, String> {
        let (arguments, callable) = (self.pop()?, self.pop()?);
        let arguments = self.tuple(arguments)?;
        match (&self.values[callable], arguments) {
            (PickleValue::Global(PickleGlobal::OrderedDict), []) => Ok(PickleValue::Dict(Vec::new())),
            (PickleValue::Global(PickleGlobal::RebuildTensor), [storage, offset, shape, strides, ..]) => {
                let numbers = |place: &Place| -> Result<Vec<usize>, String> {
                    self.tuple(*place)?.iter().map(|place| whole(&self.values[*place])).collect()
                };
                Ok(PickleValue::Tensor {
                    storage: *storage,
                    offset: whole(&self.values[*offset])?,
                    shape: numbers(shape)?,
                    strides: numbers(strides)?,
                })
            }
            _ => Err("its pickles call what is no tensor".into()),
        }
    }

    fn tuple(&self, place: Place) -> Result<&[Place], String> {
        match &self.values[place] {
            PickleValue::Tuple(items) => Ok(items),
            _ => Err(misplaced()),
        }
    }

    fn push(&mut self, value: PickleValue) {
        self.stack.push(self.values.len());
        self.values.push(value);
    }

    /// Least height to which the stack may shrink.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self) -> Result<Place, String> {
        self.last(1).map(|items| items[0])
    }

    fn top(&self) -> Result<Place, String> {
        self.stack.last().copied().ok_or_else(misplaced)
    }

    fn last(&mut self, count: usize) -> Result<Vec<Place>, String> {
        let begin = self.stack.len().checked_sub(count).filter(|begin| *begin >= self.floor());
        Ok(self.stack.split_off(begin.ok_or_else(misplaced)?))
    }

    fn since_mark(&mut self) -> Result<Vec<Place>, String> {
        let mark = self.marks.pop().ok_or_else(misplaced)?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    fn byte(&mut self) -> Result<u8, String> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        self.take(N)?.try_into().map_err(|_| ended())
    }

    fn index(&mut self) -> Result<usize, String> {
        usize::try_from(u32::from_le_bytes(self.array()?)).map_err(|_| ended())
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let taken = self.at.checked_add(length).and_then(|end| self.bytes.get(self.at..end)).ok_or_else(ended)?;
        self.at += length;
        Ok(taken)
    }

    fn line(&mut self) -> Result<&'a [u8], String> {
        let length = self.bytes[self.at..].iter().position(|byte| *byte == b'\n').ok_or_else(ended)?;
        let line = self.take(length)?;
        self.at += 1;
        Ok(line)
    }
}

/// A length, an offset or a stride as a whole number.
fn whole(value: &PickleValue) -> Result<usize, String> {
    match value {
        PickleValue::Int(number) => usize::try_from(*number).map_err(|_| misplaced()),
        _ => Err(misplaced()),
    }
}

fn misplaced() -> String {
    "its pickles are damaged".into()
}

fn ended() -> String {
    "it ends in the middle of a pickle".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_values_are_kept_once() {
        // Each list holds the previous one twice, thirty levels deep: a naive reader would make 2^30 values.
        let mut bytes = b"\x80\x02]q\x00".to_vec();
        for level in 0..30_u8 {
            bytes.extend([b'h', level, 0x86, b'q', level + 1]);
        }
        bytes.push(b'.');
        let (pickle, length) = Pickle::read(&bytes).unwrap();
        assert_eq!((length, pickle.values.len()), (bytes.len(), 31));
    }

    #[test]
    fn nothing_is_run_and_nothing_unknown_is_taken() {
        for (bytes, reason) in [
            (&b"\x80\x02cos\nsystem\nq\x00X\x02\x00\x00\x00ls\x85R."[..], "os.system"),
            (b"\x80\x02cbuiltins\neval\n.", "builtins.eval"),
            (b"\x80\x04N.", "protocol 4"),
            (b"\x80\x02i", "0x69"),
            (b"\x80\x02X\xff\xff\xff\xffab", "ends"),
            (b"\x80\x02", "ends"),
            (b"\x80\x02.", "damaged"),
            (b"\x80\x02(.", "damaged"),
            (b"\x80\x02N(0.", "0x30"),
            (b"\x80\x02}(NuR.", "damaged"),
            (b"\x80\x02h\x07.", "damaged"),
            (b"\x80\x02ccollections\nOrderedDict\nN\x85R.", "no tensor"),
        ] {
            let error = Pickle::read(bytes).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }
}
