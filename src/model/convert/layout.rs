//! The layout of CTranslate2's Whisper: its variables, and the tensors of a checkpoint that they are made of.
//!
//! The names are those of CTranslate2's `WhisperSpec`, revision 3: queries, keys and values of a self-attention lie
//! in one matrix (`linear_0`), keys and values of a cross-attention in another (`linear_1`).

use super::settings::Dims;

/// A value of the model's file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Variable {
    /// E.g. `encoder/layer_0/ffn/linear_0/weight`.
    pub(super) name: String,
    /// What it holds.
    pub(super) content: VariableContent,
}

/// What a variable holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum VariableContent {
    /// A number of 8 bits.
    Byte(i8),
    /// A number of 16 bits.
    Short(i16),
    /// Tensors of the checkpoint, one below the other.
    Weights {
        /// The tensors, in order.
        parts: Vec<RowPart>,
        /// Dimensions of one row; empty for a vector.
        row: Vec<u64>,
        /// Whether int8 is enough for it.
        quantized: bool,
    },
}

/// Rows of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RowPart {
    /// How many.
    pub(super) rows: u64,
    /// The tensor that has them; without it they are zero.
    pub(super) tensor: Option<String>,
}

/// CTranslate2's number of the activation function GELU.
const GELU: i8 = 3;
/// The tensor of the token table, which most often is the output projection too.
pub(super) const TOKENS: &str = "decoder.embed_tokens.weight";
/// The tensor of the output projection, where it is stored.
pub(super) const PROJECTION: &str = "proj_out.weight";

/// All variables of a model, sorted by name. `tokens` and `projection` name the tensors that hold the token
/// table and the output projection.
pub(super) fn variables(dims: &Dims, tokens: &str, projection: &str) -> Vec<Variable> {
    let mut plan = LayoutPlan::default();
    plan.encoder(dims);
    plan.decoder(dims);
    plan.matrix("decoder/embeddings", &[(tokens, dims.vocab_size)], vec![dims.d_model]);
    plan.matrix("decoder/projection", &[(projection, dims.vocab_size)], vec![dims.d_model]);
    plan.0.sort_by(|one, other| one.name.cmp(&other.name));
    plan.0
}

/// The tensor called `name` with `rows` rows.
fn part(name: &str, rows: u64) -> RowPart {
    RowPart { rows, tensor: Some(name.into()) }
}

#[derive(Default)]
struct LayoutPlan(Vec<Variable>);

impl LayoutPlan {
    fn encoder(&mut self, dims: &Dims) {
        let width = dims.d_model;
        self.scalar("encoder/num_heads", VariableContent::Short(dims.encoder_attention_heads));
        self.dense("encoder/conv1", "encoder.conv1", width, vec![dims.num_mel_bins, 3]);
        self.dense("encoder/conv2", "encoder.conv2", width, vec![width, 3]);
        self.common("encoder", width, dims.max_source_positions);
        for layer in 0..dims.encoder_layers {
            let (to, from) = (format!("encoder/layer_{layer}"), format!("encoder.layers.{layer}"));
            self.self_attention(&to, &from, width);
            self.feed_forward(&to, &from, width, dims.encoder_ffn_dim);
        }
    }

    fn decoder(&mut self, dims: &Dims) {
        let width = dims.d_model;
        self.scalar("decoder/num_heads", VariableContent::Short(dims.decoder_attention_heads));
        self.scalar("decoder/activation", VariableContent::Byte(GELU));
        self.scalar("decoder/pre_norm", VariableContent::Byte(1));
        self.scalar("decoder/alignment_layer", VariableContent::Short(-1));
        self.scalar("decoder/alignment_heads", VariableContent::Short(1));
        for off in
            ["alibi", "alibi_use_positive_positions", "scale_alibi", "scale_embeddings", "start_from_zero_embedding"]
        {
            self.scalar(&format!("decoder/{off}"), VariableContent::Byte(0));
        }
        self.common("decoder", width, dims.max_target_positions);
        for layer in 0..dims.decoder_layers {
            let (to, from) = (format!("decoder/layer_{layer}"), format!("decoder.layers.{layer}"));
            self.self_attention(&to, &from, width);
            self.cross_attention(&to, &from, width);
            self.feed_forward(&to, &from, width, dims.decoder_ffn_dim);
        }
    }

    /// The variables that both halves have: positions and the last normalisation.
    fn common(&mut self, half: &str, width: u64, positions: u64) {
        let table = vec![part(&format!("{half}.embed_positions.weight"), positions)];
        self.weights(format!("{half}/position_encodings/encodings"), table, vec![width], false);
        self.norm(&format!("{half}/layer_norm"), &format!("{half}.layer_norm"), width);
    }

    fn self_attention(&mut self, to: &str, from: &str, width: u64) {
        let (to, from) = (format!("{to}/self_attention"), format!("{from}.self_attn"));
        self.fused(&format!("{to}/linear_0"), &from, &["q_proj", "k_proj", "v_proj"], width);
        self.dense(&format!("{to}/linear_1"), &format!("{from}.out_proj"), width, vec![width]);
        self.norm(&format!("{to}/layer_norm"), &format!("{from}_layer_norm"), width);
    }

    fn cross_attention(&mut self, to: &str, from: &str, width: u64) {
        let (to, from) = (format!("{to}/attention"), format!("{from}.encoder_attn"));
        self.fused(&format!("{to}/linear_0"), &from, &["q_proj"], width);
        self.fused(&format!("{to}/linear_1"), &from, &["k_proj", "v_proj"], width);
        self.dense(&format!("{to}/linear_2"), &format!("{from}.out_proj"), width, vec![width]);
        self.norm(&format!("{to}/layer_norm"), &format!("{from}_layer_norm"), width);
    }

    fn feed_forward(&mut self, to: &str, from: &str, width: u64, inner: u64) {
        self.dense(&format!("{to}/ffn/linear_0"), &format!("{from}.fc1"), inner, vec![width]);
        self.dense(&format!("{to}/ffn/linear_1"), &format!("{from}.fc2"), width, vec![inner]);
        self.norm(&format!("{to}/ffn/layer_norm"), &format!("{from}.final_layer_norm"), width);
    }

    /// Several projections of the attention `from` in one; that of the keys has no bias in Whisper.
    fn fused(&mut self, to: &str, from: &str, projections: &[&str], width: u64) {
        let names: Vec<String> = projections.iter().map(|name| format!("{from}.{name}.weight")).collect();
        let parts: Vec<(&str, u64)> = names.iter().map(|name| (name.as_str(), width)).collect();
        self.matrix(to, &parts, vec![width]);
        let bias =
            |name: &&str| RowPart { rows: width, tensor: (*name != "k_proj").then(|| format!("{from}.{name}.bias")) };
        self.weights(format!("{to}/bias"), projections.iter().map(bias).collect(), vec![], false);
    }

    /// A linear layer or convolution with a bias.
    fn dense(&mut self, to: &str, from: &str, rows: u64, row: Vec<u64>) {
        self.matrix(to, &[(&format!("{from}.weight"), rows)], row);
        self.vector(&format!("{to}/bias"), &format!("{from}.bias"), rows);
    }

    fn norm(&mut self, to: &str, from: &str, width: u64) {
        self.vector(&format!("{to}/gamma"), &format!("{from}.weight"), width);
        self.vector(&format!("{to}/beta"), &format!("{from}.bias"), width);
    }

    fn matrix(&mut self, to: &str, parts: &[(&str, u64)], row: Vec<u64>) {
        let parts = parts.iter().map(|(name, rows)| part(name, *rows)).collect();
        self.weights(format!("{to}/weight"), parts, row, true);
    }

    fn vector(&mut self, to: &str, from: &str, length: u64) {
        self.weights(to.into(), vec![part(from, length)], vec![], false);
    }

    fn weights(&mut self, name: String, parts: Vec<RowPart>, row: Vec<u64>, quantized: bool) {
        self.0.push(Variable { name, content: VariableContent::Weights { parts, row, quantized } });
    }

    fn scalar(&mut self, name: &str, content: VariableContent) {
        self.0.push(Variable { name: name.into(), content });
    }
}
