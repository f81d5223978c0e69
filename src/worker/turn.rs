//! The judgement of pauses: the audio of an utterance becomes the probability that the turn is over.

use crossbeam_channel::{Receiver, Sender};

use crate::engine::TurnModel;
use crate::message::{Event, Part};

/// A pause to judge.
#[derive(Clone, Debug)]
pub struct TurnJob {
    /// Number of the utterance.
    pub utterance: u64,
    /// Number of the pause within the utterance.
    pub pause: u32,
    /// The audio of the utterance so far: 16 kHz, -1..=1.
    pub audio: Vec<f32>,
}

/// Judges pauses until its model fails.
pub struct TurnWorker {
    model: Option<Box<dyn TurnModel>>,
}

impl TurnWorker {
    /// A worker with a model; without one it answers nothing.
    pub fn new(model: Option<Box<dyn TurnModel>>) -> Self {
        Self { model }
    }

    /// Gives the model back, unless it has failed.
    pub fn into_model(self) -> Option<Box<dyn TurnModel>> {
        self.model
    }

    /// Judges one pause. A failure is reported once: the model that failed is not asked again, and silence and
    /// words decide.
    pub fn step(&mut self, job: &TurnJob) -> Option<Event> {
        let (utterance, pause) = (job.utterance, job.pause);
        match self.model.as_mut()?.probability(&job.audio) {
            Ok(probability) => Some(Event::Judged { utterance, pause, probability }),
            Err(error) => {
                self.model = None;
                let reason = format!("{error}; silence and words alone end a turn from now on");
                Some(Event::Failed { part: Part::Vad, number: utterance, reason })
            }
        }
    }

    /// Works until the job channel closes. Of several waiting pauses, only the newest is judged.
    pub fn run(mut self, jobs: &Receiver<TurnJob>, events: &Sender<Event>) {
        while let Ok(job) = jobs.recv() {
            let newest = jobs.try_iter().last().unwrap_or(job);
            if let Some(event) = self.step(&newest)
                && events.send(event).is_err()
            {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::unbounded;

    use super::*;
    use crate::engine::EngineError;

    /// Answers with the first sample; fails when there is none.
    struct First;

    impl TurnModel for First {
        fn probability(&mut self, audio: &[f32]) -> Result<f32, EngineError> {
            let failed = || EngineError::Failed { engine: "first", reason: "no sound".into() };
            audio.first().copied().ok_or_else(failed)
        }
    }

    fn job(pause: u32, audio: &[f32]) -> TurnJob {
        TurnJob { utterance: 7, pause, audio: audio.to_vec() }
    }

    #[test]
    fn of_several_pauses_the_newest_is_judged() {
        let (jobs_in, jobs) = unbounded();
        let (events_in, events) = unbounded();
        for (pause, probability) in [(1, 0.1), (2, 0.2), (3, 0.3)] {
            jobs_in.send(job(pause, &[probability])).unwrap();
        }
        drop(jobs_in);
        TurnWorker::new(Some(Box::new(First))).run(&jobs, &events_in);
        let judged = Event::Judged { utterance: 7, pause: 3, probability: 0.3 };
        assert_eq!(events.try_iter().collect::<Vec<_>>(), [judged]);
    }

    #[test]
    fn a_failure_is_reported_once_and_no_model_is_silent() {
        let mut worker = TurnWorker::new(Some(Box::new(First)));
        assert!(matches!(worker.step(&job(1, &[])), Some(Event::Failed { part: Part::Vad, number: 7, .. })));
        assert_eq!(worker.step(&job(2, &[0.5])), None);
        assert!(worker.into_model().is_none());
    }
}
