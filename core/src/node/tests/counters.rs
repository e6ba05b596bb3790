//! Counters that have come to their end.

use super::*;

#[test]
fn a_name_is_told_however_often_it_has_changed() {
    let (mut katie, mut abdul) = (User::new(1, "katie", Policy::All), User::new(2, "abdul", Policy::All));
    abdul.node.name_version = NonZeroU32::MAX;
    katie.node.connect(START, endpoint(), CircleId(0));
    let mut pair = Pair::dial(&mut katie, START);
    for name in ["abdul", "ali", "baba"] {
        abdul.node.rename(name.parse().unwrap());
        pair.run(&mut [&mut katie, &mut abdul], START);
        let contact = katie.node.contact(katie.other()).unwrap();
        assert_eq!(contact.known().name.as_ref().unwrap().as_str(), name);
    }
}

#[test]
fn neighbours_are_told_of_however_many_links_there_were() {
    let mut abdul = User::new(2, "abdul", Policy::All);
    abdul.node.last_stamp = u32::MAX.into();
    let mut others = [(1, "katie"), (3, "zoe")].map(|(seed, name)| User::new(seed, name, Policy::All));
    let mut ports = (5001..).map_while(NonZeroU16::new);
    let mut pairs = others.each_mut().map(|user| {
        user.node.port = ports.next();
        user.node.connect(START, endpoint(), CircleId(0));
        let mut pair = Pair::dial(user, START);
        pair.run(&mut [user, &mut abdul], START);
        pair
    });
    pairs[0].run(&mut [&mut others[0], &mut abdul], START);
    let later = START + Duration::from_secs(2);
    for (user, other) in [(0, 1), (1, 0)] {
        let key = others[other].node.key();
        let of_other = others[user].node.dialer.next(later, |_| Demand::Wanted);
        assert_eq!(of_other.expect("somebody to dial").1.key, Some(key));
    }
}
