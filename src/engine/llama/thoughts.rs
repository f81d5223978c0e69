//! The thoughts of a reasoning model and the control marks, which are removed from its reply. Pure.
//!
//! Models open and close their thoughts in many ways. The table is taken from their published chat templates: DeepSeek,
//! Qwen and most others (`<think>`), EXAONE (`<thought>`), Magistral (`[THINK]`), Command A (`<|START_THINKING|>`),
//! Seed-OSS (`<seed:think>`), Kimi (`◁think▷`), Granite 3.2 (a sentence), and gpt-oss, which splits its replies into
//! channels.

/// Marks that open and close thoughts.
const THOUGHTS: [(&str, &str); 20] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<thoughts>", "</thoughts>"),
    ("<reasoning>", "</reasoning>"),
    ("<reason>", "</reason>"),
    ("<reflection>", "</reflection>"),
    ("<scratchpad>", "</scratchpad>"),
    ("<analysis>", "</analysis>"),
    ("<inner_monologue>", "</inner_monologue>"),
    ("<seed:think>", "</seed:think>"),
    ("<seed:cot_budget_reflect>", "</seed:cot_budget_reflect>"),
    ("[think]", "[/think]"),
    ("<|start_thinking|>", "<|end_thinking|>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|thinking|>", "<|/thinking|>"),
    ("◁think▷", "◁/think▷"),
    ("<unused94>", "<unused95>"),
    ("<|channel>", "<channel|>"),
    ("here is my thought process:", "here is my response:"),
];
/// Marks around the text of the reply.
const FRAMES: [&str; 14] = [
    "<response>",
    "</response>",
    "<answer>",
    "</answer>",
    "<|start_response|>",
    "<|end_response|>",
    "<|start_text|>",
    "<|end_text|>",
    "<|begin_of_solution|>",
    "<|end_of_solution|>",
    "<|chatbot_token|>",
    "<|im_start|>assistant",
    "<start_of_turn>model",
    "<|message|>",
];
/// Marks that end a reply, for tokenisers that do not know them as control tokens.
const ENDS: [&str; 17] = [
    "<|im_end|>",
    "<|im_start|>",
    "<|eot_id|>",
    "<|end_of_turn_token|>",
    "<|end_of_text|>",
    "<|endoftext|>",
    "<|return|>",
    "<end_of_turn>",
    "<start_of_turn>",
    "<turn|>",
    "<|user|>",
    "<|system|>",
    "</s>",
    "[inst]",
    "[/inst]",
    "<|start_header_id|>",
    "<|end_of_sentence|>",
];
/// Marks before the name of a channel.
const CHANNEL: [&str; 2] = ["<|channel|>", "<|start|>"];
/// The mark after the name of a channel.
const MESSAGE: &str = "<|message|>";
/// Name of the channel that is meant for the person.
const FINAL: &str = "final";
/// The mark at the end of a channel's text.
const CHANNEL_END: &str = "<|end|>";

/// The part of the reply that the current text belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ThoughtPlace {
    /// The reply.
    Reply,
    /// Thoughts, up to this closing mark.
    Thoughts(&'static str),
    /// The name of a channel.
    Channel,
    /// A channel that is not for the person.
    Aside,
}

/// The effect of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Enter(ThoughtPlace),
    End,
}

/// Removes a model's thoughts from its reply, even if the marks are split over several pieces.
#[derive(Debug)]
pub struct Thoughts {
    place: ThoughtPlace,
    held: String,
    /// Whether the reply has text already: a sentence counts as a mark only before that.
    begun: bool,
    ended: bool,
}

impl Thoughts {
    /// A filter for the reply to `prompt`, whose template may have opened the thoughts.
    pub fn after(prompt: &str) -> Self {
        let place = opened_by(prompt).map_or(ThoughtPlace::Reply, ThoughtPlace::Thoughts);
        Self { place, held: String::new(), begun: false, ended: false }
    }

    /// Whether a mark has ended the reply.
    pub fn ended(&self) -> bool {
        self.ended
    }

    /// Takes more text and returns the part that certainly belongs to the reply.
    pub fn push(&mut self, text: &str) -> String {
        if self.ended {
            return String::new();
        }
        self.held.push_str(text);
        let mut reply = String::new();
        while let Some((at, length, mark)) = self.next_mark() {
            self.say(at, &mut reply);
            self.held.drain(..length);
            match mark {
                Sign::Enter(place) => self.place = place,
                Sign::End => {
                    self.ended = true;
                    self.held.clear();
                    return reply;
                }
            }
        }
        let certain = self.held.len() - self.unfinished();
        self.say(certain, &mut reply);
        reply
    }

    /// Returns the rest when the model is done: half a mark is text, half a thought is dropped.
    pub fn finish(&mut self) -> String {
        let rest = std::mem::take(&mut self.held);
        if self.place == ThoughtPlace::Reply { rest } else { String::new() }
    }

    /// Takes `bytes` from the held text and appends them to `reply` if they belong to it.
    fn say(&mut self, bytes: usize, reply: &mut String) {
        let text: String = self.held.drain(..bytes).collect();
        match self.place {
            ThoughtPlace::Reply => {
                self.begun |= !text.trim().is_empty();
                reply.push_str(&text);
            }
            // Keep the name until it is whole.
            ThoughtPlace::Channel => self.held.insert_str(0, &text),
            ThoughtPlace::Thoughts(_) | ThoughtPlace::Aside => {}
        }
    }

    /// The first mark in the held text that has an effect here: its place, the bytes to take, and the effect.
    fn next_mark(&self) -> Option<(usize, usize, Sign)> {
        let text = &self.held;
        match self.place {
            ThoughtPlace::Thoughts(close) => {
                find(text, close).map(|at| (at, close.len(), Sign::Enter(ThoughtPlace::Reply)))
            }
            ThoughtPlace::Channel => {
                let at = find(text, MESSAGE)?;
                let last =
                    CHANNEL.iter().filter_map(|mark| rfind(&text[..at], mark).map(|found| found + mark.len())).max();
                let name = text[last.unwrap_or(0)..at].trim();
                let place = if starts(name, FINAL) { ThoughtPlace::Reply } else { ThoughtPlace::Aside };
                Some((0, at + MESSAGE.len(), Sign::Enter(place)))
            }
            ThoughtPlace::Aside => {
                let end = find(text, CHANNEL_END).map(|at| (at, CHANNEL_END.len(), Sign::Enter(ThoughtPlace::Aside)));
                let next = first(text, &CHANNEL).map(|(at, mark)| (at, mark.len(), Sign::Enter(ThoughtPlace::Channel)));
                [end, next].into_iter().flatten().min_by_key(|found| found.0)
            }
            ThoughtPlace::Reply => {
                let thoughts = self.pairs().flat_map(|(open, close)| {
                    let opened = find(text, open).filter(|at| !is_sentence(open) || text[..*at].trim().is_empty());
                    let opened = opened.map(|at| (at, open.len(), Sign::Enter(ThoughtPlace::Thoughts(close))));
                    // A closing mark counts without an opening one too.
                    let closed = find(text, close)
                        .filter(|_| !is_sentence(close))
                        .map(|at| (at, close.len(), Sign::Enter(ThoughtPlace::Reply)));
                    [opened, closed]
                });
                let frames = FRAMES
                    .iter()
                    .map(|mark| find(text, mark).map(|at| (at, mark.len(), Sign::Enter(ThoughtPlace::Reply))));
                let channels = CHANNEL
                    .iter()
                    .map(|mark| find(text, mark).map(|at| (at, mark.len(), Sign::Enter(ThoughtPlace::Channel))));
                let ends = ENDS
                    .iter()
                    .chain([&CHANNEL_END])
                    .map(|mark| find(text, mark).map(|at| (at, mark.len(), Sign::End)));
                let all = thoughts.chain(frames).chain(channels).chain(ends).flatten();
                // Of two marks in one place, take the longer.
                all.min_by_key(|(at, length, _)| (*at, usize::MAX - length))
            }
        }
    }

    /// Marks of thoughts that may come here.
    fn pairs(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let begun = self.begun;
        THOUGHTS.into_iter().filter(move |(open, _)| !(begun && is_sentence(open)))
    }

    /// Bytes at the end of the held text that may become a mark.
    fn unfinished(&self) -> usize {
        let longest = |marks: &mut dyn Iterator<Item = &'static str>| {
            marks.map(|mark| overlap(&self.held, mark)).max().unwrap_or(0)
        };
        match self.place {
            ThoughtPlace::Thoughts(close) => overlap(&self.held, close),
            ThoughtPlace::Channel => 0,
            ThoughtPlace::Aside => longest(&mut CHANNEL.into_iter().chain([CHANNEL_END])),
            ThoughtPlace::Reply => {
                let thoughts =
                    self.pairs().flat_map(|(open, close)| if is_sentence(close) { [open; 2] } else { [open, close] });
                longest(&mut thoughts.chain(FRAMES).chain(CHANNEL).chain(ENDS).chain([CHANNEL_END]))
            }
        }
    }
}

/// The mark that closes the thoughts which the end of `prompt` has opened, if any.
pub fn opened_by(prompt: &str) -> Option<&'static str> {
    let end = prompt.trim_end();
    THOUGHTS.into_iter().find(|(open, _)| ends(end, open)).map(|(_, close)| close)
}

/// Whether `mark`, the text of a control token, belongs to thoughts; all other control tokens have no text.
pub fn is_mark(mark: &str) -> bool {
    let pairs = THOUGHTS.into_iter().flat_map(|(open, close)| [open, close]);
    let mut known = pairs.chain(FRAMES).chain(CHANNEL).chain([MESSAGE, CHANNEL_END]);
    known.any(|known| known.eq_ignore_ascii_case(mark))
}

/// Whether a mark consists of words that a person may say.
fn is_sentence(mark: &str) -> bool {
    mark.starts_with(char::is_alphabetic)
}

/// The first place of `mark` in `text`, ignoring case.
fn find(text: &str, mark: &str) -> Option<usize> {
    let (text, mark) = (text.as_bytes(), mark.as_bytes());
    text.windows(mark.len()).position(|window| window.eq_ignore_ascii_case(mark))
}

fn rfind(text: &str, mark: &str) -> Option<usize> {
    let (text, mark) = (text.as_bytes(), mark.as_bytes());
    text.windows(mark.len()).rposition(|window| window.eq_ignore_ascii_case(mark))
}

fn first<'a>(text: &str, marks: &[&'a str]) -> Option<(usize, &'a str)> {
    marks.iter().filter_map(|mark| find(text, mark).map(|at| (at, *mark))).min()
}

fn starts(text: &str, word: &str) -> bool {
    text.as_bytes().get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()))
}

fn ends(text: &str, mark: &str) -> bool {
    let from = text.len().checked_sub(mark.len());
    from.is_some_and(|from| text.as_bytes()[from..].eq_ignore_ascii_case(mark.as_bytes()))
}

/// Number of bytes at the end of `text` that are the beginning of `mark`, but not all of it.
fn overlap(text: &str, mark: &str) -> usize {
    let most = text.len().min(mark.len() - 1);
    let fits = |length: &usize| {
        let at = text.len() - length;
        text.is_char_boundary(at) && text.as_bytes()[at..].eq_ignore_ascii_case(&mark.as_bytes()[..*length])
    };
    (1..=most).rev().find(fits).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reply in `text` after `prompt`, given in pieces that are cut at any character.
    fn heard(prompt: &str, pieces: &[&str]) -> String {
        let mut thoughts = Thoughts::after(prompt);
        let mut reply: String = pieces.iter().map(|piece| thoughts.push(piece)).collect();
        reply.push_str(&thoughts.finish());
        reply
    }

    /// Prompt, model output, and expected reply.
    const TABLE: &[(&str, &str, &str)] = &[
        ("", "<think>\nHm, a sum.\n</think>\n\nFive.", "\n\nFive."),
        ("", "<Thinking>Hm.</Thinking>Five.", "Five."),
        ("", "<reasoning>2+3</reasoning>Five.", "Five."),
        ("", "<thought>\nHm </thought>\nFive.", "\nFive."),
        ("", "[THINK]Hm[/THINK]Five.", "Five."),
        ("", "<|START_THINKING|>Hm<|END_THINKING|><|START_RESPONSE|>Five.<|END_RESPONSE|>", "Five."),
        (
            "",
            "<seed:think>Hm<seed:cot_budget_reflect>I have 10 left</seed:cot_budget_reflect></seed:think>Five.",
            "Five.",
        ),
        ("", "◁think▷Hm ◁/think▷Five.", "Five."),
        ("", "<|begin_of_thought|>a<|end_of_thought|><|begin_of_solution|>Five.<|end_of_solution|>", "Five."),
        ("", "<unused94>thought\nHm<unused95>Five.", "Five."),
        ("", "<|channel>thought\nHm<channel|>Five.", "Five."),
        ("", "Here is my thought process:\nHm.\nHere is my response:\nFive.", "\nFive."),
        ("", "<think>Hm</think><response>Five.</response>", "Five."),
        ("", "<think>Hm</think>\n<answer>Five.</answer>", "\nFive."),
        (
            "<|start|>assistant",
            "<|channel|>analysis<|message|>A sum.<|end|><|start|>assistant<|channel|>final<|message|>Five.<|return|>",
            "Five.",
        ),
        ("", "<|channel|>final<|message|>Five.", "Five."),
        ("", "<|channel|>commentary to=tool<|message|>{}<|end|><|channel|>final<|message|>Five.", "Five."),
        ("<|assistant|><think>\n", "A sum.\n</think>\nFive.", "\nFive."),
        ("[THINK]", "A sum.[/THINK]Five.", "Five."),
        ("<think>\n\n</think>\n\n", "Five.", "Five."),
        ("<think>\n", "never done", ""),
        ("", "<think>never done", ""),
        ("", "<|channel|>analysis<|message|>never done", ""),
        ("", "Five.</think>", "Five."),
        ("", "Four <think>no</think>or five.", "Four or five."),
        ("", "Five.<|im_end|>\n<|im_start|>user\nAnd", "Five."),
        ("", "Five.<end_of_turn>more", "Five."),
        ("", "Five.<|end|>more", "Five."),
        ("", "a <b> c [d] <t", "a <b> c [d] <t"),
        (
            "",
            "Yes. Here is my thought process: none. Here is my response: x",
            "Yes. Here is my thought process: none. Here is my response: x",
        ),
        ("", "Here is my thought on it: five.", "Here is my thought on it: five."),
        ("", "ж < 5 ◁", "ж < 5 ◁"),
    ];

    #[test]
    fn thoughts_are_never_heard_wherever_the_pieces_are_cut() {
        for (prompt, written, wanted) in TABLE {
            assert_eq!(heard(prompt, &[written]), *wanted, "{written}");
            let places: Vec<usize> = (0..=written.len()).filter(|at| written.is_char_boundary(*at)).collect();
            for at in &places {
                assert_eq!(heard(prompt, &[&written[..*at], &written[*at..]]), *wanted, "{written} cut at {at}");
            }
            let single: Vec<&str> = places.windows(2).map(|pair| &written[pair[0]..pair[1]]).collect();
            assert_eq!(heard(prompt, &single), *wanted, "{written} character by character");
        }
    }

    #[test]
    fn plain_text_is_not_held_back() {
        let mut thoughts = Thoughts::after("");
        assert_eq!(thoughts.push("Five"), "Five");
        assert_eq!(thoughts.push(" is more"), " is more");
        assert_eq!(thoughts.push(" <"), " ", "which may become a mark");
    }

    #[test]
    fn a_prompt_that_opens_thoughts_is_known() {
        assert_eq!(opened_by("…<|Assistant|><think>\n"), Some("</think>"));
        assert_eq!(opened_by("<think>\n\n</think>\n\n"), None);
        assert_eq!(opened_by(""), None);
    }

    #[test]
    fn control_tokens_that_say_nothing_about_thoughts_are_no_text() {
        assert!(is_mark("[THINK]") && is_mark("<|channel|>") && is_mark("<|START_THINKING|>"));
        assert!(!is_mark("<|vision_start|>") && !is_mark("") && !is_mark("<|im_end|>"));
    }
}
