//! `golem devices`: what there is to hear and speak with.

use anyhow::Result;

use crate::device;

pub fn run(json: bool) -> Result<()> {
    let devices = device::list();
    if json {
        println!("{}", serde_json::to_string(&devices)?);
        return Ok(());
    }
    if devices.is_empty() {
        println!("no microphone and no loudspeaker; golem still runs on files: golem --input FILE --output FILE");
    }
    for device in devices {
        println!("{device}");
    }
    Ok(())
}
