//! Memory that outlasts a reset. These boards have none that QEMU keeps, so it is a file of the debugger's host.

use embedded_storage::{ReadStorage, Storage};
use heapless::CString;
use p2pm_fw::identity::RECORD_LEN;
use semihosting::fs::File;
use semihosting::io::{Error, Read, Seek, SeekFrom, Write};

use crate::host::ARGUMENTS_MAX;

/// What flash has where nothing was written.
const ERASED: u8 = 0xFF;

/// A file that exists, which stands for a page of flash.
pub struct HostFile(CString<ARGUMENTS_MAX>);

impl HostFile {
    /// The file with this name.
    pub(crate) fn new(name: CString<ARGUMENTS_MAX>) -> Self {
        Self(name)
    }

    fn open_at(&self, offset: u32) -> Result<File, Error> {
        let mut file = File::options().read(true).write(true).open(&*self.0)?;
        file.seek(SeekFrom::Start(offset.into()))?;
        Ok(file)
    }
}

impl ReadStorage for HostFile {
    type Error = Error;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Error> {
        let (mut file, mut rest) = (self.open_at(offset)?, bytes);
        while !rest.is_empty() {
            match file.read(rest)? {
                0 => {
                    rest.fill(ERASED);
                    break;
                }
                len => rest = rest.get_mut(len..).unwrap_or_default(),
            }
        }
        Ok(())
    }

    fn capacity(&self) -> usize {
        RECORD_LEN
    }
}

impl Storage for HostFile {
    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        self.open_at(offset)?.write_all(bytes)
    }
}
