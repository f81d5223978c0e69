//! Questions on a terminal: numbered answers, one of which Enter takes.

use std::io::{BufRead, Read, Write};

use anyhow::{Result, bail};

/// Bytes of the longest answer.
const LONGEST: u64 = 1024;

/// Questions and answers over an input and an output.
pub struct Asker<R, W> {
    input: R,
    output: W,
}

impl<R: BufRead, W: Write> Asker<R, W> {
    /// Reads answers from `input`, writes questions to `output`.
    pub fn new(input: R, output: W) -> Self {
        Self { input, output }
    }

    /// The index of the chosen answer: by number, by its name (the first word), or with Enter the one at `default`. An
    /// answer is a line, or several, the others indented.
    ///
    /// # Errors
    /// When the input ends or the output cannot be written.
    pub fn choose(&mut self, question: &str, answers: &[(String, Vec<String>)], default: usize) -> Result<usize> {
        self.list(question, answers, Some(default))?;
        loop {
            let answer = self.line(&format!("1-{} [{}]: ", answers.len(), default + 1))?.to_lowercase();
            if answer.is_empty() {
                return Ok(default);
            }
            let number = answer.parse::<usize>().ok().filter(|number| (1..=answers.len()).contains(number));
            let first = |name: &str| name.split([' ', ',']).next().unwrap_or_default().to_lowercase();
            let named = || answers.iter().position(|(name, _)| first(name) == answer);
            if let Some(index) = number.map(|number| number - 1).or_else(named) {
                return Ok(index);
            }
            writeln!(self.output, "Type a number from 1 to {}, or Enter for {}.", answers.len(), default + 1)?;
        }
    }

    /// The indices of the answers that were chosen, in the order in which their numbers were typed; none with Enter.
    ///
    /// # Errors
    /// As [`Asker::choose`].
    pub fn choose_some(&mut self, question: &str, answers: &[(String, Vec<String>)]) -> Result<Vec<usize>> {
        self.list(question, answers, None)?;
        loop {
            let answer = self.line("numbers, or Enter for none: ")?;
            let numbers = answer.split([' ', ',']).filter(|word| !word.is_empty());
            let chosen: Option<Vec<usize>> = numbers
                .map(|word| word.parse::<usize>().ok().filter(|number| (1..=answers.len()).contains(number)))
                .map(|number| number.map(|number| number - 1))
                .collect();
            if let Some(chosen) = chosen {
                return Ok(chosen);
            }
            writeln!(self.output, "Type numbers from 1 to {} with spaces between, or Enter for none.", answers.len())?;
        }
    }

    fn list(&mut self, question: &str, answers: &[(String, Vec<String>)], default: Option<usize>) -> Result<()> {
        writeln!(self.output, "\n{question}")?;
        for (at, (name, lines)) in answers.iter().enumerate() {
            let mark = if Some(at) == default { '*' } else { ' ' };
            writeln!(self.output, "{mark} {}) {name}", at + 1)?;
            lines.iter().try_for_each(|line| writeln!(self.output, "       {line}"))?;
        }
        Ok(())
    }

    /// Yes or no; Enter is `default`.
    ///
    /// # Errors
    /// As [`Asker::choose`].
    pub fn agree(&mut self, question: &str, default: bool) -> Result<bool> {
        loop {
            let answer =
                self.line(&format!("\n{question} [{}]: ", if default { "Y/n" } else { "y/N" }))?.to_lowercase();
            match answer.as_str() {
                "" => return Ok(default),
                "y" | "yes" | "д" | "да" => return Ok(true),
                "n" | "no" | "н" | "нет" => return Ok(false),
                _ => writeln!(self.output, "Type y or n.")?,
            }
        }
    }

    fn line(&mut self, prompt: &str) -> Result<String> {
        write!(self.output, "{prompt}")?;
        self.output.flush()?;
        let mut bytes = Vec::new();
        if (&mut self.input).take(LONGEST).read_until(b'\n', &mut bytes)? == 0 {
            bail!("the question was not answered; add --yes, which asks none");
        }
        Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers() -> Vec<(String, Vec<String>)> {
        ["tiny, for old machines", "balanced", "none"].map(|name| (name.to_owned(), vec!["a line".to_owned()])).into()
    }

    fn choose(typed: &str) -> (Result<usize>, String) {
        let mut shown = Vec::new();
        let chosen = Asker::new(typed.as_bytes(), &mut shown).choose("Which?", &answers(), 1);
        (chosen, String::from_utf8(shown).unwrap())
    }

    #[test]
    fn a_number_a_name_or_enter_chooses() {
        assert_eq!(choose("\n").0.unwrap(), 1);
        assert_eq!(choose("3\n").0.unwrap(), 2);
        assert_eq!(choose("Tiny\n").0.unwrap(), 0);
        let (chosen, shown) = choose("7\nперец\n\u{0}\n1\n");
        assert_eq!(chosen.unwrap(), 0);
        assert_eq!(shown.matches("Type a number from 1 to 3").count(), 3);
        assert!(shown.contains("* 2) balanced\n       a line\n"), "{shown}");
    }

    #[test]
    fn several_can_be_chosen_or_none() {
        let choose = |typed: &str| Asker::new(typed.as_bytes(), Vec::new()).choose_some("Which?", &answers());
        assert_eq!(choose("3, 1\n").unwrap(), [2, 0]);
        assert_eq!(choose("\n").unwrap(), [0_usize; 0]);
        assert_eq!(choose("4\nx\n2\n").unwrap(), [1]);
        assert!(choose("").is_err());
    }

    #[test]
    fn silence_is_an_error_that_says_what_to_type() {
        assert!(choose("").0.unwrap_err().to_string().contains("--yes"));
        assert!(choose("9\n").0.is_err());
    }

    #[test]
    fn yes_is_yes_in_both_languages() {
        let agree = |typed: &str| Asker::new(typed.as_bytes(), Vec::new()).agree("Go?", true);
        assert!(agree("\n").unwrap() && agree("y\n").unwrap() && agree("Да\n").unwrap());
        assert!(!agree("n\n").unwrap() && !agree("what\nno\n").unwrap());
    }
}
