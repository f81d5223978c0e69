//! `golem devices`: the microphones and loudspeakers.

use serde_json::json;

use crate::device::{self, DeviceInfo};
use crate::runtime::stderr::hush;

pub fn run(as_json: bool) {
    let devices = hush(device::list);
    if as_json {
        let list: Vec<_> = devices.iter().map(as_value).collect();
        println!("{}", serde_json::Value::from(list));
        return;
    }
    if devices.is_empty() {
        println!("no microphone and no loudspeaker; golem still runs on files: golem --input FILE --output FILE");
    }
    for (title, input) in [("Microphones (audio.input)", true), ("Loudspeakers (audio.output)", false)] {
        let list: Vec<_> = devices.iter().filter(|device| if input { device.input } else { device.output }).collect();
        if !list.is_empty() {
            println!("{title}");
        }
        for device in list {
            let default = if device.default { " [default]" } else { "" };
            let monitor = if device.monitor { " [monitor: what the computer plays]" } else { "" };
            let cancels = device.input && (device::cancels_echo(&device.name) || device::cancels_echo(&device.id));
            let echo = if cancels { " [the sound system takes echo out of it]" } else { "" };
            println!("  {:>2}  {}{default}{monitor}{echo}", device.index, device.name);
            println!("        {}", configs(device));
        }
    }
}

fn configs(device: &DeviceInfo) -> String {
    let (low, high) = device.rates;
    let (fewest, most) = device.channels;
    let range = |low: String, high: String| if low == high { low } else { format!("{low}-{high}") };
    let rates = range(low.to_string(), high.to_string());
    let channels = range(fewest.to_string(), most.to_string());
    format!("{rates} Hz, {channels} channels, {}; by default {}", device.formats.join(" "), device.preferred)
}

fn as_value(device: &DeviceInfo) -> serde_json::Value {
    json!({
        "host": device.host, "index": device.index, "name": device.name, "id": device.id,
        "input": device.input, "output": device.output, "default": device.default, "monitor": device.monitor,
        "rates": device.rates, "channels": device.channels, "formats": device.formats, "preferred": device.preferred,
    })
}
