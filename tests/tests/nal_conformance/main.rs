//! Contract of `p2pm_fw::net` for the TCP of Linux and that of a device: the same cases for
//! `p2pm_host::triad::net::Stack`, on the loopback interface, and for `p2pm_fw::net::Stack`, on an Ethernet
//! in memory.

mod bench;
mod cases;
mod linux;
mod smoltcp;

/// Every case, on both stacks.
macro_rules! on_both_stacks {
    ($($case:ident)*) => {
        mod on_linux {
            $(#[test]
            fn $case() {
                crate::cases::$case::<crate::linux::Linux>();
            })*
        }

        mod on_smoltcp {
            $(#[test]
            fn $case() {
                crate::cases::$case::<crate::smoltcp::Devices>();
            })*
        }
    };
}

on_both_stacks! {
    nothing_to_read_would_block
    what_is_sent_arrives_in_order_and_in_parts
    a_full_buffer_would_block_and_goes_on
    the_end_is_told_once_all_is_read_and_again
    what_a_peer_sent_before_it_finished_can_be_read_after
    close_sends_what_is_still_to_be_sent
    a_reset_is_a_lost_connection
    after_a_reset_nothing_can_be_sent
    without_a_caller_accept_would_block
    accept_goes_on_listening
    callers_at_the_same_time_are_told_apart
    a_connection_given_up_does_not_harm_the_next
    a_closed_listener_leaves_no_connection
    a_port_has_one_listener
    whatever_does_not_fit_the_state_is_an_error
    a_closed_port_is_an_error_and_the_socket_lives
    a_socket_that_did_nothing_can_be_closed
    exhaustion_is_an_error_and_passes
}
