//! A file that is received.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use p2pm_core::limits::FRAME_LEN_MAX;
use p2pm_core::transfer::{Chain, Mark};
use p2pm_core::wire::{Attributes, Goods};
use rustix::fs::OFlags;

use super::slot::{DATA, Slot};
use super::state::State;
use super::tree::{mode_of_file, set_modified};
use super::{Trouble, beneath};

/// What there is of a file, with its end as the place to write.
#[derive(Debug)]
pub(super) struct FileSink {
    data: File,
    attributes: Attributes,
    /// Bytes that were written.
    length: u64,
    /// Up to where it would outlast a power cut, and the state says so.
    durable: Mark,
}

impl FileSink {
    /// Opens what there is of it. What is beyond the durable mark is read, so that none of it has to come again.
    pub(super) fn open(slot: &Slot, goods: &Goods<'_>) -> Result<(Self, Chain), Trouble> {
        let flags = OFlags::RDWR | OFlags::CREATE;
        let data = beneath::open(slot.dir(), DATA, flags, mode_of_file(goods.attributes));
        let data = data.map_err(Trouble::of("open the file"))?;
        let saved = slot.load()?.and_then(State::parts).map_or(Mark::START, |(mark, _)| mark);
        let mut sink = Self { data, attributes: goods.attributes, length: 0, durable: Mark::START };
        let chain = sink.go_on(saved, goods.length).map_err(Trouble::of("read what there is of the file"))?;
        if sink.durable != saved {
            slot.forget()?;
        }
        Ok((sink, chain))
    }

    fn go_on(&mut self, saved: Mark, whole: u64) -> io::Result<Chain> {
        let there = self.data.metadata()?.len().min(whole);
        if saved.extent().length <= there {
            self.durable = saved;
        }
        let mut chain = Chain::from(self.durable);
        self.data.seek(SeekFrom::Start(chain.length()))?;
        let mut buffer = vec![0; FRAME_LEN_MAX];
        let mut rest = (&self.data).take(there - chain.length());
        loop {
            match rest.read(&mut buffer)? {
                0 => break,
                read => chain.update(&buffer[..read]),
            }
        }
        self.cut(chain.length())?;
        Ok(chain)
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.data.write_all(bytes).map_err(Trouble::of("write the file"))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    pub(super) fn mark(&mut self, mark: Mark, slot: &Slot) -> Result<(), Trouble> {
        if mark.extent().length - self.durable.extent().length >= slot.durable_every() {
            self.data.sync_data().map_err(Trouble::of("write the file"))?;
            slot.save(&State::new(mark, None))?;
            self.durable = mark;
        }
        Ok(())
    }

    pub(super) fn retreat(&mut self, slot: &Slot) -> Result<Chain, Trouble> {
        if self.length <= self.durable.extent().length {
            slot.forget()?;
            self.durable = Mark::START;
        }
        self.cut(self.durable.extent().length).map_err(Trouble::of("shorten the file"))?;
        Ok(self.durable.into())
    }

    /// Has it outlast a power cut.
    pub(super) fn finish(&mut self) -> Result<(), Trouble> {
        set_modified(&self.data, self.attributes);
        self.data.sync_all().map_err(Trouble::of("write the file"))
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.data.set_len(length)?;
        self.data.seek(SeekFrom::Start(length))?;
        self.length = length;
        Ok(())
    }
}
