//! Natural-language inference on ONNX Runtime: the probability that a sentence follows from an utterance.
//!
//! The model can be any sequence classifier trained on MNLI (DistilBART, DeBERTa, DistilRoBERTa, XLM-R, BERT), exported
//! to ONNX with its `tokenizer.json` and `config.json`. Probabilities are computed as in the zero-shot-classification
//! pipeline of Hugging Face's transformers.

mod labels;
mod pairs;
#[cfg(test)]
mod tests;

use std::path::Path;

use ort::session::{Session, SessionInputValue};
use ort::value::Tensor;

use self::labels::Labels;
use self::pairs::{Batch, Pairs};
use super::{EngineError, cpu, onnx};
use crate::turn::Ticket;

/// Name of the model in messages.
const WHAT: &str = "NLI model";
/// Hypotheses in one run of the model: few, so that stale work ends soon and memory stays small.
const BATCH: usize = 8;
/// Most threads: more do not help with sentences this short.
const MOST_THREADS: usize = 4;

/// A model for natural-language inference, loaded and warm.
pub struct Nli {
    session: Session,
    pairs: Pairs,
    labels: Labels,
    name: String,
    /// Names of the model's inputs, in its own order.
    inputs: Vec<String>,
    /// Name of the output that holds the logits.
    output: String,
}

impl Nli {
    /// Opens the folder `dir` with the ONNX Runtime at `library` on `threads` threads (0: at most four). Judges one
    /// pair so that the first real one is fast.
    ///
    /// # Errors
    /// [`EngineError::Missing`] or [`EngineError::Unusable`] for the library or a file of the folder.
    pub fn open(library: &Path, dir: &Path, threads: usize) -> Result<Self, EngineError> {
        onnx::init_runtime(library)?;
        let config = read(dir, "config.json")?;
        let tokenizer = read(dir, "tokenizer.json")?;
        let spoiled = |name: &str, reason: String| unusable(dir, format!("{name}: {reason}"));
        let config = labels::NliConfig::parse(&config).map_err(|reason| spoiled("config.json", reason))?;
        let labels = config.labels().map_err(|reason| spoiled("config.json", reason))?;
        let pairs = Pairs::new(&tokenizer, &config).map_err(|reason| spoiled("tokenizer.json", reason))?;
        let model = [dir.join("model.onnx"), dir.join("onnx/model.onnx")];
        let model = model.iter().find(|path| path.is_file()).unwrap_or(&model[0]);
        let threads = if threads > 0 { threads } else { cpu::threads(0, true).min(MOST_THREADS) };
        let session = onnx::open(WHAT, model, threads)?;
        let (inputs, output) = ports(&session).map_err(|reason| unusable(dir, reason))?;
        let name = dir.file_name().unwrap_or(dir.as_os_str()).to_string_lossy().into_owned();
        let mut nli = Self { session, pairs, labels, name, inputs, output };
        nli.logits("Hello.", &["This is a test.".into()], &Ticket::standing())
            .map_err(|error| unusable(dir, error.to_string()))?;
        Ok(nli)
    }

    /// Name of the model in a few words, for the screen.
    pub fn describe(&self) -> String {
        format!("NLI {}, {}", self.name, self.labels)
    }

    /// Probability in 0..=1 of each of `hypotheses`, given the utterance `text`. They compete with each other, or, with
    /// `multi_label`, each stands alone (entailment against contradiction). `None` when `stop` went stale.
    ///
    /// # Errors
    /// When a hypothesis does not fit the model's window or the runtime fails.
    pub fn classify(
        &mut self,
        text: &str,
        hypotheses: &[String],
        multi_label: bool,
        stop: &Ticket,
    ) -> Result<Option<Vec<f32>>, EngineError> {
        let Some(logits) = self.logits(text, hypotheses, stop)? else { return Ok(None) };
        Ok(Some(self.labels.probabilities(&logits, multi_label)))
    }

    /// The model's logits for each hypothesis: one value a label, in the order of its config. `None` when `stop` went
    /// stale.
    ///
    /// # Errors
    /// As [`Nli::classify`].
    pub fn logits(
        &mut self,
        text: &str,
        hypotheses: &[String],
        stop: &Ticket,
    ) -> Result<Option<Vec<Vec<f32>>>, EngineError> {
        let mut logits = Vec::with_capacity(hypotheses.len());
        for hypotheses in hypotheses.chunks(BATCH) {
            if stop.stale() {
                return Ok(None);
            }
            let batch = self.pairs.encode(text, hypotheses).map_err(failed)?;
            logits.extend(self.run(batch).map_err(|error| failed(error.to_string()))?);
        }
        Ok(Some(logits))
    }

    /// Runs the model once.
    fn run(&mut self, batch: Batch) -> ort::Result<Vec<Vec<f32>>> {
        let Batch { rows, length, mut columns } = batch;
        let mut inputs: Vec<(&str, SessionInputValue)> = Vec::with_capacity(self.inputs.len());
        for name in &self.inputs {
            let column = pairs::INPUTS.iter().position(|known| known == name).map(|n| std::mem::take(&mut columns[n]));
            let tensor = Tensor::from_array(([rows, length], column.unwrap_or_default()))?;
            inputs.push((name, tensor.into()));
        }
        let outputs = self.session.run(inputs)?;
        let (_, logits) = outputs[self.output.as_str()].try_extract_tensor::<f32>()?;
        let labels = self.labels.count();
        if logits.len() != rows * labels {
            let values = logits.len();
            return Err(ort::Error::new(format!("it gave {values} values for {rows} pairs and {labels} labels")));
        }
        Ok(logits.chunks_exact(labels).map(<[f32]>::to_vec).collect())
    }
}

/// The names of a model's inputs and of the output with its logits.
fn ports(session: &Session) -> Result<(Vec<String>, String), String> {
    let names = |outlets: &[ort::value::Outlet]| outlets.iter().map(|outlet| outlet.name().to_string()).collect();
    let (inputs, outputs): (Vec<String>, Vec<String>) = (names(session.inputs()), names(session.outputs()));
    let known = |name: &String| pairs::INPUTS.contains(&name.as_str());
    let output = outputs.iter().find(|name| *name == "logits").or(outputs.first());
    match output {
        Some(output) if inputs.iter().all(known) && inputs.iter().any(|name| name == pairs::INPUTS[0]) => {
            Ok((inputs, output.clone()))
        }
        _ => Err(format!("it takes {inputs:?} and gives {outputs:?}, which is no text classifier")),
    }
}

fn read(dir: &Path, name: &str) -> Result<String, EngineError> {
    let path = dir.join(name);
    if !path.is_file() {
        let hint = "an NLI folder holds model.onnx (or onnx/model.onnx), tokenizer.json and config.json".into();
        return Err(EngineError::Missing { what: WHAT.into(), path, hint });
    }
    std::fs::read_to_string(&path).map_err(|error| unusable(dir, format!("{name}: {error}")))
}

fn unusable(dir: &Path, reason: String) -> EngineError {
    EngineError::Unusable { what: WHAT.into(), path: dir.into(), reason }
}

fn failed(reason: String) -> EngineError {
    EngineError::Failed { engine: "nli", reason }
}
