//! The multilingual sentence encoder: texts of like meaning get like vectors, whatever their language. Pure: its
//! weights and vocabulary come in as bytes, and nothing else is read.
//!
//! The network: the mean-like sum of token features, which are the token's own vector and three windows of two,
//! three and five neighbours, goes through a small dense head. Weights are those of the multilingual Universal
//! Sentence Encoder, version 3; the vectors agree with the reference implementation to within 1e-4.

mod npz;
mod pieces;

use std::collections::BTreeMap;

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Axis, Slice};

use npz::{Array, Numbers};
use pieces::Pieces;

/// Length of a sentence's vector.
pub const DIMENSIONS: usize = 512;
/// Pieces of a text that are read; what comes later is left out.
pub const LIMIT_PIECES: usize = 512;

/// The table of piece vectors is dealt out to so many chunks, each with its own scale.
const CHUNKS: usize = 17;
/// Width of a window's features.
const WINDOW: usize = 256;
/// The windows: how many neighbours, and how many of them stand before the token.
const WINDOWS: [(usize, usize); 3] = [(2, 0), (3, 1), (5, 2)];
/// Width of a token's features.
const FEATURES: usize = DIMENSIONS + WINDOWS.len() * WINDOW;
/// Width of the dense head's first layers.
const HIDDEN: usize = 320;
/// Tokens that go through the network together: enough to read each weight once for many sentences, few enough
/// to stay in the cache.
const BATCH_TOKENS: usize = 384;

/// The encoder's files are not what they should be.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct EncoderError(pub(crate) String);

/// The encoder, ready to read; about 80 MB. Shared between threads as it is.
#[derive(Debug)]
pub struct Encoder {
    pieces: Pieces,
    /// Quantised vectors, one row a piece.
    table: Vec<u8>,
    scale: Vec<f32>,
    low: Vec<f32>,
    projection: Array2<f32>,
    projection_bias: Array1<f32>,
    projection_norm: (Array1<f32>, Array1<f32>),
    windows: Vec<WindowWeights>,
    norm: (Array1<f32>, Array1<f32>),
    mix: Array2<f32>,
    mix_bias: Array1<f32>,
    dense: [Array2<f32>; 6],
    epsilon: f32,
}

/// Two convolutions over one window, each added to what went in.
#[derive(Debug)]
struct WindowWeights {
    size: usize,
    before: usize,
    layers: [(Array2<f32>, Array1<f32>); 2],
}

impl Encoder {
    /// Makes the encoder of its two files: the archive of weights (`.npz`) and the vocabulary (`.model`).
    ///
    /// # Errors
    /// When a file is damaged, or not this network's.
    pub fn from_bytes(weights: &[u8], vocabulary: &[u8]) -> Result<Encoder, EncoderError> {
        let pieces = Pieces::parse(vocabulary)?;
        let mut arrays = Arrays(npz::read(weights)?);
        let (table, rows) = arrays.table()?;
        if pieces.len() > rows {
            return Err(EncoderError(format!("{} pieces, but only {rows} vectors", pieces.len())));
        }
        let mut windows = Vec::new();
        for (size, before) in WINDOWS {
            let mut layer = |n: usize| -> Result<_, EncoderError> {
                Ok((
                    arrays.matrix(&format!("w{n}_{size}"), size * WINDOW, WINDOW)?,
                    arrays.vector(&format!("b{n}_{size}"), WINDOW)?,
                ))
            };
            windows.push(WindowWeights { size, before, layers: [layer(1)?, layer(2)?] });
        }
        let mut projection = Array2::zeros((DIMENSIONS, WINDOWS.len() * WINDOW));
        for (n, (size, _)) in WINDOWS.iter().enumerate() {
            let part = arrays.matrix(&format!("proj{size}"), DIMENSIONS, WINDOW)?;
            columns_mut(&mut projection, n * WINDOW, WINDOW).assign(&part);
        }
        Ok(Encoder {
            pieces,
            table,
            scale: arrays.vector("scale", CHUNKS)?.to_vec(),
            low: arrays.vector("lo", CHUNKS)?.to_vec(),
            projection,
            projection_bias: arrays.joined("proj_b")?,
            projection_norm: (arrays.joined("ln_g")?, arrays.joined("ln_b")?),
            windows,
            norm: (arrays.vector("ln_g", FEATURES)?, arrays.vector("ln_b", FEATURES)?),
            mix: arrays.matrix("cnn_W", FEATURES, DIMENSIONS)?,
            mix_bias: arrays.vector("cnn_b", DIMENSIONS)?,
            dense: [
                arrays.matrix("d0", DIMENSIONS, HIDDEN)?,
                arrays.matrix("p1", DIMENSIONS, HIDDEN)?,
                arrays.matrix("d1", HIDDEN, HIDDEN)?,
                arrays.matrix("d2", HIDDEN, DIMENSIONS)?,
                arrays.matrix("p3", HIDDEN, DIMENSIONS)?,
                arrays.matrix("d3", DIMENSIONS, DIMENSIONS)?,
            ],
            epsilon: arrays.number("eps")?,
        })
    }

    /// The numbers of the pieces a text is cut into, at most [`LIMIT_PIECES`]; for those who compare vocabularies.
    #[must_use]
    pub fn pieces(&self, text: &str) -> Vec<u32> {
        self.pieces.cut(text, LIMIT_PIECES)
    }

    /// The vectors of some texts, each of length one, in order. Each text is read for itself: what stands beside
    /// it changes its vector by rounding at most. Work grows with the texts' lengths, at most [`LIMIT_PIECES`] each.
    #[must_use]
    pub fn encode(&self, texts: &[&str]) -> Vec<[f32; DIMENSIONS]> {
        let mut out = Vec::with_capacity(texts.len());
        let (mut batch, mut tokens): (Vec<Vec<u32>>, usize) = (Vec::new(), 0);
        for text in texts {
            let pieces = self.pieces(text);
            if !batch.is_empty() && tokens + pieces.len() > BATCH_TOKENS {
                self.encode_batch(&batch, tokens, &mut out);
                (batch, tokens) = (Vec::new(), 0);
            }
            tokens += pieces.len();
            batch.push(pieces);
        }
        if !batch.is_empty() {
            self.encode_batch(&batch, tokens, &mut out);
        }
        out
    }

    fn encode_batch(&self, batch: &[Vec<u32>], tokens: usize, out: &mut Vec<[f32; DIMENSIONS]>) {
        let mut features = Array2::<f32>::zeros((tokens, FEATURES));
        for (mut row, &piece) in features.rows_mut().into_iter().zip(batch.iter().flatten()) {
            self.look_up(piece, row.as_slice_mut().unwrap_or_default());
        }
        let mut x = product(columns(&features, 0, DIMENSIONS), &self.projection);
        x += &self.projection_bias;
        self.normalise(x.view_mut(), &self.projection_norm);
        for (n, window) in self.windows.iter().enumerate() {
            let mut h = columns(&x, n * WINDOW, WINDOW).to_owned();
            for (weights, bias) in &window.layers {
                let mut next = product(window.gather(&h, batch).view(), weights);
                next += bias;
                next.mapv_inplace(|v| v.max(0.0));
                next += &h;
                h = next;
            }
            columns_mut(&mut features, DIMENSIONS + n * WINDOW, WINDOW).assign(&h);
        }
        self.normalise(features.view_mut(), &self.norm);
        self.finish(&features, batch, out);
    }

    /// A piece's own vector.
    fn look_up(&self, piece: u32, out: &mut [f32]) {
        let (piece, chunk) = (piece as usize, piece as usize % CHUNKS);
        let quantised = &self.table[piece * DIMENSIONS..(piece + 1) * DIMENSIONS];
        for (x, &q) in out.iter_mut().zip(quantised) {
            *x = f32::from(q) * self.scale[chunk] + self.low[chunk];
        }
    }

    /// Brings every row to mean zero and variance one, then stretches and shifts it.
    fn normalise(&self, mut x: ArrayViewMut2<f32>, (stretch, shift): &(Array1<f32>, Array1<f32>)) {
        for mut row in x.rows_mut() {
            let n = row.len() as f32;
            let mean = row.sum() / n;
            row -= mean;
            let variance = row.iter().map(|v| v * v).sum::<f32>() / n;
            row *= 1.0 / (variance + self.epsilon).sqrt();
            row *= stretch;
            row += shift;
        }
    }

    /// From token features to sentence vectors. Sums are taken before the product with `mix`, which is linear.
    fn finish(&self, features: &Array2<f32>, batch: &[Vec<u32>], out: &mut Vec<[f32; DIMENSIONS]>) {
        let mut sums = Array2::<f32>::zeros((batch.len(), FEATURES));
        let mut start = 0;
        for (mut sum, pieces) in sums.rows_mut().into_iter().zip(batch) {
            sum.assign(&features.slice_axis(Axis(0), Slice::from(start..start + pieces.len())).sum_axis(Axis(0)));
            start += pieces.len();
        }
        let mut mean = product(sums.view(), &self.mix);
        for (mut row, pieces) in mean.rows_mut().into_iter().zip(batch) {
            let n = pieces.len() as f32;
            row.scaled_add(n, &self.mix_bias);
            row *= 1.0 / n.sqrt();
        }
        let [d0, p1, d1, d2, p3, d3] = &self.dense;
        let positive = |mut x: Array2<f32>| {
            x.mapv_inplace(|v| v.max(0.0));
            x
        };
        let y0 = positive(product(mean.view(), d0));
        let y1 = positive(product(mean.view(), p1) + product(y0.view(), d1));
        let y2 = positive(product(y1.view(), d2));
        let mut z = product(y1.view(), p3) + product(y2.view(), d3);
        z.mapv_inplace(f32::tanh);
        for row in z.rows() {
            let length = row.iter().map(|v| v * v).sum::<f32>().max(self.epsilon).sqrt();
            let mut vector = [0.0; DIMENSIONS];
            for (to, from) in vector.iter_mut().zip(row) {
                *to = from / length;
            }
            out.push(vector);
        }
    }
}

impl WindowWeights {
    /// For every token its neighbours' features side by side; zeros where the sentence ends.
    fn gather(&self, x: &Array2<f32>, batch: &[Vec<u32>]) -> Array2<f32> {
        let mut out = Array2::zeros((x.nrows(), self.size * WINDOW));
        let mut start = 0;
        for pieces in batch {
            let end = start + pieces.len();
            for token in start..end {
                let first = (start + self.before).saturating_sub(token);
                for slot in first..self.size {
                    let from = token + slot - self.before;
                    if from < end {
                        let part = Slice::from(slot * WINDOW..(slot + 1) * WINDOW);
                        out.row_mut(token).slice_axis_mut(Axis(0), part).assign(&x.row(from));
                    }
                }
            }
            start = end;
        }
        out
    }
}

fn columns(x: &Array2<f32>, from: usize, width: usize) -> ArrayView2<'_, f32> {
    x.slice_axis(Axis(1), Slice::from(from..from + width))
}

fn columns_mut(x: &mut Array2<f32>, from: usize, width: usize) -> ArrayViewMut2<'_, f32> {
    x.slice_axis_mut(Axis(1), Slice::from(from..from + width))
}

fn product(a: ArrayView2<f32>, b: &Array2<f32>) -> Array2<f32> {
    let mut out = Array2::zeros((a.nrows(), b.ncols()));
    general_mat_mul(1.0, &a, b, 0.0, &mut out);
    out
}

/// The arrays of an archive, taken out one by one with their expected shapes.
struct Arrays(BTreeMap<String, Array>);

impl Arrays {
    fn take(&mut self, name: &str) -> Result<Array, EncoderError> {
        self.0.remove(name).ok_or_else(|| EncoderError(format!("the weights hold no `{name}`")))
    }

    fn matrix(&mut self, name: &str, rows: usize, columns: usize) -> Result<Array2<f32>, EncoderError> {
        let odd = || EncoderError(format!("`{name}` is no matrix of {rows} by {columns}"));
        match self.take(name)?.numbers {
            Numbers::Single(numbers) => Array2::from_shape_vec((rows, columns), numbers).map_err(|_| odd()),
            _ => Err(odd()),
        }
    }

    fn vector(&mut self, name: &str, length: usize) -> Result<Array1<f32>, EncoderError> {
        match self.take(name)?.numbers {
            Numbers::Single(numbers) if numbers.len() == length => Ok(Array1::from_vec(numbers)),
            _ => Err(EncoderError(format!("`{name}` is no vector of {length}"))),
        }
    }

    /// One vector of the three windows' vectors.
    fn joined(&mut self, name: &str) -> Result<Array1<f32>, EncoderError> {
        let mut all = Vec::new();
        for (size, _) in WINDOWS {
            all.extend(self.vector(&format!("{name}{size}"), WINDOW)?);
        }
        Ok(Array1::from_vec(all))
    }

    fn number(&mut self, name: &str) -> Result<f32, EncoderError> {
        match &self.take(name)?.numbers {
            Numbers::Double(numbers) if numbers.len() == 1 => Ok(numbers[0] as f32),
            Numbers::Single(numbers) if numbers.len() == 1 => Ok(numbers[0]),
            _ => Err(EncoderError(format!("`{name}` is no single number"))),
        }
    }

    /// The piece vectors: row `n` stands in chunk `n % CHUNKS`. Also how many there are.
    fn table(&mut self) -> Result<(Vec<u8>, usize), EncoderError> {
        let mut table: Vec<u8> = Vec::new();
        let mut rows = 0;
        for chunk in 0..CHUNKS {
            let name = format!("q{}", chunk + 1);
            let Array { shape, numbers: Numbers::Bytes(numbers) } = self.take(&name)? else {
                return Err(EncoderError(format!("`{name}` is not quantised")));
            };
            if chunk == 0 {
                rows = numbers.len() / DIMENSIONS;
                table = vec![0; rows * CHUNKS * DIMENSIONS];
            }
            if shape != [rows, DIMENSIONS] {
                return Err(EncoderError(format!("`{name}` has another shape than the rest")));
            }
            for (n, row) in numbers.chunks_exact(DIMENSIONS).enumerate() {
                let at = (n * CHUNKS + chunk) * DIMENSIONS;
                table[at..at + DIMENSIONS].copy_from_slice(row);
            }
        }
        Ok((table, rows * CHUNKS))
    }
}
