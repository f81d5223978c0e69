//! The list of devices, and the choice of the one that a person names.

use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{Device, Host, SupportedStreamConfigRange};

use super::DeviceError;
use super::choice::{CaptureChoice, Presence, is_monitor, system_monitor};

/// Names under which ALSA lists converters and bridges: they are not devices of their own.
const CONVERTERS: [&str; 9] =
    ["null", "jack", "oss", "lavrate", "samplerate", "speexrate", "speex", "upmix", "vdownmix"];

/// A microphone or loudspeaker as `golem devices` shows it.
#[allow(clippy::struct_excessive_bools)] // independent facts, one column each
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Sound system it belongs to: `PulseAudio` or `ALSA`.
    pub host: String,
    /// Number by which it can be chosen.
    pub index: usize,
    /// Name for people.
    pub name: String,
    /// Name in the sound system.
    pub id: String,
    /// Whether it can record.
    pub input: bool,
    /// Whether it can play.
    pub output: bool,
    /// Whether it is the system's default.
    pub default: bool,
    /// Whether it records what another device plays, rather than a room.
    pub monitor: bool,
    /// Lowest and highest sample rate, in hertz.
    pub rates: (u32, u32),
    /// Fewest and most channels.
    pub channels: (u16, u16),
    /// Sample formats, such as `i16`.
    pub formats: Vec<String>,
    /// Rate, format and channels that the system would choose itself.
    pub preferred: String,
}

/// The direction of sound through a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Input,
    Output,
}

impl Direction {
    /// The word for a device of this direction.
    fn noun(self) -> &'static str {
        match self {
            Self::Input => "microphone",
            Self::Output => "loudspeaker",
        }
    }

    /// The error that there is no such device.
    pub fn none(self, reason: impl Into<String>) -> DeviceError {
        match self {
            Self::Input => DeviceError::NoInput(reason.into()),
            Self::Output => DeviceError::NoOutput(reason.into()),
        }
    }

    /// The error that such a device cannot be used.
    pub fn refused(self, reason: impl Into<String>) -> DeviceError {
        DeviceError::Refused { kind: self.noun(), reason: reason.into() }
    }

    fn of(self, info: &DeviceInfo) -> bool {
        match self {
            Self::Input => info.input,
            Self::Output => info.output,
        }
    }
}

/// All devices of the sound system in use, in its own order. Empty when there is no sound system.
#[must_use]
pub fn list() -> Vec<DeviceInfo> {
    DeviceFinder::default().list()
}

/// Finds devices again and again through one connection: the thread of an unused connection to PulseAudio ends only
/// with the server.
#[derive(Default)]
pub struct DeviceFinder {
    host: Option<Host>,
}

impl DeviceFinder {
    /// All devices, as [`list`] gives them.
    #[must_use]
    pub fn list(&mut self) -> Vec<DeviceInfo> {
        quiet();
        self.host().map(|host| survey(host).into_iter().map(|(info, _)| info).collect()).unwrap_or_default()
    }

    /// The device that `spec` means, and its name for people. `spec` is a number of [`list`], a name, a part of a name,
    /// or empty for the default.
    pub(super) fn find(&mut self, direction: Direction, spec: &str) -> Result<(Device, String), DeviceError> {
        if !spec.is_empty() {
            return self.find_among(direction, spec, |info| direction.of(info));
        }
        let host = self.required_host(direction)?;
        let device = match direction {
            Direction::Input => host.default_input_device(),
            Direction::Output => host.default_output_device(),
        };
        let device = device.ok_or_else(|| direction.none("the sound system has none"))?;
        let name = name_of(&device);
        Ok((device, name))
    }

    /// The device that `spec` means, which is not empty, among those that are `wanted`.
    fn find_among(
        &mut self,
        direction: Direction,
        spec: &str,
        wanted: impl Fn(&DeviceInfo) -> bool,
    ) -> Result<(Device, String), DeviceError> {
        let host = self.required_host(direction)?;
        let devices: Vec<_> = survey(host).into_iter().filter(|(info, _)| wanted(info)).collect();
        let infos: Vec<_> = devices.iter().map(|(info, _)| info).collect();
        let chosen = choose(direction, spec, &infos)?;
        devices
            .into_iter()
            .nth(chosen)
            .map(|(info, device)| (device, info.name))
            .ok_or_else(|| direction.none("it is gone"))
    }

    /// The device that `spec` means, or else the default; and whether the default stands in for it.
    pub(super) fn find_or_default(
        &mut self,
        direction: Direction,
        spec: &str,
    ) -> (Result<(Device, String), DeviceError>, bool) {
        match self.find(direction, spec) {
            Ok(chosen) => (Ok(chosen), false),
            Err(_) => (self.find(direction, ""), true),
        }
    }

    /// The monitor that hears what the computer plays; `None` where there is no monitor.
    pub(super) fn find_system(&mut self) -> Option<(Device, String)> {
        quiet();
        let host = self.host()?;
        let speaker = host.default_output_device().map(|device| id_of(&device));
        let monitors: Vec<_> = survey(host).into_iter().filter(|(info, _)| info.monitor).collect();
        let ids: Vec<String> = monitors.iter().map(|(info, _)| info.id.clone()).collect();
        let chosen = system_monitor(&ids, speaker.as_deref())?;
        monitors.into_iter().nth(chosen).map(|(info, device)| (device, info.name))
    }

    /// The device of `choice`.
    pub(super) fn find_chosen(&mut self, choice: &CaptureChoice) -> Result<(Device, String), DeviceError> {
        match choice {
            CaptureChoice::Device(spec) => self.find(Direction::Input, spec),
            CaptureChoice::Monitor(spec) => self.find_among(Direction::Input, spec, |info| info.monitor),
            CaptureChoice::System => {
                self.find_system().ok_or_else(|| Direction::Input.none("the sound system has no monitor"))
            }
        }
    }

    /// The device of `choice`, or else the default where that may stand in for it; and whether it does.
    pub(super) fn find_chosen_or_default(
        &mut self,
        choice: &CaptureChoice,
    ) -> (Result<(Device, String), DeviceError>, bool) {
        match choice {
            CaptureChoice::Device(spec) => self.find_or_default(Direction::Input, spec),
            CaptureChoice::Monitor(_) | CaptureChoice::System => (self.find_chosen(choice), false),
        }
    }

    /// Where the device of `choice` is while the device with the id `open` is heard. Only PulseAudio is asked: it
    /// silently moves the streams of an unplugged device to another one, where other sound systems let them fail.
    pub(super) fn presence(&mut self, choice: &CaptureChoice, open: &str) -> Presence {
        if !choice.is_watched() {
            return Presence::Here;
        }
        let Some(host) = self.host().filter(|host| is_server(host)) else { return Presence::Here };
        let ids: Vec<String> = host.devices().into_iter().flatten().map(|device| id_of(&device)).collect();
        let speaker = host.default_output_device().map(|device| id_of(&device));
        choice.presence(open, &ids, speaker.as_deref())
    }

    /// The sound system, for a device of this direction.
    fn required_host(&mut self, direction: Direction) -> Result<&Host, DeviceError> {
        quiet();
        self.host().ok_or_else(|| direction.none("there is no sound system on this machine"))
    }

    /// The sound system. A restarted server is connected to again; a system without a server is looked up each time.
    fn host(&mut self) -> Option<&Host> {
        if !self.host.as_ref().is_some_and(|host| is_server(host) && host.devices().is_ok()) {
            self.host = host();
        }
        self.host.as_ref()
    }
}

fn is_server(host: &Host) -> bool {
    host.id().name() == "PulseAudio"
}

/// Place in `devices` of the one that `spec` means. A number or whole name wins over a part of a name.
fn choose(direction: Direction, spec: &str, devices: &[&DeviceInfo]) -> Result<usize, DeviceError> {
    let lower = spec.to_lowercase();
    let names = |info: &DeviceInfo| [info.name.to_lowercase(), info.id.to_lowercase()];
    let numbered = devices.iter().position(|info| info.index.to_string() == spec);
    let called = || devices.iter().position(|info| names(info).contains(&lower));
    if let Some(found) = numbered.or_else(called) {
        return Ok(found);
    }
    let parts = |info: &&DeviceInfo| names(info).iter().any(|name| name.contains(&lower));
    let fitting: Vec<usize> = (0..devices.len()).filter(|&place| parts(&devices[place])).collect();
    let listed = |places: &[usize]| {
        let names: Vec<_> =
            places.iter().map(|&place| format!("{} {}", devices[place].index, devices[place].name)).collect();
        names.join(", ")
    };
    match fitting[..] {
        [found] => Ok(found),
        [] => {
            let all = listed(&(0..devices.len()).collect::<Vec<_>>());
            let known = if all.is_empty() { "none".to_owned() } else { all };
            Err(DeviceError::Unknown { kind: direction.noun(), spec: spec.to_owned(), known })
        }
        _ => Err(DeviceError::Ambiguous { spec: spec.to_owned(), candidates: listed(&fitting) }),
    }
}

/// The first sound system that answers: PulseAudio (or PipeWire in its place) before ALSA. Unlike cpal's own choice,
/// this does not panic if there is none.
fn host() -> Option<Host> {
    cpal::available_hosts().into_iter().find_map(|id| cpal::host_from_id(id).ok())
}

fn survey(host: &Host) -> Vec<(DeviceInfo, Device)> {
    let devices = host.devices().into_iter().flatten().filter(is_device);
    let defaults = [host.default_input_device(), host.default_output_device()];
    let number = |(index, (info, device)): (usize, (DeviceInfo, Device))| {
        let default = defaults.iter().flatten().any(|default| *default == device);
        (DeviceInfo { index, default, host: host.id().name().to_owned(), ..info }, device)
    };
    let able = devices.map(|device| (describe(&device), device)).filter(|(info, _)| info.input || info.output);
    able.enumerate().map(number).collect()
}

/// Whether a device may be asked what it can do. Asking one of [`CONVERTERS`] starts the program behind it, which may
/// print on the screen.
fn is_device(device: &Device) -> bool {
    device.id().is_ok_and(|id| !CONVERTERS.contains(&id.id()))
}

fn describe(device: &Device) -> DeviceInfo {
    let inputs: Vec<_> = device.supported_input_configs().map(Iterator::collect).unwrap_or_default();
    let outputs: Vec<_> = device.supported_output_configs().map(Iterator::collect).unwrap_or_default();
    let (input, output) = (!inputs.is_empty(), !outputs.is_empty());
    let ranges: Vec<SupportedStreamConfigRange> = inputs.into_iter().chain(outputs).collect();
    let id = id_of(device);
    let mut formats: Vec<String> = Vec::new();
    for range in &ranges {
        let format = range.sample_format().to_string();
        if !formats.contains(&format) {
            formats.push(format);
        }
    }
    let rates = bounds(ranges.iter().flat_map(|range| [range.min_sample_rate(), range.max_sample_rate()]));
    let channels = bounds(ranges.iter().map(SupportedStreamConfigRange::channels));
    let preferred = if input { device.default_input_config() } else { device.default_output_config() };
    let preferred = preferred.map(|config| {
        format!("{} Hz, {}, {} channels", config.sample_rate(), config.sample_format(), config.channels())
    });
    DeviceInfo {
        name: name_of(device),
        monitor: input && is_monitor(&id),
        id,
        input,
        output,
        rates,
        channels,
        formats,
        preferred: preferred.unwrap_or_default(),
        ..DeviceInfo::default()
    }
}

/// Name of a device in the sound system.
pub(super) fn id_of(device: &Device) -> String {
    device.id().map(|id| id.id().to_owned()).unwrap_or_default()
}

/// Name of a device for people. ALSA appends a second line on how the device is reached.
fn name_of(device: &Device) -> String {
    let name = device.description().map_or_else(|_| "unnamed".to_owned(), |about| about.name().to_owned());
    name.lines().next().unwrap_or("unnamed").to_owned()
}

fn bounds<T: Ord + Copy + Default>(values: impl Iterator<Item = T>) -> (T, T) {
    let (low, high) = values.fold((None, None), |(low, high): (Option<T>, Option<T>), value| {
        (Some(low.map_or(value, |low| low.min(value))), Some(high.map_or(value, |high| high.max(value))))
    });
    (low.unwrap_or_default(), high.unwrap_or_default())
}

/// Keeps ALSA's library from printing on the screen of this thread. Its messages come back as errors anyway.
#[cfg(target_os = "linux")]
pub(super) fn quiet() {
    if let Err(error) = alsa::Output::local_error_handler() {
        tracing::debug!(%error, "ALSA may print");
    }
}

/// Nothing to do: only ALSA prints.
#[cfg(not(target_os = "linux"))]
pub(super) fn quiet() {}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(index: usize, name: &str, id: &str) -> DeviceInfo {
        DeviceInfo { index, name: name.into(), id: id.into(), input: true, ..DeviceInfo::default() }
    }

    fn chosen(spec: &str) -> Result<usize, String> {
        let devices = [
            device(0, "Built-in Microphone", "alsa_input.pci"),
            device(3, "USB Microphone", "alsa_input.usb"),
            device(4, "USB Microphone Pro", "alsa_input.usb2"),
            device(7, "Monitor of 4", "sink.monitor"),
        ];
        choose(Direction::Input, spec, &devices.iter().collect::<Vec<_>>()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_device_is_chosen_by_number_name_or_part_of_a_name() {
        assert_eq!(chosen("4"), Ok(2));
        assert_eq!(chosen("usb microphone"), Ok(1));
        assert_eq!(chosen("alsa_input.usb"), Ok(1));
        assert_eq!(chosen("built"), Ok(0));
        assert_eq!(chosen("monitor"), Ok(3));
    }

    #[test]
    fn a_name_that_fits_several_or_none_is_an_error_that_lists_them() {
        assert!(chosen("usb").is_err_and(|text| text.contains("3 USB Microphone, 4 USB Microphone Pro")));
        assert!(chosen("harp").is_err_and(|text| text.contains("0 Built-in Microphone") && text.contains("harp")));
    }

    #[test]
    fn bounds_of_nothing_are_zero() {
        assert_eq!(bounds([3, 1, 2].into_iter()), (1, 3));
        assert_eq!(bounds(std::iter::empty::<u32>()), (0, 0));
    }
}
