//! The `actions:` section of a commands file: the action for each intent.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::argv::Pattern;
use super::builtin::Builtin;
use super::error::CommandError;
use super::keys::{flag, hint, known, list, map, mistake, pattern, text};
use super::{risk, spoken, target};
use crate::intent::file::yaml::{Data, YamlNode};
use crate::intent::template::FilePlace;
use crate::order::{Deed, Risk};

/// Keys of an action.
const KEYS: &[&str] =
    &["run", "write", "http", "builtin", "say", "ask", "risk", "confirm", "timeout", "detach", "example"];
/// Keys of the deeds: an action has at most one of them.
const DEEDS: &[&str] = &["run", "write", "http", "builtin"];
/// Timeout of an action that names none.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Longest timeout that an action may name.
const LONGEST_TIMEOUT: Duration = Duration::from_mins(10);

/// The action for an intent.
#[derive(Clone, Debug)]
pub struct CommandAction {
    /// Where it stands in the file.
    pub place: FilePlace,
    /// The deed, with its placeholders unfilled.
    pub plan: DeedPlan,
    /// The answer after it is done.
    pub say: Option<Pattern>,
    /// The question before it.
    pub ask: Option<Pattern>,
    /// Whether it needs a confirmation.
    pub risk: Risk,
    /// Longest time it may take.
    pub timeout: Duration,
    /// One sentence that triggers it, for the help.
    pub example: Option<String>,
    /// Why it is dangerous, if it is.
    pub danger: Option<&'static str>,
    /// Slots whose every value is a number or stands in the file.
    pub closed: BTreeSet<String>,
}

/// A deed with placeholders.
#[derive(Clone, Debug)]
pub enum DeedPlan {
    /// Run the first of several command lines whose program is installed.
    Run {
        /// Command lines.
        candidates: Vec<Vec<Pattern>>,
        /// Whether the program stays open.
        stays: bool,
    },
    /// Write a line to a file or FIFO.
    Write {
        /// The file.
        path: PathBuf,
        /// The line.
        line: Pattern,
    },
    /// Send an HTTP request.
    Http {
        /// One of [`target::METHODS`].
        method: String,
        /// The address.
        url: Pattern,
        /// The body.
        body: Option<Pattern>,
    },
    /// Carry out a builtin.
    Builtin(Builtin),
    /// Only answer.
    Say,
}

/// The settings for reading actions.
pub struct ActionReader<'a> {
    /// The folder that `~` stands for.
    pub home: Option<&'a Path>,
    /// Gives the slots of an intent whose every value is a number or stands in the file.
    pub closed: &'a dyn Fn(&str) -> BTreeSet<String>,
}

/// The actions in a file, by intent.
///
/// # Errors
/// The first mistake, with its place.
pub fn actions(section: &YamlNode, reader: &ActionReader) -> Result<Vec<(String, CommandAction)>, CommandError> {
    let named = map(section, "actions")?;
    named.into_iter().map(|(name, key, node)| Ok((name.to_string(), action(name, key, node, reader)?))).collect()
}

fn action(name: &str, key: &YamlNode, node: &YamlNode, reader: &ActionReader) -> Result<CommandAction, CommandError> {
    let home = reader.home;
    let closed = (reader.closed)(name);
    let keys = map(node, &format!("the action of {name}"))?;
    known(&keys, KEYS, "an action")?;
    let mut deeds = keys.iter().filter(|(key, ..)| DEEDS.contains(key));
    let first = deeds.next();
    if let Some((second, key, _)) = deeds.next() {
        return Err(mistake(
            key,
            format!("{name} already does something else: \"{second}\" belongs into an action of its own"),
        ));
    }
    let stays = node.get("detach").map(flag).transpose()?.unwrap_or(false);
    let (plan, danger) = match first {
        Some(("run", _, value)) => run(value, stays, home, &closed)?,
        Some(("write", _, value)) => write(value, home)?,
        Some(("http", _, value)) => http(value)?,
        Some((.., value)) => (DeedPlan::Builtin(builtin(value)?), None),
        None => (DeedPlan::Say, None),
    };
    if stays && !matches!(plan, DeedPlan::Run { .. }) {
        return Err(mistake(key, format!("{name}: only what is `run` can be detached")));
    }
    let say = pattern(node, "say")?;
    let deny = node.get("risk").and_then(YamlNode::text) == Some("deny");
    if matches!(plan, DeedPlan::Say) && say.is_none() && !deny {
        return Err(mistake(key, format!("{name} does nothing: give it run, write, http, builtin or say")));
    }
    let example = node.get("example").map(|node| text(node, "example")).transpose()?.map(str::to_string);
    let timeout = node.get("timeout").map(timeout).transpose()?.unwrap_or(TIMEOUT);
    Ok(CommandAction {
        place: key.place.clone(),
        plan,
        say,
        ask: pattern(node, "ask")?,
        risk: risk_of(node, danger)?,
        timeout,
        example,
        danger,
        closed,
    })
}

/// The risk that the owner wrote; by default a dangerous action needs a confirmation and others do not.
fn risk_of(node: &YamlNode, danger: Option<&str>) -> Result<Risk, CommandError> {
    let confirm = node.get("confirm").map(flag).transpose()?;
    let Some(risk) = node.get("risk") else {
        return Ok(if confirm.unwrap_or(danger.is_some()) { Risk::Confirm } else { Risk::Safe });
    };
    let said = match text(risk, "risk")? {
        "safe" => Risk::Safe,
        "confirm" => Risk::Confirm,
        "deny" => Risk::Deny,
        other => return Err(mistake(risk, format!("risk is safe, confirm or deny, not \"{other}\""))),
    };
    match confirm {
        Some(confirm) if said != Risk::Deny && confirm != (said == Risk::Confirm) => {
            Err(mistake(risk, "risk and confirm contradict each other; one of them is enough"))
        }
        _ => Ok(said),
    }
}

/// One command line, or several to choose from.
fn run(
    node: &YamlNode,
    stays: bool,
    home: Option<&Path>,
    closed: &BTreeSet<String>,
) -> Result<(DeedPlan, Option<&'static str>), CommandError> {
    let items = list(node, "run")?;
    let several = matches!(items.first().map(|item| &item.data), Some(Data::List(_)));
    let lines: Vec<&YamlNode> = if several { items.iter().collect() } else { vec![node] };
    let candidates = lines.into_iter().map(|line| command_line(line, home, closed)).collect::<Result<Vec<_>, _>>()?;
    let danger = candidates.iter().find_map(|line| risk::danger(line));
    Ok((DeedPlan::Run { candidates, stays }, danger))
}

fn command_line(node: &YamlNode, home: Option<&Path>, closed: &BTreeSet<String>) -> Result<Vec<Pattern>, CommandError> {
    let items = list(node, "a command line")?;
    let pattern = |item: &YamlNode| Ok(Pattern::new(&at_home(text(item, "an argument")?, home)));
    let line = items.iter().map(pattern).collect::<Result<Vec<_>, CommandError>>()?;
    if line.is_empty() || line[0].literal() == Some("") {
        return Err(mistake(node, "run names no program"));
    }
    spoken::fillings(&line, closed).map_err(|misuse| mistake(&items[misuse.at], misuse.reason))?;
    Ok(line)
}

fn write(node: &YamlNode, home: Option<&Path>) -> Result<(DeedPlan, Option<&'static str>), CommandError> {
    known(&map(node, "write")?, &["path", "line"], "write")?;
    let path = pattern(node, "path")?.ok_or_else(|| mistake(node, "write needs a path"))?;
    let line = pattern(node, "line")?.ok_or_else(|| mistake(node, "write needs a line"))?;
    let Some(literal) = path.literal() else {
        return Err(mistake(node, "a spoken word may not choose the file: no {slot} in path"));
    };
    let path = PathBuf::from(at_home(literal, home));
    if !path.is_absolute() {
        return Err(mistake(node, format!("{} is not a whole path: begin it with / or ~/", path.display())));
    }
    let danger = risk::danger_of(&Deed::Write { path: path.clone(), line: String::new() }, false);
    Ok((DeedPlan::Write { path, line }, danger))
}

fn http(node: &YamlNode) -> Result<(DeedPlan, Option<&'static str>), CommandError> {
    known(&map(node, "http")?, &["method", "url", "body", "remote"], "http")?;
    let url = pattern(node, "url")?.ok_or_else(|| mistake(node, "http needs a url"))?;
    let body = pattern(node, "body")?;
    let method = match node.get("method") {
        Some(method) => text(method, "method")?.to_uppercase(),
        None => if body.is_some() { "POST" } else { "GET" }.to_string(),
    };
    if !target::METHODS.contains(&method.as_str()) {
        return Err(mistake(node, format!("method is one of {}, not {method}", target::METHODS.join(", "))));
    }
    if body.is_some() && (method == "GET" || method == "DELETE") {
        return Err(mistake(node, format!("{method} has no body; use POST or PUT")));
    }
    let host = target::host(&url).map_err(|reason| mistake(node, reason))?;
    let remote = node.get("remote").map(flag).transpose()?.unwrap_or(false);
    let near = target::is_near(&host);
    if !near && !remote {
        return Err(mistake(
            node,
            format!("{host} is not on this machine or in this home; write `remote: true` if that is meant"),
        ));
    }
    let deed = Deed::Http { method: method.clone(), url: String::new(), body: None };
    Ok((DeedPlan::Http { method, url, body }, risk::danger_of(&deed, !near)))
}

fn builtin(node: &YamlNode) -> Result<Builtin, CommandError> {
    let name = text(node, "builtin")?;
    let names: Vec<&str> = Builtin::all().map(Builtin::name).collect();
    Builtin::named(name).ok_or_else(|| {
        mistake(node, format!("there is no builtin \"{name}\"{}; there are {}", hint(name, &names), names.join(", ")))
    })
}

/// `500ms`, `10s`, `2m` or a number of seconds.
fn timeout(node: &YamlNode) -> Result<Duration, CommandError> {
    let text = text(node, "timeout")?.trim();
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic() || letter == ' ');
    let unit = match text[digits.len()..].trim() {
        "ms" => Some(0.001),
        "" | "s" => Some(1.0),
        "m" | "min" => Some(60.0),
        _ => None,
    };
    let seconds = digits.parse::<f64>().ok().zip(unit).map(|(count, unit)| count * unit);
    let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    time.filter(|time| !time.is_zero() && *time <= LONGEST_TIMEOUT)
        .ok_or_else(|| mistake(node, format!("timeout is a time such as 10s, at most 10m, not \"{text}\"")))
}

/// The path with a leading `~/` replaced by the owner's home.
fn at_home(text: &str, home: Option<&Path>) -> String {
    match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest).to_string_lossy().into_owned(),
        _ => text.to_string(),
    }
}
