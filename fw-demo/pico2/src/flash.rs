//! The last two sectors of the flash: settings, as text with erased bytes or zeroes behind it, and the key of the device.

use embassy_rp::flash::{Blocking, ERASE_SIZE, Error, Flash};
use embassy_rp::peripherals::FLASH;
use embedded_storage::nor_flash::{ReadNorFlash, RmwNorFlashStorage};
use embedded_storage::{ReadStorage, Storage};
use p2pm_fw::identity::RECORD_LEN;

/// All of the flash, in bytes.
const FLASH_LEN: u32 = 2 * 1024 * 1024;
/// What is erased at once, in bytes.
const SECTOR_LEN: u32 = 4096;
/// Where the key is.
const KEY_AT: u32 = FLASH_LEN - SECTOR_LEN;
/// Where the settings are.
const SETTINGS_AT: u32 = KEY_AT - SECTOR_LEN;
/// What flash has where nothing was written.
const ERASED: u8 = 0xFF;

/// The flash of the board.
pub(crate) type Chip = Flash<'static, FLASH, Blocking, { FLASH_LEN as usize }>;

/// Reads the settings. The text is empty if it cannot be read.
pub(crate) fn settings<'t>(chip: &mut Chip, into: &'t mut [u8]) -> &'t str {
    if ReadNorFlash::read(chip, SETTINGS_AT, into).is_err() {
        return "";
    }
    let text = into.split(|byte| [0, ERASED].contains(byte)).next().unwrap_or_default();
    str::from_utf8(text).unwrap_or_default()
}

/// The place of the key.
pub(crate) struct KeyPlace<'c> {
    flash: RmwNorFlashStorage<'c, &'c mut Chip>,
}

impl<'c> KeyPlace<'c> {
    /// The `buffer` holds a sector, of which the rest is kept.
    pub(crate) fn new(chip: &'c mut Chip, buffer: &'c mut [u8; ERASE_SIZE]) -> Self {
        Self { flash: RmwNorFlashStorage::new(chip, buffer) }
    }
}

impl ReadStorage for KeyPlace<'_> {
    type Error = Error;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Error> {
        self.flash.read(KEY_AT.saturating_add(offset), bytes)
    }

    fn capacity(&self) -> usize {
        RECORD_LEN
    }
}

impl Storage for KeyPlace<'_> {
    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        self.flash.write(KEY_AT.saturating_add(offset), bytes)
    }
}
