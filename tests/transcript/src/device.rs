//! One device: its lines and their shared state.

use embedded_io::Read;
use p2pm_core::chat::{Callee, Caller};
use p2pm_core::community::{Client, Session};
use p2pm_core::door::Door;
use p2pm_core::drive::Transport;
use p2pm_core::suite::{Entropy, Password, Suite};
use p2pm_core::time::Instant;

use crate::bytes::Reader;
use crate::line::{Line, Machine, Shared};
use crate::part::{Borrowed, read_hall, read_password};
use crate::{Action, Error};

/// Most connections of a device at a time.
pub const LINES: usize = 16;

pub(crate) struct Device<'m, S: Suite> {
    password: Password,
    shared: Shared<'m>,
    lines: [Option<Line<S>>; LINES],
    now: Instant,
    ends: u32,
}

impl<'m, S: Suite> Device<'m, S> {
    /// Reads the beginning of a part.
    pub(crate) fn read(recording: &mut Reader<impl Read>, storage: Borrowed<'m>) -> Result<Self, Error> {
        let password = read_password(recording)?;
        let hall = read_hall(recording, storage, Door::new(password.clone()))?;
        let door = Door::new(password.clone());
        Ok(Self {
            password,
            shared: Shared { door, hall },
            lines: [const { None }; LINES],
            now: Instant::default(),
            ends: 0,
        })
    }

    /// Number of lines opened.
    pub(crate) fn ends(&self) -> u32 {
        self.ends
    }

    pub(crate) fn step(
        &mut self,
        now: Instant,
        number: u8,
        action: Action<'_>,
        transport: &mut impl Transport,
    ) -> Result<(), Error> {
        if now < self.now {
            return Err(Error::Time);
        }
        self.now = now;
        let opened = self.open(&action);
        let Self { lines, shared, .. } = self;
        let entry = lines.get_mut(usize::from(number)).ok_or(Error::Line(number))?;
        match (entry.as_mut(), opened, action) {
            (None, Some(machine), _) => {
                *entry = Some(Line::new(machine));
                self.ends = self.ends.saturating_add(1);
            }
            (Some(_), Some(_), _) | (None, None, _) => return Err(Error::Line(number)),
            (Some(line), None, Action::Poll) => {
                if line.poll(now, shared, transport) {
                    *entry = None;
                }
            }
            (Some(line), None, action) => line.act(now, action, shared, transport)?,
        }
        Ok(())
    }

    /// The machine that an action creates, if it does.
    fn open(&self, action: &Action<'_>) -> Option<Machine<S>> {
        let Self { password, now, .. } = self;
        Some(match action {
            Action::Client { entropy } => {
                Machine::Client(Client::new(*now, password.clone(), Entropy::new(*entropy)))
            }
            Action::Session { entropy, from } => {
                Machine::Session(Session::new(*now, *from, Entropy::new(*entropy)))
            }
            Action::Caller { entropy, offer, name } => {
                let entropy = Entropy::new(*entropy);
                Machine::Caller(Caller::new(*now, password.clone(), *offer, name.clone(), entropy))
            }
            Action::Callee { entropy, from } => {
                Machine::Callee(Callee::new(*now, *from, Entropy::new(*entropy)))
            }
            _ => return None,
        })
    }
}
