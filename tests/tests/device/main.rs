//! Roles of a device, on boards connected by an Ethernet in memory, on virtual time.

mod cast;
mod chat;
mod circle;
mod day;
mod faults;
mod floods;
mod gossip;
mod loss;
mod mailbox;
mod meeting;
mod memory;

/// Every test, with both suites.
macro_rules! with_both_suites {
    ($($module:ident::$story:ident)*) => {
        mod sealed {
            $(#[test]
            fn $story() {
                crate::$module::$story::<p2pm_core::suite::Sealed>();
            })*
        }

        mod xor {
            $(#[test]
            fn $story() {
                crate::$module::$story::<p2pm_core::suite::Xor>();
            })*
        }
    };
}

with_both_suites! {
    chat::two_who_take_turns
    chat::an_echo_that_is_not_drowned
    chat::what_a_peer_writes_is_harmless_on_the_screen
    chat::a_line_that_cannot_be_sent_is_told_of
    chat::a_second_caller_is_told_that_the_node_is_busy
    chat::a_wrong_password_and_an_address_without_a_host
    chat::a_call_while_a_chat_ends_gets_the_next_chat
    chat::strangers_neither_flood_the_screen_nor_disturb_a_chat
    chat::a_node_that_is_stopped_says_goodbye
    chat::a_peer_that_never_closes_does_not_keep_a_node_that_is_stopped
    faults::nothing_is_lost_where_one_packet_in_ten_is
    faults::what_is_heard_is_right_where_one_packet_in_five_is_lost
    faults::nothing_is_lost_where_one_packet_in_twenty_is_corrupt
    faults::a_wire_that_is_cut_for_five_seconds_loses_nothing
    faults::a_wire_that_is_cut_for_good_is_noticed_and_the_node_listens_again
    meeting::sixteen_get_in_and_the_next_when_one_leaves
    meeting::a_wrong_password_and_a_name_that_is_taken
    meeting::a_node_is_on_the_list_while_it_waits_for_a_chat
    meeting::a_node_that_is_online_ends_in_time_despite_open_connections
    meeting::a_member_finds_its_way_back
    memory::nothing_is_allocated_once_it_runs
}
