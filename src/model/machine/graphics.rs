//! The graphics cards, as the kernel shows them.

use std::fs::{read_dir, read_to_string};
use std::path::{Path, PathBuf};

/// PCI vendors of graphics cards that could run a model.
const VENDORS: &[(&str, &str)] = &[("0x10de", "NVIDIA"), ("0x1002", "AMD"), ("0x8086", "Intel")];

/// Graphics cards from the files under `root`: NVIDIA's by model, others by vendor and driver.
pub(super) fn cards(root: &Path) -> Vec<String> {
    let folders = |path: &str| {
        let mut found: Vec<_> = read_dir(root.join(path)).into_iter().flatten().flatten().map(|e| e.path()).collect();
        found.sort();
        found
    };
    let model = |folder: &PathBuf| card_model(&read_to_string(folder.join("information")).ok()?);
    let mut cards: Vec<String> = folders("proc/driver/nvidia/gpus").iter().filter_map(model).collect();
    let named = !cards.is_empty();
    for folder in folders("sys/class/drm").iter().filter(|folder| is_card(folder)) {
        let vendor = read_to_string(folder.join("device/vendor")).unwrap_or_default();
        let Some((_, vendor)) = VENDORS.iter().find(|(id, _)| *id == vendor.trim()) else { continue };
        let events = read_to_string(folder.join("device/uevent")).unwrap_or_default();
        let driver = events.lines().find_map(|line| line.strip_prefix("DRIVER=")).unwrap_or("no driver");
        if !(named && *vendor == "NVIDIA") {
            cards.push(format!("{vendor} graphics ({driver})"));
        }
    }
    cards
}

/// `card0`, but not its outlet `card0-HDMI-A-1`.
fn is_card(folder: &Path) -> bool {
    let number = folder.file_name().and_then(|name| name.to_str()?.strip_prefix("card"));
    number.is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}

/// The model in NVIDIA's `information`.
fn card_model(text: &str) -> Option<String> {
    text.lines().find_map(|line| Some(line.strip_prefix("Model:")?.trim().to_owned())).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graphics_cards_are_named_once() {
        let root = super::super::tests::root(&[
            ("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t NVIDIA GeForce RTX 3060\nIRQ: 5\n"),
            ("sys/class/drm/card0/device/vendor", "0x10de\n"),
            ("sys/class/drm/card1/device/vendor", "0x1002\n"),
            ("sys/class/drm/card1/device/uevent", "DRIVER=amdgpu\nPCI_CLASS=30000\n"),
            ("sys/class/drm/card1-DP-1/device/vendor", "0x1002\n"),
            ("sys/class/drm/card2/device/vendor", "0x1234\n"),
        ]);
        assert_eq!(cards(root.path()), ["NVIDIA GeForce RTX 3060", "AMD graphics (amdgpu)"]);
    }
}
