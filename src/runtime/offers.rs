//! The offers: devices, voices and models to choose from.

use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::exchange::EngineFactory;
use super::report::{InUse, tell};
use super::voices::VoiceCatalogue;
use crate::control::{Offer, Part, RefusedRequest, Update};
use crate::device::{DeviceFinder, DeviceInfo};

/// Time within which the sound system has to list its devices: it usually takes some milliseconds.
const PATIENCE: Duration = Duration::from_secs(3);

/// Makes the list of offers.
#[derive(Clone)]
pub struct OfferList {
    /// One connection to the sound system for all lists.
    finder: Arc<Mutex<DeviceFinder>>,
    /// Start time of the list that is being made.
    begun: Arc<Mutex<Option<Instant>>>,
    voices: Arc<VoiceCatalogue>,
    shop: EngineFactory,
    in_use: InUse,
}

impl OfferList {
    pub fn new(voices: Arc<VoiceCatalogue>, shop: EngineFactory, in_use: InUse) -> Self {
        Self { finder: Arc::default(), begun: Arc::default(), voices, shop, in_use }
    }

    /// The record of what is in use; a thread that switches a part writes to it.
    pub fn in_use(&self) -> InUse {
        self.in_use.clone()
    }

    /// Sends the list on `updates`, from a thread of its own: devices may be slow to answer.
    pub fn tell(&self, updates: &Sender<Update>) {
        let (catalogue, told) = (self.clone(), updates.clone());
        let thread = Builder::new().name("golem-offers".into()).spawn(move || {
            let mut finder = match catalogue.finder.try_lock() {
                Ok(finder) => finder,
                Err(TryLockError::Poisoned(error)) => error.into_inner(),
                // Make no second list: the one that is being made is sent to all, unless the sound system hangs.
                Err(TryLockError::WouldBlock) if !catalogue.stuck() => return,
                Err(TryLockError::WouldBlock) => {
                    let advice = "start it again, or unplug the device that hangs";
                    let text = format!("the sound system does not answer; {advice}");
                    return tell(&told, Update::Notice { text, turned_down: Some(RefusedRequest::Offers) });
                }
            };
            catalogue.begun(Some(Instant::now()));
            let devices = finder.list();
            catalogue.begun(None);
            drop(finder);
            tell(&told, Update::Offers { offers: catalogue.list(&devices) });
        });
        if let Err(error) = thread {
            tell(updates, Update::notice(format!("the system refused a thread: {error}; try again")));
        }
    }

    fn begun(&self, when: Option<Instant>) {
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = when;
    }

    /// Whether a list was begun long ago and is not finished.
    fn stuck(&self) -> bool {
        let begun = *self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.is_some_and(|begun| begun.elapsed() > PATIENCE)
    }

    fn list(&self, devices: &[DeviceInfo]) -> Vec<Offer> {
        let mut offers = of_devices(devices, Part::Capture, &self.in_use.get(Part::Capture));
        offers.extend(of_devices(devices, Part::Playback, &self.in_use.get(Part::Playback)));
        offers.extend(self.voices.offers(&self.in_use.get(Part::Tts)));
        for part in [Part::Asr, Part::Llm] {
            let in_use = self.in_use.get(part);
            let mut names = self.shop.names(part);
            if !in_use.is_empty() && !names.is_empty() && !names.contains(&in_use) {
                names.push(in_use.clone());
            }
            offers.extend(names.into_iter().map(|name| {
                let current = name == in_use;
                Offer { part, name, what: String::new(), current }
            }));
        }
        offers
    }
}

/// The devices as offers, by their names for people, or for the sound system if several share one. Monitors of other
/// devices come last.
fn of_devices(devices: &[DeviceInfo], part: Part, current: &str) -> Vec<Offer> {
    let hears = part == Part::Capture;
    let mut own: Vec<&DeviceInfo> =
        devices.iter().filter(|device| if hears { device.input } else { device.output }).collect();
    own.sort_by_key(|device| hears && device.monitor);
    let offer = |device: &&DeviceInfo| {
        let alone = own.iter().filter(|other| other.name == device.name).count() == 1;
        let (name, mut what) =
            if alone { (&device.name, Vec::new()) } else { (&device.id, vec![device.name.as_str()]) };
        what.extend(device.default.then_some("the system's default"));
        what.extend((hears && device.monitor).then_some("what the computer plays"));
        Offer { part, name: name.clone(), what: what.join(", "), current: device.id == current }
    };
    own.iter().map(offer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::engine::registry::Files;
    use crate::model::Places;
    use crate::runtime::engines::{ConfiguredEngines, EngineSource};
    use crate::turn::TurnClock;

    fn device(name: &str, id: &str, input: bool) -> DeviceInfo {
        let monitor = id.ends_with(".monitor");
        DeviceInfo { name: name.into(), id: id.into(), input, output: !input, monitor, ..DeviceInfo::default() }
    }

    #[test]
    fn devices_are_called_so_that_each_can_be_chosen() {
        let devices = [
            device("Null", "a.monitor", true),
            device("Microphone", "usb", true),
            device("Null", "b.monitor", true),
            DeviceInfo { default: true, ..device("Speaker", "a", false) },
        ];
        let told = |part, current| -> Vec<(String, String, bool)> {
            of_devices(&devices, part, current)
                .into_iter()
                .map(|offer| (offer.name, offer.what, offer.current))
                .collect()
        };
        let own = |name: &str, what: &str, current| (name.to_string(), what.to_string(), current);
        assert_eq!(
            told(Part::Capture, "b.monitor"),
            [
                own("Microphone", "", false),
                own("a.monitor", "Null, what the computer plays", false),
                own("b.monitor", "Null, what the computer plays", true)
            ]
        );
        assert_eq!(told(Part::Playback, ""), [own("Speaker", "the system's default", false)]);
    }

    #[test]
    fn a_sound_system_that_hangs_is_told_to_whoever_asks() {
        let turns = TurnClock::new();
        let (config, places, events) = (Config::default(), Places::default(), crossbeam_channel::unbounded().0);
        let ends = (&events, &crossbeam_channel::unbounded().0);
        let engines: Arc<dyn EngineSource> = Arc::new(ConfiguredEngines);
        let shop = EngineFactory::new(&config, None, &engines, &places, None, (&turns, &turns), ends);
        let voices = VoiceCatalogue::new(&config, &Files::default(), &places);
        let catalogue = OfferList::new(Arc::new(voices), shop, InUse::default());
        let (updates, told) = crossbeam_channel::unbounded();
        let hanging = catalogue.finder.lock().unwrap();
        assert!(!catalogue.stuck());
        catalogue.begun(Instant::now().checked_sub(2 * PATIENCE));
        catalogue.tell(&updates);
        let notice = told.recv().unwrap();
        assert!(matches!(&notice, Update::Notice { turned_down: Some(RefusedRequest::Offers), .. }), "{notice:?}");
        drop(hanging);
    }
}
