//! The conversion of a stream whose pieces have several rates to one.

use crate::signal::resample::Resampler;

/// Sound at one rate, whatever rates its pieces come with.
pub struct RateConverter {
    /// Rate of the output in hertz; `None` until the first sound where none was asked for.
    to: Option<u32>,
    /// Rate of the sound that comes in now, and its conversion.
    from: Option<(u32, Resampler)>,
}

impl RateConverter {
    /// A converter to `to` hertz; `None` for the rate of the first sound.
    pub fn new(to: Option<u32>) -> Self {
        Self { to, from: None }
    }

    /// Takes sound of `rate` hertz; gives what is ready, and its rate.
    pub fn take(&mut self, samples: &[f32], rate: u32) -> Option<(Vec<f32>, u32)> {
        if samples.is_empty() || rate == 0 {
            return None;
        }
        let to = *self.to.get_or_insert(rate);
        let mut output = Vec::new();
        if self.from.as_ref().is_none_or(|(from, _)| *from != rate) {
            // Convert anew: a clause in another language may have a voice with another rate.
            if let Some((_, mut before)) = self.from.replace((rate, Resampler::new(rate, to))) {
                before.finish(&mut output);
            }
        }
        if let Some((_, resampler)) = &mut self.from {
            resampler.process(samples, &mut output);
        }
        Some((output, to))
    }

    /// The rest; what follows is converted afresh.
    pub fn finish(&mut self) -> Option<(Vec<f32>, u32)> {
        let mut output = Vec::new();
        let (_, mut resampler) = self.from.take()?;
        resampler.finish(&mut output);
        Some((output, self.to?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(output: &mut RateConverter, pieces: &[(usize, u32)]) -> (usize, Vec<u32>) {
        let given = pieces.iter().map(|(length, rate)| output.take(&vec![0.1; *length], *rate)).collect::<Vec<_>>();
        let given: Vec<_> = given.into_iter().chain([output.finish()]).flatten().collect();
        let mut rates: Vec<u32> = given.iter().map(|(_, rate)| *rate).collect();
        rates.dedup();
        (given.iter().map(|(samples, _)| samples.len()).sum(), rates)
    }

    #[test]
    fn sound_has_one_rate_and_no_sample_is_lost() {
        let output = |to| RateConverter::new(to);
        assert_eq!(all(&mut output(None), &[(1_000, 16_000), (500, 16_000)]), (1_500, vec![16_000]));
        assert_eq!(all(&mut output(None), &[(1_600, 16_000), (2_205, 22_050)]), (3_200, vec![16_000]));
        assert_eq!(all(&mut output(Some(24_000)), &[(1_600, 16_000), (2_205, 22_050)]), (4_800, vec![24_000]));
        assert_eq!(all(&mut output(Some(24_000)), &[(0, 16_000)]), (0, vec![]));
    }
}
